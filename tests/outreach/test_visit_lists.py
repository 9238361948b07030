"""Visits from a list on paper: entered at once, and what follows from each is as if it had been recorded alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.core import clock, journal
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.outreach.actions import Line, enter_visits, note_event, plan_contacts
from jiequ.outreach.models import Household, ServiceRecord, Visit
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    """With a chain of its own: its head is kept in a file, which outlives the rows of another test."""
    journal.head_file().unlink(missing_ok=True)
    with clock.stand_at(make.WEDNESDAY):
        yield


def planned(building: Any, tier: str = "month") -> Household:
    made = make.household(building, tier=tier)
    plan_contacts(under=make.above(building, 1))
    return made


def test_each_visit_of_a_list_counts_and_plans_the_next_contact():
    building = make.unit("building")
    head, member = make.account("head", make.above(building, 3)), make.account("member", make.above(building, 4))
    first, second = planned(building), planned(building, "week")
    who = (member.person_id,)
    lines = [
        Line(first.pk, date(2021, 11, 22), who, services=("help", "tell"), note="送了米油"),
        Line(first.pk, date(2021, 11, 29), (*who, head.person_id), mode="phone"),
        Line(second.pk, date(2021, 11, 30), who, was_met=False),
    ]
    visits = enter_visits(lines, by=head)
    assert [v.note for v in Visit.objects.order_by("on")] == ["送了米油", "", ""]
    assert visits[0].services == ["tell", "help"]
    assert Visit.objects.contacts().count() == 2
    assert ServiceRecord.objects.filter(person=member.person_id).count() == 3
    assert ServiceRecord.objects.filter(person=head.person_id).count() == 1
    rows = {h.pk: h for h in Household.objects.all()}
    assert (rows[first.pk].contacted_on, rows[first.pk].next_due_on) == (date(2021, 11, 29), date(2021, 12, 29))
    assert rows[second.pk].contacted_on is None
    tasks = Task.objects.filter(verb="outreach.contact")
    assert sorted(tasks.filter(about_id=first.pk).values_list("state", flat=True)) == ["done", "open"]
    assert list(tasks.filter(about_id=second.pk).values_list("state", flat=True)) == ["open"]
    # an older visit told of later changes nothing of that
    enter_visits([Line(first.pk, date(2021, 11, 10), who)], by=head)
    assert Household.objects.get(pk=first.pk).contacted_on == date(2021, 11, 29)
    assert tasks.filter(about_id=first.pk).count() == 2
    assert list(journal.verify()) == []


def test_a_visit_of_the_days_before_is_no_answer_to_an_event_and_one_of_its_day_is():
    building = make.unit("building")
    member, household = make.account("member", make.above(building, 4)), planned(building)
    note_event(household, by=member)
    events, who = Task.objects.open().filter(verb="outreach.contact_event"), (member.person_id,)
    enter_visits([Line(household.pk, date(2021, 11, 30), who)], by=member)
    assert events.count() == 1
    enter_visits([Line(household.pk, clock.today(), who)], by=member)
    assert events.count() == 0
    note_event(household, by=member)
    enter_visits(
        [Line(household.pk, clock.today(), who)], by=member
    )  # the second of that day: no newer contact, but an answer
    assert events.count() == 0


def test_a_list_goes_in_whole_or_not_at_all():
    building = make.unit("building")
    head, member = make.account("head", make.above(building, 3)), make.account("member", make.above(building, 4))
    household, who = planned(building), (member.person_id,)
    stranger = make.account("member", make.unit("red_grid"))
    good = Line(household.pk, clock.today(), who)
    for bad in (
        Line(household.pk, date(2021, 12, 2), who),
        Line(household.pk, date(2021, 1, 1), who),
        Line(household.pk, clock.today(), (stranger.person_id,)),
        Line(household.pk, clock.today(), ()),
        Line(household.pk, clock.today(), who, services=("sing",)),
        Line(household.pk, clock.today(), who, note="话" * 201),
        Line(1, clock.today(), who),
    ):
        with pytest.raises(Refused):
            enter_visits([good, bad], by=head)
    with pytest.raises(NotAllowed):
        enter_visits([good], by=stranger)
    assert Visit.objects.count() == 0


def test_a_list_takes_as_many_statements_as_one_line():
    building = make.unit("building")
    member = make.account("member", make.above(building, 4))
    households = [planned(building) for _ in range(7)]

    def cost(*some: Household) -> int:
        lines = [Line(h.pk, clock.today(), (member.person_id,), note="都好") for h in some]
        with CaptureQueriesContext(connection) as captured:
            enter_visits(lines, by=SYSTEM)
        return sum("SAVEPOINT" not in q["sql"] for q in captured)

    one = cost(households[0])
    assert one <= 20
    assert cost(*households[1:]) <= one
