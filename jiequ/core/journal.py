"""The journal: one append-only record of everything that happened.

`record("adopt", motion, by=account, yes=7, no=2)` is the last line of an action. An entry names things by kind, id and a
neutral label; persons only by id, so that what a person may ask us to erase never enters it.

Against tampering, three layers. The database refuses UPDATE and DELETE (triggers, on both engines). Every entry carries a
MAC made with a key that is not in the database, so an inserted or edited row is found even before it is sealed. `seal()`
links committed entries in batches into a hash chain (own tables: an entry is never updated), so a deleted or reordered row is found.
The head of the chain is also kept in a file in JIEQU_HOME, so that cutting off the chain's end is found as well.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from jiequ.core import clock, ids
from jiequ.core.permission import Actor, channel
from jiequ.core.writing import write

BATCH = 5000


def kind_of(thing: models.Model | type[models.Model]) -> str:
    """The stable name of a thing's kind: "council.motion"."""
    return thing._meta.label_lower


def record(verb: str, thing: models.Model, *, by: Actor, unit: Any = None, **facts: Any) -> None:
    """Enter that `by` has done `verb` to `thing`. Call it inside the action's transaction.

    `thing` has `journal_label` (neutral, no person's data) and `unit`, or is a unit itself; `facts` are JSON values.
    """
    _entry(verb, thing, by, unit, facts).save(force_insert=True)


def record_all(verb: str, things: Iterable[models.Model], *, by: Actor, **facts: Any) -> None:
    """Enter the same for many things, one entry each, in one statement per batch."""
    record_each(verb, ((thing, facts) for thing in things), by=by)


def record_each(verb: str, things: Iterable[tuple[models.Model, dict[str, Any]]], *, by: Actor) -> None:
    """The same verb for many things, each with facts of its own."""
    from jiequ.core.models import JournalEntry

    JournalEntry.objects.bulk_create([_entry(verb, thing, by, None, facts) for thing, facts in things], batch_size=500)


def _entry(verb: str, thing: models.Model, by: Actor, unit: Any, facts: dict[str, Any]) -> Any:
    from jiequ.core.models import JournalEntry

    unit = unit if unit is not None else getattr(thing, "unit", None)
    entry = JournalEntry(
        at=clock.now(),
        verb=verb,
        kind=kind_of(thing),
        thing_id=thing.pk,
        label=str(getattr(thing, "journal_label", ""))[:200],
        unit_id=getattr(unit, "pk", None),
        by_id=by.person_id,
        channel=channel(),
        facts=json.loads(json.dumps(facts, default=str)),
    )
    entry.mac = mac(entry)
    return entry


