"""A large council votes: every vote once, though a web process is killed in the middle; and what its phones cost while they wait.

2,000 votes are 200 councillors in one room on ten open ballots, the hardest case: they all meet at the same rows. Each phone
sends its vote again until it is answered, as the product's own page does.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.urls import reverse

from benchmarks.client import Request, send
from benchmarks.fill import NOW
from benchmarks.people import BEGAN, Town, session
from benchmarks.server import HOST, Server, family
from jiequ.core import clock, shredding
from jiequ.core.permission import SYSTEM
from jiequ.council.actions import close_ballot
from jiequ.council.actions.presence import touch
from jiequ.council.models import AgendaItem, Attendance, Ballot, Council, Meeting, Motion, Vote
from jiequ.council.views.codes import pulse_token
from jiequ.people.models import Account, Appointment, Person
from jiequ.territory.models import Unit

COUNCILLORS, BALLOTS = 200, 10
CLIENTS = 8  # that send at the same moment
CHOICES = ("yes", "no", "abstain", "yes")
ASKS_EVERY = 2.5  # seconds, as the room's page does
WAITS = 20.0  # seconds that waiting phones are watched
HAPPENS_EVERY = 5.0  # seconds between two things that every phone must show


class Hall:
    """A meeting of 200 councillors with ten ballots open, and the sessions of their phones."""

    def __init__(self, town: Town) -> None:
        values: dict[str, Any] = {
            "kind": "block",
            "code": "BHALL",
            "name": "大会街区",
            "valid_from": BEGAN,
            "is_synthetic": True,
        }
        self.unit: Unit = Unit.objects.add_child(town.communities[0], values)
        Council.objects.create(unit=self.unit, founded_on=BEGAN)
        first = 1 + max(Person.objects.values_list("pk", flat=True))
        people = [
            Person(id=first + n, label=f"理{n}*", name_index=f"hall{n}", is_synthetic=True) for n in range(COUNCILLORS)
        ]
        Person.objects.bulk_create(people)
        Appointment.objects.bulk_create(
            Appointment(person=p, role="councillor", unit=self.unit, starts_on=BEGAN) for p in people
        )
        Account.objects.bulk_create(Account(username=f"hall{n}", person=p, password="!") for n, p in enumerate(people))
        self.sessions = [session(a) for a in Account.objects.filter(username__startswith="hall").order_by("pk")]
        self.meeting = Meeting.objects.create(
            unit=self.unit, sequence=1, starts_at=NOW, place="礼堂", rule=town.rule, state="open", opened_at=NOW,
            noticed_at=NOW - timedelta(days=4), created_at=NOW, chair=people[0],
        )  # fmt: skip
        Attendance.objects.bulk_create(
            Attendance(meeting=self.meeting, person=p, is_voting=True, arrived_at=NOW) for p in people
        )
        self.ballots = [self._ballot(town, n) for n in range(BALLOTS)]

    def _ballot(self, town: Town, number: int) -> Ballot:
        motion = Motion(
            unit=self.unit, year=2026, sequence=number + 1, title=f"大会的第{number + 1}件事", body="试投", category="other",
            source="post", state="discussing", rule=town.rule, search_text="试投", collected_at=NOW, meeting=self.meeting,
        )  # fmt: skip
        motion.save(force_insert=True)
        item = AgendaItem.objects.create(meeting=self.meeting, motion=motion, position=number + 1)
        made = Ballot.objects.create(
            item=item, kind="secret" if number % 2 else "by_name", quorum_num=2, quorum_den=3, quorum_strict=False,
            majority_num=1, majority_den=2, majority_strict=True, seats=COUNCILLORS, present=COUNCILLORS, opened_at=NOW,
            key_name=f"bench-{self.meeting.pk}-{number}", question=motion.title,
        )  # fmt: skip
        shredding.make_key(made.key_name)
        return made

    def choice(self, ballot: int, person: int) -> str:
        return CHOICES[(ballot + person) % len(CHOICES)]


def votes(hall: Hall, server: Server) -> dict[str, Any]:
    """Cast all of them, killing a web process half-way; what was lost or doubled, and the seconds it took."""
    waiting: Iterator[tuple[int, int]] = iter(list(itertools.product(range(BALLOTS), range(COUNCILLORS))))
    lock, sent_again, killed = threading.Lock(), Counter[str](), threading.Event()
    answered = itertools.count(1)

    def phone() -> None:
        connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
        while True:
            with lock:
                mine = next(waiting, None)
            if mine is None:
                connection.close()
                return
            ballot, person = mine
            request = Request(
                reverse("ballot-vote", args=[hall.ballots[ballot].pk]), hall.sessions[person],
                {"choice": hall.choice(ballot, person)}, expects=302,
            )  # fmt: skip
            while True:
                try:
                    status, body = send(connection, request)
                except (OSError, http.client.HTTPException):
                    sent_again["lost connection"] += 1
                    connection.close()
                    time.sleep(0.05)
                    continue
                if status == request.expects:
                    break
                if status < 500:
                    raise SystemExit(f"a vote was answered {status}: {body[-300:]!r}")
                sent_again[str(status)] += 1
                time.sleep(0.05)
            if next(answered) == BALLOTS * COUNCILLORS // 2:
                workers = [pid for pid in family(server.process.pid) if pid != server.process.pid]
                os.kill(workers[-1], signal.SIGKILL)
                killed.set()

    began = time.perf_counter()
    phones = [threading.Thread(target=phone) for _ in range(CLIENTS)]
    for each in phones:
        each.start()
    for each in phones:
        each.join()
    took = time.perf_counter() - began
    rows = Counter(Vote.objects.filter(ballot__in=hall.ballots).values_list("ballot_id", "person_id"))
    wrong = _count(hall)
    return {
        "cast": BALLOTS * COUNCILLORS, "seconds": took, "killed": killed.is_set(), "sent_again": sum(sent_again.values()),
        "lost": BALLOTS * COUNCILLORS - len(rows), "double": sum(n - 1 for n in rows.values()), "miscounted": wrong,
    }  # fmt: skip


def phones(hall: Hall, server: Server) -> dict[str, float]:
    """All 200 wait with their page open: each asks for the pulse, and reads its page again when something has happened.

    Returns how many cores the web processes took, how many pulses and pages were answered, and a pulse's p99 in ms.
    """
    pulse = Request(reverse("pulse", args=[pulse_token(hall.meeting)]))
    pages = [Request(reverse("meeting-room", args=[hall.meeting.pk]), key) for key in hall.sessions]
    until = time.perf_counter() + WAITS
    took: list[float] = []
    read = itertools.count()
    wrong: list[str] = []

    def some(mine: list[int]) -> None:
        """These phones, one after the other and each every 2.5 seconds, over one connection."""
        connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
        known: dict[int, int] = {}
        pause = ASKS_EVERY / len(mine)
        for phone in itertools.cycle(mine):
            began = time.perf_counter()
            if began > until:
                break
            status, body = send(connection, pulse)
            took.append(time.perf_counter() - began)
            version = json.loads(body)["v"] if status == 200 else -1
            if known.get(phone) != version:
                known[phone] = version
                status, body = send(connection, pages[phone])
                next(read)
            if status != 200:
                wrong.append(f"{status}: {body[-300:]!r}")
                break
            time.sleep(max(0.0, pause - (time.perf_counter() - began)))
        connection.close()

    before = server.cpu(), server.cpu_of_database()
    began = time.perf_counter()
    threads = [threading.Thread(target=some, args=(list(range(n, COUNCILLORS, CLIENTS)),)) for n in range(CLIENTS)]
    for each in threads:
        each.start()
    for _n in range(int(WAITS / HAPPENS_EVERY) - 1):
        time.sleep(HAPPENS_EVERY)
        touch(hall.meeting)
    for each in threads:
        each.join()
    whole = time.perf_counter() - began
    if wrong:
        raise SystemExit(f"a waiting phone was answered {wrong[0]}")
    took.sort()
    return {
        "phones": COUNCILLORS, "cores": (server.cpu() - before[0]) / whole, "cores_database": (server.cpu_of_database() - before[1]) / whole,
        "pulses": len(took), "pages": next(read), "p99": 1000 * took[round(0.99 * len(took)) - 1], "seconds": whole,
    }  # fmt: skip


def _count(hall: Hall) -> int:
    """Close every ballot; how many sums are not what was sent."""
    wrong = 0
    with clock.stand_at(NOW + timedelta(hours=1)):
        for number, ballot in enumerate(hall.ballots):
            row = Ballot.objects.select_related(
                "item__meeting__unit", "item__meeting__rule", "item__motion__unit", "item__motion__rule"
            ).get(pk=ballot.pk)
            closed = close_ballot(row, by=SYSTEM)
            sent = Counter(hall.choice(number, person) for person in range(COUNCILLORS))
            wrong += (closed.yes, closed.no, closed.abstain) != (sent["yes"], sent["no"], sent["abstain"])
    return wrong
