"""The sweep: all that is due, once, in batches, also when it is killed half-way or runs twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.cases import actions
from jiequ.cases.actions import sweep_cases
from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.people.models import Appointment, Notice
from jiequ.work.actions import remind_due
from jiequ.work.models import Reminder, SupervisionOrder, Task
from tests import make
from tests.processes import killed, race, state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def accept_task(case: Case) -> Task:
    return Task.objects.open().about(case).select_related("unit").get(verb="cases.accept")


def later(**span: int) -> None:
    clock.move_to(clock.now() + timedelta(**span))


def test_what_nobody_gives_out_climbs_once_a_level_and_stays_at_the_office() -> None:
    at = make.street()
    case, _ = make.case(at)
    assert (accept_task(case).unit, accept_task(case).role) == (at.block, "head")
    later(hours=2)
    assert sweep_cases() == 0  # due this very minute is not late
    for unit, role in ((at.community, "chief"), (at.root, "office")):
        later(minutes=1)
        assert sweep_cases() == 1
        assert sweep_cases() == 0
        task = accept_task(case)
        assert (task.unit, task.role, task.due_at) == (unit, role, clock.now() + timedelta(hours=2))
        later(hours=2)
    later(hours=1)
    assert sweep_cases() == 0
    assert JournalEntry.objects.filter(verb="climb", thing_id=case.pk).count() == 2
    told = Notice.objects.filter(subject__startswith="下一级没有按时分拨")
    assert set(told.values_list("person_id", flat=True)) == {at.chief.person_id, at.office.person_id}
    actions.accept_case(case, by=at.head, lead=at.own)  # who was late may still do it
    assert not Task.objects.open().about(case).filter(verb="cases.accept").exists()


def test_a_vacant_desk_is_passed_over_when_the_case_comes_in() -> None:
    at = make.street()
    Appointment.objects.filter(unit=at.block).update(ends_on=date(2021, 11, 1))
    case, _ = make.case(at)
    assert (accept_task(case).unit, accept_task(case).role) == (at.community, "chief")
    Appointment.objects.filter(unit=at.community).update(ends_on=date(2021, 11, 1))
    case, _ = make.case(at)
    assert (accept_task(case).unit, accept_task(case).role) == (at.root, "office")
    assert Notice.objects.filter(person=at.office.person, subject__startswith="新诉求").count() == 1


def test_a_vacant_chief_is_passed_over_when_it_climbs() -> None:
    at = make.street()
    case, _ = make.case(at)
    Appointment.objects.filter(unit=at.community).update(ends_on=date(2021, 11, 1))
    later(hours=3)
    sweep_cases()
    assert accept_task(case).unit == at.root


def test_who_is_complained_of_is_not_climbed_to() -> None:
    at = make.street()
    case, _ = make.case(at, complained_of=at.chief.person)
    later(hours=3)
    sweep_cases()
    assert accept_task(case).unit == at.root
    assert not Notice.objects.filter(person=at.chief.person, url__startswith="/cases").exists()


def test_a_missing_first_contact_is_told_once_to_the_lead_and_above() -> None:
    at = make.street()
    case, _ = make.case(at, state="working", lead=at.department)
    spoken, _ = make.case(at, state="working")
    actions.contact_complainant(spoken, by=at.head)
    Notice.objects.all().delete()
    later(hours=24, minutes=1)
    assert sweep_cases() == 1
    assert sweep_cases() == 0
    told = Notice.objects.filter(subject__startswith="还没有首次联系诉求人")
    people = {at.worker.person_id, at.second_worker.person_id, at.chief.person_id}
    assert set(told.values_list("person_id", flat=True)) == people
    case.refresh_from_db()
    assert case.contact_missed_at == clock.now()


def test_two_warnings_before_the_end_each_once() -> None:
    at = make.street()
    case, _ = make.case(at, state="working")
    actions.contact_complainant(case, by=at.head)
    assert case.due_at == make.moment("2021-12-08 18:00")
    seen = []
    for day in range(1, 10):
        clock.move_to(make.moment(f"2021-12-{day:02d} 09:05"))
        for _again in range(2):
            sweep_cases()
            remind_due()
        seen.append((day, *Reminder.objects.filter(sent_at=clock.now()).values_list("kind", flat=True)))
    assert [line for line in seen if len(line) > 1] == [(6, "early"), (7, "soon"), (9, "late")]


def test_nobody_is_warned_while_the_clock_stands() -> None:
    at = make.street()
    case, _ = make.case(at, state="working")
    actions.contact_complainant(case, by=at.head)
    change = actions.ask_for_time(case, by=at.head, kind="pause", until=date(2021, 12, 20), reason="等配件。")
    actions.decide_time(change, by=at.chief, granted=True)
    Reminder.objects.all().delete()
    for day in range(3, 21):
        clock.move_to(make.moment(f"2021-12-{day:02d} 09:05"))
        sweep_cases()
        remind_due()
    assert not Reminder.objects.filter(task__verb="cases.handle").exists()
    clock.move_to(make.moment("2021-12-21 00:01"))
    sweep_cases()
    case.refresh_from_db()
    assert (case.paused_at, case.due_at) == (None, make.moment("2021-12-27 18:00"))
    clock.move_to(make.moment("2021-12-23 09:05"))
    sweep_cases()
    assert Reminder.objects.get(task__verb="cases.handle").kind == "early"


def test_what_is_late_for_three_working_days_is_put_under_supervision_once() -> None:
    at = make.street()
    case, _ = make.case(at, state="working")
    actions.contact_complainant(case, by=at.head)
    clock.move_to(make.moment("2021-12-13 18:00"))
    sweep_cases()
    assert not SupervisionOrder.objects.exists()
    later(minutes=1)
    assert sweep_cases() == 1
    assert sweep_cases() == 0
    order = SupervisionOrder.objects.get()
    assert order.task.verb == "cases.handle" and "3个工作日" in order.demand


def test_what_is_not_rated_is_put_away_and_counts_for_nothing() -> None:
    at = make.street()
    case, _ = make.case(at, state="replied", phone="13800138000")
    clock.move_to(make.moment("2021-12-13 18:00"))  # eight working days later, to the minute
    sweep_cases()
    case.refresh_from_db()
    assert case.state == "replied"
    later(minutes=1)
    assert sweep_cases() == 1
    case.refresh_from_db()
    assert (case.state, case.solved_at, case.score) == ("archived", None, "")
    assert not Task.objects.open().about(case).exists()


def test_a_batch_costs_the_same_for_three_and_for_thirty(settings: object) -> None:
    at = make.street()
    costs = []
    for count in (3, 30):
        for _n in range(count):
            make.case(at)
        later(hours=3)
        with CaptureQueriesContext(connection) as seen:
            assert sweep_cases() == count
        costs.append(len(seen))
        actions_done(at)
    assert costs[0] == costs[1], costs


def actions_done(at: make.Street) -> None:
    for case in Case.objects.open().select_related("unit", "category", "limit"):
        actions.decline_case(case, by=at.chief, reason="重复")


def test_250_are_taken_in_one_run_and_a_fault_in_one_part_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    at = make.street()
    for _n in range(250):
        make.case(at)
    later(hours=3)
    monkeypatch.setattr("jiequ.cases.actions.sweep.tell_missed_contacts", broken)
    with pytest.raises(ZeroDivisionError):
        sweep_cases()
    assert Task.objects.open().filter(unit=at.community, verb="cases.accept").count() == 250
    assert Task.objects.open().filter(unit=at.block, verb="cases.accept").count() == 0


def broken(by: object) -> int:
    raise ZeroDivisionError


AT_NOON = """
from jiequ.cases.actions import sweep
from jiequ.cases.actions import sweep_cases
"""
DIES = (
    AT_NOON
    + """
import os, signal
sweep.BATCH = 100
real, calls = sweep.pass_tasks_on, []
def dies(moves, **more):
    calls.append(1)
    made = real(moves, **more)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return made
sweep.pass_tasks_on = dies
with clock.stand_at(moment("2021-12-01 12:00")):
    sweep_cases()
"""
)
RUNS = (
    AT_NOON
    + """
with clock.stand_at(moment("2021-12-01 12:00")):
    print(sweep_cases())
"""
)
CLIMBED = """
from jiequ.core.models import JournalEntry
from jiequ.work.models import Task
climbed = list(JournalEntry.objects.filter(verb="climb").values_list("thing_id", flat=True))
print(len(climbed), len(set(climbed)), Task.objects.open().filter(unit__depth=2).count(), Task.objects.open().count())
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_sweep_is_taken_up_and_two_at_once_take_each_case_once(tmp_path: Path) -> None:
    at = make.street()
    for _n in range(250):
        make.case(at)
    assert killed(DIES, tmp_path) == -9
    assert state(CLIMBED, tmp_path) == "100 100 100 250"
    assert sum(int(n) for n in race(RUNS, tmp_path)) == 150
    assert state(CLIMBED, tmp_path) == "250 250 250 250"
