"""Whoever a case complains of loses it at once: sight, tasks, co-handling; and never gets it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jiequ.cases import actions
from jiequ.cases.actions.acting import acting
from jiequ.cases.models import Case, Handler
from jiequ.cases.workflow import CASE
from jiequ.core import clock
from jiequ.core.permission import PUBLIC, NotAllowed, Refused
from jiequ.people.models import Account, Notice
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def sees(who: Account, case: Case) -> bool:
    return Case.objects.visible_to(make.fresh(who)).filter(pk=case.pk).exists()


def task(case: Case, verb: str) -> Task:
    return Task.objects.open().about(case).select_related("unit").get(verb=verb)


def test_the_holder_is_complained_of_and_a_colleague_goes_on() -> None:
    at = make.street()
    case, _ = make.case(at, state="working", lead=at.department)
    assert case.holder_id == at.worker.person_id
    actions.name_complained(case, by=at.head, person=at.worker.person)
    assert (case.holder_id, task(case, "cases.handle").holder_id) == (at.second_worker.person_id,) * 2
    assert (sees(at.worker, case), sees(at.second_worker, case)) == (False, True)
    with pytest.raises(NotAllowed):
        actions.reply_case(case, by=at.worker, text="没有的事")
    assert not Notice.objects.filter(person=at.worker.person, created_at__gt=clock.now()).exists()


def test_a_handler_that_leads_needs_another_lead_and_loses_sight() -> None:
    at = make.street()
    case, _ = make.case(at, state="working", lead=at.department)
    with pytest.raises(Refused):
        actions.name_complained(case, by=at.head, handler=at.department)
    case.refresh_from_db()
    assert case.complained_handler_id is None  # nothing was changed
    actions.name_complained(case, by=at.head, handler=at.department, lead=at.own)
    assert (case.state, case.lead) == ("dispatched", at.own)
    assert not sees(at.worker, case) and not sees(at.second_worker, case)
    with pytest.raises(Refused):
        actions.redispatch_case(case, by=at.chief, lead=at.department, note="还是你们")


def test_a_co_handler_that_is_complained_of_helps_no_more() -> None:
    at = make.street()
    case, _ = make.case(at, state="working")
    actions.ask_for_help(case, [at.department], by=at.head)
    assert sees(at.worker, case)
    actions.name_complained(case, by=at.head, handler=at.department)
    assert not sees(at.worker, case)
    assert case.co_handlings.get().done_at == clock.now()
    assert not Task.objects.open().about(case).filter(verb="cases.assist").exists()


def test_a_handler_is_its_post_too() -> None:
    at = make.street()
    case, _ = make.case(at)
    with pytest.raises(Refused):
        actions.name_complained(case, by=at.head, handler=at.own)  # it is the head's own
    actions.name_complained(case, by=at.chief, handler=at.own)
    assert not sees(at.head, case)
    assert (task(case, "cases.accept").unit, task(case, "cases.accept").role) == (at.community, "chief")
    with pytest.raises(NotAllowed):
        actions.accept_case(case, by=at.head)
    assert CASE.offered(case, at.head) == [] and not acting(at.head, case).may("cases.view_case", case.unit)


def test_filed_against_the_head_it_never_lies_with_the_head() -> None:
    at = make.street()
    case, _ = make.case(at, complained_of=at.head.person)
    assert task(case, "cases.accept").unit == at.community
    assert not Notice.objects.filter(person=at.head.person, url=case.get_absolute_url()).exists()
    actions.accept_case(case, by=at.chief)
    with pytest.raises(Refused):  # whose only post is the head's
        actions.dispatch_case(case, by=at.chief, lead=at.own)
    second = make.account("head", at.block)
    actions.dispatch_case(case, by=at.chief, lead=at.own)
    assert case.holder_id == second.person_id
    for act in (actions.contact_complainant, actions.acknowledge_case, actions.resume_case):
        with pytest.raises(NotAllowed):
            act(case, by=at.head)
    with pytest.raises(NotAllowed):
        actions.write_note(case, by=at.head, text="我来说明")


def test_where_nobody_would_be_left_it_is_refused() -> None:
    at = make.street()
    alone = make.handler(at.block, "街区工坊", members=(at.worker,))
    case, _ = make.case(at, state="working", lead=alone)
    with pytest.raises(Refused):
        actions.name_complained(case, by=at.head, person=at.worker.person)
    with pytest.raises(Refused):
        actions.name_complained(case, by=at.head)
    actions.name_complained(case, by=at.head, person=at.worker.person, lead=at.department)
    assert (case.lead, case.holder_id) == (at.department, at.second_worker.person_id)


def test_a_case_that_complains_is_not_followed_by_strangers_nor_merged_with_one_that_does_not() -> None:
    at = make.street()
    case, _ = make.case(at, complained_of=at.worker.person)
    other, _ = make.case(at)
    with pytest.raises(Refused):
        actions.join_case(case, by=PUBLIC)
    for one, two in ((case, other), (other, case)):
        with pytest.raises(Refused):
            actions.merge_case(one, into=two, by=at.head)


def test_helping_is_not_leading() -> None:
    at = make.street()
    case, _ = make.case(at, state="working")
    actions.ask_for_help(case, [at.department], by=at.head)
    actions.contact_complainant(case, by=at.worker)
    with pytest.raises(NotAllowed):
        actions.reply_case(case, by=at.worker, text="好了")
    actions.finish_help(case.co_handlings.get(), by=at.worker, note="挖好了")
    assert isinstance(at.own, Handler) and not Task.objects.open().filter(verb="cases.assist").exists()
