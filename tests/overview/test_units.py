"""The page of a unit: ten statements on every tab, vacancies shown, nothing of strangers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.people.actions import lay_posts
from jiequ.people.models import RequiredPost
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db
TABS = ("overview", "people", "cases", "motions", "tasks", "history")


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("rows", [1, 3])
def test_every_tab_takes_ten_statements_at_most(rows: int, tab: str, django_assert_max_num_queries: Any) -> None:
    at = make.room()
    community = make.above(at.block, 2)
    for n in range(rows):
        make.motion(at, title=f"议题{n}")
        make.account("head", make.unit("block", inside=community))
    client = signed_in(at.office)
    for unit in (at.block, community, make.above(at.block, 1)):
        address = f"{unit.get_absolute_url()}?tab={tab}"
        client.get(address)
        with django_assert_max_num_queries(10):
            assert client.get(address).status_code == 200


def test_vacancies_are_counted_by_child() -> None:
    RequiredPost.objects.all().delete()
    RequiredPost.objects.create(kind="block", role="head", count=1)
    RequiredPost.objects.create(kind="block", role="councillor", count=3)
    community = make.unit("community")
    one, two = make.unit("block", inside=community, name="一街区"), make.unit("block", inside=community, name="二街区")
    make.account("head", one)
    make.account("councillor", two)
    lay_posts()
    chief = make.account("chief", community)
    page = signed_in(chief).get(community.get_absolute_url())
    seats = {unit.name: [(s.held, s.required) for s in row] for unit, row in page.context["matrix"]}
    assert seats == {"一街区": [(1, 1), (0, 3)], "二街区": [(0, 1), (1, 3)]}
    assert (page.context["held"], page.context["required"]) == (2, 8)
    assert "缺3" in page.content.decode()


def test_a_unit_out_of_reach_is_not_found_and_one_above_shows_its_name_only() -> None:
    at, elsewhere = make.room(), make.room()
    client = signed_in(at.head)
    assert client.get(elsewhere.block.get_absolute_url()).status_code == 404
    above = client.get(make.above(at.block, 2).get_absolute_url())
    assert above.status_code == 200
    assert above.context["inside"] is False
    assert "matrix" not in above.context


def test_an_unknown_tab_or_code_does_no_harm() -> None:
    at = make.room()
    client = signed_in(at.head)
    assert client.get(f"{at.block.get_absolute_url()}?tab=nonsense").context["tab"] == "overview"
    assert client.get("/units/NO-SUCH/").status_code == 404


def test_a_unit_of_every_kind_has_a_page() -> None:
    building = make.unit("building")
    office = make.account("office", make.above(building, 1))
    base = make.unit("base_grid", inside=make.above(building, 3))
    client = signed_in(office)
    for unit in [*(make.above(building, depth) for depth in range(1, 6)), base]:
        for tab in TABS:
            assert client.get(f"{unit.get_absolute_url()}?tab={tab}").status_code == 200


def test_history_is_told_in_words_and_only_of_this_unit() -> None:
    at = make.room()
    other = make.unit("block", inside=make.above(at.block, 2))
    make.motion(at, title="球场东侧装路灯", state="accepted")
    clock.move_to(clock.now() + timedelta(hours=1))
    client = signed_in(at.office)
    said = [(s.act, s.noun, s.label) for s in client.get(f"{at.block.get_absolute_url()}?tab=history").context["feed"]]
    number = f"{clock.today().year}-001 球场东侧装路灯"
    assert ("受理", "议题", number) in said
    assert ("报社区审定", "议题", number) in said
    there = client.get(f"{other.get_absolute_url()}?tab=history").context["feed"]
    assert [s for s in there if s.noun == "议题"] == []


def test_a_unit_leads_to_its_doors_as_far_as_one_may_go_there() -> None:
    at = make.room()
    said = signed_in(at.head).get(f"/units/{at.block.code}/").content.decode()
    assert f'href="/households/?unit={at.block.code}"' in said
    assert f'href="/units/{at.block.code}/buildings/"' in said
    assert f"/units/{at.block.code}/outreach-settings/" not in said
    top = make.above(at.block, 1)
    said = signed_in(make.account("admin", top)).get(f"/units/{top.code}/").content.decode()
    assert f'href="/units/{top.code}/outreach-settings/"' in said
    assert "/households/?unit=" not in said
    grid = make.unit("red_grid", inside=at.block)
    said = signed_in(make.account("secretary", grid)).get(f"/units/{grid.code}/").content.decode()
    assert f'href="/units/{grid.code}/service/"' in said
    assert f'href="/wishes/?unit={grid.code}"' not in said
