"""Step 3: planning a meeting, its agenda, and giving notice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.councils import rule_for
from jiequ.council.actions.presence import COUNCIL_ROLES
from jiequ.council.models import AgendaItem, Council, Meeting, Motion
from jiequ.council.workflow import MEETING, MOTION
from jiequ.people.actions import notify
from jiequ.people.models import Appointment, Person
from jiequ.territory.models import Unit
from jiequ.work.actions import finish_tasks_about, open_task


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
        secretary=secretary,
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
def cancel_meeting(meeting: Meeting, *, by: Actor, reason: str) -> Meeting:
    """Call a meeting off before it opens; who had notice is told."""
    meeting = lock(meeting)
    if not reason.strip():
        raise Refused(_("请写明取消的原因，会通知理事。"), field="reason")
    was_noticed = meeting.noticed_at is not None
    MEETING.make(meeting, "cancel", by=by, set={"closed_at": clock.now(), "reason": reason.strip()})
    finish_tasks_about(meeting, "council.notice", by=by)
    give_back(meeting, by)
    if was_noticed:
        posts = Appointment.objects.in_force().filter(unit=meeting.unit, role__in=COUNCIL_ROLES)
        persons = list(Person.objects.filter(pk__in=posts.values("person_id")))
        notify(
            persons,
            _("%(meeting)s取消：%(reason)s") % {"meeting": meeting, "reason": reason},
            url=meeting.get_absolute_url(),
        )
    return meeting


def give_back(meeting: Meeting, by: Actor) -> None:
    waiting = (Motion.State.LISTED, Motion.State.NOTICED, Motion.State.DISCUSSING)
    for item in meeting.items.filter(motion__state__in=waiting, motion__meeting=meeting).select_related("motion__unit"):
        MOTION.make(item.motion, "unlist", by=by, set={"meeting": None}, sequence=meeting.sequence)
        AgendaItem.objects.filter(pk=item.pk).update(outcome=AgendaItem.Outcome.UNREACHED, closed_at=clock.now())
        open_task("council.list", item.motion.title, unit=meeting.unit, about=item.motion, role="head",
                  due_at=clock.now() + timedelta(days=30), by=by)  # fmt: skip
