"""Households from a spreadsheet: judged row by row, entered once, corrected when they come again, masked on their way out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.core import clock, journal
from jiequ.core.models import JournalEntry, SheetImport
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.core.sheets import confirm, importing, start
from jiequ.outreach import sheets
from jiequ.outreach.actions import Entry, correct_households, register_households, set_defaults
from jiequ.outreach.models import Classification, Consent, Household
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)  # the jobs are queued when the upload is committed
HEADER = [str(column.label) for column in sheets.COLUMNS]
AGREED = "2021-11-20"


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    """With a chain of its own: its head is kept in a file, which outlives the rows of another test."""
    journal.head_file().unlink(missing_ok=True)
    with clock.stand_at(make.WEDNESDAY):
        yield


def ground(code: str = "G1") -> Any:
    """A building H1 in the red grid G1, under the defaults of the subdistrict."""
    building = make.unit("building", inside=make.unit("red_grid", code=code), code=code.replace("G", "H"))
    set_defaults(make.above(building, 1), by=SYSTEM)
    return building


def row(name: str, **cells: Any) -> list[Any]:
    given = {"place": "H1", "room": "301", "name": name, "agreed_on": AGREED, **cells}
    return [given.get(column.key, "") for column in sheets.COLUMNS]


def xlsx(*rows: list[Any]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet()
    for at, cells in enumerate([HEADER, *rows]):
        page.write_row(at, 0, cells)
    book.close()
    return out.getvalue()


def judged(by: Any, *rows: list[Any]) -> SheetImport:
    found = start(sheets.HOUSEHOLDS, "households.xlsx", xlsx(*rows), by=by)
    found.refresh_from_db()
    assert found.error == ""
    return found


def verdicts(found: SheetImport) -> list[str]:
    return [r.verdict for r in found.rows.order_by("number")]


def reasons(found: SheetImport) -> list[str]:
    return [importing.opened(r).reason for r in found.rows.order_by("number")]


def test_good_rows_go_in_and_each_bad_one_says_why():
    building = ground()
    chief = make.account("chief", make.above(building, 2))
    other = make.unit("red_grid", code="G9", inside=make.unit("block", inside=make.unit("community")))
    found = judged(
        chief,
        row("陈阿婆", phone="138 0000 0001", categories="独居老人、高龄老人", remark="耳背，多敲几下"),
        row("林大哥", place="G1", tier="每月联系"),
        row("好邻居便利店", kind="企业商户", room="首层"),
        row("黄伯", categories="残疾人"),
        row("黄姐", categories="残疾人", agreed_sensitive_on=AGREED, room="302"),
        row("周姨", categories="吸毒人员"),
        row("郑叔", phone="12"),
        row("吴婶", place="NOWHERE"),
        row("何妹", place=other.code),
        row("罗弟", agreed_on="2022-02-01"),
        row("谢嫂", room="501"),
        row("谢嫂", room="501"),
        row("", room="502"),
        row("梁生", tier="天天联系"),
    )
    assert verdicts(found) == ["new"] * 3 + ["refused", "new"] + ["refused"] * 9
    said = reasons(found)
    assert said[3] == "“残疾人”是敏感类别，要有本人单独同意的日期才能登记"
    assert said[5] == "没有“吸毒人员”这个重点类别"
    assert said[6].startswith("电话不对")
    assert said[7] == "没有编码为“NOWHERE”的在用楼栋或红色网格"
    assert said[8].endswith("不在您管辖的范围")
    assert said[9] == "同意日期不能晚于今天"
    assert said[10] == "同一门牌、同一姓名在第 13 行也有"
    assert said[12].endswith("没有填")
    assert said[13].startswith("联系档次")
    assert Household.objects.count() == 0
    confirm(found, by=chief)
    assert {h.name: (h.unit.code, h.tier) for h in Household.objects.select_related("unit")} == {
        "陈阿婆": ("G1", "week"),  # the closest tier that its categories suggest
        "林大哥": ("G1", "month"),
        "好邻居便利店": ("G1", ""),
        "黄姐": ("G1", "month"),
    }
    granny = Household.objects.get(label="陈*")
    assert (granny.phone, granny.building, granny.source) == ("13800000001", building, "sheet")
    assert (granny.remark, granny.remarked_on) == ("耳背，多敲几下", clock.today())
    assert list(Classification.objects.filter(household=granny).values_list("consent", flat=True)) == [None, None]
    assert Classification.objects.get(household__label="黄*").consent.covers == "sensitive"
    assert Consent.objects.filter(covers="contact", given_on=date(2021, 11, 20)).count() == 4
    assert list(journal.verify()) == []


def test_the_same_file_again_changes_nothing_and_a_new_one_says_what_it_changes():
    building = ground()
    chief = make.account("chief", make.above(building, 2))
    first = [row("陈阿婆", phone="13800000001", categories="独居老人"), row("林大哥", room="302", agreed_on="")]
    confirm(judged(chief, *first), by=chief)
    again = judged(chief, *first)
    assert verdicts(again) == ["same", "same"]
    with pytest.raises(Refused):
        confirm(again, by=chief)
    found = judged(
        chief,
        row(" 陈 阿婆", phone="13800000009", tier="每月联系", remark="摔了一跤", categories="独居老人、残疾人", agreed_sensitive_on=AGREED),
        row("林大哥", room="302"),
    )  # fmt: skip
    assert verdicts(found) == ["changed", "changed"]
    changes = [importing.opened(r).changes for r in found.rows.order_by("number")]
    assert changes[0] == {
        "phone": ["138****0001", "138****0009"],
        "tier": ["每周联系", "每月联系"],
        "remark": ["", "摔了一跤"],
        "categories": ["", "残疾人"],
    }
    assert changes[1] == {"agreed_on": ["", AGREED]}
    confirm(found, by=chief)
    granny, lin = Household.objects.get(label="陈*"), Household.objects.get(label="林*")
    assert (granny.name, granny.phone, granny.tier, granny.remark) == ("陈阿婆", "13800000009", "month", "摔了一跤")
    assert (granny.room, granny.version, lin.version) == ("301", 2, 1)
    assert granny.classifications.count() == 2 and lin.consents.count() == 1
    assert verdicts(judged(chief, *first)) == ["changed", "same"]  # the older list would take the number back
    assert list(journal.verify()) == []


def test_who_may_bring_a_list_in():
    building = ground()
    with pytest.raises(NotAllowed):
        start(sheets.HOUSEHOLDS, "h.xlsx", xlsx(), by=make.account("head", make.above(building, 3)))
    entry = Entry(unit=make.above(building, 4), name="陈阿婆")
    with pytest.raises(NotAllowed):
        register_households([entry], by=make.account("grid_member", make.above(building, 4)))
    assert Household.objects.count() == 0


def test_a_batch_is_entered_whole_or_not_at_all():
    building = ground()
    grid = make.above(building, 4)
    make.household(grid, name="陈阿婆", room="301")
    good, double = Entry(unit=grid, name="林大哥"), Entry(unit=grid, name="陈阿婆", room="301")
    with pytest.raises(Refused, match="已经登记过"):
        register_households([good, double], by=SYSTEM)
    with pytest.raises(Refused, match="不在册"):
        correct_households([Entry(unit=grid, name="周姨")], by=SYSTEM)
    with pytest.raises(Refused, match="敏感类别"):
        register_households([Entry(unit=grid, name="周姨", categories=("disabled",))], by=SYSTEM)
    assert Household.objects.count() == 1


@pytest.mark.parametrize("late", [True, False])
def test_a_longer_interval_from_a_list_forgives_nothing(late: bool):
    building = ground()
    entry = Entry(
        unit=make.above(building, 4), building=building, name="陈阿婆", tier="week", agreed_on=date(2021, 11, 1)
    )
    (made,) = register_households([entry], by=SYSTEM)
    was = date(2021, 11, 30) if late else date(2021, 12, 2)
    Household.objects.filter(pk=made.pk).update(contacted_on=date(2021, 11, 23), next_due_on=was)
    correct_households([replace(entry, tier="quarter")], by=SYSTEM)
    due = Household.objects.get(pk=made.pk).next_due_on
    assert due == was if late else due == date(2022, 2, 21)


def test_a_batch_takes_as_many_statements_as_one_row():
    building = ground()
    chief = make.account("chief", make.above(building, 2))

    def cost(act: Any, entries: list[Entry]) -> int:
        with CaptureQueriesContext(connection) as captured:
            act(entries, by=chief)
        return sum("SAVEPOINT" not in q["sql"] for q in captured)

    def entries(first: int, last: int, phone: int = 0) -> list[Entry]:
        return [
            Entry(
                unit=make.above(building, 4), building=building, name=f"陈{n}", room=str(n), agreed_on=clock.today(),
                categories=("alone", "disabled"), agreed_sensitive_on=clock.today(), phone=f"138000{phone}{n:04}",
            )
            for n in range(first, last)
        ]  # fmt: skip

    make.fresh(chief)
    one = cost(register_households, entries(0, 1))
    assert one <= 15
    assert cost(register_households, entries(1, 21)) <= one
    one = cost(correct_households, entries(0, 1, phone=1))
    assert one <= 15
    assert cost(correct_households, entries(1, 21, phone=1)) <= one
    assert Consent.objects.count() == 42 and Classification.objects.count() == 42
    assert JournalEntry.objects.filter(verb="edit", kind="outreach.household").count() == 21


def test_an_exported_list_is_masked():
    building = ground()
    entry = Entry(
        unit=make.above(building, 4), building=building, name="陈阿婆", room="301房", phone="13800000001",
        remark="腿脚不便", agreed_on=clock.today(), categories=("alone",),
    )  # fmt: skip
    register_households([entry], by=SYSTEM)
    stranger = make.unit("building")
    make.household(stranger, name="外人")
    grid_member = make.account("grid_member", make.above(building, 4))
    assert list(sheets.rows(grid_member)) == [
        {
            "place": "H1", "room": "***", "name": "陈*", "phone": "138****0001", "kind": "household", "tier": "week",
            "remark": "", "agreed_on": clock.today(), "categories": "（已隐去）", "agreed_sensitive_on": None,
        }
    ]  # fmt: skip
