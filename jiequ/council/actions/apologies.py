"""Who has said that they cannot come (请假), and what that means for the quorum."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.writing import action, lock
from jiequ.council.actions.presence import COUNCIL_ROLES, proxies_of, running, touch, voters
from jiequ.council.models import Apology, Meeting
from jiequ.council.models.councils import Fraction
from jiequ.people.actions import notify
from jiequ.people.models import Appointment, Person


@dataclass(frozen=True)
class Expected:
    """How many with a vote are expected: `coming` of `seats`, with `away` excused, and `need` for a quorum."""

    seats: int
    away: int
    need: int

    @classmethod
    def of(cls, voters: Collection[int], away: Iterable[int], quorum: Fraction) -> Expected:
        """From persons' numbers: who has a seat, and who has said they cannot come."""
        return cls(len(voters), len(set(voters) & set(away)), quorum.needed(len(voters)) if voters else 0)

    @property
    def coming(self) -> int:
        return self.seats - self.away

    @property
    def is_enough(self) -> bool:
        return self.seats > 0 and self.coming >= self.need


def expected(meeting: Meeting) -> Expected:
    """As it stands now; whoever is away and represented by somebody who comes counts as coming."""
    away = set(meeting.apologies.values_list("person_id", flat=True))
    represented = {who for who, acting in proxies_of(meeting).items() if acting not in away}
    return Expected.of(
        set(voters(meeting.unit).values_list("pk", flat=True)), away - represented, meeting.rule.quorum
    )  # fmt: skip


@action
def make_apology(meeting: Meeting, *, by: Actor, person: Person | None = None) -> Apology:
    """A member says that they cannot come, before the meeting opens; why is not asked. Whoever runs it enters it for others."""
    meeting = lock(meeting)
    who = _whose(meeting, by, person)
    _require_before(meeting)
    posts = Appointment.objects.in_force().filter(unit=meeting.unit, role__in=COUNCIL_ROLES, person_id=who)
    if not posts.exists():
        raise Refused(_("只有本街区理事会成员需要请假。"))
    before = expected(meeting)
    apology, is_new = Apology.objects.get_or_create(
        meeting=meeting, person_id=who, defaults={"made_at": clock.now()}
    )  # fmt: skip
    if not is_new:
        raise Overtaken(_("已经请过假了。"))
    touch(meeting)
    now = expected(meeting)
    if before.is_enough and not now.is_enough:
        _warn(meeting, now)
    record("apologise", meeting, by=by, person=who, coming=now.coming, need=now.need)
    return apology


@action
def withdraw_apology(meeting: Meeting, *, by: Actor, person: Person | None = None) -> None:
    """They come after all."""
    meeting = lock(meeting)
    who = _whose(meeting, by, person)
    _require_before(meeting)
    if not meeting.apologies.filter(person_id=who).delete()[0]:
        raise Overtaken(_("没有请假，或已经取消了。"))
    touch(meeting)
    now = expected(meeting)
    record("withdraw_apology", meeting, by=by, person=who, coming=now.coming, need=now.need)


def _whose(meeting: Meeting, by: Actor, person: Person | None) -> int:
    """The person's number: one's own, or another's for whoever runs the meeting (NotAllowed otherwise)."""
    if person is None or person.pk == by.person_id:
        if by.person_id is None:
            raise Refused(_("请选是谁请假。"))
        return by.person_id
    running(by, meeting)
    return person.pk


def _require_before(meeting: Meeting) -> None:
    if meeting.state != Meeting.State.NOTICED:
        raise Refused(_("会议“%(state)s”，不用请假。") % {"state": meeting.get_state_display()})


def _warn(meeting: Meeting, now: Expected) -> None:
    """Whoever runs the meeting is told once when it cannot reach its quorum any more."""
    heads = Appointment.objects.in_force().filter(unit=meeting.unit, role="head").values_list("person_id", flat=True)
    notify(
        [*heads, meeting.chair_id, meeting.secretary_id],
        _("%(meeting)s可能开不成：请假%(away)s人，预计到会%(coming)s人，法定%(need)s人")
        % {"meeting": meeting, "away": now.away, "coming": now.coming, "need": now.need},
        body=_("可以联系请假的理事，或者改期、取消。"),
        url=meeting.get_absolute_url(),
    )
