"""Writing: an action is whole or not at all, writers queue, and a process killed in the middle leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils.functional import SimpleLazyObject

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.core.writing import action, lock, write
from jiequ.council.models import Motion
from jiequ.territory.models import Unit
from tests import make
from tests.processes import killed, race, state

pytestmark = pytest.mark.django_db
WRITERS = """
from django.db import connection
from jiequ.core.journal import record
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.core.writing import action
from jiequ.territory.models import Unit

@action
def rename_unit(unit, name, *, by):
    seen = JournalEntry.objects.count()
    Unit.objects.filter(pk=unit.pk).update(name=name)
    record("rename", unit, by=by, seen=seen)
    record("rename", unit, by=by, seen=seen)

unit = Unit.objects.get(depth=1)
for n in range(100):
    rename_unit(unit, f"{number}-{n}", by=SYSTEM)
print("ok")
"""
IN_THE_MIDDLE = """
import os, signal
from jiequ.council.actions import motions
from jiequ.people.models import Account
from jiequ.territory.models import Unit

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

motions.open_task = die  # the motion, its proposer and the entry are written; the task is not
who = Account.objects.get(username={username!r})
with clock.stand_at(moment("2021-12-01 09:00")):
    motions.collect_motion(Unit.objects.get(code={code!r}), by=who, title="装路灯", body="太黑")
print("not killed")
"""
AFTERWARDS = """
from jiequ.core import journal
from jiequ.core.models import JournalEntry
from jiequ.council.actions import collect_motion
from jiequ.council.models import Motion, Proposer
from jiequ.people.models import Account
from jiequ.territory.models import Unit
from jiequ.work.models import Task
counted = [Motion.objects.count(), Proposer.objects.count(), Task.objects.count(), JournalEntry.objects.count()]
who = Account.objects.get(username={username!r})
with clock.stand_at(moment("2021-12-01 09:00")):
    motion, _secret = collect_motion(Unit.objects.get(code={code!r}), by=who, title="装路灯", body="太黑")
print(counted, motion.number, journal.seal() > 0, [f.what for f in journal.verify()])
"""


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@action
def rename_unit(unit: Unit, name: str, *, by: object, fail: bool = False) -> None:
    Unit.objects.filter(pk=unit.pk).update(name=name)
    record("rename", unit, by=SYSTEM)
    if fail:
        raise ZeroDivisionError


def test_an_action_that_fails_has_written_nothing() -> None:
    unit = make.unit("subdistrict", name="观澜")
    entries = JournalEntry.objects.count()
    with pytest.raises(ZeroDivisionError):
        rename_unit(unit, "别的", by=SYSTEM, fail=True)
    unit.refresh_from_db()
    assert (unit.name, JournalEntry.objects.count()) == ("观澜", entries)


def test_an_action_within_an_action_is_undone_with_it() -> None:
    unit = make.unit("subdistrict", name="观澜")
    with pytest.raises(ZeroDivisionError), write():
        rename_unit(unit, "别的", by=SYSTEM)
        _ = 1 / 0
    unit.refresh_from_db()
    assert unit.name == "观澜"


def test_an_inner_action_that_fails_alone_leaves_the_outer_one_whole() -> None:
    unit = make.unit("subdistrict", name="观澜")
    with write():
        rename_unit(unit, "甲", by=SYSTEM)
        with pytest.raises(ZeroDivisionError):
            rename_unit(unit, "乙", by=SYSTEM, fail=True)
    unit.refresh_from_db()
    assert unit.name == "甲"


def test_a_locked_row_is_read_anew_and_a_lazy_one_is_locked_as_what_it_is() -> None:
    unit = make.unit("subdistrict", name="观澜")
    Unit.objects.filter(pk=unit.pk).update(name="新名")
    with transaction.atomic():
        assert lock(unit).name == "新名"
        assert lock(SimpleLazyObject(lambda: unit)).name == "新名"


def test_an_action_keeps_its_name_and_says_that_it_is_one() -> None:
    assert rename_unit.__name__ == "rename_unit"
    assert rename_unit.is_action  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_four_processes_that_write_without_pause_all_get_their_turn(tmp_path: Path) -> None:
    make.unit("subdistrict")
    before = JournalEntry.objects.count()
    assert race(WRITERS, tmp_path, processes=4) == ["ok"] * 4
    said = state(
        "from jiequ.core.models import JournalEntry\nprint(JournalEntry.objects.count())\n"
        "from jiequ.core import journal\njournal.seal()\nprint([f.what for f in journal.verify()])",
        tmp_path,
    )
    assert said.splitlines() == [str(before + 800), "[]"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_process_killed_in_the_middle_of_an_action_leaves_nothing_half_written(tmp_path: Path) -> None:
    room = make.room(1)
    names = {"username": room.head.username, "code": room.block.code}
    entries = JournalEntry.objects.count()
    assert Motion.objects.count() == 0
    for _ in range(3):
        assert killed(IN_THE_MIDDLE.format(**names), tmp_path) == -9
    assert state(AFTERWARDS.format(**names), tmp_path) == f"[0, 0, 0, {entries}] 2021-001 True []"


def test_the_queue_is_for_sqlite_alone() -> None:
    with write():
        assert connection.in_atomic_block
