"""A figure's rows told apart on its own page: by category, by kind. Each line opens to exactly its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from jiequ.core.measures import Cut, Measure, percent


@dataclass(frozen=True)
class Line:
    """One category: how many of the figure's rows, of a share the part and the whole, and the address that shows them."""

    name: str
    url: str
    part: int
    whole: int | None
    is_on: bool

    @property
    def percent(self) -> int | None:
        return percent(self.part, self.whole) if self.whole is not None else None


@dataclass(frozen=True)
class Table:
    label: Any
    lines: list[Line]
    is_share: bool


def narrowed(rows: QuerySet[Any], cuts: Iterable[Cut], query: QueryDict) -> QuerySet[Any]:
    """`rows`, as far as the address leaves them: `?category=`, `?kind=`."""
    asked = {cut.lookup: query[cut.key] for cut in cuts if query.get(cut.key)}
    return rows.filter(**asked) if asked else rows


def address(cuts: Iterable[Cut], query: QueryDict) -> str:
    """What keeps it in an address."""
    return "".join(f"&{urlencode({cut.key: query[cut.key]})}" for cut in cuts if query.get(cut.key))


def whole(found: list[dict[str, Any]], measures: Iterable[Measure]) -> dict[str, int]:
    """The figures themselves, whatever the address leaves."""
    return {m.key: sum(row["n"] for row in found if row["figure"] == m.key) for m in measures}


def within(found: list[dict[str, Any]], measure: Measure, query: QueryDict) -> int:
    """How many rows of `measure` the address leaves."""
    asked = {i: query[cut.key] for i, cut in enumerate(measure.cuts) if query.get(cut.key)}
    rows = (row for row in found if row["figure"] == measure.key)
    return sum(row["n"] for row in rows if all(row[f"cut{i}"] == value for i, value in asked.items()))


def tables(
    found: list[dict[str, Any]], part: Measure, whole: Measure | None, query: QueryDict, keep: str
) -> list[Table]:
    """One table a cut; within what the other cut of the address leaves. `keep` is the address that stays."""
    drawn = []
    for i, cut in enumerate(part.cuts):
        others = [(j, query[c.key]) for j, c in enumerate(part.cuts) if j != i and query.get(c.key)]
        names: dict[str, str] = {}
        sums: Counter[tuple[str, str]] = Counter()
        for row in found:
            if all(row[f"cut{j}"] == value for j, value in others):
                value = row[f"cut{i}"] or ""
                names[value] = str(cut.words(row[f"name{i}"] or ""))
                sums[row["figure"], value] += row["n"]
        stays = "".join(f"&{urlencode({part.cuts[j].key: value})}" for j, value in others)
        base = (whole or part).key
        lines = [
            Line(
                name,
                f"{keep}{stays}" if query.get(cut.key) == value else f"{keep}{stays}&{urlencode({cut.key: value})}",
                sums[part.key, value],
                sums[whole.key, value] if whole is not None else None,
                query.get(cut.key) == value and bool(value),
            )
            for value, name in sorted(names.items(), key=lambda item: (-sums[base, item[0]], item[1]))
        ]
        drawn.append(Table(cut.label, lines, whole is not None))
    return drawn
