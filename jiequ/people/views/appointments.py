"""The register of appointments, appointing, ending, and the vacancies (人人有岗)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.measures import Period, by_child, counts
from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed, require
from jiequ.core.writing import write
from jiequ.people import actions
from jiequ.people.forms import AppointForm, EndForm
from jiequ.people.indicators import POSTS, POSTS_FILLED
from jiequ.people.models import Appointment, Post
from jiequ.people.roles import ROLES
from jiequ.people.views.answering import attempt, form_page, list_page
from jiequ.people.views.persons import chosen_unit
from jiequ.territory.models import Unit

VIEWS = ("now", "ended", "all")


def appointment_list(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    if not account.holds_anywhere("people.view_appointment"):
        raise NotAllowed(_("您目前没有任职，看不到任职名册。"))
    rows = Appointment.objects.visible_to(account).select_related("unit", "person")
    unit, role = chosen_unit(request), request.GET.get("role", "")
    view = request.GET.get("view", "now")
    if unit:
        rows = rows.under(unit)
    if role in ROLES:
        rows = rows.filter(role=role)
    if view == "now":
        rows = rows.in_force()
    elif view == "ended":
        rows = rows.filter(ends_on__lte=clock.today())
    may_appoint = account.reach("people.appoint_person")
    page = Page(request, rows, order="starts_on")
    for row in page.rows:
        row.may_end = may_appoint.holds(row.unit.path) and (row.ends_on is None or row.ends_on > clock.today())
    labels = {"now": _("在任"), "ended": _("已离任"), "all": _("全部")}
    context = {
        "here": "people",
        "page": page,
        "unit": unit,
        "role": role,
        "view": view,
        "views": [(key, labels[key], key == view) for key in VIEWS],
        "roles": ROLES.values(),
        "may_appoint": bool(may_appoint.paths),
    }
    return list_page(request, "appointment", context)


def appoint(request: HttpRequest) -> HttpResponse:
    """One form: unit, role, and a person who is registered or is entered here."""
    account: Any = request.user
    if not account.holds_anywhere("people.appoint_person"):
        raise NotAllowed(_("您没有任命的权限。需要的话，请找社区总街长办理。"))
    unit = chosen_unit(request)
    if unit:
        require(account, "people.appoint_person", unit)
    initial = {key: request.GET[key] for key in ("unit", "role", "person") if key in request.GET}
    form = AppointForm(account, request.POST or None, initial=initial)

    def act(data: dict[str, Any]) -> Appointment:
        with write():
            person = data["person"] or actions.register_person(
                data["name"], by=account, unit=data["unit"], phone=data["phone"]
            )
            return actions.appoint_person(
                person,
                data["role"],
                data["unit"],
                by=account,
                starts_on=data["starts_on"],
                ends_on=data["ends_on"],
                line=data["line"],
            )

    made = attempt(request, form, act)
    if made:
        messages.success(request, _("已任命：%s。") % made)
        return redirect(made.person)
    return form_page(
        request, form, title=_("任命"), button=_("任命"), back=reverse("appointments"), template="people/appoint.html"
    )


def end(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    rows = Appointment.objects.visible_to(account).select_related("unit", "person")
    appointment = get_object_or_404(rows, pk=pk)
    require(account, "people.appoint_person", appointment.unit)
    form = EndForm(request.POST or None, initial={"ends_on": clock.today()})
    if attempt(request, form, lambda d: actions.end_appointment(appointment, ends_on=d["ends_on"], by=account)):
        messages.success(request, _("已办理离任。"))
        return redirect(appointment.person)
    lead = _("%(who)s · %(post)s，%(day)s 起任职") % {
        "who": appointment.person,
        "post": appointment,
        "day": appointment.starts_on,
    }
    back = appointment.person.get_absolute_url()
    return form_page(request, form, title=_("办理离任"), lead=lead, button=_("办理离任"), back=back)


def vacancies(request: HttpRequest) -> HttpResponse:
    """人人有岗: of how many required posts how many are filled, by child unit, and each that is vacant."""
    account: Any = request.user
    if not account.holds_anywhere("people.view_appointment"):
        raise NotAllowed(_("您目前没有任职，看不到岗位情况。"))
    unit = chosen_unit(request) or account.appointments[0].unit
    if not account.may("people.view_appointment", unit):
        unit = account.appointments[0].unit
    today = Period(clock.today(), clock.today())
    whole = counts([POSTS_FILLED, POSTS], unit, today)
    rows = by_child([POSTS_FILLED, POSTS], unit, today)
    # What the unit itself must have stands first, under its own path.
    children = {unit.path: unit} | {
        u.path: u for u in Unit.objects.valid().filter(Q(path__startswith=unit.path), depth=unit.depth + 1)
    }
    table = [
        {
            "unit": child,
            "filled": rows.get((POSTS_FILLED.key, path), 0),
            "required": rows[(POSTS.key, path)],
            "vacant": rows[(POSTS.key, path)] - rows.get((POSTS_FILLED.key, path), 0),
        }
        for path, child in children.items()
        if (POSTS.key, path) in rows
    ]
    posts = Post.objects.visible_to(account).under(unit).vacant().select_related("unit")
    page = Page(request, posts, order="id", oldest_first=True)
    reach = account.reach("people.appoint_person")
    for post in page.rows:
        post.may_appoint = reach.holds(post.unit.path)
    context = {
        "here": "people",
        "unit": unit,
        "filled": whole[POSTS_FILLED.key],
        "required": whole[POSTS.key],
        "table": table,
        "page": page,
    }
    return list_page(request, "vacancy", context)
