"""The order in which households are gone to: building by building, and in it from the ground upward."""

from __future__ import annotations

import re
from typing import Any

from jiequ.outreach.models import Household


def on_the_way(household: Household) -> tuple[Any, ...]:
    """A key to sort by. Rooms are encrypted, so only Python can: 9楼 comes before 10楼. Without a building a household comes last in
    its grid."""
    building = household.building
    place = (0, building.order, building.path) if building is not None else (1, 0, "")
    parts = re.findall(r"\d+|\D+", household.room)
    room = [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
    return household.unit.path, *place, room, household.pk
