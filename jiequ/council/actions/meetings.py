"""Steps 3 and 4: planning a meeting, giving notice, and sitting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.councils import rule_for
from jiequ.council.models import AgendaItem, Attendance, Council, Meeting, Motion, Speech
from jiequ.council.workflow import MEETING, MOTION
from jiequ.people.actions import notify
from jiequ.people.models import Appointment, Person
from jiequ.territory.models import Unit
from jiequ.work.actions import finish_tasks_about, open_task

VOTING_ROLES = ("councillor",)
COUNCIL_ROLES = ("adviser", "head", "councillor")


def seats(unit: Unit) -> int:
    """How many voting councillors the block has today (应到)."""
    return voters(unit).count()


def voters(unit: Unit) -> QuerySet[Person]:
    """The persons with a vote in the block's council today."""
    posts = Appointment.objects.in_force().filter(unit=unit, role__in=VOTING_ROLES)
    return Person.objects.filter(pk__in=posts.values("person_id"))


@action
def plan_meeting(
    unit: Unit,
    *,
    by: Actor,
    starts_at: datetime,
    place: str,
    motions: Iterable[Motion] = (),
    chair: Person | None = None,
) -> Meeting:
    """Plan the next meeting of a block's council, far enough ahead for the notice that the rule asks for."""
    require(by, "council.plan_meeting", unit)
    council = Council.objects.filter(unit=unit).first()
    if council is None:
        raise Refused(_("%(unit)s还没有理事会。") % {"unit": unit.name})
    lock(council)
    rule = rule_for(unit)
    now = clock.now()
    if starts_at <= now:
        raise Refused(_("开会时间已经过去，请选以后的时间。"), field="starts_at")
    if clock.day(starts_at) < clock.today() + timedelta(days=rule.notice_days):
        raise Refused(
            _("须提前%(days)s天公告，最早可定在%(day)s。")
            % {
                "days": rule.notice_days,
                "day": (clock.today() + timedelta(days=rule.notice_days)).strftime("%m月%d日"),
            },
            field="starts_at",
        )
    if not place.strip():
        raise Refused(_("请写明开会地点。"), field="place")
    last = Meeting.objects.filter(unit=unit).aggregate(last=Max("sequence"))["last"] or 0
    meeting = Meeting.objects.create(
        unit=unit,
        sequence=last + 1,
        starts_at=starts_at,
        place=place.strip(),
        rule=rule,
        chair=chair,
        created_at=now,
    )
    record("plan", meeting, by=by, starts_at=starts_at)
    due = starts_at - timedelta(days=rule.notice_days)
    open_task("council.notice", meeting.journal_label, unit=unit, about=meeting, role="head", due_at=due, by=by)
    for motion in motions:
        _list(meeting, motion, by)
    return meeting


@action
def add_to_agenda(meeting: Meeting, motion: Motion, *, by: Actor, minutes: int = 15) -> AgendaItem:
    """Put an accepted motion on a meeting's agenda, before its notice goes out."""
    meeting = lock(meeting)
    require(by, "council.plan_meeting", meeting.unit)
    if meeting.state != Meeting.State.PLANNED:
        raise Refused(_("公告已发出，议程不能再加；请列入下一次会。"))
    return _list(meeting, motion, by, minutes)


@action
def remove_from_agenda(item: AgendaItem, *, by: Actor) -> None:
    """Take a motion off the agenda before the notice goes out; it waits for another meeting."""
    meeting = lock(item.meeting)
    if meeting.state != Meeting.State.PLANNED:
        raise Refused(_("公告已发出，议程不能再改；不议的请在会上暂缓。"))
    MOTION.make(item.motion, "unlist", by=by, set={"meeting": None})
    item.delete()


def _list(meeting: Meeting, motion: Motion, by: Actor, minutes: int = 15) -> AgendaItem:
    if motion.unit_id != meeting.unit_id:
        raise Refused(_("只能列入本街区的议题。"))
    MOTION.make(motion, "list", by=by, set={"meeting": meeting}, sequence=meeting.sequence)
    finish_tasks_about(motion, "council.list", by=by)
    position = (meeting.items.aggregate(last=Max("position"))["last"] or 0) + 1
    return AgendaItem.objects.create(meeting=meeting, motion=motion, position=position, minutes=minutes)


