"""Wishes of a register on paper: entered with who granted them and when, numbered, counted, in the service records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.core import clock
from jiequ.core.permission import NotAllowed, Refused
from jiequ.outreach.actions import Granted, enter_granted_wishes
from jiequ.outreach.models import ServiceRecord, Wish, WishClaim
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_a_register_is_entered_with_its_days():
    building = make.unit("building", name="甲1栋")
    block, household = make.above(building, 3), make.household(building, name="陈阿婆", room="301")
    head, giver = make.account("head", block), make.person(at=block)
    days = {"drafted_on": date(2021, 11, 1), "claimed_on": date(2021, 11, 2)}
    days |= {"brought_on": date(2021, 11, 5), "confirmed_on": date(2021, 11, 6)}
    given = Granted(
        words="陈阿婆想要一个收音机", title="想要一个收音机", person=giver, household=household, about="elder", **days
    )
    with CaptureQueriesContext(connection) as captured:
        enter_granted_wishes(block, [given], by=head)
    one = len(captured)
    with CaptureQueriesContext(connection) as captured:
        enter_granted_wishes(block, [replace(given, drafted_on=date(2021, 10, n)) for n in range(1, 8)], by=head)
    assert len(captured) <= one <= 20
    wish = Wish.objects.get(sequence=1)
    assert (wish.state, wish.parts_left, wish.words, wish.grid) == (
        "confirmed",
        0,
        "陈阿婆想要一个收音机",
        household.unit,
    )
    assert (clock.day(wish.claimed_at), clock.day(wish.confirmed_at)) == (date(2021, 11, 2), date(2021, 11, 6))
    assert list(Wish.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, 9))
    assert set(WishClaim.objects.values_list("state", "person")) == {("done", giver.pk)}
    assert ServiceRecord.objects.filter(person=giver, kind="wish").count() == 8

    for bad in (
        replace(given, title="陈阿婆想要收音机"),
        replace(given, title=""),
        replace(given, confirmed_on=date(2021, 12, 2)),
        replace(given, claimed_on=date(2021, 10, 1)),
        replace(given, household=None, grid=make.unit("red_grid")),
    ):
        with pytest.raises(Refused):
            enter_granted_wishes(block, [bad], by=head)
    with pytest.raises(NotAllowed):
        enter_granted_wishes(block, [given], by=make.account("member", make.above(building, 4)))
    assert Wish.objects.count() == 8
