"""The triggers that make the journal's tables append-only, against raw SQL as well.

Installed by a migration; `remove` exists for the test suite, which has to empty its tables between tests.
"""

from __future__ import annotations

from typing import Any

from jiequ.core.journal import GUARDED

_SAYS = "the journal is append-only"


def install(schema: Any) -> None:
    """Create the triggers through a schema editor or a cursor-like object with `execute`."""
    vendor = schema.connection.vendor
    if vendor == "postgresql":
        schema.execute(
            "CREATE OR REPLACE FUNCTION jiequ_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$"
        )
    for table in GUARDED:
        if vendor == "postgresql":
            schema.execute(
                f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION jiequ_append_only()"
            )
            schema.execute(
                f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION jiequ_append_only()"
            )
        else:
            for event in ("UPDATE", "DELETE"):
                schema.execute(
                    f"CREATE TRIGGER {table}_{event.lower()} BEFORE {event} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
                )


def remove(schema: Any) -> None:
    """Drop the triggers; `install` puts them back."""
    vendor = schema.connection.vendor
    for table in GUARDED:
        for name in ("keep", "whole") if vendor == "postgresql" else ("update", "delete"):
            tail = f" ON {table}" if vendor == "postgresql" else ""
            schema.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{tail}")


def forbid_update(schema: Any, table: str, when: str = "") -> None:
    """Make rows of `table` unchangeable once written (they may still be deleted): for versions that others rely on.

    With `when`, an SQL condition on OLD, only the rows for which it holds.
    """
    says = f"{table} is written once"
    only = f" WHEN ({when})" if when else ""
    if schema.connection.vendor == "postgresql":
        schema.execute(
            f"CREATE OR REPLACE FUNCTION {table}_once() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{says}'; END $$"
        )
        schema.execute(
            f"CREATE TRIGGER {table}_once BEFORE UPDATE ON {table} FOR EACH ROW{only} EXECUTE FUNCTION {table}_once()"
        )
    else:
        schema.execute(
            f"CREATE TRIGGER {table}_once BEFORE UPDATE ON {table}{only} BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )


def allow_update(schema: Any, table: str) -> None:
    """Undo `forbid_update`."""
    tail = f" ON {table}" if schema.connection.vendor == "postgresql" else ""
    schema.execute(f"DROP TRIGGER IF EXISTS {table}_once{tail}")
