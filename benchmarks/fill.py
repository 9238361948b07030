"""A street's history, written straight into the tables: the same rows for the same number of motions.

1,500 motions a month in 60 blocks. More motions mean more years, not busier days, so that what grows between two sizes is
history alone. Every motion goes through its life by the calendar; what is still open is what is young.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from operator import itemgetter
from types import SimpleNamespace
from typing import Any

from benchmarks.loading import Table, reset_sequences
from benchmarks.people import Town
from jiequ.core import clock
from jiequ.core.journal import mac
from jiequ.core.models import ClockShift, JournalEntry
from jiequ.council.models import AgendaItem, Attendance, Ballot, Meeting, Motion, Proposer, Rating, Vote
from jiequ.work.models import Task

NOW = datetime(2026, 6, 17, 2, tzinfo=UTC)  # a Wednesday, ten in the morning there
STEP = timedelta(days=30) / 1500  # between two motions
A_MEETING = 6  # motions on one agenda
DAY = timedelta(days=1)
TOPICS = ("路灯", "停车", "垃圾分类", "绿化", "楼道堆物", "充电桩", "排水", "健身器材", "夜间噪声", "围墙", "宣传栏")
CATEGORIES = ("appearance", "hygiene", "facilities", "culture", "epidemic", "other")
BODY = "晚上太黑，请看看怎么办。" * 8
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


def set_clock() -> None:
    """Let the product's clock begin at NOW."""
    from django.utils import timezone

    ClockShift.objects.create(shift=NOW - timezone.now())
    clock.forget_shift()


def fill(town: Town, motions: int) -> dict[str, int]:
    """Write `motions` motions and what belongs to them; how many rows of each kind."""
    history = _History(town)
    for number in range(motions):
        history.live(number, NOW - (motions - number) * STEP)
    return history.write()


