"""A street's cases, written straight into the tables: the same rows for the same number of cases.

10,000 cases a month in 60 blocks. More cases mean more years, not busier days: what grows between two sizes is history alone,
and what is open is what is young. A case has a complainant, a dispatch, three tasks, two messages, a rating (three in five)
and six entries in the journal; its words are not encrypted here, because nothing that is measured reads more than one case's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from benchmarks.fill import DAY, NOW, Row, _key, _past
from benchmarks.loading import Table, reset_sequences
from benchmarks.people import BEGAN, Town
from jiequ.cases.actions import set_default_limits
from jiequ.cases.models import (
    Case,
    CaseCategory,
    CaseLimit,
    CaseMessage,
    CaseNumber,
    CaseRating,
    Complainant,
    Dispatch,
    DutyLine,
    Handler,
    HandlerMember,
    SpotFix,
)
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.people.models import Account, Person
from jiequ.territory.models import Unit
from jiequ.work.models import Task

STEP = timedelta(days=30) / 10_000  # between two cases
BATCH = 25_000  # cases whose rows lie in memory at a time
TOPICS = ("楼道灯", "垃圾", "油烟", "噪音", "充电", "水浸", "停车", "飞线", "井盖", "路灯", "蚊虫", "扶手", "广告牌")
KINDS = ("help", "complaint", "question", "suggestion", "report", "praise")
DEPARTMENTS = 4
GRIDS = 2  # red grids in each block of the town


@dataclass
class Desk:
    """What cases need beside the town: categories, handlers, and who signs in for them."""

    categories: list[CaseCategory]
    own: list[Handler]  # one a block, by its head's post
    departments: list[Handler]
    workers: list[Person]
    worker: Account
    grids: dict[int, list[Unit]]  # by the number of the block


def furnish(town: Town) -> Desk:
    """Reference rows, so few that they count for nothing."""
    with clock.stand_at(clock.at(BEGAN)):
        set_default_limits(town.root, by=SYSTEM)
    categories = CaseCategory.objects.bulk_create(
        CaseCategory(code=f"bench-{n}", name=f"试验类别{n + 1}", order=n, kind=KINDS[n % 6]) for n in range(16)
    )
    own = Handler.objects.bulk_create(
        Handler(unit=block, name=f"{block.name}网格长", role="head", level="block") for block in town.blocks
    )
    departments = Handler.objects.bulk_create(
        Handler(unit=town.root, name=f"试验部门{n + 1}", level="department") for n in range(DEPARTMENTS)
    )
    workers = Person.objects.bulk_create(
        Person(id=(1 << 40) + n, name=f"承办{n}", label="承*", is_synthetic=True) for n in range(DEPARTMENTS)
    )
    HandlerMember.objects.bulk_create(
        HandlerMember(handler=handler, person=person, starts_on=BEGAN)
        for handler, person in zip(departments, workers, strict=True)
    )
    DutyLine.objects.bulk_create(
        DutyLine(unit=town.root, category=category, handler=departments[n % DEPARTMENTS], starts_on=BEGAN)
        for n, category in enumerate(categories)
        if n % 3 == 0
    )
    worker = Account.objects.create(username="worker", person=workers[0], password="!")
    rows = list(Unit.objects.filter(kind=Unit.Kind.RED_GRID).defer("boundary"))
    grids = {n: [u for u in rows if u.path.startswith(block.path)] for n, block in enumerate(town.blocks)}
    return Desk(list(categories), list(own), list(departments), list(workers), worker, grids)


def fill(town: Town, desk: Desk, cases: int) -> dict[str, int]:
    """Write `cases` cases and what belongs to them; how many rows of each kind."""
    history = _History(town, desk)
    for number in range(cases):
        history.live(number, NOW - (cases - number) * STEP)
        if number % BATCH == BATCH - 1:
            history.write()
    history.write()
    today = clock.day(NOW)
    CaseNumber.objects.bulk_create(
        CaseNumber(unit=town.blocks[place], day=day, last=last)
        for (place, day), last in history.sequences.items()
        if day == today
    )
    reset_sequences(Dispatch, Task, JournalEntry, SpotFix)
    return history.written


class _History:
    """Everything that happened, case by case; written batch by batch."""

    def __init__(self, town: Town, desk: Desk) -> None:
        self.town, self.desk = town, desk
        models = (Case, Complainant, Dispatch, Task, CaseMessage, CaseRating, SpotFix, JournalEntry)
        self.tables = {model.__name__: Table(model) for model in models}
        self.written = dict.fromkeys(self.tables, 0)
        self.keys = {
            name: count(1 + model._base_manager.count()) for name, model in zip(self.tables, models, strict=True)
        }
        self.limits = {row.kind: row for row in CaseLimit.objects.all()}
        self.sequences: dict[tuple[int, Any], int] = {}

    def write(self) -> None:
        for name, table in self.tables.items():
            self.written[name] += table.write()

    def live(self, number: int, at: datetime) -> None:
        """The life of one case, up to NOW: its fate by its number, its step by the calendar."""
        place = number % len(self.town.blocks)
        case = self._case(place, number, at)
        self.tables["Case"].add(**case)
        first = case["id"]
        self.tables["Complainant"].add(id=first, case_id=first, joined_at=at, token_index=f"bench-{number}")
        self._work(place, case)
        for verb, when in self._told(case):
            self.tables["JournalEntry"].add(
                id=next(self.keys["JournalEntry"]), at=when, verb=verb, kind="cases.case", thing_id=case["id"],
                label=f"{case['filed_on']:%Y-%m%d}-{case['sequence']:02d}", unit_id=case["unit_id"],
                by_id=self.town.heads[place].pk, channel="bench", mac="0" * 64,
            )  # fmt: skip
        if number % 20 == 0:
            self.tables["SpotFix"].add(
                id=next(self.keys["SpotFix"]), unit_id=case["unit_id"], category_id=case["category_id"],
                what="顺手关好了井盖", fixed_at=at, fixed_by_id=self.town.heads[place].pk,
            )  # fmt: skip

    def _case(self, place: int, number: int, at: datetime) -> Row:
        day = clock.day(at)
        sequence = self.sequences[place, day] = self.sequences.get((place, day), 0) + 1
        if sequence == 1 and len(self.sequences) > 4 * len(self.town.blocks):
            self.sequences = {key: n for key, n in self.sequences.items() if key[1] == day}
        fate = number // len(self.town.blocks) % 50
        category = self.desk.categories[number % 16]
        kind = KINDS[number % 6]
        title = f"{TOPICS[number % 13]}的事{number}"
        words = unicodedata.normalize("NFKC", f"{title} 三号楼前 {day:%Y-%m%d}-{sequence:02d}").casefold()
        limit = self.limits.get(kind) or self.limits[""]
        lead = self.desk.departments[number % DEPARTMENTS] if number % 3 == 0 else self.desk.own[place]
        holder = self.desk.workers[number % DEPARTMENTS] if number % 3 == 0 else self.town.heads[place]
        case: Row = {
            "id": _key(at, number), "filed_in_id": self.town.blocks[place].pk, "filed_on": day, "sequence": sequence,
            "unit_id": self.desk.grids[place][number % GRIDS].pk, "block_id": self.town.blocks[place].pk,
            "category_id": category.pk, "kind": kind, "title": title, "place": "三号楼前", "source": "scan",
            "state": "submitted", "limit_id": limit.pk, "search_text": words, "filed_at": at,
            "dispatch_due_at": at + timedelta(hours=2), "contact_due_at": at + DAY, "due_at": at + 7 * DAY,
        }  # fmt: skip
        if at + DAY / 24 >= NOW:
            return case
        case |= {"accepted_at": at + DAY / 24}
        if fate < 3:
            ended = {"ended_at": at + DAY / 24, "reason": "说明"}
            return case | ended | {"state": ("declined", "referred", "withdrawn")[fate], "accepted_at": None}
        case |= {"state": "dispatched", "lead_id": lead.pk, "holder_id": holder.pk, "dispatched_at": at + DAY / 24}
        if at + DAY / 2 < NOW:
            case |= {"state": "working", "acknowledged_at": at + DAY / 2, "responded_at": at + DAY / 2}
        answered = at + (2 + fate % 8) * DAY  # some after their due time
        if answered < NOW:
            case |= {
                "state": "replied",
                "closed_at": answered,
                "ended_at": answered,
                "outcome": "solved" if fate % 5 else "answered",
            }
        if answered + 2 * DAY < NOW:
            case |= {"state": "archived", "archived_at": answered + 2 * DAY}
            if fate % 5 > 1:
                case |= {"score": "satisfied", "rated_at": answered + DAY, "solved_at": answered + DAY}
        return case

    def _work(self, place: int, case: Row) -> None:
        at, lead = case["filed_at"], case.get("lead_id")
        head, block = self.town.heads[place].pk, self.town.blocks[place].pk
        taken = case.get("accepted_at") or case.get("ended_at")
        self._task("cases.accept", case, block, "head", None, at + DAY / 12, taken, head)
        if not lead:
            return
        self.tables["Dispatch"].add(
            id=next(self.keys["Dispatch"]), case_id=case["id"], lead_id=lead, dispatched_at=taken,
            acknowledged_at=case.get("acknowledged_at"),
        )  # fmt: skip
        holder = case["holder_id"]
        self._task("cases.acknowledge", case, block, "", holder, at + 2 * DAY, case.get("acknowledged_at"), holder)
        if case.get("acknowledged_at"):
            self._task("cases.handle", case, block, "", holder, case["due_at"], case.get("closed_at"), holder)
            self._say(case, "to", case["acknowledged_at"], holder)
        if closed := case.get("closed_at"):
            self._say(case, "reply", closed, holder)
        if rated := case.get("rated_at"):
            self.tables["CaseRating"].add(
                id=case["id"], case_id=case["id"], complainant_id=case["id"], score=case["score"], rated_at=rated
            )

    def _task(
        self, verb: str, case: Row, unit: int, role: str, holder: int | None, due_at: datetime, done: datetime | None, by: int
    ) -> None:  # fmt: skip
        self.tables["Task"].add(
            id=next(self.keys["Task"]), verb=verb, title="试验类别", about_kind="cases.case", about_id=case["id"],
            unit_id=unit, role=role, holder_id=holder, state="done" if done else "open", opened_at=case["filed_at"],
            due_at=due_at, finished_at=done, finished_by_id=by if done else None,
        )  # fmt: skip

    def _say(self, case: Row, kind: str, at: datetime, by: int) -> None:
        self.tables["CaseMessage"].add(
            id=case["id"] + (1 if kind == "reply" else 0), case_id=case["id"], kind=kind, said_at=at, said_by_id=by
        )

    def _told(self, case: Row) -> Iterator[tuple[str, datetime]]:
        for field, verb in (
            ("filed_at", "file"),
            ("accepted_at", "accept"),
            ("dispatched_at", "dispatch"),
            ("acknowledged_at", "acknowledge"),
            ("closed_at", "reply"),
            ("rated_at", "rate"),
            ("archived_at", "archive"),
        ):
            if (when := case.get(field)) is not None and _past(when):
                yield verb, when
