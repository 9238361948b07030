"""Step 3: planning a meeting, giving notice of it, moving it, calling it off, and reminding everybody the day before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import SYSTEM, Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock, write
from jiequ.council.actions.agenda import enter_item
from jiequ.council.actions.checklist import checks
from jiequ.council.actions.councils import rule_for
from jiequ.council.actions.invitations import agenda_of, tell_council, when
from jiequ.council.actions.papers import require_preparing
from jiequ.council.actions.presence import touch
from jiequ.council.models import AgendaItem, Council, DecisionRule, Meeting, Motion
from jiequ.council.workflow import MEETING, MOTION
from jiequ.people.models import Person
from jiequ.territory.models import Unit
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task

BATCH = 50
AHEAD = timedelta(hours=30)  # a reminder goes out at most so long before the meeting …
AT_LEAST = timedelta(hours=2)  # … and not when everybody is on their way
WAKING = range(8, 21)  # local hours in which somebody may be reminded


@action
def plan_meeting(
    unit: Unit,
    *,
    by: Actor,
    starts_at: datetime,
    place: str,
    motions: Iterable[Motion] = (),
    chair: Person | None = None,
    secretary: Person | None = None,
) -> Meeting:
    """Plan the next meeting of a block's council, far enough ahead for the notice that the rule asks for."""
    require(by, "council.plan_meeting", unit)
    council = Council.objects.filter(unit=unit).first()
    if council is None:
        raise Refused(_("%(unit)s还没有理事会。") % {"unit": unit.name})
    lock(council)
    rule = rule_for(unit)
    _require_time(starts_at, rule)
    last = Meeting.objects.filter(unit=unit).aggregate(last=Max("sequence"))["last"] or 0
    meeting = Meeting.objects.create(
        unit=unit,
        sequence=last + 1,
        starts_at=starts_at,
        place=_required_place(place),
        rule=rule,
        chair=chair,
        secretary=secretary,
        created_at=clock.now(),
    )
    record("plan", meeting, by=by, starts_at=starts_at)
    _open_notice_task(meeting, by)
    for motion in motions:
        enter_item(meeting, motion, by)
    return meeting


@action
def edit_meeting(
    meeting: Meeting,
    *,
    by: Actor,
    starts_at: datetime,
    place: str,
    chair: Person | None = None,
    secretary: Person | None = None,
) -> Meeting:
    """Change a meeting of which no notice has gone out: time, place, chair, secretary."""
    meeting = lock(meeting)
    require_preparing(by, meeting)
    if meeting.state != Meeting.State.PLANNED:
        raise Refused(_("公告已发出，要改时间、地点请用“改期”，会重新通知。"))
    if starts_at != meeting.starts_at:
        _require_time(starts_at, meeting.rule)
        meeting.starts_at = starts_at
        drop_tasks_about(meeting, "council.notice", by=by, note=str(_("会议时间改了")))
        _open_notice_task(meeting, by)
    meeting.place, meeting.chair, meeting.secretary = _required_place(place), chair, secretary
    meeting.save(update_fields=["starts_at", "place", "chair", "secretary"])
    touch(meeting)
    record("edit", meeting, by=by, starts_at=starts_at)
    return meeting


@action
def send_notice(meeting: Meeting, *, by: Actor) -> Meeting:
    """Give notice to every member of the council, with date, time, place and topics in the body, and an invitation."""
    meeting = lock(meeting)
    items = agenda_of(meeting)
    for check in checks(meeting, items):
        if check.state == "stop":
            raise Refused(check.words)
    now = clock.now()
    MEETING.make(meeting, "notice", by=by, set={"noticed_at": now}, items=len(items))
    finish_tasks_about(meeting, "council.notice", by=by)
    for item in items:
        MOTION.make(item.motion, "notice", by=by, set={"noticed_at": now})
    touch(meeting)
    tell_council(
        meeting,
        _("%(meeting)s：%(when)s，%(place)s") % {"meeting": meeting, "when": when(meeting), "place": meeting.place},
        items,
    )
    return meeting


@action
def reschedule_meeting(meeting: Meeting, *, by: Actor, starts_at: datetime, place: str, reason: str) -> Meeting:
    """Move a meeting that everybody has had notice of, while the full notice can still be kept. All are told again."""
    meeting = lock(meeting)
    require(by, "council.plan_meeting", meeting.unit)
    if meeting.state != Meeting.State.NOTICED:
        raise Refused(_("会议“%(state)s”，不能改期。") % {"state": meeting.get_state_display()})
    if not reason.strip():
        raise Refused(_("请写明改期的原因，会通知理事。"), field="reason")
    place = _required_place(place)
    if (starts_at, place) == (meeting.starts_at, meeting.place):
        raise Overtaken(_("时间和地点没有变，不用改期。"), field="starts_at")
    _require_time(starts_at, meeting.rule)
    was = meeting.starts_at
    meeting.starts_at, meeting.place, meeting.reminded_at = starts_at, place, None
    meeting.calendar_sequence += 1
    meeting.save(update_fields=["starts_at", "place", "reminded_at", "calendar_sequence"])
    touch(meeting)
    tell_council(
        meeting,
        _("%(meeting)s改期：%(when)s，%(place)s") % {"meeting": meeting, "when": when(meeting), "place": place},
        agenda_of(meeting),
        first=_("改期原因：%(reason)s") % {"reason": reason.strip()},
    )
    record("reschedule", meeting, by=by, was=was, starts_at=starts_at)
    return meeting


