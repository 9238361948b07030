"""One search box, within my reach only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.outreach.actions import draft_wish, plan_activity
from jiequ.people.actions import appoint_person, form_team
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


def test_wishes_are_found_by_title_and_number_activities_and_teams_by_name() -> None:
    at, elsewhere = make.room(), make.room()
    wish, other = (
        draft_wish(r.block, by=r.head, words="孙子想学写字", title="想要一本新华字典") for r in (at, elsewhere)
    )
    starts = clock.now() + timedelta(days=3)
    for r in (at, elsewhere):
        plan_activity(r.block, by=r.head, title="字典里的故事会", starts_at=starts, ends_at=starts + timedelta(hours=2))
        form_team("字典书友队", r.block, by=r.head, purpose="一起读书")
    for q in ("字典", wish.number):
        assert [w.pk for w in signed_in(at.head).get("/search/", {"q": q}).context["wishes"]] == [wish.pk], q
    page = signed_in(at.head).get("/search/?q=字典")
    assert [a.title for a in page.context["activities"]] == ["字典里的故事会"]
    assert [t.title for t in page.context["teams"]] == ["字典书友队"]
    said = page.content.decode()
    assert f'href="/wishes/{wish.pk}/"' in said
    assert f'href="/wishes/{other.pk}/"' not in said
    assert "孙子" not in said


def test_households_are_never_found() -> None:
    at = make.room()
    make.household(make.unit("red_grid", inside=at.block), name="欧阳明月", phone="13800002222")
    for q in ("欧阳明月", "13800002222", "欧"):
        page = signed_in(at.head).get("/search/", {"q": q})
        assert page.context["n"] == 0, q


@pytest.mark.parametrize("rows", [1, 3])
def test_a_search_takes_ten_statements_at_most(rows: int, django_assert_max_num_queries: Any) -> None:
    at = make.room()
    for n in range(rows):
        make.motion(at, title=f"路灯{n}")
        draft_wish(at.block, by=at.head, words="路灯", title=f"想要一盏路灯{n}")
    client = signed_in(at.head)
    with django_assert_max_num_queries(10):
        assert client.get("/search/?q=路灯").context["n"] >= 2 * rows
