"""The plan follows people and borders; each holder hears of the week once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import assign_household, note_event, plan_contacts, replan_contacts, tell_week
from jiequ.outreach.models import Household
from jiequ.outreach.workflow import CONTACT, CONTACT_EVENT
from jiequ.people.actions import (
    assign_building,
    end_appointment,
    leave_member,
    move_member,
    release_building,
    report_member,
)
from jiequ.people.models import Member, Notice, Person
from jiequ.territory.actions import move_unit, split_unit
from jiequ.territory.models import Unit
from jiequ.work.actions import claim_task
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


def member(grid: Unit) -> Member:
    return report_member(make.person(at=grid), grid, by=SYSTEM, source="community", home_organisation="试验支部")


def holder(household: Household) -> Person | None:
    return Task.objects.open().about(household).select_related("holder").get(verb=CONTACT).holder


def lies_in(household: Household) -> Unit:
    return Task.objects.open().about(household).select_related("unit").get(verb=CONTACT).unit


def test_who_contracts_a_building_takes_its_contacts_and_gives_them_back(at: make.Street) -> None:
    household = make.household(at.building)
    plan_contacts()
    one = member(at.grid)
    contract = assign_building(one, at.building, by=SYSTEM)
    assert holder(household) == one.person
    release_building(contract, by=SYSTEM)
    assert holder(household) is None
    assert JournalEntry.objects.filter(verb="replan", unit_id=at.building.pk).count() == 2


def test_a_member_who_leaves_or_moves_gives_the_contacts_back(at: make.Street) -> None:
    one, two = make.household(at.building), make.household(at.grid)
    plan_contacts()
    leaver, mover = member(at.grid), member(at.grid)
    assign_household(one, leaver.person, by=SYSTEM)
    assign_household(two, mover.person, by=SYSTEM)
    replan_contacts([at.grid], by=SYSTEM)
    assert [holder(h) for h in (one, two)] == [leaver.person, mover.person]
    leave_member(leaver, by=SYSTEM)
    move_member(mover, make.unit("red_grid", inside=at.block), by=SYSTEM)
    assert [holder(h) for h in (one, two)] == [None, None]


def test_a_post_that_ends_takes_the_contacts_with_it_also_when_it_was_entered_ahead(at: make.Street) -> None:
    one, two = make.household(at.grid), make.household(at.grid)
    plan_contacts()
    secretary, other = make.account("secretary", at.grid), make.account("secretary", at.grid)
    assign_household(one, secretary.person, by=SYSTEM)
    assign_household(two, other.person, by=SYSTEM)
    replan_contacts([at.grid], by=SYSTEM)
    end_appointment(secretary.person.appointments.get(), ends_on=clock.today(), by=SYSTEM)
    assert [holder(h) for h in (one, two)] == [None, other.person]
    tomorrow = clock.at(clock.today(), 33 - 24).replace(day=2)
    end_appointment(other.person.appointments.get(), ends_on=clock.day(tomorrow), by=SYSTEM)
    assert holder(two) == other.person
    clock.move_to(tomorrow)
    plan_contacts()
    assert holder(two) is None


def test_a_claim_outlasts_what_does_not_concern_it(at: make.Street) -> None:
    household = make.household(at.building)
    plan_contacts()
    claimer = make.account("member", at.grid)
    claim_task(Task.objects.open().about(household).get(), by=claimer)
    member(at.grid)
    assert holder(household) == claimer.person
    contractor = member(at.grid)
    assign_building(contractor, at.building, by=SYSTEM)  # an arrangement does
    assert holder(household) == contractor.person


@pytest.mark.parametrize("tier", ["", "quarter"])
def test_an_event_goes_to_who_is_arranged_and_stays_urgent(at: make.Street, tier: str) -> None:
    household, events = make.household(at.building, tier=tier), Task.objects.open().filter(verb=CONTACT_EVENT)
    note_event(household, by=at.member)
    was = events.get()
    for who in (make.account("member", at.grid), make.account("member", at.grid)):
        assign_household(Household.objects.get(pk=household.pk), who.person, by=at.head)
        assert events.get().holder == who.person
    replan_contacts([at.grid], by=SYSTEM)
    now = events.get()
    assert (now.pk, now.title, now.due_at) == (was.pk, f"尽快联系重点户：{at.building.name}", was.due_at)


def test_contacts_of_a_grid_that_is_split_lie_where_their_households_lie(at: make.Street) -> None:
    other = make.unit("building", inside=at.grid)
    here, there = make.household(at.building), make.household(other)
    contractor = member(at.grid)
    assign_building(contractor, at.building, by=SYSTEM)
    plan_contacts()
    note_event(there, by=SYSTEM)
    split_unit(at.grid, [{"code": "NEW1", "name": "新一格"}, {"code": "NEW2", "name": "新二格"}], by=SYSTEM)
    for household in (here, there):
        household.refresh_from_db()
        assert household.unit.is_valid()
        assert set(Task.objects.open().about(household).values_list("unit", flat=True)) == {household.unit_id}
    assert holder(here) == contractor.person
    assert plan_contacts() == 0


def test_contacts_of_a_building_that_moves_go_to_the_other_grid(at: make.Street) -> None:
    household = make.household(at.building)
    other = make.unit("red_grid", inside=at.block)
    contractor = member(at.grid)
    assign_building(contractor, at.building, by=SYSTEM)
    plan_contacts()
    assert holder(household) == contractor.person
    move_unit(at.building, inside=other, by=SYSTEM)
    assert lies_in(household) == other
    assert holder(household) is None  # who reported in to the old grid can not open its page any more
    assert plan_contacts() == 0


def test_replanning_three_households_and_thirty_takes_the_same_statements(at: make.Street) -> None:
    def replanning(households: int) -> int:
        for _ in range(households):
            make.household(at.building)
        plan_contacts()
        with CaptureQueriesContext(connection) as captured:
            assert replan_contacts([at.grid], by=SYSTEM) >= households
        return sum("SAVEPOINT" not in query["sql"] for query in captured)

    assert replanning(3) == replanning(30) <= 4


def test_each_holder_is_told_once_of_the_week_and_the_grid_of_what_waits(
    at: make.Street, django_assert_max_num_queries: Any
) -> None:
    contractor, colleague = member(at.grid), member(at.grid)
    assign_building(contractor, at.building, by=SYSTEM)
    for _ in range(3):
        make.household(at.building, tier="week")
    make.household(at.grid, tier="week")
    make.household(at.grid, tier="quarter")
    plan_contacts()
    Task.objects.open().filter(verb=CONTACT).exclude(due_at__gt=make.moment("2021-12-10")).update(
        due_at=make.moment("2021-12-03 18:00")
    )
    late = Task.objects.open().filter(holder=contractor.person).first()
    assert late is not None
    Task.objects.filter(pk=late.pk).update(due_at=make.moment("2021-11-30 18:00"))
    Notice.objects.all().delete()
    with django_assert_max_num_queries(8):
        assert tell_week() == 2
    said = dict(Notice.objects.values_list("person", "subject"))
    assert said == {
        contractor.person_id: "重点户联系：本周有3户到期，其中1户已逾期，网格里还有1户没人认领",
        colleague.person_id: "重点户联系：网格里还有1户没人认领",
    }
    assert set(Notice.objects.values_list("url", flat=True)) == {"/visits/"}


def test_nobody_is_told_of_nothing(at: make.Street) -> None:
    member(at.grid)
    make.household(at.grid)
    plan_contacts()
    assert tell_week() == 0
