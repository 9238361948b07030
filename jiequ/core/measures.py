"""Measure: a number *is* a queryset, so the drill-down shows exactly the rows it was counted from, or added up from.

    HELD = Measure("council.meetings", _("理事会会议"), _("次"), rows=lambda p: Meeting.objects.held(p), page="council/_meeting_rows.html")
    FILLED = Share("people.posts_filled", _("岗位到位率"), part=…, whole=…)
    COVERED = Measure("outreach.coverage", _("专项行动覆盖"), _("人次"), rows=…, adds="people")
    TO_CLOSE = Median("council.days_to_close", _("收到到办结"), of=CONCLUDED, value=lambda p: Days("collected_at", "concluded_at"))

Every counted row has a unit; a figure for a unit counts the rows at or below it. All figures of a page are counted in one
statement, and so are all children of a unit; the medians of a page take one statement more, however many they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeAlias

from django.db.models import Aggregate, Count, Exists, F, Func, IntegerField, OuterRef, QuerySet, Sum, Value, Window
from django.db.models.functions import RowNumber, Substr
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language

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
class Group:
    """Figures that are looked at together, in a table of their own: they stand apart from the shares and the counts."""

    key: str
    label: Any
    says: Any = ""


@dataclass(frozen=True)
class Cut:
    """A way to tell a figure's rows apart (按类别): `lookup` leads to what stands in the address, `name` to its words, or
    `words` says them."""

    key: str
    label: Any
    lookup: str
    name: str = ""
    words: Callable[[Any], Any] = str


def _counted_in(noun: Any) -> str:
    return str(noun) if (get_language() or "zh").startswith("zh") else ""


#: 件, 个 or 户 where the language counts with such words; else nothing, because the label says already what is counted.
_measure_word = lazy(_counted_in, str)


@dataclass(frozen=True)
class Measure:
    """A count of rows over a period; with `adds` the sum of that column, a whole number, over the rows: of those with 30, 0 and 12
    the figure is 42, and opens to all three. What `page` draws in its last column is then that number.

    `rows(period)` gives the rows, each once; `unit` is the lookup from a row to its unit ("unit", "motion__unit", or ""
    where the row is a unit itself); `page` is the template that draws the rows as a table's body; `headings` are its column heads; `related` is what it needs.
    `by_time` where the table grows with the years and the rows are picked by when they happened: then each row asks for its
    unit, so that no database begins with the units and reads their whole history.
    `listed` measures stand on the figures page by themselves; the others are only parts of shares.
    `cuts` are the ways its rows are told apart on its page. `for_reader(rows, account)` marks the rows with what this reader
    may see of them, where not everybody who may count them may look at them; what leaves as a file is never marked.
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
    group: Group | None = None
    cuts: tuple[Cut, ...] = ()
    for_reader: Callable[[QuerySet[Any], Any], QuerySet[Any]] | None = None
    adds: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "noun", _measure_word(self.noun))
        _enter(self.key, self)

    @property
    def path(self) -> str:
        return f"{self.unit}__path" if self.unit else "path"

    @property
    def amount(self) -> Aggregate:
        """What its rows come to: each once, or what they add up to."""
        return Sum(self.adds, default=0) if self.adds else Count("pk", distinct=True)

    def under(self, unit: Any, period: Period) -> QuerySet[Any]:
        """The rows this figure was counted from, for `unit` and all below it."""
        rows = self.rows(period)
        if not self.by_time:
            return rows.filter(**prefix(self.path, unit.path))
        model: Any = rows.model
        for step in self.unit.split("__"):
            model = model._meta.get_field(step).related_model
        units = model._base_manager
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
    full: Any = ""  # what to say where all of the whole are part: 全部完成
    group: Group | None = None

    def __post_init__(self) -> None:
        _enter(self.key, self)


@dataclass(frozen=True)
class Median:
    """The value in the middle of the rows of `of`: half of them lie at or below it. Between two middle ones, their mean.

    `value(period)` is a number that each row has (`Days(…)`), and never NULL; `noun` is what it is measured in. Without
    rows there is no median: the page says 无. Opened, it shows the rows of `of` by its own `page`, each with its `measured`.
    """

    key: str
    label: Any
    noun: Any
    of: Measure
    value: Callable[[Period], Any]
    says: Any = ""
    page: str = ""
    headings: tuple[Any, ...] = ()
    listed: bool = True
    group: Group | None = None

    def __post_init__(self) -> None:
        _enter(self.key, self)

    def rows(self, unit: Any, period: Period) -> QuerySet[Any]:
        """The rows in the middle of which it lies, each with `measured`."""
        return self.of.under(unit, period).annotate(measured=self.value(period))


Figure: TypeAlias = Measure | Share | Median