@action
def send_notice(meeting: Meeting, *, by: Actor) -> Meeting:
    """Give notice to every member of the council, with time, place and topics in the body."""
    meeting = lock(meeting)
    items = list(meeting.items.select_related("motion__unit", "motion__rule"))
    if not items:
        raise Refused(_("议程还是空的，请先列入至少一个议题。"))
    earliest = clock.today() + timedelta(days=meeting.rule.notice_days)
    if clock.day(meeting.starts_at) < earliest:
        raise Refused(
            _("离开会不足%(days)s天，公告期不够。请取消本次会，另定时间。") % {"days": meeting.rule.notice_days}
        )
    now = clock.now()
    MEETING.make(meeting, "notice", by=by, set={"noticed_at": now}, items=len(items))
    finish_tasks_about(meeting, "council.notice", by=by)
    for item in items:
        MOTION.make(item.motion, "notice", by=by, set={"noticed_at": now})
    posts = Appointment.objects.in_force().filter(unit=meeting.unit, role__in=COUNCIL_ROLES)
    when = clock.local(meeting.starts_at)
    topics = "；".join(f"{item.position}. {item.motion.title}" for item in items)
    notify(
        list(Person.objects.filter(pk__in=posts.values("person_id"))),
        _("%(meeting)s：%(when)s，%(place)s")
        % {"meeting": meeting, "when": when.strftime("%m月%d日 %H:%M"), "place": meeting.place},
        body=_("议程：%(topics)s") % {"topics": topics},
        url=meeting.get_absolute_url(),
    )
    return meeting


@action
def sign_in(meeting: Meeting, person: Person, *, by: Actor) -> Attendance:
    """A person is in the room from now on. Councillors sign in themselves; the head signs in anyone."""
    meeting = lock(meeting)
    if by.person_id != person.pk:
        require(by, "council.hold_meeting", meeting.unit)
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
    record("sign_in", meeting, by=by, person=person.pk, voting=stay.is_voting)
    return stay


@action
def leave_meeting(meeting: Meeting, person: Person, *, by: Actor) -> Attendance:
    """A person leaves the room: from now on they count neither for the quorum nor for the vote."""
    meeting = lock(meeting)
    if by.person_id != person.pk:
        require(by, "council.hold_meeting", meeting.unit)
    stay = meeting.attendances.present().filter(person=person).first()
    if stay is None:
        raise Overtaken(_("已经不在会场了。"))
    stay.left_at = clock.now()
    stay.save(update_fields=["left_at"])
    record("leave", meeting, by=by, person=person.pk)
    return stay


def require_quorum(meeting: Meeting) -> tuple[int, int]:
    """(present, seats) of the voting councillors now; Refused with how many are missing. The meeting must be locked."""
    present, of = meeting.attendances.present().voting().count(), seats(meeting.unit)
    need = meeting.rule.quorum.needed(of)
    if of == 0 or present < need:
        raise Refused(_("还差%(missing)s人到会才能表决（应到%(of)s人，须到%(need)s人，现到%(present)s人）。")
                      % {"missing": max(need - present, 1), "of": of, "need": need, "present": present})  # fmt: skip
    return present, of


@action
def open_meeting(meeting: Meeting, *, by: Actor) -> Meeting:
    """Open the meeting; a quorum must be in the room."""
    meeting = lock(meeting)
    present, of = require_quorum(meeting)
    MEETING.make(meeting, "open", by=by, set={"opened_at": clock.now()}, present=present, seats=of)
    return meeting


@action
def open_item(item: AgendaItem, *, by: Actor) -> AgendaItem:
    """Begin to discuss an item."""
    meeting = lock(item.meeting)
    if meeting.state != Meeting.State.OPEN:
        raise Refused(_("会议没有在进行，请先开会。"))
    MOTION.make(item.motion, "discuss", by=by, set={"discussed_at": clock.now()}, sequence=meeting.sequence)
    return item


