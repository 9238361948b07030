"""What upper houses do when the people of a unit change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jiequ.core.permission import Actor
from jiequ.territory.models import Unit

Hears = Callable[[Sequence[Unit], Actor], None]
_HEAR: list[Hears] = []


def after_staffing(function: Hears) -> Hears:
    """Have `function(units, by)` called, in the same transaction, when somebody comes to, leaves or contracts anything in `units`."""
    _HEAR.append(function)
    return function


def staff_changed(*units: Unit, by: Actor) -> None:
    """Part of every action that changes who serves in `units`."""
    for function in _HEAR:
        function(units, by)
