"""Whose post takes a case in, grants time or calls back: the nearest one upward that somebody holds who may."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

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
    found = nearest_desk(unit, held_posts([unit]), besides=besides)
    if found is not None:
        return found
    root = unit if unit.depth == 1 else Unit.objects.get(path=unit.path_at(1))
    return Desk(root, DESKS[1][0])


#: Who holds which post: by the unit's path and the role.
Held = dict[tuple[str, str], list[Appointment]]


def held_posts(units: Iterable[Unit]) -> Held:
    """The posts that run cases in and above `units`, as they are held today. One statement for all."""
    paths = {u.path_at(depth) for u in units for depth in range(1, min(u.depth, max(DESKS)) + 1)}
    roles = [role for found in DESKS.values() for role in found]
    rows = Appointment.objects.in_force().filter(unit__path__in=paths, role__in=roles)
    held: Held = {}
    # Put in order here: for an ORDER BY Django compares every column of both tables, and a case is filed by the thousand.
    for post in sorted(rows.select_related("unit").defer("unit__boundary", "unit__note"), key=lambda post: post.pk):
        held.setdefault((post.unit.path, post.role), []).append(post)
    return held


def nearest_desk(unit: Unit, held: Held, *, above: bool = False, besides: Collection[int] = ()) -> Desk | None:
    """The nearest desk at (or `above`) `unit` with somebody other than `besides`, among the posts `held`."""
    deepest = min(unit.depth - above, max(DESKS))
    for depth in range(deepest, 0, -1):
        for role in DESKS[depth]:
            holders = held.get((unit.path_at(depth), role), [])
            free = [p.person_id for p in holders if p.person_id not in besides]
            if free:
                return Desk(holders[0].unit, role, free, free[0] if len(free) < len(holders) else None)
    return None
