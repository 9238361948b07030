"""Rows into tables, fast: a model's columns and defaults, but no model instance for each of a million rows.

SQLite takes them by executemany, PostgreSQL by COPY. Nothing is checked beyond what the tables check: the caller knows.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction


class Table:
    """Collects one model's rows; columns that are not given get the model's default."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = model._meta.concrete_fields
        self.model, self.rows = model, []  # type: ignore[var-annotated]
        self.columns = [field.column for field in fields]
        self._at = {field.attname: n for n, field in enumerate(fields)}
        self._defaults = [_default(field) for field in fields]
        self._as_text = connection.vendor == "sqlite"

    def add(self, **values: Any) -> None:
        """One row, by the names of attributes: `unit_id=…`. Moments are aware and in UTC."""
        row = self._defaults.copy()
        for name, value in values.items():
            if self._as_text and type(value) is datetime:
                value = value.replace(tzinfo=None).isoformat(" ")
            row[self._at[name]] = value
        self.rows.append(row)

    def write(self) -> int:
        """All of them in one transaction; how many."""
        names = ", ".join(connection.ops.quote_name(column) for column in self.columns)
        table = connection.ops.quote_name(self.model._meta.db_table)
        with transaction.atomic(), connection.cursor() as cursor:
            if self._as_text:
                marks = ", ".join("?" * len(self.columns))
                connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", self.rows)
            elif self.rows:
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in self.rows:
                        copy.write_row(row)
        written = len(self.rows)
        self.rows = []
        return written


def _default(field: Any) -> Any:
    if field.primary_key:
        return None  # always given
    value = field.get_default()
    if isinstance(field, models.JSONField):
        return json.dumps(value)
    if isinstance(field, models.BinaryField):
        return b""
    return value


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def reset_sequences(*tables: type[models.Model]) -> None:
    """PostgreSQL's sequences do not see keys that were given."""
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(statement)


def settle() -> None:
    """What a night does to a database that was filled in a minute."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
