"""Entering what a campaign covered: one number a unit for a day, or ticks in the list of households."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from jiequ.core import clock
from jiequ.core.paging import Page
from jiequ.core.permission import Refused, require
from jiequ.outreach import actions
from jiequ.outreach.models import Campaign, Coverage, Household
from jiequ.outreach.views.campaigns import find_campaign, near
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit

LIST = 100  # households on one page


@dataclass
class Entry:
    """One unit's number: what stands, what was typed, what was wrong with it."""

    unit: Unit
    is_whole: bool
    typed: str
    error: str = ""


def campaign_cover(request: SignedIn, pk: int) -> HttpResponse:
    campaign = find_campaign(request, pk)
    unit, trail, children = near(request, campaign)
    require(request.user, "outreach.record_coverage", unit)
    by_household = campaign.counts == Campaign.Counts.HOUSEHOLD
    return (_ticks if by_household else _numbers)(request, campaign, unit, trail, children)


def _address(campaign: Campaign, unit: Unit, **more: str) -> str:
    rest = "".join(f"&{key}={value}" for key, value in more.items() if value)
    return f"{reverse('campaign-cover', args=[campaign.pk])}?unit={unit.code}{rest}"


def _day(request: SignedIn) -> date:
    try:
        asked = parse_date(request.POST.get("on") or request.GET.get("on", ""))
    except ValueError:
        asked = None
    return asked or clock.today()


def _context(campaign: Campaign, unit: Unit, trail: list[Unit], on: date) -> dict[str, Any]:
    return {
        "here": "outreach", "campaign": campaign, "unit": unit, "on": on, "today": clock.today(),
        "trail": trail, "back": f"{campaign.get_absolute_url()}?unit={unit.code}",
    }  # fmt: skip


# ── by number ─────────────────────────────────────────────


def _numbers(
    request: SignedIn, campaign: Campaign, unit: Unit, trail: list[Unit], children: list[Unit]
) -> HttpResponse:
    """All of a block's grids on one page, with what stands for the day; only what was changed is entered."""
    on = _day(request)
    there = dict(
        Coverage.objects.filter(campaign=campaign, on=on, household=None, person=None, unit__in=[unit, *children])
        .values_list("unit", "people")
    )  # fmt: skip
    units = [unit, *(u for u in children if u.is_valid(on))]
    entries = [Entry(u, u is unit and len(units) > 1, str(there.get(u.pk, ""))) for u in units]
    status = 200
    if request.method == "POST":
        done = _enter(request, campaign, entries, there, on)
        if not any(entry.error for entry in entries):
            messages.success(request, _("没有改动。") if not done else _("填好了 %(n)s 个单位。") % {"n": done})
            return redirect(f"{campaign.get_absolute_url()}?unit={unit.code}")
        status = 422
    context = {**_context(campaign, unit, trail, on), "entries": entries, "errors": [e for e in entries if e.error]}
    return render(request, "outreach/cover_numbers.html", context, status=status)


def _enter(request: SignedIn, campaign: Campaign, entries: list[Entry], there: dict[int, int], on: date) -> int:
    """Each number by itself: one that is refused keeps the others from nothing, and stays as it was typed."""
    account, done = request.user, 0
    persons = [account.person] if request.POST.get("took_part") else []
    for entry in entries:
        typed = request.POST.get(f"n-{entry.unit.code}", "").strip()
        entry.typed, was = typed, there.get(entry.unit.pk)
        if not typed or typed == str(was):
            continue
        if not typed.isdecimal() or len(typed) > 9:
            entry.error = _("请填一个数。")
            continue
        try:
            actions.cover_unit(campaign, entry.unit, by=account, people=int(typed), on=on, persons=persons)
            done += 1
        except Refused as refused:
            entry.error = refused.message
    return done


# ── by household ──────────────────────────────────────────


def _ticks(request: SignedIn, campaign: Campaign, unit: Unit, trail: list[Unit], children: list[Unit]) -> HttpResponse:
    """The masked list of those that are not covered yet; what others ticked meanwhile is said and not counted again."""
    require(request.user, "outreach.view_household", unit)
    view, error = request.GET.get("view", ""), ""
    rows = Household.objects.visible_to(request.user).under(unit)
    if request.method == "POST":
        keys = [int(key) for key in request.POST.getlist("households")[:501] if key.isdecimal() and len(key) < 19]
        ticked = list(rows.current().filter(pk__in=keys).select_related("unit").defer("unit__boundary"))
        try:
            made = actions.cover_households(campaign, ticked, by=request.user, on=_day(request))
        except Refused as refused:
            error = refused.message
        else:
            _tell(request, made)
            return redirect(_address(campaign, unit))
    covered = Coverage.objects.filter(campaign=campaign, household=OuterRef("pk"))
    if view == "done":
        done = Coverage.objects.filter(campaign=campaign, household__in=rows).select_related("household", "unit")
        page = Page(request, done.defer("unit__boundary"), order="id", size=LIST)
    else:
        open_rows = rows.current().exclude(Exists(covered)).select_related("unit", "building")
        page = Page(
            request, open_rows.defer("unit__boundary", "building__boundary"), order="id", size=LIST, oldest_first=True
        )
    context = {
        **_context(campaign, unit, trail, _day(request)), "page": page, "view": view, "error": error,
        "views": [("", _("还没覆盖"), view != "done"), ("done", _("已覆盖"), view == "done")],
        "children": [(u, _address(campaign, u, view=view)) for u in children],
    }  # fmt: skip
    return render(request, "outreach/cover_households.html", context, status=422 if error else 200)


def _tell(request: SignedIn, made: actions.Covered) -> None:
    words = ngettext("记下 %(n)s 户。", "记下 %(n)s 户。", made.new) % {"n": made.new}
    if made.known:
        words += _("另有 %(n)s 户以前已经算过，没有重复计。") % {"n": made.known}
    messages.success(request, words)


@require_POST
def coverage_undo(request: SignedIn, pk: int) -> HttpResponse:
    """A household that was ticked by mistake."""
    row = _row(request, pk)
    actions.uncover_household(row, by=request.user)
    messages.success(request, _("已取消这一户。"))
    return redirect(_address(row.campaign, row.unit, view="done"))


def coverage_page(request: SignedIn, pk: int) -> HttpResponse:
    """Leads on to the campaign, at the unit it was covered in."""
    row = _row(request, pk)
    return redirect(f"{row.campaign.get_absolute_url()}?unit={row.unit.code}")


def _row(request: SignedIn, pk: int) -> Coverage:
    rows = Coverage.objects.visible_to(request.user).select_related("campaign__unit", "unit")
    found: Coverage = get_object_or_404(rows, pk=pk)
    return found
