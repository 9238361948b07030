"""What is found on a visit becomes a case, a wish, a motion or a party member: once, prefilled, linked both ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.council.actions import found_council
from jiequ.council.models import Motion
from jiequ.outreach.actions import add_finding, record_visit, turn_finding, withdraw_visit
from jiequ.outreach.models import Finding, FoundMember, Visit, Wish
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


def found(at: make.Street, kind: str, words: str = "三楼楼道灯坏了", **more: Any) -> Finding:
    """A visit on which something was found, and what the visit made of it."""
    household = make.household(at.building, name="钱如意", phone="13800004321", room="3楼302")
    record_visit(household, by=more.pop("by", at.member), findings=[{"kind": kind, "words": words}], **more)
    return Finding.objects.select_related("visit__unit", "visit__household").get()


def council(at: make.Street) -> None:
    from jiequ.council.actions import amend_rule

    amend_rule(at.root, by=at.office)
    found_council(at.block, by=at.office)


def test_a_case_of_the_building_is_filed_from_the_words(at: make.Street) -> None:
    finding = found(at, "case")
    case = Case.objects.get()
    assert (case.building, case.unit, case.source, case.body) == (at.building, at.grid, "visit", "三楼楼道灯坏了")
    assert finding.became_url == case.get_absolute_url() and case.filed_by == at.member.person


def test_a_wish_of_the_household_is_drafted_in_its_block(at: make.Street) -> None:
    finding = found(at, "wish", "想要一个放大镜")
    wish = Wish.objects.get()
    assert (wish.unit, wish.grid, wish.household, wish.words) == (
        at.block, at.grid, finding.visit.household, "想要一个放大镜",
    )  # fmt: skip
    assert wish.state == "draft" and finding.became_url == wish.get_absolute_url()


def test_a_motion_is_brought_before_the_block_s_council(at: make.Street) -> None:
    council(at)
    finding = found(at, "motion", "取药要走二十分钟，想设一个取药点。")
    motion = Motion.objects.get()
    assert (motion.unit, motion.body) == (at.block, "取药要走二十分钟，想设一个取药点。")
    assert motion.proposers.get().person == at.member.person
    assert finding.became_url == motion.get_absolute_url()


def test_a_party_member_is_noted_and_the_head_is_asked(at: make.Street) -> None:
    finding = found(at, "member", "李试生 139 0000 1234，住四楼")
    who = FoundMember.objects.get()
    assert (who.name, who.phone, who.label, who.visit) == ("李试生", "13900001234", "李*", finding.visit)


def test_whose_it_is_stays_behind(at: make.Street) -> None:
    words = "钱如意家3楼302门口的灯坏了，电话13800004321，也可打 139 1111 2222"
    found(at, "case", words)
    case = Case.objects.get()
    for word in ("钱如意", "302", "13800004321", "1111 2222"):
        assert word not in case.body + case.title + case.search_text
    assert "灯坏了" in case.body and "钱*" in case.body
    assert Finding.objects.get().words == words, "who visits reads what was written"


def test_the_visit_s_own_line_stands_for_words_that_are_missing(at: make.Street) -> None:
    assert found(at, "case", "", note="楼道灯坏了").words == "楼道灯坏了"


def test_what_cannot_be_turned_waits_and_the_visit_stands(at: make.Street) -> None:
    finding = found(at, "motion")  # there is no council here
    assert Visit.objects.count() == 1 and finding.became_id is None
    council(at)
    motion = turn_finding(finding, by=at.member)
    assert Finding.objects.get().became_id == motion.pk


def test_it_is_turned_once(at: make.Street) -> None:
    finding = found(at, "case")
    with pytest.raises(Overtaken):
        turn_finding(finding, by=at.member)
    assert Case.objects.count() == 1


def test_only_whoever_may_visit_turns_it_and_not_after_the_visit_was_taken_back(at: make.Street) -> None:
    finding = found(at, "motion")
    with pytest.raises(NotAllowed):
        turn_finding(finding, by=at.worker)
    withdraw_visit(finding.visit, by=at.member)
    with pytest.raises(Refused):
        turn_finding(Finding.objects.select_related("visit__unit").get(), by=at.member)


def test_something_comes_to_mind_later(at: make.Street, client: Client) -> None:
    household = make.household(at.building)
    visit = record_visit(household, by=at.member, note="楼道灯坏了").visit
    client.force_login(make.fresh(at.member))
    address = reverse("finding-add", args=[visit.pk, "case"])
    assert "楼道灯坏了" in client.get(address).content.decode(), "nothing is typed twice"
    assert client.post(address, {"words": "楼道灯坏了"}).status_code == 302
    assert Case.objects.get().body == "楼道灯坏了"
    with pytest.raises(NotAllowed):
        add_finding(visit, by=at.worker, kind="case", words="灯")
    for _n in range(7):
        add_finding(visit, by=at.member, kind="case", words="灯")
    with pytest.raises(Refused):
        add_finding(visit, by=at.member, kind="case", words="灯")


@pytest.mark.parametrize("kind", ["case", "wish", "member"])
def test_a_page_shows_what_will_be_made_and_makes_it(at: make.Street, client: Client, kind: str) -> None:
    visit = record_visit(make.household(at.building), by=at.member, note="李试生 13900001234").visit
    finding = add_finding(visit, by=at.member, kind=kind)
    client.force_login(make.fresh(at.member))
    address = reverse("finding-turn", args=[finding.pk])
    assert client.get(address).status_code == 200
    given = {"name": "李试生", "phone": "13900001234"} if kind == "member" else {}
    assert client.post(address, given)["Location"] == visit.get_absolute_url()
    assert Finding.objects.get().became_id is not None
    assert client.post(address, given).status_code == 302, "pressed twice"


def test_a_motion_is_improved_on_a_form_that_is_filled_in(at: make.Street, client: Client) -> None:
    council(at)
    household = make.household(at.building, name="钱如意")
    visit = record_visit(household, by=at.member, note="钱如意说取药要走二十分钟。").visit
    finding = add_finding(visit, by=at.member, kind="motion")
    client.force_login(make.fresh(at.member))
    address = reverse("finding-motion", args=[finding.pk])
    page = client.get(address).content.decode()
    assert "取药要走二十分钟" in page and "钱如意" not in page
    given = {"title": "设一个取药点", "body": "取药要走二十分钟。", "category": "other"}
    client.post(address, given)
    motion = Motion.objects.get()
    assert motion.title == "设一个取药点" and Finding.objects.get().became_id == motion.pk


def test_each_page_tells_of_the_other(at: make.Street, client: Client) -> None:
    council(at)
    finding = found(at, "case")
    motion = turn_finding(add_finding(finding.visit, by=at.member, kind="motion", words="想装路灯"), by=at.member)
    client.force_login(make.fresh(at.head))
    there = finding.visit.get_absolute_url()
    for page in (Case.objects.get().get_absolute_url(), motion.get_absolute_url()):  # type: ignore[attr-defined]
        assert f'href="{there}"' in client.get(page).content.decode(), page
    said = client.get(there).content.decode()
    assert Case.objects.get().get_absolute_url() in said
    assert motion.get_absolute_url() in said  # type: ignore[attr-defined]


def test_who_may_not_look_at_the_household_is_told_the_day_and_no_more(at: make.Street, client: Client) -> None:
    council(at)
    finding = found(at, "motion", "想装路灯")
    client.force_login(make.account("councillor", at.block))
    page = client.get(finding.became_url).content.decode()
    assert "走访时发现" in page and finding.visit.get_absolute_url() not in page
    assert client.get(finding.visit.get_absolute_url()).status_code == 404
