"""One figure for one unit, ready to be drawn: value, numerator, denominator, address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.core.measures import REGISTER, Figure, Group, Median, Period, Share, counts, medians, parts_of, percent
from jiequ.overview.views.periods import Span

HOUSES = ("cases", "outreach", "council", "work", "people", "territory")
FEW = 10  # a share of fewer than this many is drawn paler: for reference only


@dataclass(frozen=True)
class Cell:
    """`whole` is None for a count and a median. `percent` is None where there is nothing to divide by, and `part` where
    there are no rows to find a middle of: the page says 无. `rows` is how many a median lies in the middle of.
    """

    figure: Figure
    part: int | float | None
    whole: int | None
    url: str
    rows: int | None = None

    @property
    def percent(self) -> int | None:
        return percent(int(self.part or 0), self.whole) if self.whole is not None else None

    @property
    def is_few(self) -> bool:
        base = self.rows if self.whole is None else self.whole
        return base is not None and base < FEW

    @property
    def is_median(self) -> bool:
        return self.rows is not None

    @property
    def noun(self) -> Any:
        return self.figure.whole.noun if isinstance(self.figure, Share) else self.figure.noun

    @property
    def label(self) -> Any:
        return self.figure.label

    @property
    def remark(self) -> str:
        """One plain remark under a share or a median; nothing under a count."""
        if isinstance(self.figure, Median):
            return (
                _("%(n)s%(noun)s的中位数") % {"n": self.rows, "noun": self.figure.of.noun}
                if self.rows
                else _("本期没有")
            )
        if self.whole is None:
            return ""
        if not self.whole:
            return _("本期没有")
        if not self.left:
            return str(getattr(self.figure, "full", "") or _("全部完成"))
        rest = getattr(self.figure, "rest", "") or _("未达到")
        return _("%(left)s%(noun)s%(rest)s") % {"left": self.left, "noun": self.noun, "rest": rest}

    @property
    def left(self) -> int:
        """How many of the whole are not (yet) part."""
        return (self.whole or 0) - int(self.part or 0)


def numbers(figures: Iterable[Figure], unit: Any, period: Period) -> dict[str, int | float]:
    """What `cell` draws of `unit`: one statement, and one more where there are medians among `figures`."""
    figures = list(figures)
    middles = medians(figures, unit, period)
    return counts(parts_of(figures), unit, period) | {key: middle for (key, _path), middle in middles.items()}


def cell(figure: Figure, found: Mapping[str, Any], unit: Any, span: Span) -> Cell:
    url = f"{reverse('figure-rows', args=[figure.key])}?unit={unit.code}&{span.dates}"
    if isinstance(figure, Share):
        return Cell(figure, found.get(figure.part.key, 0), found.get(figure.whole.key, 0), url)
    if isinstance(figure, Median):
        return Cell(figure, found.get(figure.key), None, url, rows=found.get(figure.of.key, 0))
    return Cell(figure, found.get(figure.key, 0), None, url)


def listed(keys: Iterable[str] = ()) -> list[Figure]:
    """The figures of the register that stand by themselves; with `keys` those, in that order, as far as they exist."""
    if keys:
        return [REGISTER[key] for key in keys if key in REGISTER]
    return sorted((f for f in REGISTER.values() if f.listed and f.group is None), key=_house)


def groups() -> dict[str, Group]:
    """The tables of their own, by the word in the address that opens them."""
    return {f.group.key: f.group for f in REGISTER.values() if f.group is not None}


def grouped(key: str) -> list[Figure]:
    """The figures of one such table, in the order of their own file."""
    return [f for f in REGISTER.values() if f.listed and f.group is not None and f.group.key == key]


def _house(figure: Figure) -> int:
    """Busy houses first; within one the order of its own file."""
    house = figure.key.partition(".")[0]
    return HOUSES.index(house) if house in HOUSES else len(HOUSES)


def shares() -> list[Share]:
    return [figure for figure in listed() if isinstance(figure, Share)]


def plain() -> list[Figure]:
    """Counts and medians."""
    return [figure for figure in listed() if not isinstance(figure, Share)]
