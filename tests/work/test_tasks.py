"""What can be done with a task, by whom, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.people.models import Notice
from jiequ.work import actions
from jiequ.work.models import Task
from jiequ.work.workflow import Work
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def block() -> Any:
    return make.unit("block", name="石一街区")


@pytest.fixture
def head(block: Any) -> Any:
    return make.account("head", block)


@pytest.fixture
def chief(block: Any) -> Any:
    return make.account("chief", make.above(block, 2))


@pytest.fixture
def task(block: Any, chief: Any) -> Task:
    return actions.open_task(
        "work.do", "清理后巷", unit=block, due_at=make.moment("2021-12-03 18:00"), role="head", by=chief
    )


def test_a_task_for_a_post_waits_for_whoever_holds_it(task: Task, head: Any, chief: Any) -> None:
    assert list(Task.objects.for_account(head)) == [task]
    assert list(Task.objects.for_account(chief)) == []
    assert list(Task.objects.visible_to(chief)) == [task]


def test_claiming_makes_it_mine_alone(task: Task, head: Any, block: Any) -> None:
    second = make.account("head", block)
    actions.claim_task(task, by=head)
    assert task.holder_id == head.person_id
    assert list(Task.objects.for_account(second)) == []
    with pytest.raises(NotAllowed):
        actions.finish_task(task, by=second)
    actions.finish_task(task, by=head, note="清了")
    task.refresh_from_db()
    assert (task.state, task.note, task.finished_by_id) == ("done", "清了", head.person_id)


def test_the_second_who_claims_the_same_page_is_overtaken(task: Task, head: Any, block: Any) -> None:
    seen_by_second = Task.objects.get(pk=task.pk)
    actions.claim_task(task, by=head)
    with pytest.raises(Overtaken):
        actions.claim_task(seen_by_second, by=make.account("head", block))
    assert Task.objects.get(pk=task.pk).holder_id == head.person_id


def test_finishing_twice_is_overtaken_and_entered_once(task: Task, head: Any) -> None:
    seen = Task.objects.get(pk=task.pk)
    actions.finish_task(task, by=head)
    with pytest.raises(Overtaken):
        actions.finish_task(seen, by=head)
    assert JournalEntry.objects.about(task).filter(verb="finish").count() == 1


def test_strangers_neither_see_nor_finish(task: Task) -> None:
    stranger = make.account("head", make.unit("block"))
    assert list(Task.objects.visible_to(stranger)) == []
    with pytest.raises(NotAllowed):
        actions.finish_task(task, by=stranger)
    with pytest.raises(NotAllowed):
        actions.claim_task(task, by=stranger)
    assert Task.objects.get(pk=task.pk).state == "open"


def test_a_chief_does_not_finish_what_the_head_must_do_but_can_take_it_over(task: Task, chief: Any) -> None:
    with pytest.raises(NotAllowed):
        actions.finish_task(task, by=chief)
    actions.hand_over_task(task, to=chief.person, by=chief)
    actions.finish_task(task, by=chief)
    assert Task.objects.get(pk=task.pk).state == "done"


def test_a_task_goes_only_to_somebody_with_a_post_here(task: Task, head: Any, block: Any) -> None:
    with pytest.raises(Refused):
        actions.hand_over_task(task, to=make.person(), by=head)
    with pytest.raises(Refused):
        actions.hand_over_task(task, to=make.account("head", make.unit("block")).person, by=head)
    grid = make.unit("red_grid", inside=block)
    member = make.account("member", grid)
    actions.hand_over_task(task, to=member.person, by=head, note="请看一下")
    assert Task.objects.get(pk=task.pk).holder_id == member.person_id
    assert [n.subject for n in Notice.objects.filter(person=member.person, url=task.get_absolute_url())] == [
        "转给您一件事：清理后巷"
    ]


def test_work_done_on_another_page_is_not_finished_here(block: Any, head: Any) -> None:
    Work("test.elsewhere", "去审", by_hand=False)
    task = actions.open_task("test.elsewhere", "审", unit=block, due_at=clock.now(), role="head", by=head, about=block)
    with pytest.raises(Refused):
        actions.finish_task(task, by=head)
    assert actions.finish_tasks_about(block, "test.other", by=head) == 0
    assert actions.finish_tasks_about(block, "test.elsewhere", by=head) == 1
    assert Task.objects.get(pk=task.pk).state == "done"
    assert actions.finish_tasks_about(block, "test.elsewhere", by=head) == 0


def test_opening_and_finishing_cost_two_and_three_statements(
    block: Any, head: Any, django_assert_num_queries: Any
) -> None:
    savepoint = 2
    with django_assert_num_queries(2 + savepoint):
        actions.open_task("test.cheap", "审", unit=block, due_at=clock.now(), role="head", by=head, about=block)
    with django_assert_num_queries(3 + savepoint):
        actions.finish_tasks_about(block, "test.cheap", by=head)
    with django_assert_num_queries(1 + savepoint):
        actions.finish_tasks_about(block, "test.cheap", by=head)


def test_lateness_is_computed_from_the_clock(task: Task) -> None:
    assert (task.is_overdue, Task.objects.overdue().count()) == (False, 0)
    clock.move_to(make.moment("2021-12-03 18:01"))
    assert (task.is_overdue, Task.objects.overdue().count()) == (True, 1)


def test_only_coordinators_give_tasks_and_only_for_later(block: Any, head: Any) -> None:
    councillor = make.account("councillor", block)
    with pytest.raises(NotAllowed):
        actions.open_task("work.do", "扫地", unit=block, due_at=make.moment("2021-12-02"), role="head", by=councillor)
    with pytest.raises(Refused):
        actions.open_task("work.do", "扫地", unit=block, due_at=clock.now(), role="head", by=head)
    with pytest.raises(Refused):
        actions.open_task("work.do", "扫地", unit=block, due_at=make.moment("2021-12-02"), by=head)
    assert Task.objects.count() == 0


def test_extending_needs_a_reason_a_later_time_and_somebody_else(task: Task, head: Any, chief: Any) -> None:
    later = make.moment("2021-12-06 18:00")
    with pytest.raises(Refused):
        actions.extend_task(task, due_at=later, reason="忙", by=head)
    with pytest.raises(Refused):
        actions.extend_task(task, due_at=later, reason=" ", by=chief)
    with pytest.raises(Refused):
        actions.extend_task(task, due_at=task.due_at, reason="雨", by=chief)
    actions.extend_task(task, due_at=later, reason="连日下雨", by=chief)
    task.refresh_from_db()
    assert task.due_at == later
    assert [(e.was_due_at, e.reason) for e in task.extensions.all()] == [(make.moment("2021-12-03 18:00"), "连日下雨")]


def test_extending_what_another_has_just_extended_is_overtaken(task: Task, chief: Any) -> None:
    seen = Task.objects.get(pk=task.pk)
    actions.extend_task(task, due_at=make.moment("2021-12-06"), reason="雨", by=chief)
    with pytest.raises(Overtaken):
        actions.extend_task(seen, due_at=make.moment("2021-12-07"), reason="雨", by=chief)
    assert task.extensions.count() == 1


def test_dropping_needs_a_reason(task: Task, chief: Any, head: Any) -> None:
    with pytest.raises(Refused):
        actions.drop_task(task, by=chief, reason="")
    actions.drop_task(task, by=chief, reason="重复了")
    assert Task.objects.get(pk=task.pk).state == "dropped"
    with pytest.raises(Refused):
        actions.finish_task(task, by=head)


def test_supervision_comes_from_above_once_at_a_time(task: Task, head: Any, chief: Any, block: Any) -> None:
    due = make.moment("2021-12-02 12:00")
    with pytest.raises(NotAllowed):
        actions.order_supervision(task, demand="说明", answer_due_at=due, by=head)
    with pytest.raises(NotAllowed):
        other = make.account("chief", make.unit("community"))
        actions.order_supervision(task, demand="说明", answer_due_at=due, by=other)
    with pytest.raises(Refused):
        actions.order_supervision(task, demand="说明", answer_due_at=clock.now() - timedelta(hours=1), by=chief)
    order = actions.order_supervision(task, demand="说明为什么还没清", answer_due_at=due, by=chief)
    assert list(Task.objects.supervised()) == [task]
    assert Notice.objects.filter(person=head.person, subject="督办：清理后巷").count() == 1
    with pytest.raises(Refused):
        actions.order_supervision(task, demand="再说一遍", answer_due_at=due, by=chief)
    with pytest.raises(NotAllowed):
        actions.answer_order(order, answer="好", by=chief)
    actions.answer_order(order, answer="明天清", by=head)
    assert list(Task.objects.supervised()) == []
    assert Notice.objects.filter(person=chief.person, subject="督办已回复：清理后巷").count() == 1
    with pytest.raises(Overtaken):
        actions.answer_order(order, answer="又答", by=head)
    actions.order_supervision(task, demand="再说一遍", answer_due_at=due, by=chief)


def test_a_chief_cannot_supervise_a_task_of_the_office(block: Any, chief: Any) -> None:
    office = make.account("office", make.above(block, 1))
    task = actions.open_task(
        "work.do", "批复", unit=block, due_at=make.moment("2021-12-03"), holder=office.person, by=chief
    )
    with pytest.raises(NotAllowed):
        actions.order_supervision(task, demand="说明", answer_due_at=make.moment("2021-12-02"), by=chief)


def test_finishing_answers_the_open_order(task: Task, head: Any, chief: Any) -> None:
    order = actions.order_supervision(task, demand="说明", answer_due_at=make.moment("2021-12-02"), by=chief)
    actions.finish_task(task, by=head, note="清完了")
    order.refresh_from_db()
    assert order.answer == "清完了"


def test_pressing_is_once_a_day(task: Task, head: Any, chief: Any) -> None:
    actions.remind_task(task, by=chief)
    with pytest.raises(Refused):
        actions.remind_task(task, by=chief)
    with pytest.raises(Refused):
        actions.remind_task(task, by=head)
    clock.move_to(make.moment("2021-12-02 09:00"))
    actions.remind_task(task, by=chief)
    assert Notice.objects.filter(person=head.person, subject="催办：清理后巷").count() == 2


def test_the_journal_names_no_person(task: Task, head: Any, chief: Any) -> None:
    actions.claim_task(task, by=head)
    actions.hand_over_task(task, to=chief.person, by=head, note="王小明在家")
    said = " ".join(f"{e.label} {e.facts}" for e in JournalEntry.objects.about(task))
    assert "王小明" not in said
    assert [e.verb for e in JournalEntry.objects.about(task)] == ["hand_over", "claim", "open"]
