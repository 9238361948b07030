"""The page of one unit, of any kind: figures, posts, motions, tasks, what happened, and the map."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.measures import by_child, parts_of, prefix
from jiequ.council.indicators import PROCEDURE
from jiequ.council.models import Motion
from jiequ.overview.views.cells import cell, grouped, listed, numbers, shares
from jiequ.overview.views.feed import entries_within, sentences
from jiequ.overview.views.periods import Span, read_span
from jiequ.overview.views.ways import ways_of
from jiequ.people.models import Appointment, Post
from jiequ.people.roles import ROLES, Reach
from jiequ.territory.models import Unit
from jiequ.territory.shapes import Drawing, draw
from jiequ.work.indicators import OPEN
from jiequ.work.models import Task
from jiequ.work.workflow import Work

TABS = (
    ("overview", _("概况")),
    ("people", _("人员")),
    ("cases", _("诉求")),
    ("motions", _("议题")),
    ("tasks", _("任务")),
    ("history", _("经过")),
)
MAIN_LINE = (Unit.Kind.COMMUNITY, Unit.Kind.BLOCK, Unit.Kind.RED_GRID, Unit.Kind.BUILDING)
POINT = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
ROWS = 50
NEWEST = 20  # cases
NEWS = 8  # lines of what happened
STRIP = 6  # figures in the strip: the shares, then these
COUNTS = ("council.meetings", "council.motions", "people.members")
LABELLED = 12  # more areas than this have no names on the map, only in the list below it


@dataclass(frozen=True)
class Seats:
    """How many of a required post are filled in one unit (or all below it)."""

    held: int
    required: int

    @property
    def missing(self) -> int:
        return self.required - self.held


def unit_page(request: HttpRequest, code: str) -> HttpResponse:
    """Ten statements at most on each tab: five for the frame, the unit, its relatives, and three for what the tab shows."""
    account: Any = request.user
    unit = get_object_or_404(Unit.objects.visible_to(account), code=code)
    above = [unit.path_at(n) for n in range(1, unit.depth)]
    # In two steps, so that the second is a look into the path's index: the units above and those directly below.
    near = Unit.objects.filter(Q(path__in=above) | Q(**prefix("path", unit.path), depth=unit.depth + 1))
    relatives = list(near)
    children = [u for u in relatives if u.depth > unit.depth and u.is_valid()]
    hidden = () if account.may("cases.view_case", unit) else ("cases",)
    tabs = [(key, label) for key, label in TABS if key not in hidden]
    tab = request.GET.get("tab", "overview")
    tab = tab if tab in dict(tabs) else "overview"
    inside = account.may("territory.view_unit", unit)  # not merely above where I work
    context = {
        "here": "unit",
        "unit": unit,
        "trail": [u for u in relatives if u.depth < unit.depth],
        "children": children,
        "kinds": Counter(str(u.get_kind_display()) for u in children).most_common(),
        "tabs": [(key, label, key == tab) for key, label in tabs],
        "tab": tab,
        "inside": inside,
        "ways": ways_of(account, unit) if inside else [],
        "may_open": account.may("work.open_task", unit),
        "may_collect": unit.kind == Unit.Kind.BLOCK and account.may("council.collect_motion", unit),
        "may_appoint": account.may("people.appoint_person", unit),
    }
    if inside:
        context |= _TABS[tab](account, unit, children, read_span(request.GET))
    return render(request, "overview/unit.html", context)


def _overview(account: Any, unit: Unit, children: list[Unit], span: Span) -> dict[str, Any]:
    figures = [*shares(), *listed(COUNTS)][:STRIP]
    found = by_child([*parts_of(figures), OPEN], unit, span.period)
    whole: Counter[str] = Counter()
    for (key, _path), n in found.items():
        whole[key] += n
    open_here = {path: n for (key, path), n in found.items() if key == OPEN.key}
    main_line = [u for u in children if u.kind in MAIN_LINE]
    drawing = draw(main_line or [unit])
    most = max(open_here.values(), default=0)
    return {
        "span": span,
        "cells": [cell(figure, whole, unit, span) for figure in figures],
        "map": _map(drawing, unit, open_here, most),
        "open_tasks": whole[OPEN.key],
        **_posts(unit, children),
        "feed": sentences(entries_within(account, Reach([unit.path]), NEWS), NEWS),
    }


@dataclass(frozen=True)
class Area:
    """One unit on the map, its short name, its number and which of four tints it has."""

    unit: Unit
    path: str
    x: str
    y: str
    name: str
    n: int
    tint: int


@dataclass(frozen=True)
class Map:
    """`box` is the smallest that holds the areas; `font` is about 13 px on a screen, in the map's own measure."""

    box: str
    font: str
    second_line: str
    is_labelled: bool
    areas: list[Area]


def _map(drawing: Drawing, unit: Unit, numbers: dict[str, int], most: int) -> Map | None:
    if not drawing:
        return None
    points = [tuple(map(float, p)) for d in drawing.units for p in POINT.findall(d.path)]
    west, north = min(x for x, _y in points) - 4, min(y for _x, y in points) - 4
    wide, high = max(x for x, _y in points) + 4 - west, max(y for _x, y in points) + 4 - north
    font = 13 * max(wide / 310, high / 400)
    areas = [
        Area(
            d.unit,
            d.path,
            f"{d.x:.1f}",
            f"{d.y:.1f}",
            _short(d.unit, unit),
            numbers.get(d.unit.path, 0),
            _step(numbers.get(d.unit.path, 0), most),
        )
        for d in drawing.units
    ]
    box = f"{west:.1f} {north:.1f} {wide:.1f} {high:.1f}"
    return Map(box, f"{font:.1f}", f"{font * 1.25:.1f}", len(areas) <= LABELLED, areas)


