"""A case's clock: time that is asked for and granted, and the pause that ends.

A due time changes in four ways and no other: an extension, a pause, the end of a pause, and the reopening after a rating.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import allow, hold
from jiequ.cases.actions.mailing import mail_complainants
from jiequ.cases.actions.telling import tell_person, tell_persons
from jiequ.cases.models import Case, ClockChange, kept_from, people_of
from jiequ.cases.routing import DESKS, desk_for
from jiequ.cases.workflow import keep_away
from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.writing import action
from jiequ.people.models import Person
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, move_due, open_task

LONGEST_PAUSE = 30  # days; then it is asked for again, with a reason again
#: Which states may be given time, by what is asked for. While the next level is called for help, its answer has a time of its own.
TIMED = {
    ClockChange.Kind.EXTEND: (Case.State.WORKING, Case.State.ESCALATED, Case.State.RAISED),
    ClockChange.Kind.PAUSE: (Case.State.WORKING, Case.State.RAISED),
}
#: The tasks that are due when the case is.
FOLLOWING = ("cases.handle", "cases.assist")


@action
def ask_for_time(case: Case, *, by: Actor, kind: str, until: date, reason: str) -> ClockChange:
    """Ask for a later end (`until` is its day), or for a pause through the day `until`. One request at a time; somebody
    other than the lead grants it, and everybody reads the reason, the complainant too."""
    hold(case)
    allow(by, "cases.lead_case", case)
    if kind not in ClockChange.Kind.values:
        raise Refused(_("请选延期或暂停。"), field="kind")
    if not reason.strip():
        raise Refused(_("请写明原因，诉求人会看到。"), field="reason")
    if ClockChange.objects.filter(case=case, decided_at=None).exists():
        raise Refused(_("已有一份请求还没批，等批复后再提。"))
    _check(case, kind, until)
    change = ClockChange.objects.create(
        case=case, kind=kind, reason=reason.strip()[:200], until=until, asked_at=clock.now(), asked_by_id=by.person_id
    )
    desk = desk_for(case.block or case.unit, besides=_who_may_not_grant(case, change))
    open_task(
        "cases.grant_time", case.task_title, unit=desk.unit, about=case, role=desk.role,
        holder=Person(pk=desk.holder) if desk.holder is not None else None,
        due_at=workdays.due(clock.now(), workdays=1), by=by,
    )  # fmt: skip
    tell_persons(case, _("时限请求待批：%(what)s"), desk.persons, by=by)
    record("ask_time", case, by=by, change=change.pk, change_kind=kind, until=until)
    return change


@action
def decide_time(change: ClockChange, *, by: Actor, granted: bool, says: str = "") -> ClockChange:
    """Grant what was asked for, or not. Nobody decides for a case of their own.

    An extension moves the end to the office's closing on its day, and makes the case a complex one. A pause stops the clock
    now; `resume_case` says when it runs again, and until then the end stands where it would be if nobody resumed earlier.
    """
    case = hold(change.case)
    allow(by, "cases.grant_time", case)
    if by.person_id is not None and by.person_id in _who_may_not_grant(case, change):
        raise Refused(_("自己办的诉求不能自己批时限，请上一级批。"))
    if not granted and not says.strip():
        raise Refused(_("请写明为什么不准。"), field="says")
    if granted:
        _check(case, change.kind, change.until)
    now, was = clock.now(), case.due_at
    due_at = _granted_due(case, change) if granted else None
    decided: dict[str, Any] = {
        "decided_at": now, "decided_by_id": by.person_id, "was_granted": granted, "says": says.strip()[:200],
        "was_due_at": was if granted else None, "due_at": due_at,
    }  # fmt: skip
    if not ClockChange.objects.filter(pk=change.pk, decided_at=None).update(**decided):
        raise Overtaken(_("这份请求刚刚已经批过。"))
    for key, value in decided.items():
        setattr(change, key, value)
    finish_tasks_about(case, "cases.grant_time", by=by)
    if due_at is not None:
        is_pause = change.kind == ClockChange.Kind.PAUSE
        _set_clock(case, due_at=due_at, **({"paused_at": now} if is_pause else {"is_complex": True}))
        move_due(case, FOLLOWING, due_at=due_at, by=by, rests_until=_rest_of(change) if is_pause else None)
        words = _("准予暂停：%(what)s") if is_pause else _("准予延期：%(what)s")
        mail_complainants(case, change.kind)
    else:
        words = _("时限请求未准：%(what)s")
    tell_person(case, words, change.asked_by_id, by=by)
    facts = {"was_due_at": was, "due_at": due_at} if granted else {}
    record("grant_time" if granted else "refuse_time", case, by=by, change=change.pk, change_kind=change.kind, **facts)
    return change


@action
def resume_case(case: Case, *, by: Actor) -> Case:
    """Let the clock run again: on the day it is called, at the latest at the end of the pause's `until`.

    What was left at the pause runs from that day: as many working days as lay between the day of the pause and the day it was
    due, at least one, and then until the office closes. Resumed on the very day of the pause nothing was lost, and the case is
    due when it was. The day of the pause counts as used.
    """
    hold(case)
    keep_away(case, by)
    if not by.may("cases.grant_time", case.unit):
        allow(by, "cases.lead_case", case)
    if case.paused_at is None:
        raise Overtaken(_("已经恢复计时。"))
    was = case.due_at
    due_at = end_pause(case)
    _set_clock(case, due_at=due_at, paused_at=None)
    move_due(case, FOLLOWING, due_at=due_at, by=by)
    tell_person(case, _("恢复计时：%(what)s"), case.holder_id, by=by)
    record("resume", case, by=by, was_due_at=was, due_at=due_at)
    return case


def end_pause(case: Case) -> datetime:
    """End the row of the pause that runs, and say when the case is due; part of the action that calls it."""
    pause = ClockChange.objects.filter(case=case, kind=ClockChange.Kind.PAUSE, was_granted=True, ended_at=None).get()
    due_at = due_after(pause, min(clock.today(), pause.until))
    ClockChange.objects.filter(pk=pause.pk).update(ended_at=clock.now(), due_at=due_at)
    return due_at


def due_after(pause: ClockChange, resumed_on: date) -> datetime:
    """When a case is due whose `pause` ended on a day: see `resume_case`."""
    if pause.decided_at is None or pause.was_due_at is None:
        raise ValueError("this pause was not granted")
    paused_on = clock.day(pause.decided_at)
    if resumed_on <= paused_on:
        return pause.was_due_at
    left = max(1, workdays.workdays_between(paused_on, clock.day(pause.was_due_at)))
    return clock.at(workdays.add_workdays(resumed_on, left), workdays.CLOSING_HOUR)


def end_clock(case: Case, *, by: Actor) -> dict[str, Any]:
    """What ends with a case that ends: a pause that runs, a request that nobody has decided. Returns what to set on the
    case; call it behind `hold`, before the move. One statement, and two more where the clock stood still."""
    waiting = ClockChange.objects.filter(case=case, decided_at=None)
    if waiting.update(decided_at=clock.now(), was_granted=False, says=str(_("诉求已办结"))):
        drop_tasks_about(case, "cases.grant_time", by=by, note=_("诉求已办结"))
    return {"paused_at": None, "due_at": end_pause(case)} if case.paused_at is not None else {}


def follow_clock(case: Case, *, by: Actor) -> None:
    """Let tasks that were just opened rest while the case does. No statement while the clock runs."""
    if case.paused_at is None:
        return
    pause = ClockChange.objects.filter(case=case, kind=ClockChange.Kind.PAUSE, was_granted=True, ended_at=None).get()
    move_due(case, FOLLOWING, due_at=case.due_at, by=by, rests_until=_rest_of(pause))


def latest_due(case: Case) -> datetime:
    """The latest end that may be granted: the limit's working days of a complex case, from when it was filed (or opened again),
    and as many more as it was paused since."""
    since = case.rated_at if case.reopened and case.rated_at is not None else case.filed_at
    rows = ClockChange.objects.filter(
        case=case, kind=ClockChange.Kind.PAUSE, was_granted=True, decided_at__gte=since
    ).values_list("was_due_at", "due_at")
    paused = sum(workdays.workdays_between(clock.day(was), clock.day(due)) for was, due in rows if was and due)
    return workdays.due(since, workdays=case.limit.complex_workdays + paused)


def _check(case: Case, kind: str, until: date) -> None:
    """Refused where this may not be granted now."""
    if case.state not in TIMED[ClockChange.Kind(kind)]:
        raise Refused(_("现在是“%(state)s”，不能改时限。") % {"state": case.get_state_display()})
    if case.paused_at is not None:
        raise Refused(_("计时暂停着。请先恢复计时。"))
    now, today = clock.now(), clock.today()
    if kind == ClockChange.Kind.PAUSE:
        if case.due_at <= now:
            raise Refused(_("已经到期，不能再暂停。请申请延期，或尽快答复。"))
        if not today < until <= today + timedelta(days=LONGEST_PAUSE):
            raise Refused(_("请选明天起%(n)s天以内的一天。") % {"n": LONGEST_PAUSE}, field="until")
        return
    due_at = clock.at(until, workdays.CLOSING_HOUR)
    if due_at <= now or due_at <= case.due_at:
        raise Refused(_("新期限要晚于原期限，也要晚于现在。"), field="until")
    if not workdays.is_workday(until):
        raise Refused(_("这一天不上班，请选工作日。"), field="until")
    latest = latest_due(case)
    if due_at > latest:
        raise Refused(
            _("最多延到%(month)s月%(day)s日（复杂件%(n)s个工作日）。")
            % {"month": clock.day(latest).month, "day": clock.day(latest).day, "n": case.limit.complex_workdays},
            field="until",
        )


def _granted_due(case: Case, change: ClockChange) -> datetime:
    if change.kind == ClockChange.Kind.EXTEND:
        return clock.at(change.until, workdays.CLOSING_HOUR)
    planned = ClockChange(decided_at=clock.now(), was_due_at=case.due_at)
    return due_after(planned, change.until)


def _rest_of(pause: ClockChange) -> datetime:
    return clock.at(pause.until + timedelta(days=1))


def _set_clock(case: Case, **changes: Any) -> None:
    Case.objects.filter(pk=case.pk).update(**changes)
    for key, value in changes.items():
        setattr(case, key, value)


def _who_may_not_grant(case: Case, change: ClockChange) -> set[int]:
    """Whoever asked, holds the case or belongs to its lead; of the subdistrict's own office, the two alone."""
    own = {p for p in (change.asked_by_id, case.holder_id) if p is not None}
    lead = case.lead
    if lead is not None and not (lead.unit.depth == 1 and lead.role in DESKS[1]):
        own |= people_of(lead)
    return own | kept_from(case)
