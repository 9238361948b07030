"""A visit on one screen, its page, and the lists of what was done. Works without scripts."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jiequ.core.paging import FILTERED_CAP, Page
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.outreach.actions.findings import became_of
from jiequ.outreach.actions.visits import Visited, amend_visit, may_change, record_visit, withdraw_visit
from jiequ.outreach.forms.visits import PHRASES, NoteForm, VisitForm
from jiequ.outreach.models import SERVICES, Finding, Household, Visit
from jiequ.outreach.views.households import find_household
from jiequ.outreach.views.phone import FOUND, MODES
from jiequ.outreach.workflow import TURNINGS
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person
from jiequ.territory.models import Unit


@never_cache
def visit_new(request: SignedIn, pk: int) -> HttpResponse:
    """Who, how, which of the six, one line. Two taps are a visit; the key in the form makes the same sending one visit."""
    household = find_household(request, pk)
    require(request.user, "outreach.record_visit", household.ground)
    form = VisitForm(
        request.POST or None, household=household, account=request.user,
        initial={"version": household.version, "remark": household.remark, "remark_was": household.remark,
                 "once": secrets.token_urlsafe(18)},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            visited = record_visit(household, by=request.user, **form.said())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _go_on(request, household, visited)
    last = household.visits.standing().order_by("-on", "-pk").first()
    kinds = [(k, label, FOUND[k], form[f"words_{k}"]) for k, label in Finding.Kind.choices]
    return render(request, "outreach/visit_new.html", {
        "here": "visits", "household": household, "form": form, "last": last, "kinds": kinds,
        "modes": [(value, label, MODES[value]) for value, label in Visit.Mode.choices],
        "services": SERVICES, "phrases": PHRASES,
        "chosen": {name: _chosen(form, name) for name in ("services", "phrases", "found", "visitors")},
    }, status=422 if form.errors else 200)  # fmt: skip


def _chosen(form: VisitForm, name: str) -> list[str]:
    return list(form.data.getlist(name)) if form.is_bound and hasattr(form.data, "getlist") else []


def _go_on(request: SignedIn, household: Household, visited: Visited) -> HttpResponse:
    """Back to today's plan; to the visit where something was found, to the choice where two versions met."""
    messages.success(request, _("记好了：%(who)s。") % {"who": household.label})
    if visited.conflict is not None and visited.conflict.settled_at is None:
        return redirect(visited.conflict)
    if visited.visit.findings.exists():
        return redirect(visited.visit)
    return redirect("visits")


def find_visit(request: SignedIn, pk: int) -> Visit:
    """The visit `pk` where the account may look at its household; else 404. One statement."""
    rows = Visit.objects.visible_to(request.user)
    rows = rows.select_related("unit", "household__unit", "household__building", "by", "withdrawn_by")
    rows = rows.defer("unit__boundary", "household__unit__boundary", "household__building__boundary")
    found: Visit = get_object_or_404(rows, pk=pk)
    return found


def visit_page(request: SignedIn, pk: int) -> HttpResponse:
    """What was done, and what became of what was found."""
    account = request.user
    visit = find_visit(request, pk)
    findings = list(visit.findings.order_by("pk"))
    became = became_of(findings, account)
    may_visit = visit.withdrawn_at is None and account.may("outreach.record_visit", visit.household.ground)
    conflict = visit.conflicts.first()
    rows = []
    for finding in findings:
        finding.visit = visit
        way = TURNINGS.get(finding.kind)
        offered = way is not None and finding.became_id is None and may_visit and way.may(finding, account)
        rows.append({
            "finding": finding, "became": became.get(finding.pk), "icon": FOUND[finding.kind],
            "way": way if offered else None, "page": reverse(way.page, args=[finding.pk]) if offered and way and way.page else "",
        })  # fmt: skip
    return render(request, "outreach/visit.html", {
        "here": "visits", "visit": visit, "household": visit.household, "findings": rows, "conflict": conflict,
        "visitors": list(visit.visitors.order_by("pk")), "may_change": may_change(visit, account), "may_visit": may_visit,
        "may_deed": visit.withdrawn_at is None and account.may("outreach.record_deed", visit.unit),
        "kinds": [(k, label, FOUND[k]) for k, label in Finding.Kind.choices],
    })  # fmt: skip


def visit_amend(request: SignedIn, pk: int) -> HttpResponse:
    """Correct the one line."""
    visit = find_visit(request, pk)
    _require_change(request, visit)
    form = NoteForm(request.POST or None, initial={"note": visit.note})
    if request.method == "POST" and form.is_valid():
        try:
            amend_visit(visit, by=request.user, note=form.cleaned_data["note"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("改好了。"))
            return redirect(visit)
    return render(request, "outreach/visit_form.html", {
        "here": "visits", "form": form, "heading": _("更正这一句"), "button": _("改好了"), "household": visit.household,
        "back": visit.get_absolute_url(),
    }, status=422 if form.errors else 200)  # fmt: skip


@require_POST
def visit_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Take it back at once."""
    visit = find_visit(request, pk)
    _require_change(request, visit)
    withdraw_visit(visit, by=request.user)
    messages.success(request, _("已撤回，不再计入。"))
    return redirect(visit)


def _require_change(request: SignedIn, visit: Visit) -> None:
    """403 for whoever neither wrote it nor coordinates; what is only too late is refused by the action."""
    if visit.by_id != request.user.person_id:
        require(request.user, "outreach.assign_household", visit.unit)


def visit_list(request: SignedIn) -> HttpResponse:
    """What was done in my reach, or at or below `?unit=`: no words of it, newest first. No order by persons exists."""
    account = request.user
    if not account.holds_anywhere("outreach.view_household"):
        raise NotAllowed(_("您目前没有走访的任务，看不到走访记录。"))
    rows = Visit.objects.visible_to(account).standing()
    unit = None
    if code := request.GET.get("unit", ""):
        unit = get_object_or_404(Unit.objects.visible_to(account), code=code)
        rows = rows.under(unit)
    return _list(request, rows, {"unit": unit, "sees_members": account.holds_anywhere("people.view_member")})


def household_visits(request: SignedIn, pk: int) -> HttpResponse:
    """All visits to one household, with their lines: what the next one to go should know."""
    household = find_household(request, pk)
    return _list(request, household.visits.all(), {"household": household, "shows_words": True})


def _list(request: SignedIn, rows: Any, context: dict[str, Any]) -> HttpResponse:
    rows = rows.select_related("household__unit", "household__building", "unit")
    rows = rows.defer("unit__boundary", "household__unit__boundary", "household__building__boundary")
    rows = rows.prefetch_related(Prefetch("visitors", Person.objects.only("label").order_by("pk")))
    page = Page(request, rows, order="on", cap=FILTERED_CAP)
    context |= {"here": "visits", "page": page}
    if request.htmx:
        return render(request, "outreach/_visit_rows.html", context)
    return render(request, "outreach/visit_list.html", context)
