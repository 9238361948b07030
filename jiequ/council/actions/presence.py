"""Who is there, and what follows from it: the quorum and the base of a vote, at this instant, derived from intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.council.models import AgendaItem, Attendance, Meeting, Motion, Proxy, Recusal
from jiequ.council.models.councils import COUNCIL_ROLES as COUNCIL_ROLES  # the other actions take it from here
from jiequ.council.models.councils import VOTING_ROLES, Fraction
from jiequ.people.models import Appointment, Person
from jiequ.territory.models import Unit

#: What the chair and the secretary of a meeting may do in it, whatever their post.
RUNNING = frozenset({"council.hold_meeting", "council.postpone_motion"})


@dataclass(frozen=True)
class Base:
    """The base of a decision: `entitled` persons count as present out of `seats`, and `need` of them make a quorum.

    Whoever recuses themselves from the item is neither a seat nor present (DOMAIN §2); a person represented by proxy
    is present while the proxy's holder is in the room.
    """

    seats: int
    entitled: frozenset[int]
    recused: int
    quorum: Fraction

    @classmethod
    def of(
        cls,
        voters: Iterable[int],
        inside: Iterable[int],
        quorum: Fraction,
        *,
        recused: Iterable[int] = (),
        proxies: Mapping[int, int] | None = None,
    ) -> Base:
        """From persons' numbers: who has a seat, who is in the room with a vote, who stays out, {represented: acting}."""
        chairs, out = set(voters), set(recused)
        there = set(inside)
        there |= {who for who, acting in (proxies or {}).items() if acting in there and who in chairs}
        return cls(len(chairs - out), frozenset(there - out), len(chairs & out), quorum)

    @property
    def present(self) -> int:
        return len(self.entitled)

    @property
    def need(self) -> int:
        """How many must be present; 0 where nobody is left to decide."""
        return self.quorum.needed(self.seats) if self.seats else 0

    @property
    def missing(self) -> int:
        return max(0, self.need - self.present)

    @property
    def absent(self) -> int:
        return max(0, self.seats - self.present)

    @property
    def is_quorate(self) -> bool:
        return self.seats > 0 and self.present >= self.need


def voters(unit: Unit, on: date | None = None) -> QuerySet[Person]:
    """The persons with a vote in the block's council on a day (today)."""
    posts = Appointment.objects.in_force(on).filter(unit=unit, role__in=VOTING_ROLES)
    return Person.objects.filter(pk__in=posts.values("person_id"))


def base_of(meeting: Meeting, item: AgendaItem | None = None) -> Base:
    """The base of the meeting now, or of one item of it. The meeting must be locked where something is decided by it."""
    return Base.of(
        Appointment.objects.in_force()
        .filter(unit_id=meeting.unit_id, role__in=VOTING_ROLES)
        .values_list("person_id", flat=True),
        meeting.attendances.present().voting().values_list("person_id", flat=True),
        meeting.rule.quorum,
        recused=item.recusals.filter(state=Recusal.State.HELD).values_list("person_id", flat=True) if item else (),
        proxies=proxies_of(meeting),
    )


def proxies_of(meeting: Meeting) -> dict[int, int]:
    """{represented: acting}, empty where the rule allows none."""
    if not meeting.rule.allows_proxies:
        return {}
    return dict(meeting.proxies.filter(ended_at=None).values_list("represented_id", "acting_id"))


def require_quorum(meeting: Meeting, item: AgendaItem | None = None) -> Base:
    """The base now; Refused with how many are missing. The meeting must be locked."""
    base = base_of(meeting, item)
    if not base.seats:
        raise Refused(_("没有能表决的理事（都已回避或还没有任命），理事会不能决定这件事，请转社区。"))
    if not base.is_quorate:
        raise Refused(_("还差%(missing)s人到会才能表决（应到%(of)s人，须到%(need)s人，现到%(present)s人）。")
                      % {"missing": base.missing, "of": base.seats, "need": base.need, "present": base.present})  # fmt: skip
    return base


class InTheChair:
    """The chair or the secretary of a meeting, who run it though their post alone would not let them."""

    def __init__(self, by: Actor, unit: Unit) -> None:
        self.by, self.unit_id = by, unit.pk

    @property
    def person_id(self) -> int | None:
        return self.by.person_id

    def may(self, permission: str, unit: Any) -> bool:
        return (permission in RUNNING and unit.pk == self.unit_id) or self.by.may(permission, unit)


