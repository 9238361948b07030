"""What was found on a visit is turned into what it is: at once, or on a form that is filled in already."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.outreach.actions.findings import add_finding, block_of, turn_finding, words_for_others
from jiequ.outreach.actions.found import name_and_phone
from jiequ.outreach.forms.visits import FindingForm, FoundForm
from jiequ.outreach.models import Finding, Visit
from jiequ.outreach.views.visits import find_visit
from jiequ.outreach.workflow import TURNINGS
from jiequ.people.middleware import SignedIn

K = Finding.Kind


def finding_turn(request: SignedIn, pk: int) -> HttpResponse:
    """Shows what will be made of it, and makes it with one button. A member is asked for by name and number."""
    findings = Finding.objects.filter(visit__in=Visit.objects.visible_to(request.user))
    related = ("visit__unit", "visit__household__unit", "visit__household__building")
    finding = get_object_or_404(findings.select_related(*related), pk=pk)
    require(request.user, "outreach.record_visit", finding.visit.household.ground)
    way = TURNINGS.get(finding.kind)
    if way is None:
        raise Http404
    if not way.may(finding, request.user):
        raise NotAllowed(_("您在这里不能这样转办，请街区网格长来转。"))
    if finding.became_id is not None:
        messages.warning(request, _("这件事已经转办过，没有重复转。"))
        return redirect(finding.visit)
    form = _member_form(request, finding) if finding.kind == K.MEMBER else None
    error = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            turn_finding(finding, by=request.user, **(form.cleaned_data if form else {}))
        except Refused as refused:
            error = refused.message
            if form is not None:
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已转办。"))
            return redirect(finding.visit)
    return render(request, "outreach/finding_turn.html", {
        "here": "visits", "finding": finding, "visit": finding.visit, "way": way, "form": form, "error": error,
        "words": finding.words if finding.kind in (K.WISH, K.MEMBER) else words_for_others(finding),
        "facts": _facts(finding),
    }, status=422 if error else 200)  # fmt: skip


def _member_form(request: SignedIn, finding: Finding) -> FoundForm:
    name, phone = name_and_phone(finding.words)
    return FoundForm(request.POST or None, initial={"name": name, "phone": phone})


def _facts(finding: Finding) -> list[tuple[str, str]]:
    """Where it goes, to whom, and what of the household goes along."""
    visit, block = finding.visit, block_of(finding.visit)
    if finding.kind == K.CASE:
        return [
            (_("地点"), _("%(place)s，不带门牌") % {"place": visit.household.place}),
            (_("提出"), _("走访发现，不写住户姓名")),
            (_("交给"), _("%(block)s 受理") % {"block": block.name}),
        ]
    if finding.kind == K.WISH:
        return [
            (_("公开时"), _("不写姓名、电话和地址，由街区核实后发布")),
            (_("交给"), _("%(block)s 核实") % {"block": block.name}),
        ]
    if finding.kind == K.MOTION:
        return [
            (_("地点"), visit.unit.name),
            (_("提出"), _("您提出，不写住户姓名")),
            (_("交给"), _("%(block)s 审定") % {"block": block.name}),
        ]
    return [(_("交给"), _("%(block)s 网格长邀请报到") % {"block": block.name})]


def finding_add(request: SignedIn, pk: int, kind: str) -> HttpResponse:
    """Something that comes to mind later: the visit's own line stands there already."""
    if kind not in K.values:
        raise Http404
    visit = find_visit(request, pk)
    require(request.user, "outreach.record_visit", visit.household.ground)
    initial = {"words": "" if kind == K.MEMBER else visit.note}
    form = FindingForm(request.POST or None, initial=initial)
    if kind == K.MEMBER:
        form.fields["words"].label = _("姓名和手机号")
    if request.method == "POST" and form.is_valid():
        try:
            finding = add_finding(visit, by=request.user, kind=kind, words=form.cleaned_data["words"])
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return _turn_now(request, visit, finding)
    return render(request, "outreach/visit_form.html", {
        "here": "visits", "form": form, "heading": TURNINGS[kind].label if kind in TURNINGS else K(kind).label,
        "button": _("记下并转办"), "household": visit.household, "back": visit.get_absolute_url(),
    }, status=422 if form.errors else 200)  # fmt: skip


def _turn_now(request: SignedIn, visit: Visit, finding: Finding) -> HttpResponse:
    finding.visit = visit
    try:
        made: Any = turn_finding(finding, by=request.user)
    except (Refused, NotAllowed) as refused:
        messages.warning(request, _("记下了，还没有转：%(why)s") % {"why": getattr(refused, "message", refused)})
    else:
        del made
        messages.success(request, _("已转办。"))
    return redirect(visit)
