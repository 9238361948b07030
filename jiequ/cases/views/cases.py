"""Cases: the list, its spreadsheet, and a case's page."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from jiequ.cases.actions.exporting import note_case_export
from jiequ.cases.models import Case, ClockChange
from jiequ.cases.views.choosing import COUNTED, VIEWS, Asked, standing
from jiequ.cases.views.sheet import spreadsheet
from jiequ.core.paging import CAP, SIZE, Page
from jiequ.core.permission import NotAllowed
from jiequ.core.sheets.pages import download
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit
from jiequ.work.models import SupervisionOrder

EXPORTED = 5_000


class CasePage(Page):
    """Where no index holds what is asked, counting on would read all there is: there the rows on the page are counted."""

    def __init__(self, *args: Any, is_narrowed: bool, **more: Any) -> None:
        super().__init__(*args, cap=SIZE if is_narrowed else CAP, **more)
        if is_narrowed and (self.first or self.older):
            self._count = SIZE + 1


def case_list(request: SignedIn) -> HttpResponse:
    """At most ten statements: session, account, posts, memberships, places, notices; the choices, the counts, the rows, and how many."""
    account = request.user
    asked = Asked.read(account, request.GET)
    rows = asked.rows()
    if request.GET.get("format") == "xlsx":
        return export(account, asked.unit.pk if asked.unit else None, rows)
    column, oldest_first = asked.order
    page = CasePage(
        request,
        rows if asked.q else drawn(rows),
        order=column,
        oldest_first=oldest_first,
        is_narrowed=asked.is_narrowed,
        drawn=drawn if asked.q else None,
    )
    context = {
        "here": "cases",
        "asked": asked,
        "page": page,
        "by_due": column == "due_at",
        "may_bulk": account.holds_anywhere("cases.accept_case"),
        "may_export": account.holds_anywhere("overview.export_figures"),
    }
    if request.htmx:
        return render(request, "cases/_case_rows.html", context)
    counts = standing(asked.within())
    return render(
        request,
        "cases/case_list.html",
        {
            **context,
            "counts": {key: capped(n) for key, n in counts.items()},
            "views": [(key, label, key == asked.view, *_count_of(key, counts)) for key, label, _c, _o in VIEWS],
            "kinds": Case.Kind.choices,
            "states": Case.State.choices,
            "may_file": account.holds_anywhere("cases.file_case"),
            "sets": _where(asked, "cases.set_duties"),
            "prints": _where(asked, "cases.print_posters"),
            "may_note": account.holds_anywhere("cases.note_spot_fix"),
        },
    )


def _where(asked: Asked, permission: str) -> str:
    """The code of the unit whose page a button leads to: the one that is looked at, else that of one's own first post with
    `permission`; empty where one may not."""
    account = asked.account
    reach = account.reach(permission)
    if asked.unit is not None:
        return asked.unit.code if reach.holds(asked.unit.path) else ""
    return next((a.unit.code for a in account.appointments if permission in a.definition.permissions), "")


def supervised() -> Exists:
    """Whether an order of 督办 about the case waits for its answer."""
    orders = SupervisionOrder.objects.filter(
        task__about_kind=Case._meta.label_lower, task__about_id=OuterRef("pk"), answered_at=None
    )
    return Exists(orders)


def drawn(rows: Any) -> Any:
    """With what a line of the list says, in the same statement, and without what it does not."""
    paused = ClockChange.objects.filter(case=OuterRef("pk"), kind="pause", was_granted=True, ended_at=None)
    related = ("unit", "block", "category", "lead", "proposed")
    return (
        rows.select_related(*related)
        .defer("unit__boundary", "block__boundary", "body", "answers", "reason", "channel")
        .annotate(paused_why=Subquery(paused.values("reason")[:1]), is_supervised=supervised())
    )


def _count_of(view: str, counts: dict[str, int]) -> list[Any]:
    n = {"open": counts["n"], "late": counts["late"]}.get(view)
    return [] if n is None else [capped(n)]


def capped(n: int) -> str:
    """Counting stops at a number that is enough for a human."""
    return str(n) if n <= COUNTED else f"{COUNTED:,}+"


def export(account: Any, unit_id: int | None, rows: Any) -> HttpResponse:
    """A spreadsheet of `rows`, at most 5,000, without a word that a resident wrote; the journal keeps that it was made."""
    if not account.holds_anywhere("overview.export_figures"):
        raise NotAllowed(_("您没有导出的权限。需要的话，请找街区网格长。"))
    reach = account.reach("overview.export_figures")
    unit = Unit.objects.defer("boundary").filter(pk=unit_id).first() if unit_id else None
    unit = unit or next(a.unit for a in account.appointments if reach.holds(a.unit.path))
    within = Unit.objects.filter(reach.as_q("path"), pk=OuterRef("unit_id"))
    found = list(
        rows.filter(Exists(within)).select_related("unit", "block", "category", "lead").order_by("-pk")[:EXPORTED]
    )
    note_case_export(unit, by=account, rows=len(found))
    return download(spreadsheet(found), _("%(unit)s诉求.xlsx") % {"unit": unit.name})
