"""What each page of cases asks of whoever comes; tests/doors.py takes these in. A new page of cases gets its line here."""

from __future__ import annotations

from typing import Any

from tests.doors import Door, Everybody, Listed, Within
from tests.resident_doors import RESIDENT_DOORS


def case(may: str = "", state: str = "submitted", **more: Any) -> Within:
    """A page of a case in `state`; what whoever handles it may do besides their posts is tried in tests/cases."""
    return Within(seen="cases.view_case", may=may, args=lambda p, w: p.cases[state].pk, **more)


CASE_DOORS: dict[str, Door | list[Door]] = {
    **RESIDENT_DOORS,
    "public-transparency": Everybody(args=lambda p, w: p.block.code, ways="get"),
    "cases": Listed(ways="get"),
    "case": case(ways="get"),
}
