"""How an activity went: who came, what came of it, hours where somebody wants a certificate. Written by a named person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from jiequ.cases.routing import Desk, held_posts, nearest_desk
from jiequ.core import clock
from jiequ.core.journal import kind_of, record, record_all
from jiequ.core.permission import SYSTEM, Actor, NotAllowed, Refused, require
from jiequ.core.writing import action, lock, write
from jiequ.outreach.actions.leading import acting
from jiequ.outreach.actions.records import forget_service, note_service
from jiequ.outreach.models import Activity, ServiceRecord, SignUp
from jiequ.outreach.workflow import ACTIVITY
from jiequ.people.models import Person, clean_text
from jiequ.work.actions import finish_tasks_about
from jiequ.work.actions.whose import locked
from jiequ.work.models import Task

CORRECT_DAYS = 7
RECORD_DAYS = 3  # to write down how it went
ASK_DAYS = 30  # what ended longer ago is not asked about any more
BATCH = 100
MOST_CAME = 2000  # people at one activity
MOST_HOURS = Decimal(24)


@action
def hold_activity(
    activity: Activity, *, by: Actor, came: Iterable[int], outcome: str = "", hours: Mapping[int, Any] | None = None
) -> Activity:
    """Write down that an activity took place and who came (`came`: persons' ids, also such as had not signed up), or correct it
    within CORRECT_DAYS. Who came has it in their service record; who did not come is data, and no score.

    `hours` count only for who came and wants a certificate; where none are given, the activity's own length. About 14 statements.
    """
    if by.person_id is None and by is not SYSTEM:
        raise NotAllowed(_("请登录后再记录结果。"))
    require(acting(by, activity), "outreach.record_activity", activity.unit)
    outcome = clean_text(outcome)
    if len(outcome) > 200:
        raise Refused(_("请写在 %(n)s 个字以内。") % {"n": 200}, field="outcome")
    unit, team = activity.unit, activity.team
    activity = lock(activity)
    activity.unit, activity.team = unit, team
    if activity.starts_at > clock.now():
        raise Refused(_("活动还没有开始，开始以后才能记结果。"))
    is_correction = activity.state == Activity.State.HELD
    if is_correction and not can_be_corrected(activity):
        raise Refused(_("记录满 %(n)s 天，不能再更正。") % {"n": CORRECT_DAYS})
    there = set(came)
    rows = _rows(activity, there)
    given = hours or {}
    for row in rows:
        row.came = row.person_id in there if row.state == SignUp.State.GOING else (row.person_id in there or None)
        counts = row.came and row.wants_certificate
        row.hours = _hours(given[row.person_id] if row.person_id in given else length_of(activity)) if counts else None
    SignUp.objects.bulk_update([r for r in rows if not r._state.adding], ["came", "hours"])
    SignUp.objects.bulk_create([r for r in rows if r._state.adding])
    facts = {"came": len(there), "signed_up": sum(r.state == SignUp.State.GOING for r in rows)}
    if is_correction:
        Activity.objects.filter(pk=activity.pk).update(outcome=outcome)
        activity.outcome = outcome
        forget_service(activity)
        record("correct", activity, by=by, **facts)
    else:
        changes = {"outcome": outcome, "recorded_at": clock.now(), "recorded_by_id": by.person_id}
        ACTIVITY.make(activity, "hold", by=acting(by, activity), set=changes, **facts)
        finish_tasks_about(activity, "outreach.record_activity", by=by)
    note_service(there, activity, unit=unit, on=clock.day(activity.starts_at), kind=ServiceRecord.Kind.ACTIVITY)
    return activity


def can_be_corrected(activity: Activity) -> bool:
    """True while what was recorded may still be put right."""
    recorded = activity.recorded_at
    return recorded is not None and clock.now() < recorded + timedelta(days=CORRECT_DAYS)


def length_of(activity: Activity) -> Decimal:
    """How long it was, in half hours."""
    seconds = Decimal((activity.ends_at - activity.starts_at).total_seconds())
    return max(Decimal("0.5"), (seconds / 1800).quantize(Decimal(1), ROUND_HALF_UP) / 2)


def ask_outcomes(*, by: Actor = SYSTEM) -> int:
    """For the tick: whoever planned an activity that is over is asked once how it went; returns how many were asked.

    Safe to run twice and in two processes: a task about an activity, also one that was taken back, is the sign that it was asked.
    """
    done = 0
    while True:
        with write():
            rows = list(locked(_unasked().select_related("unit", "planned_by").order_by("starts_at", "pk"))[:BATCH])
            if not rows:
                return done
            held = held_posts([row.unit for row in rows])
            tasks = Task.objects.bulk_create(_task(row, held) for row in rows)
            record_all("open", tasks, by=by, work="outreach.record_activity")
            done += len(rows)


def _unasked() -> Any:
    now = clock.now()
    asked = Task.objects.filter(about_kind=kind_of(Activity), about_id=OuterRef("pk"), verb="outreach.record_activity")
    over = Activity.objects.filter(
        state=Activity.State.PLANNED, ends_at__lte=now, starts_at__gte=now - timedelta(days=ASK_DAYS)
    )
    return over.filter(~Exists(asked))


def _task(activity: Activity, held: Any) -> Task:
    """For whoever planned it; where nobody did by name, for the nearest post upward that coordinates."""
    desk = None if activity.planned_by_id else nearest_desk(activity.unit, held) or Desk(activity.unit, "head")
    return Task(
        verb="outreach.record_activity", title=_("记结果：%(title)s") % {"title": activity.title}, opened_at=clock.now(),
        about_kind=kind_of(Activity), about_id=activity.pk, unit=desk.unit if desk else activity.unit,
        role=desk.role if desk else "", holder_id=activity.planned_by_id,
        due_at=max(activity.ends_at, clock.now() - timedelta(days=1)) + timedelta(days=RECORD_DAYS),
    )  # fmt: skip


def _rows(activity: Activity, came: set[int]) -> list[SignUp]:
    """Everybody who signed up, and a new row, not yet written, for each who came without: they take no place."""
    if len(came) > MOST_CAME:
        raise Refused(_("一次活动至多记 %(n)s 人。") % {"n": MOST_CAME})
    rows = list(SignUp.objects.filter(activity=activity).order_by("signed_at", "pk"))
    new = came - {row.person_id for row in rows}
    if new and Person.objects.filter(pk__in=new, erased_at=None).count() != len(new):
        raise Refused(_("有人查不到，请重新选择。"), field="person")
    at = clock.now()
    waiting = SignUp.State.WAITING
    return rows + [SignUp(activity=activity, person_id=pk, state=waiting, signed_at=at) for pk in sorted(new)]


def _hours(given: Any) -> Decimal:
    """Hours as they are kept: to a tenth, more than none and at most a day's."""
    try:
        hours = Decimal(str(given)).quantize(Decimal("0.1"), ROUND_HALF_UP)
        possible = 0 < hours <= MOST_HOURS  # which cannot be asked of what is not a number
    except InvalidOperation:
        raise Refused(_("小时数请填数字，如 2 或 1.5。"), field="hours") from None
    if not possible:
        raise Refused(_("小时数请填 0.1 到 %(n)s。") % {"n": MOST_HOURS}, field="hours")
    return hours
