"""A meeting as the phones and the wall show it: one reading, of the same few statements however long the meeting is.

What is open is told by numbers alone: who is there, how many have cast. A tally is read only from a ballot that is closed.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core import clock, workdays
from jiequ.core.templatetags.jiequ import short_day
from jiequ.council.actions.presence import COUNCIL_ROLES, VOTING_ROLES, Base
from jiequ.council.actions.speaking import time_limit
from jiequ.council.models import AgendaItem, Ballot, Meeting, Motion, Recusal, Speech, Vote
from jiequ.council.views.drawing import need_path, seat_paths
from jiequ.people.models import Appointment

#: The three choices in the order in which they always stand: (value, icon, word).
CHOICES = (
    (Vote.Choice.YES, "check", gettext_lazy("同意")),
    (Vote.Choice.NO, "x", gettext_lazy("反对")),
    (Vote.Choice.ABSTAIN, "minus", gettext_lazy("弃权")),
)
STEP_OF = {"gathering": 2, "idle": 3, "discussing": 3, "voting": 4}


class Sitting:
    """One meeting at this instant. Read each part once, so that a page costs the same whatever it shows."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting

    @property
    def at_ms(self) -> int:
        """When it was read, as a script counts the time."""
        return int(clock.now().timestamp() * 1000)

    # ── what is on ────────────────────────────────────────

    @cached_property
    def items(self) -> list[AgendaItem]:
        return list(self.meeting.items.select_related("motion__rule").order_by("position"))

    @cached_property
    def ballots(self) -> dict[int, list[Ballot]]:
        """By item, the rounds in their order."""
        found: dict[int, list[Ballot]] = {}
        for ballot in Ballot.objects.filter(item__meeting=self.meeting).order_by("round"):
            found.setdefault(ballot.item_id, []).append(ballot)
        return found

    @cached_property
    def item(self) -> AgendaItem | None:
        """What the room is at: the item being voted or discussed, or else the one that was finished last."""
        if self.meeting.state != Meeting.State.OPEN:
            return None
        for item in self.items:
            if any(b.is_open for b in self.ballots.get(item.pk, [])):
                return item
        begun = [i for i in self.items if i.opened_at or i.closed_at]
        return max(begun, key=lambda i: (i.closed_at is None, i.closed_at or i.opened_at, i.position), default=None)

    @cached_property
    def ballot(self) -> Ballot | None:
        """The item's last round, open or closed."""
        rounds = self.ballots.get(self.item.pk, []) if self.item else []
        return rounds[-1] if rounds else None

    @property
    def motion(self) -> Motion | None:
        return self.item.motion if self.item else None

    @cached_property
    def stage(self) -> str:
        """gathering, idle, discussing, voting, decided; or the meeting's own state before and after it is held."""
        state = self.meeting.state
        if state == Meeting.State.NOTICED:
            is_later = clock.day(self.meeting.starts_at) > clock.today()
            return str(state) if is_later and not self.inside else "gathering"
        if state != Meeting.State.OPEN:
            return str(state)
        if self.item is None:
            return "idle"
        if self.ballot and self.ballot.is_open:
            return "voting"
        return "decided" if self.item.closed_at else "discussing"

    @property
    def place(self) -> int:
        """第几项: as the agenda is counted, whatever was taken off it."""
        return self.items.index(self.item) + 1 if self.item else 0

    @property
    def next_item(self) -> AgendaItem | None:
        return next((i for i in self.items if not i.opened_at and not i.closed_at and i is not self.item), None)

    @property
    def set_aside(self) -> Ballot | None:
        """A round without effect, while another one is waited for."""
        return self.ballot if self.ballot and self.ballot.set_aside_at and self.stage == "discussing" else None

    @property
    def says(self) -> str:
        """One sentence for whoever listens instead of looking."""
        title = self.motion.title if self.motion else ""
        words = {
            "idle": _("会议开始了，等主持人开始第一项。"),
            "discussing": _("正在讨论：%(title)s") % {"title": title},
            "voting": _("开始表决：%(title)s") % {"title": title},
            "decided": f"{title}：{self.item.get_outcome_display() if self.item else ''}",
            "closed": _("散会了。"),
        }
        return words.get(self.stage, "")

    # ── who is there ──────────────────────────────────────

    @cached_property
    def posts(self) -> list[Appointment]:
        return list(Appointment.objects.in_force().filter(unit=self.meeting.unit, role__in=COUNCIL_ROLES))

    @cached_property
    def inside(self) -> dict[int, bool]:
        """Everybody in the room: {person: has a vote}."""
        return dict(self.meeting.attendances.present().values_list("person_id", "is_voting"))

    @cached_property
    def proxies(self) -> dict[int, int]:
        if not self.meeting.rule.allows_proxies:
            return {}
        return dict(self.meeting.proxies.filter(ended_at=None).values_list("represented_id", "acting_id"))

    @cached_property
    def recusals(self) -> list[Recusal]:
        """Of the item: what holds, and what waits for the chair."""
        if self.item is None:
            return []
        return list(self.item.recusals.filter(state__in=[Recusal.State.HELD, Recusal.State.PROPOSED]))

    @cached_property
    def base(self) -> Base:
        """The item's base; the meeting's, while nothing is discussed."""
        return Base.of(
            [p.person_id for p in self.posts if p.role in VOTING_ROLES],
            [person for person, votes in self.inside.items() if votes],
            self.meeting.rule.quorum,
            recused=[r.person_id for r in self.recusals if r.state == Recusal.State.HELD],
            proxies=self.proxies,
        )

    @property
    def row(self) -> tuple[list[str], list[str]]:
        """The seats before and after the line of the quorum: on, need (the next to be taken) or free."""
        base = self.base
        seats = ["on"] * min(base.present, base.seats) + ["need"] * base.missing
        seats += ["free"] * max(0, base.seats - len(seats))
        return seats[: base.need], seats[base.need :]

    @property
    def ring(self) -> list[tuple[str, bool]]:
        """The same seats as arcs of a ring: (path, taken)."""
        return [(path, n < self.base.present) for n, path in enumerate(seat_paths(self.base.seats))]

    @property
    def ring_need(self) -> str:
        return need_path(self.base.need, self.base.seats)

    # ── who speaks ────────────────────────────────────────

    @cached_property
    def speeches(self) -> list[Speech]:
        """Who speaks and who waits, in their turn."""
        if self.item is None or self.stage not in ("discussing", "voting"):
            return []
        # Living: going on, or asked for; a line that was noted without the list is neither.
        living = Q(began_at__isnull=False) | Q(gist="")
        speeches = self.item.speeches.filter(living, ended_at=None, person__isnull=False).select_related("person")
        return sorted(speeches, key=lambda s: (s.began_at is None, not s.is_point_of_order, s.said_at, s.pk))

    @property
    def speaking(self) -> Speech | None:
        return next((s for s in self.speeches if s.began_at), None)

    @property
    def waiting(self) -> list[Speech]:
        return [s for s in self.speeches if not s.began_at]

    @property
    def speech_ends_at(self) -> datetime | None:
        return time_limit(self.speaking, self.meeting.rule) if self.speaking else None

    @property
    def seconds_left(self) -> int:
        """Of the speaker's time; 0 when it is over."""
        return max(0, int((self.speech_ends_at - clock.now()).total_seconds())) if self.speech_ends_at else 0

    @property
    def time_left(self) -> str:
        """1:18, for whoever has no scripts; the page counts on by itself."""
        return f"{self.seconds_left // 60}:{self.seconds_left % 60:02d}"

    @property
    def speech_ms(self) -> int:
        return self.meeting.rule.speech_minutes * 60_000

    @property
    def speech_ends_ms(self) -> int:
        """Milliseconds, as a script counts the time."""
        return int(self.speech_ends_at.timestamp() * 1000) if self.speech_ends_at else 0

    @property
    def left_of_1000(self) -> int:
        return 1_000_000 * self.seconds_left // self.speech_ms if self.speech_ms else 0

    # ── the vote ──────────────────────────────────────────

    @cached_property
    def votes(self) -> list[Vote]:
        """Of the round that is shown: who has cast. What they chose is not in it before the close."""
        return list(self.ballot.votes.all()) if self.ballot else []

    @property
    def cast(self) -> int:
        """As the pulse counts it: one envelope, one cast vote."""
        return len(self.votes)

    @property
    def cells(self) -> list[bool]:
        """One a voter in the room, filled for each that has cast."""
        return [n < self.cast for n in range(self.base.present)]

    @property
    def yes_needed(self) -> int:
        """How many must agree if everybody now in the room takes part."""
        return self.motion.majority.needed(self.base.present) if self.motion and self.base.present else 0

    @property
    def lanes(self) -> list[dict[str, Any]]:
        """The result as three lanes of 1000: word, number, length; only of a closed ballot."""
        ballot = self.ballot
        if ballot is None or not ballot.closed_at or not ballot.present:
            return []
        counts = (ballot.yes, ballot.no, ballot.abstain)
        return [
            {"word": word, "n": n, "width": round(1000 * n / ballot.present), "choice": value}
            for (value, _icon, word), n in zip(CHOICES, counts, strict=True)
        ]

    @property
    def need_at(self) -> int:
        """Where the line of what was needed stands, of 1000."""
        return min(1000, round(1000 * self.ballot.needed / self.ballot.present)) if self.ballot else 0

    @property
    def need_x(self) -> int:
        """Its left edge; it is 10 wide and stays inside."""
        return max(0, min(990, self.need_at - 5))

    @property
    def need_label_x(self) -> int:
        return max(90, min(910, self.need_at))

    # ── words about the item ──────────────────────────────

    @property
    def facts(self) -> list[tuple[str, str]]:
        item, motion = self.item, self.motion
        if item is None or motion is None:
            return []
        question = self.ballot.question if self.ballot and self.ballot.is_open else item.proposal
        after = _("公示%(n)s个工作日") % {"n": motion.rule.publicity_workdays}
        rows = [
            (_("表决"), question if question != motion.title else ""),
            (_("地点"), motion.place),
            (_("经费"), _("%(n)s元") % {"n": f"{motion.budget:,}"} if motion.budget else ""),
            (_("之后"), _("报社区确认，再%(after)s") % {"after": after} if motion.is_major else after),
        ]
        return [(label, value) for label, value in rows if value]

    @property
    def what_follows(self) -> list[tuple[str, str]]:
        """接下来: what the rule says comes after this result."""
        item, motion = self.item, self.motion
        if item is None or motion is None or not item.closed_at:
            return []
        if item.outcome == AgendaItem.Outcome.NOT_PASSED:
            return [(_("告知"), _("结果告诉提出人")), (_("以后"), _("情况有变，可以再提"))]
        if item.outcome != AgendaItem.Outcome.PASSED:
            return [(_("以后"), _("等下次会再议"))]
        days = motion.rule.publicity_workdays
        until = workdays.add_workdays(clock.day(item.closed_at), days)
        public = _("%(n)s个工作日，最早到 %(day)s") % {"n": days, "day": short_day(until)}
        confirm = [(_("确认"), _("报社区总街长"))] if motion.is_major else []
        return [*confirm, (_("公示"), public), (_("跟进"), _("公示期满定负责人，办完请居民评价"))]

    @property
    def steps(self) -> list[tuple[Any, str]]:
        """The seven steps of what is on: (word, past, now or nothing)."""
        done = now = STEP_OF.get(self.stage, 2)
        if self.stage == "decided" and self.item:
            done, now = {"passed": (5, 5), "not_passed": (5, -1)}.get(self.item.outcome, (3, 3))
        return [
            (label, "now" if n == now else "past" if n < done else "")
            for n, (_key, label, _s) in enumerate(Motion.STEPS)
        ]
