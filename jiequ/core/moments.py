"""Moments that the database makes out of days, so that a statement for many rows need not read them first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, Func
from django.utils import timezone

from jiequ.core import clock


class AtHour(Func):
    """The moment at which the clock on the wall shows `hour` on a row's day: AtHour("next_due_on", 18)."""

    arity = 1
    output_field = DateTimeField()

    def __init__(self, day: Any, hour: int) -> None:
        super().__init__(day)
        self.hour = hour

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        """Moments lie there in UTC, as text. Our clocks have not changed with the seasons since 1991, so one offset serves."""
        sql, params = compiler.compile(self.get_source_expressions()[0])
        offset = clock.local(clock.now()).utcoffset() or timedelta()
        seconds = timedelta(hours=self.hour) - offset
        return f"datetime({sql}, '{seconds.total_seconds():+.0f} seconds')", params

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        zone = timezone.get_default_timezone_name()
        return f"(({sql} + make_interval(hours => {self.hour})) AT TIME ZONE %s)", (*params, zone)
