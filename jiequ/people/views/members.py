"""Party members who reported in: the list, reporting in, moving, excusing, contracting buildings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core import clock
from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed, require
from jiequ.core.sheets import export as sheets_export
from jiequ.core.sheets.pages import download
from jiequ.core.writing import write
from jiequ.people import actions, sheets
from jiequ.people.forms import BuildingForm, ExemptForm, MoveForm, ReportForm
from jiequ.people.models import BuildingAssignment, Member
from jiequ.people.views.answering import attempt, form_page, list_page
from jiequ.people.views.persons import chosen_unit
from jiequ.territory.models import DEPTH, Unit


def member_list(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    if not account.holds_anywhere("people.view_member"):
        raise NotAllowed(_("您没有查看报到党员名单的权限。"))
    rows = Member.objects.visible_to(account).select_related("unit", "person")
    unit, source, view = chosen_unit(request), request.GET.get("source", ""), request.GET.get("view", "now")
    if unit:
        rows = rows.under(unit)
    if source in Member.Source.values:
        rows = rows.filter(source=source)
    rows = rows.filter(left_on__lte=clock.today()) if view == "left" else rows.current()
    may_export = account.reach("overview.export_figures")
    place = unit or account.appointments[0].unit
    if request.GET.get("format") == "xlsx":
        return _export(account, place, rows)
    page = Page(request, rows, order="reported_on")
    context = {
        "here": "people",
        "page": page,
        "unit": unit,
        "source": source,
        "sources": Member.Source.choices,
        "view": view,
        "views": [("now", _("在册"), view != "left"), ("left", _("已转出"), view == "left")],
        "may_report": account.holds_anywhere("people.report_member"),
        "may_import": account.holds_anywhere("people.import_members"),
        "may_export": may_export.holds(place.path),
    }
    return list_page(request, "member", context)


def _export(account: Any, place: Unit, rows: Any) -> HttpResponse:
    require(account, "overview.export_figures", place)
    found = list(sheets.rows(account, members=rows.under(place)))
    actions.note_export(place, by=account, rows=len(found))
    return download(sheets_export(sheets.MEMBERS, found), _("%(unit)s报到党员.xlsx") % {"unit": place.name})


def report(request: HttpRequest) -> HttpResponse:
    """One form: the grid and a person who is registered or is entered here."""
    account: Any = request.user
    if not account.holds_anywhere("people.report_member"):
        raise NotAllowed(_("您没有登记报到的权限。需要的话，请找街区网格长办理。"))
    unit = chosen_unit(request)
    if unit:
        require(account, "people.report_member", unit)
    initial = {key: request.GET[key] for key in ("unit", "person") if key in request.GET}
    form = ReportForm(account, request.POST or None, initial=initial)

    def act(data: dict[str, Any]) -> Member:
        with write():
            person = data["person"] or actions.register_person(
                data["name"], by=account, unit=data["unit"], phone=data["phone"]
            )
            return actions.report_member(
                person,
                data["unit"],
                by=account,
                source=data["source"],
                home_organisation=data["home_organisation"],
                reported_on=data["reported_on"],
                skills=data["skills"],
                post_category=data["post_category"],
            )

    member = attempt(request, form, act)
    if member:
        messages.success(request, _("已登记报到：%s。") % member.unit)
        return redirect(member.person)
    back = reverse("members")
    return form_page(
        request, form, title=_("党员报到"), button=_("登记报到"), back=back, template="people/appoint.html"
    )


def move(request: HttpRequest, pk: int) -> HttpResponse:
    """To another grid, or away."""
    account: Any = request.user
    member = _member(request, pk, "people.report_member")
    form = MoveForm(account, request.POST or None)

    def act(data: dict[str, Any]) -> Member:
        if data["unit"]:
            return actions.move_member(member, data["unit"], by=account, on=data["on"])
        return actions.leave_member(member, by=account, on=data["on"])

    if attempt(request, form, act):
        messages.success(request, _("已办理。原来的报到时间照样保留。"))
        return redirect(member.person)
    lead = _("%(who)s现在在%(unit)s。") % {"who": member.person, "unit": member.unit}
    back = member.person.get_absolute_url()
    return form_page(request, form, title=_("转接或转出"), lead=lead, button=_("办理"), back=back)


def exempt(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    member = _member(request, pk, "people.exempt_member")
    form = ExemptForm(request.POST or None, initial={"starts_on": clock.today()})
    if attempt(
        request,
        form,
        lambda d: actions.exempt_member(
            member, d["reason"], by=account, starts_on=d["starts_on"], ends_on=d["ends_on"]
        ),
    ):
        messages.success(request, _("已登记免计。"))
        return redirect(member.person)
    lead = _("免计期间不计入参与率。只记原因的类别，具体情况由党支部掌握。")
    back = member.person.get_absolute_url()
    return form_page(request, form, title=_("登记免计"), lead=lead, button=_("登记"), back=back)


def assign(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    member = _member(request, pk, "people.assign_building")
    block = Unit.objects.get(path=member.unit.path_at(DEPTH["block"]))
    form = BuildingForm(account, block, request.POST or None)
    if attempt(request, form, lambda d: actions.assign_building(member, d["building"], by=account)):
        messages.success(request, _("已安排包楼栋。"))
        return redirect(member.person)
    lead = _("%(who)s包%(block)s的哪一栋？") % {"who": member.person, "block": block}
    back = member.person.get_absolute_url()
    return form_page(request, form, title=_("包楼栋"), lead=lead, button=_("安排"), back=back)


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    visible = Member.objects.visible_to(account)
    rows = BuildingAssignment.objects.filter(member__in=visible).select_related("unit", "member__person")
    assignment = get_object_or_404(rows, pk=pk)
    actions.release_building(assignment, by=account)
    messages.success(request, _("已取消包楼栋。"))
    return redirect(assignment.member.person)


def _member(request: HttpRequest, pk: int, permission: str) -> Member:
    rows = Member.objects.visible_to(request.user).select_related("unit", "person")
    member: Member = get_object_or_404(rows, pk=pk)
    require(request.user, permission, member.unit)  # type: ignore[arg-type]
    return member
