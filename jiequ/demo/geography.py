"""The pilot's territory as plain data: 3 communities, 20 blocks, 68 red grids, their buildings and other grids.

Names and codes that are real stand in data/units.csv with their source. Everything drawn here is invented: a plain of some
hundred small Voronoi cells is cut by straight lines into communities, blocks and red grids, so that neighbours share every
corner and the levels fit without overlap or gap. The same on every machine: a fixed seed, coordinates rounded to a centimetre.
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shapely import MultiPoint, Point, Polygon, box, unary_union, voronoi_polygons
from shapely.affinity import rotate

FRAME = (114.05, 22.708, 114.09, 22.737)  # degrees: about 4.1 by 3.2 km, a shape that fills a landscape map
CELLS_A_GRID = 8  # small cells a red grid is made of
BUILDINGS_A_GRID = 4
_SHRINK = math.cos(math.radians(22.725))  # a degree of longitude against one of latitude
_METRE = 1 / 111_320  # degrees of latitude

Cell = Polygon


@dataclass(frozen=True)
class UnitSpec:
    """What `add_unit` is told: `parent` is the code of a unit earlier in the list, None for the subdistrict.

    `is_synthetic` speaks of the unit and its name; every boundary is invented, and `note` says so where the name is real.
    """

    kind: str
    code: str
    name: str
    parent: str | None
    boundary: dict[str, Any]
    official_code: str = ""
    order: int = 0
    is_synthetic: bool = True
    note: str = ""


class _FellApart(Exception):
    """A unit's cells do not hang together."""


@cache
def units() -> tuple[UnitSpec, ...]:
    """The whole tree, parents before children, level by level."""
    for seed in range(100):  # some throws of the dice leave a unit in two pieces: take the first that does not
        try:
            return tuple(_units(seed))
        except _FellApart:
            continue
    raise RuntimeError("no seed gave whole units")


def _units(seed: int) -> list[UnitSpec]:
    rows = _rows()
    blocks = [r for r in rows if r["kind"] == "block"]
    communities = [r for r in rows if r["kind"] == "community"]
    cells = _cells(CELLS_A_GRID * sum(int(b["red_grids"]) for b in blocks), seed)
    top = rows[0]
    out = [_real(top, None, cells, 1)]
    levels: dict[str, list[UnitSpec]] = {"block": [], "red_grid": [], "base_grid": [], "city_grid": [], "building": []}
    weights = [sum(int(b["red_grids"]) for b in blocks if b["code"].startswith(c["code"])) for c in communities]
    for n, (community, its_cells) in enumerate(zip(communities, _cut(cells, weights), strict=True), 1):
        out.append(_real(community, top["code"], its_cells, n))
        mine = [b for b in blocks if b["code"].startswith(community["code"])]
        counts = [int(b["red_grids"]) for b in mine]
        for m, (row, block_cells) in enumerate(zip(mine, _cut(its_cells, counts), strict=True), 1):
            levels["block"].append(_real(row, community["code"], block_cells, m))
            for spec in _inside_block(row, block_cells, _committee(community)):
                levels[spec.kind].append(spec)
    for specs in levels.values():
        out += specs
    return out


def _inside_block(row: dict[str, str], cells: Sequence[Cell], committee: str) -> Iterator[UnitSpec]:
    """The grids and buildings of one block."""
    code, short = row["code"], row["name"].removesuffix("街区")
    dice = random.Random(code)
    grids = _cut(cells, [1] * int(row["red_grids"]))
    number = 0
    for n, its_cells in enumerate(grids, 1):
        yield UnitSpec("red_grid", f"{code}-{n}", f"{short}第{n}红色网格", code, _outline(its_cells), order=n)
        for place in sorted(dice.sample(range(len(its_cells)), BUILDINGS_A_GRID)):
            number += 1
            house = f"{committee}{int(code[-2:]):02}{number:05}"
            footprint = _footprint(its_cells[place], dice)
            yield UnitSpec(
                "building", f"{code}-{n}-{number:02}", f"{short}{number}栋", f"{code}-{n}", footprint, house, number
            )
    half = (len(grids) + 1) // 2
    for n, part in enumerate((grids[:half], grids[half:]), 1):
        its = [cell for grid in part for cell in grid]
        yield UnitSpec("base_grid", f"{code}-J{n}", f"{short}基础管理网格{n}", code, _outline(its), order=n)
    yield UnitSpec("city_grid", f"{code}-C1", f"{short}城市管理网格", code, _outline(cells), order=1)


