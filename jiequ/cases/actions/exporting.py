"""A list of cases left the house as a file."""

from __future__ import annotations

from jiequ.core.journal import record
from jiequ.core.permission import Actor, require
from jiequ.core.writing import action
from jiequ.territory.models import Unit


@action
def note_case_export(unit: Unit, *, by: Actor, rows: int) -> None:
    """Enter it: of which unit, how many rows. The file itself holds nothing personal."""
    require(by, "overview.export_figures", unit)
    record("export_cases", unit, by=by, rows=rows)
