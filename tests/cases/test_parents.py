"""Several cases of one cause: one stands for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jiequ.cases import actions
from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.permission import PUBLIC, NotAllowed, Overtaken, Refused
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def fresh(case: Case) -> Case:
    return Case.objects.select_related("unit", "category", "limit").get(pk=case.pk)


def test_the_answer_of_the_parent_is_given_to_each_child_in_its_own_name() -> None:
    at = make.street()
    parent, _ = make.case(at, state="working")
    early, _ = make.case(at)
    given, _ = make.case(at, state="dispatched", lead=at.department)
    actions.adopt_cases(parent, [early, given], by=at.head)
    due = [early.due_at, given.due_at]
    actions.reply_case(parent, by=at.head, text="总闸换了。", children=True)
    for case in (parent, early, given):
        case = fresh(case)
        assert (case.state, case.outcome, case.closed_at) == ("replied", "solved", clock.now())
        assert [m.text for m in case.messages.filter(kind="reply")] == ["总闸换了。"]
        assert not Task.objects.open().about(case).exists()
    assert [fresh(early).due_at, fresh(given).due_at] == due
    actions.rate_case(early, early.complainants.get(), score="dissatisfied", by=PUBLIC)
    assert [fresh(c).state for c in (parent, early, given)] == ["replied", "working", "replied"]


def test_without_being_asked_for_children_stay_open_and_what_is_escalated_stays_as_it_is() -> None:
    at = make.street()
    parent, _ = make.case(at, state="working")
    child, _ = make.case(at, state="working")
    called, _ = make.case(at, state="working")
    actions.escalate_case(called, by=at.head, call="请协调。")
    actions.adopt_cases(parent, [child, called], by=at.head)
    actions.reply_case(parent, by=at.head, text="好了。")
    assert (fresh(child).state, fresh(called).state) == ("working", "escalated")


def test_there_is_one_level_and_no_circle() -> None:
    at = make.street()
    one, two, three = (make.case(at)[0] for _ in range(3))
    actions.adopt_cases(one, [two], by=at.head)
    actions.adopt_cases(one, [two], by=at.head)  # it hangs there already
    for parent, child in ((two, one), (two, three), (three, one), (three, two), (one, one)):
        with pytest.raises(Refused):
            actions.adopt_cases(parent, [child], by=at.head)
    with pytest.raises(Refused):
        actions.merge_case(one, into=three, by=at.head)  # others hang on it
    actions.release_case(two, by=at.head)
    with pytest.raises(Overtaken):
        actions.release_case(two, by=at.head)
    actions.adopt_cases(two, [one, three], by=at.head)
    assert set(fresh(two).children.all()) == {one, three}


def test_all_or_none_of_the_same_community_by_who_may() -> None:
    at = make.street()
    parent, _ = make.case(at)
    child, _ = make.case(at)
    yonder, _ = make.case(at, unit=make.unit("block", inside=make.unit("community", inside=at.root)))
    with pytest.raises(Refused):
        actions.adopt_cases(parent, [child, yonder], by=at.office)
    assert fresh(child).parent_id is None
    with pytest.raises(NotAllowed):
        actions.adopt_cases(parent, [child], by=at.member)
    ended, _ = make.case(at, state="replied")
    with pytest.raises(Refused):
        actions.adopt_cases(parent, [ended], by=at.head)
