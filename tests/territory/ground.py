"""Plain ground for the tests of this house."""

import json

import pytest
from shapely.geometry import box, mapping

from jiequ.core.permission import SYSTEM, Refused
from jiequ.demo.geography import units
from jiequ.territory.actions import add_unit
from jiequ.territory.models import Unit


def square(west, south, east, north):
    """A GeoJSON rectangle; the numbers are thousandths of a degree from 114°E 22.7°N."""
    shape = box(114 + west / 1000, 22.7 + south / 1000, 114 + east / 1000, 22.7 + north / 1000)
    return json.loads(json.dumps(mapping(shape)))


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def plant(kinds: tuple[str, ...] = ()) -> dict[str, Unit]:
    """The demo's units in the database (all, or those of `kinds`), by code."""
    made: dict[str, Unit] = {}
    for u in units():
        if kinds and u.kind not in kinds:
            continue
        made[u.code] = add_unit(
            u.kind, u.code, u.name, inside=made[u.parent] if u.parent else None, by=SYSTEM, boundary=u.boundary,
            official_code=u.official_code, order=u.order, is_synthetic=u.is_synthetic, note=u.note,
        )  # fmt: skip
    return made
