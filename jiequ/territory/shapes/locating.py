"""Which unit does a point lie in? An STRtree in the process, read again when a boundary changes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from django.db import connection
from shapely import STRtree

from jiequ.core import clock
from jiequ.core.ids import new_id
from jiequ.territory.models import BoundaryVersion, Unit
from jiequ.territory.shapes.reading import shape_of

EDGE = 1e-7  # degrees, about a centimetre: a point this near to a border lies on it
LOOK_AGAIN = 1.0  # seconds: how old the knowledge of the version may be
KEPT = 4  # maps: today's, and a few of other days
#: A point lies in one of each; without a `kind` the answer is the deepest of these.
MAIN_LINE = (Unit.Kind.SUBDISTRICT, Unit.Kind.COMMUNITY, Unit.Kind.BLOCK, Unit.Kind.RED_GRID, Unit.Kind.BUILDING)

_lock = threading.Lock()
_maps: OrderedDict[tuple[str, int, date], _Map] = OrderedDict()
_version: tuple[str, int, float] = ("", 0, 0.0)


@dataclass(frozen=True)
class Place:
    """Where a point lies. `others` are units on other branches that claim it too, as deep as each branch goes there: it lies
    on their common border or in an overlap. The same point always gives the same `unit`, the first of the deepest in the
    tree's order."""

    unit: Unit
    others: tuple[Unit, ...] = ()

    @property
    def is_certain(self) -> bool:
        return not self.others


class _Map:
    """The boundaries in force on one day."""

    def __init__(self, on: date) -> None:
        rows = Unit.objects.valid(on).exclude(boundary=None).order_by("path")
        self.units = list(rows.defer("note"))
        self.tree = STRtree([shape_of(u.boundary) for u in self.units])

    def near(self, lon: float, lat: float) -> list[Unit]:
        found = self.tree.query(shapely.Point(lon, lat), predicate="dwithin", distance=EDGE)
        return [self.units[i] for i in sorted(found)]


def locate(lon: float, lat: float, kind: str | None = None, on: date | None = None) -> Place | None:
    """The deepest unit that holds the WGS-84 point on the day `on` (today), or the one of `kind`; None outside of all.

    Base and city-management grids lie across the main line and are found only by their kind.
    """
    return _place(_map(on or clock.today()).near(lon, lat), (kind,) if kind else MAIN_LINE)


def locate_all(points: Iterable[tuple[float, float]], on: date | None = None) -> list[Place | None]:
    """`locate` for many points (longitude first), on one map: no statement for each."""
    there = _map(on or clock.today())
    return [_place(there.near(lon, lat), MAIN_LINE) for lon, lat in points]


def _place(near: list[Unit], kinds: Sequence[str]) -> Place | None:
    found = [u for u in near if u.kind in kinds]
    if not found:
        return None
    deepest = max(u.depth for u in found)
    first = next(u for u in found if u.depth == deepest)
    if first.kind == Unit.Kind.BUILDING:  # a thing, not ground: it may stand over a border and is still itself
        found = [u for u in found if u.kind == Unit.Kind.BUILDING]
    others = [u for u in found if u is not first and not any(v is not u and u.holds(v) for v in found)]
    return Place(first, tuple(others))


def touch() -> None:
    """Say that a boundary has changed: in the action's transaction."""
    global _version
    number = new_id()
    if not BoundaryVersion.objects.update(number=number):
        BoundaryVersion.objects.create(number=number)
    _version = ("", 0, 0.0)


def _map(on: date) -> Any:
    key = (_database(), _number(), on)
    with _lock:
        found = _maps.get(key)
        if found is None:
            found = _maps[key] = _Map(on)
            while len(_maps) > KEPT:
                _maps.popitem(last=False)
        else:
            _maps.move_to_end(key)
    return found


def _number() -> int:
    global _version
    if connection.in_atomic_block:  # what an open transaction sees may yet be rolled back: remember nothing of it
        return _read_number()
    database, number, read_at = _version
    if database != _database() or time.monotonic() - read_at > LOOK_AGAIN:
        number = _read_number()
        _version = (_database(), number, time.monotonic())
    return number


def _read_number() -> int:
    return BoundaryVersion.objects.values_list("number", flat=True).first() or 0


def _database() -> str:
    return str(connection.settings_dict["NAME"])
