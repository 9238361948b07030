"""The chain of a case, move by move."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from jiequ.cases import actions
from jiequ.cases.models import Case, CoHandling
from jiequ.core import clock
from jiequ.core.permission import PUBLIC, NotAllowed, Overtaken, Refused
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def tasks(case: Case) -> list[str]:
    return list(Task.objects.open().about(case).order_by("verb").values_list("verb", flat=True))


def test_a_case_goes_from_the_scan_to_the_archive():
    at = make.street()
    case, secret = make.case(at, phone="13800138000")
    assert (case.unit, case.block, case.building) == (at.grid, at.block, at.building)
    assert case.number == "2021-1201-01" and len(secret) >= 20
    assert tasks(case) == ["cases.accept"]

    actions.accept_case(case, by=at.head, lead=at.department)
    assert case.state == "dispatched" and case.holder_id == at.worker.person_id
    assert tasks(case) == ["cases.acknowledge"]

    actions.acknowledge_case(case, by=at.worker)
    assert tasks(case) == ["cases.handle"]
    actions.contact_complainant(case, by=at.worker)
    actions.reply_case(case, by=at.worker, text="灯换好了。")
    assert tasks(case) == ["cases.call_back"]
    assert (case.responded_at, case.closed_at, case.solved_at) == (clock.now(), clock.now(), None)

    first = case.complainants.get()
    actions.rate_case(case, first, score="satisfied", by=PUBLIC)
    case.refresh_from_db()
    assert case.state == "archived" and case.solved_at == clock.now() and tasks(case) == []


def test_dissatisfied_opens_once_by_itself_and_then_under_supervision():
    at = make.street()
    case, _secret = make.case(at, state="replied")
    first = case.complainants.get()
    actions.rate_case(case, first, score="dissatisfied", by=PUBLIC)
    case.refresh_from_db()
    assert (case.state, case.reopened, case.closed_at) == ("working", 1, None)
    assert not Task.objects.supervised().exists()
    actions.reply_case(case, by=at.head, text="又换了一次。")
    actions.rate_case(case, first, score="dissatisfied", by=PUBLIC)
    assert Task.objects.supervised().about(case).count() == 1


@pytest.mark.parametrize(("days", "state"), [(1, "working"), (30, "archived")])
def test_who_is_not_satisfied_is_heard_after_another_was(days: int, state: str):
    at = make.street()
    case, _secret = make.case(at, state="working")
    second, _link = actions.join_case(case, by=PUBLIC)
    actions.reply_case(case, by=at.head, text="灯换好了。")
    actions.rate_case(case, case.complainants.exclude(pk=second.pk).get(), score="satisfied", by=PUBLIC)
    case.refresh_from_db()
    assert case.state == "archived" and case.solved_at is not None
    with clock.stand_at(make.WEDNESDAY + timedelta(days=days)):
        actions.rate_case(case, second, score="dissatisfied", by=PUBLIC)
    case.refresh_from_db()
    assert case.state == state
    if state == "working":
        assert (case.solved_at, case.closed_at, case.archived_at, case.reopened) == (None, None, None, 1)
        assert "cases.handle" in tasks(case)
    else:
        assert (case.score, case.solved_at is not None) == ("satisfied", True), "the time for ratings is over"


def test_somebody_without_the_post_may_not():
    at = make.street()
    case, _secret = make.case(at, state="dispatched", lead=at.department)
    with pytest.raises(NotAllowed):
        actions.acknowledge_case(case, by=make.account("grid_member", make.unit("red_grid")))
    actions.acknowledge_case(case, by=at.second_worker)


def test_an_objection_is_ruled_once():
    at = make.street()
    case, _secret = make.case(at, state="dispatched", lead=at.department)
    actions.object_to_dispatch(case, by=at.worker, reason="灯归物业管。")
    assert tasks(case) == ["cases.rule"]
    actions.uphold_dispatch(case, by=at.chief, ruling="公共楼道由你们办。")
    assert case.state == "working" and tasks(case) == ["cases.handle"]
    actions.redispatch_case(case, by=at.head, lead=at.own, note="改由街区办")
    with pytest.raises(Refused):
        actions.object_to_dispatch(case, by=at.head, reason="不归我们。")


def test_a_whistle_climbs_to_the_department_and_is_answered():
    at = make.street()
    case, _secret = make.case(at, state="working")
    for level, who in (("community", at.chief), ("subdistrict", at.office)):
        actions.escalate_case(case, by=at.head, call="请协调施工单位。")
        assert case.whistles.last().to_level == level
        take = make.handler(
            at.root if level == "subdistrict" else at.community, role=who.appointments[0].role, level=level
        )
        actions.answer_whistle(case, by=who, answer="由我们接办。", take_over=take)
        assert case.level == level
        case.refresh_from_db()
        actions.escalate_case(case, by=who, call="还要帮忙", to=at.department) if level == "subdistrict" else None
    assert case.state == "escalated"
    actions.answer_whistle(case, by=at.worker, answer="我们来修。", take_over=at.department)
    assert (case.level, case.state) == ("department", "working")


def test_the_complained_of_does_not_see_the_case():
    at = make.street()
    case, _secret = make.case(at, complained_of=at.head.person)
    assert not Case.objects.visible_to(make.fresh(at.head)).filter(pk=case.pk).exists()
    assert Case.objects.visible_to(make.fresh(at.chief)).filter(pk=case.pk).exists()


def test_who_helped_is_asked_again_after_the_case_was_opened_again(client: Client):
    at = make.street()
    case, _secret = make.case(at, state="working")
    actions.ask_for_help(case, [at.department], by=at.head)
    actions.reply_case(case, by=at.head, text="好了。")
    actions.rate_case(case, case.complainants.get(), score="dissatisfied", by=PUBLIC)
    case = Case.objects.get(pk=case.pk)
    assert tasks(case) == ["cases.handle"]
    client.force_login(at.head, backend="jiequ.people.accounts.AccountBackend")
    address = reverse("case-move", args=[case.pk, "help"])
    assert at.department in client.get(address).context["form"].fields["helpers"].queryset
    clock.move_to(make.WEDNESDAY + timedelta(days=1))
    assert client.post(address, {"helpers": [at.department.pk]}).status_code == 302
    co = CoHandling.objects.select_related("task", "handler", "case__unit").get(case=case)
    assert (co.asked_at, co.done_at, co.task.state, tasks(case)) == (
        clock.now(), None, "open", ["cases.assist", "cases.handle"],
    )  # fmt: skip
    # at it now, it is neither offered nor asked a second time
    assert at.department not in client.get(address).context["form"].fields["helpers"].queryset
    assert actions.ask_for_help(case, [at.department], by=at.head) == []
    assert tasks(case) == ["cases.assist", "cases.handle"]


def test_who_has_done_its_part_is_asked_again_and_both_its_words_stand(client: Client):
    at = make.street()
    case, _secret = make.case(at, state="dispatched")
    actions.acknowledge_case(case, by=at.head)
    (co,) = actions.ask_for_help(case, [at.department], by=at.head)
    actions.finish_help(co, by=at.worker, note="查过线路。")
    (again,) = actions.ask_for_help(case, [at.department], by=at.head)
    assert (again.pk, again.done_at, tasks(case)) == (co.pk, None, ["cases.assist", "cases.handle"])
    client.force_login(at.head, backend="jiequ.people.accounts.AccountBackend")
    assert "查过线路。" in client.get(case.get_absolute_url()).content.decode()
    actions.finish_help(co, by=at.worker, note="换了线。")  # read before it was asked again: its newest task ends
    co.refresh_from_db()
    assert (co.done_at, co.note, tasks(case)) == (clock.now(), "查过线路；换了线。", ["cases.handle"])
    with pytest.raises(Overtaken):
        actions.finish_help(co, by=at.worker, note="又说一次。")


def test_who_led_before_can_help_after_another_has_taken_over():
    at = make.street()
    case, _secret = make.case(at, state="accepted")
    actions.dispatch_case(case, lead=at.own, helpers=[at.department], by=at.head)
    actions.acknowledge_case(case, by=at.head)
    actions.redispatch_case(case, lead=at.department, by=at.head, note="要登高。")
    assert tasks(case) == ["cases.acknowledge"]  # who helped leads now
    actions.redispatch_case(case, lead=at.own, by=at.head, note="不用登高。")
    (co,) = actions.ask_for_help(case, [at.department], by=at.head)
    assert (co.done_at, tasks(case)) == (None, ["cases.acknowledge", "cases.assist"])


def test_a_dispatch_asks_who_helped_before():
    at = make.street()
    case, _secret = make.case(at, state="accepted")
    Case.objects.filter(pk=case.pk).update(holder=at.head.person)
    (co,) = actions.ask_for_help(case, [at.department], by=at.head)
    actions.finish_help(co, by=at.worker, note="查过线路。")
    actions.dispatch_case(case, lead=at.own, helpers=[at.department], by=at.head)
    assert tasks(case) == ["cases.acknowledge", "cases.assist"]
    assert CoHandling.objects.get(case=case).done_at is None