@action
def cancel_meeting(meeting: Meeting, *, by: Actor, reason: str) -> Meeting:
    """Call a meeting off before it opens; who had notice is told, and their calendars too."""
    meeting = lock(meeting)
    if not reason.strip():
        raise Refused(_("请写明取消的原因，会通知理事。"), field="reason")
    was_noticed = meeting.noticed_at is not None
    items = agenda_of(meeting) if was_noticed else []
    changes = {"closed_at": clock.now(), "reason": reason.strip()[:200]}
    if was_noticed:
        changes["calendar_sequence"] = meeting.calendar_sequence + 1
    MEETING.make(meeting, "cancel", by=by, set=changes)
    finish_tasks_about(meeting, "council.notice", by=by)
    touch(meeting)
    give_back(meeting, by)
    if was_noticed:
        tell_council(
            meeting,
            _("%(meeting)s取消：%(reason)s") % {"meeting": meeting, "reason": reason.strip()},
            items,
            first=_("这次会取消了，不用来。原因：%(reason)s") % {"reason": reason.strip()},
            method="CANCEL",
        )
    return meeting


def give_back(meeting: Meeting, by: Actor) -> None:
    """What was not decided waits for another meeting."""
    waiting = (Motion.State.LISTED, Motion.State.NOTICED, Motion.State.DISCUSSING)
    for item in meeting.items.filter(motion__state__in=waiting, motion__meeting=meeting).select_related("motion__unit"):
        MOTION.make(item.motion, "unlist", by=by, set={"meeting": None}, sequence=meeting.sequence)
        AgendaItem.objects.filter(pk=item.pk).update(outcome=AgendaItem.Outcome.UNREACHED, closed_at=clock.now())
        open_task("council.list", item.motion.title, unit=meeting.unit, about=item.motion, role="head",
                  due_at=clock.now() + timedelta(days=30), by=by)  # fmt: skip


def remind_meetings() -> int:
    """Remind everybody of the meetings a day ahead, once each, in waking hours; returns how many meetings. For the tick.

    Whoever has apologised is left alone. Two processes at once: the second finds `reminded_at` set.
    """
    now = clock.now()
    if clock.local(now).hour not in WAKING:
        return 0
    due = Meeting.objects.filter(
        state=Meeting.State.NOTICED, reminded_at=None, starts_at__gt=now + AT_LEAST, starts_at__lte=now + AHEAD
    )
    done = 0
    while True:
        rows = list(due.select_related("unit", "rule", "chair").order_by("starts_at", "pk")[:BATCH])
        done += sum(_remind(meeting, now) for meeting in rows)
        if len(rows) < BATCH:
            return done


def _remind(meeting: Meeting, now: datetime) -> bool:
    with write():
        mine = Meeting.objects.filter(
            pk=meeting.pk, state=Meeting.State.NOTICED, reminded_at=None, starts_at=meeting.starts_at
        ).update(reminded_at=now)
        if not mine:
            return False  # another process has it, or it was moved or called off meanwhile
        tell_council(
            meeting,
            _("提醒：%(meeting)s，%(when)s，%(place)s")
            % {"meeting": meeting, "when": when(meeting), "place": meeting.place},
            agenda_of(meeting),
            but=meeting.apologies.values_list("person_id", flat=True),
        )
        record("remind", meeting, by=SYSTEM)
        return True


def _open_notice_task(meeting: Meeting, by: Actor) -> None:
    due = meeting.starts_at - timedelta(days=meeting.rule.notice_days)
    open_task("council.notice", meeting.journal_label, unit=meeting.unit, about=meeting, role="head", due_at=due, by=by)


def _require_time(starts_at: datetime, rule: DecisionRule) -> None:
    """Refused unless the rule's notice can be given before `starts_at`."""
    if starts_at <= clock.now():
        raise Refused(_("开会时间已经过去，请选以后的时间。"), field="starts_at")
    earliest = clock.today() + timedelta(days=rule.notice_days)
    if clock.day(starts_at) < earliest:
        raise Refused(
            _("须提前%(days)s天公告，最早可定在%(day)s。")
            % {"days": rule.notice_days, "day": earliest.strftime("%m月%d日")},
            field="starts_at",
        )


def _required_place(place: str) -> str:
    if not place.strip():
        raise Refused(_("请写明开会地点。"), field="place")
    return place.strip()[:60]
