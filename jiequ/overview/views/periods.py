"""Periods as they stand in an address: this month, last month, the quarter, the year, or any two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.measures import Period
from jiequ.core.templatetags.jiequ import short_day

NEW_MONTH = 5  # until this day of a month people still look at the month before: it is the one that opens


@dataclass(frozen=True)
class Span:
    """A period with its `key` in the address, and its `label`."""

    key: str
    label: str
    period: Period

    @property
    def query(self) -> str:
        """What keeps this period in an address."""
        if self.key != "free":
            return urlencode({"period": self.key})
        return urlencode({"from": self.period.start.isoformat(), "to": self.period.end.isoformat()})

    @property
    def dates(self) -> str:
        """From and to in the address, which stay the same tomorrow."""
        return urlencode({"from": self.period.start.isoformat(), "to": self.period.end.isoformat()})

    @property
    def words(self) -> str:
        """11月1日–30日."""
        start, end = self.period.start, self.period.end
        if get_language() == "en":
            return short_day(start) if start == end else f"{short_day(start)} – {short_day(end)}"
        first = (
            _("%(y)d年%(m)d月%(d)d日")
            if start.year != clock.today().year or start.year != end.year
            else _("%(m)d月%(d)d日")
        )
        last = first if start.year != end.year else _("%(m)d月%(d)d日") if start.month != end.month else _("%(d)d日")
        said = [
            pattern % {"y": day.year, "m": day.month, "d": day.day} for pattern, day in ((first, start), (last, end))
        ]
        return said[0] if start == end else "–".join(said)


def spans() -> list[Span]:
    """The periods that have a name today. The current ones end today: nothing has happened later."""
    today = clock.today()
    last = Period.month(today.replace(day=1) - timedelta(days=1))
    quarter = (today.month - 1) // 3 + 1
    return [
        Span("month", _("本月"), Period(today.replace(day=1), today)),
        Span("last", _("上月"), last),
        Span("quarter", _("第%(n)d季度") % {"n": quarter}, Period(Period.quarter(today).start, today)),
        Span("year", _("%(y)d年") % {"y": today.year}, Period(date(today.year, 1, 1), today)),
    ]


def default_span() -> Span:
    return spans()[1 if clock.today().day <= NEW_MONTH else 0]


def read_span(query: QueryDict | dict[str, Any]) -> Span:
    """The period an address names; the default where it names none, or nonsense."""
    try:
        start, end = parse_date(query.get("from", "")), parse_date(query.get("to", ""))
    except ValueError:  # 2021-02-30
        start = end = None
    if start and end and start <= end:
        period = Period(start, end)
        named = next((span for span in spans() if span.period == period), None)
        return named or Span("free", _("自选"), period)
    return next((span for span in spans() if span.key == query.get("period")), default_span())
