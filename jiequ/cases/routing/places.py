"""From a unit or a point to the unit where a case lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jiequ.cases.models import Case
from jiequ.territory.models import DEPTH, Unit
from jiequ.territory.shapes import Place, locate, locate_all, shape_of

#: Who takes a case in, by the level of the unit where it lies.
RECEIVERS = {1: "office", 2: "chief", 3: "head"}

Point = tuple[float, float]  # WGS-84, degrees, longitude first


@dataclass(frozen=True)
class Routed:
    """Where a case lies. `unit` is the red grid, the block or, while nobody knows better, what stands above them."""

    unit: Unit
    block: Unit | None = None
    building: Unit | None = None
    triage: str = ""

    @property
    def desk(self) -> Unit:
        """The unit whose people take it in: the block, or the wider unit where it waits to be placed."""
        return self.block or self.unit

    @property
    def receiver(self) -> str:
        """The post at `desk` that takes it in."""
        return RECEIVERS[self.desk.depth]


def place_of_unit(unit: Unit) -> Routed:
    """Where a case from `unit` (of a QR code, or chosen) lies. A closed unit is followed to what it became; where that is
    not one unit, the case waits above it. One statement for the units above."""
    seen: set[int] = set()
    triage = ""
    while not unit.is_valid() and unit.pk not in seen:
        seen.add(unit.pk)
        heirs = list(unit.became.all()[:2])
        if len(heirs) == 1:
            unit = heirs[0]
            continue
        triage = Case.Triage.CLOSED
        parent = Unit.objects.filter(path=unit.path[: -unit.steplen]).first()
        if parent is None:
            break
        unit = parent
    return _routed(unit, _read(_line(unit.path), besides=unit), triage)


def place_of_point(longitude: float, latitude: float, *, fallback: Unit) -> Routed:
    """Where a case at a WGS-84 point lies; `fallback` is the unit whose form was open, else the root.

    On a border or in an overlap it lies with the nearest unit that holds all claimants, and waits there to be placed.
    Outside of all it waits with the root; where the root is not drawn nobody can know, and `fallback` is the best there is.
    """
    found = locate(longitude, latitude)
    if found is None:
        root = fallback if fallback.depth == 1 else Unit.objects.get(path=fallback.path_at(1))
        if not root.boundary:
            return place_of_unit(fallback)
        return _routed(root, {}, Case.Triage.OUTSIDE)
    unit, path, triage = _claim(found)
    return _at(unit, path, triage, _read(_line(path), besides=unit))


def places_of_points(points: Sequence[Point], *, root: Unit) -> list[Routed]:
    """Where cases at many points lie: two statements beside the map, however many."""
    claims = [_claim(found) if found is not None else None for found in locate_all(points)]
    above = _read({path for claim in claims if claim is not None for path in _line(claim[1])})
    return [
        _at(*claim, above) if claim is not None else _routed(root, {}, Case.Triage.OUTSIDE) for claim in claims
    ]  # fmt: skip


def _claim(found: Place) -> tuple[Unit, str, str]:
    """The unit that was found, the path of the one where the case lies, and why the machine is not sure."""
    if found.is_certain:
        return found.unit, found.unit.path, ""
    claimants = [found.unit, *found.others]
    depth = min(u.depth for u in claimants)
    while any(u.path_at(depth) != found.unit.path_at(depth) for u in claimants):
        depth -= 1  # all stand under one root
    path = found.unit.path_at(depth)
    if depth >= DEPTH["red_grid"]:
        return found.unit, path, ""  # between two buildings of one grid: the grid is certain
    overlap = any(_share_ground(found.unit, other) for other in found.others)
    return found.unit, path, Case.Triage.OVERLAP if overlap else Case.Triage.BORDER


def _at(unit: Unit, path: str, triage: str, above: Mapping[str, Unit]) -> Routed:
    return _routed(unit if unit.path == path else above[path], above, triage)


def _share_ground(one: Unit, other: Unit) -> bool:
    """True if they share ground, not only a border."""
    return (
        shape_of(one.boundary).intersection(shape_of(other.boundary)).area > 1e-12
    )  # square degrees: about a square cm


def _line(path: str) -> list[str]:
    """The paths from the block, or what lies above it, down to `path`."""
    length = Unit.steplen
    return [
        path[: length * depth] for depth in range(min(DEPTH["block"], len(path) // length), len(path) // length + 1)
    ]


def _read(paths: Iterable[str], *, besides: Unit | None = None) -> dict[str, Unit]:
    """The units at `paths`, without their boundaries; no statement where only `besides` is asked for."""
    known = {besides.path: besides} if besides is not None else {}
    wanted = [path for path in paths if path not in known]
    rows: Iterable[Unit] = Unit.objects.filter(path__in=wanted).defer("boundary", "note") if wanted else ()
    return known | {u.path: u for u in rows}


def _routed(unit: Unit, above: Mapping[str, Unit], triage: str = "") -> Routed:
    """`unit` with what stands above it."""
    if unit.kind in (Unit.Kind.BASE_GRID, Unit.Kind.CITY_GRID):  # they lie across the main line
        unit = above[unit.path_at(DEPTH["block"])]
    block = above.get(unit.path_at(DEPTH["block"]), unit) if unit.depth >= DEPTH["block"] else None
    grid = above.get(unit.path_at(DEPTH["red_grid"]), unit) if unit.depth >= DEPTH["red_grid"] else None
    building = unit if unit.depth == DEPTH["building"] else None
    if block is None and not triage:
        triage = Case.Triage.UNKNOWN
    return Routed(grid or block or unit, block, building, triage)
