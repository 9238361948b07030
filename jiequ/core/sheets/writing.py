"""From rows to a workbook. What begins like a formula is written as text, so that no cell of ours ever runs."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from jiequ.core.sheets.columns import Column, Sheet

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def export(sheet: Sheet, rows: Iterable[dict[str, Any]]) -> bytes:
    """An xlsx of `rows` under the sheet's own header: what is exported can be imported again."""
    return workbook(sheet.in_spreadsheet, rows, title=str(sheet.label))


def template(sheet: Sheet) -> bytes:
    """An empty sheet with its header, a note on every column, and lists to choose from."""
    return workbook(sheet.in_spreadsheet, [], title=str(sheet.label), is_template=True)


def workbook(
    columns: Sequence[Column], rows: Iterable[dict[str, Any]], *, title: str, is_template: bool = False
) -> bytes:
    """The bytes of an xlsx with one sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {**_OPTIONS, "in_memory": True, "constant_memory": True})
    page = book.add_worksheet(_title(title))
    head = book.add_format({"bold": True, "bg_color": "#F3F5F8", "bottom": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@", "valign": "top"})
    guarded = book.add_format({"num_format": "@", "valign": "top", "quote_prefix": True})
    page.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        page.set_column(at, at, column.width, text)
    for at, column in enumerate(columns):
        page.write_string(0, at, f"{column.label}{'*' if column.required else ''}", head)
        if is_template:
            _explain(page, at, column)
    for line, row in enumerate(rows, 1):
        for at, column in enumerate(columns):
            value = column.write(row.get(column.key))
            if value is None or value == "":
                continue
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15:
                page.write_number(line, at, value)
            else:
                cell = str(value)[:32_000]
                page.write_string(line, at, cell, guarded if cell.startswith(DANGEROUS) else text)
    book.close()
    return out.getvalue()


def _explain(page: Any, at: int, column: Column) -> None:
    said = [str(column.says)] if column.says else []
    if column.required:
        said.insert(0, _("必填。"))
    if column.kind == "choice":
        labels = list(column.options.values())
        said.append(_("可填：%(labels)s。") % {"labels": "、".join(labels)})
        if sum(map(len, labels)) + len(labels) < 250:  # a limit of the format
            page.data_validation(1, at, 5000, at, {"validate": "list", "source": labels})
    if said:
        page.write_comment(0, at, " ".join(said))


def _title(title: str) -> str:
    return "".join(c for c in title if c not in "[]:*?/\\'")[:31] or "Sheet1"