def content(entry: Any) -> bytes:
    """The canonical bytes of what an entry says (not its id, which the database gives it)."""
    at: datetime = entry.at
    return json.dumps(
        [
            at.astimezone(UTC).isoformat(),
            entry.verb,
            entry.kind,
            entry.thing_id,
            entry.label,
            entry.unit_id,
            entry.by_id,
            entry.channel,
            entry.facts,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    ).encode()


def mac(entry: Any, salt: str = "") -> str:
    """64 characters: a salt of 16 that no other entry has, and a MAC over it and what the entry says.

    Without the salt a copy of a row would carry a good MAC; with it the copy has its model's, which `verify` finds twice.
    """
    salt = salt or f"{ids.source.getrandbits(64):016x}"
    return salt + hmac.new(settings.KEYS.seal, f"{salt}|".encode() + content(entry), hashlib.sha256).hexdigest()[:48]


def is_ours(entry: Any) -> bool:
    """True if this product wrote the entry as it stands."""
    return hmac.compare_digest(mac(entry, entry.mac[:16]), entry.mac)


def link_digest(previous: str, entry: Any) -> str:
    """The digest of one link: over the link before it, the entry's id and what the entry says."""
    return hmac.new(settings.KEYS.seal, f"{previous}|{entry.pk}|".encode() + content(entry), hashlib.sha256).hexdigest()


def seal() -> int:
    """Link every committed, unlinked entry into the chain; returns how many.

    Id order is not commit order on PostgreSQL: an entry with a low id may commit after a higher one was sealed. So what
    is sealed is what is visible and unlinked, in whichever batch it becomes so; links keep their own order.
    """
    from jiequ.core.models import JournalLink, JournalSeal

    sealed = 0
    while True:
        with write():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(4409)")  # one sealer at a time
            last = JournalLink.objects.order_by("-position").first()
            position, digest = (last.position, last.digest) if last else (0, "")
            links = []
            for entry in _unsealed(recent=True)[:BATCH]:
                position += 1
                digest = link_digest(digest, entry)
                links.append(JournalLink(position=position, entry_id=entry.pk, digest=digest))
            if not links:
                return sealed
            JournalLink.objects.bulk_create(links)
            JournalSeal.objects.create(at=clock.now(), first=links[0].position, last=position, digest=digest)
            transaction.on_commit(partial(_write_head, position, digest))
        sealed += len(links)


def _unsealed(*, recent: bool = False) -> Any:
    """Committed entries outside the chain. `recent` looks back only so far that a late commit cannot lie further:
    the cost of sealing does not grow with the journal. The verifier looks at all of it."""
    from jiequ.core.models import JournalEntry, JournalLink

    linked = JournalLink.objects.filter(entry_id=models.OuterRef("pk"))
    entries = JournalEntry.objects.filter(~models.Exists(linked)).order_by("pk")
    if recent:
        newest = JournalLink.objects.order_by("-position").values_list("entry_id", flat=True).first()
        entries = entries.filter(pk__gt=(newest or 0) - 10 * BATCH)
    return entries


def head_file() -> Path:
    name = hashlib.sha256(str(connection.settings_dict["NAME"]).encode()).hexdigest()[:8]
    return Path(settings.HOME) / f"journal-head-{name}.json"


def _write_head(position: int, digest: str) -> None:
    file = head_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"position": position, "digest": digest}))
    new.replace(file)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the journal: `what` is edited, deleted, inserted, reordered, cut or unguarded."""

    what: str
    entry: int | None
    says: str


def verify() -> Iterator[Fault]:
    """Read the whole journal and yield every fault. Nothing yielded: it holds."""
    from jiequ.core.models import JournalEntry, JournalLink, JournalSeal

    for table in unguarded_tables():
        yield Fault("unguarded", None, f"table {table} has lost the triggers that forbid change")

    seals = {s.last: s for s in JournalSeal.objects.order_by("last")}
    previous, expected, position = "", 0, 0
    links = JournalLink.objects.order_by("position").iterator(chunk_size=BATCH)
    batch: list[Any] = []

    def check(batch: list[Any]) -> Iterator[Fault]:
        nonlocal previous, expected
        found = JournalEntry.objects.in_bulk([link.entry_id for link in batch])
        for link in batch:
            expected += 1
            if link.position != expected:
                yield Fault("deleted", None, f"link {expected} is missing from the chain (next is {link.position})")
                expected = link.position
            entry = found.get(link.entry_id)
            if entry is None:
                yield Fault(
                    "deleted", link.entry_id, f"entry {link.entry_id} was sealed at {link.position} and is gone"
                )
            elif not is_ours(entry):
                yield Fault("edited", entry.pk, f"entry {entry.pk} says something else than when it was written")
            elif link_digest(previous, entry) != link.digest:
                yield Fault("reordered", entry.pk, f"entry {entry.pk} does not follow from link {link.position - 1}")
            previous = link.digest
            seal = seals.pop(link.position, None)
            if seal is not None and seal.digest != link.digest:
                yield Fault("edited", link.entry_id, f"seal {seal.pk} does not fit link {link.position}")

    for link in links:
        batch.append(link)
        position = link.position
        if len(batch) == BATCH:
            yield from check(batch)
            batch = []
    yield from check(batch)
    for left in seals.values():
        yield Fault("cut", None, f"seal {left.pk} ends at link {left.last}, which is gone")
    yield from _check_head(position, previous)
    for entry in _unsealed().iterator(chunk_size=BATCH):
        if not is_ours(entry):
            yield Fault("inserted", entry.pk, f"entry {entry.pk} was not written by this product, or was edited since")
    for double in JournalEntry.objects.order_by().values("mac").annotate(n=models.Count("pk")).filter(n__gt=1):
        copies = list(JournalEntry.objects.filter(mac=double["mac"]).order_by("pk").values_list("pk", flat=True))
        for copy in copies[1:]:
            yield Fault("inserted", copy, f"entry {copy} is a copy of entry {copies[0]}")


def _check_head(position: int, digest: str) -> Iterator[Fault]:
    from jiequ.core.models import JournalLink

    file = head_file()
    if not file.exists():
        return
    head = json.loads(file.read_text())
    if head["position"] > position:
        yield Fault("cut", None, f"the chain ends at link {position}; {file.name} remembers {head['position']}")
    elif not JournalLink.objects.filter(position=head["position"], digest=head["digest"]).exists():
        yield Fault("edited", None, f"link {head['position']} is not the one that {file.name} remembers")


GUARDED = ("core_journalentry", "core_journallink", "core_journalseal")


def unguarded_tables() -> list[str]:
    """The journal's tables whose triggers are not (all) in force."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY tbl_name")
        else:
            cursor.execute(
                "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' GROUP BY c.relname"
            )
        found = dict(cursor.fetchall())
    return [table for table in GUARDED if found.get(table, 0) < 2]