class _History:
    """Everything that happened, motion by motion."""

    def __init__(self, town: Town) -> None:
        self.town = town
        models = (
            Meeting,
            Attendance,
            Motion,
            Proposer,
            Task,
            AgendaItem,
            Ballot,
            Vote,
            Rating,
        )  # as they need each other
        self.tables = {model.__name__: Table(model) for model in models}
        self.keys = {name: count(1) for name in self.tables}
        self.told: list[tuple[datetime, str, int, str, int, int | None]] = []
        self.meetings: dict[int, Row] = {}  # by block, the one being filled
        self.sequences: dict[tuple[int, int], int] = {}
        self.of_block = [0] * len(town.blocks)

    def live(self, number: int, at: datetime) -> None:
        """The life of one motion, up to NOW."""
        place = number % len(self.town.blocks)
        if self.of_block[place] % A_MEETING == 0:
            last = at + (A_MEETING - 1) * len(self.town.blocks) * STEP
            self._meet(place, self.of_block[place] // A_MEETING + 1, last + 14 * DAY)
        self.of_block[place] += 1
        met = self.meetings[place]
        motion = self._motion(place, number, at, met)
        self.tables["Motion"].add(**motion)
        proposer = self.town.councillors[place][number % 9].pk
        self.tables["Proposer"].add(id=motion["id"], motion_id=motion["id"], person_id=proposer, proposed_at=at)
        self._work(place, motion)
        if motion.get("decided_at"):
            self._vote(place, number, motion, met)
        self._tell(place, motion)

    def write(self) -> dict[str, int]:
        written = {name: table.write() for name, table in self.tables.items()}
        written["JournalEntry"] = self._enter()
        reset_sequences(Meeting, Attendance, Task, AgendaItem, Ballot, Vote, Rating, JournalEntry)
        return written

    def _add(self, name: str, **values: Any) -> int:
        pk = next(self.keys[name])
        self.tables[name].add(id=pk, **values)
        return pk

    def _meet(self, place: int, sequence: int, starts: datetime) -> None:
        held = starts < NOW
        state = "closed" if held else "noticed" if starts - 4 * DAY < NOW else "planned"
        pk = self._add(
            "Meeting", unit_id=self.town.blocks[place].pk, sequence=sequence, starts_at=starts, place="党群服务站",
            rule_id=self.town.rule.pk, state=state, chair_id=self.town.heads[place].pk,
            noticed_at=_past(starts - 4 * DAY), opened_at=_past(starts), closed_at=starts + DAY / 12 if held else None,
            created_at=starts - 8 * DAY,
        )  # fmt: skip
        self.meetings[place] = {"id": pk, "starts_at": starts}
        if held:
            for person in self.town.councillors[place]:
                self._add(
                    "Attendance", meeting_id=pk, person_id=person.pk, is_voting=True, arrived_at=starts,
                    left_at=starts + DAY / 12,
                )  # fmt: skip

    def _motion(self, place: int, number: int, at: datetime, meeting: Row) -> Row:
        """As it stands at NOW: its fate by its number, its step by the calendar."""
        fate, met, year = number // len(self.town.blocks) % 50, meeting["starts_at"], clock.day(at).year
        sequence = self.sequences[place, year] = self.sequences.get((place, year), 0) + 1
        title = f"{TOPICS[number % 11]}的事{number}"
        words = unicodedata.normalize("NFKC", f"{title} {year}-{sequence:03d}").casefold()
        motion: Row = {
            "id": _key(at, number), "unit_id": self.town.blocks[place].pk, "year": year, "sequence": sequence,
            "title": title, "body": BODY, "place": "三号楼前", "category": CATEGORIES[number % 6], "source": "post",
            "rule_id": self.town.rule.pk, "budget": number % 17 * 1000, "collected_at": at, "search_text": words,
            "state": "collected",
        }  # fmt: skip
        if at + DAY < NOW:
            motion |= {"state": "recommended", "recommended_at": at + DAY}
        if at + 3 * DAY >= NOW:
            return motion
        motion["screened_at"] = at + 3 * DAY
        if fate < 4:
            return motion | {"state": ("returned", "returned", "referred", "merged")[fate], "reason": "说明"}
        motion["state"] = "accepted"
        if met - 8 * DAY < NOW:
            motion |= {"state": "listed", "meeting_id": meeting["id"]}
        if met - 4 * DAY < NOW:
            motion |= {"state": "noticed", "noticed_at": met - 4 * DAY}
        if met >= NOW:
            return motion
        motion["discussed_at"] = met
        if fate == 5 and met + 60 * DAY > NOW:
            return motion | {"state": "postponed"}
        motion |= {"decided_at": met, "was_adopted": fate > 9}
        if fate <= 9:
            return motion | {"state": "rejected", "concluded_at": met}
        motion |= {"state": "adopted", "resolution": "同意，由社区落实。", "responsible_id": self.town.heads[place].pk}
        for state, days, field in (
            ("publicised", 1, "publicised_at"),
            ("following", 8, "following_at"),
            ("evaluating", 36, "evaluating_at"),
            ("concluded", 43, "concluded_at"),
        ):
            if met + days * DAY < NOW:
                motion |= {"state": state, field: met + days * DAY, "public_until": (met + 7 * DAY).date()}
        return motion

    def _work(self, place: int, motion: Row) -> None:
        """Its tasks: to recommend, to accept, to carry out."""
        town, at, screened = self.town, motion["collected_at"], motion.get("screened_at")
        head, block = town.heads[place].pk, town.blocks[place].pk
        community = town.communities[place * len(town.communities) // len(town.blocks)].pk
        recommended, following = motion.get("recommended_at"), motion.get("following_at")
        self._task("council.recommend", motion, block, "head", None, at, 5, recommended, head)
        if recommended:
            self._task("council.accept", motion, community, "chief", None, recommended, 4, screened, head)
        if following:
            done = _past(following + (18 if motion["sequence"] % 10 else 30) * DAY)
            self._task("council.carry_out", motion, block, "", head, following, 20, done, head)

    def _task(
        self, verb: str, motion: Row, unit: int, role: str, holder: int | None, opened: datetime, days: int,
        done: datetime | None, by: int,
    ) -> None:  # fmt: skip
        self._add(
            "Task", verb=verb, title=motion["title"], about_kind="council.motion", about_id=motion["id"], unit_id=unit,
            role=role, holder_id=holder, state="done" if done else "open", opened_at=opened, due_at=opened + days * DAY,
            finished_at=done, finished_by_id=by if done else None,
        )  # fmt: skip

    def _vote(self, place: int, number: int, motion: Row, meeting: Row) -> None:
        """Its place on the agenda and its ballot; one in twenty by name, with the votes; a rating once it is concluded."""
        adopted, met = motion["was_adopted"], meeting["starts_at"]
        yes, by_name = 7 if adopted else 3, number % 20 == 0
        position = (self.of_block[place] - 1) % A_MEETING + 1
        item = self._add("AgendaItem", meeting_id=meeting["id"], motion_id=motion["id"], position=position)
        ballot = self._add(
            "Ballot", item_id=item, kind="by_name" if by_name else "hands", quorum_num=2, quorum_den=3,
            quorum_strict=False, majority_num=1, majority_den=2, majority_strict=True, seats=9, present=9, yes=yes,
            no=9 - yes, opened_at=met, closed_at=met, outcome="passed" if adopted else "not_passed",
        )  # fmt: skip
        for n, person in enumerate(self.town.councillors[place] if by_name else ()):
            self._add("Vote", ballot_id=ballot, person_id=person.pk, choice="yes" if n < yes else "no", cast_at=met)
        if adopted and motion.get("concluded_at"):
            score = "unsatisfied" if number % 9 == 0 else "satisfied"
            self._add("Rating", motion_id=motion["id"], round=1, score=score, voter_index=str(number), rated_at=met)

    def _tell(self, place: int, motion: Row) -> None:
        """What the journal says of it; what happened to its tasks is left out."""
        head, label = self.town.heads[place].pk, f"{motion['year']}-{motion['sequence']:03d}"
        for at, verb in _moments(motion):
            self.told.append((at, verb, motion["id"], label, self.town.blocks[place].pk, head))

    def _enter(self) -> int:
        """The journal in the order in which it happened, each entry with a valid mark."""
        self.told.sort(key=itemgetter(0))
        table = Table(JournalEntry)
        for pk, (at, verb, motion, label, unit, by) in enumerate(self.told, JournalEntry.objects.count() + 1):
            values: Row = {
                "at": at, "verb": verb, "kind": "council.motion", "thing_id": motion, "label": label, "unit_id": unit,
                "by_id": by, "channel": "bench",
            }  # fmt: skip
            table.add(id=pk, mac=mac(SimpleNamespace(**values, facts={})), **values)
        return table.write()


def _moments(motion: Row) -> Iterator[tuple[datetime, str]]:
    adopted = motion.get("was_adopted")
    for field, verb in (
        ("collected_at", "collect"),
        ("recommended_at", "recommend"),
        ("screened_at", "accept"),
        ("decided_at", "adopt" if adopted else "reject"),
        ("publicised_at", "publicise"),
        ("following_at", "follow_up"),
        ("concluded_at", "conclude"),
    ):
        if motion.get(field) and (adopted or field != "concluded_at"):
            yield motion[field], verb


def _key(at: datetime, number: int) -> int:
    """As `core.ids` makes them, with the number in place of chance."""
    return (int((at - _EPOCH).total_seconds() * 1000) << 21) | (number % (1 << 21))


def _past(at: datetime) -> datetime | None:
    return at if at < NOW else None
