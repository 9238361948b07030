"""Keyset pages: a list costs the same on its thousandth page as on its first.

The order is (a day, a moment or a key, then the key), newest first unless `oldest_first`; the address carries where the page before ended.
Counting is capped: "10,000+" is enough for a human and costs the same with a million rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, DateField, DateTimeField, Q, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_date, parse_datetime

SIZE = 50
CAP = 10_000
FILTERED_CAP = 1_000  # where no index holds the filter and rows have to be read to be counted


class Page:
    """One page of `rows`: `rows`, `count` (with `is_capped`), `older` and `first` as addresses or "".

    With `drawn` the keys of the page are found first, and what it joins and works out is asked for these alone, in the same
    statement: a search can then be answered from an index, where whole rows would have to be read.
    """

    def __init__(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        *,
        order: str,
        size: int = SIZE,
        oldest_first: bool = False,
        cap: int = CAP,
        drawn: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None,
    ) -> None:
        self.request, self.all, self.order, self.cap = request, rows, order, cap
        self.filters = {k: v for k, v in request.GET.items() if k not in {"before", "format"} and v}
        shown = rows
        if at := self._before():
            moment, key = at
            past = "gt" if oldest_first else "lt"
            shown = rows.filter(Q(**{f"{order}__{past}": moment}) | Q(**{order: moment, f"pk__{past}": key}))
            shown = shown.filter(**{f"{order}__{past}e": moment})  # the same said so that an index can start there
        down = "" if oldest_first else "-"
        ordered = shown.order_by(f"{down}{order}", f"{down}pk")[: size + 1]
        if drawn is not None:
            here = rows.model._default_manager.filter(pk__in=ordered.values("pk"))
            ordered = drawn(here).order_by(f"{down}{order}", f"{down}pk")
        found = list(ordered)
        self.rows = found[:size]
        self.first = self._address() if at else ""
        self.older = ""
        if len(found) > size:
            last = self.rows[-1]
            self.older = self._address(before=f"{_text(getattr(last, order))}~{last.pk}")

    @property
    def count(self) -> int:
        """How many rows there are, at most the cap."""
        if not hasattr(self, "_count"):
            whole = not self.first and not self.older
            self._count = len(self.rows) if whole else self.all.order_by().values("pk")[: self.cap + 1].count()
        return min(self._count, self.cap)

    @property
    def is_capped(self) -> bool:
        return self.count >= self.cap and self._count > self.cap

    def _before(self) -> tuple[Any, int] | None:
        value, _, key = self.request.GET.get("before", "").partition("~")
        try:
            at = self._read(value)
            return None if at is None else (at, int(key))
        except ValueError:
            return None

    def _read(self, value: str) -> Any:
        """`value` as the order's column holds it: an aware moment, a day, a path, or a key."""
        column = self.all.model._meta.get_field(self.order)
        if isinstance(column, DateTimeField):
            moment = parse_datetime(value)
            return moment if moment and moment.tzinfo else None
        if isinstance(column, CharField):  # a tree's path
            return value or None
        return parse_date(value) if isinstance(column, DateField) else int(value)

    def _address(self, **more: str) -> str:
        query = urlencode({**self.filters, **more})
        return f"{self.request.path}?{query}" if query else self.request.path


def _text(value: date | datetime | int | str) -> str:
    return str(value) if isinstance(value, int | str) else value.isoformat()
