"""Whom a case complains of learns nothing of it by any side door, and no step of a case is skipped from another page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from jiequ.cases import actions
from jiequ.cases.models import Case, Whistle
from jiequ.core import clock
from jiequ.core.permission import PUBLIC, SYSTEM, NotAllowed, Refused
from jiequ.council.actions import amend_rule, found_council
from jiequ.people.models import Notice
from jiequ.work import actions as work
from jiequ.work.models import Task
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db
WORDS = "网格长收钱不办事，我是3栋李四"


@pytest.fixture
def at() -> Iterator[make.Street]:
    with clock.stand_at(make.WEDNESDAY):
        yield make.street()


def again(case: Case) -> Case:
    return Case.objects.select_related("unit", "category", "limit", "lead", "block").get(pk=case.pk)


def page(who: Any, address: str) -> Any:
    return signed_in(make.fresh(who)).get(address)


def move(who: Any, case: Case, name: str, **data: Any) -> Any:
    return signed_in(make.fresh(who)).post(reverse("case-move", args=[case.pk, name]), data)


# ── tasks about it ────────────────────────────────────────


def test_news_and_lists_of_tasks_leave_it_out(at: make.Street) -> None:
    second = make.account("head", at.block)
    case, _ = make.case(at, state="accepted", by=PUBLIC)
    actions.name_complained(case, by=at.chief, person=at.head.person)
    actions.dispatch_case(case, lead=at.own, by=at.chief)
    actions.acknowledge_case(case, by=second)
    task = Task.objects.open().about(case).get(verb="cases.handle")
    work.order_supervision(task, demand="请当面答复", answer_due_at=clock.now() + timedelta(days=1), by=at.chief)
    unit = at.block.get_absolute_url()
    for address in ("/", "/tasks/?whose=unit", f"{unit}?tab=tasks", f"{unit}?tab=history"):
        assert case.short_number not in page(at.head, address).content.decode(), address
        assert case.short_number in page(at.chief, "/tasks/?whose=unit").content.decode()
    found = [len(page(who, f"/search/?q={case.short_number}").context["tasks"]) for who in (at.head, second)]
    assert found == [0, 1]
    assert page(at.head, task.get_absolute_url()).status_code == 404
    assert page(second, task.get_absolute_url()).status_code == 200


def test_nobody_hands_it_to_them_and_the_choice_does_not_name_them(at: make.Street) -> None:
    make.account("head", at.block)
    case, _ = make.case(at, complained_of=at.head.person)
    task = Task.objects.open().about(case).get(verb="cases.accept")
    address = reverse("task-hand-over", args=[task.pk])
    assert at.head.person_id not in page(at.chief, address).context["form"].fields["to"].posts
    assert signed_in(at.chief).post(address, {"to": at.head.person_id, "note": "有人投诉您"}).status_code == 422
    with pytest.raises(Refused, match="不能交给"):
        work.hand_over_task(task, to=at.head.person, by=at.chief)
    assert not Notice.objects.filter(person=at.head.person, subject__contains=case.short_number).exists()


def test_who_asked_for_an_answer_and_was_complained_of_meanwhile_is_not_told_it(at: make.Street) -> None:
    case, _ = make.case(at, state="working")
    task = Task.objects.open().about(case).select_related("unit").get(verb="cases.handle")
    work.order_supervision(task, demand="请说明", answer_due_at=clock.now() + timedelta(days=1), by=at.chief)
    actions.name_complained(again(case), by=at.office, person=at.chief.person)
    order = task.orders.select_related("task__unit", "issued_by").get()
    work.answer_order(order, answer="诉求人说总街长收了钱", by=make.fresh(at.head))
    assert not Notice.objects.filter(person=at.chief.person, body__contains="收了钱").exists()


def test_its_tasks_are_neither_dropped_nor_put_off_by_hand(at: make.Street) -> None:
    case, _ = make.case(at)
    task = Task.objects.open().about(case).get(verb="cases.accept")
    adviser, due = signed_in(make.account("adviser", at.block)), task.due_at
    later = {"due_at": "2022-06-01T18:00", "reason": "忙"}
    for act, data in (("drop", {"reason": "不用办"}), ("extend", later)):
        assert adviser.post(reverse(f"task-{act}", args=[task.pk]), data).status_code in (403, 422)
    with pytest.raises(Refused, match="自己的页面"):
        work.drop_task(task, by=SYSTEM, reason="不用办")
    with pytest.raises(Refused, match="自己的时限"):
        work.extend_task(task, due_at=due + timedelta(days=9), reason="忙", by=SYSTEM)
    task.refresh_from_db()
    assert (task.state, task.due_at) == (Task.State.OPEN, due)


# ── where it goes ─────────────────────────────────────────


def test_a_complaint_about_somebody_becomes_no_motion_and_no_wish(at: make.Street) -> None:
    amend_rule(at.root, by=SYSTEM)
    found_council(at.block, by=at.chief)
    case, _ = make.case(at, body=WORDS, complained_of=at.head.person)
    plain, _ = make.case(at)
    for each in (case, plain):
        actions.accept_case(each, by=at.chief)
    offered = [page(at.chief, each.get_absolute_url()).content.decode() for each in (plain, case)]
    for name in ("case-raise", "case-wish"):
        address = reverse(name, args=[case.pk])
        assert (reverse(name, args=[plain.pk]) in offered[0], address in offered[1]) == (True, False)
        form = page(at.chief, address).context["form"]
        data = {field: form[field].value() or "" for field in form.fields}
        answer = signed_in(make.fresh(at.chief)).post(address, data)
        assert answer.status_code in (409, 422)
    assert again(case).state == Case.State.ACCEPTED


def test_what_was_merged_into_it_is_closed_to_them_as_well(at: make.Street) -> None:
    first, _ = make.case(at, body=WORDS)
    second, _ = make.case(at, body="街区有人收钱")
    third, _ = make.case(at, body="有人收钱")
    actions.merge_case(first, into=second, by=at.chief)
    actions.merge_case(again(second), into=third, by=at.chief)
    actions.name_complained(again(third), by=at.chief, person=at.head.person)
    for case in (first, second, third):
        assert page(at.head, case.get_absolute_url()).status_code == 404


def test_what_was_put_right_at_once_is_not_told_to_whom_it_complains_of(at: make.Street) -> None:
    case, _ = make.case(at, body=WORDS, complained_of=at.head.person)
    actions.accept_case(case, by=at.chief)
    actions.fix_on_spot(case, by=at.chief, what="已向李四致歉")
    address = "/figures/cases.on_the_spot/?period=month"
    assert "致歉" not in page(at.head, address).content.decode()
    assert "致歉" in page(at.chief, address).content.decode()


def test_cases_that_complain_of_a_handler_are_not_passed_on_to_its_people(at: make.Street) -> None:
    third = make.handler(at.root, "物业", members=(at.second_worker,))
    case, _ = make.case(at, state="working", lead=at.department, complained_handler=third)
    other, _ = make.case(at, state="working", lead=at.department)
    assert again(case).holder_id == again(other).holder_id == at.worker.person_id
    holder, to = at.worker.person, at.second_worker.person
    assert actions.pass_cases_on(at.department, holder=holder, to=to, by=at.office) == 1
    assert (again(case).holder_id, again(other).holder_id) == (holder.pk, to.pk)


def test_a_department_that_was_called_sees_it_no_more_once_it_is_withdrawn(at: make.Street) -> None:
    office = make.handler(at.root, "街道专班", role="office", level="subdistrict")
    case, _ = make.case(at, state="accepted")
    actions.dispatch_case(case, lead=office, by=at.head)
    actions.acknowledge_case(case, by=at.office)
    actions.escalate_case(case, by=at.office, call="请修", to=at.department)
    seen = Case.objects.visible_to(make.fresh(at.worker)).filter(pk=case.pk)
    assert seen.exists()
    actions.withdraw_case(case.complainants.get(), by=PUBLIC)
    assert not Case.objects.visible_to(make.fresh(at.worker)).filter(pk=case.pk).exists()


# ── who may not take the next step ────────────────────────


def call_back(who: Any, case: Case) -> Any:
    said = {"complainant": case.complainants.get().pk, "reached": "1", "score": "satisfied", "words": ""}
    return move(who, case, "call_back", **said)


def test_whoever_gave_the_answer_does_not_call_back_about_it(at: make.Street) -> None:
    case, _ = make.case(at, state="working", lead=at.department, phone="13800138000")
    move(at.head, case, "reply", text="办好了", outcome="solved")
    assert again(case).state == Case.State.REPLIED
    assert not Task.objects.open().about(case).get(verb="cases.call_back").is_for(make.fresh(at.head))
    assert call_back(at.head, case).status_code == 422
    other, _ = make.case(at, state="working", lead=at.department, phone="13800138000")
    move(at.head, other, "fix_on_spot", what="办好了")
    assert call_back(at.head, other).status_code == 422
    assert {again(case).solved_at, again(other).solved_at} == {None}


def test_nor_does_whoever_helped(at: make.Street) -> None:
    helper = make.handler(at.community, "社区维修队", members=(at.chief,))
    case, _ = make.case(at, state="working", lead=at.department, phone="13800138000")
    actions.ask_for_help(case, [helper], by=at.head)
    actions.reply_case(again(case), by=at.worker, text="好了")
    assert call_back(at.chief, case).status_code == 422
    assert again(case).state == Case.State.REPLIED


def test_a_whistle_is_not_answered_by_whoever_blew_it(at: make.Street) -> None:
    community = make.handler(at.community, "社区", role="chief", level="community")
    office = make.handler(at.root, "街道专班", role="office", level="subdistrict")
    case, _ = make.case(at, state="accepted")
    actions.dispatch_case(case, lead=community, by=at.head)
    actions.acknowledge_case(case, by=at.chief)
    move(at.chief, case, "escalate", call="请街道帮忙")
    answer = {"answer": "自己回应", "take_over": office.pk}
    assert "answer_whistle" not in page(at.chief, case.get_absolute_url()).content.decode()
    assert move(at.chief, case, "answer_whistle", **answer).status_code == 403
    with pytest.raises(NotAllowed):
        actions.answer_whistle(again(case), by=make.fresh(at.chief), answer="自己回应")
    assert again(case).state == Case.State.ESCALATED
    assert "answer_whistle" in page(at.office, case.get_absolute_url()).content.decode()
    move(at.office, case, "answer_whistle", **answer)
    assert (again(case).lead, Whistle.objects.get().answered_by_id) == (office, at.office.person_id)


def test_a_department_answers_for_itself(at: make.Street) -> None:
    office = make.handler(at.root, "街道专班", role="office", level="subdistrict")
    case, _ = make.case(at, state="accepted")
    actions.dispatch_case(case, lead=office, by=at.head)
    actions.acknowledge_case(case, by=at.office)
    move(at.office, case, "escalate", call="请修", to=at.department.pk)
    answer = {"answer": "替部门回应", "take_over": at.department.pk}
    assert move(at.chief, case, "answer_whistle", **answer).status_code == 403
    assert move(at.worker, case, "answer_whistle", **answer).status_code == 302
    assert again(case).lead == at.department


def test_what_only_another_channel_takes_is_handled_nowhere_here(at: make.Street) -> None:
    petition = make.category(name="信访事项", channel="请到信访局")
    case, _ = make.case(at, category=petition)
    assert move(at.head, case, "fix_on_spot", what="办了").status_code == 422
    assert again(case).state == Case.State.SUBMITTED
    other, _ = make.case(at, state="accepted")
    actions.classify_case(other, by=at.head, category=petition, kind=other.kind, title=other.title)
    assert move(at.head, other, "dispatch", lead=at.own.pk, note="").status_code == 422
    assert again(other).state == Case.State.ACCEPTED


# ── what nobody would type ────────────────────────────────


def test_a_number_that_is_none_is_refused_in_words(at: make.Street) -> None:
    case, _ = make.case(at)
    form = {"body": "灯坏了", "unit": at.building.code, "category": at.category.pk, "kind": "", "source": "phone"}
    client = signed_in(at.head)
    assert client.post("/cases/bulk/", {"pick": case.pk, "do": "dispatch", "lead": "²"}).status_code < 500
    assert client.post("/cases/new/", form | {"join": "²"}).status_code in (409, 422)
    for _time in range(2):
        said = form | {"join": str(case.pk), "once": "k" * 24, "name": "李四"}
        assert client.post("/cases/new/", said).status_code == 200
    assert case.complainants.count() == 2  # whoever filed it, and this one once