def _short(unit: Unit, inside: Unit) -> str:
    """石一第1红色网格 inside 石一街区 is 第1: the rest stands above the map."""
    around = inside.name.removesuffix(str(inside.get_kind_display()))
    return unit.name.removesuffix(str(unit.get_kind_display())).removeprefix(around) or unit.name


def _step(n: int, most: int) -> int:
    """Which of the map's four tints: 0 for none, 3 for the most there is."""
    return 0 if not n else 1 + min(2, 3 * n // (most + 1))


def _posts(unit: Unit, children: list[Unit]) -> dict[str, Any]:
    """人人有岗: required and filled posts of each child (and of the unit itself), by role, in one statement."""
    length = unit.steplen * (unit.depth + 1)
    rows = (
        Post.objects.with_holders()
        .under(unit)
        .order_by()
        .annotate(child=Substr("unit__path", 1, length))
        .values("child", "role")
        .annotate(required=Count("pk"), filled=Count("pk", filter=Q(number__lte=F("held"))))
    )
    seats: dict[str, dict[str, Seats]] = defaultdict(dict)
    for row in rows:
        seats[row["child"]][row["role"]] = Seats(row["filled"], row["required"])
    below = [u for u in children if seats.get(u.path)]
    own = (
        seats.get(unit.path, {}) if below else {}
    )  # said in a line of its own: its columns would be empty for the others
    shown = below or [unit]
    roles = sorted({role for u in shown for role in seats.get(u.path, {})}, key=lambda r: ROLES[r].rank)
    matrix = [(u, [seats[u.path].get(r) for r in roles]) for u in shown if seats.get(u.path)]
    total = [_sum(seats[u.path][r] for u in shown if r in seats.get(u.path, {})) for r in roles]
    whole = _sum([*total, *own.values()])
    return {
        "own": [(ROLES[r].label, own[r]) for r in sorted(own, key=lambda r: ROLES[r].rank)],
        "roles": [ROLES[r].label for r in roles],
        "matrix": matrix,
        "total": total,
        "held": whole.held,
        "required": whole.required,
        "missing": whole.missing,
    }


def _sum(seats: Iterable[Seats]) -> Seats:
    found = list(seats)
    return Seats(sum(s.held for s in found), sum(s.required for s in found))


def _people(account: Any, unit: Unit, children: list[Unit], span: Span) -> dict[str, Any]:
    """Who holds which post in the unit and in the units directly below it; deeper ones stand on their own pages."""
    near = [unit.pk, *(u.pk for u in children)] if unit.depth < 4 else [unit.pk]
    posts = Appointment.objects.visible_to(account).in_force().filter(unit_id__in=near)
    rows = list(posts.select_related("unit", "person").order_by("unit__path", "pk")[:500])
    rows.sort(key=lambda a: (a.unit.path, ROLES[a.role].rank))
    by_unit: dict[Unit, list[Appointment]] = {}
    for row in rows:
        by_unit.setdefault(row.unit, []).append(row)
    return {"people": list(by_unit.items()), **_posts(unit, children)}


def _cases(account: Any, unit: Unit, children: list[Unit], span: Span) -> dict[str, Any]:
    """What waits, by state, and the newest; the list has the rest. Three statements."""
    rows = Case.objects.visible_to(account).under(unit)
    late = Q(due_at__lt=clock.now(), paused_at=None)
    found = rows.open().order_by().values("state").annotate(n=Count("pk"), late=Count("pk", filter=late))
    waiting = {row["state"]: row for row in found}
    newest = rows.select_related("unit", "category").defer("unit__boundary", "body", "answers")
    return {
        "states": [(state, label, waiting[state]["n"]) for state, label in Case.State.choices if state in waiting],
        "open_cases": sum(row["n"] for row in waiting.values()),
        "late_cases": sum(row["late"] for row in waiting.values()),
        "cases": list(newest.order_by("-filed_at", "-pk")[:NEWEST]),
    }


def _motions(account: Any, unit: Unit, children: list[Unit], span: Span) -> dict[str, Any]:
    rows = Motion.objects.visible_to(account).under(unit).select_related("unit").order_by("-collected_at", "-pk")
    health = grouped(PROCEDURE.key) if account.may("overview.view_figures", unit) else []
    found = numbers(health, unit, span.period)
    return {
        "motions": list(rows[:ROWS]),
        "rows_shown": ROWS,
        "span": span,
        "group": PROCEDURE,
        "health": [cell(figure, found, unit, span) for figure in health],
    }


def _tasks(account: Any, unit: Unit, children: list[Unit], span: Span) -> dict[str, Any]:
    rows = (
        Task.objects.visible_to(account)
        .open()
        .exclude(verb__in=Work.quiet_verbs())
        .under(unit)
        .with_order()
        .select_related("unit", "holder")
    )
    return {"tasks": list(rows.order_by("due_at", "pk")[:ROWS]), "rows_shown": ROWS, "now": clock.now()}


def _history(account: Any, unit: Unit, children: list[Unit], span: Span) -> dict[str, Any]:
    return {"feed": sentences(entries_within(account, Reach([unit.path]), ROWS), ROWS), "rows_shown": ROWS}


_TABS = {
    "overview": _overview,
    "people": _people,
    "cases": _cases,
    "motions": _motions,
    "tasks": _tasks,
    "history": _history,
}
