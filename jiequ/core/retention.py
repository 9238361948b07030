"""Letting go of what has been kept long enough (PIPL art. 19): each column as long as its model declares (`Personal.keep_days`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models

from jiequ.core import clock
from jiequ.core.writing import write

BATCH = 200


def before(days: int) -> datetime:
    """What happened before this moment happened `days` days ago or longer, by the calendar."""
    return clock.at(clock.today() - timedelta(days=days) + timedelta(days=1))


def keep_days(model: Any) -> int:
    """How long a model keeps what it declares first."""
    return int(next(iter(model.personal.values())).keep_days)


def every(model: type[models.Model], keys: list[int]) -> Any:
    """The rows `keys`, whatever the model's manager hides."""
    return model._base_manager.filter(pk__in=keys)


def in_batches(due: Any, take: Callable[[list[int]], Any]) -> int:
    """Take all of `due`, BATCH at a time in the order of their keys, each batch locked and in a transaction of its own: what is
    killed leaves whole batches done, and twice does nothing twice. Returns how many."""
    done, after = 0, None
    while True:
        with write():
            rows = due.order_by("pk") if after is None else due.order_by("pk").filter(pk__gt=after)
            if connection.features.has_select_for_update_of:
                rows = rows.select_for_update(of=("self",))
            keys = list(rows.values_list("pk", flat=True)[:BATCH])
            if not keys:
                return done
            take(keys)
        after = keys[-1]
        done += len(keys)
