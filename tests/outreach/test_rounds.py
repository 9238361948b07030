"""Rounds: one at a time in a unit; what is left is carried on, first in line."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.core import clock
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.outreach import actions
from jiequ.outreach.models import Wish, WishRound
from jiequ.work.models import Task
from tests import make
from tests.outreach.wishing import Block, again, block, draft, published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.stand_at(make.WEDNESDAY):
        yield


def opened(at: Block, name: str = "第一批", **more: Any) -> WishRound:
    today = clock.today()
    unit = more.pop("unit", at.community)
    return actions.open_round(
        unit, by=more.pop("by", at.chief), name=name, opens_on=today, closes_on=today + timedelta(days=30)
    )


def test_the_nearest_open_round_takes_a_wish_in() -> None:
    at = block()
    before = draft(at)
    wide = opened(at)
    assert again(before).round_id == wide.pk
    near = opened(at, "街区自己的", unit=at.block, by=SYSTEM)
    assert draft(at).round_id == near.pk
    assert draft(block()).round_id is None


def test_one_round_at_a_time_and_its_dates_make_sense() -> None:
    at = block()
    with pytest.raises(NotAllowed):
        opened(at, by=at.head)
    opened(at)
    with pytest.raises(Refused):
        opened(at, "第二批")
    for name, starts, ends in (("", 0, 1), ("批", 5, 1), ("批", -9, -1)):
        days = [date(2021, 12, 1) + timedelta(days=n) for n in (starts, ends)]
        with pytest.raises(Refused):
            actions.open_round(at.block, by=SYSTEM, name=name, opens_on=days[0], closes_on=days[1])


def test_what_has_free_parts_is_carried_and_stands_first_and_the_rest_stays() -> None:
    at = block()
    first = opened(at)
    free, taken, unseen = published(at), published(at), draft(at)
    half = published(at, parts=2)
    actions.claim_wish(taken, by=at.members[0])
    actions.claim_wish(half, by=at.members[0])
    clock.move_to(clock.now() + timedelta(days=31))
    assert actions.close_round(first, by=at.chief) == 2
    with pytest.raises(Overtaken):
        actions.close_round(first, by=at.chief)
    assert [again(w).round_id for w in (free, half, unseen, taken)] == [None, None, None, first.pk]
    assert [again(w).times_carried for w in (free, half, unseen, taken)] == [1, 1, 0, 0]
    second = opened(at, "第二批")
    assert {again(w).round_id for w in (free, half, unseen)} == {second.pk}
    fresh = published(at)
    assert list(Wish.objects.on_the_wall().values_list("pk", flat=True)) == [free.pk, half.pk, fresh.pk]


def test_a_round_may_be_closed_into_another_that_is_open() -> None:
    at = block()
    wide = opened(at)
    near = opened(at, "街区自己的", unit=at.block, by=SYSTEM)
    wish = published(at)
    assert again(wish).round_id == near.pk
    with pytest.raises(Refused):
        actions.close_round(near, by=at.chief, into=near)
    assert actions.close_round(near, by=at.chief, into=wide) == 1
    assert again(wish).round_id == wide.pk


def test_closing_costs_the_same_with_three_wishes_and_with_thirty() -> None:
    spent = []
    for count in (3, 30):
        at = block()
        row = opened(at)
        for _n in range(count):
            published(at)
        chief = make.fresh(at.chief)
        list(chief.appointments)
        with CaptureQueriesContext(connection) as queries:
            actions.close_round(row, by=chief)
        spent.append(len(queries.captured_queries))
    assert spent[0] == spent[1] <= 15


def test_whoever_may_close_a_round_is_asked_once_its_last_day_is_over() -> None:
    at = block()
    wide, near = opened(at), opened(at, "街区自己的", unit=at.block, by=SYSTEM)
    with clock.stand_at(make.WEDNESDAY + timedelta(days=30)):
        assert actions.sweep_wishes() == 0
    with clock.stand_at(make.WEDNESDAY + timedelta(days=31)):
        assert (actions.sweep_wishes(), actions.sweep_wishes()) == (2, 0)
        tasks = Task.objects.open().filter(verb="outreach.close_round")
        assert {(t.unit, t.role) for t in tasks} == {(at.community, "chief")}, "a block's head does not close rounds"
        assert {t.about_id for t in tasks} == {wide.pk, near.pk}
        actions.close_round(wide, by=at.chief)
        assert [t.about_id for t in tasks.all()] == [near.pk]
        assert actions.sweep_wishes() == 0
