"""One search box: cases, units, motions, tasks, and people by their whole name or phone number."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from jiequ.cases.models import Case, Complainant
from jiequ.core.personal import blind
from jiequ.council.models import Motion
from jiequ.people.models import Person, phone_form
from jiequ.territory.models import Unit
from jiequ.work.models import Task

SHOWN = 10  # of each kind
A_PHONE = 7  # digits, and more: a shorter number is a house's
A_CASE = re.compile(r"(\d{4}-)?\d{4}-\d{1,6}")  # its number


def search(request: HttpRequest) -> HttpResponse:
    """Everything within my reach that holds the words. A single unit of exactly this name or code is gone to at once."""
    account: Any = request.user
    typed = request.GET.get("q", "").strip()[:60]
    words = unicodedata.normalize("NFKC", typed).casefold()
    context: dict[str, Any] = {"here": "", "q": typed, "shown": SHOWN}
    if words:
        units = Unit.objects.visible_to(account).valid().filter(Q(name__icontains=words) | Q(code__istartswith=words))
        found = list(units.defer("boundary")[: SHOWN + 1])
        if len(found) == 1 and words in (found[0].name.casefold(), found[0].code.casefold()):
            return redirect(found[0])
        motions = Motion.objects.visible_to(account).filter(search_text__contains=words).select_related("unit")
        tasks = Task.objects.visible_to(account).open().filter(title__icontains=words).select_related("unit")
        people: list[Any] = []
        if account.holds_anywhere("people.view_appointment"):
            people = list(Person.objects.visible_to(account).called(typed)[:SHOWN])
        context |= {
            "cases": cases_about(account, typed),
            "units": found[:SHOWN],
            "motions": list(motions.order_by("-collected_at", "-pk")[:SHOWN]),
            "tasks": list(tasks.order_by("due_at", "pk")[:SHOWN]),
            "people": people,
        }
        context["n"] = sum(len(context[key]) for key in ("cases", "units", "motions", "tasks", "people"))
    return render(request, "overview/_search_rows.html" if request.htmx else "overview/search.html", context)  # type: ignore[attr-defined]


def cases_about(account: Any, typed: str) -> list[Case]:
    """Cases by number, title or place; by the whole phone number that a complainant left, where `account` might see it. The
    number itself is not shown: that needs a reason."""
    cases = Case.objects.visible_to(account)
    number = phone_form(typed)
    if len(number) >= A_PHONE and not A_CASE.fullmatch(typed) and not any(c.isalpha() for c in typed):
        theirs = Complainant.objects.filter(case=OuterRef("pk"), phone_index=blind(number, "complainant.phone"))
        within = account.reach("cases.reveal_complainant").as_q("unit__path")
        cases = cases.filter(within, Exists(theirs))
    else:
        cases = cases.matching(typed)
    rows = cases.select_related("unit", "category").defer("unit__boundary", "body").order_by("-filed_at", "-pk")
    return list(rows[:SHOWN])
