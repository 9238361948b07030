"""Decision rules are versioned rows: amended by a new one, never edited."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from jiequ.core import clock
from jiequ.core.permission import NotAllowed, Refused
from jiequ.council import actions
from jiequ.council.models import DecisionRule
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_an_amendment_is_a_new_row_that_carries_on_what_it_does_not_name():
    room = make.room(notice_days=4)
    first = room.rule
    second = actions.amend_rule(first.unit, by=make.SYSTEM, quorum_num=3, quorum_den=4)
    assert (second.version, second.replaces, second.notice_days) == (2, first, 4)
    assert DecisionRule.objects.get(pk=first.pk).quorum_num == 2


def test_the_nearest_unit_s_rule_is_in_force():
    room = make.room()
    own = actions.amend_rule(make.above(room.block, 2), by=make.SYSTEM, notice_days=5)
    assert DecisionRule.objects.in_force(room.block, clock.today()).first() == own


def test_a_rule_for_later_is_not_in_force_today_and_cannot_be_dated_back():
    room = make.room()
    root = make.above(room.block, 1)
    later = actions.amend_rule(root, by=make.SYSTEM, effective_on=clock.today() + timedelta(days=9))
    assert DecisionRule.objects.in_force(room.block, clock.today()).first() != later
    with pytest.raises(Refused):
        actions.amend_rule(root, by=make.SYSTEM, effective_on=clock.today() - timedelta(days=1))


def test_a_fraction_over_one_is_refused_and_names_its_field():
    room = make.room()
    with pytest.raises(Refused) as refused:
        actions.amend_rule(make.above(room.block, 1), by=make.SYSTEM, major_num=4, major_den=3)
    assert refused.value.field == "major_num"


def test_a_block_head_cannot_amend():
    room = make.room()
    with pytest.raises(NotAllowed):
        actions.amend_rule(room.block, by=room.head, quorum_num=1)


def test_a_council_is_founded_once_and_in_a_block():
    room = make.room()
    with pytest.raises(Refused):
        actions.found_council(room.block, by=room.office)
    with pytest.raises(Refused):
        actions.found_council(make.above(room.block, 2), by=room.office)


def test_no_rule_is_ever_edited_not_even_by_raw_sql():
    rule = make.room().rule
    with pytest.raises(DatabaseError), transaction.atomic():
        DecisionRule.objects.filter(pk=rule.pk).update(quorum_num=1)
    assert DecisionRule.objects.get(pk=rule.pk).quorum_num == 2
