"""Boundaries as an SVG: numbers for a template, no markup."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jiequ.territory.shapes.reading import shape_of

WIDTH, HEIGHT, EDGE = 400, 300, 8


@dataclass(frozen=True)
class Drawn:
    """One unit on the map: `path` is the `d` of a <path> (fill-rule evenodd), `x`, `y` the middle of its label."""

    unit: Any
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """A map: `view_box` for the <svg>, and what to draw in order. Empty where no unit has a boundary."""

    view_box: str
    units: list[Drawn]

    def __bool__(self) -> bool:
        return bool(self.units)


def draw(units: Iterable[Any], *, around: Any = None) -> Drawing:
    """Project the boundaries of `units` into 400 × 300, north up, true in proportion (longitudes shrink by the cosine of the latitude).

    Units without a boundary are left out. `around` is a unit whose boundary sets the frame, when it should be wider than
    the units themselves.
    """
    shapes = [(unit, shape_of(unit.boundary)) for unit in units if unit.boundary]
    frames = [s.bounds for _unit, s in shapes]
    if around is not None and around.boundary:
        frames.append(shape_of(around.boundary).bounds)
    view_box = f"0 0 {WIDTH} {HEIGHT}"
    if not shapes:
        return Drawing(view_box, [])
    west, south = min(f[0] for f in frames), min(f[1] for f in frames)
    east, north = max(f[2] for f in frames), max(f[3] for f in frames)
    shrink = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * shrink, 1e-9), max(north - south, 1e-9)
    scale = min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / high)
    left, top = (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round(left + (lon - west) * shrink * scale, 1), round(top + (north - lat) * scale, 1)

    drawn = []
    for unit, shape in shapes:
        middle = shape.representative_point()
        x, y = at(middle.x, middle.y)
        drawn.append(Drawn(unit, " ".join(_loop(ring, at) for ring in _rings(shape)), x, y))
    return Drawing(view_box, drawn)


def _rings(shape: Any) -> Iterable[Any]:
    for part in getattr(shape, "geoms", [shape]):
        yield part.exterior.coords
        yield from (ring.coords for ring in part.interiors)


def _loop(ring: Any, at: Any) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in (at(*point[:2]) for point in ring[:-1])) + "Z"