def running(by: Actor, meeting: Meeting) -> Actor:
    """`by` as somebody who runs `meeting`: by permission, as its chair or as its secretary; NotAllowed otherwise."""
    if by.person_id is not None and by.person_id in (meeting.chair_id, meeting.secretary_id):
        return InTheChair(by, meeting.unit)
    require(by, "council.hold_meeting", meeting.unit)
    return by


def runs(by: Actor, meeting: Meeting) -> bool:
    """True if `by` runs `meeting`."""
    in_charge = by.person_id is not None and by.person_id in (meeting.chair_id, meeting.secretary_id)
    return in_charge or by.may("council.hold_meeting", meeting.unit)


def touch(meeting: Meeting) -> None:
    """Something changed in the room: every screen that shows it asks again."""
    Meeting.objects.filter(pk=meeting.pk).update(version=F("version") + 1)


def tell_quorum(meeting: Meeting, before: Base | None, now: Base, *, by: Actor) -> None:
    """Inside an action that changed who is there: the journal says so when the meeting lost or regained its quorum.

    `before` is only read while the meeting is open: nobody loses what has not begun.
    """
    if meeting.state == Meeting.State.OPEN and before is not None and now.is_quorate != before.is_quorate:
        verb = "regain_quorum" if now.is_quorate else "lose_quorum"
        record(verb, meeting, by=by, present=now.present, need=now.need, seats=now.seats)


def base_before(meeting: Meeting) -> Base | None:
    """The base that `tell_quorum` compares with; None, and no statement, before the meeting opens."""
    return base_of(meeting) if meeting.state == Meeting.State.OPEN else None


def require_nothing_else(meeting: Meeting, item: AgendaItem) -> None:
    """One thing at a time: Refused while another item of the meeting is under discussion."""
    others = meeting.items.filter(motion__state=Motion.State.DISCUSSING, motion__meeting=meeting, closed_at=None)
    other = others.exclude(pk=item.pk).select_related("motion").first()
    if other is not None:
        raise Refused(
            _("第%(n)s项“%(title)s”还在讨论，请先表决或暂缓。") % {"n": other.position, "title": other.motion.title}
        )


# ── at any moment that has been ──────────────────────────────────────────────────────────────────


def presence_at(meeting: Meeting, at: datetime) -> Base:
    """The base of the meeting at an instant, from the intervals and the posts of that day. Reads only.

    Whoever arrives at an instant is there at it, whoever leaves at it is not any more. Recusals are an item's, not counted.
    """
    return _History.of(meeting).at(at)


def quorum_changes(meeting: Meeting) -> list[tuple[datetime, int, bool]]:
    """(moment, present, is quorate): when the meeting opened, then each time the quorum was lost or regained until it ended.

    Empty for a meeting that never opened. The end itself, when all leave, is no loss.
    """
    if meeting.opened_at is None:
        return []
    history = _History.of(meeting)
    first = history.at(meeting.opened_at)
    changes = [(meeting.opened_at, first.present, first.is_quorate)]
    for moment in history.moments():
        if moment <= meeting.opened_at or (meeting.closed_at is not None and moment >= meeting.closed_at):
            continue
        base = history.at(moment)
        if base.is_quorate != changes[-1][2]:
            changes.append((moment, base.present, base.is_quorate))
    return changes


@dataclass(frozen=True)
class _History:
    """Who came and went in a meeting and who was represented when: three statements, then any number of instants."""

    stays: list[Attendance]
    proxies: list[Proxy]
    posts: list[Appointment]
    quorum: Fraction

    @classmethod
    def of(cls, meeting: Meeting) -> _History:
        return cls(
            list(meeting.attendances.voting()),
            list(meeting.proxies.all()) if meeting.rule.allows_proxies else [],
            list(Appointment.objects.filter(unit=meeting.unit, role__in=VOTING_ROLES)),
            meeting.rule.quorum,
        )

    def moments(self) -> list[datetime]:
        """Every instant at which anything changed, in order."""
        ends = {t for s in self.stays for t in (s.arrived_at, s.left_at) if t is not None}
        return sorted(ends | {t for p in self.proxies for t in (p.made_at, p.ended_at) if t is not None})

    def at(self, at: datetime) -> Base:
        day = clock.day(at)
        held = (p for p in self.posts if p.starts_on <= day and (p.ends_on is None or p.ends_on > day))
        return Base.of(
            (p.person_id for p in held),
            (s.person_id for s in self.stays if s.arrived_at <= at and (s.left_at is None or s.left_at > at)),
            self.quorum,
            proxies={
                p.represented_id: p.acting_id
                for p in self.proxies
                if p.made_at <= at and (p.ended_at is None or p.ended_at > at)
            },
        )
