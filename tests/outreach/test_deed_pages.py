"""Deeds and campaigns in the browser: a deed in one line and a tap, numbers of a block on one page, ticks in the masked list."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import cover_households, cover_unit, record_deed, start_campaign
from jiequ.outreach.models import Coverage, Deed, ServiceRecord
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db
TODAY = date(2021, 12, 1)


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def filled(page: Any, **typed: Any) -> dict[str, Any]:
    """What a browser sends of the form as it stands, with what somebody typed."""
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent = {k: v for k, v in sent.items() if v not in (None, "")}
    sent["on"] = TODAY.isoformat()
    return {**sent, "once": page.context["once"], **typed}


# ── deeds ─────────────────────────────────────────────────


def test_a_deed_is_one_line_and_a_tap_and_once_however_often_it_is_sent() -> None:
    grid = make.unit("red_grid")
    member = make.account("member", grid)
    client = signed_in(member)
    sent = filled(client.get("/deeds/new/"), title="帮三户老人换了灯")
    for _ in range(2):
        answer = client.post("/deeds/new/", sent)
        assert answer.status_code == 302
    deed = Deed.objects.get()
    assert (answer.url, deed.unit_id, deed.on, deed.category) == (deed.get_absolute_url(), grid.pk, TODAY, "other")
    assert [p.pk for p in deed.persons.all()] == [member.person_id]
    assert "帮三户老人换了灯" in client.get(answer.url).content.decode()


def test_what_was_typed_stays_when_it_is_refused() -> None:
    grid = make.unit("red_grid")
    client = signed_in(make.account("member", grid))
    sent = filled(client.get("/deeds/new/"), title="送药 13800138000", category="health")
    answer = client.post("/deeds/new/", sent)
    said = answer.content.decode()
    assert (answer.status_code, "送药 13800138000" in said, "请去掉" in said, Deed.objects.count()) == (
        422,
        True,
        True,
        0,
    )
    assert answer.context["form"]["category"].value() == "health"


def test_a_case_or_a_visit_brings_its_words_and_its_place() -> None:
    at = make.street()
    case, _secret = make.case(at)
    client = signed_in(at.head)
    page = client.get(f"/deeds/new/?about=cases.case:{case.pk}")
    form = page.context["form"]
    assert (form["title"].value(), form["unit"].value()) == (f"解决诉求：{at.category.name}", case.unit.code)
    client.post(f"/deeds/new/?about=cases.case:{case.pk}", filled(page))
    deed = Deed.objects.get()
    assert (deed.about_kind, deed.about_id) == ("cases.case", case.pk)
    assert case.get_absolute_url() in client.get(deed.get_absolute_url()).content.decode()
    for about in ("cases.case:999", "people.person:1", "cases.case:x", "cases.case"):
        assert client.get(f"/deeds/new/?about={about}").status_code == 404


def test_a_note_is_read_by_who_works_there_and_not_by_the_office_s_list() -> None:
    grid = make.unit("red_grid")
    deed = record_deed(grid, by=make.account("member", grid), title="换灯", note="住三楼的老两口")
    assert (
        "老两口" in signed_in(make.account("head", make.above(grid, 3))).get(deed.get_absolute_url()).content.decode()
    )
    assert "老两口" not in signed_in(make.account("member", grid)).get("/deeds/").content.decode()


def test_the_list_is_narrowed_and_leaves_as_a_file_without_notes_and_names() -> None:
    grid = make.unit("red_grid")
    head = make.account("head", make.above(grid, 3))
    record_deed(grid, by=head, title="义诊", category="health", people=40, note="老两口", on=date(2021, 11, 2))
    record_deed(grid, by=head, title="换灯", on=date(2021, 12, 1))
    record_deed(make.unit("red_grid"), by=SYSTEM, title="别处的", persons=[head.person])
    client = signed_in(head)
    titles = {
        query: [d.title for d in client.get(f"/deeds/{query}").context["page"].rows]
        for query in (
            "",
            "?category=health",
            "?since=2021-11-03",
            "?until=2021-11-30",
            "?since=x",
            f"?unit={grid.code}",
        )
    }
    assert titles == {
        "": ["换灯", "义诊"],
        "?category=health": ["义诊"],
        "?since=2021-11-03": ["换灯"],
        "?until=2021-11-30": ["义诊"],
        "?since=x": ["换灯", "义诊"],
        f"?unit={grid.code}": ["换灯", "义诊"],
    }
    answer = client.get("/deeds/?category=health&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[1:] == [["2021-11-02", "义诊", "健康医疗", grid.name, "", 40.0]]
    assert JournalEntry.objects.get(verb="export_deeds").facts == {"rows": 1}
    assert signed_in(make.account("member", grid)).get("/deeds/?format=xlsx").status_code == 403


def test_a_deed_is_taken_back_from_its_page() -> None:
    grid = make.unit("red_grid")
    member = make.account("member", grid)
    deed = record_deed(grid, by=member, title="换灯")
    client = signed_in(member)
    assert client.post(f"/deeds/{deed.pk}/withdraw/").status_code == 302
    assert (client.get("/deeds/").context["page"].rows, ServiceRecord.objects.count()) == ([], 0)
    assert client.get(deed.get_absolute_url()).context["may_withdraw"] is False


# ── campaigns ─────────────────────────────────────────────


@pytest.fixture
def town() -> Any:
    """Two blocks of a community, the first with two grids, and a campaign that counts by number."""
    grid = make.unit("red_grid")
    block = make.above(grid, 3)
    community = make.above(grid, 2)
    second, other = make.unit("red_grid", inside=block), make.unit("block", inside=community)
    made = start_campaign(
        community, by=SYSTEM, name="疫苗接种", kind="vaccination", target=1000, starts_on=TODAY - timedelta(days=9)
    )
    return grid, second, block, other, community, made


def test_a_campaign_shows_each_unit_s_sum_and_opens_to_what_lies_in_it(town: Any) -> None:
    grid, second, block, other, community, made = town
    cover_unit(made, grid, by=SYSTEM, people=120)
    cover_unit(made, second, by=SYSTEM, people=30, on=TODAY - timedelta(days=1))
    cover_unit(made, other, by=SYSTEM, people=50)
    cover_unit(made, community, by=SYSTEM, people=100, on=TODAY - timedelta(days=2))
    client = signed_in(make.account("chief", community))
    page = client.get(f"/campaigns/{made.pk}/")
    assert [(line.unit.pk, line.n, line.is_own) for line in page.context["lines"]] == [
        (community.pk, 100, True),
        (block.pk, 150, False),
        (other.pk, 50, False),
    ]
    assert (page.context["total"], page.context["percent"]) == (300, 30)
    inside = client.get(page.context["lines"][1].url)
    assert [(line.unit.pk, line.n) for line in inside.context["lines"]] == [(grid.pk, 120), (second.pk, 30)]
    assert [c.covered for c in client.get("/campaigns/").context["page"].rows] == [300]


def test_a_block_s_people_see_their_own_numbers_of_the_community_s_campaign(town: Any) -> None:
    grid, _second, block, other, community, made = town
    cover_unit(made, grid, by=SYSTEM, people=120)
    cover_unit(made, other, by=SYSTEM, people=50)
    client = signed_in(make.account("member", grid))
    page = client.get(f"/campaigns/{made.pk}/")
    assert (page.context["unit"].pk, page.context["total"]) == (block.pk, 120)
    for code in (community.code, other.code):
        assert client.get(f"/campaigns/{made.pk}/?unit={code}").status_code == 404


def test_a_block_s_numbers_are_filled_in_on_one_page_and_corrected_there(town: Any) -> None:
    grid, second, block, _other, _community, made = town
    head = make.account("head", block)
    client = signed_in(head)
    address = f"/campaigns/{made.pk}/cover/?unit={block.code}"
    fields = {f"n-{grid.code}": "120", f"n-{second.code}": "", f"n-{block.code}": "", "on": TODAY.isoformat()}
    assert client.post(address, fields).status_code == 302
    assert [e.typed for e in client.get(address).context["entries"]] == ["", "120", ""]
    fields |= {f"n-{grid.code}": "132", f"n-{second.code}": "7", "took_part": "1"}
    assert client.post(address, fields).status_code == 302
    assert dict(Coverage.objects.values_list("unit", "people")) == {grid.pk: 132, second.pk: 7}
    assert {r.person_id for r in ServiceRecord.objects.all()} == {head.person_id}
    refused = client.post(address, {**fields, f"n-{block.code}": "500", f"n-{second.code}": "七"})
    assert refused.status_code == 422
    assert [(e.unit.pk, e.typed) for e in refused.context["errors"]] == [(block.pk, "500"), (second.pk, "七")]
    assert Coverage.objects.count() == 2


def test_households_are_ticked_in_the_masked_list_and_counted_once(town: Any) -> None:
    grid, _second, _block, _other, community, _made = town
    made = start_campaign(community, by=SYSTEM, name="燃气入户", kind="gas", counts="household")
    homes = [make.household(grid, name="钱小明", phone="13800138000", room=f"{n}01室") for n in (3, 4)]
    worker = make.account("grid_member", grid)
    client = signed_in(worker)
    address = f"/campaigns/{made.pk}/cover/?unit={grid.code}"
    page = client.get(address)
    said = page.content.decode()
    assert [h.pk for h in page.context["page"].rows] == sorted(h.pk for h in homes)
    assert not any(word in said for word in ("钱小明", "13800138000", "301室"))
    cover_households(made, homes[:1], by=SYSTEM)  # somebody else, meanwhile
    answer = client.post(address, {"households": [h.pk for h in homes]}, follow=True)
    assert "另有 1 户以前已经算过" in answer.content.decode()
    assert Coverage.objects.filter(campaign=made).count() == 2
    assert client.get(address).context["page"].rows == []
    done = client.get(f"{address}&view=done").context["page"].rows
    client.post(f"/coverage/{done[0].pk}/undo/")
    assert Coverage.objects.filter(campaign=made).count() == 1
    nothing = client.post(address, {})
    assert (nothing.status_code, nothing.context["error"]) == (422, "请至少勾选一户。")


def test_a_record_of_coverage_leads_to_its_campaign(town: Any) -> None:
    grid, _second, block, _other, _community, made = town
    row = cover_unit(made, grid, by=SYSTEM, people=1)
    answer = signed_in(make.account("head", block)).get(row.get_absolute_url())
    assert (answer.status_code, answer.url) == (302, f"/campaigns/{made.pk}/?unit={grid.code}")


def test_a_campaign_is_started_changed_and_ended_from_its_pages(town: Any) -> None:
    community = town[4]
    client = signed_in(make.account("chief", community))
    sent = {
        "unit": community.code,
        "name": "环卫测评",
        "kind": "sanitation",
        "counts": "number",
        "starts_on": "2021-12-01",
    }
    answer = client.post("/campaigns/new/", sent)
    assert answer.status_code == 302
    again = client.post("/campaigns/new/", sent)
    assert (again.status_code, "name" in again.context["form"].errors) == (422, True)
    assert client.post(f"{answer.url}edit/", {**sent, "name": "环境测评", "target": "20"}).status_code == 302
    assert client.post(f"{answer.url}end/").status_code == 302
    page = client.get(answer.url)
    assert (page.context["campaign"].name, page.context["campaign"].ends_on) == ("环境测评", TODAY)


@pytest.mark.parametrize("many", [1, 3])
def test_pages_cost_the_same_with_one_row_and_with_three(
    many: int, town: Any, django_assert_max_num_queries: Any
) -> None:
    grid, _second, block, _other, community, made = town
    head = make.account("head", block)
    by_home = start_campaign(community, by=SYSTEM, name="燃气入户", counts="household", kind="gas")
    for n in range(many):
        deed = record_deed(grid, by=head, title=f"换灯{n}", persons=[make.person(at=grid) for _ in range(n + 1)])
        cover_unit(made, grid, by=SYSTEM, people=3, on=TODAY - timedelta(days=n))
        start_campaign(community, by=SYSTEM, name=f"行动{n}")
        make.household(grid)
    cover = f"cover/?unit={grid.code}"
    client = signed_in(head)
    for address, most in (
        ("/deeds/", 10),
        ("/campaigns/", 10),
        (deed.get_absolute_url(), 12),
        ("/deeds/new/", 12),
        (f"/campaigns/{made.pk}/", 12),
        (f"/campaigns/{made.pk}/{cover}", 12),
        (f"/campaigns/{by_home.pk}/{cover}", 12),
    ):
        client.get(address)
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200, address
