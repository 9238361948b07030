"""The front door: the workbench for whoever is signed in, a quiet page for everybody else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jiequ.cases import indicators as of_cases
from jiequ.core import clock
from jiequ.core.measures import counts, parts_of
from jiequ.council.models import Council, Meeting
from jiequ.overview import frame
from jiequ.overview.views.cells import cell, listed
from jiequ.overview.views.feed import entries_within, sentences
from jiequ.overview.views.periods import default_span
from jiequ.territory.models import Unit
from jiequ.work.indicators import OVERDUE
from jiequ.work.models import SupervisionOrder, Task
from jiequ.work.workflow import Work

NEWS = 8  # lines of what happened
SHOWN = 30  # to-dos on the workbench; the list has the rest
GROUPS = (
    ("supervised", gettext_lazy("督办"), "speakerphone"),
    ("late", gettext_lazy("逾期"), "alert-triangle"),
    ("today", gettext_lazy("今天"), "clock"),
    ("week", gettext_lazy("本周"), "calendar-event"),
    ("later", gettext_lazy("以后"), "calendar-event"),
)
#: The line of cases below them: what came, what became of it, what burns.
CASES = (of_cases.RECEIVED, of_cases.CLOSED, of_cases.OVERDUE)
#: The four figures beside the to-dos, as far as the register has them.
FRONT = ("people.posts_filled", "council.handling_rate", "work.on_time", "council.meetings", "council.motions")


@dataclass
class Todo:
    """A task with its button; the first of the page has the one that stands out."""

    task: Any
    button: str
    url: str
    icon: str
    is_primary: bool


@dataclass
class Together:
    """Work of which there are many alike (Work.quiet): a line, not a row each."""

    waiting: int
    late: int


@dataclass
class Group:
    key: str
    label: Any
    icon: str
    count: int
    todos: list[Todo]


def home(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    return workbench(request, account) if account.is_authenticated else landing(request)


def landing(request: HttpRequest) -> HttpResponse:
    """What this is, and the public pages of the blocks that have a council."""
    councils = list(Council.objects.select_related("unit").order_by("unit__path"))
    communities: dict[str, list[Any]] = {}
    names = dict(Unit.objects.valid().filter(kind=Unit.Kind.COMMUNITY).values_list("path", "name"))
    for council in councils:
        communities.setdefault(names.get(council.unit.path_at(2), ""), []).append(council.unit)
    return render(request, "overview/landing.html", {"communities": list(communities.items())})


def workbench(request: HttpRequest, account: Any) -> HttpResponse:
    """At most ten statements, however much there is to do: session, account, posts, places, unread notices, to-dos, their
    counts, figures, the next meeting, what is new."""
    framed = frame.of(request)
    counted = _count(account)
    groups, together = todo_groups(account, counted), Together(counted["together"], counted["together_late"])
    span = default_span()
    unit = framed.home
    cells, of_cases_now, stuck = [], [], 0
    if unit is not None and account.may("overview.view_figures", unit):
        figures = listed(FRONT)[:4]
        found = counts([*parts_of(figures), OVERDUE, *CASES], unit, span.period)
        of_cases_now = [cell(figure, found, unit, span) for figure in CASES]
        stuck = found[OVERDUE.key] if account.may("work.remind_task", unit) else 0
        cells = [cell(figure, found, unit, span) for figure in figures]
    meetings = Meeting.objects.visible_to(account).to_come(clock.now()).select_related("unit")
    context = {
        "here": "home",
        "headline": headline(groups, together),
        "groups": groups,
        "total": sum(g.count for g in groups),
        "together": together,
        "unit": unit,
        "span": span,
        "cells": cells,
        "case_cells": of_cases_now,
        "stuck": stuck,  # late in my unit, whoever must do it: what I can press
        "meeting": meetings.annotate(items_listed=Count("items")).first(),
        "feed": sentences(entries_within(account, account.reach("council.view_motion"), NEWS), NEWS),
        "may_collect": account.holds_anywhere("council.collect_motion"),
        "may_open": account.holds_anywhere("work.open_task"),
        "may_note": account.holds_anywhere("cases.note_spot_fix"),
        "now": clock.local(clock.now()),
    }
    return render(request, "overview/workbench.html", context)


def todo_groups(account: Any, counted: Counter[str] | None = None) -> list[Group]:
    """What `account` must do, the most urgent first; where not all fit, `counted` says how many there are."""
    loud = Task.objects.for_account(account).exclude(verb__in=Work.quiet_verbs()).with_order().select_related("unit")
    tasks = list(loud.order_by(F("order_due_at").asc(nulls_last=True), "due_at", "pk")[: SHOWN + 1])
    numbers = Counter(task.urgency for task in tasks)
    if len(tasks) > SHOWN:
        numbers = _count(account) if counted is None else counted
        tasks = tasks[:SHOWN]
    groups = []
    for key, label, icon in GROUPS:
        todos = [_todo(t, first=t is tasks[0]) for t in tasks if t.urgency == key]
        if numbers[key]:
            groups.append(Group(key, label, icon, numbers[key], todos))
    return groups


def _todo(task: Any, *, first: bool) -> Todo:
    work = Work.of(task.verb)
    if task.order_id is not None:
        return Todo(task, _("回复督办"), task.get_absolute_url(), work.icon, first)
    return Todo(task, str(work.label), work.address(task), work.icon, first)


def _count(account: Any) -> Counter[str]:
    """The sizes of the groups, which are needed where they do not fit on the page, and what is counted together; one statement."""
    now, today = clock.now(), clock.today()
    ends = clock.at(today + timedelta(days=1)), clock.at(today + timedelta(days=7 - today.weekday()))
    ordered = Q(pk__in=SupervisionOrder.objects.filter(answered_at=None).values("task"))
    quiet = Q(verb__in=Work.quiet_verbs())
    plain = ~ordered & ~quiet
    found = Task.objects.for_account(account).aggregate(
        supervised=Count("pk", filter=ordered & ~quiet),
        late=Count("pk", filter=plain & Q(due_at__lt=now)),
        today=Count("pk", filter=plain & Q(due_at__gte=now, due_at__lt=ends[0])),
        week=Count("pk", filter=plain & Q(due_at__gte=max(now, ends[0]), due_at__lt=ends[1])),
        later=Count("pk", filter=plain & Q(due_at__gte=max(ends))),
        together=Count("pk", filter=quiet),
        together_late=Count("pk", filter=quiet & Q(due_at__lt=now)),
    )
    return Counter(found)


def headline(groups: list[Group], together: Together | None = None) -> str:
    """The answer to "what must I do?" in one sentence."""
    number = {g.key: g.count for g in groups}
    urgent = sum(number.get(key, 0) for key in ("supervised", "late", "today"))
    if urgent:
        n = {"n": urgent}
        if "supervised" in number:
            return ngettext("今天要办%(n)d件，先回督办", "今天要办%(n)d件，先回督办", urgent) % n
        if "late" in number:
            return ngettext("今天要办%(n)d件，先办逾期的", "今天要办%(n)d件，先办逾期的", urgent) % n
        return ngettext("今天要办%(n)d件", "今天要办%(n)d件", urgent) % n
    if "week" in number:
        left = number["week"]
        return ngettext("今天没有到期的，本周还有%(n)d件", "今天没有到期的，本周还有%(n)d件", left) % {"n": left}
    if "later" in number:
        left = number["later"]
        return ngettext("本周没有到期的，以后有%(n)d件", "本周没有到期的，以后有%(n)d件", left) % {"n": left}
    if together is not None and together.waiting:
        return _("没有别的事，有%(n)d户重点户待联系") % {"n": together.waiting}
    return _("没有要办的事")
