"""The journal: append-only against raw SQL, and every way of tampering is found and named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from jiequ.core import clock, guard, journal
from jiequ.core.journal import record, seal, verify
from jiequ.core.models import JournalEntry, JournalLink, JournalSeal
from jiequ.core.permission import SYSTEM, through
from tests import make
from tests.processes import race, state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_chain_of_its_own() -> Iterator[None]:
    """The head of the chain is kept in a file, which outlives the rows of one test."""
    journal.head_file().unlink(missing_ok=True)
    with clock.stand_at(make.WEDNESDAY):
        yield
    journal.head_file().unlink(missing_ok=True)


def entries(count: int, *, sealed: bool = True) -> list[JournalEntry]:
    """`count` entries about one unit, after everything that is there already."""
    unit = make.unit("subdistrict")
    seal()
    last = JournalEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    for n in range(count):
        record("note", unit, by=SYSTEM, n=n)
    if sealed:
        seal()
    return list(JournalEntry.objects.filter(pk__gt=last).order_by("pk"))


def tamper(sql: str, *values: object) -> None:
    """Raw SQL by somebody who may drop triggers, and puts them back."""
    with connection.cursor() as cursor:
        schema = SimpleNamespace(connection=connection, execute=cursor.execute)
        guard.remove(schema)
        cursor.execute(sql, values)
        guard.install(schema)


def found() -> list[tuple[str, int | None]]:
    return [(f.what, f.entry) for f in verify()]


def test_an_untouched_journal_holds() -> None:
    entries(5)
    assert found() == []


@pytest.mark.parametrize("table", guard.GUARDED)
@pytest.mark.parametrize("sql", ["UPDATE {t} SET {c} = {c}", "DELETE FROM {t}"])
def test_the_database_itself_refuses_change(table: str, sql: str) -> None:
    entries(2)
    column = {"core_journalentry": "verb", "core_journallink": "digest", "core_journalseal": "digest"}[table]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(t=table, c=column))


@pytest.mark.parametrize("table", guard.GUARDED)
def test_postgresql_refuses_to_truncate_as_well(table: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")


def test_the_orm_has_no_way_round_the_triggers() -> None:
    entry = entries(1)[0]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        JournalEntry.objects.filter(pk=entry.pk).update(verb="other")


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("verb", "adopt"), ("label", "别的"), ("thing_id", 77), ("unit_id", None), ("by_id", 77),
        ("facts", '{"n": 99}'), ("channel", "public"), ("at", "2021-12-01 01:00:01+00:00"),
    ],
)  # fmt: skip
def test_an_edited_entry_is_found_whatever_was_edited(column: str, value: object, sealed: bool) -> None:
    _first, edited, _last = entries(3, sealed=sealed)
    tamper(f"UPDATE core_journalentry SET {column} = %s WHERE id = %s", value, edited.pk)
    assert found() == [("edited" if sealed else "inserted", edited.pk)]


def test_a_deleted_entry_is_found() -> None:
    _first, gone, _last = entries(3)
    tamper("DELETE FROM core_journalentry WHERE id = %s", gone.pk)
    assert found() == [("deleted", gone.pk)]


def test_an_entry_deleted_together_with_its_link_is_found() -> None:
    _first, gone, last = entries(3)
    tamper("DELETE FROM core_journalentry WHERE id = %s", gone.pk)
    tamper("DELETE FROM core_journallink WHERE entry_id = %s", gone.pk)
    assert [f.what for f in verify()] == ["deleted", "reordered"]
    assert found()[1] == ("reordered", last.pk)


COLUMNS = "at, verb, kind, thing_id, label, unit_id, by_id, channel, facts, mac"


def test_a_forged_entry_is_found_before_and_after_it_is_sealed() -> None:
    entries(2)
    forged = "SELECT at, 'adopt', kind, thing_id, label, unit_id, by_id, channel, facts, mac FROM core_journalentry WHERE id = %s"
    first = JournalEntry.objects.order_by("pk")[0]
    with connection.cursor() as cursor:  # inserting needs no trigger dropped
        cursor.execute(f"INSERT INTO core_journalentry ({COLUMNS}) {forged}", [first.pk])
    last = JournalEntry.objects.order_by("-pk")[0]
    assert ("inserted", last.pk) in found()
    seal()
    assert ("edited", last.pk) in found()


@pytest.mark.parametrize("sealed", [True, False])
def test_a_copy_of_an_entry_is_found_though_its_words_are_genuine(sealed: bool) -> None:
    model = entries(2)[0]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO core_journalentry ({COLUMNS}) SELECT {COLUMNS} FROM core_journalentry WHERE id = %s",
            [model.pk],
        )
    copy = JournalEntry.objects.order_by("-pk")[0]
    if sealed:
        seal()
    assert found() == [("inserted", copy.pk)]


def test_two_entries_that_changed_places_are_found() -> None:
    one, other, _last = entries(3)
    tamper("UPDATE core_journallink SET entry_id = -1 WHERE entry_id = %s", one.pk)
    tamper("UPDATE core_journallink SET entry_id = %s WHERE entry_id = %s", one.pk, other.pk)
    tamper("UPDATE core_journallink SET entry_id = %s WHERE entry_id = -1", other.pk)
    assert {("reordered", one.pk), ("reordered", other.pk)} <= set(found())


def test_a_chain_whose_end_was_cut_off_is_found(django_capture_on_commit_callbacks) -> None:
    entries(3, sealed=False)
    with django_capture_on_commit_callbacks(execute=True):
        seal()
    position = JournalLink.objects.order_by("-position")[0].position
    tamper("DELETE FROM core_journallink WHERE position > %s", position - 2)
    assert [f.what for f in verify()] == ["cut", "cut"]  # the seal ends in nothing, and the file remembers more
    tamper("DELETE FROM core_journalseal WHERE last = %s", position)
    assert [f.what for f in verify()] == ["cut"]
    tamper("DELETE FROM core_journallink WHERE position > 0")
    tamper("DELETE FROM core_journalseal WHERE last > 0")
    tamper("DELETE FROM core_journalentry WHERE id > 0")
    assert [f.what for f in verify()] == ["cut"]


def test_a_chain_that_was_made_anew_without_the_key_is_found() -> None:
    entries(2)
    tamper("UPDATE core_journallink SET digest = %s WHERE position = 1", "0" * 64)
    assert "reordered" in [f.what for f in verify()]


def test_missing_triggers_are_named() -> None:
    entries(1)
    with connection.cursor() as cursor:
        guard.remove(SimpleNamespace(connection=connection, execute=cursor.execute))
        assert [f.what for f in verify()] == ["unguarded"] * 3
        guard.install(SimpleNamespace(connection=connection, execute=cursor.execute))
    assert found() == []


def test_what_is_recorded_says_who_did_what_to_what_where_and_which_way() -> None:
    room = make.room(1)
    with through("web"):
        record("note", room.block, by=room.head, day=make.WEDNESDAY, n=1)
    entry = JournalEntry.objects.order_by("-pk")[0]
    assert (entry.at, entry.verb, entry.kind, entry.thing_id) == (
        make.WEDNESDAY,
        "note",
        "territory.unit",
        room.block.pk,
    )
    assert (entry.unit_id, entry.by_id, entry.channel) == (room.block.pk, room.head.person_id, "web")
    assert entry.facts == {"day": "2021-12-01 09:00:00+08:00", "n": 1}


def test_sealing_twice_links_nothing_twice() -> None:
    entries(3, sealed=False)
    assert seal() == 3
    assert seal() == 0
    assert JournalLink.objects.count() == JournalEntry.objects.count()
    assert JournalSeal.objects.order_by("-last")[0].last == JournalLink.objects.count()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_link_every_entry_once(tmp_path: Path) -> None:
    unit = make.unit("subdistrict")
    for n in range(500):
        record("note", unit, by=SYSTEM, n=n)
    total = JournalEntry.objects.count()
    said = race("from jiequ.core import journal\nprint(journal.seal())", tmp_path, processes=3)
    assert sum(map(int, said)) == total
    assert state("from jiequ.core import journal\nprint([f.what for f in journal.verify()])", tmp_path) == "[]"


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_after_a_later_one_was_sealed_is_sealed_as_well() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: ids are in the order of commits")
    unit = make.unit("subdistrict")
    seal()
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record("slow", unit, by=SYSTEM)
            written.set()
            may_commit.wait(10)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert written.wait(10)
    record("quick", unit, by=SYSTEM)
    assert seal() == 1
    may_commit.set()
    writer.join(10)
    ids = dict(JournalEntry.objects.filter(verb__in=["slow", "quick"]).values_list("verb", "pk"))
    assert ids["slow"] < ids["quick"]
    assert seal() == 1
    assert found() == []
