"""Step 4: sitting. Who comes and goes, what is discussed, and how the meeting ends."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.writing import action, lock
from jiequ.council.actions.planning import give_back
from jiequ.council.actions.presence import COUNCIL_ROLES, VOTING_ROLES, base_of, require_quorum, running, runs, touch
from jiequ.council.models import AgendaItem, Attendance, Meeting, Motion, Speech
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
    stay = Attendance.objects.create(
        meeting=meeting, person=person, is_voting=bool(roles & set(VOTING_ROLES)), arrived_at=clock.now()
    )
    touch(meeting)
    record("sign_in", meeting, by=by, person=person.pk, voting=stay.is_voting)
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
    stay.left_at = clock.now()
    stay.save(update_fields=["left_at"])
    touch(meeting)
    record("leave", meeting, by=by, person=person.pk)
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
    """Begin to discuss an item."""
    meeting = lock(item.meeting)
    if meeting.state != Meeting.State.OPEN:
        raise Refused(_("会议没有在进行，请先开会。"))
    by = running(by, meeting)
    now = clock.now()
    MOTION.make(item.motion, "discuss", by=by, set={"discussed_at": now}, sequence=meeting.sequence)
    item.opened_at = now
    item.save(update_fields=["opened_at"])
    touch(meeting)
    return item


@action
def note_speech(item: AgendaItem, *, by: Actor, gist: str, person: Person | None = None) -> Speech:
    """Note in one line what somebody said on an item under discussion."""
    by = running(by, item.meeting)
    if item.motion.state != Motion.State.DISCUSSING:
        raise Refused(_("这个议题不在讨论中，不能记发言。"))
    if not gist.strip():
        raise Refused(_("请写一句发言摘要。"), field="gist")
    speech = Speech.objects.create(item=item, person=person, gist=gist.strip(), said_at=clock.now())
    touch(item.meeting)
    record("speak", item.motion, by=by)
    return speech


@action
def postpone_motion(motion: Motion, *, by: Actor, reason: str) -> Motion:
    """Put a motion off: it was not voted, and waits for another meeting."""
    if not reason.strip():
        raise Refused(_("请写明为什么暂缓。"), field="reason")
    for item in motion.items.filter(meeting__state=Meeting.State.OPEN).select_related("meeting__unit"):
        meeting = lock(item.meeting)
        if item.ballots.filter(closed_at=None).exists():
            raise Refused(_("正在表决，表决结束前不能暂缓。"))
        if runs(by, meeting):
            by = running(by, meeting)
        item.closed_at, item.outcome = clock.now(), AgendaItem.Outcome.POSTPONED
        item.save(update_fields=["closed_at", "outcome"])
        touch(meeting)
    MOTION.make(motion, "postpone", by=by, set={"reason": reason.strip()})
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
    changes = {"closed_at": now, "reason": words}
    MEETING.make(meeting, "adjourn", by=by, set=changes, present=base.present, seats=base.seats)
    meeting.attendances.present().update(left_at=now)
    touch(meeting)
    give_back(meeting, by)
    return meeting


@action
def close_meeting(meeting: Meeting, *, by: Actor) -> Meeting:
    """Close the meeting for good. Open ballots must be closed first; what was not voted waits for another meeting."""
    meeting = lock(meeting)
    if meeting.items.filter(ballots__isnull=False, ballots__closed_at=None).exists():
        raise Refused(_("还有表决没有结束，请先结束表决。"))
    by = running(by, meeting)
    now = clock.now()
    MEETING.make(meeting, "close", by=by, set={"closed_at": now})
    meeting.attendances.present().update(left_at=now)
    meeting.guests.filter(left_at=None).update(left_at=now)
    touch(meeting)
    give_back(meeting, by)
    return meeting
