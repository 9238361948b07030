"""What a list of households is narrowed to: read from the address, with the choices of its filters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.measures import prefix
from jiequ.outreach.actions import category_index
from jiequ.outreach.models import Classification, Consent, ConsentText, Household, HouseholdCategory, Tier
from jiequ.territory.models import DEPTH, Unit

#: Saved views: key, label, the column it is in order of, and whether the oldest stands first.
VIEWS: tuple[tuple[str, Any, str, bool], ...] = (
    ("all", _("全部"), "id", False),
    ("due", _("按到期先后"), "next_due_on", True),
    ("late", _("逾期"), "next_due_on", True),
    ("mine", _("我联系的"), "next_due_on", True),
    ("left", _("不再联系"), "id", False),
)
CHOICES = 400  # units that a filter lists
PLACES = (Unit.Kind.COMMUNITY, Unit.Kind.BLOCK, Unit.Kind.RED_GRID, Unit.Kind.BUILDING)


@dataclass
class Asked:
    """The filters of one address. What is not understood is not asked."""

    account: Any
    view: str = "all"
    tier: str = ""
    kind: str = ""
    without_consent: bool = False
    unit: Unit | None = None
    category: HouseholdCategory | None = None
    categories: list[HouseholdCategory] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)

    @classmethod
    def read(cls, account: Any, query: QueryDict) -> Asked:
        """From an address; 404 for a unit that `account` may not see."""
        view, tier, kind = (query.get(name, "") for name in ("view", "tier", "kind"))
        code = query.get("unit", "")[:40].replace("\x00", "")
        asked = cls(
            account,
            view=view if view in {key for key, *_rest in VIEWS} else "all",
            tier=tier if tier in (*Tier.values[1:], "none") else "",
            kind=kind if kind in Household.Kind.values else "",
            without_consent=query.get("consent") == "no",
        )
        if code:
            asked.unit = get_object_or_404(Unit.objects.visible_to(account).defer("boundary"), code=code)
        asked.units = asked._choices()
        # A category is not told by a filter where it is not told by the page: only to whoever keeps the grid's categories, and
        # never a sensitive one, of which every look is logged.
        if account.holds_anywhere("outreach.classify_household"):
            asked.categories = list(HouseholdCategory.objects.filter(is_sensitive=False, is_active=True))
            asked.category = next((c for c in asked.categories if c.code == query.get("category", "")), None)
        return asked

    @property
    def order(self) -> tuple[str, bool]:
        return next((column, first) for key, _label, column, first in VIEWS if key == self.view)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.tier or self.kind or self.without_consent or self.category or self.unit)

    def rows(self) -> Any:
        rows = Household.objects.visible_to(self.account)
        if self.unit is not None:
            rows = rows.under(self.unit)
        rows = rows.filter(left_on__isnull=False, erased_at=None) if self.view == "left" else rows.current()
        if self.order[0] == "next_due_on":
            rows = rows.filter(next_due_on__isnull=False)
        if self.view == "late":
            rows = rows.filter(next_due_on__lt=clock.today())
        if self.view == "mine":
            rows = rows.filter(member=self.account.person_id)
        if self.tier:
            rows = rows.filter(tier="" if self.tier == "none" else self.tier)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.category is not None:
            bears = Classification.objects.filter(
                household=OuterRef("pk"), category_index=category_index(self.category.code), ends_on=None
            )
            reach = self.account.reach("outreach.classify_household")
            rows = rows.filter(reach.as_q("unit__path")).filter(Exists(bears))
        rows = rows.annotate(has_agreed=agreed())
        return rows.filter(has_agreed=False) if self.without_consent else rows

    def _choices(self) -> list[Unit]:
        """The units to narrow to: those next below where one looks, and down to the buildings once a grid is."""
        units = Unit.objects.valid().filter(kind__in=PLACES).only("code", "name", "path", "depth", "kind")
        if self.unit is not None:
            below = Q(**prefix("path", self.unit.path)) & Q(depth=self.unit.depth + 1)
            return list(units.filter(below)[:CHOICES])
        reach = self.account.reach("outreach.view_household")
        highest = min((len(path) // Unit.steplen for path in reach.paths), default=0)
        return list(units.filter(reach.as_q("path"), depth__lte=min(highest + 1, DEPTH["building"]))[:CHOICES])


def agreed() -> Exists:
    """Whether a household has a valid consent to be contacted."""
    valid = Consent.objects.valid(clock.today())
    return Exists(valid.filter(household=OuterRef("pk"), covers=ConsentText.Covers.CONTACT))