class Days(Func):
    """Whole local days from one moment to a later one, as a calendar shows them: Monday 23:00 to Tuesday 01:00 is one."""

    arity = 2
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        """Moments lie there in UTC. Our clocks have not changed with the seasons since 1991, so one offset serves; Django's
        own function for the local day would be called back into Python some twenty times for each row."""
        (start, starts), (end, ends) = (compiler.compile(e) for e in self.get_source_expressions())
        offset = clock.local(clock.now()).utcoffset() or timedelta()
        ahead = f"'{offset.total_seconds():+.0f} seconds'"
        sql = f"CAST(julianday(date({end}, {ahead})) - julianday(date({start}, {ahead})) AS INTEGER)"
        return sql, (*ends, *starts)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        (start, starts), (end, ends) = (compiler.compile(e) for e in self.get_source_expressions())
        zone = timezone.get_default_timezone_name()
        sql = f"(({end} AT TIME ZONE %s)::date - ({start} AT TIME ZONE %s)::date)"
        return sql, (*ends, zone, *starts, zone)


def percent(part: int, whole: int) -> int | None:
    """A share in whole percent: 100 only where it is all, 0 only where it is nothing; None where there is nothing to divide by."""
    if not whole:
        return None
    near = round(100 * part / whole)
    return near if part in (0, whole) else max(1, min(99, near))


REGISTER: dict[str, Figure] = {}


def _enter(key: str, figure: Figure) -> None:
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
        m.under(unit, period).order_by().annotate(figure=Value(m.key)).values("figure").annotate(n=m.amount)
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
    """{(key, path of the unit at `depth` steps): number}, in one statement; `depth` defaults to one below `unit`."""
    length = unit.steplen * (depth if depth is not None else unit.depth + 1)
    parts = [
        m.under(unit, period)
        .order_by()
        .annotate(figure=Value(m.key), child=Substr(m.path, 1, length))
        .values("figure", "child")
        .annotate(n=m.amount)
        for m in measures
    ]
    if not parts:
        return {}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {(row["figure"], row["child"]): row["n"] for row in rows}


def by_cut(measures: Iterable[Measure], unit: Any, period: Period) -> list[dict[str, Any]]:
    """{"figure", cut0, name0, …, "n"} for each combination of what the cuts of `measures` tell apart, in one statement."""
    parts = [
        m.under(unit, period)
        .order_by()
        .annotate(
            figure=Value(m.key),
            **{f"cut{i}": F(cut.lookup) for i, cut in enumerate(m.cuts)},
            **{f"name{i}": F(cut.name or cut.lookup) for i, cut in enumerate(m.cuts)},
        )
        .values("figure", *(f"{word}{i}" for i in range(len(m.cuts)) for word in ("cut", "name")))
        .annotate(n=m.amount)
        for m in measures
        if m.cuts
    ]
    if not parts:
        return []
    return list(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])


def medians(
    figures: Iterable[Figure], unit: Any, period: Period, *, depths: Iterable[int] = ()
) -> dict[tuple[str, str], int | float]:
    """{(key, path): median} of the `Median`s among `figures`, for `unit` and for the units at `depths` below it, in one
    statement. A unit without rows is not in it.
    """
    parts = [
        _middle(figure, unit, period, depth)
        for figure in figures
        if isinstance(figure, Median)
        for depth in sorted({unit.depth, *depths})
    ]
    if not parts:
        return {}
    found: dict[tuple[str, str], list[Any]] = {}
    for row in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        if len(row["child"]) == row["tier"] * unit.steplen:  # a row may lie in a unit above this level
            found.setdefault((row["figure"], row["child"]), []).append(row["measured"])
    return {at: _plain(sum(map(Fraction, middle), Fraction()) / len(middle)) for at, middle in found.items()}


def _middle(figure: Median, unit: Any, period: Period, depth: int) -> Any:
    """The one or two rows in the middle of each unit at `depth`: of n in order, those whose twice the place is n to n + 2."""
    child = Substr(figure.of.path, 1, unit.steplen * depth)
    place = Window(RowNumber(), partition_by=F("child"), order_by=F("measured").asc())
    among = Window(Count("pk"), partition_by=F("child"))
    return (
        figure.rows(unit, period)
        .order_by()
        .annotate(figure=Value(figure.key), tier=Value(depth), child=child)
        .annotate(middle=place * 2 - among)
        .filter(middle__gte=0, middle__lte=2)
        .values("figure", "tier", "child", "measured")
    )


def _plain(middle: Fraction) -> int | float:
    return int(middle) if middle.denominator == 1 else float(middle)


def parts_of(figures: Iterable[Figure]) -> list[Measure]:
    """The plain measures that `figures` need, each once: of a median, its rows."""
    needed: dict[str, Measure] = {}
    for figure in figures:
        if isinstance(figure, Share):
            needed[figure.part.key], needed[figure.whole.key] = figure.part, figure.whole
        else:
            measure = figure.of if isinstance(figure, Median) else figure
            needed[measure.key] = measure
    return list(needed.values())
