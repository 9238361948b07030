"""When units are split, merged or moved: households go on in the heir that has their place. Visits stay where they happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, Case, F, Value, When

from jiequ.core.journal import record_all
from jiequ.outreach.actions.households import door_index
from jiequ.outreach.models import Household
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import DEPTH, Unit

BATCH = 500


@follows
def households_follow(successions: Sequence[Succession]) -> None:
    """Households of the closed grids and buildings lie in their heirs from now on: with their building where it is known, else in
    the grid's first heir. A door is known by its place's code; only where that changed is it reckoned anew. What grows with
    the households is three statements for each five hundred."""
    by_old = {s.old.pk: s for s in successions if s.heirs}
    grids = {k: s.heirs[0] for k, s in by_old.items() if s.old.depth == DEPTH["red_grid"]}
    buildings = {k: s.heirs[0] for k, s in by_old.items() if s.old.depth > DEPTH["red_grid"]}
    if not grids and not buildings:
        return
    lies_in = _grids_of(buildings.values(), grids.values())
    lying = Household.objects.filter(erased_at=None)
    keys = set(lying.filter(building__in=buildings).values_list("pk", flat=True)) if buildings else set()
    keys |= set(lying.filter(unit__in=grids).values_list("pk", flat=True)) if grids else set()
    ordered = sorted(keys)
    by = next(iter(by_old.values())).by
    for at in range(0, len(ordered), BATCH):
        some = Household.objects.filter(pk__in=ordered[at : at + BATCH])
        households = list(some.select_related("unit").defer("phone", "remark", "unit__boundary").order_by("pk"))
        moved = [_move(household, by_old, grids, buildings, lies_in) for household in households]
        _write(households)
        _write_doors([household for household, is_new in zip(households, moved, strict=True) if is_new])
        record_all("move", households, by=by)


def _move(
    household: Household,
    by_old: dict[int, Succession],
    grids: dict[int, Unit],
    buildings: dict[int, Unit],
    lies_in: dict[str, Unit],
) -> bool:
    """Set where it lies now; true if the code of its door's place is another."""
    place = household.building_id if household.building_id is not None else household.unit_id
    if household.building_id in buildings:
        household.building = buildings[household.building_id]
        household.unit = lies_in[household.building.path_at(DEPTH["red_grid"])]
    else:
        household.unit = grids[household.unit_id]
    if place not in by_old:  # its building stays as it is
        return False
    return by_old[place].old.code.rpartition("~")[0] != household.ground.code


def _grids_of(buildings: Any, grids: Any) -> dict[str, Unit]:
    """By path, the grids that the heirs of buildings lie in. One statement, for those that are no heirs themselves."""
    found = {heir.path: heir for heir in grids}
    paths = {heir.path_at(DEPTH["red_grid"]) for heir in buildings} - set(found)
    return found | {u.path: u for u in Unit.objects.filter(path__in=paths).defer("boundary", "note")}


def _write(households: list[Household]) -> None:
    """One UPDATE: as many branches as there are new places, not as there are households."""
    by_place: dict[tuple[int, int | None], list[int]] = {}
    for household in households:
        by_place.setdefault((household.unit_id, household.building_id), []).append(household.pk)
    if not households:
        return
    units = [When(pk__in=keys, then=Value(unit)) for (unit, _b), keys in by_place.items()]
    places = [When(pk__in=keys, then=Value(place)) for (_u, place), keys in by_place.items() if place is not None]
    columns: dict[str, Any] = {"unit": Case(*units, default=F("unit"), output_field=BigIntegerField())}
    if places:
        columns["building"] = Case(*places, default=F("building"), output_field=BigIntegerField())
    Household.objects.filter(pk__in=[h.pk for h in households]).update(**columns)


def _write_doors(households: list[Household]) -> None:
    """Reckon the doors anew. Two merged places may have the same name at the same number: the second keeps an index of its own."""
    wanted = {h.pk: door_index(h.ground, h.room, h.name) for h in households}
    current = [h for h in households if h.is_current]
    if current:
        others = Household.objects.current().filter(door_index__in=wanted.values())
        taken = dict(others.values_list("door_index", "pk"))
    for household in households:
        index = wanted[household.pk]
        if household.is_current and taken.setdefault(index, household.pk) != household.pk:
            index = door_index(household.ground, f"{household.room}|{household.pk}", household.name)
        household.door_index = index
    Household.objects.bulk_update(households, ["door_index"], batch_size=BATCH)
