"""A secret vote against somebody who has everything but the voters' word: database, journal, logs and every backup.

The attacker takes a whole backup after each single vote, in the database's own physical order, keeps the log at its most
talkative, and may use the master keys. From half of the ballots, whose votes he is told, he learns which trace
goes with which choice; on the other half he guesses. He must do no better than by chance, and the same attacker must
succeed at once against votes by name, or the test would prove nothing.
"""

from __future__ import annotations

import io
import itertools
import logging
import math
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from jiequ.core import clock, personal
from jiequ.council import actions
from tests import make

BALLOTS, VOTERS = 24, 9
CHOICES = ("yes", "no", "abstain")
Trace = dict[str, object]


class Backups:
    """Dumps of every table, with the order and the hidden columns that the database keeps for itself."""

    def __init__(self) -> None:
        self.tables = [
            m._meta.db_table for m in apps.get_models() if m._meta.app_label in {"council", "core", "work", "people"}
        ]

    def take(self) -> dict[str, dict[str, tuple[object, ...]]]:
        hidden = "ctid::text, xmin::text, *" if connection.vendor == "postgresql" else "rowid, *"
        dump = {}
        with connection.cursor() as cursor:
            for table in self.tables:
                cursor.execute(f"SELECT {hidden} FROM {table}")
                rows = [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()]
                dump[table] = {repr(row): row for row in rows}
        return dump


def traces(before, after, said: str) -> Trace:
    """Everything that one vote left behind, as single observations."""
    found: Trace = {"log length": len(said), "log words": len(said.split())}
    for table, rows in after.items():
        new = [row for key, row in rows.items() if key not in before[table]]
        found[f"{table} new"] = len(new)
        for n, row in enumerate(new):
            for column, value in enumerate(row):
                name = f"{table}.{n}.{column}"
                if isinstance(value, bytes):
                    found[f"{name} length"] = len(value)
                    found.update(
                        {f"{name}[{place}] % {m}": byte % m for place, byte in enumerate(value) for m in (2, 3)}
                    )
                elif isinstance(value, int):
                    found.update({f"{name} % {m}": value % m for m in (2, 3)})
                else:
                    found[name] = str(value)[-1:]
                    found[f"{name} length"] = len(str(value))
    return found


def best_guess(known: list[tuple[Trace, str]], unknown: list[tuple[Trace, str]]) -> float:
    """Learn from `known` the one observation that tells most; the share of `unknown` it guesses right."""
    table: dict[str, dict[object, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for trace, choice in known:
        for name, value in trace.items():
            table[name][value][choice] += 1
    name = max(table, key=lambda n: sum(max(c.values()) for c in table[n].values()))
    learned = {value: counts.most_common(1)[0][0] for value, counts in table[name].items()}
    return sum(learned.get(trace.get(name), "yes") == choice for trace, choice in unknown) / len(unknown)


def hold(kind: str, dice: Random) -> tuple[list[tuple[Trace, str]], list[tuple[Trace, str]], list[str]]:
    """Votes with the traces each left while the ballot was open, and with those it left after the close; and the envelopes
    out of the backups."""
    room = make.room(VOTERS)
    motions = [make.motion(room, state="accepted", title=f"议题{n}") for n in range(BALLOTS)]
    meeting = make.meeting(room, *motions, present=VOTERS)
    items = meeting.items.select_related("meeting__unit", "meeting__rule", "motion__unit", "motion__rule").order_by(
        "position"
    )
    backups, log = Backups(), io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    during, after, stolen = [], [], []
    try:
        for item in items:
            actions.open_item(item, by=room.head)
            ballot = actions.open_ballot(item, by=room.head, kind=kind)
            order = dice.sample(room.councillors, VOTERS)
            picks = {who.person_id: dice.choice(CHOICES) for who in order}
            before = backups.take()
            for who in order:
                start = log.tell()
                actions.cast_vote(ballot, by=who, choice=picks[who.person_id])
                now = backups.take()
                during.append((traces(before, now, log.getvalue()[start:]), picks[who.person_id]))
                before = now
            stolen += [bytes(v.envelope) for v in ballot.votes.all()]
            actions.close_ballot(ballot, by=room.head)
            for place, vote in enumerate(ballot.votes.order_by("pk")):
                row = {
                    "place": place,
                    "choice": vote.choice,
                    "counted": vote.is_counted,
                    "envelope": bool(vote.envelope),
                }
                row |= {f"pk % {m}": vote.pk % m for m in (2, 3)}
                row |= {f"cast % {m}": int(vote.cast_at.timestamp() * 1e6) % m for m in (2, 3)}
                after.append((row, picks[vote.person_id]))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return during, after, [envelope.hex() for envelope in stolen]


def halves(votes):
    return votes[: len(votes) // 2], votes[len(votes) // 2 :]


#: Four standard deviations above guessing one of three blindly.
LUCK = 1 / 3 + 4 * math.sqrt(2 / 9 / (BALLOTS * VOTERS // 2))


@pytest.mark.django_db(transaction=True)
def test_with_database_journal_logs_and_backups_nobody_joins_a_secret_vote_to_its_voter():
    with clock.stand_at(make.WEDNESDAY):
        during, after, stolen = hold("secret", Random(7))
    assert best_guess(*halves(during)) < LUCK
    assert best_guess(*halves(after)) < LUCK
    assert {row["choice"] for row, _pick in after} == {""}
    # The master keys open nothing, and the ballots' own are gone.
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    for key, envelope in itertools.product(
        [*settings.KEYS.data.values(), personal.blind("x", "y").encode()[:32]], stolen
    ):
        blob = bytes.fromhex(envelope)
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(blob[:12], blob[12:], b"")


@pytest.mark.django_db(transaction=True)
def test_the_same_attacker_reads_votes_by_name_after_the_close_and_not_before():
    with clock.stand_at(make.WEDNESDAY):
        during, after, _stolen = hold("by_name", Random(11))
    assert best_guess(*halves(during)) < LUCK
    assert best_guess(*halves(after)) == 1


@pytest.mark.django_db(transaction=True)
def test_no_key_of_a_closed_ballot_is_left_in_the_home():
    with clock.stand_at(make.WEDNESDAY):
        room = make.room()
        meeting = make.meeting(room, make.motion(room, state="accepted"), present=7)
        ballot = actions.open_ballot(make.item(meeting, opened_by=room.head), by=room.head, kind="secret")
        secret = (Path(settings.HOME) / "shred" / f"{ballot.key_name}.key").read_bytes()
        for who in room.councillors[:7]:
            actions.cast_vote(ballot, by=who, choice="yes")
        actions.close_ballot(ballot, by=room.head)
    held = [p for p in Path(settings.HOME).rglob("*") if p.is_file() and secret in p.read_bytes()]
    assert held == []
