"""One figure for one unit, ready to be drawn: value, numerator, denominator, address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.core.measures import REGISTER, Measure, Share, percent
from jiequ.overview.views.periods import Span

HOUSES = ("council", "work", "people", "territory")
FEW = 10  # a share of fewer than this many is drawn paler: for reference only


@dataclass(frozen=True)
class Cell:
    """`whole` is None for a count. `percent` is None where there is nothing to divide by: the page says 无."""

    figure: Measure | Share
    part: int
    whole: int | None
    url: str

    @property
    def percent(self) -> int | None:
        return percent(self.part, self.whole) if self.whole is not None else None

    @property
    def is_few(self) -> bool:
        return self.whole is not None and self.whole < FEW

    @property
    def noun(self) -> Any:
        return self.figure.whole.noun if isinstance(self.figure, Share) else self.figure.noun

    @property
    def label(self) -> Any:
        return self.figure.label

    @property
    def remark(self) -> str:
        """One plain remark under a share; nothing under a count."""
        if self.whole is None:
            return ""
        if not self.whole:
            return _("本期没有")
        if not self.left:
            return _("全部完成")
        rest = getattr(self.figure, "rest", "") or _("未达到")
        return f"{self.left}{self.noun}{rest}"

    @property
    def left(self) -> int:
        """How many of the whole are not (yet) part."""
        return (self.whole or 0) - self.part


def cell(figure: Measure | Share, found: Mapping[str, int], unit: Any, span: Span) -> Cell:
    url = f"{reverse('figure-rows', args=[figure.key])}?unit={unit.code}&{span.dates}"
    if isinstance(figure, Share):
        return Cell(figure, found.get(figure.part.key, 0), found.get(figure.whole.key, 0), url)
    return Cell(figure, found.get(figure.key, 0), None, url)


def listed(keys: Iterable[str] = ()) -> list[Measure | Share]:
    """The figures of the register that stand by themselves; with `keys` those, in that order, as far as they exist."""
    if keys:
        return [REGISTER[key] for key in keys if key in REGISTER]
    return sorted((f for f in REGISTER.values() if f.listed), key=_house)


def _house(figure: Measure | Share) -> int:
    """Busy houses first; within one the order of its own file."""
    house = figure.key.partition(".")[0]
    return HOUSES.index(house) if house in HOUSES else len(HOUSES)


def shares() -> list[Share]:
    return [figure for figure in listed() if isinstance(figure, Share)]


def plain() -> list[Measure]:
    return [figure for figure in listed() if isinstance(figure, Measure)]
