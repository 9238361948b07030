"""What the pages of the quarter's plan ask of whoever comes; tests/doors.py takes these in."""

from __future__ import annotations

from tests.doors import Door, Held
from tests.visit_doors import VISIT, at_door

PLAN_DOORS: dict[str, Door | list[Door]] = {
    "visits-paper": Held(may=VISIT),
    "household-claim": at_door(lambda door: door.household, VISIT, ways="post"),
}
