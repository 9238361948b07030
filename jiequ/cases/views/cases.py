"""Cases: the list and the page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from jiequ.cases.actions.acting import acting
from jiequ.cases.models import Case
from jiequ.cases.workflow import CASE
from jiequ.core.models import JournalEntry
from jiequ.core.paging import Page
from jiequ.people.middleware import SignedIn


def case_list(request: SignedIn) -> HttpResponse:
    cases = Case.objects.visible_to(request.user).with_unit().select_related("category", "lead")
    page = Page(request, cases, order="filed_at")
    return render(request, "cases/case_list.html", {"here": "cases", "page": page})


def case_page(request: SignedIn, pk: int) -> HttpResponse:
    cases = Case.objects.visible_to(request.user).with_unit().select_related("category", "lead", "limit", "holder")
    case = get_object_or_404(cases, pk=pk)
    return render(
        request,
        "cases/case.html",
        {
            "here": "cases",
            "case": case,
            "offered": CASE.offered(case, acting(request.user, case)),
            "entries": list(JournalEntry.objects.about(case)[:30]),
        },
    )
