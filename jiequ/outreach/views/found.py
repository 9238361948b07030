"""Party members who were found: the list, the page of one, and the three ways on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.core.paging import FILTERED_CAP, Page
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.core.personal import mask_phone
from jiequ.outreach.actions.found import decline_found, find_member, report_found, reveal_found
from jiequ.outreach.forms.found import DeclineFoundForm, FoundNewForm, ReportFoundForm, RevealFoundForm
from jiequ.outreach.models import FoundMember, Visit
from jiequ.outreach.workflow import FOUND_MEMBER
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit


def found_list(request: SignedIn) -> HttpResponse:
    """Masked, newest first; `?state=` and `?unit=` narrow it."""
    account = request.user
    if not account.holds_anywhere("people.view_member"):
        raise NotAllowed(_("您目前没有看党员的岗位。"))
    rows = FoundMember.objects.visible_to(account)
    unit = None
    if code := request.GET.get("unit", ""):
        unit = get_object_or_404(Unit.objects.visible_to(account), code=code)
        rows = rows.under(unit)
    state = request.GET.get("state", "")
    if state in FoundMember.State.values:
        rows = rows.filter(state=state)
    else:
        state = ""
    page = Page(request, rows.with_unit().select_related("member"), order="found_on", cap=FILTERED_CAP)
    context = {"here": "people", "page": page, "unit": unit}
    if request.htmx:
        return render(request, "outreach/_found_rows.html", context)
    return render(request, "outreach/found_list.html", {
        **context, "views": [("", _("全部"), not state), *((v, label, v == state) for v, label in FoundMember.State.choices)],
        "may_find": account.holds_anywhere("outreach.record_visit"),
    })  # fmt: skip


def _found(request: SignedIn, pk: int) -> FoundMember:
    rows = (
        FoundMember.objects.visible_to(request.user).with_unit().select_related("member__person", "found_by", "visit")
    )
    found: FoundMember = get_object_or_404(rows, pk=pk)
    return found


def found_page(request: SignedIn, pk: int) -> HttpResponse:
    found, account = _found(request, pk), request.user
    offered = {move.name for move in FOUND_MEMBER.offered(found, account)}
    is_seen = found.visit_id is not None and Visit.objects.visible_to(account).filter(pk=found.visit_id).exists()
    return render(request, "outreach/found.html", {
        "here": "people", "found": found, "phone": mask_phone(found.phone), "offered": offered, "visit": found.visit if is_seen else None,
        "may_reveal": found.state == FoundMember.State.FOUND and account.may("outreach.invite_member", found.unit),
    })  # fmt: skip


def found_new(request: SignedIn) -> HttpResponse:
    """Noted without a visit."""
    account = request.user
    if not account.holds_anywhere("outreach.record_visit"):
        raise NotAllowed(_("您目前没有走访的任务。"))
    form = FoundNewForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            found = find_member(data["unit"], by=account, name=data["name"], phone=data["phone"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("记下了，街区网格长会请他报到。"))
            return redirect(found if account.may("people.view_member", found.unit) else "visits")
    return _form(
        request,
        form,
        _("记一位新摸排党员"),
        _("记下"),
        asks=_("只记姓名和手机号，用来请本人报到；不报到的，到期自动删除。"),
    )


def found_report(request: SignedIn, pk: int) -> HttpResponse:
    """Reports in: only what is not known yet is asked."""
    found = _found(request, pk)
    require(request.user, "people.report_member", found.unit)
    form = ReportFoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            member = report_found(found, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("%(who)s已报到。") % {"who": member.person.label})
            return redirect(found)
    asks = _("%(who)s的姓名和手机号照摸排时记的，不用再填。") % {"who": found.label}
    return _form(request, form, _("登记报到"), _("登记报到"), asks=asks, found=found)


def found_decline(request: SignedIn, pk: int) -> HttpResponse:
    found = _found(request, pk)
    require(request.user, "outreach.invite_member", found.unit)
    form = DeclineFoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decline_found(found, form.cleaned_data["why"], by=request.user)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("记下了。"))
            return redirect(found)
    asks = _("报到是自愿的，只记一个原因。“不是党员”的，姓名和手机号当即删除。")
    return _form(request, form, _("没有报到"), _("记下"), asks=asks, found=found)


@never_cache
def found_reveal(request: SignedIn, pk: int) -> HttpResponse:
    """Name and number, once, for a reason that is on record."""
    found = _found(request, pk)
    require(request.user, "outreach.invite_member", found.unit)
    form = RevealFoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            name, phone = reveal_found(found, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return render(request, "outreach/found_revealed.html", {
                "here": "people", "found": found, "name": name, "phone": phone,
            })  # fmt: skip
    return _form(request, form, _("看姓名和手机号"), _("查看"), asks=_("谁、何时、为什么看，都会记下。"), found=found)


def _form(
    request: SignedIn, form: Any, heading: str, button: str, *, asks: str = "", found: FoundMember | None = None
) -> HttpResponse:
    return render(request, "outreach/visit_form.html", {
        "here": "people", "form": form, "heading": heading, "button": button, "asks": asks, "found": found,
        "back": found.get_absolute_url() if found is not None else "",
    }, status=422 if form.errors else 200)  # fmt: skip
