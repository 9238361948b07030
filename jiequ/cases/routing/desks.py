"""Whose post takes a case in, grants time or calls back: the nearest one upward that somebody holds who may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q

from jiequ.cases.models import Case, Handler, HandlerMember
from jiequ.core import clock
from jiequ.people.models import Appointment
from jiequ.territory.models import Unit

#: The posts that run cases, by the level of the unit; the first that is held takes it.
DESKS = {3: ("head",), 2: ("chief", "deputy"), 1: ("office",)}


@dataclass(frozen=True)
class Desk:
    """A post of a unit; `holder` where one of its holders must not be asked, so that another is asked by name."""

    unit: Unit
    role: str
    persons: list[int] = field(default_factory=list)
    holder: int | None = None


def desk_for(unit: Unit, *, besides: Collection[int] = ()) -> Desk:
    """The nearest desk at or above `unit` with somebody other than `besides`; the subdistrict's office where there is
    nobody at all, so that whoever is appointed there finds it. One statement."""
    deepest = min(unit.depth, max(DESKS))
    posts = Q()
    for depth in range(1, deepest + 1):
        posts |= Q(unit__path=unit.path_at(depth), role__in=DESKS[depth])
    rows = Appointment.objects.in_force().filter(posts).select_related("unit").defer("unit__boundary", "unit__note")
    held: dict[tuple[int, str], list[Appointment]] = {}
    for post in rows.order_by("pk"):
        held.setdefault((post.unit.depth, post.role), []).append(post)
    for depth in range(deepest, 0, -1):
        for role in DESKS[depth]:
            holders = held.get((depth, role), [])
            free = [p.person_id for p in holders if p.person_id not in besides]
            if free:
                return Desk(holders[0].unit, role, free, free[0] if len(free) < len(holders) else None)
    root = unit if unit.depth == 1 else Unit.objects.get(path=unit.path_at(1))
    return Desk(root, DESKS[1][0])


def desk_above(unit: Unit, *, besides: Collection[int] = ()) -> Desk | None:
    """The nearest desk above `unit` with somebody other than `besides`; None where there is none."""
    if unit.depth <= 1:
        return None
    above = Unit.objects.get(path=unit.path_at(min(unit.depth - 1, max(DESKS))))
    found = desk_for(above, besides=besides)
    return found if found.persons else None


def kept_from(case: Case) -> set[int]:
    """Whom `case` complains of, in person or as people of the handler it complains of: they are asked and told nothing.
    No statement where it complains of no handler, else three."""
    found = {case.complained_of_id} if case.complained_of_id is not None else set()
    return found | (people_of(case.complained_handler) if case.complained_handler is not None else set())


def people_of(handler: Handler) -> set[int]:
    """Who belongs to `handler` today: its members, and the holders of the post it works by."""
    members = HandlerMember.objects.in_force(clock.today()).filter(handler=handler)
    found = set(members.values_list("person_id", flat=True))
    if handler.role:
        posts = Appointment.objects.in_force().filter(unit=handler.unit_id, role=handler.role)
        found |= set(posts.values_list("person_id", flat=True))
    return found
