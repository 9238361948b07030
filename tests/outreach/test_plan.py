"""The quarter's plan: one open contact a key household that agreed, whoever plans and how often; what ends or excuses it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.outreach.actions import leave_household, set_outreach_rule, set_tier, withdraw_consent
from jiequ.outreach.actions.contacts import (
    Excuse,
    contact_ended,
    contact_met,
    excuse_contact,
    note_event,
    plan_household,
)
from jiequ.outreach.actions.plan import plan_contacts, plan_due
from jiequ.outreach.actions.rules import rule_for
from jiequ.outreach.models import Household
from jiequ.outreach.workflow import CONTACT, CONTACT_EVENT, EXCUSED
from jiequ.people.actions import assign_building, report_member
from jiequ.people.models import Person
from jiequ.territory.actions import merge_units, split_unit
from jiequ.territory.models import Unit
from jiequ.work.actions import claim_task, hand_over_task
from jiequ.work.forms import HandOverForm
from jiequ.work.models import Task
from tests import make
from tests.processes import race, state

TODAY = date(2021, 12, 1)
END_OF_QUARTER = date(2021, 12, 31)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


def unplanned(place: Unit, **more: Any) -> Household:
    """A household that nobody has planned yet, as it comes from a spreadsheet."""
    made = make.household(place, **more)
    Task.objects.filter(about_kind="outreach.household", about_id=made.pk).delete()
    Household.objects.filter(pk=made.pk).update(next_due_on=None)
    return again(made)


def again(household: Household) -> Household:
    return Household.objects.select_related("unit", "building").get(pk=household.pk)


def open_of(household: Household, verb: str = CONTACT) -> list[Task]:
    return list(Task.objects.open().about(household).filter(verb=verb))


def member(grid: Unit) -> Person:
    person = make.person(at=grid)
    report_member(person, grid, by=SYSTEM, source="community", home_organisation="试验支部")
    return person


def test_a_key_household_that_agreed_gets_one_task_and_never_two(at: make.Street) -> None:
    household = unplanned(at.building)
    assert plan_contacts() == 1
    (task,) = open_of(household)
    assert (task.unit, task.role, task.holder, task.is_single) == (at.grid, "member", None, True)
    assert (task.due_at, task.title) == (clock.at(END_OF_QUARTER, 18), f"联系重点户：{at.building.name}")
    assert plan_contacts() == plan_due() == 0
    assert open_of(household) == [task]


def test_the_journal_has_one_entry_a_grid(at: make.Street) -> None:
    for _ in range(3):
        unplanned(at.building)
    unplanned(make.unit("red_grid", inside=at.block))
    assert plan_contacts() == 4
    entries = JournalEntry.objects.filter(verb="plan").values_list("unit_id", "facts")
    assert sorted(facts["count"] for _unit, facts in entries) == [1, 3]
    assert not JournalEntry.objects.filter(kind="work.task", verb="open").exists()


@pytest.mark.parametrize(
    ("tier", "registered", "due"),
    [
        ("quarter", TODAY, END_OF_QUARTER),
        ("month", TODAY, END_OF_QUARTER),
        ("month", TODAY - timedelta(days=20), TODAY + timedelta(days=10)),
        ("week", TODAY, TODAY + timedelta(days=7)),
        ("week", TODAY - timedelta(days=7), TODAY),
        ("week", TODAY - timedelta(days=8), TODAY + timedelta(days=7)),  # nobody is late before there was a plan
    ],
)
def test_the_first_contact_is_due_by_the_tier_and_within_the_quarter(
    at: make.Street, tier: str, registered: date, due: date
) -> None:
    household = unplanned(at.building, tier=tier)
    Household.objects.filter(pk=household.pk).update(registered_at=clock.at(registered, 1))
    plan_contacts()
    assert again(household).next_due_on == due
    assert open_of(household)[0].due_at == clock.at(due, 18)


@pytest.mark.parametrize(
    ("tier", "contacted", "due"),
    [
        ("week", TODAY - timedelta(days=7), TODAY),
        ("week", TODAY - timedelta(days=8), TODAY + timedelta(days=7)),
        ("quarter", date(2021, 11, 30), date(2022, 2, 28)),
        ("quarter", date(2021, 9, 10), date(2021, 12, 9)),
        ("quarter", date(2021, 8, 1), END_OF_QUARTER),
    ],
)
def test_who_was_contacted_before_is_due_an_interval_later(
    at: make.Street, tier: str, contacted: date, due: date
) -> None:
    household = unplanned(at.building, tier=tier)
    Household.objects.filter(pk=household.pk).update(
        contacted_on=contacted, registered_at=clock.at(date(2021, 3, 1), 9)
    )
    plan_contacts()
    assert again(household).next_due_on == due


def test_the_nearest_unit_s_rule_sets_the_interval(at: make.Street) -> None:
    other = make.unit("red_grid", inside=make.unit("block", inside=at.community))
    set_outreach_rule(at.block, by=SYSTEM, effective_on=TODAY, week_days=3)
    near, far = unplanned(at.building, tier="week"), unplanned(other, tier="week")
    plan_contacts()
    assert [again(h).next_due_on for h in (near, far)] == [TODAY + timedelta(days=3), TODAY + timedelta(days=7)]


def test_a_blocks_own_intervals_go_on_after_a_split_and_a_merger(at: make.Street) -> None:
    set_outreach_rule(at.block, by=SYSTEM, effective_on=TODAY, week_days=3)
    set_outreach_rule(at.block, by=SYSTEM, effective_on=TODAY + timedelta(days=30), week_days=5)
    heirs = split_unit(at.block, [{"code": "NEW1", "name": "新一"}, {"code": "NEW2", "name": "新二"}], by=SYSTEM)
    set_outreach_rule(heirs[1], by=SYSTEM, effective_on=TODAY, week_days=4)
    whole = merge_units(heirs, code="WHOLE", name="合并街区", by=SYSTEM)
    for unit, days in ((heirs[0], 3), (heirs[1], 4), (whole, 3)):
        assert rule_for(unit, TODAY).week_days == days
    assert rule_for(whole, TODAY + timedelta(days=30)).week_days == 5


def test_without_consent_or_tier_or_once_it_left_nothing_is_planned(at: make.Street) -> None:
    unplanned(at.building, agreed=False)
    unplanned(at.building, tier="")
    gone = unplanned(at.building)
    leave_household(gone, "moved", by=SYSTEM)
    withdrawn = unplanned(at.building)
    withdraw_consent(withdrawn.consents.get(), by=SYSTEM)
    assert plan_contacts() == 0
    assert not Task.objects.open().filter(verb=CONTACT).exists()


def test_only_what_lies_under_a_unit_is_planned_where_one_is_named(at: make.Street) -> None:
    here, there = unplanned(at.building), unplanned(make.unit("red_grid"))
    assert plan_contacts(by=at.head, under=at.block) == 1
    assert (len(open_of(here)), len(open_of(there))) == (1, 0)
    with pytest.raises(NotAllowed):
        plan_contacts(by=at.head, under=at.community)


def test_three_households_and_three_hundred_take_the_same_statements(at: make.Street) -> None:
    def planning(households: int) -> int:
        first = unplanned(at.building)
        fields = {f.attname: getattr(first, f.attname) for f in Household._meta.concrete_fields if not f.primary_key}
        made = Household.objects.bulk_create(
            Household(**{**fields, "door_index": f"{households}-{n}"}) for n in range(households - 1)
        )
        consent = first.consents.get()
        for n, household in enumerate(made):
            consent.pk, consent.household = household.pk + n + 1, household
            consent.save(force_insert=True)
        with CaptureQueriesContext(connection) as captured:
            assert plan_contacts() == households
        return sum("SAVEPOINT" not in query["sql"] for query in captured)

    plan_contacts()
    assert planning(3) == planning(300) <= 12


def test_the_holder_is_arranged_else_contracts_the_building_else_the_grid_finds_one(at: make.Street) -> None:
    arranged, contractor, left = member(at.grid), member(at.grid), make.person(at=at.grid)
    assign_building(contractor.memberships.get(), at.building, by=SYSTEM)
    one, two = unplanned(at.building, member=arranged), unplanned(at.building)
    three = unplanned(at.building, member=left)  # without a post there is no knocking
    four = unplanned(at.grid)
    plan_contacts()
    assert [open_of(h)[0].holder for h in (one, two, three, four)] == [arranged, contractor, contractor, None]


def test_who_reported_in_elsewhere_contracts_a_building_but_does_not_see_who_lives_there(at: make.Street) -> None:
    stranger = member(make.unit("red_grid", inside=at.block))
    assign_building(stranger.memberships.get(), at.building, by=SYSTEM)
    household = unplanned(at.building)
    plan_contacts()
    assert open_of(household)[0].holder is None


def test_a_contact_closes_the_task_and_opens_the_next(at: make.Street) -> None:
    household = unplanned(at.building, tier="month")
    plan_contacts()
    (first,) = open_of(household)
    contact_met(household, by=at.member, on=TODAY)
    first.refresh_from_db()
    assert (first.state, first.finished_by) == ("done", at.member.person)
    due = TODAY + timedelta(days=30)
    household = again(household)
    assert (household.contacted_on, household.next_due_on) == (TODAY, due)
    assert [t.due_at for t in open_of(household)] == [clock.at(due, 18)]


def test_a_second_contact_that_day_or_an_older_one_told_late_changes_nothing(at: make.Street) -> None:
    household = unplanned(at.building)
    contact_met(household, by=at.member, on=TODAY)
    (task,) = open_of(household)
    contact_met(again(household), by=at.member, on=TODAY)
    contact_met(again(household), by=at.member, on=TODAY - timedelta(days=3))
    assert open_of(household) == [task]
    assert again(household).contacted_on == TODAY


def test_who_took_consent_back_may_be_met_and_is_not_planned_again(at: make.Street) -> None:
    household = unplanned(at.building)
    withdraw_consent(household.consents.get(), by=SYSTEM)
    contact_met(again(household), by=at.member, on=TODAY)
    assert again(household).next_due_on is None
    assert open_of(household) == []


def test_an_event_asks_for_a_contact_within_a_day_beside_the_ordinary_one(at: make.Street) -> None:
    household = unplanned(at.building)
    plan_contacts()
    note_event(household, by=at.member)
    (soon,) = open_of(household, CONTACT_EVENT)
    assert soon.due_at == clock.now() + timedelta(hours=24)
    assert len(open_of(household)) == 1
    with pytest.raises(Refused, match="已经请人尽快联系"):
        note_event(household, by=at.member)
    contact_met(again(household), by=at.member, on=TODAY)
    assert open_of(household, CONTACT_EVENT) == []
    assert len(open_of(household)) == 1
    note_event(again(household), by=at.member)  # a contact on the same day answers the event and nothing else
    contact_met(again(household), by=at.member, on=TODAY)
    assert open_of(household, CONTACT_EVENT) == []


def test_a_visit_of_the_days_before_is_no_answer_to_an_event(at: make.Street) -> None:
    household = unplanned(at.building)
    plan_contacts()
    note_event(household, by=at.member)
    clock.move_to(make.WEDNESDAY + timedelta(days=1))
    contact_met(again(household), by=at.member, on=TODAY - timedelta(days=1))
    assert len(open_of(household, CONTACT_EVENT)) == 1
    contact_met(again(household), by=at.member, on=TODAY)
    assert open_of(household, CONTACT_EVENT) == []


def test_an_event_of_who_did_not_agree_or_by_a_stranger_is_refused(at: make.Street) -> None:
    with pytest.raises(Refused, match="没有同意被联系"):
        note_event(unplanned(at.building, agreed=False), by=at.member)
    with pytest.raises(NotAllowed):
        note_event(unplanned(at.building), by=make.account("member", make.unit("red_grid", inside=at.block)))


def test_an_excused_contact_is_told_from_a_dropped_one_and_the_next_is_planned(at: make.Street) -> None:
    household = unplanned(at.building, tier="week")
    plan_contacts()
    excuse_contact(household, Excuse.AWAY, by=at.head)
    old = Task.objects.about(household).get(state="dropped")
    assert old.note.startswith(EXCUSED)
    assert "住院" in old.note  # only as one of the reasons for being away
    assert again(household).next_due_on == TODAY + timedelta(days=14)
    assert len(open_of(household)) == 1
    entry = JournalEntry.objects.get(verb="excuse")
    assert entry.thing_id == household.pk


def test_excusing_needs_a_choice_a_plan_and_a_coordinator(at: make.Street) -> None:
    household = unplanned(at.building)
    with pytest.raises(NotAllowed):
        excuse_contact(household, Excuse.AWAY, by=at.member)
    with pytest.raises(Refused, match="没有排定"):
        excuse_contact(household, Excuse.AWAY, by=at.head)
    plan_contacts()
    with pytest.raises(Refused, match="请选择"):
        excuse_contact(again(household), "他说他很忙", by=at.head)
    Task.objects.about(household).update(state="done", finished_at=clock.now())
    with pytest.raises(Overtaken):
        excuse_contact(again(household), Excuse.AWAY, by=at.head)


def test_what_has_ended_is_dropped(at: make.Street) -> None:
    household = unplanned(at.building)
    plan_contacts()
    note_event(household, by=at.member)
    contact_ended(household, by=SYSTEM, note="搬走")
    assert open_of(household) == open_of(household, CONTACT_EVENT) == []
    assert set(Task.objects.about(household).values_list("state", "note")) == {("dropped", "搬走")}
    assert again(household).next_due_on is None


def test_the_daily_plan_drops_what_an_action_has_forgotten(at: make.Street) -> None:
    household = unplanned(at.building)
    plan_contacts()
    household.consents.update(withdrawn_on=TODAY)
    assert plan_contacts() == 0
    assert open_of(household) == []


def test_one_household_is_planned_anew_when_it_changes(at: make.Street) -> None:
    household = unplanned(at.building)
    plan_household(household, by=SYSTEM)
    assert [t.due_at for t in open_of(household)] == [clock.at(END_OF_QUARTER, 18)]
    set_tier(again(household), "week", by=SYSTEM)
    plan_household(again(household), by=SYSTEM)
    assert [t.due_at for t in open_of(household)] == [clock.at(TODAY + timedelta(days=7), 18)]
    set_tier(again(household), "", by=SYSTEM)
    plan_household(again(household), by=SYSTEM)
    assert open_of(household) == []


PLANNING = """
from jiequ.outreach.actions.plan import plan_contacts
with clock.stand_at(moment("2021-12-01 09:00")):
    print(plan_contacts())
