"""From an uploaded file to rows. Everything in it is hostile until read."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from jiequ.core.permission import Refused
from jiequ.core.sheets.columns import Column, Row, Sheet, Unreadable, Verdict

ROWS = 200_000
CELLS = 10_000_000  # the reader lays a sheet out in full: one cell at the far corner would cost the whole memory
UNPACKED = 500_000_000  # bytes; a workbook that says it is larger is a bomb or a mistake
HEADER_WITHIN = 10  # rows: a title above the header is forgiven
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"[^>]{0,200}>\s{0,20}(<(?:\w+:)?f[\s>/])?')


@dataclass
class Table:
    """A header and what stands below it: `rows` are (line in the file, cells). `formulas` are the lines that hold one."""

    header: list[str]
    rows: Iterable[tuple[int, list[Any]]]
    formulas: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def read(sheet: Sheet, file_name: str, data: bytes, options: dict[str, Any]) -> tuple[list[Row], list[str]]:
    """Every row of the file with its values, or refused; and notes about the file. Raises Refused where it is no such sheet."""
    ending = PurePath(file_name).suffix.lower()
    if ending not in sheet.endings:
        raise Refused(_("只能上传 %(kinds)s 文件。") % {"kinds": "、".join(sheet.endings)}, field="file")
    columns = [(c, c.reader()) for c in sheet.columns]
    if ending in sheet.readers:
        found = [_row(columns, number, cells) for number, cells in sheet.readers[ending](data, options)]
        notes: list[str] = []
    else:
        table = _csv(data, sheet) if ending == ".csv" else _workbook(data, sheet)
        keys, more = _match(sheet, table.header)
        notes = [*table.notes, *more]
        found = []
        for number, cells in table.rows:
            if any(not _is_empty(c) for c in cells):
                row = _row(columns, number, {k: cells[at] for at, k in keys.items() if at < len(cells)})
                if number in table.formulas:
                    row.notes.append(_("有公式，按算出的值读取"))
                found.append(row)
        if table.formulas:
            notes.append(_("有 %(n)s 行含公式，已按算出的值读取。请核对这些行。") % {"n": len(table.formulas)})
    if not found:
        raise Refused(_("文件里没有数据行。"), field="file")
    if len(found) > ROWS:
        raise Refused(_("超过 %(n)s 行。请分成几个文件。") % {"n": ROWS}, field="file")
    _name_doubles(sheet, found)
    return found, notes


def _row(columns: Sequence[tuple[Column, Callable[[Any], Any]]], number: int, cells: dict[str, Any]) -> Row:
    row = Row(number, {})
    for column, reader in columns:
        try:
            row.values[column.key] = reader(cells.get(column.key))
        except Unreadable as error:
            row.values[column.key] = str(cells.get(column.key, ""))[: column.most]
            row.refuse(f"{column.label}：{error}")
    return row


def _name_doubles(sheet: Sheet, rows: list[Row]) -> None:
    """Two rows of one key: which of them is right nobody can know, so none goes in."""
    if not sheet.key:
        return  # `compare` knows which rows tell of one thing
    seen: dict[Any, list[Row]] = {}
    for row in rows:
        if row.values.get(sheet.key) not in (None, ""):
            seen.setdefault(row.values[sheet.key], []).append(row)
    label = next(c.label for c in sheet.columns if c.key == sheet.key)
    for key, its in seen.items():
        for row in its if len(its) > 1 else ():
            others = "、".join(str(o.number) for o in its[:5] if o is not row)
            row.verdict = Verdict.NEW  # this reason outranks the row's own
            row.refuse(_("%(label)s“%(key)s”在第 %(rows)s 行也有") % {"label": label, "key": key, "rows": others})


def _match(sheet: Sheet, header: list[str]) -> tuple[dict[int, str], list[str]]:
    """{position: key}; Refused by name where a required column is missing or a column stands there twice."""
    by_label = {str(c.label): c for c in sheet.in_spreadsheet} | {c.key: c for c in sheet.in_spreadsheet}
    keys: dict[int, str] = {}
    unknown = []
    for at, label in enumerate(header):
        column = by_label.get(label.rstrip("*＊ "))
        if column is None:
            unknown += [label] if label else []
        elif column.key in keys.values():
            raise Refused(_("表头“%(label)s”出现了两次。") % {"label": label[:40]}, field="file")
        else:
            keys[at] = column.key
    missing = [str(c.label) for c in sheet.in_spreadsheet if c.required and c.key not in keys.values()]
    if missing:
        said = _("表头不对，缺少：%(missing)s。") % {"missing": "、".join(missing)}
        if unknown:
            said += _("不认识的列：%(unknown)s。") % {"unknown": "、".join(u[:20] for u in unknown[:8])}
        raise Refused(said + _("请下载模板，照它的表头填写。"), field="file")
    if unknown:
        return keys, [_("没有读这些列：%(unknown)s。") % {"unknown": "、".join(u[:20] for u in unknown[:8])}]
    return keys, []


def _from_header(sheet: Sheet, lines: Iterator[list[Any]]) -> Table:
    """Find the header within the first rows: the one that names most of our columns."""
    known = {str(c.label) for c in sheet.in_spreadsheet} | {c.key for c in sheet.in_spreadsheet}
    top = list(islice(lines, HEADER_WITHIN))
    texts = [[str(c).strip() for c in line] for line in top]
    hits = [sum(t.rstrip("*＊ ") in known for t in line) for line in texts]
    if not hits or not max(hits):
        first = next((t for t in texts if any(t)), [])
        raise Refused(
            _("找不到表头。第一行是：%(first)s。请下载模板，照它的表头填写。")
            % {"first": "、".join(t[:20] for t in first[:8] if t) or _("空的")},
            field="file",
        )
    at = hits.index(max(hits))

    def rest() -> Iterator[tuple[int, list[Any]]]:
        yield from enumerate(top[at + 1 :], at + 2)
        yield from enumerate(lines, len(top) + 1)

    return Table(texts[at], rest())


def _csv(data: bytes, sheet: Sheet) -> Table:
    for encoding in ("utf-8-sig", "gb18030"):  # what the office's Excel writes when it says CSV
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused(_("看不懂这个 CSV 文件的编码。请另存为 UTF-8 或 xlsx 再传。"), field="file")
    first = text[:2000].split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    return _from_header(sheet, _csv_lines(text, delimiter))


def _csv_lines(text: str, delimiter: str) -> Iterator[list[Any]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        raise Refused(
            _("CSV 文件里有一处读不下去（引号没有配对，或一格太长）。请另存为 xlsx 再传。"), field="file"
        ) from None


def _workbook(data: bytes, sheet: Sheet) -> Table:
    formulas, notes = _look_inside(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            names = [m.name for m in book.sheets_metadata if "Visible" in str(m.visible) and "Work" in str(m.typ)]
            if not names:
                raise Refused(_("文件里没有工作表。"), field="file")
            page = book.get_sheet_by_name(names[0])
            if page.total_height > ROWS + HEADER_WITHIN:
                raise Refused(_("超过 %(n)s 行。请分成几个文件。") % {"n": ROWS}, field="file")
            table = _from_header(sheet, iter(page.to_python(skip_empty_area=False)))
    except PasswordError:
        raise Refused(_("文件有密码。请去掉密码再传。"), field="file") from None
    except CalamineError:
        raise Refused(_("打不开这个文件：它不是电子表格，或已经损坏。"), field="file") from None
    if len(names) > 1:
        notes.append(_("文件有 %(n)s 张工作表，只读了第一张“%(name)s”。") % {"n": len(names), "name": names[0][:40]})
    table.formulas, table.notes = formulas, notes
    return table


def _look_inside(data: bytes) -> tuple[set[int], list[str]]:
    """Before the workbook is laid out in memory: is it a bomb, and which rows of the (only) sheet hold a formula?"""
    if not data.startswith(b"PK"):
        return set(), []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(i.file_size for i in packed.infolist()) > UNPACKED:
                raise Refused(_("文件解开后太大，不予读取。请分成几个文件。"), field="file")
            pages = [n for n in packed.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", n)]
            formulas: set[int] = set()
            for name in pages:
                with packed.open(name) as part:
                    formulas |= _scan(part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        raise Refused(_("打不开这个文件：它不是电子表格，或已经损坏。"), field="file") from None
    if formulas and len(pages) > 1:
        return set(), [_("文件里有公式，已按算出的值读取。请核对。")]
    return formulas, []


def _scan(part: IO[bytes]) -> set[int]:
    """The rows with a formula; Refused where the sheet spans more cells than can be laid out."""
    formulas: set[int] = set()
    wide = high = 0
    tail = b""
    while piece := part.read(1 << 20):
        text = tail + piece
        sure = len(text) - 600  # what begins after may go on in the next piece
        end = 0
        for found in [f for f in _CELL.finditer(text) if f.start() < sure]:
            high, wide = max(high, int(found[2])), max(wide, _place(found[1]))
            if found[3]:
                formulas.add(int(found[2]))
            end = found.end()
        tail = text[max(end, sure - 600) :]
    for found in _CELL.finditer(tail):
        high, wide = max(high, int(found[2])), max(wide, _place(found[1]))
        if found[3]:
            formulas.add(int(found[2]))
    if wide * high > CELLS:
        raise Refused(
            _("表格的范围太大（%(high)s 行 × %(wide)s 列）。请删去空行空列再传。") % {"high": high, "wide": wide},
            field="file",
        )
    return formulas


def _place(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
