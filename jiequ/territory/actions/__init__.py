"""Every write to the tree."""

from jiequ.territory.actions.units import NewUnit, add_unit, add_units, edit_unit, set_boundary

__all__ = ["NewUnit", "add_unit", "add_units", "edit_unit", "set_boundary"]
