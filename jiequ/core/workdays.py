"""Working days of the State Council's calendar, with make-up days (调休).

The plain week is Monday to Friday; `CalendarDay` rows are the exceptions. They are seeded from the `holidays` library and
editable, because a year's make-up days are published only in the autumn before. For a year without rows the plain week
counts and `is_published` says so.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import holidays
from django.db import transaction

from jiequ.core import clock
from jiequ.core.models import CalendarDay, CalendarYear

CLOSING_HOUR = 18  # a deadline in working days ends when the office closes
_exceptions: dict[int, dict[date, bool]] = {}


def is_workday(day: date) -> bool:
    return _year(day.year).get(day, day.weekday() < 5)


def add_workdays(start: date, count: int) -> date:
    """The `count`-th working day after `start` (which itself is not counted). `count` ≥ 0; 0 is `start` or the next working day."""
    day = start
    if count == 0:
        while not is_workday(day):
            day += timedelta(days=1)
        return day
    left = count
    while left:
        day += timedelta(days=1)
        left -= is_workday(day)
    return day


def workdays_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before `start`."""
    if end < start:
        return -workdays_between(end, start)
    return sum(is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def due(since: datetime, *, workdays: int) -> datetime:
    """The moment the office closes on the `workdays`-th working day after `since`."""
    return clock.at(add_workdays(clock.day(since), workdays), CLOSING_HOUR)


def is_published(year: int) -> bool:
    """False where only the plain week is known for `year`."""
    return CalendarYear.objects.filter(year=year, published=True).exists()


@transaction.atomic
def seed(year: int) -> int:
    """Enter `year`'s exceptions from the library; days already there (an office's own edits) stay. Returns how many were new.

    The library knows make-up days as "substituted" days and, for China, the weekend days worked instead.
    """
    known = holidays.country_holidays("CN", years=year, language="zh_CN")
    rows = {
        d: CalendarDay(day=d, is_workday=False, name=str(n))
        for d, n in known.items()
        if d.year == year and d.weekday() < 5
    }
    makeup = {d for d in getattr(known, "weekend_workdays", {}) or {} if d.year == year}
    rows |= {d: CalendarDay(day=d, is_workday=True, name="调休上班") for d in makeup}
    there = set(CalendarDay.objects.filter(day__year=year).values_list("day", flat=True))
    new = [row for d, row in sorted(rows.items()) if d not in there]
    CalendarDay.objects.bulk_create(new)
    # The make-up days come with the announcement: without any the year is a forecast of the fixed holidays only.
    CalendarYear.objects.update_or_create(year=year, defaults={"published": bool(makeup), "source": "holidays"})
    forget()
    return len(new)


def forget() -> None:
    """Read the table again; call after editing it."""
    _exceptions.clear()


def _year(year: int) -> dict[date, bool]:
    if year not in _exceptions:
        _exceptions[year] = dict(CalendarDay.objects.filter(day__year=year).values_list("day", "is_workday"))
    return _exceptions[year]