@action
def note_speech(item: AgendaItem, *, by: Actor, gist: str, person: Person | None = None) -> Speech:
    """Note in one line what somebody said on an item under discussion."""
    require(by, "council.hold_meeting", item.meeting.unit)
    if item.motion.state != Motion.State.DISCUSSING:
        raise Refused(_("这个议题不在讨论中，不能记发言。"))
    if not gist.strip():
        raise Refused(_("请写一句发言摘要。"), field="gist")
    speech = Speech.objects.create(item=item, person=person, gist=gist.strip(), said_at=clock.now())
    record("speak", item.motion, by=by)
    return speech


@action
def postpone_motion(motion: Motion, *, by: Actor, reason: str) -> Motion:
    """Put a motion off: it was not voted, and waits for another meeting."""
    if not reason.strip():
        raise Refused(_("请写明为什么暂缓。"), field="reason")
    for item in motion.items.filter(meeting__state=Meeting.State.OPEN).select_related("meeting__unit"):
        lock(item.meeting)
        if item.ballots.filter(closed_at=None).exists():
            raise Refused(_("正在表决，表决结束前不能暂缓。"))
    MOTION.make(motion, "postpone", by=by, set={"reason": reason.strip()})
    open_task("council.list", motion.title, unit=motion.unit, about=motion, role="head",
              due_at=clock.now() + timedelta(days=30), by=by)  # fmt: skip
    return motion


@action
def adjourn_meeting(meeting: Meeting, *, by: Actor, reason: str = "") -> Meeting:
    """End a meeting that cannot decide for lack of a quorum. It was not held; what it did not vote waits again."""
    meeting = lock(meeting)
    present, of = meeting.attendances.present().voting().count(), seats(meeting.unit)
    if of and meeting.rule.quorum.met(present, of):
        raise Refused(_("到会人数已够，不用改期。"))
    words = reason.strip() or _("到会%(present)s人，应到%(of)s人") % {"present": present, "of": of}
    MEETING.make(meeting, "adjourn", by=by, set={"closed_at": clock.now(), "reason": words}, present=present, seats=of)
    _give_back(meeting, by)
    return meeting


@action
def cancel_meeting(meeting: Meeting, *, by: Actor, reason: str) -> Meeting:
    """Call a meeting off before it opens; who had notice is told."""
    meeting = lock(meeting)
    if not reason.strip():
        raise Refused(_("请写明取消的原因，会通知理事。"), field="reason")
    was_noticed = meeting.noticed_at is not None
    MEETING.make(meeting, "cancel", by=by, set={"closed_at": clock.now(), "reason": reason.strip()})
    finish_tasks_about(meeting, "council.notice", by=by)
    _give_back(meeting, by)
    if was_noticed:
        posts = Appointment.objects.in_force().filter(unit=meeting.unit, role__in=COUNCIL_ROLES)
        persons = list(Person.objects.filter(pk__in=posts.values("person_id")))
        notify(
            persons,
            _("%(meeting)s取消：%(reason)s") % {"meeting": meeting, "reason": reason},
            url=meeting.get_absolute_url(),
        )
    return meeting


@action
def close_meeting(meeting: Meeting, *, by: Actor) -> Meeting:
    """Close the meeting for good. Open ballots must be closed first; what was not voted waits for another meeting."""
    meeting = lock(meeting)
    if meeting.items.filter(ballots__isnull=False, ballots__closed_at=None).exists():
        raise Refused(_("还有表决没有结束，请先结束表决。"))
    now = clock.now()
    MEETING.make(meeting, "close", by=by, set={"closed_at": now})
    meeting.attendances.present().update(left_at=now)
    _give_back(meeting, by)
    return meeting


def _give_back(meeting: Meeting, by: Actor) -> None:
    waiting = (Motion.State.LISTED, Motion.State.NOTICED, Motion.State.DISCUSSING)
    for item in meeting.items.filter(motion__state__in=waiting).select_related("motion__unit"):
        MOTION.make(item.motion, "unlist", by=by, set={"meeting": None}, sequence=meeting.sequence)
        open_task("council.list", item.motion.title, unit=meeting.unit, about=item.motion, role="head",
                  due_at=clock.now() + timedelta(days=30), by=by)  # fmt: skip
