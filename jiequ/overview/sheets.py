"""Figures as a spreadsheet: exactly what the page shows, one sheet, plain cells, no formulas."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse


def workbook(name: str, headings: Sequence[Any], rows: Iterable[Sequence[Any]], *, about: str) -> HttpResponse:
    """A file with `about` in the first line, headings in the second, then `rows`; text is never read as a formula."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold, grey = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"font_color": "#5d697b"})
    sheet.write_string(0, 0, about, grey)
    for column, heading in enumerate(headings):
        sheet.write_string(1, column, str(heading), bold)
    sheet.set_column(0, max(0, len(headings) - 1), 16)
    sheet.freeze_panes(2, 1)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row):
            if isinstance(value, (int, float)):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, "" if value is None else str(value))
    book.close()
    response = HttpResponse(
        buffer.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.xlsx"
    return response


class _Cells(HTMLParser):
    """The words of a table's cells, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {' '.join(data.split())}".strip()


def cells_of(html: str) -> list[list[str]]:
    """The rows of a table's body as text: a figure's rows are exported by the template that draws them."""
    parser = _Cells()
    parser.feed(html)
    return [row for row in parser.rows if row]
