"""The pages of visits: a visit in a few taps without scripts, the page of one, the lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import edit_household, record_visit
from jiequ.outreach.models import Conflict, Household, Visit
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
def signed_in(at: make.Street, client: Client) -> Client:
    client.force_login(make.fresh(at.member))
    return client


def door(household: Household) -> str:
    return reverse("visit-new", args=[household.pk])


def hidden(client: Client, address: str) -> dict[str, str]:
    """What the form brings along by itself."""
    page = client.get(address).content.decode()
    form = page[page.index('class="vform"') :]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    remark = re.search(r'name="remark"[^>]*value="([^"]*)"', form)
    return {"mode": "door", "remark": remark.group(1) if remark else "", **found}


def cost(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_pressing_the_button_alone_is_a_visit(at: make.Street, signed_in: Client) -> None:
    household = make.household(at.building, remark="腿脚不便")
    answer = signed_in.post(door(household), hidden(signed_in, door(household)))
    assert (answer.status_code, answer["Location"]) == (302, reverse("visits"))
    visit = Visit.objects.get()
    assert (visit.mode, visit.note, visit.by) == ("door", "", at.member.person)
    assert Conflict.objects.count() == 0 and Household.objects.get().remark == "腿脚不便"


def test_the_form_sent_twice_is_one_visit(at: make.Street, signed_in: Client) -> None:
    household = make.household(at.building)
    form = hidden(signed_in, door(household))
    assert [signed_in.post(door(household), form).status_code for _n in range(2)] == [302, 302]
    assert Visit.objects.count() == 1


def test_what_was_ticked_and_written_is_recorded(at: make.Street, signed_in: Client) -> None:
    household = make.household(at.building)
    with_me = make.account("councillor", at.block)
    sent = hidden(signed_in, door(household)) | {
        "mode": "phone", "services": ["tell", "bring"], "phrases": ["well"], "note": "要配老花镜", "on": "2021-11-30",
        "visitors": [str(with_me.person_id)], "remark": "刚出院", "phone": "13800005555",
    }  # fmt: skip
    assert signed_in.post(door(household), sent).status_code == 302
    visit, now = Visit.objects.get(), Household.objects.get()
    assert (visit.mode, visit.services, visit.note) == ("phone", ["tell", "bring"], "一切都好，要配老花镜")
    assert set(visit.visitors.all()) == {at.member.person, with_me.person}
    assert (now.remark, now.phone, str(visit.on)) == ("刚出院", "13800005555", "2021-11-30")


def test_nobody_at_home_is_one_tick(at: make.Street, signed_in: Client) -> None:
    household = make.household(at.building)
    signed_in.post(door(household), hidden(signed_in, door(household)) | {"phrases": ["away"]})
    assert (Visit.objects.get().was_met, Visit.objects.get().note) == (False, "家中无人")


def test_what_was_typed_stays_when_it_is_refused(at: make.Street, signed_in: Client) -> None:
    household = make.household(at.building)
    sent = hidden(signed_in, door(household)) | {"note": "要配老花镜", "phone": "12", "services": ["bring"]}
    answer = signed_in.post(door(household), sent)
    page = answer.content.decode()
    assert answer.status_code == 422 and "要配老花镜" in page and Visit.objects.count() == 0
    assert re.search(r'value="bring"[^>]* checked', page)


def test_a_form_that_lay_open_meets_what_others_wrote(at: make.Street, signed_in: Client) -> None:
    household = make.household(at.building, remark="在家")
    form = hidden(signed_in, door(household))
    edit_household(household, by=SYSTEM, remark="回老家了")
    signed_in.post(door(household), form)
    assert Conflict.objects.count() == 0, "a remark that was not touched says nothing"
    form = hidden(signed_in, door(household))
    edit_household(Household.objects.select_related("unit").get(), by=SYSTEM, remark="又回来了")
    answer = signed_in.post(door(household), form | {"remark": "住院了"})
    assert answer["Location"] == Conflict.objects.get().get_absolute_url()


def test_what_was_found_is_turned_and_shown(at: make.Street, signed_in: Client) -> None:
    household = make.household(at.building)
    sent = hidden(signed_in, door(household)) | {
        "note": "楼道灯坏了",
        "found": ["case", "wish"],
        "words_wish": "想要一个放大镜",
    }
    answer = signed_in.post(door(household), sent)
    visit = Visit.objects.get()
    assert answer["Location"] == visit.get_absolute_url()
    page = signed_in.get(visit.get_absolute_url()).content.decode()
    assert "楼道灯坏了" in page and "放大镜" in page and page.count("已转办") == 2


def test_the_line_is_corrected_and_a_visit_is_taken_back(at: make.Street, signed_in: Client) -> None:
    visit = record_visit(make.household(at.building), by=at.member, note="写错了").visit
    assert signed_in.post(reverse("visit-amend", args=[visit.pk]), {"note": "写对了"}).status_code == 302
    assert Visit.objects.get().note == "写对了"
    signed_in.post(reverse("visit-withdraw", args=[visit.pk]))
    assert Visit.objects.get().withdrawn_at is not None
    assert "已撤回" in signed_in.get(visit.get_absolute_url()).content.decode()


def visits(at: make.Street, household: Household, n: int) -> list[Visit]:
    return [record_visit(household, by=at.member, note="一切都好", services=["ask"]).visit for _n in range(n)]


@pytest.mark.parametrize("name", ["visit-list", "household-visits", "found-members", "visit", "visit-new"])
def test_pages_cost_the_same_with_one_and_with_three(at: make.Street, signed_in: Client, name: str) -> None:
    household = make.household(at.building)
    (visit,) = visits(at, household, 1)
    args: dict[str, list[Any]] = {"visit": [visit.pk], "household-visits": [household.pk], "visit-new": [household.pk]}
    address = reverse(name, args=args.get(name, []))
    one = cost(signed_in, address)
    visits(at, household, 2)
    assert cost(signed_in, address) == one <= (10 if "s" in name[-1] or name == "visit-list" else 12)


def test_the_list_of_a_unit_tells_no_words_and_no_stranger_s_visit(at: make.Street, signed_in: Client) -> None:
    household = make.household(at.building, name="钱如意")
    visits(at, household, 1)
    strange = make.household(make.unit("building"), name="孙远方")
    record_visit(strange, by=SYSTEM, note="别处")
    page = signed_in.get(f"{reverse('visit-list')}?unit={at.grid.code}").content.decode()
    assert "钱*" in page and "钱如意" not in page and "一切都好" not in page and "孙" not in page
    own = signed_in.get(reverse("household-visits", args=[household.pk])).content.decode()
    assert "一切都好" in own, "who goes next reads what was said"
