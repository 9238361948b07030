"""Every write goes through one gate: `@action`.

It opens the transaction and, on SQLite, takes its turn first: saturated SQLite writers starve each other (p99 up to a
second) unless they queue, and a blocking lock on a file beside the database is a fair queue across processes.
PostgreSQL needs no queue.
"""

from __future__ import annotations

import fcntl
import functools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from django.db import connection, models, transaction

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=models.Model)
_turn = threading.local()


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Make `function` one write: all of it happens or none, and no other writer comes between."""

    @functools.wraps(function)
    def written(*args: P.args, **kwargs: P.kwargs) -> R:
        with write():
            return function(*args, **kwargs)

    written.is_action = True  # type: ignore[attr-defined]  # the house test looks for writes outside actions
    return written


@contextmanager
def write() -> Iterator[None]:
    """The gate itself, for the few places that write in a loop."""
    with _queue(), transaction.atomic():
        yield


def lock(row: M) -> M:
    """Read `row` again and hold it until the transaction ends: the parent of whatever is about to be counted."""
    rows: Any = row._meta.model._base_manager.filter(pk=row.pk)  # not type(row): request.user is a lazy wrapper
    if connection.features.has_select_for_update:
        rows = (
            rows.select_for_update(of=("self",))
            if connection.features.has_select_for_update_of
            else rows.select_for_update()
        )
    fresh: M = rows.get()
    return fresh


@contextmanager
def _queue() -> Iterator[None]:
    # Inside a transaction the turn has been taken already; waiting for the file then could only deadlock.
    if connection.vendor != "sqlite" or connection.in_atomic_block or _is_memory():
        yield
        return
    handle = _handle()
    fcntl.flock(handle.number, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle.number, fcntl.LOCK_UN)


def _is_memory() -> bool:
    name = str(connection.settings_dict["NAME"])
    return name == ":memory:" or "mode=memory" in name


class _Handle:
    """The side file, opened once by each thread and closed when the thread ends."""

    def __init__(self, path: str) -> None:
        self.path, self.number = path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __del__(self) -> None:
        os.close(self.number)


def _handle() -> _Handle:
    path = f"{connection.settings_dict['NAME']}.turn"
    handle: _Handle | None = getattr(_turn, "handle", None)
    if handle is None or handle.path != path:
        handle = _turn.handle = _Handle(path)
    return handle
