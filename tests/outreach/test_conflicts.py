"""A phone without a network and somebody at a desk change one household: each word of both is kept until somebody chooses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.outreach.actions import edit_household, record_visit, set_tier, settle_conflict, versions_of
from jiequ.outreach.actions.registering import Entry, correct_households
from jiequ.outreach.models import Conflict, Household, HouseholdReveal
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


def fresh(household: Household) -> Household:
    return Household.objects.select_related("unit", "building").get(pk=household.pk)


def seen(at: make.Street) -> Household:
    """A household as the phone has seen it, in its first version."""
    return make.household(at.building, phone="13800001111", remark="在家")


def meet(at: make.Street, **desk: str) -> tuple[Household, Conflict | None]:
    """The desk changes `desk`; then the phone, which has not seen that, says that the remark is 住院了."""
    household = seen(at)
    edit_household(household, by=at.head, **desk)
    visited = record_visit(
        fresh(household), by=at.member, note="去医院看望", version=household.version, changes={"remark": "住院了"}
    )
    assert visited.visit.pk is not None, "the visit stands whatever becomes of the change"
    return household, visited.conflict


def test_what_nobody_else_has_touched_is_simply_changed(at: make.Street) -> None:
    household = seen(at)
    visited = record_visit(
        household, by=at.member, version=household.version, changes={"remark": "住院了", "phone": "138 0000 2222"}
    )
    now = fresh(household)
    assert (visited.conflict, now.remark, now.phone) == (None, "住院了", "13800002222")


def test_another_field_that_was_changed_meanwhile_is_no_conflict(at: make.Street) -> None:
    household, conflict = meet(at, phone="13800003333")
    now = fresh(household)
    assert (conflict, now.remark, now.phone) == (None, "住院了", "13800003333")


def test_other_acts_that_raise_the_version_are_no_conflict(at: make.Street) -> None:
    household = seen(at)
    set_tier(household, "month", by=at.head)
    assert fresh(household).version > household.version
    visited = record_visit(fresh(household), by=at.member, version=household.version, changes={"remark": "住院了"})
    assert (visited.conflict, fresh(household).remark) == (None, "住院了")


def test_the_same_word_twice_is_no_conflict(at: make.Street) -> None:
    household, conflict = meet(at, remark="住院了")
    assert (conflict, fresh(household).remark) == (None, "住院了")


def test_my_own_later_word_is_no_conflict(at: make.Street) -> None:
    household = seen(at)
    for remark in ("摔了一跤", "好多了"):  # both written under the version the phone had seen
        visited = record_visit(fresh(household), by=at.member, version=household.version, changes={"remark": remark})
        assert visited.conflict is None
    assert fresh(household).remark == "好多了"


def test_two_words_for_one_field_are_both_kept_and_somebody_is_asked(at: make.Street) -> None:
    household, conflict = meet(at, remark="回老家了")
    assert conflict is not None
    assert fresh(household).remark == "回老家了", "what stands there stays until somebody chooses"
    assert versions_of(conflict) == {"remark": {"mine": "住院了", "theirs": "回老家了", "now": "回老家了"}}
    task = Task.objects.open().get(verb="outreach.settle_conflict")
    assert (task.holder, task.unit, task.about_url) == (at.member.person, at.grid, conflict.get_absolute_url())
    raw = bytes(Conflict.objects.filter(pk=conflict.pk).values_list("mine", flat=True)[0])
    assert "住院了".encode() not in raw


def test_a_list_that_was_read_meanwhile_may_have_touched_any_field(at: make.Street) -> None:
    household = seen(at)
    correct_households(
        [Entry(unit=at.grid, building=at.building, name=household.name, room=household.room, remark="名单上的近况")],
        by=at.chief,
    )
    assert fresh(household).version > household.version
    visited = record_visit(fresh(household), by=at.member, version=household.version, changes={"remark": "住院了"})
    assert visited.conflict is not None and fresh(household).remark == "名单上的近况"


@pytest.mark.parametrize(("side", "remark"), [("mine", "住院了"), ("theirs", "回老家了")])
def test_one_is_chosen_and_the_work_is_done(at: make.Street, side: str, remark: str) -> None:
    household, conflict = meet(at, remark="回老家了")
    assert conflict is not None
    settle_conflict(conflict, {"remark": side}, by=at.member)
    assert fresh(household).remark == remark
    assert not Task.objects.open().filter(verb="outreach.settle_conflict").exists()
    with pytest.raises(Overtaken):
        settle_conflict(conflict, {"remark": side}, by=at.head)
    said = " ".join(str(e.facts) for e in JournalEntry.objects.all())
    assert "住院了" not in said and "回老家了" not in said


def test_every_field_must_be_chosen_by_somebody_who_may(at: make.Street) -> None:
    _household, conflict = meet(at, remark="回老家了")
    assert conflict is not None
    for keep in ({}, {"remark": "both"}, {"phone": "mine"}):
        with pytest.raises(Refused) as refused:
            settle_conflict(conflict, keep, by=at.member)
        assert refused.value.field == "remark"
    with pytest.raises(NotAllowed):
        settle_conflict(conflict, {"remark": "mine"}, by=at.worker)


def test_the_page_shows_both_and_takes_the_choice(at: make.Street, client: Client) -> None:
    household, conflict = meet(at, remark="回老家了")
    assert conflict is not None
    edit_household(fresh(household), by=SYSTEM, remark="又回来了")
    client.force_login(make.fresh(at.member))
    page = client.get(conflict.get_absolute_url())
    said = page.content.decode()
    assert "住院了" in said and "回老家了" in said and "又回来了" in said
    assert "no-store" in page["Cache-Control"]
    assert client.post(conflict.get_absolute_url(), {}).status_code == 422
    done = client.post(conflict.get_absolute_url(), {"remark": "mine"})
    assert (done.status_code, done["Location"]) == (302, reverse("household", args=[household.pk]))
    assert fresh(household).remark == "住院了"
    after = client.get(conflict.get_absolute_url()).content.decode()
    assert "住院了" not in after and "回老家了" not in after


def test_telephones_are_whole_only_against_a_reason(at: make.Street, client: Client) -> None:
    household = seen(at)
    edit_household(household, by=at.head, phone="13800003333")
    visited = record_visit(fresh(household), by=at.member, version=household.version, changes={"phone": "13800002222"})
    assert visited.conflict is not None
    address = visited.conflict.get_absolute_url()
    client.force_login(make.fresh(at.member))
    said = client.get(address).content.decode()
    assert "138****2222" in said and "138****3333" in said
    assert "13800002222" not in said and "13800003333" not in said
    short = client.post(address, {"look": "1", "reason": "看"})
    assert short.status_code == 422 and "13800002222" not in short.content.decode()
    assert not HouseholdReveal.objects.exists()
    said = client.post(address, {"look": "1", "reason": "打电话核对"}).content.decode()
    assert "13800002222" in said and "13800003333" in said
    looked = HouseholdReveal.objects.get()
    assert (looked.field, looked.reason, looked.by_id) == ("phone", "打电话核对", at.member.person_id)
    client.post(address, {"phone": "mine"})
    assert fresh(household).phone == "13800002222"
    assert client.post(address, {"look": "1", "reason": "打电话核对"}).status_code == 200, (
        "and nothing is left to look at"
    )
