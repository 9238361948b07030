"""Planning activities, one or a series; changing and cancelling them, and telling who takes part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record_all
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.leading import acting, leading
from jiequ.outreach.actions.recurring import dates_of, rule_text
from jiequ.outreach.actions.waiting import fill_places
from jiequ.outreach.models import Activity, SignUp
from jiequ.people.actions import notify
from jiequ.people.models import Team, clean_text
from jiequ.territory.models import Unit
from jiequ.work.actions import drop_tasks_about
from jiequ.work.actions.whose import locked

MOST_HOURS = 24
MOST_PLACES = 9999
LENGTHS = {"title": 60, "says": 300, "place": 60}
EDITABLE = frozenset({"title", "says", "place", "limit", "starts_at", "ends_at"})


@action
def plan_activity(
    unit: Unit,
    *,
    by: Actor,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    team: Team | None = None,
    limit: int | None = None,
    recurrence: str = "",
    place: str = "",
    says: str = "",
) -> list[Activity]:
    """Plan an activity of `unit`, or of its `team`; with a rule (RFC 5545 RRULE) a row for each date, which share `series`.

    Refused names the field: words that are too long, times that are over, a rule that is not understood or reaches too far,
    and what is planned already (pressed twice). At most 15 statements, however many dates.
    """
    require(leading(by, team), "outreach.plan_activity", unit)
    words = _checked(title=title, place=place, says=says)
    _check_limit(limit)
    _check_times(starts_at, ends_at)
    if not unit.is_valid():
        raise Refused(_("%s已经停用，请另选单位。") % unit.name, field="unit")
    if team is not None:
        _check_team(team, unit)
    rule = rule_text(recurrence)
    moments = dates_of(rule, starts_at)
    lock(unit)  # two presses of one button plan once
    there = Activity.objects.filter(
        unit=unit, team=team, title=words["title"], state=Activity.State.PLANNED, starts_at__in=moments
    )
    if there.exists():
        raise Overtaken(_("这个活动已经安排好了，没有重复安排。"), field="starts_at")
    rows = [
        Activity(
            unit=unit, team=team, starts_at=moment, ends_at=moment + (ends_at - starts_at), limit=limit,
            planned_at=clock.now(), planned_by_id=by.person_id, **words,
        )
        for moment in moments
    ]  # fmt: skip
    if rule:
        rows[0].recurrence = rule
        for row in rows:
            row.series = rows[0].pk
    Activity.objects.bulk_create(rows)
    if team is not None:
        members = [pk for pk in team.persons.values_list("pk", flat=True) if pk != by.person_id]
        subject = _("%(team)s安排了活动：%(title)s") % {"team": team.name, "title": words["title"]}
        notify(members, subject, body=when_and_where(rows[0]), url=rows[0].get_absolute_url())
    record_all("plan", rows, by=by, dates=len(rows), places=limit)
    return rows


@action
def edit_activity(activity: Activity, *, by: Actor, all_coming: bool = False, **changes: Any) -> list[Activity]:
    """Change a planned activity (`title`, `says`, `place`, `limit`, `starts_at`, `ends_at`); with `all_coming` every one of its
    series that has not begun: a new time then moves each by as much. Who takes part is told of a new time or place; a higher limit
    lets in who waits, until it has begun. Returns what was changed."""
    require(acting(by, activity), "outreach.plan_activity", activity.unit)
    unknown = set(changes) - EDITABLE
    if unknown:
        raise ValueError(f"cannot be edited: {unknown}")
    rows = _held(activity, all_coming)
    changes |= _checked(**{name: changes[name] for name in LENGTHS if name in changes})
    _check_limit(changes.get("limit"))
    starts_at, ends_at = changes.pop("starts_at", activity.starts_at), changes.pop("ends_at", activity.ends_at)
    moves = (starts_at, ends_at) != (activity.starts_at, activity.ends_at)
    if moves:
        _check_times(starts_at, ends_at)
    moved_by = starts_at - activity.starts_at
    told = moves or any(changes.get("place", row.place) != row.place for row in rows)
    for row in rows:
        for name, value in changes.items():
            setattr(row, name, value)
        if moves:
            row.starts_at += moved_by
            row.ends_at = row.starts_at + (ends_at - starts_at)
            _check_times(row.starts_at, row.ends_at)
        if row.limit is not None and row.limit < row.places_taken:
            raise Refused(
                _("%(day)s已经有%(n)s人报上名，名额不能再少。") % {"day": _short(row.starts_at), "n": row.places_taken},
                field="limit",
            )
    moved_up = fill_places(rows, by=by) if "limit" in changes else {}
    Activity.objects.bulk_update(rows, [*sorted(changes), "starts_at", "ends_at", "places_taken"])
    if told:
        subject = _("活动有变动：%(title)s") % {"title": rows[0].title}
        notify(_taking_part(rows), subject, body=when_and_where(rows[0]), url=rows[0].get_absolute_url(), leaves=True)
    record_all(
        "edit", rows, by=by, fields=sorted([*changes, *(["starts_at"] if moves else [])]), moved_up=len(moved_up)
    )
    return rows


@action
def cancel_activity(activity: Activity, *, by: Actor, reason: str, whole_series: bool = False) -> list[Activity]:
    """Cancel a planned activity, or with `whole_series` every one of its series that has not begun; everybody who takes part or
    waits is told, with the reason."""
    require(acting(by, activity), "outreach.plan_activity", activity.unit)
    reason = clean_text(reason)
    if not reason or len(reason) > 200:
        raise Refused(_("请写明为什么取消，不超过 200 个字，报了名的人会看到。"), field="reason")
    rows = _held(activity, whole_series)
    Activity.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=Activity.State.CANCELLED, outcome=reason, recorded_at=clock.now(), recorded_by_id=by.person_id
    )
    for row in rows:
        row.state, row.outcome = Activity.State.CANCELLED, reason
    subject = _("活动取消了：%(title)s") % {"title": rows[0].title}
    body = _("原因：%(why)s") % {"why": reason}
    notify(_taking_part(rows), subject, body=f"{when_and_where(rows[0])}\n{body}", url=rows[0].get_absolute_url())
    drop_tasks_about(rows[0], "outreach.record_activity", by=by, note=_("活动取消了"))
    record_all("cancel", rows, by=by)
    return rows


def when_and_where(activity: Activity) -> str:
    """12月5日 14:30，祠堂: for a notice."""
    starts = clock.local(activity.starts_at)
    said = f"{_short(activity.starts_at)} {starts:%H:%M}"
    return f"{said}，{activity.place}" if activity.place else said


def _short(moment: datetime) -> str:
    day = clock.local(moment)
    return _("%(month)s月%(day)s日") % {"month": day.month, "day": day.day}


def _held(activity: Activity, many: bool) -> list[Activity]:
    """The activity, and where `many` those of its series that have not begun, held until the transaction ends; it comes first."""
    wanted = Activity.objects.filter(pk=activity.pk)
    if many and activity.series is not None:
        wanted |= Activity.objects.filter(
            series=activity.series, state=Activity.State.PLANNED, starts_at__gt=clock.now()
        )
    rows = list(locked(wanted.select_related("unit", "team").order_by("pk")))
    rows.sort(key=lambda row: (row.pk != activity.pk, row.starts_at))
    if rows[0].state == Activity.State.CANCELLED:
        raise Overtaken(_("这个活动已经取消了。"))
    if rows[0].state != Activity.State.PLANNED:
        raise Overtaken(_("这个活动已经记了结果，不能再改。"))
    return rows


def _taking_part(rows: Iterable[Activity]) -> list[int]:
    found = SignUp.objects.filter(activity__in=[row.pk for row in rows]).exclude(state=SignUp.State.CANCELLED)
    return list(found.values_list("person", flat=True).distinct().order_by("person"))


def _checked(**words: str) -> dict[str, str]:
    found = {name: clean_text(text) for name, text in words.items()}
    if "title" in found and not found["title"]:
        raise Refused(_("请填写活动名称。"), field="title")
    for name, text in found.items():
        if len(text) > LENGTHS[name]:
            raise Refused(_("请写在 %(n)s 个字以内。") % {"n": LENGTHS[name]}, field=name)
    return found


def _check_limit(limit: int | None) -> None:
    if limit is not None and not 1 <= limit <= MOST_PLACES:
        raise Refused(_("名额请填 1 到 %(n)s；不限名额就不填。") % {"n": MOST_PLACES}, field="limit")


def _check_times(starts_at: datetime, ends_at: datetime) -> None:
    if starts_at <= clock.now():
        raise Refused(_("开始时间已经过了，请选以后的时间。"), field="starts_at")
    if ends_at <= starts_at:
        raise Refused(_("结束要晚于开始。"), field="ends_at")
    if ends_at - starts_at > timedelta(hours=MOST_HOURS):
        raise Refused(_("一场最长 %(n)s 小时；连着几天的，请按重复安排。") % {"n": MOST_HOURS}, field="ends_at")


def _check_team(team: Team, unit: Unit) -> None:
    if team.disbanded_on is not None and team.disbanded_on <= clock.today():
        raise Refused(_("%s已经解散，请另选服务队。") % team.name, field="team")
    if not (unit.path.startswith(team.unit.path) or team.unit.path.startswith(unit.path)):
        raise Refused(_("%(team)s不在%(unit)s服务。") % {"team": team.name, "unit": unit.name}, field="team")