"""


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_give_one_task_each(tmp_path: Path) -> None:
    at = make.street()
    for _ in range(6):
        unplanned(at.building)
    counts = race(PLANNING, tmp_path)
    assert sorted(counts) == ["0", "6"]
    said = state("from jiequ.work.models import Task\nprint(Task.objects.open().filter(verb='outreach.contact').count())", tmp_path)  # fmt: skip
    assert said == "6"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["plan", "meet", "excuse", "event", "tier", "consent", "leave", "tomorrow"]), st.integers(0, 2)
    ),
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_planning_leaves_one_task_for_each_key_household_and_none_for_others(
    at: make.Street, steps: list[tuple[str, int]]
) -> None:
    Household.objects.update(left_on=TODAY)
    some = [make.household(at.building, tier=tier) for tier in ("week", "month", "quarter")]
    clock.move_to(make.WEDNESDAY)
    for step, number in steps:
        household = again(some[number])
        try:
            _do(step, household, at)
        except Refused:
            continue
    plan_contacts()
    agreed = Household.objects.current().key().filter(pk__in=[h.pk for h in some])
    rows = Task.objects.open().filter(verb=CONTACT, about_id__in=[h.pk for h in some])
    counts = Counter(rows.values_list("about_id", flat=True))
    assert counts == dict.fromkeys(agreed.values_list("pk", flat=True), 1)
    days = dict(rows.values_list("about_id", "due_at"))
    assert {pk: clock.day(moment) for pk, moment in days.items()} == dict(agreed.values_list("pk", "next_due_on"))


def _do(step: str, household: Household, at: make.Street) -> None:
    match step:
        case "plan":
            plan_contacts()
        case "meet":
            contact_met(household, by=at.member, on=clock.today())
        case "excuse":
            excuse_contact(household, Excuse.OTHER, by=at.head)
        case "event":
            note_event(household, by=at.member)
        case "tier":
            set_tier(household, "week" if household.tier != "week" else "", by=SYSTEM)
            plan_household(again(household), by=SYSTEM)
        case "consent":
            for consent in household.consents.filter(withdrawn_on=None):
                withdraw_consent(consent, by=SYSTEM)
        case "leave":
            leave_household(household, "moved", by=SYSTEM)
        case "tomorrow":
            clock.move_to(clock.now() + timedelta(days=1))


def test_a_contact_is_handed_only_to_who_may_open_the_household(at: make.Street) -> None:
    home = make.household(at.building)
    mine, beside = make.account("member", at.grid), make.account("member", at.grid)
    foreign = make.account("member", make.unit("red_grid", inside=at.block))
    claim_task(Task.objects.open().about(home).get(), by=mine)
    task = Task.objects.select_related("unit").open().about(home).get()
    offered = HandOverForm(task=task).fields["to"].posts
    assert (beside.person_id in offered, foreign.person_id in offered) == (True, False)
    with pytest.raises(Refused, match="不能交给"):
        hand_over_task(task, to=foreign.person, by=make.fresh(mine))
    hand_over_task(task, to=beside.person, by=make.fresh(mine))
    task.refresh_from_db()
    assert task.holder_id == beside.person_id
