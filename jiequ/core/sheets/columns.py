"""What a sheet consists of, and what one cell means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from jiequ.core.models import SheetImportRow
from jiequ.core.permission import Actor

Verdict = SheetImportRow.Verdict
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
EXACT = 10**15  # from here on a spreadsheet's number has lost its last digits


class Unreadable(ValueError):
    """A cell does not mean what its column needs; the message says why, without the column's name."""


@dataclass(frozen=True)
class Column:
    """One column. `kind` is text, whole (a whole number ≥ 0), date, choice or geojson; `choices` are {code: label}, and a cell may say
    either. `most` is the longest text. A geojson column is never in a spreadsheet, only in GeoJSON files."""

    key: str
    label: Any
    required: bool = False
    kind: str = "text"
    choices: Mapping[str, Any] | Callable[[], Mapping[str, Any]] = field(default_factory=dict)
    says: Any = ""
    width: int = 16
    most: int = 200

    @property
    def options(self) -> dict[str, str]:
        found = self.choices() if callable(self.choices) else self.choices
        return {str(code): str(label) for code, label in found.items()}

    def reader(self) -> Callable[[Any], Any]:
        """A function from a cell to its value: str, int, date or None; it raises Unreadable. Made once for a whole column."""
        if self.kind == "geojson":
            return lambda cell: cell
        empty = None if self.kind in ("date", "whole") else ""
        known = {text: code for code, label in self.options.items() for text in (label, code)}
        read: Callable[[Any], Any] = {
            "text": self._text,
            "whole": self._whole,
            "date": _date,
            "choice": lambda cell: self._choice(cell, known),
        }[self.kind]

        def value(cell: Any) -> Any:
            if cell is None or (isinstance(cell, str) and not cell.strip()):
                if self.required:
                    raise Unreadable(_("没有填"))
                return empty
            return read(cell)

        return value

    def write(self, value: Any) -> Any:
        """What stands in a cell for a value: the label of a choice, an ISO day, the rest as it is."""
        if self.kind == "choice":
            return self.options.get(str(value), value)
        return value.isoformat() if isinstance(value, date) else value

    def _text(self, cell: Any) -> str:
        text = _plain(cell)
        if _CONTROL.search(text):
            raise Unreadable(_("含有看不见的控制字符，请重新输入"))
        if len(text) > self.most:
            raise Unreadable(_("超过 %(n)s 个字") % {"n": self.most})
        return text

    def _whole(self, cell: Any) -> int:
        text = _plain(cell)
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise Unreadable(_("应是不带小数的数字"))
        return int(text)

    def _choice(self, cell: Any, known: Mapping[str, str]) -> str:
        try:
            return known[_plain(cell)]
        except KeyError:
            labels = "、".join(self.options.values())
            raise Unreadable(_("应是下列之一：%(labels)s") % {"labels": labels}) from None


def _plain(cell: Any) -> str:
    """The text of a cell. A whole number is written without a point; one too long to be exact is refused."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        if abs(cell) >= EXACT:
            raise Unreadable(_("被表格软件当成了数字，末尾几位已经丢失；请把这一列设成“文本”后重填"))
        if float(cell).is_integer():
            return str(int(cell))
        return repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell).strip()


def _date(cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if found := _DAY.match(str(cell).strip()):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            pass
    raise Unreadable(_("应是日期，例如 2021-03-01"))


@dataclass
class Row:
    """One row on its way in. `number` is its line in the file; `reason` says why it was refused, `notes` what to know.

    `changes` are {key: [before, after]} for a changed row. `order` decides which rows are applied first.
    """

    number: int
    values: dict[str, Any]
    verdict: str = Verdict.NEW
    reason: str = ""
    notes: list[str] = field(default_factory=list)
    changes: dict[str, list[Any]] = field(default_factory=dict)
    order: tuple[Any, ...] = ()

    def refuse(self, reason: str) -> None:
        """Refuse the row, unless it is refused already: the first reason is the one to mend first."""
        if self.verdict != Verdict.REFUSED:
            self.verdict, self.reason = Verdict.REFUSED, reason

    @property
    def is_good(self) -> bool:
        return self.verdict in (Verdict.NEW, Verdict.CHANGED)


@dataclass(frozen=True)
class Sheet:
    """One kind of spreadsheet.

    `compare(rows, by)` gets every readable row at once and sets verdicts, reasons, changes and orders with a number of
    statements that does not grow with the rows; `apply(rows, by)` writes a batch through the actions and raises Refused
    or NotAllowed where it cannot (the batch is then tried row by row). `rows(by)` gives the dicts that an export writes.
    `key` is the column that no two rows may share; empty where `compare` finds doubles itself.
    `readers` are further kinds of file: {".geojson": function(bytes, options) -> iterable of (number, {key: cell})}.
    """

    name: str
    label: Any
    permission: str
    columns: Sequence[Column]
    key: str
    compare: Callable[[Sequence[Row], Actor], None]
    apply: Callable[[Sequence[Row], Actor], None]
    rows: Callable[[Any], Iterable[dict[str, Any]]] | None = None
    readers: Mapping[str, Callable[[bytes, dict[str, Any]], Iterable[tuple[int, dict[str, Any]]]]] = field(
        default_factory=dict
    )
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # {name: {value: label}}: asked on upload
    says: Any = ""
    home: str = "home"  # URL name of the list that the rows end in
    here: str = ""  # the rail's key

    register: ClassVar[dict[str, Sheet]] = {}

    def __post_init__(self) -> None:
        Sheet.register[self.name] = self

    @property
    def in_spreadsheet(self) -> list[Column]:
        return [c for c in self.columns if c.kind != "geojson"]

    @property
    def endings(self) -> list[str]:
        """The kinds of file that may be uploaded."""
        return [".xlsx", ".xls", ".ods", ".csv", *self.readers]
