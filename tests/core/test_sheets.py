"""Spreadsheets: what comes in is judged row by row, and nothing in it is trusted."""

import io
import zipfile
from datetime import date, timedelta

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from jiequ.core import clock
from jiequ.core.models import JournalEntry, SheetImport, SheetImportRow
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.core.sheets import (
    Column,
    Row,
    Sheet,
    Verdict,
    confirm,
    drop,
    export,
    importing,
    reading,
    resume,
    start,
    sweep,
)
from jiequ.core.sheets.writing import template
from jiequ.territory.models import Unit
from jiequ.territory.sheets import UNITS
from tests import make

State = SheetImport.State
HEADER = ["编码", "名称", "类别", "上级编码", "官方编码", "编排次序", "启用日期", "备注"]


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def xlsx(*rows, header=HEADER, formulas=()):
    """A workbook; `formulas` are (row, column, formula, cached value), counted from 0."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    )
    page = book.add_worksheet()
    for at, row in enumerate([header, *rows]):
        page.write_row(at, 0, row)
    for at, column, formula, value in formulas:
        page.write_formula(at, column, formula, None, value)
    book.close()
    return out.getvalue()


def read(data, name="a.xlsx", sheet=UNITS):
    return reading.read(sheet, name, data, {})


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.message


def verdicts(found):
    return {r.number: (r.verdict, importing.opened(r).reason) for r in found.rows.order_by("number")}


@pytest.fixture
def office(db):
    top = make.unit("subdistrict", code="S")
    make.unit("community", inside=top, code="C", name="社区")
    return make.account("office", top)


def judged(office, data, name="units.xlsx", run=None, **options):
    """An import after its first step."""
    found = start(UNITS, name, data, by=office, options=options)
    importing.judge.func(found.pk)
    found.refresh_from_db()
    return found


def applied(office, found):
    confirm(found, by=office)
    importing.apply.func(found.pk)
    found.refresh_from_db()
    return found


# --- reading ---------------------------------------------------------------------------------------------------------


def test_wrong_headers_are_named():
    said = refusal(read, xlsx(["1", "x"], header=["编号", "名称", "备用"]))
    assert "缺少：编码、类别、上级编码" in said
    assert "不认识的列：编号、备用" in said
    assert "找不到表头" in refusal(read, xlsx(["1", "2"], header=["甲", "乙"]))
    assert "出现了两次" in refusal(read, xlsx(header=[*HEADER, "编码"]))
    assert "没有数据行" in refusal(read, xlsx(["", "", ""]))


def test_a_title_above_the_header_and_an_extra_column_are_forgiven():
    data = xlsx(
        ["编码*", "名称*", "类别*", "上级编码*", "联系人"], ["B1", "甲", "街区", "C", "某人"], header=["观澜街道单位表"]
    )
    rows, notes = read(data)
    assert [(r.number, r.values["code"], r.verdict) for r in rows] == [(3, "B1", "new")]
    assert notes == ["没有读这些列：联系人。"]


def test_formulas_are_read_as_values_and_flagged():
    data = xlsx(["B1", "", "街区", "C"], ["B2", "乙", "街区", "C"], formulas=[(1, 1, '="甲"&"街区"', "甲街区")])
    rows, notes = read(data)
    assert [(r.values["name"], r.notes) for r in rows] == [("甲街区", ["有公式，按算出的值读取"]), ("乙", [])]
    assert notes == ["有 1 行含公式，已按算出的值读取。请核对这些行。"]


def test_a_cell_says_what_is_wrong_with_it():
    rows, _notes = read(
        xlsx(
            ["B1", "", "街区", "C"],
            ["B2", "乙", "村", "C"],
            ["B3", "丙", "街区", "C", 4403090060160200123],
            ["B4", "丁", "街区", "C", "", "-1"],
            ["B5", "戊", "街区", "C", "", "", "明天"],
            ["B6", "己" * 61, "街区", "C"],
            ["B7", "庚\x07", "街区", "C"],
            [8.0, "辛", "block", "C", "", 3, date(2021, 3, 1)],
            ["B9", "壬", "街区", "C", "", "", "2021年2月30日"],
        )
    )
    assert [r.reason for r in rows] == [
        "名称：没有填",
        "类别：应是下列之一：社区、街区、红色网格、基础管理网格、城市管理网格、楼栋",
        "官方编码：被表格软件当成了数字，末尾几位已经丢失；请把这一列设成“文本”后重填",
        "编排次序：应是不带小数的数字",
        "启用日期：应是日期，例如 2021-03-01",
        "名称：超过 60 个字",
        "名称：含有看不见的控制字符，请重新输入",
        "",
        "启用日期：应是日期，例如 2021-03-01",
    ]
    assert rows[7].values == {
        "code": "8", "name": "辛", "kind": "block", "parent": "C", "official_code": "", "order": 3,
        "valid_from": date(2021, 3, 1), "note": "", "boundary": None,
    }  # fmt: skip


def test_duplicate_codes_within_the_file_are_named_and_none_goes_in():
    rows, _notes = read(xlsx(["B1", "甲", "街区", "C"], ["B2", "乙", "街区", "C"], ["B1", "丙", "街区", "C"]))
    assert [(r.verdict, r.reason) for r in rows] == [
        ("refused", "编码“B1”在第 4 行也有"), ("new", ""), ("refused", "编码“B1”在第 2 行也有"),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_encodings_of_an_office(encoding):
    data = '编码,名称,类别,上级编码\r\nB1,"甲,乙",街区,C\r\n'.encode(encoding)
    rows, _notes = read(data, "a.csv")
    assert (rows[0].values["name"], rows[0].number) == ("甲,乙", 2)


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 510_000_000)
    return out.getvalue()


def far_corner():
    data = io.BytesIO(xlsx(["B1", "甲", "街区", "C"]))
    out = io.BytesIO()
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.endswith("sheet1.xml"):
                text = text.replace(
                    b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                )
            new.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.exe", lambda: b"MZ", "只能上传"),
        ("a", lambda: b"", "只能上传"),
        ("a.xlsx", lambda: b"", "打不开"),
        ("a.xlsx", lambda: b"PK\x03\x04 not a zip", "打不开"),
        ("a.xlsx", lambda: b"\xd0\xcf\x11\xe0 not a workbook", "打不开"),
        ("a.ods", lambda: b"<html>", "打不开"),
        ("a.csv", lambda: b"\xff\xfe\x00\x81\x81", "编码"),
        ("a.csv", lambda: b"", "找不到表头"),
        ("a.csv", lambda: '编码,名称,类别,上级编码\n"'.encode() + b"x" * 200_000, "读不下去"),
        ("a.xlsx", bomb, "太大"),
        ("a.xlsx", far_corner, "范围太大"),
        ("a.geojson", lambda: b"[" * 100_000, "读不懂"),
        ("a.geojson", lambda: b'{"type":"Feature"}', "FeatureCollection"),
        ("a.geojson", lambda: b'{"type":"FeatureCollection","features":{}}', "features"),
        ("a.geojson", lambda: b'{"type":"FeatureCollection","features":[]}', "没有数据行"),
        ("a.geojson", lambda: b'{"type":"FeatureCollection","crs":"mars","features":[]}', "不能识别"),
    ],
)
def test_what_is_no_such_file_is_refused_in_words(name, data, says):
    assert says in refusal(read, data(), name)


# --- writing ---------------------------------------------------------------------------------------------------------


def test_what_begins_like_a_formula_is_written_as_text():
    evil = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x")', "http://x.example"]
    data = export(UNITS, [{"code": f"B{n}", "name": text} for n, text in enumerate(evil)])
    page = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in page[1:]] == evil
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        xml = packed.read("xl/worksheets/sheet1.xml")
        assert b"<f" not in xml
        assert b"hyperlink" not in xml.lower()
        assert b'quotePrefix="1"' in packed.read("xl/styles.xml")


def test_what_is_exported_can_be_imported_again():
    row = {
        "code": "B1", "name": "甲", "kind": "block", "parent": "C", "official_code": "4403090060160200123", "order": 3,
        "valid_from": date(2021, 3, 1), "note": "=1+1",
    }  # fmt: skip
    rows, notes = read(export(UNITS, [row]))
    assert ({k: rows[0].values[k] for k in row}, rows[0].notes, notes) == (row, [], [])


def test_the_template_has_the_header_and_no_rows():
    assert "没有数据行" in refusal(read, template(UNITS))


# --- two steps -------------------------------------------------------------------------------------------------------


def test_two_steps_from_upload_to_units(office):
    Unit.objects.get(code="C")
    known = make.unit("block", inside=Unit.objects.get(code="C"), code="OLD", name="旧名")
    found = judged(
        office,
        xlsx(
            ["G1", "第1", "红色网格", "B1"],  # before its parent: the order is ours
            ["B1", "甲街区", "街区", "C"],
            ["OLD", "新名", "街区", "C"],
            ["B2", "乙街区", "街区", "NOWHERE"],
            ["G9", "第9", "红色网格", "C"],
            ["G3", "第3", "红色网格", "B2"],
        ),
    )
    assert found.state == State.READY
    assert bytes(SheetImport.objects.values_list("upload", flat=True).get()) == b""
    assert verdicts(found) == {
        2: ("new", ""),
        3: ("new", ""),
        4: ("changed", ""),
        5: ("refused", "上级编码“NOWHERE”找不到"),
        6: ("refused", "红色网格不能设在社区下"),
        7: ("refused", "上级在第 5 行，那一行有问题"),
    }
    assert not Unit.objects.filter(code="B1").exists()
    applied(office, found)
    assert found.state == State.DONE
    assert Unit.objects.get(code="B1").holds(Unit.objects.get(code="G1"))
    known.refresh_from_db()
    assert known.name == "新名"
    assert importing.counted(found) == {"new": 2, "changed": 1, "same": 0, "refused": 3, "applied": 3}
    entry = JournalEntry.objects.get(thing_id=Unit.objects.get(code="B1").pk, verb="add")
    assert (entry.by_id, entry.channel) == (office.person_id, "import")
    again = judged(office, xlsx(["B1", "甲街区", "街区", "C"]))
    assert verdicts(again) == {2: ("same", "")}
    assert "没有可以写入的行" in refusal(confirm, again, by=office)


def test_rows_are_stored_so_that_nobody_reads_them_in_the_table(office):
    found = judged(office, xlsx(["B1", "甲街区", "街区", "C"]))
    row = found.rows.get()
    assert "甲街区" not in bytes(row.content).decode("latin-1")
    assert "甲街区".encode() not in bytes(row.content)
    SheetImportRow.objects.filter(pk=row.pk).update(number=3)  # moved elsewhere, it does not open
    with pytest.raises(ValueError, match="does not belong"):
        importing.opened(found.rows.get())


def test_a_row_that_fails_when_applied_fails_alone_and_says_why(office):
    found = judged(office, xlsx(["B1", "甲", "街区", "C"], ["B2", "乙", "街区", "C"]))
    make.unit("block", inside=Unit.objects.get(code="C"), code="B1")  # somebody was first, after the verdict
    applied(office, found)
    assert found.state == State.DONE
    assert verdicts(found)[2] == ("refused", "编码“B1”已经有了。每个单位的编码只能用一次。")
    assert Unit.objects.filter(code="B2").exists()


def test_an_edit_made_after_the_verdict_is_not_overwritten(office):
    block = make.unit("block", inside=Unit.objects.get(code="C"), code="B1", name="旧名")
    found = judged(office, xlsx(["B1", "新名", "街区", "C"]))
    Unit.objects.filter(pk=block.pk).update(name="别人改的")
    applied(office, found)
    assert verdicts(found)[2] == ("refused", "核对以后被别人改过，没有覆盖")
    block.refresh_from_db()
    assert block.name == "别人改的"


def test_only_one_confirmation_counts(office):
    found = judged(office, xlsx(["B1", "甲", "街区", "C"]))
    twin = SheetImport.objects.get(pk=found.pk)
    applied(office, found)
    with pytest.raises(Overtaken):
        confirm(twin, by=office)
    importing.apply.func(found.pk)  # a job that is delivered twice
    assert Unit.objects.filter(code="B1").count() == 1


def test_who_may_not_import_cannot_and_rows_out_of_reach_are_refused(office):
    mine = make.unit("block", inside=Unit.objects.get(code="C"), code="B1")
    head = make.account("head", mine)
    with pytest.raises(NotAllowed):
        start(UNITS, "a.xlsx", xlsx(["G1", "第1", "红色网格", "B1"]), by=head)
    rows = [Row(2, {"code": "G1", "name": "第1", "kind": "red_grid", "parent": "B1", "boundary": None, **_empty()})]
    UNITS.compare(rows, head)
    assert rows[0].reason == "不在您管辖的范围"


def _empty():
    return {"official_code": "", "order": None, "valid_from": None, "note": ""}


def test_a_dropped_import_leaves_nothing(office):
    found = judged(office, xlsx(["B1", "甲", "街区", "C"]))
    drop(found, by=office)
    assert (found.state, found.rows.count()) == (State.DROPPED, 0)
    assert "不能取消" in refusal(drop, found, by=office)


def test_a_file_that_cannot_be_read_ends_as_failed_and_says_why(office):
    found = judged(office, xlsx(["x"], header=["甲"]))
    assert found.state == State.FAILED
    assert "找不到表头" in found.error


def test_an_account_closed_in_between_writes_nothing(office):
    found = judged(office, xlsx(["B1", "甲", "街区", "C"]))
    confirm(found, by=office)
    type(office).objects.filter(pk=office.pk).update(is_active=False)
    importing.apply.func(found.pk)
    found.refresh_from_db()
    assert (found.state, Unit.objects.filter(code="B1").exists()) == (State.FAILED, False)


# --- a worker that dies ----------------------------------------------------------------------------------------------


class Killed(BaseException):
    """Like kill -9: nothing gets to clean up."""


def test_a_killed_worker_s_import_is_marked_and_goes_on_without_repeating_a_row(office, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 10)
    found = judged(office, xlsx(*[[f"B{n}", f"街区{n}", "街区", "C"] for n in range(25)]))
    confirm(found, by=office)
    whole = importing._apply_batch
    batches = []

    def dies_in_the_second(sheet, stored, by):
        batches.append(len(stored))
        yield from whole(sheet, stored, by)
        if len(batches) == 2:
            raise Killed

    monkeypatch.setattr(importing, "_apply_batch", dies_in_the_second)
    with pytest.raises(Killed):
        importing.apply.func(found.pk)
    assert Unit.objects.filter(kind="block").count() == 10  # the second batch was rolled back as a whole
    assert sweep() == 0  # it may still be alive
    importing.apply.func(found.pk)  # nobody takes over before the lease has run out
    assert Unit.objects.filter(kind="block").count() == 10
    clock.move_to(clock.now() + timedelta(minutes=1))
    assert sweep() == 1
    found.refresh_from_db()
    assert found.state == State.INTERRUPTED
    monkeypatch.setattr(importing, "_apply_batch", whole)
    resume(found, by=office)
    importing.apply.func(found.pk)
    found.refresh_from_db()
    assert (found.state, importing.counted(found)["applied"]) == (State.DONE, 25)
    assert Unit.objects.filter(kind="block").count() == 25
    assert JournalEntry.objects.filter(kind="territory.unit", verb="add", channel="import").count() == 25


def test_a_worker_that_was_only_slow_stops_when_it_was_taken_over(office, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 10)
    found = judged(office, xlsx(*[[f"B{n}", f"街区{n}", "街区", "C"] for n in range(25)]))
    confirm(found, by=office)
    whole = importing._apply_batch
    taken = []

    def is_overtaken(sheet, stored, by):
        if not taken:
            taken.append(1)
            SheetImport.objects.filter(pk=found.pk).update(runner="another")
        yield from whole(sheet, stored, by)

    monkeypatch.setattr(importing, "_apply_batch", is_overtaken)
    importing.apply.func(found.pk)
    assert not Unit.objects.filter(kind="block").exists()


def test_reading_again_after_a_kill_gives_each_row_once(office, monkeypatch):
    found = start(UNITS, "a.xlsx", xlsx(["B1", "甲", "街区", "C"]), by=office)
    keep = importing._keep

    def dies(found, me, **changes):
        if changes.get("state") == State.READY:
            raise Killed
        keep(found, me, **changes)

    monkeypatch.setattr(importing, "_keep", dies)
    with pytest.raises(Killed):
        importing.judge.func(found.pk)
    monkeypatch.setattr(importing, "_keep", keep)
    clock.move_to(clock.now() + timedelta(minutes=1))
    importing.judge.func(found.pk)  # the queue delivers it again, even before the sweep
    found.refresh_from_db()
    assert (found.state, found.rows.count()) == (State.READY, 1)


def test_old_imports_are_forgotten(office):
    judged(office, xlsx(["B1", "甲", "街区", "C"]))
    clock.move_to(clock.now() + timedelta(days=31))
    sweep()
    assert (SheetImport.objects.count(), SheetImportRow.objects.count()) == (0, 0)


# --- many rows -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_judged_without_asking_for_each(office, django_assert_max_num_queries):
    rows = [[f"B{n}", f"街区{n}", "街区", "C"] for n in range(100)]
    rows += [[f"G{n}", f"网格{n}", "红色网格", f"B{n % 100}"] for n in range(99_900)]
    data = xlsx(*rows)
    with django_assert_max_num_queries(1500):  # SQLite takes 166 rows at once; nothing is asked per row
        found = judged(office, data)
    assert (found.state, found.rows.filter(verdict=Verdict.NEW).count()) == (State.READY, 100_000)


def test_comparing_costs_the_same_statements_for_more_rows(office, django_assert_num_queries):
    def rows(count):
        base = {"name": "x", "kind": "block", "parent": "C", "boundary": None, **_empty()}
        return [Row(n, {"code": f"B{n}", **base}) for n in range(count)]

    assert office.appointments
    for count in (3, 300):
        with django_assert_num_queries(2):
            UNITS.compare(rows(count), office)


def test_a_sheet_of_another_house_needs_only_its_columns_and_two_functions(office):
    kept = []
    toys = Sheet(
        "toys", "玩具", "territory.import_units",
        [Column("name", "名字", required=True)], "name",
        compare=lambda rows, by: None, apply=lambda rows, by: kept.extend(r.values["name"] for r in rows),
    )  # fmt: skip
    try:
        found = start(toys, "t.csv", "名字\n球\n".encode(), by=office)
        importing.judge.func(found.pk)
        found.refresh_from_db()
        applied(office, found)
    finally:
        del Sheet.register["toys"]
    assert (found.state, kept) == (State.DONE, ["球"])
