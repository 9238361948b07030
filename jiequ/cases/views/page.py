"""A case's page: what it is, where it stands, what I can do now, and everything that was said and done."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from jiequ.cases.actions.acting import acting
from jiequ.cases.models import Case
from jiequ.cases.views.cases import supervised
from jiequ.cases.views.history import History
from jiequ.cases.views.offers import Offering
from jiequ.cases.views.standing import entries_of, facts_of, now_words, relatives_of, steps_of
from jiequ.cases.workflow import origins_of
from jiequ.people.middleware import SignedIn

RELATED = (
    "unit", "block", "building", "category", "limit", "holder", "lead__unit", "proposed", "complained_of",
    "complained_handler",
)  # fmt: skip


def case_page(request: SignedIn, pk: int) -> HttpResponse:
    """At most twelve statements: six of the frame and of who I am; the case, what was said, what was decided, its relatives,
    its journal, and what became of it in an upper house."""
    account = request.user
    rows = Case.objects.visible_to(account).select_related(*RELATED)
    rows = rows.defer(*(f"{name}__boundary" for name in ("unit", "block", "building", "lead__unit")))
    case = get_object_or_404(rows.annotate(is_supervised=supervised()), pk=pk)
    history = History(case)
    who = acting(account, case)
    relatives = relatives_of(case, account)
    entries = entries_of(case)
    context = {
        "here": "cases",
        "case": case,
        "history": history,
        "steps": steps_of(case, history),
        "facts": facts_of(case),
        "now_words": now_words(case, history),
        "offer": Offering(case, account, history).offer(),
        "relatives": [r for r in relatives if r.how != "alike"],
        "alike": [r for r in relatives if r.how == "alike"][:6],
        "entries": entries,
        "motions": _motions(case),
        "wishes": _wishes(case)
        if case.source == Case.Source.OFFICE or any(e.onward == "wish" for e in entries)
        else [],
        "origins": origins_of(case, account),
        "may_list": case.block is not None and account.may("cases.view_case", case.block),
        "may_remove": who.may("cases.handle_case", case.unit),
        "may_reveal": who.may("cases.reveal_complainant", case.unit),
        "may_forget": who.may("cases.erase_complainant", case.unit),
        "may_remind": not case.ended_at and account.may("work.remind_task", case.unit),
    }
    return render(request, "cases/case.html", context)


def _motions(case: Case) -> list[Any]:
    """What became of it in the council, where that house is there: it enters its motions on `case.motions`."""
    motions = getattr(case, "motions", None)
    return list(motions.all()[:5]) if motions is not None else []


def _wishes(case: Case) -> list[Any]:
    """The wish it has become, or was filed from, where that house is there: it enters its wishes on `case.wishes`."""
    wishes = getattr(case, "wishes", None)
    return list(wishes.defer("words")[:5]) if wishes is not None else []
