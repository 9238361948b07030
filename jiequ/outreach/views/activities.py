"""Activities: the list, one's page, planning, changing, cancelling."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiequ.core import clock
from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.outreach import actions
from jiequ.outreach.actions.leading import acting, leading, may_take_part
from jiequ.outreach.actions.outcomes import CORRECT_DAYS, can_be_corrected
from jiequ.outreach.actions.recurring import rule_words
from jiequ.outreach.actions.signups import place_in_line
from jiequ.outreach.forms.activities import CancelForm, EditForm, PlanForm
from jiequ.outreach.models import Activity, SignUp
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person, Team
from jiequ.people.views.persons import chosen_unit

SERIES_SHOWN = 12
PEOPLE_SHOWN = 500
CANDIDATES = 200


def find_activity(request: SignedIn, pk: int) -> Activity:
    """Within sight, else 404."""
    rows = Activity.objects.visible_to(request.user).select_related("unit", "team__unit", "planned_by", "recorded_by")
    rows = rows.defer("unit__boundary", "unit__note", "team__unit__boundary", "team__unit__note")
    found: Activity = get_object_or_404(rows, pk=pk)
    return found


def chosen_team(request: HttpRequest) -> Team | None:
    """The team in the address (`?team=`), if any; 404 outside the account's scope."""
    key = request.GET.get("team", "")
    if not key:
        return None
    teams = Team.objects.visible_to(request.user).select_related("unit").defer("unit__boundary", "unit__note")
    return get_object_or_404(teams, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)


def chosen_activities(request: SignedIn) -> tuple[QuerySet[Activity], Any, Team | None]:
    """The activities of the list's filters: in sight, of a unit and below, of a team."""
    account = request.user
    if not account.holds_anywhere("outreach.view_deed"):
        raise NotAllowed(_("您目前没有任职，看不到活动。"))
    unit, team = chosen_unit(request), chosen_team(request)
    rows = Activity.objects.visible_to(account)
    if unit:
        rows = rows.under(unit)
    if team:
        rows = rows.filter(team=team)
    return rows, unit, team


def activity_list(request: SignedIn) -> HttpResponse:
    """What is coming, the next first; or what was, the last first."""
    rows, unit, team = chosen_activities(request)
    view = request.GET.get("view", "")
    now = clock.now()
    is_coming = view not in {"past", "mine"}
    if is_coming:
        rows = rows.filter(ends_at__gte=now).exclude(state=Activity.State.HELD)
    elif view == "past":
        rows = rows.filter(ends_at__lt=now)
    else:
        rows = rows.filter(
            Q(sign_ups__person=request.user.person_id) & ~Q(sign_ups__state=SignUp.State.CANCELLED), ends_at__gte=now
        )
    rows = rows.select_related("unit", "team").defer("unit__boundary", "unit__note")
    page = Page(request, rows, order="starts_at", oldest_first=view != "past")
    mine = dict(
        SignUp.objects.filter(person=request.user.person_id, activity__in=[a.pk for a in page.rows])
        .exclude(state=SignUp.State.CANCELLED)
        .values_list("activity", "state")
    )
    for activity in page.rows:
        activity.mine = mine.get(activity.pk, "")
    context = {
        "here": "outreach", "page": page, "unit": unit, "team": team, "view": view,
        "views": [
            ("", _("接下来"), is_coming), ("mine", _("我报名的"), view == "mine"), ("past", _("以前的"), view == "past"),
        ],
        "may_plan": request.user.holds_anywhere("outreach.plan_activity") or _leads(request.user, team),
    }  # fmt: skip
    return render(request, "outreach/_activity_rows.html" if request.htmx else "outreach/activity_list.html", context)


def activity_page(request: SignedIn, pk: int) -> HttpResponse:
    activity, account = find_activity(request, pk), request.user
    actor = acting(account, activity)
    may_plan = actor.may("outreach.plan_activity", activity.unit)
    may_record = actor.may("outreach.record_activity", activity.unit)
    people = sorted_people(activity) if may_plan or may_record else []
    if people:
        mine = next((s for s in people if s.person_id == account.person_id), None)
        waiting = sum(s.state == SignUp.State.WAITING for s in people)
        came = sum(bool(s.came) for s in people)
    else:
        mine = SignUp.objects.filter(activity=activity, person=account.person_id).first()
        counted = SignUp.objects.filter(activity=activity).aggregate(
            waiting=Count("pk", filter=Q(state=SignUp.State.WAITING)), came=Count("pk", filter=Q(came=True))
        )
        waiting, came = counted["waiting"], counted["came"]
    if mine is not None and mine.state == SignUp.State.CANCELLED:
        mine = None
    is_planned, now = activity.state == Activity.State.PLANNED, clock.now()
    series = []
    if activity.series is not None:
        coming = Activity.objects.visible_to(account).filter(series=activity.series, starts_at__gt=now)
        series = list(coming.exclude(pk=activity.pk).order_by("starts_at")[:SERIES_SHOWN])
    has_begun = activity.starts_at <= now
    is_open = is_planned and not has_begun
    there = {row.person_id for row in people}
    others = [p for p in candidates(request, activity) if p.pk not in there] if is_open and may_plan else []
    return render(request, "outreach/activity.html", {
        "here": "outreach", "activity": activity, "mine": mine, "waiting": waiting, "came": came, "series": series,
        "line": place_in_line(mine) if mine is not None and mine.state == SignUp.State.WAITING else 0,
        "people": people, "has_begun": has_begun, "is_planned": is_planned,
        "is_open": is_open, "others": others, "left": left(activity), "how_often": rule_words(_rule(activity)),
        "may_join": may_take_part(account, activity.unit), "may_plan": may_plan and is_planned,
        "may_record": may_record and has_begun and (is_planned or can_be_corrected(activity)),
        "correct_days": CORRECT_DAYS, "says_now": said_now(activity, has_begun),
    })  # fmt: skip


