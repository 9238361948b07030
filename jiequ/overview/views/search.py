"""One search box: cases, units, motions, wishes, activities, teams, tasks, and people by their whole name or phone number. Never
households: who they are is read by nobody without a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, DateTimeField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from jiequ.cases.models import Case, Complainant
from jiequ.core.personal import blind
from jiequ.council.models import Motion
from jiequ.outreach.models import Activity, Wish
from jiequ.people.models import Person, Team, phone_form
from jiequ.territory.models import Unit
from jiequ.work.models import Task

SHOWN = 10  # of each kind
A_PHONE = 7  # digits, and more: a shorter number is a house's
A_CASE = re.compile(r"(\d{4}-)?\d{4}-\d{1,6}")  # its number
A_WISH = re.compile(r"愿\s*(\d{4})-(\d{1,6})")  # its number


@dataclass(frozen=True)
class Row:
    """One line of what was found: of a motion, a task, a wish, an activity or a team, all read by one statement."""

    kind: str
    pk: int
    title: str
    unit: str
    year: int | None
    sequence: int | None
    state: str
    at: datetime | None

    @property
    def url(self) -> str:
        return reverse(self.kind, args=[self.pk])

    @property
    def number(self) -> str:
        return {"motion": f"{self.year}-{self.sequence:03d}", "wish": f"愿{self.year}-{self.sequence:03d}"}.get(
            self.kind, ""
        )

    @property
    def called(self) -> str:
        """A wish that nobody has given a title yet goes by its number."""
        return self.title or self.number

    @property
    def state_label(self) -> str:
        return str(STATES[self.kind](self.state).label) if self.kind in STATES else ""


STATES: Mapping[str, Any] = {"motion": Motion.State, "wish": Wish.State, "activity": Activity.State}


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
        people: list[Any] = []
        if account.holds_anywhere("people.view_appointment"):
            people = list(Person.objects.visible_to(account).called(typed)[:SHOWN])
        context |= {
            "cases": cases_about(account, typed),
            "units": found[:SHOWN],
            "people": people,
            **by_title(account, words),
        }
        context["n"] = sum(len(found) for found in context.values() if isinstance(found, list))
    return render(request, "overview/_search_rows.html" if request.htmx else "overview/search.html", context)  # type: ignore[attr-defined]


def by_title(account: Any, words: str) -> dict[str, list[Row]]:
    """Motions, tasks, wishes, activities and teams whose title, name or number holds the words, ten of each, in one statement: the
    page costs no more for being asked about five things."""
    wish = Q(title__icontains=words)
    if number := A_WISH.fullmatch(words):
        wish |= Q(year=int(number[1]), sequence=int(number[2]))
    motions = Motion.objects.visible_to(account).filter(search_text__contains=words).order_by("-collected_at", "-pk")
    tasks = Task.objects.visible_to(account).open().filter(title__icontains=words).order_by("due_at", "pk")
    wishes = Wish.objects.visible_to(account).filter(wish).order_by("-drafted_at", "-pk")
    activities = Activity.objects.visible_to(account).filter(title__icontains=words).order_by("-starts_at", "-pk")
    teams = Team.objects.visible_to(account).standing().filter(name__icontains=words).order_by("name", "pk")
    numbered = {"year": F("year"), "sequence": F("sequence"), "state": F("state")}
    branches = [
        _branch("motion", Motion, motions, at=F("collected_at"), **numbered),
        _branch("task", Task, tasks, at=F("due_at")),
        _branch("wish", Wish, wishes, at=F("drafted_at"), **numbered),
        _branch("activity", Activity, activities, at=F("starts_at"), state=F("state")),
        _branch("team", Team, teams, name=F("name")),
    ]
    rows = [Row(*row) for row in branches[0].union(*branches[1:], all=True)]
    found = {kind: [row for row in rows if row.kind == kind] for kind in ("motion", "task", "wish", "activity", "team")}
    newest = {kind: sorted(found[kind], key=_newest, reverse=True) for kind in ("motion", "wish", "activity")}
    return {
        "motions": newest["motion"], "wishes": newest["wish"], "activities": newest["activity"],
        "teams": sorted(found["team"], key=lambda row: row.title), "tasks": sorted(found["task"], key=_newest),
    }  # fmt: skip


def _newest(row: Row) -> tuple[Any, int]:
    return row.at, row.pk


def _branch(kind: str, model: Any, found: QuerySet[Any], **columns: Any) -> Any:
    """The first of `found` as rows of the same eight columns."""
    empty = {
        "year": Value(None, IntegerField()), "sequence": Value(None, IntegerField()),
        "state": Value("", CharField()), "at": Value(None, DateTimeField()),
    }  # fmt: skip
    said = {f"its_{key}": columns.get(key, value) for key, value in empty.items()}
    rows = model.objects.filter(pk__in=found.values("pk")[:SHOWN]).order_by()
    rows = rows.annotate(its_kind=Value(kind, CharField()), its_name=columns.get("name", F("title")), **said)
    return rows.values_list(
        "its_kind", "pk", "its_name", "unit__name", "its_year", "its_sequence", "its_state", "its_at"
    )


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
