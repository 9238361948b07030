"""What each page of cases asks of whoever comes; tests/doors.py takes these in. A new page of cases gets its line here."""

from __future__ import annotations

from typing import Any

from tests.doors import Door, Listed, Within
from tests.point_doors import POINT_DOORS
from tests.resident_doors import RESIDENT_DOORS


def case(may: str = "", state: str = "submitted", **more: Any) -> Within:
    """A page of a case in `state`; what whoever handles it may do besides their posts is tried in tests/cases."""
    return Within(seen="cases.view_case", may=may, args=lambda p, w: p.cases[state].pk, **more)


CASE_DOORS: dict[str, Door | list[Door]] = {
    **RESIDENT_DOORS,
    **POINT_DOORS,
    "cases": Listed(ways="get"),
    "case": case(ways="get"),
}
