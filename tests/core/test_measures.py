"""Measures: a number is the rows it was counted from, also by child and for many figures in one statement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiequ.core import clock
from jiequ.core.measures import REGISTER, Measure, Period, Share, by_child, counts, parts_of
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
    assert whole == measure.under(root, year()).count()
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
