"""Where a request is said to lie, and where one that comes in lies.

What is told is the unit and its middle, never the point or the building that somebody gave: a building is a home.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass

from django.db import connection

from jiequ.cases.routing import Routed, place_of_point, place_of_unit
from jiequ.territory.models import DEPTH, BoundaryVersion, Unit
from jiequ.territory.shapes import shape_of

DIGITS = 6  # of degrees: a tenth of a metre, of a point that is nobody's


@dataclass(frozen=True)
class Middles:
    """The representative points of blocks and grids, by path: (latitude, longitude), WGS-84."""

    points: dict[str, tuple[float, float]]
    units: dict[str, int]

    def of(self, path: str) -> tuple[float, float] | None:
        """The point of the unit at `path`, its block's where it has no boundary; None for anything wider than a block:
        a point in the middle of a community would say what nobody knows."""
        for depth in range(len(path) // Unit.steplen, DEPTH["block"] - 1, -1):
            if (found := self.points.get(path[: depth * Unit.steplen])) is not None:
                return found
        return None

    def within(self, west: float, south: float, east: float, north: float) -> list[int]:
        """The units whose point lies in a box. It is asked of what is told, so no box finds out where a case really lies."""
        found = ((key, self.of(path)) for path, key in self.units.items())
        return [key for key, at in found if at and south <= at[0] <= north and west <= at[1] <= east]


_lock = threading.Lock()
_kept: tuple[tuple[str, int, int], Middles] | None = None


def middles() -> Middles:
    """Read once for each version of the boundaries. Two statements to know, one more to read."""
    global _kept
    number = BoundaryVersion.objects.values_list("number", flat=True).first() or 0
    newest = Unit.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    key = (str(connection.settings_dict["NAME"]), number, newest)
    with _lock:
        if _kept is not None and _kept[0] == key:
            return _kept[1]
    rows = Unit.objects.filter(depth__gte=DEPTH["block"], depth__lt=DEPTH["building"]).order_by()
    points, units = {}, {}
    for pk, path, boundary in rows.values_list("pk", "path", "boundary"):
        units[path] = pk
        if boundary:
            point = shape_of(boundary).representative_point()
            points[path] = (round(point.y, DIGITS), round(point.x, DIGITS))
    found = Middles(points, units)
    with _lock:
        _kept = (key, found)
    return found


def root() -> Unit | None:
    """The subdistrict: the one jurisdiction that answers here."""
    return Unit.objects.filter(depth=1).defer("boundary").first()


def route(root: Unit, *, point: tuple[float, float] | None, address_id: str, address: str) -> Routed | None:
    """Where a new case lies: the unit of an id, else the point (longitude, latitude), else whatever unit the words name;
    None where the id is unknown. What cannot be placed waits at the subdistrict's desk, with the reason."""
    if address_id:
        unit = Unit.objects.filter(code=address_id).defer("boundary").first()
        return place_of_unit(unit) if unit is not None else None
    if point is not None:
        return place_of_point(*point, fallback=root)
    return place_of_unit(named_in(address) or root)


def named_in(words: str) -> Unit | None:
    """The deepest unit that an address names beyond doubt: 石一街区 3栋. A building's name counts only below a unit that is
    named with it, or where only one building of the subdistrict bears it. At most two statements."""
    text = unicodedata.normalize("NFKC", words).casefold()
    above = Unit.objects.valid().filter(depth__gt=1, depth__lt=DEPTH["building"]).defer("boundary", "note")
    found = _deepest([u for u in above if _stands_in(u.name, text)])
    buildings = Unit.objects.valid().filter(kind=Unit.Kind.BUILDING).defer("boundary", "note")
    if found is not None:
        inside = [u for u in buildings.under(found) if _stands_in(u.name, text)]
    else:
        parts = {part for part in re.split(r"[\s,，、;；]+", unicodedata.normalize("NFKC", words)) if part}
        inside = list(buildings.filter(name__in=sorted(parts)[:20])[:2])
    return _deepest(inside) or found


def _deepest(units: list[Unit]) -> Unit | None:
    """The one unit below all others that are named; None where two names contradict each other."""
    units = sorted(units, key=lambda unit: (-unit.depth, unit.path))
    if not units or any(not units[0].path.startswith(unit.path) for unit in units[1:]):
        return None
    return units[0]


def _stands_in(name: str, text: str) -> bool:
    """`name` as a whole: 3栋 does not stand in 13栋."""
    wanted = re.escape(unicodedata.normalize("NFKC", name).casefold())
    return bool(name) and re.search(rf"(?<![0-9a-z]){wanted}(?![0-9a-z])", text) is not None
