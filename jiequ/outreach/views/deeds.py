"""Practical deeds: the list, one's page, recording in a few taps, taking back."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed, Refused
from jiequ.core.sheets.columns import Column
from jiequ.core.sheets.pages import download
from jiequ.core.sheets.writing import workbook
from jiequ.outreach import actions
from jiequ.outreach.forms.deeds import DeedForm
from jiequ.outreach.models import Deed, Visit, Wish
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Appointment, Person, Team
from jiequ.people.views.persons import chosen_unit
from jiequ.territory.models import Unit

#: What a deed may come out of, and the way there.
SOURCES = ("outreach.visit", "outreach.wish", "cases.case", "council.motion")
COLLEAGUES = 40
EXPORTED = 5_000
COLUMNS = (
    Column("on", gettext_lazy("日期")), Column("title", gettext_lazy("办了什么"), width=40), Column("category", gettext_lazy("类别")),
    Column("unit", gettext_lazy("单位")), Column("team", gettext_lazy("服务队")), Column("people", gettext_lazy("受益人次"), kind="whole"),
)  # fmt: skip


def deed_list(request: SignedIn) -> HttpResponse:
    """What stands, the newest first, of a unit, a category, a team, a time."""
    account = request.user
    if not account.holds_anywhere("outreach.view_deed"):
        raise NotAllowed(_("您目前没有任职，看不到办实事。"))
    unit, category = chosen_unit(request), request.GET.get("category", "")
    since, until = (_day(request, name) for name in ("since", "until"))
    rows = Deed.objects.visible_to(account).standing()
    if unit:
        rows = rows.under(unit)
    if category in Deed.Category.values:
        rows = rows.filter(category=category)
    if since:
        rows = rows.filter(on__gte=since)
    if until:
        rows = rows.filter(on__lte=until)
    rows = rows.select_related("unit", "team").defer("unit__boundary", "unit__note", "note")
    if request.GET.get("format") == "xlsx":
        return _export(request, unit, rows)
    context = {
        "here": "outreach", "page": Page(request, rows, order="on"), "unit": unit, "category": category,
        "categories": Deed.Category.choices, "since": since, "until": until,
        "is_narrowed": bool(category or since or until or unit),
        "may_record": account.holds_anywhere("outreach.record_deed"),
        "may_export": account.holds_anywhere("overview.export_figures"),
        "export_url": f"?{_query(request)}",
    }  # fmt: skip
    return render(request, "outreach/_deed_rows.html" if request.htmx else "outreach/deed_list.html", context)


def _day(request: HttpRequest, name: str) -> Any:
    try:
        return parse_date(request.GET.get(name, ""))
    except ValueError:
        return None


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("before", None)
    query["format"] = "xlsx"
    return query.urlencode()


def _export(request: SignedIn, unit: Unit | None, rows: Any) -> HttpResponse:
    """What the list shows, at most 5,000 lines, without notes and names; the journal keeps that it was made."""
    account = request.user
    if not account.holds_anywhere("overview.export_figures"):
        raise NotAllowed(_("您没有导出的权限。需要的话，请找街区网格长。"))
    reach = account.reach("overview.export_figures")
    at = unit if unit is not None else next(a.unit for a in account.appointments if reach.holds(a.unit.path))
    found = list(rows.filter(reach.as_q("unit__path")).order_by("-on", "-pk")[:EXPORTED])
    actions.note_deed_export(at, by=account, rows=len(found))
    lines = (
        {
            "on": deed.on.isoformat(), "title": deed.title, "category": str(deed.get_category_display()),
            "unit": deed.unit.name, "team": deed.team.name if deed.team else "", "people": deed.people,
        }
        for deed in found
    )  # fmt: skip
    return download(workbook(COLUMNS, lines, title=_("办实事")), _("%(unit)s办实事.xlsx") % {"unit": at.name})


def deed_page(request: SignedIn, pk: int) -> HttpResponse:
    deed, account = _deed(request, pk), request.user
    mine = account.person_id == deed.by_id
    context = {
        "here": "outreach", "deed": deed, "persons": list(deed.persons.only("label").order_by("pk")),
        "source": _source(account, deed.about_kind, deed.about_id),
        "shows_note": mine or account.may("outreach.record_deed", deed.unit),
        "may_withdraw": deed.withdrawn_at is None and (mine or account.may("outreach.withdraw_deed", deed.unit)),
    }  # fmt: skip
    return render(request, "outreach/deed.html", context)


def deed_new(request: SignedIn) -> HttpResponse:
    """One line and a tap. `?about=outreach.wish:12` brings what it came out of: its words, its place, who was there."""
    account = request.user
    if not account.holds_anywhere("outreach.record_deed"):
        raise NotAllowed(_("您目前没有岗位，不能记实事。"))
    about = _about(request)
    first, unit = _first(about), chosen_unit(request)
    place = unit or first.pop("place", None) or next(
        (a.unit for a in account.appointments if account.may("outreach.record_deed", a.unit)), None
    )  # fmt: skip
    there = first.pop("with", [])
    form = DeedForm(
        account, request.POST or None, persons=_colleagues(account, there), teams=_teams(account),
        unit_code=place.code if place is not None and account.may("outreach.record_deed", place) else "",
        initial={**first, **({"persons": [str(p.pk) for p in there]} if there else {})},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            deed = actions.record_deed(
                data.pop("unit"), by=account, about=about, once=request.POST.get("once", "")[:40], **data
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("记好了。"))
            return redirect(deed)
    once = request.POST.get("once") or f"{account.pk}-{clock.now().timestamp():.6f}"
    context = {"here": "outreach", "form": form, "about": about, "source": _told(about), "once": once[:40]}
    return render(request, "outreach/deed_form.html", context, status=422 if form.errors else 200)


@require_POST
def deed_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    actions.withdraw_deed(_deed(request, pk), by=request.user)
    messages.success(request, _("已撤回，不再计数。"))
    return redirect("deeds")


def _deed(request: SignedIn, pk: int) -> Deed:
    rows = Deed.objects.visible_to(request.user).select_related("unit", "team", "by").defer("unit__boundary")
    found: Deed = get_object_or_404(rows, pk=pk)
    return found


# ── what it came out of ───────────────────────────────────


def _about(request: HttpRequest) -> Any:
    """The thing in the address; 404 where there is none that this account may see."""
    kind, _colon, key = request.GET.get("about", "").partition(":")
    if not kind:
        return None
    if kind not in SOURCES or not key.isdecimal() or len(key) > 18:
        raise Http404
    model: Any = apps.get_model(kind)
    return get_object_or_404(model.objects.visible_to(request.user).select_related("unit"), pk=int(key))


def _first(about: Any) -> dict[str, Any]:
    """What is known already: never typed twice."""
    if isinstance(about, Visit):
        return {"place": about.unit, "on": about.on, "with": list(about.visitors.all()), "people": 1}
    if isinstance(about, Wish):
        return {"place": about.unit, "title": about.title, "people": 1}
    if isinstance(about, Case):
        return {"place": about.unit, "title": _("解决诉求：%(what)s") % {"what": about.category.name}}
    if about is not None:
        return {"place": about.unit, "title": about.title[:60]}
    return {}


def _told(about: models.Model | None) -> str:
    """微心愿 愿2021-003: what it is, by its neutral name."""
    if about is None:
        return ""
    return f"{about._meta.verbose_name} {getattr(about, 'journal_label', '')}".strip()


def _source(account: Any, kind: str, key: int | None) -> dict[str, str]:
    """The same for a deed that is written down, with the way there for whoever may go."""
    if not kind or kind not in SOURCES or key is None:
        return {}
    model: Any = apps.get_model(kind)
    found = model.objects.visible_to(account).filter(pk=key).first()
    if found is None:
        return {"label": str(model._meta.verbose_name), "url": ""}
    return {"label": _told(found), "url": found.get_absolute_url()}


# ── who did it ────────────────────────────────────────────


def _colleagues(account: Any, there: list[Person]) -> list[Person]:
    """Oneself, whoever was on the visit, and who holds a post in the same units."""
    units = [a.unit_id for a in account.appointments]
    posts = Appointment.objects.in_force().filter(unit__in=units).values("person")
    near = Person.objects.filter(pk__in=posts, erased_at=None).exclude(pk=account.person_id).only("label")
    rows = {account.person_id: account.person, **{p.pk: p for p in there}}
    for person in near.order_by("label", "pk")[:COLLEAGUES]:
        rows.setdefault(person.pk, person)
    return list(rows.values())


def _teams(account: Any) -> Any:
    """One's own teams first in mind: those one belongs to, leads, or may look after."""
    return Team.objects.visible_to(account).standing().filter(persons=account.person_id).order_by("name")
