"""人人有岗: what is required, what is filled, and figures that open to exactly their rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.measures import Period, by_child, counts
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.people.actions import appoint_person, end_appointment, lay_posts, set_required_posts
from jiequ.people.indicators import APPOINTMENTS, POSTS, POSTS_FILLED
from jiequ.people.models import Post, RequiredPost
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def block() -> Any:
    block = make.unit("block", name="石一街区")
    set_required_posts(by=SYSTEM)
    return block


def figures(unit: Any, on: date = date(2021, 12, 1)) -> tuple[int, int]:
    found = counts([POSTS_FILLED, POSTS], unit, Period(on, on))
    return found[POSTS_FILLED.key], found[POSTS.key]


def test_the_defaults_give_a_block_twelve_posts(block: Any) -> None:
    assert figures(block) == (0, 12)
    assert figures(make.above(block, 2)) == (0, 15)
    assert figures(make.above(block, 1)) == (0, 16)
    assert set_required_posts(by=SYSTEM) == 0


def test_a_filled_post_counts_once_and_a_tenth_councillor_not(block: Any) -> None:
    person = make.person(at=block)
    appoint_person(person, "head", block, by=SYSTEM)
    appoint_person(make.person(at=block), "head", block, by=SYSTEM)
    for _ in range(10):
        appoint_person(make.person(at=block), "councillor", block, by=SYSTEM)
    assert figures(block) == (10, 12)
    assert Post.objects.filled().filter(unit=block).count() == 10
    assert sorted(p.role for p in Post.objects.vacant().under(block)) == ["adviser", "leader"]
    assert counts([APPOINTMENTS], block, Period(date(2021, 12, 1), date(2021, 12, 1)))[APPOINTMENTS.key] == 12


def test_whether_a_post_was_filled_is_right_for_any_day(block: Any) -> None:
    with clock.stand_at(make.moment("2021-12-20")):
        head = appoint_person(make.person(at=block), "head", block, by=SYSTEM, starts_on=date(2021, 12, 10))
        end_appointment(head, ends_on=date(2021, 12, 20), by=SYSTEM)
    days = [date(2021, 12, day) for day in (9, 10, 19, 20)]
    assert [figures(block, day) for day in days] == [(0, 12), (1, 12), (1, 12), (0, 12)]


def test_a_changed_requirement_leaves_closed_periods_as_they_were(block: Any) -> None:
    with clock.stand_at(make.moment("2022-01-10")):
        set_required_posts({("block", "councillor"): 11, ("block", "adviser"): 0}, by=SYSTEM)
        assert figures(block, date(2022, 1, 10)) == (0, 13)
        assert figures(block, date(2021, 12, 31)) == (0, 12)
    with clock.stand_at(make.moment("2022-02-10")):
        set_required_posts({("block", "councillor"): 7}, by=SYSTEM)
        assert figures(block, date(2022, 2, 10)) == (0, 9)
        assert figures(block, date(2022, 1, 31)) == (0, 13)


def test_a_new_unit_gets_its_posts_and_nothing_is_laid_twice(block: Any) -> None:
    other = make.unit("block", inside=make.above(block, 2))
    assert figures(other) == (0, 0)
    assert lay_posts() == 12
    assert lay_posts() == 0
    community = make.above(block, 2)
    rows = by_child([POSTS], community, Period(date(2021, 12, 1), date(2021, 12, 1)))
    assert {path: n for (_key, path), n in rows.items()} == {community.path: 3, block.path: 12, other.path: 12}


def test_laying_costs_the_same_for_one_unit_and_for_many(block: Any, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        lay_posts()
    for _ in range(4):
        make.unit("red_grid", inside=block)
    with CaptureQueriesContext(connection) as many:
        assert lay_posts() == 4
    assert len(many) <= len(one) + 3


def test_only_those_who_may_set_requirements(block: Any) -> None:
    with pytest.raises(NotAllowed):
        set_required_posts({("block", "councillor"): 11}, by=make.account("chief", make.above(block, 2)))
    with pytest.raises(Refused):
        set_required_posts({("community", "councillor"): 1}, by=SYSTEM)
    with pytest.raises(Refused):
        set_required_posts({("block", "councillor"): 100}, by=SYSTEM)
    office = make.account("office", make.above(block, 1))
    set_required_posts({("block", "councillor"): 11}, by=office)
    assert RequiredPost.objects.get(kind="block", role="councillor").count == 11
