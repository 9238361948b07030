"""Today's plan on a page: whose, in which order, what is masked, what it costs; the list on paper; the grids in numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import assign_household, excuse_contact, note_event, plan_contacts
from jiequ.outreach.actions.visits import record_visit
from jiequ.outreach.models import Household, HouseholdReveal
from jiequ.outreach.workflow import CONTACT
from jiequ.people.models import Account
from jiequ.territory.models import Unit
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


@pytest.fixture
def me(at: make.Street) -> Account:
    return make.account("member", at.grid)


def browser(who: Account) -> Client:
    client = Client()
    client.force_login(make.fresh(who))
    return client


def mine(me: Account, place: Unit, *, due: str = "2021-12-01 18:00", **more: Any) -> Household:
    """A household that I contact, due at a moment."""
    household = make.household(place, **more)
    assign_household(household, me.person, by=SYSTEM)
    plan_contacts()
    tasks = Task.objects.open().about(household).filter(verb=CONTACT)
    assert tasks.update(due_at=make.moment(due)) == 1
    return household


def page(who: Account, query: str = "") -> str:
    answer = browser(who).get(f"/visits/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def heading(text: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", text)
    assert found is not None
    return found[1]


def order(text: str) -> list[str]:
    return re.findall(r"<b>(.*?)</b></a>", text)


def test_the_heading_is_the_answer(at: make.Street, me: Account) -> None:
    assert heading(page(me)) == "今天没有要去的户"
    mine(me, at.building, due="2021-12-31 18:00")
    assert "本季还有1户" in page(me)
    mine(me, at.building, due="2021-12-04 18:00")
    assert heading(page(me)) == "今天没有到期的，本周1户"
    mine(me, at.building)
    mine(me, at.building, due="2021-11-30 18:00")
    text = page(me)
    assert heading(text) == "今天去2户"
    assert "本季还有4户" in text
    assert "逾期1户" in text


def test_late_ones_come_first_and_then_the_way_up_the_stairs(at: make.Street, me: Account) -> None:
    Unit.objects.filter(pk=at.building.pk).update(order=2)
    first = make.unit("building", inside=at.grid)
    Unit.objects.filter(pk=first.pk).update(order=1)
    for name, place, room in (
        ("甲", at.building, "1002"), ("乙", at.building, "901"), ("丙", at.grid, "1"), ("丁", first, "1201"),
    ):  # fmt: skip
        mine(me, place, name=f"{name}试", room=room)
    mine(me, at.building, name="戊试", room="9999", due="2021-11-30 18:00")
    text = page(me)
    assert order(text) == ["戊*", "丁*", "乙*", "甲*", "丙*"]
    assert text.count("btn-primary") == 1  # red only on the next


def test_the_filters_show_late_ones_this_week_and_all(at: make.Street, me: Account) -> None:
    for due in ("2021-11-30 18:00", "2021-12-05 18:00", "2021-12-06 18:00"):
        mine(me, at.building, due=due)
    assert [len(order(page(me, f"?show={show}"))) for show in ("late", "week", "all", "nonsense")] == [1, 2, 3, 2]


def test_an_event_goes_before_what_is_due_today(at: make.Street, me: Account) -> None:
    mine(me, at.building, name="甲试", room="101")
    household = mine(me, at.building, name="乙试", room="202", due="2021-12-30 18:00")
    note_event(household, by=SYSTEM)
    text = page(me)
    assert order(text) == ["乙*", "甲*"]
    assert "尽快" in text
    assert heading(text) == "今天去2户"


def test_rooms_and_last_words_are_for_who_contacts_it(at: make.Street, me: Account) -> None:
    household = mine(me, at.building, name="赵明明", room="七七八八", phone="13800001234")
    record_visit(household, by=me, note="想要近一点的取药点")
    text = page(me, "?show=all")
    assert "七七八八" in text
    assert "想要近一点的取药点" in text
    for other in (at.head, make.account("grid_member", at.grid)):
        seen = page(other, f"?unit={at.grid.code}&show=all")
        assert order(seen) == ["赵*"]
        assert [word for word in ("七七八八", "取药点", "赵明明", "13800001234") if word in seen] == []
    assert [word for word in ("赵明明", "13800001234") if word in text] == []


def test_what_waits_in_the_grid_is_claimed_with_one_press(at: make.Street, me: Account) -> None:
    household = make.household(at.building)
    plan_contacts()
    assert "我来联系" in page(me)
    colleague = make.account("member", at.grid)
    answer = browser(me).post(f"/households/{household.pk}/claim/")
    assert answer["Location"] == "/visits/"
    assert Task.objects.open().about(household).get().holder == me.person
    assert "我来联系" not in page(me)
    assert order(page(colleague)) == []
    browser(colleague).post(f"/households/{household.pk}/claim/")
    assert Task.objects.open().about(household).get().holder == me.person


def test_the_paper_has_rooms_and_masked_names_and_each_look_is_on_record(at: make.Street, me: Account) -> None:
    household = mine(me, at.building, name="赵明明", room="七七八八", phone="13800001234")
    client = browser(me)
    assert "七七八八" not in client.get("/visits/paper/").content.decode()
    assert client.post("/visits/paper/", {"reason": "看"}).status_code == 422
    assert not HouseholdReveal.objects.exists()
    text = client.post("/visits/paper/", {"reason": "按计划上门联系"}).content.decode()
    assert "七七八八" in text
    assert "赵*" in text
    assert [word for word in ("赵明明", "13800001234") if word in text] == []
    seen = HouseholdReveal.objects.get()
    assert (seen.household, seen.field, seen.by) == (household, "room", me.person)
    assert JournalEntry.objects.filter(verb="take_along", thing_id=household.pk).count() == 1


def test_who_runs_a_block_sees_it_grid_by_grid_and_never_by_persons(at: make.Street, me: Account) -> None:
    done, excused, _due = (mine(me, at.building) for _ in range(3))
    mine(me, at.building, due="2021-11-30 18:00")
    record_visit(done, by=me)
    excuse_contact(excused, "away", by=at.head)
    text = page(at.head)
    assert heading(text) == "本季还有2户，1户逾期"
    row = re.search(rf"unit={at.grid.code}.*?</tr>", text, re.S)
    assert row is not None
    cells = [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td class=\"num r\".*?</td>", row[0])]
    assert cells == ["1", "1", "2", "1"]
    assert me.person.label not in text.split("</table>")[0].split("<table")[1]
    assert at.block.name in page(at.chief)
    assert at.community.name in page(at.office)


def test_a_coordinator_excuses_from_the_list_of_a_grid(at: make.Street, me: Account) -> None:
    household = mine(me, at.building)
    address = f"/households/{household.pk}/do/excuse/"
    assert address in page(at.head, f"?unit={at.grid.code}")
    assert address not in page(me)
    assert browser(me).get(address).status_code == 403
    assert browser(at.head).post(address, {"why": "later"}).status_code == 302
    assert Task.objects.about(household).filter(state="dropped").count() == 1
    assert browser(me).post(f"/households/{household.pk}/do/event/").status_code == 302
    assert Task.objects.open().about(household).count() == 2


def test_a_councillor_has_no_list_and_a_stranger_s_grid_is_not_seen(at: make.Street, me: Account) -> None:
    household = mine(me, at.building)
    assert browser(make.account("councillor", at.block)).get("/visits/").status_code == 403
    stranger = make.account("member", make.unit("red_grid"))
    assert browser(stranger).get(f"/visits/?unit={at.grid.code}").status_code == 404
    assert browser(stranger).post(f"/households/{household.pk}/claim/").status_code == 404
    neighbour = make.account("member", make.unit("red_grid", inside=at.block))
    assert order(page(neighbour, f"?unit={at.grid.code}")) == []


@pytest.mark.parametrize("who", ["me", "head", "office"])
def test_the_page_costs_the_same_for_one_and_for_many(at: make.Street, me: Account, who: str) -> None:
    account = me if who == "me" else getattr(at, who)

    def cost() -> int:
        client = browser(account)
        client.get("/visits/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/visits/")
        return len(captured)

    record_visit(mine(me, at.building), by=me)
    mine(me, at.building)
    few = cost()
    for _ in range(4):
        mine(me, at.building)
    assert few == cost() <= 10
