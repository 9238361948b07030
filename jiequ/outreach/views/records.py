"""The service record: one's own, complete and to take along; a branch's, for its secretary. Nothing is added up or put in order by
how much somebody did."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, CharField, OuterRef, Subquery, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core import clock
from jiequ.core.measures import Period
from jiequ.core.paging import Page
from jiequ.core.permission import require
from jiequ.core.sheets.columns import Column
from jiequ.core.sheets.pages import download
from jiequ.core.sheets.writing import workbook
from jiequ.outreach import actions
from jiequ.outreach.models import Activity, Coverage, Deed, ServiceRecord, Wish
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Member
from jiequ.territory.models import Unit

EXPORTED = 20_000
COLUMNS = (
    Column("on", gettext_lazy("日期")), Column("kind", gettext_lazy("做了什么")),
    Column("what", gettext_lazy("事项"), width=40), Column("unit", gettext_lazy("单位"), width=24),
)  # fmt: skip
#: What stands beside a line, by what it is about: words that everybody in the block may read. Of a visit there are none.
TITLES: dict[str, Any] = {
    "outreach.deed": lambda: Deed.objects.values("title"),
    "outreach.activity": lambda: Activity.objects.values("title"),
    "outreach.wish": lambda: Wish.objects.values("title"),
    "outreach.coverage": lambda: Coverage.objects.values("campaign__name"),
}


def my_record(request: SignedIn) -> HttpResponse:
    """All that I did, the newest first; of a quarter, a year, or everything. Nobody needs a post to read their own."""
    account = request.user
    rows = ServiceRecord.objects.filter(person=account.person_id)
    rows, views, view = _of_period(request, rows)
    if request.GET.get("format") == "xlsx":
        return _export(request, rows)
    context = {
        "here": "me", "page": Page(request, drawn(rows), order="on"), "views": views, "view": view,
        "export_url": f"?view={view}&format=xlsx", "may_record": request.user.holds_anywhere("outreach.record_deed"),
    }  # fmt: skip
    return render(request, "outreach/_record_rows.html" if request.htmx else "outreach/my_record.html", context)


def branch_record(request: SignedIn, code: str) -> HttpResponse:
    """What the members of a branch (a red grid's) did while they were in it: by date, or one member's, chosen from their names."""
    account = request.user
    unit: Unit = get_object_or_404(Unit.objects.visible_to(account).defer("boundary"), code=code)
    require(account, "outreach.view_records", unit)
    members = Member.objects.filter(unit=unit).reported_in(clock.today()).select_related("person")
    people = sorted({m.person_id: m.person for m in members}.values(), key=lambda p: (p.label, p.pk))
    key = request.GET.get("person", "")
    chosen = next((p for p in people if str(p.pk) == key), None)
    rows = ServiceRecord.objects.of_branch(unit)
    if chosen is not None:
        rows = rows.filter(person=chosen)
    rows, views, view = _of_period(request, rows)
    context = {
        "here": "outreach", "unit": unit, "people": people, "chosen": chosen, "views": views, "view": view,
        "page": Page(request, drawn(rows).select_related("person"), order="on"), "shows_who": True,
    }  # fmt: skip
    return render(request, "outreach/_record_rows.html" if request.htmx else "outreach/branch_record.html", context)


def drawn(rows: Any) -> Any:
    """With what a line says, in the same statement."""
    whens = [
        When(about_kind=kind, then=Subquery(titles().filter(pk=OuterRef("about_id"))[:1]))
        for kind, titles in TITLES.items()
    ]
    what = Case(*whens, default=Value(""), output_field=CharField())
    return rows.select_related("unit").defer("unit__boundary", "unit__note").annotate(what=what)


def _of_period(request: SignedIn, rows: Any) -> tuple[Any, list[Any], str]:
    """`?view=quarter` (this one), `year`, or all there is."""
    today: date = clock.today()
    spans = {"quarter": Period.quarter(today), "year": Period.year(today)}
    view = request.GET.get("view", "")
    if view in spans:
        rows = rows.filter(on__gte=spans[view].start, on__lte=spans[view].end)
    else:
        view = ""
    labels = (("", _("全部")), ("quarter", _("本季度")), ("year", _("今年")))
    return rows, [(key, label, key == view) for key, label in labels], view


def _export(request: SignedIn, rows: Any) -> HttpResponse:
    found = list(drawn(rows).order_by("-on", "-pk")[:EXPORTED])
    actions.note_record_export(request.user.person, by=request.user, rows=len(found))
    lines = (
        {"on": r.on.isoformat(), "kind": str(r.get_kind_display()), "what": r.what, "unit": r.unit.name} for r in found
    )
    return download(workbook(COLUMNS, lines, title=_("服务记录")), _("我的服务记录.xlsx"))
