"""Measure: a number *is* a queryset, so the drill-down shows exactly the rows it was counted from.

    HELD = Measure("council.meetings", _("理事会会议"), _("次"), rows=lambda p: Meeting.objects.held(p), page="council/_meeting_rows.html")
    FILLED = Share("people.posts_filled", _("岗位到位率"), part=…, whole=…)

Every counted row has a unit; a figure for a unit counts the rows at or below it. All figures of a page are counted in one
statement, and so are all children of a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Substr

from jiequ.core import clock


@dataclass(frozen=True)
class Period:
    """Whole local days, `start` to `end`, both counted."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a period ends on or after the day it starts")

    @property
    def since(self) -> datetime:
        """The first moment of the period."""
        return clock.at(self.start)

    @property
    def until(self) -> datetime:
        """The first moment after the period."""
        return clock.at(self.end + timedelta(days=1))

    @classmethod
    def month(cls, day: date) -> Period:
        start = day.replace(day=1)
        return cls(start, (start + timedelta(days=32)).replace(day=1) - timedelta(days=1))

    @classmethod
    def quarter(cls, day: date) -> Period:
        start = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        return cls(start, cls.month(start + timedelta(days=65)).end)

    @classmethod
    def year(cls, day: date) -> Period:
        return cls(date(day.year, 1, 1), date(day.year, 12, 31))


@dataclass(frozen=True)
class Measure:
    """A count of rows over a period.

    `rows(period)` gives the rows; `unit` is the lookup from a row to its unit ("unit", or "" where the row is a unit itself);
    `page` is the template that draws the rows as a table's body; `headings` are its column heads; `related` is what it needs.
    `by_time` where the table grows with the years and the rows are picked by when they happened: then each row asks for its
    unit, so that no database begins with the units and reads their whole history.
    `listed` measures stand on the figures page by themselves; the others are only parts of shares.
    """

    key: str
    label: Any
    noun: Any
    rows: Callable[[Period], QuerySet[Any]]
    says: Any = ""
    unit: str = "unit"
    page: str = ""
    headings: tuple[Any, ...] = ()
    related: tuple[str, ...] = ()
    listed: bool = True
    by_time: bool = False

    def __post_init__(self) -> None:
        _enter(self.key, self)

    @property
    def path(self) -> str:
        return f"{self.unit}__path" if self.unit else "path"

    def under(self, unit: Any, period: Period) -> QuerySet[Any]:
        """The rows this figure was counted from, for `unit` and all below it."""
        rows = self.rows(period)
        if not self.by_time:
            return rows.filter(**prefix(self.path, unit.path))
        units = rows.model._meta.get_field(self.unit).related_model._base_manager
        return rows.filter(Exists(units.filter(pk=OuterRef(f"{self.unit}_id"), **prefix("path", unit.path))))


@dataclass(frozen=True)
class Share:
    """Numerator ÷ denominator, both Measures. 0 ÷ 0 is not a number: the page says 无."""

    key: str
    label: Any
    part: Measure
    whole: Measure
    says: Any = ""
    listed: bool = field(default=True)
    rest: Any = ""  # what the rows of the whole are that are not part: 空缺, 还在办

    def __post_init__(self) -> None:
        _enter(self.key, self)


def percent(part: int, whole: int) -> int | None:
    """A share in whole percent: 100 only where it is all, 0 only where it is nothing; None where there is nothing to divide by."""
    if not whole:
        return None
    near = round(100 * part / whole)
    return near if part in (0, whole) else max(1, min(99, near))


REGISTER: dict[str, Measure | Share] = {}


def _enter(key: str, figure: Measure | Share) -> None:
    if key in REGISTER:
        raise ValueError(f"two figures are called {key}")
    REGISTER[key] = figure


def prefix(lookup: str, path: str) -> dict[str, str]:
    """Filter for paths at or below `path`, as a range: an index serves it on both databases, which LIKE does not promise.

    Paths are made of 0-9 and A-Z, which sort alike in every collation; the upper end is the last path there could be.
    """
    return {f"{lookup}__gte": path, f"{lookup}__lte": path + "Z" * 32}


def counts(measures: Iterable[Measure], unit: Any, period: Period) -> dict[str, int]:
    """All of `measures` for `unit`, counted in one statement."""
    parts = [
        m.under(unit, period)
        .order_by()
        .annotate(figure=Value(m.key))
        .values("figure")
        .annotate(n=Count("pk", distinct=True))
        for m in measures
    ]
    found = dict.fromkeys((m.key for m in measures), 0)
    if parts:
        rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
        found.update({row["figure"]: row["n"] for row in rows})
    return found


def by_child(
    measures: Iterable[Measure], unit: Any, period: Period, *, depth: int | None = None
) -> dict[tuple[str, str], int]:
    """{(key, path of the unit at `depth` steps): count}, in one statement; `depth` defaults to one below `unit`."""
    length = unit.steplen * (depth if depth is not None else unit.depth + 1)
    parts = [
        m.under(unit, period)
        .order_by()
        .annotate(figure=Value(m.key), child=Substr(m.path, 1, length))
        .values("figure", "child")
        .annotate(n=Count("pk", distinct=True))
        for m in measures
    ]
    if not parts:
        return {}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {(row["figure"], row["child"]): row["n"] for row in rows}


def parts_of(figures: Iterable[Measure | Share]) -> list[Measure]:
    """The plain measures that `figures` need, each once."""
    needed: dict[str, Measure] = {}
    for figure in figures:
        for measure in (figure.part, figure.whole) if isinstance(figure, Share) else (figure,):
            needed[measure.key] = measure
    return list(needed.values())
