"""Cases in one database of one size, as scene.py does it for motions.

`python -m benchmarks.case_scene OUT CASES SECONDS REQUESTS` with JIEQU_HOME and JIEQU_DATABASE_URL.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django


def main(out: Path, size: int, seconds: float, most: int) -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import case_pages, cases, client, fill, loading, people, server
    from benchmarks.scene import statements

    def say(text: str) -> None:
        sys.stderr.write(f"  {connection.vendor} {size:>9,} cases  {text}\n")
        sys.stderr.flush()

    found: dict[str, Any] = {"database": connection.vendor, "what": "cases", "size": size, "pages": {}, "writes": {}}
    call_command("migrate", run_syncdb=True, verbosity=0)
    began = time.perf_counter()
    fill.set_clock()
    town = people.build()
    desk = cases.furnish(town)
    found["rows"] = cases.fill(town, desk, size)
    loading.settle()
    found["fill_seconds"] = time.perf_counter() - began
    say(f"filled in {found['fill_seconds']:.0f} s")
    shown = case_pages.pages(town, desk)
    for page in shown:
        found["pages"][page.key] = {
            "label": page.label,
            "budget": page.budget,
            "statements": statements(page.request, settings.SESSION_COOKIE_NAME),
        }
    found["filing_statements"] = _filing(town, desk, next(case_pages.filing(town, desk, 9)))
    with server.serving() as served:
        for page in [*shown, *shown]:  # both workers have seen every page before one is measured
            client.measure(served, [client.again_and_again(page.request)], most=4, seconds=seconds)
        for page in shown:
            each = [client.again_and_again(page.request)]
            found["pages"][page.key] |= asdict(client.measure(served, each, most=most, seconds=seconds))
        say("pages read")
        for write in case_pages.writes(town, desk):
            timing = client.measure(served, write.clients(), most=most * 10, seconds=4 * seconds)
            found["writes"][write.key] = {"label": write.label, **asdict(timing)}
        say("written")
    out.write_text(json.dumps(found))


def _filing(town: Any, desk: Any, request: Any) -> dict[str, int]:
    """Statements, without those of savepoints: of placing and filing one, and of the public form's whole request."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from jiequ.cases.actions import file_case
    from jiequ.cases.routing import place_of_unit
    from jiequ.core.permission import PUBLIC

    browser = Client()
    browser.get(request.path)
    with CaptureQueriesContext(connection) as whole:
        answer = browser.post(request.path, request.form)
    if answer.status_code != request.expects:
        raise SystemExit(f"filing answered {answer.status_code}: {answer.content[-500:]!r}")
    with CaptureQueriesContext(connection) as act:
        file_case(place_of_unit(desk.grids[0][0]), desk.categories[0], by=PUBLIC, body="三楼灯坏了。", once="bench")
    return {"act": _count(act), "request": _count(whole)}


def _count(captured: Any) -> int:
    return sum("SAVEPOINT" not in query["sql"] for query in captured)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
