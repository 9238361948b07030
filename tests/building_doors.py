"""What the pages of contracted buildings and the list of households as a file ask; tests/doors.py takes these in."""

from __future__ import annotations

from dataclasses import dataclass

from tests.doors import Door, Expected, OfUnit
from tests.street import Place, Who


@dataclass(frozen=True)
class Exported(OfUnit):
    """A file of households: to export, and to look at the block's households."""

    def expected(self, who: Who, place: Place, way: str) -> Expected:
        found = super().expected(who, place, way)
        return "no" if found == "in" and not who.reaches("outreach.view_household", place.block) else found


BUILDING_DOORS: dict[str, Door | list[Door]] = {
    "unit-buildings": OfUnit(
        may="people.view_member", does="people.assign_building", data=lambda p: {"release": p.assignment.pk}
    ),
    "household-export": Exported(may="overview.export_figures", ways="post"),
}
