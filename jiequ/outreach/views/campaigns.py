"""Campaigns: the list, one's page with what each unit covered, starting, changing, ending."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Substr
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core import clock
from jiequ.core.measures import percent, prefix
from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.outreach import actions
from jiequ.outreach.forms.deeds import CampaignForm
from jiequ.outreach.models import Campaign, Coverage
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit

SHOWN = 30  # of the newest entries
MAIN_LINE = (Unit.Kind.COMMUNITY, Unit.Kind.BLOCK, Unit.Kind.RED_GRID)


def campaign_list(request: SignedIn) -> HttpResponse:
    account = request.user
    if not account.holds_anywhere("outreach.view_deed"):
        raise NotAllowed(_("您目前没有任职，看不到专项行动。"))
    view, today = request.GET.get("view", ""), clock.today()
    rows: Any = Campaign.objects.visible_to(account)
    rows = rows.exclude(Q(ends_on=None) | Q(ends_on__gte=today)) if view == "past" else rows.running(today)
    kind = request.GET.get("kind", "")
    if kind in Campaign.Kind.values:
        rows = rows.filter(kind=kind)
    sums = Coverage.objects.visible_to(account).filter(campaign=OuterRef("pk")).order_by().values("campaign")
    covered = Coalesce(Subquery(sums.annotate(n=Sum("people")).values("n")), 0)
    page = Page(
        request, rows.select_related("unit").defer("unit__boundary").annotate(covered=covered), order="starts_on"
    )
    context = {
        "here": "outreach", "page": page, "view": view, "kind": kind, "kinds": Campaign.Kind.choices,
        "views": [("", _("正在进行"), view != "past"), ("past", _("已经结束"), view == "past")],
        "may_start": account.holds_anywhere("outreach.start_campaign"),
    }  # fmt: skip
    return render(request, "outreach/_campaign_rows.html" if request.htmx else "outreach/campaign_list.html", context)


@dataclass(frozen=True)
class Line:
    """What one unit covered: by itself (`is_own`), or with all below it."""

    unit: Unit
    n: int
    is_own: bool
    url: str


def campaign_page(request: SignedIn, pk: int) -> HttpResponse:
    """What each unit below the chosen one covered, in the tree's order; each opens to what lies in it."""
    campaign, account = find_campaign(request, pk), request.user
    unit, trail, children = near(request, campaign)
    seen = Coverage.objects.visible_to(account).filter(campaign=campaign)
    length = unit.steplen * (unit.depth + 1)
    parts = seen.under(unit).order_by().annotate(child=Substr("unit__path", 1, length)).values("child")
    found = Counter({row["child"]: row["n"] for row in parts.annotate(n=Sum("people"))})
    here = reverse("campaign", args=[campaign.pk])
    lines = [Line(u, found[u.path], False, f"{here}?unit={u.code}") for u in children if u.is_valid() or found[u.path]]
    if found[unit.path] and children:
        lines.insert(0, Line(unit, found[unit.path], True, ""))
    total = sum(found.values())
    rows = seen.under(unit).filter(household=None, person=None).select_related("unit", "by")
    may_cover = account.may("outreach.record_coverage", unit)
    context = {
        "here": "outreach", "campaign": campaign, "unit": unit, "trail": trail, "lines": lines, "total": total,
        "is_whole": unit.pk == campaign.unit_id, "is_open": campaign.is_open(clock.today()),
        "percent": percent(min(total, campaign.target), campaign.target) if campaign.target else None,
        "entries": list(rows.defer("unit__boundary").order_by("-on", "-pk")[:SHOWN])
        if campaign.counts == Campaign.Counts.NUMBER else [],
        "may_cover": may_cover and clock.today() >= campaign.starts_on,
        "cover_url": f"{reverse('campaign-cover', args=[campaign.pk])}?unit={unit.code}",
        "may_edit": account.may("outreach.start_campaign", campaign.unit),
    }  # fmt: skip
    return render(request, "outreach/campaign.html", context)


def campaign_new(request: SignedIn) -> HttpResponse:
    account = request.user
    if not account.holds_anywhere("outreach.start_campaign"):
        raise NotAllowed(_("您没有发起专项行动的权限。需要的话，请找社区总街长。"))
    form = CampaignForm(account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.start_campaign(data.pop("unit"), by=account, **data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("行动已发起，各单位可以填报了。"))
            return redirect(made)
    return _form(request, form, heading=_("发起专项行动"), button=_("发起"))


def campaign_edit(request: SignedIn, pk: int) -> HttpResponse:
    campaign, account = find_campaign(request, pk), request.user
    require(account, "outreach.start_campaign", campaign.unit)
    form = CampaignForm(account, request.POST or None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        changes = {k: v for k, v in form.cleaned_data.items() if v != getattr(campaign, k)}
        try:
            if changes:
                actions.edit_campaign(campaign, by=account, **changes)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已修改。"))
            return redirect(campaign)
    return _form(request, form, heading=_("修改专项行动"), button=_("保存"), campaign=campaign)


@require_POST
def campaign_end(request: SignedIn, pk: int) -> HttpResponse:
    campaign = actions.end_campaign(find_campaign(request, pk), by=request.user)
    messages.success(request, _("行动到今天结束。今天和以前漏报的还可以补。"))
    return redirect(campaign)


def _form(request: SignedIn, form: CampaignForm, **context: Any) -> HttpResponse:
    context = {"here": "outreach", "form": form, **context}
    return render(request, "outreach/campaign_form.html", context, status=422 if form.errors else 200)


def find_campaign(request: SignedIn, pk: int) -> Campaign:
    """Within sight, else 404."""
    rows = Campaign.objects.visible_to(request.user).select_related("unit").defer("unit__boundary", "unit__note")
    found: Campaign = get_object_or_404(rows, pk=pk)
    return found


def near(request: SignedIn, campaign: Campaign) -> tuple[Unit, list[Unit], list[Unit]]:
    """The unit in the address, else the widest of one's own within the campaign; what stands above it there, and what lies in it.
    One statement where the address names none, two where it does."""
    reach, code = request.user.reach("outreach.view_deed"), request.GET.get("unit", "")[:40].replace("\x00", "")
    if code:
        unit: Unit = get_object_or_404(Unit.objects.visible_to(request.user).defer("boundary"), code=code)
        path = unit.path
    else:
        own = sorted((p for p in reach.paths if p.startswith(campaign.unit.path)), key=len)
        path = campaign.unit.path if reach.holds(campaign.unit.path) else own[0] if own else ""
    if not path.startswith(campaign.unit.path) or not reach.holds(path):
        raise Http404
    depth = len(path) // Unit.steplen
    above = [path[: Unit.steplen * n] for n in range(campaign.unit.depth, depth + 1)]
    below = Q(**prefix("path", path), depth=depth + 1, kind__in=MAIN_LINE)
    rows = list(Unit.objects.filter(Q(path__in=above) | below).defer("boundary"))
    unit = next(u for u in rows if u.path == path)
    trail = [u for u in rows if u.depth < depth and reach.holds(u.path)]
    return unit, trail, [u for u in rows if u.depth == depth + 1]
