"""Codes on the walls: one a place, given out at once, renewed by one of two, printed as sheets that lead to the form."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import pytest
import segno
from django.test import Client
from django.urls import reverse

from jiequ.cases import actions
from jiequ.cases.actions.points import LENGTH, LETTERS, issue_point, issue_points, renew_point, revoke_point
from jiequ.cases.documents import as_pdf, poster_of
from jiequ.cases.models import ScanPoint
from jiequ.cases.views.points import posters
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.territory.actions import merge_units, split_unit
from jiequ.territory.models import Unit
from tests import make, printed

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Any:
    with clock.stand_at(make.WEDNESDAY):
        yield make.street()


def signed_in(who: Any) -> Client:
    client = Client()
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
    return client


def buildings(grid: Unit, n: int) -> list[Unit]:
    return [make.unit("building", inside=grid) for _n in range(n)]


def test_a_code_is_short_and_has_no_letter_that_is_read_for_another(at: make.Street) -> None:
    point = issue_point(at.building, by=at.head)
    assert len(point.code) == LENGTH == 8
    assert set(point.code) <= set(LETTERS)
    assert set("0o1il25sz6b8g9quv") & set(LETTERS) == {"9"}
    assert JournalEntry.objects.about(point).get().verb == "issue"


def test_a_place_has_one_code_in_use(at: make.Street) -> None:
    first = issue_point(at.building, by=at.head)
    with pytest.raises(Overtaken):
        issue_point(at.building, by=at.head)
    assert issue_points([at.building, at.block], by=at.head)[0].unit_id == at.block.pk
    assert list(ScanPoint.objects.in_use().filter(unit=at.building)) == [first]


def test_only_who_runs_the_block_gives_codes_and_only_to_its_places(at: make.Street) -> None:
    elsewhere = make.unit("building")
    for who, unit in ((at.member, at.building), (at.worker, at.building), (at.head, elsewhere)):
        with pytest.raises(NotAllowed):
            issue_point(unit, by=who)
    with pytest.raises(Refused):
        issue_point(at.community, by=at.chief)
    with pytest.raises(NotAllowed):
        issue_points([at.building, elsewhere], by=at.head)
    assert not ScanPoint.objects.exists()


def test_of_two_who_renew_at_once_one_does(at: make.Street) -> None:
    old = issue_point(at.building, by=at.head)
    seen_by_the_other = ScanPoint.objects.get(pk=old.pk)
    fresh = renew_point(old, by=at.head)
    with pytest.raises(Overtaken):
        renew_point(seen_by_the_other, by=at.chief)
    assert list(ScanPoint.objects.in_use()) == [fresh]
    assert fresh.code != old.code
    revoke_point(fresh, by=at.head)
    with pytest.raises(Overtaken):
        revoke_point(seen_by_the_other, by=at.head)
    assert not ScanPoint.objects.in_use().exists()
    assert issue_point(at.building, by=at.head).code not in {old.code, fresh.code}


def test_who_scans_a_revoked_code_still_gets_in_without_a_place(at: make.Street) -> None:
    point = issue_point(at.building, by=at.head)
    before = Client().get(reverse("scan", args=[point.code]))
    assert (before.status_code, at.building.name in before.content.decode()) == (200, True)
    revoke_point(point, by=at.head)
    after = Client().get(reverse("scan", args=[point.code]))
    assert after.status_code == 200
    assert f"{at.block.name} {at.building.name}" not in after.content.decode()


def test_the_code_of_a_building_that_moved_goes_with_it(at: make.Street) -> None:
    other = make.unit("red_grid", inside=at.block)
    mine, free = issue_point(at.building, by=at.head), issue_point(at.grid, by=at.head)
    merge_units([at.grid, other], code="G-ONE", name="一网格", by=at.office)
    mine.refresh_from_db()
    free.refresh_from_db()
    assert mine.unit.is_valid() and mine.unit.name == at.building.name
    assert (free.unit.code, free.revoked_at) == ("G-ONE", None)
    assert Client().get(reverse("scan", args=[mine.code])).status_code == 200


def test_of_two_that_became_one_the_first_code_is_the_heirs_and_the_other_leads_there(at: make.Street) -> None:
    other = make.unit("red_grid", inside=at.block)
    one, two = issue_points([at.grid, other], by=at.head)
    merge_units([at.grid, other], code="G-ONE", name="一网格", by=at.office)
    units = {p.pk: p.unit.code for p in ScanPoint.objects.in_use().select_related("unit")}
    assert units[one.pk] == "G-ONE" and units[two.pk] != "G-ONE"
    assert Client().get(reverse("scan", args=[two.code])).status_code == 200


def test_the_code_of_a_grid_that_was_divided_stays_and_leads_to_what_stands_above(at: make.Street) -> None:
    point = issue_point(at.grid, by=at.head)
    split_unit(at.grid, [{"code": "G-A", "name": "甲"}, {"code": "G-B", "name": "乙"}], by=at.office)
    point.refresh_from_db()
    assert (point.unit_id, point.revoked_at) == (at.grid.pk, None)
    assert Client().get(reverse("scan", args=[point.code])).status_code == 200


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_head_gives_every_building_its_code_at_once_and_prints_them(at: make.Street) -> None:
    buildings(at.grid, 5)
    client = signed_in(at.head)
    where = reverse("scan-points", args=[at.block.code])
    assert "还没有码" in client.get(where).content.decode()
    assert client.post(reverse("scan-points-issue", args=[at.block.code])).url == where
    assert ScanPoint.objects.in_use().count() == 7  # six buildings and the block
    client.post(reverse("scan-points-issue", args=[at.block.code]))
    assert ScanPoint.objects.count() == 7
    page = client.get(where).content.decode()
    assert all(point.code in page for point in ScanPoint.objects.all())
    answer = client.get(reverse("scan-points-print", args=[at.block.code]))
    assert answer["Content-Type"] == "application/pdf" and "attachment" in answer["Content-Disposition"]
    forms = sorted(f"http://testserver/scan/{code}/" for code in ScanPoint.objects.values_list("code", flat=True))
    each = printed.codes(answer.content)
    assert ([len(sheet) for sheet in each], sorted(chain(*each))) == ([1] * 7, forms)
    by_two = printed.codes(client.get(reverse("scan-points-print", args=[at.block.code]) + "?paper=a5").content)
    assert ([len(sheet) for sheet in by_two], sorted(chain(*by_two))) == ([2, 2, 2, 1], forms)


def test_one_or_some_are_printed_alone_and_no_foreign_one(at: make.Street) -> None:
    points = issue_points([at.building, at.block], by=at.head)
    foreign = issue_point(make.unit("building"), by=SYSTEM)
    client, where = signed_in(at.head), reverse("scan-points-print", args=[at.block.code])
    first, second = (f"http://testserver/scan/{point.code}/" for point in points)
    assert printed.codes(client.get(f"{where}?only={points[0].pk}").content) == [[first]]
    both = printed.codes(client.get(f"{where}?only={points[0].pk}&only={points[1].pk}&only=x&only=999").content)
    assert sorted(both) == sorted([[first], [second]])
    assert client.get(f"{where}?which=chosen").status_code == 409
    assert client.get(f"{where}?only={foreign.pk}").status_code == 409


def test_codes_are_renewed_and_revoked_on_the_page(at: make.Street) -> None:
    point = issue_point(at.building, by=at.head)
    client = signed_in(at.head)
    answer = client.post(reverse("scan-point-renew", args=[point.pk]), {"of": at.grid.code})
    assert answer.url == reverse("scan-points", args=[at.grid.code])
    fresh = ScanPoint.objects.in_use().get()
    answer = client.post(reverse("scan-point-revoke", args=[fresh.pk]), {"of": "../../evil"})
    assert answer.url == reverse("scan-points", args=[at.block.code])
    assert not ScanPoint.objects.in_use().exists()


def test_the_list_costs_the_same_with_one_row_and_with_many(
    at: make.Street, django_assert_max_num_queries: Any
) -> None:
    client, where = signed_in(at.head), reverse("scan-points", args=[at.block.code])
    client.get(where)
    with django_assert_max_num_queries(10):
        client.get(where)
    issue_points([*buildings(at.grid, 20), at.building], by=at.head)
    with django_assert_max_num_queries(10):
        assert client.get(where).content.decode().count('name="only"') == 21
    assert client.get(f"{where}?show=without").content.decode().count('name="only"') == 0
    assert client.get(f"{where}?q={at.building.name}").content.decode().count('name="only"') == 1


# --- sheets ----------------------------------------------------------------------------------------------------------


def test_a_sheet_says_where_and_its_code_leads_to_the_form_there(at: make.Street) -> None:
    point = issue_point(at.building, by=at.head)
    (sheet,) = posters([point], lambda path: f"https://jiequ.example{path}")
    assert sheet.address == f"https://jiequ.example/scan/{point.code}/"
    assert sheet.above == f"{at.community.name} · {at.block.name}" and sheet.place == at.building.name
    assert sheet.code.replace(" ", "") == point.code
    code = segno.make(sheet.address, error="q", micro=False, boost_error=False, mask=0)
    assert (code.error, code.symbol_size(border=4)[0]) == ("Q", int(re.search(r'viewBox="0 0 (\d+)', sheet.qr)[1]))  # type: ignore[index]
    assert sheet.qr.count("<path") == 2 and "<script" not in sheet.qr


def test_a_name_is_never_read_as_markup(at: make.Street) -> None:
    names = ["#panic()", "$x$ *粗* _斜_ `码` @引 <b>", '"}\\n', "很长的名字" * 20, "", "𠮷䶮"]
    made = [poster_of(name, name, "ab3d7kmn", "https://jiequ.example/scan/ab3d7kmn/") for name in names]
    for paper, pages in (("a4", 6), ("a5", 3)):
        said = printed.sheets(as_pdf(made, paper=paper, printed=clock.today()))
        assert len(said) == pages
        assert [name for name in names if name.replace(" ", "") not in "".join(said)] == []


def test_a_street_is_printed_in_one_file() -> None:
    n = 68 * 4
    sheets = [
        poster_of("牛湖社区 · 石一街区", f"{i}栋", "ab3d7kmn", f"https://jiequ.example/scan/{i:08d}/") for i in range(n)
    ]
    made = as_pdf(sheets, paper="a4", printed=clock.today())
    said = printed.sheets(made)
    assert [f"{i}栋" in sheet for i, sheet in enumerate(said)] == [True] * n


def test_actions_are_where_others_look_for_them() -> None:
    assert (actions.issue_points, actions.renew_point) == (issue_points, renew_point)
