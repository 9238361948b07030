"""One database of one size, filled, served and measured, in a process of its own: settings are read once a process.

`python -m benchmarks.scene OUT MOTIONS SECONDS REQUESTS` with JIEQU_HOME and JIEQU_DATABASE_URL; writes its figures to OUT as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django

STORM = 10_000  # motions; a large council votes once in each database, beside the smaller history
VERIFIED = 200_000  # entries of the journal; a longer one is not sealed here, since the cost is a line through nought


def main(out: Path, motions: int, seconds: float, most: int) -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import client, fill, loading, pages, people, server, storm

    def say(text: str) -> None:
        sys.stderr.write(f"  {connection.vendor} {motions:>7,}  {text}\n")
        sys.stderr.flush()

    found: dict[str, Any] = {
        "database": connection.vendor, "what": "motions", "size": motions, "pages": {}, "writes": {},
    }  # fmt: skip
    call_command("migrate", run_syncdb=True, verbosity=0)
    began = time.perf_counter()
    fill.set_clock()
    town = people.build()
    found["rows"] = fill.fill(town, motions)
    loading.settle()
    found["fill_seconds"] = time.perf_counter() - began
    say(f"filled in {found['fill_seconds']:.0f} s")

    shown = pages.pages(town)
    for page in shown:
        found["pages"][page.key] = {
            "label": page.label,
            "budget": page.budget,
            "statements": statements(page.request, settings.SESSION_COOKIE_NAME),
        }
    with server.serving() as served:
        for page in [*shown, *shown]:  # both workers have seen every page before one is measured
            client.measure(served, [client.again_and_again(page.request)], most=4, seconds=seconds)
        for page in shown:
            each = [client.again_and_again(page.request)]
            found["pages"][page.key] |= asdict(client.measure(served, each, most=most, seconds=seconds))
        say("pages read")
        for write in pages.writes(town):
            timing = client.measure(served, write.clients(), most=most * 10, seconds=2 * seconds)
            found["writes"][write.key] = {"label": write.label, **asdict(timing)}
        say("written")
    if motions <= STORM:
        with server.serving() as served:
            hall = storm.Hall(town)
            found["phones"] = storm.phones(hall, served)
            found["storm"] = storm.votes(hall, served)
        say("a large council has voted")
    found["journal"] = _journal()
    out.write_text(json.dumps(found))


def statements(request: Any, cookie: str) -> int:
    """How many statements the page takes, counted in this process; the second reading, as a running server's."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client()
    if request.session:
        browser.cookies[cookie] = request.session
    browser.get(request.path)
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(request.path)
        answer.close()
    if answer.status_code != request.expects:
        raise SystemExit(f"{request.path} answered {answer.status_code}")
    return len(captured)


def _journal() -> dict[str, float] | None:
    """Seconds to seal and to verify the whole journal; None where it is too long for that here."""
    from jiequ.core import journal
    from jiequ.core.models import JournalEntry

    entries = JournalEntry.objects.count()
    if entries > VERIFIED:
        return None
    began = time.perf_counter()
    journal.seal()
    sealed = time.perf_counter()
    faults = list(journal.verify())
    if faults:
        raise SystemExit(f"the journal does not hold: {faults[0].says}")
    return {"entries": entries, "seal": sealed - began, "verify": time.perf_counter() - sealed}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
