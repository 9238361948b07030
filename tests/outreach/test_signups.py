"""Signing up, the waiting list, and the last place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jiequ.core import clock
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.outreach import actions
from jiequ.outreach.models import Activity, SignUp
from jiequ.people.models import Notice
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


def plan(at: make.Street, **more) -> Activity:
    starts_at = more.pop("starts_at", clock.now() + timedelta(days=2))
    more.setdefault("ends_at", starts_at + timedelta(hours=2))
    return actions.plan_activity(at.block, by=at.head, title="义剪", starts_at=starts_at, **more)[0]


def volunteer(at: make.Street):
    return make.account("member", at.grid)


def test_places_are_given_in_order_and_the_rest_wait(at):
    activity = plan(at, limit=2)
    rows = [actions.sign_up(activity, by=volunteer(at)) for _n in range(4)]
    assert [r.state for r in rows] == ["going", "going", "waiting", "waiting"]
    assert Activity.objects.get(pk=activity.pk).places_taken == 2