def _rows() -> list[dict[str, str]]:
    with (Path(__file__).parent / "data" / "units.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _real(row: dict[str, str], parent: str | None, cells: Sequence[Cell], order: int) -> UnitSpec:
    real = row["is_real"] == "1"
    return UnitSpec(
        row["kind"],
        row["code"],
        row["name"],
        parent,
        _outline(cells),
        row["official_code"],
        order,
        not real,
        "名称真实，边界为示意。" if real else "名称与边界均为虚构。",
    )


def _committee(community: dict[str, str]) -> str:
    """12 digits for house codes: the committee's own where it is known, else one that no committee bears."""
    return community["official_code"] or f"4403090069{community['code'][-2:]}"


def _cells(count: int, seed: int) -> list[Cell]:
    """`count` cells whose corners are shared exactly: a relaxed Voronoi diagram without its rim, rounded corner by corner."""
    west, south, east, north = FRAME
    dice = random.Random(seed)
    across = (east - west) * _SHRINK  # the diagram is made in a plane of equal degrees
    high = north - south
    frame = box(0, 0, across, high)
    points = [Point(dice.random() * across, dice.random() * high) for _n in range(int(count * 1.35))]
    for _round in range(3):  # Lloyd: cells of even size and shape
        diagram = voronoi_polygons(MultiPoint(points), extend_to=frame).geoms
        points = [cell.intersection(frame).centroid for cell in diagram]
    found = []
    for cell in voronoi_polygons(MultiPoint(points), extend_to=frame).geoms:
        if frame.buffer(-1e-6).contains(cell):
            corners = [(round(west + x / _SHRINK, 7), round(south + y, 7)) for x, y in cell.exterior.coords]
            found.append(Polygon([c for c, after in zip(corners, [*corners[1:], None], strict=True) if c != after]))
    middle = Point((west + east) / 2, (south + north) / 2)
    found.sort(key=lambda c: (round(c.centroid.distance(middle), 7), c.centroid.x))
    if len(found) < count:
        raise _FellApart
    return found[:count]


def _cut(cells: Sequence[Cell], weights: Sequence[int]) -> list[list[Cell]]:
    """Cut a plain of cells into parts of the given weights by straight lines, always across the longer side."""
    if len(weights) == 1:
        return [list(cells)]
    half = len(weights) // 2
    share = round(len(cells) * sum(weights[:half]) / sum(weights))
    xs = [c.centroid.x * _SHRINK for c in cells]
    ys = [c.centroid.y for c in cells]
    if max(xs) - min(xs) > max(ys) - min(ys):
        ordered = sorted(cells, key=lambda c: (c.centroid.x, c.centroid.y))
    else:
        ordered = sorted(cells, key=lambda c: (-c.centroid.y, c.centroid.x))
    return _cut(ordered[:share], weights[:half]) + _cut(ordered[share:], weights[half:])


def _outline(cells: Sequence[Cell]) -> dict[str, Any]:
    """The GeoJSON of the cells' union."""
    found = unary_union(list(cells))
    if not isinstance(found, Polygon):
        raise _FellApart
    return _geojson(found)


def _footprint(cell: Cell, dice: random.Random) -> dict[str, Any]:
    """A house of some 30 by 15 metres inside its cell."""
    middle = cell.representative_point()
    long, deep = dice.uniform(10, 18) * _METRE, dice.uniform(6, 9) * _METRE
    house = box(middle.x - long / _SHRINK, middle.y - deep, middle.x + long / _SHRINK, middle.y + deep)
    turned = rotate(house, dice.choice((0, 12, 24, -15, 90)), origin=(middle.x, middle.y))
    return _geojson(turned if cell.contains(turned) else middle.buffer(4 * _METRE, quad_segs=2))


def _geojson(shape: Polygon) -> dict[str, Any]:
    rings = [shape.exterior, *shape.interiors]
    return {"type": "Polygon", "coordinates": [[[round(x, 7), round(y, 7)] for x, y in ring.coords] for ring in rings]}
