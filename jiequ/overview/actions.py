"""The one thing this house enters in the journal: that figures or their rows left the product as a file."""

from __future__ import annotations

from jiequ.core.journal import record
from jiequ.core.measures import Period
from jiequ.core.permission import Actor, require
from jiequ.core.writing import action
from jiequ.territory.models import Unit


@action
def export_figures(unit: Unit, *, by: Actor, what: str, period: Period, rows: int) -> None:
    """Enter an export: which figure (or "all"), of which unit and period, how many rows. Kept as long as the journal."""
    require(by, "overview.export_figures", unit)
    record("export", unit, by=by, what=what, start=period.start, end=period.end, rows=rows)
