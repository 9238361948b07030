"""Members from a spreadsheet: judged row by row, entered once, written through the actions."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from jiequ.core import clock
from jiequ.core.models import SheetImport
from jiequ.core.permission import SYSTEM, NotAllowed
from jiequ.core.sheets import confirm, importing, start
from jiequ.people.actions import register_person, report_member
from jiequ.people.models import Member, Person
from jiequ.people.sheets import MEMBERS
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)  # the jobs are queued when the upload is committed
HEADER = ["手机号", "姓名", "红色网格编码", "来源", "所在党组织", "报到日期", "意向岗位", "特长"]


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def xlsx(*rows: list[Any]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet()
    for at, row in enumerate([HEADER, *rows]):
        page.write_row(at, 0, row)
    book.close()
    return out.getvalue()


def said(found: SheetImport) -> list[tuple[str, str]]:
    return [(r.verdict, importing.opened(r).reason) for r in found.rows.order_by("number")]


def test_a_sheet_is_judged_confirmed_and_entered_once() -> None:
    grid = make.unit("red_grid", code="G1", name="第1红色网格")
    elsewhere = make.unit("red_grid", code="G2", inside=make.above(grid, 3))
    office = make.account("office", make.above(grid, 1))
    known = register_person("张三试", by=SYSTEM, unit=grid, phone="13800000001")
    there = register_person("李四试", by=SYSTEM, unit=grid, phone="13800000002")
    report_member(there, elsewhere, by=SYSTEM, source="office", home_organisation="机关支部")
    same = register_person("王五试", by=SYSTEM, unit=grid, phone="13800000003")
    report_member(same, grid, by=SYSTEM, source="office", home_organisation="机关支部")
    data = xlsx(
        ["138 0000 0001", "张三试", "G1", "机关党员", "机关支部", "2021-11-01", "法律", "调解、急救"],
        ["13800000002", "李四试", "G1", "机关党员", "机关支部", "", "", ""],
        ["13800000003", "王五试", "G1", "机关党员", "机关支部", "", "", ""],
        ["13800000004", "赵六试", "G1", "社区党员", "社区支部", "", "", ""],
        ["123", "钱七试", "G1", "社区党员", "社区支部", "", "", ""],
        ["13800000006", "孙八试", "NOWHERE", "社区党员", "社区支部", "", "", ""],
        ["13800000007", "周九试", "G1", "外星党员", "社区支部", "", "", ""],
        ["13800000008", "吴十试", "G1", "社区党员", "社区支部", "2022-01-01", "", ""],
    )
    found = start(MEMBERS, "members.xlsx", data, by=office)
    found.refresh_from_db()
    verdicts = [verdict for verdict, _ in said(found)]
    assert verdicts == ["new", "refused", "same", "new", "refused", "refused", "refused", "refused"]
    assert "第" in said(found)[1][1] or "报到" in said(found)[1][1]
    assert Member.objects.count() == 2
    confirm(found, by=office)
    assert Member.objects.count() == 4
    member = Member.objects.get(person=known)
    assert (member.unit, member.reported_on, member.skills) == (grid, date(2021, 11, 1), ["调解", "急救"])
    assert Person.objects.called("13800000001").count() == 1


def test_nobody_imports_into_a_grid_of_others_or_without_the_permission() -> None:
    grid = make.unit("red_grid", code="G1")
    with pytest.raises(NotAllowed):
        start(MEMBERS, "members.xlsx", xlsx(), by=make.account("head", make.above(grid, 3)))
