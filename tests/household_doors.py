"""What the pages of households and the settings of visits ask of whoever comes; tests/doors.py takes these in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import classify_household
from jiequ.outreach.forms.households import DO
from jiequ.outreach.models import HouseholdCategory
from jiequ.outreach.views.household_acts import AT_THE_DOOR
from jiequ.territory.models import Unit
from tests.doors import Door, Expected, Listed, OfUnit, Within
from tests.street import Place, Who

VIEW = "outreach.view_household"


@dataclass(frozen=True)
class Household(Within):
    """Seen in the building it stands in, which a keeper looks after; done there too, or (`in_the_grid`) by the grid."""

    seen: str = VIEW
    args: Any = lambda place, who: place.door.household.pk
    unit: Any = lambda place: place.building
    in_the_grid: bool = True

    def expected(self, who: Who, place: Place, way: str) -> Expected:
        if not who.reaches(VIEW, place.building):
            return "hidden"
        return "in" if who.reaches(self.may or VIEW, place.grid if self.in_the_grid else place.building) else "no"


def of(what: str) -> Household:
    return Household(
        may=DO[what].may, args=lambda p, w: (p.door.household.pk, what), in_the_grid=what not in AT_THE_DOOR, label=what
    )


def category(place: Place) -> HouseholdCategory:
    return HouseholdCategory.objects.order_by("pk")[0]


def classification(place: Place) -> Any:
    there = place.door.household.classifications.first()
    return there or classify_household(place.door.household, HouseholdCategory.objects.get(code="alone"), by=SYSTEM)


HOUSEHOLD_DOORS: dict[str, Door | list[Door]] = {
    "households": Listed(may=VIEW, ways="get"),
    "household-new": Listed(may="outreach.register_household"),
    "household": Household(may=VIEW, in_the_grid=False, ways="get"),
    "household-do": [of(what) for what in DO],
    "household-reveal": Household(may="outreach.reveal_household", in_the_grid=False),
    "household-held": Household(may="outreach.erase_household"),
    "household-erase": Household(may="outreach.erase_household"),
    "consent-withdraw": Household(
        may="outreach.classify_household", args=lambda p, w: p.door.household.consents.filter(covers="contact").get().pk
    ),
    "classification-end": Household(may="outreach.classify_household", args=lambda p, w: classification(p).pk),
    "outreach-settings": OfUnit(may="outreach.set_rules", ways="get"),
    "outreach-setting": OfUnit(may="outreach.set_rules", args=lambda p, w: (p.block.code, "rule"), rest=("rule",)),
    "household-category": Within(
        seen="outreach.set_rules",
        args=lambda p, w: category(p).pk,
        unit=lambda p: Unit.objects.filter(depth=1).order_by("path").first(),
    ),
}