def sorted_people(activity: Activity) -> list[SignUp]:
    """Who takes part, then who waits, in the order in which they came; never by anything they did."""
    rows = SignUp.objects.filter(activity=activity).exclude(state=SignUp.State.CANCELLED).select_related("person")
    rows = rows.only("state", "came", "hours", "wants_certificate", "signed_at", "activity", "person__label")
    return sorted(rows.order_by("signed_at", "pk")[:PEOPLE_SHOWN], key=lambda s: s.state != SignUp.State.GOING)


def candidates(request: SignedIn, activity: Activity) -> list[Person]:
    """Whom a clerk could enter: the team's members, or people of the unit; at most CANDIDATES."""
    rows = (
        activity.team.persons.all() if activity.team else Person.objects.visible_to(request.user).under(activity.unit)
    )
    return list(rows.filter(erased_at=None).only("label").order_by("id")[:CANDIDATES])


def left(activity: Activity) -> int | None:
    """Places that are free; None without a limit."""
    return None if activity.limit is None else max(0, activity.limit - activity.places_taken)


def said_now(activity: Activity, has_begun: bool) -> str:
    """The answer, as the page's heading line says it."""
    if activity.state == Activity.State.CANCELLED:
        return _("活动取消了。")
    if activity.state == Activity.State.HELD:
        return _("活动办过了。")
    if activity.ends_at <= clock.now():
        return _("活动结束了，等记录人记结果。")
    if has_begun:
        return _("活动正在进行，报名截止了。")
    places = left(activity)
    if places is None:
        return _("不限名额，可以报名。")
    if places:
        return ngettext("还剩%(n)s个名额。", "还剩%(n)s个名额。", places) % {"n": places}
    return _("名额满了，现在报名先候补；有人取消就按先后补上。")


def activity_plan(request: SignedIn) -> HttpResponse:
    """Plan one or a series, of a unit or a team."""
    account = request.user
    teams = _teams(account)
    if not account.holds_anywhere("outreach.plan_activity") and not teams:
        raise NotAllowed(_("您没有安排活动的权限。需要的话，请找街区网格长办理，或请服务队队长安排。"))
    unit, team = chosen_unit(request), chosen_team(request)
    if unit and not any(t.leader_id == account.person_id for t in teams):
        require(account, "outreach.plan_activity", unit)
    if team:
        require(leading(account, team), "outreach.plan_activity", team.unit)
    initial = {"unit": request.GET.get("unit", ""), "team": str(team.pk) if team else ""}
    form = PlanForm(account, request.POST or None, teams=teams, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.plan_activity(
                data["unit"], by=account, team=data["team"], recurrence=data["recurrence"], **form.what
            )
        except Refused as refused:
            _put(form, refused)
        else:
            n = len(made)
            messages.success(request, _("已安排%(n)s场。") % {"n": n} if n > 1 else _("已安排，可以报名了。"))
            return redirect(made[0])
    return _form_page(request, form, heading=_("安排活动"), button=_("安排"), back=reverse("activities"))


def activity_edit(request: SignedIn, pk: int) -> HttpResponse:
    activity = find_activity(request, pk)
    require(acting(request.user, activity), "outreach.plan_activity", activity.unit)
    form = EditForm(activity, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.edit_activity(activity, by=request.user, **form.everything)
        except Refused as refused:
            _put(form, refused)
        else:
            messages.success(request, _("改好了%(n)s场。") % {"n": len(changed)})
            return redirect(activity)
    asks = _("换了时间或地点，报了名的人会收到通知。")
    return _form_page(
        request,
        form,
        heading=_("修改活动"),
        button=_("保存"),
        back=activity.get_absolute_url(),
        asks=asks,
        activity=activity,
    )


def activity_cancel(request: SignedIn, pk: int) -> HttpResponse:
    activity = find_activity(request, pk)
    require(acting(request.user, activity), "outreach.plan_activity", activity.unit)
    form = CancelForm(activity, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ended = actions.cancel_activity(activity, by=request.user, **form.cleaned_data)
        except Refused as refused:
            _put(form, refused)
        else:
            messages.success(request, _("已取消%(n)s场，报了名的人都收到了通知。") % {"n": len(ended)})
            return redirect(activity)
    return _form_page(
        request, form, heading=_("取消活动"), button=_("取消活动"), back=activity.get_absolute_url(), activity=activity
    )


def _form_page(request: HttpRequest, form: Any, **context: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "outreach/activity_form.html", {"here": "outreach", "form": form, **context}, status=status)


def _put(form: Any, refused: Refused) -> None:
    """A refusal stands at the field it is about."""
    field = getattr(form, "at_field", {}).get(refused.field, refused.field)
    form.add_error(field if field in form.fields else None, refused.message)


def _teams(account: Any) -> list[Team]:
    """The teams whose activities `account` may plan: in reach of the permission, or led by them."""
    within = account.reach("outreach.plan_activity").as_q("unit__path") | Q(leader=account.person_id)
    rows = Team.objects.visible_to(account).standing().filter(within).select_related("unit")
    return list(rows.defer("unit__boundary", "unit__note").order_by("name", "pk"))


def _leads(account: Any, team: Team | None) -> bool:
    return team is not None and team.leader_id == account.person_id


def _rule(activity: Activity) -> str:
    """The rule of its series, which stands on the first."""
    if activity.series is None or activity.series == activity.pk:
        return activity.recurrence
    return Activity.objects.filter(pk=activity.series).values_list("recurrence", flat=True).first() or ""
