"""One search box, within my reach only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jiequ.core import clock
from jiequ.people.actions import appoint_person
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_it_finds_units_motions_and_tasks_within_reach_only() -> None:
    at, elsewhere = make.room(), make.room()
    make.motion(at, title="球场装路灯")
    make.motion(elsewhere, title="别处装路灯")
    page = signed_in(at.head).get("/search/?q=路灯")
    assert [m.title for m in page.context["motions"]] == ["球场装路灯"]
    assert [t.title for t in page.context["tasks"]] == ["球场装路灯"]
    assert signed_in(at.head).get(f"/search/?q={elsewhere.block.name}").context["units"] == []


def test_a_number_finds_its_motion() -> None:
    at = make.room()
    motion = make.motion(at)
    assert [m.pk for m in signed_in(at.head).get(f"/search/?q={motion.number}").context["motions"]] == [motion.pk]


def test_a_unit_of_exactly_this_name_is_gone_to_at_once() -> None:
    block = make.unit("block", name="石一街区", code="NH-01")
    client = signed_in(make.account("head", block))
    assert client.get("/search/?q=石一街区").url == "/units/NH-01/"
    assert client.get("/search/?q=nh-01").url == "/units/NH-01/"


def test_people_are_found_by_whole_name_or_phone_where_i_may_look() -> None:
    at, elsewhere = make.room(), make.room()
    found = make.person("欧阳测试", phone="13800001111", at=at.block)
    appoint_person(found, "councillor", at.block, by=make.SYSTEM)
    for q in ("欧阳测试", "13800001111", "138 0000 1111"):
        assert [p.pk for p in signed_in(at.head).get("/search/", {"q": q}).context["people"]] == [found.pk], q
    assert signed_in(at.head).get("/search/?q=欧阳").context["people"] == []
    assert signed_in(elsewhere.head).get("/search/?q=欧阳测试").context["people"] == []


def test_nothing_found_and_nothing_asked_both_say_what_to_do() -> None:
    at = make.room()
    client = signed_in(at.head)
    assert "没有找到" in client.get("/search/?q=百分之一%_").content.decode()
    assert "姓名和手机号要写全" in client.get("/search/").content.decode()
