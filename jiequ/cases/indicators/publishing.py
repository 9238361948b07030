"""What a block's people may read of its cases: what came in, what was done, how fast. No names, no titles, no small numbers.

Whole months only: a number that moved from one day to the next would tell of a single case. Of what is on the page only the
months' and the categories' counts of what came in add up to the same; withholding.py sees to these.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet, Value, Window
from django.db.models.functions import RowNumber

from jiequ.cases.indicators.counted import CLOSED, ON_THE_SPOT, RECEIVED
from jiequ.cases.indicators.kept import CLOSED_PROPERLY, CLOSED_SOLVED
from jiequ.cases.indicators.withholding import FEW, Shown, at_least, may_divide, publish, shown
from jiequ.cases.models import Case, Handler
from jiequ.core import clock
from jiequ.core.measures import Days, Period, percent
from jiequ.territory.models import Unit

MONTHS = 12
BY_CATEGORY = 3  # whole months: about ninety days


@dataclass(frozen=True)
class Month:
    start: date
    received: Shown
    closed: Shown


@dataclass(frozen=True)
class CategoryLine:
    name: str
    received: int
    days: int | float | None  # in the middle, from the day it came to the day it was closed


@dataclass(frozen=True)
class Published:
    """`months` from the first with anything on; `categories` is None where it would tell too much. A percentage, a median
    and a sum are None where there are too few."""

    months: list[Month]
    recent: Period
    categories: list[CategoryLine] | None
    others: int  # of all categories that are not told by name
    handlers: list[str]
    days: int | float | None
    in_time: int | None
    solved: int | None
    late: Shown
    fixes: Shown

    @property
    def received(self) -> int:
        return at_least([m.received for m in self.months])

    @property
    def closed(self) -> int:
        return at_least([m.closed for m in self.months])

    @property
    def is_exact(self) -> bool:
        return not any(c.n is None for m in self.months for c in (m.received, m.closed))

    @property
    def most(self) -> int:
        """The longest bar."""
        return max((c.n or 0 for m in self.months for c in (m.received, m.closed)), default=0)


def published(block: Unit) -> Published:
    """Four statements; of no case more than its moments, its state and its category is read."""
    months = _months()
    whole = Period(months[0].start, months[-1].end)
    recent = Period(months[-BY_CATEGORY].start, whole.end)
    found = _counts(block, months, whole)
    categories = _categories(block, recent)
    received = [found["received", i] for i in range(MONTHS)]
    three, by_category = publish(received[-BY_CATEGORY:], [row["n"] for row in categories])
    days = _days(block, whole, recent)
    rows = [
        Month(month.start, came, shown(found["closed", i]))
        for i, (month, came) in enumerate(zip(months, [*map(shown, received[:-BY_CATEGORY]), *three], strict=True))
    ]
    while rows and rows[0].received.n == rows[0].closed.n == 0:
        rows.pop(0)
    closed, solved, proper = found["in the year", 0], found["solved", 0], found["proper", 0]
    return Published(
        months=rows,
        recent=recent,
        categories=None
        if by_category is None
        else [
            CategoryLine(row["name"], n, days.get(row["category"]))
            for row, n in zip(categories, by_category, strict=True)
            if n is not None
        ],
        others=sum(row["n"] for row, n in zip(categories, by_category or [], strict=False) if n is None),
        handlers=_handlers(block, recent),
        days=days.get(None),
        in_time=percent(found["in time", 0], closed) if may_divide(found["in time", 0], closed) else None,
        solved=percent(solved, proper) if may_divide(solved, proper) else None,
        late=shown(found["late", 0]),
        fixes=shown(found["fixes", 0]),
    )


def told(rows: Any, block: Unit) -> Any:
    """The rows of a block of which anything is told at all: the same as Open311 lists one by one, so that the two taken
    together say no more than either."""
    return rows.told().filter(block=block)


def _months() -> list[Period]:
    """The last twelve months that are over."""
    found = [Period.month(clock.today().replace(day=1) - timedelta(days=1))]
    while len(found) < MONTHS:
        found.insert(0, Period.month(found[0].start - timedelta(days=1)))
    return found


def _counts(block: Unit, months: list[Period], whole: Period) -> dict[tuple[str, int], int]:
    """Every count of the page in one statement, each a look into an index that begins with the block."""
    parts: dict[tuple[str, int], QuerySet[Any]] = {}
    for i, month in enumerate(months):
        parts["received", i] = told(RECEIVED.rows(month), block)
        parts["closed", i] = told(CLOSED.rows(month), block)
    parts["in the year", 0] = told(CLOSED.rows(whole), block)
    parts["in time", 0] = parts["in the year", 0].filter(closed_at__lte=F("due_at"))
    parts["proper", 0] = told(CLOSED_PROPERLY.rows(whole), block)
    parts["solved", 0] = told(CLOSED_SOLVED.rows(whole), block)
    parts["late", 0] = told(Case.objects.overdue(whole.until), block)
    parts["fixes", 0] = ON_THE_SPOT.under(block, whole)
    asked = [
        rows.order_by().annotate(figure=Value(what), month=Value(i)).values("figure", "month").annotate(n=Count("pk"))
        for (what, i), rows in parts.items()
    ]
    found = dict.fromkeys(parts, 0)
    found.update({(row["figure"], row["month"]): row["n"] for row in asked[0].union(*asked[1:], all=True)})
    return found


def _categories(block: Unit, recent: Period) -> list[dict[str, Any]]:
    rows = told(RECEIVED.rows(recent), block).order_by()
    found = rows.values("category", name=F("category__name")).annotate(n=Count("pk"))
    return list(found.order_by("category__order", "category"))  # by the office's order, never by what is withheld


def _days(block: Unit, whole: Period, recent: Period) -> dict[int | None, int | float]:
    """{category: days in the middle} of the recent months, and of the whole year under None; only of five or more."""
    middles: dict[int | None, list[int]] = {}
    for row in _middle(block, whole, Value(0)).union(_middle(block, recent, F("category_id")), all=True):
        middles.setdefault(row["group"] or None, []).append(row["days"])
    means = {group: sum(days) / len(days) for group, days in middles.items()}
    return {group: int(mean) if mean == int(mean) else mean for group, mean in means.items()}


def _middle(block: Unit, period: Period, group: Any) -> QuerySet[Any, dict[str, Any]]:
    rows = told(CLOSED.rows(period), block).order_by()
    place = Window(RowNumber(), partition_by=F("group"), order_by=F("days").asc())
    among = Window(Count("pk"), partition_by=F("group"))
    rows = rows.annotate(group=group, days=Days("filed_at", "closed_at")).annotate(among=among)
    rows = rows.annotate(middle=place * 2 - F("among"))
    return rows.filter(middle__gte=0, middle__lte=2, among__gte=FEW).values("group", "days")


def _handlers(block: Unit, recent: Period) -> list[str]:
    """Who closed five or more, by name and without a number: units, never people."""
    rows = told(CLOSED.rows(recent), block).order_by().values("lead").annotate(n=Count("pk")).filter(n__gte=FEW)
    found = Handler.objects.filter(pk__in=rows.values("lead")).order_by("name")
    return list(found.values_list("name", flat=True))
