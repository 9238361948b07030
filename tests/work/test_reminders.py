"""The tick reminds of what is due soon and of what is late: once each, of everything, and also when killed in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.people.models import Notice
from jiequ.work import actions
from jiequ.work.actions import reminding
from jiequ.work.models import Reminder, Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def block() -> Any:
    return make.unit("block")


def _task(block: Any, due: str, **more: Any) -> Task:
    who = more or {"role": "head"}
    return actions.open_task(
        "test.task", f"到 {due}", unit=block, due_at=make.moment(due), by=SYSTEM, about=block, **who
    )


def test_a_task_is_reminded_of_one_working_day_before_and_once_when_late(block: Any) -> None:
    head = make.account("head", block)
    _task(block, "2021-12-06 18:00")  # a Monday
    Notice.objects.all().delete()
    clock.move_to(make.moment("2021-12-02 17:00"))
    assert actions.remind_due() == 0
    clock.move_to(make.moment("2021-12-03 09:00"))  # Friday: the working day before
    assert actions.remind_due() == 1
    assert actions.remind_due() == 0
    clock.move_to(make.moment("2021-12-06 18:01"))
    assert actions.remind_due() == 1
    assert actions.remind_due() == 0
    clock.move_to(make.moment("2021-12-20 09:00"))
    assert actions.remind_due() == 0
    subjects = [n.subject for n in Notice.objects.filter(person=head.person).order_by("id")]
    assert subjects == ["快到期：到 2021-12-06 18:00", "已逾期：到 2021-12-06 18:00"]


def test_a_new_due_time_is_a_new_occasion(block: Any) -> None:
    make.account("head", block)
    chief = make.account("chief", make.above(block, 2))
    task = _task(block, "2021-12-01 18:00")
    assert actions.remind_due() == 1
    clock.move_to(make.moment("2021-12-02 09:00"))
    assert actions.remind_due() == 1
    actions.extend_task(task, due_at=make.moment("2021-12-08 18:00"), reason="雨", by=chief)
    assert actions.remind_due() == 0
    clock.move_to(make.moment("2021-12-07 09:00"))
    assert actions.remind_due() == 1
    clock.move_to(make.moment("2021-12-09 09:00"))
    assert actions.remind_due() == 1
    assert sorted(Reminder.objects.values_list("kind", flat=True)) == ["late", "late", "soon", "soon"]


def test_one_person_gets_one_notice_for_many_tasks(block: Any) -> None:
    head = make.account("head", block)
    for _ in range(7):
        _task(block, "2021-12-02 18:00")
    _task(block, "2021-12-02 12:00", holder=make.account("chief", make.above(block, 2)).person)
    Notice.objects.all().delete()
    assert actions.remind_due() == 8
    assert [n.subject for n in Notice.objects.filter(person=head.person)] == ["您有 7 件事快到期"]
    assert Notice.objects.count() == 2


def test_all_that_is_due_is_taken_in_batches_and_a_killed_run_is_taken_up(
    block: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.account("head", block)
    tasks = [_task(block, "2021-12-01 12:00") for _ in range(7)]
    clock.move_to(make.moment("2021-12-02 09:00"))
    monkeypatch.setattr(reminding, "BATCH", 3)
    # A run that was killed after its first batch leaves exactly this behind.
    Reminder.objects.bulk_create(
        Reminder(task=t, kind="late", occasion=t.due_at.isoformat(), sent_at=clock.now()) for t in tasks[:3]
    )
    assert actions.remind_due() == 4
    assert Reminder.objects.filter(kind="late").count() == 7
    assert actions.remind_due() == 0


def test_ended_tasks_are_left_alone(block: Any) -> None:
    head = make.account("head", block)
    task = _task(block, "2021-12-01 12:00")
    actions.finish_task(task, by=head)
    clock.move_to(make.moment("2021-12-03 09:00"))
    assert actions.remind_due() == 0
