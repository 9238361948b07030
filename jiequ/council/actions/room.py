"""Step 4: sitting. Who comes and goes, what is discussed, and how the meeting ends."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.personal import has_personal_number
from jiequ.core.writing import action, lock
from jiequ.council.actions.ballots import break_off_ballot
from jiequ.council.actions.planning import give_back
from jiequ.council.actions.presence import (
    COUNCIL_ROLES,
    VOTING_ROLES,
    base_before,
    base_of,
    require_nothing_else,
    require_quorum,
    running,
    runs,
    tell_quorum,
    touch,
)
from jiequ.council.actions.speaking import stop_speaking
from jiequ.council.models import AgendaItem, Attendance, Ballot, Meeting, Motion
from jiequ.council.workflow import MEETING, MOTION
from jiequ.people.models import Appointment, Person
from jiequ.work.actions import open_task


@action
def sign_in(meeting: Meeting, person: Person, *, by: Actor) -> Attendance:
    """A person is in the room from now on. Councillors sign in themselves; the head signs in anyone."""
    meeting = lock(meeting)
    if by.person_id != person.pk:
        by = running(by, meeting)
    if meeting.state not in (Meeting.State.NOTICED, Meeting.State.OPEN):
        raise Refused(_("会议“%(state)s”，不能签到。") % {"state": meeting.get_state_display()})
    if clock.day(meeting.starts_at) > clock.today():
        raise Refused(_("还没到开会的日子，当天才能签到。"))
    roles = set(Appointment.objects.in_force().filter(unit=meeting.unit, person=person).values_list("role", flat=True))
    if by.person_id == person.pk and not roles & set(COUNCIL_ROLES):
        raise Refused(_("您不是本街区理事会成员，请主持人登记为列席。"))
    if meeting.attendances.present().filter(person=person).exists():
        raise Overtaken(_("已经签到了。"))
    before, now = base_before(meeting), clock.now()
    meeting.proxies.filter(represented=person, ended_at=None).update(ended_at=now)  # who is there votes themselves
    stay = Attendance.objects.create(
        meeting=meeting, person=person, is_voting=bool(roles & set(VOTING_ROLES)), arrived_at=now
    )
    touch(meeting)
    base = base_of(meeting)
    record("sign_in", meeting, by=by, person=person.pk, voting=stay.is_voting, present=base.present, need=base.need)
    tell_quorum(meeting, before, base, by=by)
    return stay


@action
def leave_meeting(meeting: Meeting, person: Person, *, by: Actor) -> Attendance:
    """A person leaves the room: from now on they count neither for the quorum nor for the vote."""
    meeting = lock(meeting)
    if by.person_id != person.pk:
        by = running(by, meeting)
    stay = meeting.attendances.present().filter(person=person).first()
    if stay is None:
        raise Overtaken(_("已经不在会场了。"))
    before = base_before(meeting)
    stay.left_at = clock.now()
    stay.save(update_fields=["left_at"])
    stop_speaking(meeting, person=person)
    touch(meeting)
    base = base_of(meeting)
    record("leave", meeting, by=by, person=person.pk, present=base.present, need=base.need)
    tell_quorum(meeting, before, base, by=by)
    return stay


@action
def open_meeting(meeting: Meeting, *, by: Actor) -> Meeting:
    """Open the meeting; a quorum must be in the room."""
    meeting = lock(meeting)
    by = running(by, meeting)
    base = require_quorum(meeting)
    MEETING.make(meeting, "open", by=by, set={"opened_at": clock.now()}, present=base.present, seats=base.seats)
    touch(meeting)
    return meeting


@action
def open_item(item: AgendaItem, *, by: Actor) -> AgendaItem:
    """Begin to discuss an item; one at a time."""
    meeting = lock(item.meeting)
    if meeting.state != Meeting.State.OPEN:
        raise Refused(_("会议没有在进行，请先开会。"))
    by = running(by, meeting)
    require_nothing_else(meeting, item)
    now = clock.now()
    MOTION.make(item.motion, "discuss", by=by, set={"discussed_at": now}, sequence=meeting.sequence)
    item.opened_at = now
    item.save(update_fields=["opened_at"])
    touch(meeting)
    return item


@action
def set_proposal(item: AgendaItem, *, by: Actor, proposal: str) -> AgendaItem:
    """Write the text that is put to the vote (at most 300 characters), before the vote begins. A ballot copies it in."""
    meeting = lock(item.meeting)
    by = running(by, meeting)
    if meeting.state in (Meeting.State.CLOSED, Meeting.State.ADJOURNED, Meeting.State.CANCELLED):
        raise Refused(_("会议“%(state)s”，不能再改表决内容。") % {"state": meeting.get_state_display()})
    if item.ballots.filter(set_aside_at=None).exists():
        raise Refused(_("已经开始表决，表决内容不能再改。"))
    proposal = " ".join(proposal.split())
    if len(proposal) > 300:
        raise Refused(_("表决内容最多300字，请写短一点。"), field="proposal")
    if has_personal_number(proposal):
        raise Refused(_("表决内容会公开，里面有手机号或身份证号，请删去。"), field="proposal")
    item.proposal = proposal
    item.save(update_fields=["proposal"])
    touch(meeting)
    record("set_proposal", item.motion, by=by)
    return item


@action
def postpone_motion(motion: Motion, *, by: Actor, reason: str) -> Motion:
    """Put a motion off: it was not voted, and waits for another meeting."""
    if not reason.strip():
        raise Refused(_("请写明为什么暂缓。"), field="reason")
    changes: dict[str, object] = {"reason": reason.strip()}
    waiting = (Meeting.State.PLANNED, Meeting.State.NOTICED, Meeting.State.OPEN)
    for item in motion.items.filter(meeting=motion.meeting_id, meeting__state__in=waiting).select_related(
        "meeting__unit"
    ):
        meeting = lock(item.meeting)
        if item.ballots.going_on().exists():
            raise Refused(_("正在表决，表决结束前不能暂缓。"))
        if runs(by, meeting):
            by = running(by, meeting)
        if meeting.state == Meeting.State.PLANNED:  # nobody has been told: it is simply not on that agenda
            changes["meeting"] = None
            item.delete()
        else:
            stop_speaking(meeting, item=item)
            item.closed_at, item.outcome = clock.now(), AgendaItem.Outcome.POSTPONED
            item.save(update_fields=["closed_at", "outcome"])
        touch(meeting)
    MOTION.make(motion, "postpone", by=by, set=changes)
    open_task("council.list", motion.title, unit=motion.unit, about=motion, role="head",
              due_at=clock.now() + timedelta(days=30), by=by)  # fmt: skip
    return motion


@action
def adjourn_meeting(meeting: Meeting, *, by: Actor, reason: str = "") -> Meeting:
    """End a meeting that cannot decide for lack of a quorum. It was not held; what it did not vote waits again."""
    meeting = lock(meeting)
    by = running(by, meeting)
    base = base_of(meeting)
    if base.is_quorate:
        raise Refused(_("到会人数已够，不用改期。"))
    words = reason.strip() or _("到会%(present)s人，应到%(of)s人") % {"present": base.present, "of": base.seats}
    now = clock.now()
    for ballot in (
        Ballot.objects.going_on().filter(item__meeting=meeting).select_related("item__meeting", "item__motion")
    ):
        break_off_ballot(ballot, by=by, reason=words)
    changes = {"closed_at": now, "reason": words[:200]}
    MEETING.make(meeting, "adjourn", by=by, set=changes, present=base.present, seats=base.seats)
    _empty_room(meeting)
    give_back(meeting, by)
    return meeting


@action
def close_meeting(meeting: Meeting, *, by: Actor) -> Meeting:
    """Close the meeting for good. Open ballots must be closed first; what was not voted waits for another meeting."""
    meeting = lock(meeting)
    if Ballot.objects.going_on().filter(item__meeting=meeting).exists():
        raise Refused(_("还有表决没有结束，请先结束表决。"))
    by = running(by, meeting)
    MEETING.make(meeting, "close", by=by, set={"closed_at": clock.now()})
    _empty_room(meeting)
    give_back(meeting, by)
    return meeting


def _empty_room(meeting: Meeting) -> None:
    """The meeting has ended: whoever speaks has ended, whoever is there leaves."""
    now = meeting.closed_at
    stop_speaking(meeting)
    meeting.attendances.present().update(left_at=now)
    meeting.guests.filter(left_at=None).update(left_at=now)
    meeting.proxies.filter(ended_at=None).update(ended_at=now)
    touch(meeting)
