"""One search box: units, motions, tasks, and people by their whole name or phone number."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from jiequ.council.models import Motion
from jiequ.people.models import Person
from jiequ.territory.models import Unit
from jiequ.work.models import Task

SHOWN = 10  # of each kind


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
            "units": found[:SHOWN],
            "motions": list(motions.order_by("-collected_at", "-pk")[:SHOWN]),
            "tasks": list(tasks.order_by("due_at", "pk")[:SHOWN]),
            "people": people,
        }
        context["n"] = sum(len(context[key]) for key in ("units", "motions", "tasks", "people"))
    return render(request, "overview/_search_rows.html" if request.htmx else "overview/search.html", context)  # type: ignore[attr-defined]
