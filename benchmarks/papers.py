"""The minutes of every meeting of the demo, as Word and as PDF: milliseconds each, from the record to the file's last byte.

`python -m benchmarks.papers OUT` in the demo's home; writes its figures to OUT as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import django


def main(out: Path) -> None:
    django.setup()
    from jiequ.council.documents.minutes import MinutesNow
    from jiequ.council.documents.pdf import as_pdf
    from jiequ.council.documents.word import as_word
    from jiequ.council.models import Meeting

    over = Meeting.objects.filter(state__in=["closed", "adjourned"]).with_unit().select_related("rule")
    meetings = list(over.order_by("pk"))
    found: dict[str, dict[str, float]] = {}
    for name, draw in (("Word", as_word), ("PDF", as_pdf)):
        draw(MinutesNow.of(meetings[0]).paper(None))  # fonts and styles are read once a process
        took = []
        for meeting in meetings:
            began = time.perf_counter()
            draw(MinutesNow.of(meeting).paper(None))
            took.append(1000 * (time.perf_counter() - began))
        found[name] = {"n": len(took), "mean": sum(took) / len(took), "max": max(took)}
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
