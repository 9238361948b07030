"""Every write to the tree."""

from jiequ.territory.actions.succession import Succession, follows, merge_units, move_unit, split_unit
from jiequ.territory.actions.units import NewUnit, add_unit, add_units, edit_unit, follows_borders, set_boundary

__all__ = [
    "NewUnit",
    "Succession",
    "add_unit",
    "add_units",
    "edit_unit",
    "follows",
    "follows_borders",
    "merge_units",
    "move_unit",
    "set_boundary",
    "split_unit",
]
