"""Two processes at the same moment: each runs a snippet against the test's own database.

On PostgreSQL the children use the test database itself, so the test needs `transaction=True`. On SQLite the test's
database lives in memory; the children get a copy of it in a file, and `state` asks a last child what became of it.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from django.db import connection

_CHECKOUT = Path(__file__).resolve().parents[1]
_BEFORE = """
import sys, time
from django.conf import settings
import django
settings.DATABASES["default"]["NAME"] = {name!r}
django.setup()
from jiequ.core import clock
from jiequ.core.permission import Refused
import datetime
def moment(text):
    return clock.at(datetime.date.fromisoformat(text[:10]), int(text[11:13]), int(text[14:16]))
number = {number}
while time.time() < {start!r}:
    time.sleep(0.0005)
"""


def _environment() -> dict[str, str]:
    """The test's own environment as it is now: a test may have set something for its children."""
    return {**os.environ, "JIEQU_MODE": "test", "DJANGO_SETTINGS_MODULE": "jiequ.site.settings"}


def race(snippet: str, home: Path, *, processes: int = 2, head_start: float = 1.6) -> list[str]:
    """Run `snippet` in several processes that begin together; what each printed. It knows its `number`, `clock`, `moment`."""
    name = _database(home)
    start = time.time() + head_start
    children = [
        subprocess.Popen(
            [sys.executable, "-c", _BEFORE.format(name=name, number=n, start=start) + snippet],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(),
            cwd=_CHECKOUT,
        )
        for n in range(processes)
    ]
    said = []
    for child in children:
        out, error = child.communicate(timeout=60)
        assert child.returncode == 0, error
        said.append(out.strip())
    return said


def killed(snippet: str, home: Path) -> int:
    """Run `snippet`, which is to kill its own process; the exit code (-9 after SIGKILL)."""
    child = subprocess.run(
        [sys.executable, "-c", _BEFORE.format(name=_database(home), number=0, start=0) + snippet],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=_environment(),
        cwd=_CHECKOUT,
    )
    assert not child.stderr, child.stderr
    return child.returncode


def state(snippet: str, home: Path) -> str:
    """What one more process prints about the same database, after the race."""
    return race(snippet, home, processes=1, head_start=0)[0]


def _database(home: Path) -> str:
    if connection.vendor != "sqlite":
        return str(connection.settings_dict["NAME"])
    file = home / "copy.sqlite3"
    if not file.exists():
        connection.ensure_connection()
        copy = sqlite3.connect(file)
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")
        copy.close()
    return str(file)
