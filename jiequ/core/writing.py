"""Every write goes through one gate: `@action`.

It opens the transaction and, on SQLite, takes its turn first: saturated SQLite writers starve each other (p99 up to a
second) unless they queue, and a blocking lock on a file beside the database is a fair queue across processes.
PostgreSQL needs no queue.
"""

from __future__ import annotations

import fcntl
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, ParamSpec, TypeVar

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
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _is_memory() -> bool:
    name = str(connection.settings_dict["NAME"])
    return name == ":memory:" or "mode=memory" in name


def _handle() -> IO[bytes]:
    path = f"{connection.settings_dict['NAME']}.turn"
    if getattr(_turn, "path", None) != path:
        _turn.handle, _turn.path = open(path, "ab"), path  # noqa: SIM115  # one handle a thread, kept open
    handle: IO[bytes] = _turn.handle
    return handle
