"""Working days with 调休, held against an independent calendar and against what must be true of any calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from jiequ.core import clock, workdays
from jiequ.core.models import CalendarDay, CalendarYear
from jiequ.core.workdays import add_workdays, due, is_published, is_workday, seed, workdays_between

pytestmark = pytest.mark.django_db
YEARS = range(2021, 2027)
DAYS = st.dates(date(2021, 1, 1), date(2026, 10, 31))
RELAXED = given_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


@pytest.fixture(autouse=True)
def _calendar() -> Iterator[None]:
    CalendarDay.objects.all().delete()
    CalendarYear.objects.all().delete()
    for year in YEARS:
        seed(year)
    yield
    workdays.forget()


@pytest.mark.parametrize("year", YEARS)
def test_every_day_is_what_an_independent_calendar_says(year: int) -> None:
    day, different = date(year, 1, 1), []
    while day.year == year:
        if is_workday(day) != chinese_calendar.is_workday(day):
            different.append((day, is_workday(day)))
        day += timedelta(days=1)
    assert different == []
    assert is_published(year)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_a_deadline_from_every_day_is_what_an_independent_calendar_says(year: int) -> None:
    """Filed on any day of the year, for the working days that cases are given; as far as that calendar is published."""
    day, different = date(year, 1, 1), []
    while day.year == year:
        for count in (1, 5, 15):
            try:
                expected = _independent(day, count)
            except NotImplementedError:  # runs into the year after the last one published
                continue
            if due(clock.at(day, 10), workdays=count) != clock.at(expected, 18):
                different.append((day, count))
        day += timedelta(days=1)
    assert different == []


def _independent(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= chinese_calendar.is_workday(day)
    return day


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2021-02-11", False), ("2021-02-07", True), ("2021-10-08", True), ("2021-10-09", True), ("2021-10-10", False),
        ("2021-09-26", True), ("2021-12-01", True), ("2021-12-04", False),
    ],
)  # fmt: skip
def test_days_of_2021_that_are_remembered(day: str, works: bool) -> None:
    assert is_workday(date.fromisoformat(day)) is works


@RELAXED
@given(DAYS, st.integers(1, 60))
def test_adding_working_days_ends_on_one_and_passes_as_many_as_were_asked(start: date, count: int) -> None:
    end = add_workdays(start, count)
    assert is_workday(end)
    assert workdays_between(start, end) == count
    assert workdays_between(start, end - timedelta(days=1)) == count - 1


@RELAXED
@given(DAYS, st.integers(1, 30), st.integers(1, 30))
def test_adding_in_two_goes_is_adding_at_once(start: date, first: int, second: int) -> None:
    assert add_workdays(add_workdays(start, first), second) == add_workdays(start, first + second)


@RELAXED
@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_spans_add_up_and_turn_round(start: date, one: int, two: int) -> None:
    middle, end = start + timedelta(days=one), start + timedelta(days=one + two)
    assert workdays_between(start, middle) + workdays_between(middle, end) == workdays_between(start, end)
    assert workdays_between(end, start) == -workdays_between(start, end)
    assert workdays_between(start, start) == 0


@RELAXED
@given(DAYS)
def test_no_working_day_added_is_the_next_working_day_or_the_day_itself(start: date) -> None:
    end = add_workdays(start, 0)
    assert is_workday(end)
    assert workdays_between(start, end) == (0 if end == start else 1)


def test_a_deadline_ends_when_the_office_closes_and_skips_the_national_day_week() -> None:
    since = clock.at(date(2021, 9, 30), 16)
    assert due(since, workdays=1) == clock.at(date(2021, 10, 8), 18)
    assert due(since, workdays=2) == clock.at(date(2021, 10, 9), 18)  # a Saturday that is worked


def test_an_office_s_own_edit_counts_and_is_not_overwritten() -> None:
    day = date(2021, 12, 1)
    CalendarDay.objects.create(day=day, is_workday=False, name="台风停工")
    workdays.forget()
    assert not is_workday(day)
    assert seed(2021) == 0
    assert not is_workday(day)


def test_a_year_that_is_not_published_says_so_and_counts_the_plain_week() -> None:
    assert seed(2031) >= 0
    assert not is_published(2031)
    assert not is_published(2040)
    assert is_workday(date(2040, 3, 7))
    assert not is_workday(date(2040, 3, 10))
