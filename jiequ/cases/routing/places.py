"""From a unit or a point to the unit where a case lies."""

from __future__ import annotations

from dataclasses import dataclass

from jiequ.cases.models import Case
from jiequ.territory.models import DEPTH, Unit
from jiequ.territory.shapes import locate, shape_of

#: Who takes a case in, by the level of the unit where it lies.
RECEIVERS = {1: "office", 2: "chief", 3: "head"}


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
    return _routed(unit, triage)


def place_of_point(longitude: float, latitude: float, *, fallback: Unit) -> Routed:
    """Where a case at a WGS-84 point lies; `fallback` (the unit whose form was open, else the root) where it lies nowhere.

    On a border or in an overlap it lies with the nearest unit that holds all claimants, and waits there to be placed.
    """
    found = locate(longitude, latitude)
    if found is None:
        wide = Unit.objects.filter(path=fallback.path_at(1)).first() or fallback
        return _routed(wide, Case.Triage.OUTSIDE)
    if found.is_certain:
        return _routed(found.unit, "" if found.unit.depth >= DEPTH["block"] else Case.Triage.UNKNOWN)
    claimants = [found.unit, *found.others]
    length = 0
    while all(u.path[: length + Unit.steplen] == found.unit.path[: length + Unit.steplen] for u in claimants):
        length += Unit.steplen
        if length >= len(found.unit.path):
            break
    common = Unit.objects.filter(path=found.unit.path[:length]).first() or fallback
    # The deepest two may overlap inside one block: then its people place it among themselves.
    reason = Case.Triage.OVERLAP if any(_overlap(found.unit, other) for other in found.others) else Case.Triage.BORDER
    return _routed(common, reason)


def _overlap(one: Unit, other: Unit) -> bool:
    """True if they share ground, not only a border."""
    return (
        shape_of(one.boundary).intersection(shape_of(other.boundary)).area > 1e-12
    )  # square degrees: about a square cm


def _routed(unit: Unit, triage: str = "") -> Routed:
    """`unit` with what stands above it, in one statement."""
    if unit.kind in (Unit.Kind.BASE_GRID, Unit.Kind.CITY_GRID):  # they lie across the main line
        unit = Unit.objects.get(path=unit.path_at(DEPTH["block"]))
    if unit.depth > DEPTH["block"]:
        paths = [unit.path_at(depth) for depth in range(DEPTH["block"], unit.depth)]
        above = {u.depth: u for u in Unit.objects.filter(path__in=paths).defer("boundary", "note")}
    else:
        above = {}
    above[unit.depth] = unit
    block = above.get(DEPTH["block"])
    building = above.get(DEPTH["building"])
    grid = above.get(DEPTH["red_grid"])
    lies = grid or block or unit
    if block is None and not triage:
        triage = Case.Triage.UNKNOWN
    return Routed(lies, block, building, triage)
