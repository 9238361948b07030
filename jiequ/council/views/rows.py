"""One item of the agenda as the meeting's page shows it: who stays out, who speaks, what was voted, what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jiequ.council.actions.presence import Base
from jiequ.council.actions.speaking import seconds_spoken, time_limit
from jiequ.council.models import AgendaItem, Ballot, Motion, Paper, Recusal, Speech, Vote

if TYPE_CHECKING:
    from jiequ.council.views.console import Console


@dataclass(frozen=True)
class Typed:
    """What somebody typed into one of the page's forms and was refused: it is shown again, with the reason."""

    form: str = ""
    of: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


@dataclass
class Round:
    """One vote on an item."""

    ballot: Ballot
    cast: int
    entitled: int
    mine: Vote | None
    by_name: list[tuple[str, str, bool]]  # (who, what, confirmed), of a vote whose names may be known

    @property
    def confirmed(self) -> int:
        return sum(done for _who, _what, done in self.by_name)

    @property
    def may_confirm(self) -> bool:
        mine, ballot = self.mine, self.ballot
        return ballot.kind == Ballot.Kind.HANDS and mine is not None and bool(mine.choice) and mine.confirmed_at is None


@dataclass
class Said:
    """A speech as the page tells it."""

    speech: Speech
    who: str
    seconds: int = 0
    limit: datetime | None = None
    is_mine: bool = False

    @property
    def length(self) -> str:
        return minutes_and_seconds(self.seconds)


@dataclass
class Out:
    """A recusal as the page tells it."""

    recusal: Recusal
    who: str
    proposer: str
    may_decide: bool
    may_withdraw: bool


class Row:
    """One item of the agenda."""

    def __init__(self, console: Console, item: AgendaItem) -> None:
        self.console, self.item, self.motion = console, item, item.motion

    @cached_property
    def rounds(self) -> list[Round]:
        return [self.console.round(b, self) for b in self.console.ballots[self.item.pk]]

    @property
    def current(self) -> Round | None:
        """The round that is open or stands; None while there is nothing but what was set aside."""
        return next((r for r in reversed(self.rounds) if r.ballot.set_aside_at is None), None)

    @property
    def earlier(self) -> list[Round]:
        return [r for r in self.rounds if r.ballot.set_aside_at is not None]

    @cached_property
    def is_on(self) -> bool:
        return self.console.is_open and self.motion.state == Motion.State.DISCUSSING and self.item.closed_at is None

    @property
    def may_begin(self) -> bool:
        is_free = self.console.is_open and not any(row.is_on for row in self.console.rows)
        return is_free and self.motion.state == Motion.State.NOTICED and self.motion.meeting_id == self.item.meeting_id

    @property
    def papers(self) -> list[Paper]:
        return self.console.papers[self.item.pk]

    # ── who stays out ─────────────────────────────────────

    @property
    def _living(self) -> list[Recusal]:
        return [r for r in self.console.recusals[self.item.pk] if r.state in ("held", "proposed")]

    @cached_property
    def base(self) -> Base:
        return self.console.base_without(r.person_id for r in self._living if r.state == Recusal.State.HELD)

    @property
    def recusals(self) -> list[Out]:
        console, me = self.console, self.console.by.person_id
        is_free = console.is_running and self.current is None and self.item.closed_at is None
        return [
            Out(
                r,
                console.label(r.person_id),
                console.label(r.proposed_by_id),
                may_decide=is_free and console.may_run and r.proposed_by_id is not None and r.person_id != me,
                may_withdraw=is_free and me is not None and me == (r.proposed_by_id or r.person_id)
                and (r.state == "held") == (r.proposed_by_id is None),
            )
            for r in self._living
        ]  # fmt: skip

    @property
    def is_undecided(self) -> bool:
        return any(r.state == Recusal.State.PROPOSED for r in self._living)

    @property
    def may_recuse(self) -> bool:
        there = self.console.may_run or self.console.is_member
        return there and self.console.is_running and self.current is None and self.item.closed_at is None

    @property
    def recusable(self) -> list[tuple[int, str]]:
        out = {r.person_id for r in self._living}
        return [(p, label) for p, label in self.console.voters if p not in out and p != self.console.by.person_id]

    @property
    def may_declare(self) -> bool:
        me = self.console.by.person_id
        return any(p == me for p, _label in self.console.voters) and me not in {
            r.person_id for r in self._living if r.state == Recusal.State.HELD
        }

    # ── who speaks ────────────────────────────────────────

    @cached_property
    def speeches(self) -> list[Speech]:
        return self.console.speeches[self.item.pk]

    def _said(self, speech: Speech) -> Said:
        until = speech.ended_at or self.console.now
        seconds = int((until - speech.began_at).total_seconds()) if speech.began_at else 0
        limit = time_limit(speech, self.console.meeting.rule)
        is_mine = speech.person_id is not None and speech.person_id == self.console.by.person_id
        return Said(speech, self.console.label(speech.person_id), max(0, seconds), limit, is_mine)

    @property
    def speaking(self) -> Said | None:
        return next((self._said(s) for s in self.speeches if s.began_at and not s.ended_at), None)

    @property
    def seconds_left(self) -> int:
        said = self.speaking
        return max(0, int((said.limit - self.console.now).total_seconds())) if said and said.limit else 0

    @property
    def time_left(self) -> str:
        return minutes_and_seconds(self.seconds_left)

    @property
    def waiting(self) -> list[Said]:
        """Points of order first, then as they asked."""
        rows = [s for s in self.speeches if not s.began_at and not s.ended_at and not s.gist]
        return [self._said(s) for s in sorted(rows, key=lambda s: (not s.is_point_of_order, s.said_at, s.pk))]

    @property
    def told(self) -> list[Said]:
        """What was said: speeches that are over, and what was noted of them."""
        return [self._said(s) for s in self.speeches if (s.began_at and s.ended_at) or s.gist]

    @property
    def totals(self) -> list[tuple[str, str]]:
        """Who has spoken how long, in the order in which they first spoke."""
        spoken = seconds_spoken(self.speeches, self.console.now)
        return [(self.console.label(person), minutes_and_seconds(s)) for person, s in spoken.items()]

    # ── the forms, with what was typed ────────────────────

    @property
    def typed(self) -> Typed:
        typed = self.console.typed
        return typed if typed.of == self.item.pk else Typed()

    @property
    def hands(self) -> dict[str, Any]:
        """Everybody present has said yes, until somebody types otherwise."""
        data = self.typed.data if self.typed.form == "hands" else {}
        first = {"yes": self.base.present, "no": 0, "abstain": 0}
        return {name: data.get(name, value) for name, value in first.items()} | {"named": bool(data.get("named"))}

    @property
    def entitled(self) -> list[tuple[int, str, str]]:
        """(person, label, choice as typed) for the names of a show of hands."""
        data = self.typed.data if self.typed.form == "hands" else {}
        labels = self.console.labels
        order = [p for p, _label in self.console.voters if p in self.base.entitled]
        return [(p, labels.get(p, ""), data.get(f"name-{p}", Vote.Choice.YES)) for p in order]

    @property
    def proposal(self) -> str:
        return str(self.typed.data.get("proposal", "")) if self.typed.form == "proposal" else self.item.proposal

    @property
    def gist(self) -> str:
        return str(self.typed.data.get("gist", "")) if self.typed.form == "speech" else ""


def minutes_and_seconds(seconds: int) -> str:
    """2:05"""
    return f"{seconds // 60}:{seconds % 60:02d}"
