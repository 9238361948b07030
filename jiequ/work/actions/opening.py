"""Many tasks at once, by what is true of the rows they are about: one statement, however many rows."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Left

from jiequ.core import clock
from jiequ.core.journal import kind_of
from jiequ.core.permission import Actor
from jiequ.core.writing import action
from jiequ.work.models import Task, TaskQuerySet


@action
def open_tasks_from(
    rows: QuerySet[Any], *, verb: str, unit: Any, title: Any, due_at: Any, by: Actor, role: Any = "", holder: Any = None
) -> int:
    """Open a task of kind `verb` about every one of `rows` that has no open one of that kind; how many were opened.

    One `INSERT … SELECT`: `unit`, `holder` (keys), `role`, `title` and `due_at` are expressions over `rows`; nothing is read into Python.
    The tasks are single (`Task.is_single`): where another process opens the same one at this moment, the database lets
    one of the two in, and nobody fails. `title` must hold nothing personal. The journal has no entry for each: whoever
    calls it has checked the permission, and tells what was planned. `rows` need not leave out those that have a task, and
    must not ask the table of tasks for them: PostgreSQL would read it, as it grows, once for every row.
    """
    meta: Any = Task._meta
    given: dict[str, Any] = {
        "verb": Value(verb),
        "title": Left(title, 120),
        "about_kind": Value(kind_of(rows.model)),
        "about_id": F("pk"),
        "unit": unit,
        "role": Value(role) if isinstance(role, str) else role,
        "holder": Value(None, output_field=meta.get_field("about_id")) if holder is None else holder,
        "state": Value(Task.State.OPEN.value),
        "opened_at": Value(clock.now(), output_field=meta.get_field("opened_at")),
        "due_at": due_at,
        "note": Value(""),
        "is_single": Value(True),
    }
    # A WHERE there must be: without one SQLite takes what follows for a join.
    chosen = (
        rows.order_by().filter(pk__isnull=False).annotate(**{f"task_{name}": value for name, value in given.items()})
    )
    select, params = chosen.values_list(*(f"task_{name}" for name in given)).query.sql_with_params()
    columns = ", ".join(connection.ops.quote_name(meta.get_field(name).column) for name in given)
    table = connection.ops.quote_name(meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {select} ON CONFLICT DO NOTHING", params)
        return max(0, cursor.rowcount)


@action
def place_tasks(tasks: TaskQuerySet, *, by: Actor, **changes: Any) -> int:
    """Say anew where open `tasks` lie, who holds them, what they are called (`unit`, `holder`, `role`, `title`: expressions over
    tasks), because what they are about has moved or other people look after it. One statement; how many there were."""
    return tasks.open().update(**changes)
