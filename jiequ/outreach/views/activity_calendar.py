"""A month of activities as a table of days; an activity, or all of a team's, for one's own calendar (RFC 5545)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from jiequ.core import clock
from jiequ.core.measures import Period
from jiequ.outreach.documents.calendar import calendar_of
from jiequ.outreach.models import Activity
from jiequ.outreach.views.activities import chosen_activities, find_activity
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Team

MOST = 400  # activities of a month that are drawn
FED = 200  # activities in a team's calendar file
BACK_DAYS = 31  # how long what is over stays in it
FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)


@require_GET
def activity_calendar(request: SignedIn) -> HttpResponse:
    """Whole weeks around the month in `?month=2021-12` (this one); on a phone the days that have something, as a list."""
    rows, unit, team = chosen_activities(request)
    month = chosen_month(request.GET.get("month", ""))
    first = month.start - timedelta(days=month.start.weekday())
    weeks_end = month.end + timedelta(days=6 - month.end.weekday())
    shown = rows.filter(starts_at__gte=clock.at(first), starts_at__lt=clock.at(weeks_end + timedelta(days=1)))
    shown = shown.exclude(state=Activity.State.CANCELLED).select_related("team", "unit")
    found = list(shown.defer("unit__boundary", "unit__note").order_by("starts_at", "pk")[: MOST + 1])
    by_day: dict[date, list[Activity]] = {}
    for activity in found[:MOST]:
        by_day.setdefault(clock.day(activity.starts_at), []).append(activity)
    days = [first + timedelta(days=n) for n in range((weeks_end - first).days + 1)]
    cells = [(day, by_day.get(day, []), month.start <= day <= month.end) for day in days]
    query = request.GET.copy()
    before, after = month.start - timedelta(days=1), month.end + timedelta(days=1)
    links = []
    for day in (before, after):
        query["month"] = f"{day:%Y-%m}"
        links.append(f"?{query.urlencode()}" if FIRST <= day <= LAST else "")
    return render(request, "outreach/activity_calendar.html", {
        "here": "outreach", "unit": unit, "team": team, "month": month.start, "today": clock.today(),
        "weeks": [cells[n : n + 7] for n in range(0, len(cells), 7)],
        "busy": [(day, there) for day, there, within in cells if there and within],
        "count": sum(len(there) for _day, there, within in cells if within), "is_capped": len(found) > MOST,
        "before": links[0], "after": links[1],
        "weekdays": [_("一"), _("二"), _("三"), _("四"), _("五"), _("六"), _("日")],
    })  # fmt: skip


def chosen_month(text: str) -> Period:
    """2021-12 as a period; this month where it is none."""
    if re.fullmatch(r"\d{4}-\d{2}", text):
        try:
            day = date(int(text[:4]), int(text[5:]), 1)
        except ValueError:
            day = clock.today()
        if FIRST <= day <= LAST:
            return Period.month(day)
    return Period.month(clock.today())


@require_GET
def activity_file(request: SignedIn, pk: int) -> HttpResponse:
    activity = find_activity(request, pk)
    return _file(calendar_of([activity], activity.title), f"activity-{activity.pk}")


@require_GET
def team_file(request: SignedIn, pk: int) -> HttpResponse:
    """A team's activities, those of the last month and what is coming."""
    team = get_object_or_404(Team.objects.visible_to(request.user), pk=pk)
    rows: Any = Activity.objects.visible_to(request.user).filter(
        team=team, starts_at__gte=clock.now() - timedelta(days=BACK_DAYS)
    )
    rows = rows.select_related("unit", "team").defer("unit__boundary", "unit__note").order_by("starts_at", "pk")
    return _file(calendar_of(list(rows[:FED]), team.name), f"team-{team.pk}")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.ics") or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
