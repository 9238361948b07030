"""Measures: a number is the rows it was counted from, also by child and for many figures in one statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiequ.core import clock
from jiequ.core.measures import REGISTER, Days, Measure, Median, Period, Share, by_child, counts, medians, parts_of
from jiequ.council.models import DecisionRule, Motion
from jiequ.territory.models import Unit
from tests import make

pytestmark = pytest.mark.django_db
ALL = parts_of(REGISTER.values())


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def year() -> Period:
    return Period.year(clock.today())


def a_street() -> tuple[Unit, make.Room, make.Room]:
    """A subdistrict with two blocks in two communities, and something to count in both."""
    one, other = make.room(3), make.room(3)
    make.adopted(one)
    clock.move_to(make.WEDNESDAY)
    make.motion(other)
    make.motion(other)
    return make.above(one.block, 1), one, other


@pytest.mark.parametrize("measure", ALL, ids=lambda m: m.key)
def test_a_figure_is_as_many_as_its_rows_and_the_sum_of_its_children(measure: Measure) -> None:
    root, _one, _other = a_street()
    clock.move_to(make.WEDNESDAY + timedelta(days=5))
    whole = counts([measure], root, year())[measure.key]
    rows = measure.under(root, year())
    assert whole == (sum(rows.values_list(measure.adds, flat=True)) if measure.adds else rows.count())
    assert whole == sum(by_child([measure], root, year()).values())


def test_all_figures_are_counted_in_one_statement_and_so_are_all_children(django_assert_num_queries) -> None:
    root, _one, _other = a_street()
    with django_assert_num_queries(1):
        found = counts(ALL, root, year())
    assert set(found) == {m.key for m in ALL}
    assert found["council.motions"] == 1
    with django_assert_num_queries(1):
        by_child(ALL, root, year())


def test_a_unit_s_figure_counts_nothing_of_its_neighbour() -> None:
    root, one, other = a_street()
    measure = REGISTER["council.motions"]
    assert isinstance(measure, Measure)
    assert [counts([measure], u, year())[measure.key] for u in (one.block, other.block, root)] == [1, 0, 1]
    assert by_child([measure], root, year()) == {(measure.key, one.block.path_at(2)): 1}


def test_no_figure_is_no_statement(django_assert_num_queries) -> None:
    root = make.unit("subdistrict")
    with django_assert_num_queries(0):
        assert counts([], root, year()) == {}
        assert by_child([], root, year()) == {}


def test_a_share_is_made_of_measures_that_stand_in_the_register() -> None:
    for figure in REGISTER.values():
        if isinstance(figure, Share):
            assert REGISTER[figure.part.key] is figure.part
            assert REGISTER[figure.whole.key] is figure.whole


def test_two_figures_of_one_name_are_refused() -> None:
    known = next(iter(REGISTER.values()))
    with pytest.raises(ValueError, match=known.key):
        Measure(known.key, "", "", rows=lambda p: Unit.objects.none())


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_months_quarters_and_years_hold_their_day_and_lie_in_each_other(day: date) -> None:
    month, quarter, whole = Period.month(day), Period.quarter(day), Period.year(day)
    assert whole.start <= quarter.start <= month.start <= day <= month.end <= quarter.end <= whole.end
    assert (month.end + timedelta(days=1)).day == 1
    assert (quarter.end + timedelta(days=1)).month in {1, 4, 7, 10}
    assert (whole.end + timedelta(days=1)) == date(day.year + 1, 1, 1)
    assert month.until == Period.month(month.end + timedelta(days=1)).since


def test_a_period_does_not_end_before_it_starts_and_holds_its_last_day_whole() -> None:
    with pytest.raises(ValueError, match="ends on or after"):
        Period(date(2021, 12, 2), date(2021, 12, 1))
    day = Period(date(2021, 12, 1), date(2021, 12, 1))
    assert day.until - day.since == timedelta(days=1)


# ── medians ───────────────────────────────────────────────

VOTED = REGISTER["council.motions"]
assert isinstance(VOTED, Measure)
BUDGETS = Median("test.budget", "", "元", of=VOTED, value=lambda p: F("budget"))
DAYS = Median("test.days", "", "天", of=VOTED, value=lambda p: Days("collected_at", "decided_at"))
del REGISTER["test.budget"], REGISTER["test.days"]  # not the product's


@pytest.fixture
def two_blocks() -> tuple[Unit, list[make.Room]]:
    """A subdistrict with two blocks in two communities, and one of them twice: three rooms."""
    first, second = make.room(1), make.room(1)
    third = make.room(1, inside=make.above(first.block, 2))
    return make.above(first.block, 1), [first, second, third]


def voted(at: make.Room, values: list[tuple[int, datetime, datetime]]) -> None:
    """Motions as if voted: only what a median of them reads."""
    rule = DecisionRule.objects.order_by("pk")[0]
    Motion.objects.bulk_create(
        Motion(
            unit=at.block, rule=rule, year=2021, sequence=n, title="装路灯", budget=budget, source="post",
            category="facilities", collected_at=collected, decided_at=decided, search_text="",
        )
        for n, (budget, collected, decided) in enumerate(values, 1)
    )  # fmt: skip


moments = st.integers(0, 500_000).map(lambda n: make.moment("2021-01-01 00:00") + timedelta(minutes=n))
voted_rows = st.lists(st.tuples(st.integers(0, 60), moments, moments), max_size=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(rows=st.tuples(voted_rows, voted_rows, voted_rows))
def test_a_median_is_the_textbook_s_for_a_unit_and_for_each_below_it(rows: Any, two_blocks: Any) -> None:
    root, rooms = two_blocks
    Motion.objects.all().delete()
    for at, values in zip(rooms, rows, strict=True):
        voted(at, values)
    found = medians([BUDGETS, VOTED, DAYS], root, year(), depths=[2, 3, 4])
    expected = {}
    for unit in {root, *(make.above(r.block, 2) for r in rooms), *(r.block for r in rooms)}:
        inside = [v for at, values in zip(rooms, rows, strict=True) if unit.holds(at.block) for v in values]
        if inside:
            expected["test.budget", unit.path] = median(budget for budget, _start, _end in inside)
            expected["test.days", unit.path] = median(
                (clock.day(end) - clock.day(start)).days for _budget, start, end in inside
            )
    assert found == expected
    for at in rooms:
        alone = medians([BUDGETS], at.block, year())
        assert alone == {key: n for key, n in expected.items() if key == ("test.budget", at.block.path)}


def test_medians_take_one_statement_however_many_and_none_where_there_are_none(
    two_blocks: Any, django_assert_num_queries: Any
) -> None:
    root, _rooms = two_blocks
    with django_assert_num_queries(1):
        assert medians([BUDGETS, DAYS], root, year(), depths=[2, 3]) == {}
    with django_assert_num_queries(0):
        assert medians([VOTED], root, year()) == {}


def test_a_row_in_a_unit_above_counts_there_and_at_no_level_below(two_blocks: Any) -> None:
    root, (first, *_others) = two_blocks
    day = make.WEDNESDAY
    voted(first, [(10, day, day)])
    voted(replace(first, block=make.above(first.block, 2)), [(50, day, day)])
    found = medians([BUDGETS], root, year(), depths=[2, 3])
    assert {path: n for (_key, path), n in found.items()} == {
        root.path: 30,
        first.block.path_at(2): 30,
        first.block.path: 10,
    }


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2021-11-29 23:59", "2021-11-30 00:01", 1),
        ("2021-11-30 00:01", "2021-11-30 23:59", 0),
        ("2021-11-30 07:59", "2021-12-01 08:01", 1),  # midnight in Greenwich is no midnight here
        ("2020-12-31 12:00", "2021-12-31 12:00", 365),
    ],
)
def test_days_are_those_of_the_calendar(two_blocks: Any, start: str, end: str, days: int) -> None:
    root, (first, *_others) = two_blocks
    voted(first, [(0, make.moment(start), make.moment(end))])
    assert medians([DAYS], root, year()) == {("test.days", root.path): days}


def test_a_median_opens_to_the_rows_it_lies_in_the_middle_of(two_blocks: Any) -> None:
    root, (first, *_others) = two_blocks
    day = make.WEDNESDAY
    voted(first, [(n, day - timedelta(days=n), day) for n in (3, 1, 8, 2)])
    assert sorted(row.measured for row in DAYS.rows(root, year())) == [1, 2, 3, 8]
    assert medians([DAYS], root, year()) == {("test.days", root.path): 2.5}


def test_no_figure_counts_a_row_twice() -> None:
    root, _one, _other = a_street()
    for measure in ALL:
        rows = measure.under(root, year())
        assert rows.count() == rows.order_by().values("pk").distinct().count(), measure.key
