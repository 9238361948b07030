"""What a resident is told before sending: whom to call at once, that it is decided elsewhere, that neighbours have said it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils.functional import cached_property

from jiequ.cases.models import Case, CaseCategory
from jiequ.cases.public.words import TAGS
from jiequ.cases.routing import Routed
from jiequ.core.wordings import emergency_number, normal

SHOWN = 3
#: Nobody is told that somebody reported something, or complained of somebody.
MOST_WORDS = 12  # of one category that are looked for


@dataclass
class Advice:
    """Empty where the case can simply be sent."""

    emergency: str = ""  # the number to call
    elsewhere: CaseCategory | None = None  # its channel is where to go
    is_guess: bool = False  # the category was guessed, so the resident may send it all the same
    alike: list[Case] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.emergency or self.elsewhere or self.alike)


class Categories:
    """The categories in use, read once a request."""

    @cached_property
    def rows(self) -> list[CaseCategory]:
        return list(CaseCategory.objects.filter(is_active=True))

    def choices(self) -> list[tuple[str, str]]:
        return [(c.code, c.name) for c in self.rows]

    def by_code(self, code: str) -> CaseCategory | None:
        return next((c for c in self.rows if c.code == code), None)

    def guess(self, text: str) -> CaseCategory | None:
        """The category most of whose keywords stand in `text`, the first of equals; else the one for the rest."""
        said, best, most = normal(text), None, 0
        for category in self.rows:
            words = [w.strip() for w in normal(category.keywords).replace(",", "、").replace("，", "、").split("、")]
            found = sum(len(w) for w in words[:MOST_WORDS] if w and w in said)
            if found > most:
                best, most = category, found
        return best or self.rest

    @property
    def rest(self) -> CaseCategory | None:
        """其他: by its code, else the last that is handled here."""
        here = [c for c in self.rows if not c.channel]
        return next((c for c in here if c.code == "other"), here[-1] if here else None)


def alike(routed: Routed, category: CaseCategory) -> Sequence[Case]:
    """Open cases of this red grid in the category, or of this building in its group; the newest first, with `followers`.
    One statement.

    What is shown of them is category, unit, state and how many: no word that a resident wrote.
    """
    if routed.triage or routed.block is None:
        return []
    same = Q(category=category)
    if category.group and routed.building is not None:
        same |= Q(category__group=category.group, building=routed.building)
    # The block first: its open cases have an index of their own, however many have been closed.
    found = Case.objects.open().told().filter(same, block=routed.block, unit=routed.unit)
    followers = Count("complainants", filter=Q(complainants__withdrew_at=None))
    rows = found.annotate(followers=followers).select_related("category", "unit", "building")
    shown: list[Any] = list(rows.defer("unit__boundary", "building__boundary", "body").order_by("-filed_at")[:SHOWN])
    for case in shown:
        case.tag = TAGS[case.state]
    return shown


def advice(routed: Routed, category: CaseCategory, text: str, *, is_guess: bool) -> Advice:
    """All of it, for a case that is about to be sent. One statement."""
    elsewhere = category if category.channel else None
    return Advice(
        emergency=emergency_number(text),
        elsewhere=elsewhere,
        is_guess=is_guess,
        alike=[] if elsewhere else list(alike(routed, category)),
    )
