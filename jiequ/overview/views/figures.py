"""Figures: the table by unit, the rows behind each number, and the month's report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.measures import (
    REGISTER,
    Figure,
    Measure,
    Median,
    Period,
    Share,
    by_child,
    by_cut,
    counts,
    medians,
    parts_of,
    prefix,
)
from jiequ.core.paging import Page
from jiequ.core.permission import require
from jiequ.council.models import Meeting, Motion
from jiequ.overview import actions
from jiequ.overview.sheets import cells_of, workbook
from jiequ.overview.views import cuts
from jiequ.overview.views.cells import Cell, cell, grouped, groups, plain, shares
from jiequ.overview.views.periods import Span, read_span, spans
from jiequ.territory.models import Unit
from jiequ.work.models import Task

FOLD = 30  # more rows than this start folded
#: Of cases and of the service, in the report's table by unit.
OF_CHILDREN = (
    "cases.received",
    "cases.solved_rate",
    "cases.closed_on_time",
    "outreach.running_rate",
    "outreach.participation_rate",
)
EXPORTED = 20_000  # rows of one file


@dataclass
class Row:
    """A unit's line in the table: `level` 0 for the unit itself, 1 and 2 for what lies in it."""

    unit: Unit
    level: int
    cells: list[Cell]
    is_open: bool = False
    fold_url: str = ""


def figures_page(request: HttpRequest) -> HttpResponse:
    """Every listed figure of a unit, its children and theirs, for one period: two statements for any number of units,
    three where medians are among them.

    `?show=counts` gives the plain counts, the key of a group (`procedure`) its figures, else the shares; `?open=` lists
    the codes of the unfolded children.
    """
    account: Any = request.user
    unit = chosen_unit(request)
    span = read_span(request.GET)
    tables = groups()
    asked = request.GET.get("show", "")
    show = asked if asked == "counts" or asked in tables else "shares"
    figures: list[Any] = grouped(show) if show in tables else [*(plain() if show == "counts" else shares())]
    rows = _rows(request, unit, span, figures)
    if request.GET.get("format") == "xlsx":
        return _export_table(account, unit, span, figures, rows, what=show if show in tables else "all")
    keep = f"unit={unit.code}&show={show}"
    context = {
        "here": "figures",
        "unit": unit,
        "span": span,
        "spans": [(s, f"?{keep}&{s.query}", s.key == span.key) for s in spans()],
        "show": show,
        "shows": [
            (key, label, key == show)
            for key, label in (
                ("shares", _("比率")),
                ("counts", _("数量")),
                *((group.key, group.label) for group in tables.values()),
            )
        ],
        "group": tables.get(show),
        "figures": figures,
        "rows": rows,
        "export_url": f"?{keep}&{span.query}&open=all&format=xlsx",
        "may_export": account.may("overview.export_figures", unit),
    }
    return render(request, "overview/figures.html", context)


def chosen_unit(request: HttpRequest) -> Unit:
    """`?unit=`, or the widest unit whose figures I may see. 404 where I cannot see it, 403 where I may not count it."""
    account: Any = request.user
    reach = account.reach("overview.view_figures")
    units = Unit.objects.visible_to(account).defer("boundary")
    code = request.GET.get("unit")
    if not code:
        found = Unit.objects.filter(path__in=sorted(reach.paths, key=len)[:1]).defer("boundary").first()
        if found is None:
            require(account, "overview.view_figures", Unit(path=""))
            raise Http404
        return found
    unit: Unit = get_object_or_404(units, code=code)
    require(account, "overview.view_figures", unit)
    return unit


def _rows(request: HttpRequest, unit: Unit, span: Span, figures: list[Figure]) -> list[Row]:
    deepest = min(unit.depth + 2, 4)  # buildings are counted, not compared
    units = [unit]
    if deepest > unit.depth:
        below = Unit.objects.filter(**prefix("path", unit.path), depth__gt=unit.depth, depth__lte=deepest)
        units += below.valid(span.period.end).filter(_main_line()).defer("boundary")
    found = by_child(parts_of(figures), unit, span.period, depth=max(deepest, unit.depth))
    sums: dict[str, Counter[str]] = {u.path: Counter() for u in units}
    for (key, path), n in found.items():
        for end in range(len(unit.path), len(path) + 1, Unit.steplen):
            if path[:end] in sums:
                sums[path[:end]][key] += n
    middles: dict[str, dict[str, int | float]] = {path: {} for path in sums}
    for (key, path), middle in medians(figures, unit, span.period, depths=range(unit.depth, deepest + 1)).items():
        middles.setdefault(path, {})[key] = middle
    asked = request.GET.get("open")
    opened = set(asked.split(",")) if asked else {"all"} if asked is None and len(units) <= FOLD else set()
    rows = []
    for u in units:
        level = u.depth - unit.depth
        parent_open = level < 2 or "all" in opened or _parent_code(units, u) in opened
        if not parent_open:
            continue
        row = Row(u, level, [cell(f, {**sums[u.path], **middles[u.path]}, u, span) for f in figures])
        if level == 1 and any(other.path != u.path and u.holds(other) for other in units):
            row.is_open = "all" in opened or u.code in opened
            row.fold_url = _fold_url(request, units, unit, opened, u)
        rows.append(row)
    return rows


def _main_line() -> Q:
    return Q(kind__in=[Unit.Kind.COMMUNITY, Unit.Kind.BLOCK, Unit.Kind.RED_GRID])


def _parent_code(units: list[Unit], child: Unit) -> str:
    return next((u.code for u in units if u.path == child.path_at(child.depth - 1)), "")


def _fold_url(request: HttpRequest, units: list[Unit], top: Unit, opened: set[str], one: Unit) -> str:
    """The same page with `one` folded or unfolded."""
    now = {u.code for u in units if u.depth == top.depth + 1} if "all" in opened else set(opened)
    query = request.GET.copy()
    query["open"] = ",".join(sorted(now ^ {one.code})) or "none"
    return f"?{query.urlencode()}"


def _export_table(
    account: Any, unit: Unit, span: Span, figures: list[Figure], rows: list[Row], *, what: str
) -> HttpResponse:
    actions.export_figures(unit, by=account, what=what, period=span.period, rows=len(rows))
    headings: list[Any] = [_("编码"), _("单位")]
    for figure in figures:
        if isinstance(figure, Share):
            headings += [f"{figure.label}：{figure.part.label}", f"{figure.label}：{figure.whole.label}"]
        elif isinstance(figure, Median):
            headings += [f"{figure.label}（{figure.noun}）", f"{figure.label}：{figure.of.label}"]
        else:
            headings.append(figure.label)
    lines = []
    for row in rows:
        line: list[Any] = [row.unit.code, row.unit.name]
        for c in row.cells:
            line += [c.part, c.rows] if c.is_median else [c.part] if c.whole is None else [c.part, c.whole]
        lines.append(line)
    return workbook(f"{unit.name} {span.words}", headings, lines, about=f"{unit.name}，{span.words}")


def figure_rows(request: HttpRequest, key: str) -> HttpResponse:
    """Exactly the rows that a figure was counted from. Of a share: `?of=part`, `whole` or `rest` (not, or not yet, part)."""
    account: Any = request.user
    figure = REGISTER.get(key)
    if figure is None:
        raise Http404
    unit, span = chosen_unit(request), read_span(request.GET)
    parts = parts_of([figure])
    told = by_cut(parts, unit, span.period)  # where there are cuts, they count it as well
    found = cuts.whole(told, parts) if all(m.cuts for m in parts) else counts(parts, unit, span.period)
    middles = {key: middle for (key, _path), middle in medians([figure], unit, span.period).items()}
    drawn = cell(figure, {**found, **middles}, unit, span)
    of, measure, rows = _rows_of(figure, request.GET.get("of", ""), unit, span)
    counted = {m.key: cuts.within(told, m, request.GET) if m.cuts else found[m.key] for m in parts}
    total = counted[measure.key]
    if of == "rest" and isinstance(figure, Share):
        total -= counted[figure.part.key]
    rows = cuts.narrowed(rows, measure.cuts, request.GET)
    rows = rows.select_related(*measure.related) if measure.related else rows
    drawing: Measure | Median = figure if isinstance(figure, Median) else measure  # a median's rows show their value
    if request.GET.get("format") == "xlsx":
        shown = list(rows.order_by("pk")[:EXPORTED])
        actions.export_figures(unit, by=account, what=f"{key}:{of}", period=span.period, rows=len(shown))
        cells = cells_of(render_to_string(drawing.page, {"rows": shown, "unit": unit}, request)) if shown else []
        if measure.adds:  # a number that a spreadsheet can add up again
            cells = [[*line[:-1], getattr(row, measure.adds)] for line, row in zip(cells, shown, strict=True)]
        about = f"{unit.name}，{span.words}，{drawing.label}：{drawing.says}"
        return workbook(f"{unit.name} {drawing.label} {span.words}", drawing.headings, cells, about=about)
    rows = measure.for_reader(rows, account) if measure.for_reader is not None else rows
    page = Page(request, rows, order=rows.model._meta.pk.attname, oldest_first=not measure.unit)
    keep = f"?unit={unit.code}&{span.dates}"
    narrow = cuts.address(measure.cuts, request.GET)
    part, whole = (figure.part, figure.whole) if isinstance(figure, Share) else (measure, None)
    context = {
        "here": "figures",
        "unit": unit,
        "span": span,
        "figure": figure,
        "cell": drawn,
        "measure": measure,
        "drawing": drawing,
        "page": page,
        "total": total,
        "of": of,
        "parts": [
            (name, label, f"{keep}&of={name}{narrow}", n)
            for name, label, n in (
                ("rest", figure.rest or _("未达到"), counted[figure.whole.key] - counted[figure.part.key]),
                ("part", figure.part.label, counted[figure.part.key]),
                ("whole", figure.whole.label, counted[figure.whole.key]),
            )
            if name != "rest" or _comparable(figure)
        ]
        if isinstance(figure, Share)
        else [],
        "spans": [(s, f"?unit={unit.code}&{s.dates}&of={of}{narrow}", s.period == span.period) for s in spans()],
        "cuts": cuts.tables(told, part, whole, request.GET, f"{keep}&of={of}"),
        "all_url": f"{keep}&of={of}" if narrow else "",
        "table_url": f"?unit={unit.code}&{span.dates}" + (f"&show={figure.group.key}" if figure.group else ""),
        "export_url": f"{keep}&of={of}{narrow}&format=xlsx",
        "may_export": account.may("overview.export_figures", unit),
    }
    return render(request, "overview/figure_rows.html", context)


def _comparable(share: Share) -> bool:
    """True where numerator and denominator count rows of the same table, so that the rest can be shown."""
    today = Period(clock.today(), clock.today())
    return share.part.rows(today).model is share.whole.rows(today).model


def _rows_of(figure: Figure, of: str, unit: Unit, span: Span) -> tuple[str, Measure, Any]:
    if isinstance(figure, Median):
        return "", figure.of, figure.rows(unit, span.period)
    if isinstance(figure, Measure):
        return "", figure, figure.under(unit, span.period)
    if of == "part":
        return of, figure.part, figure.part.under(unit, span.period)
    whole = figure.whole.under(unit, span.period)
    if of == "rest" and _comparable(figure):
        counted = figure.part.under(unit, span.period).order_by().values("pk")
        return of, figure.whole, whole.exclude(pk__in=counted)
    return "whole", figure.whole, whole


def _differs(drawn: Cell) -> bool:
    return drawn.whole is not None or drawn.figure.key.startswith("council.")


def report(request: HttpRequest) -> HttpResponse:
    """The month's (or any period's) report, counted and ready to print; nothing is typed."""
    account: Any = request.user
    unit, span = chosen_unit(request), read_span(request.GET)
    of_cases = [f for f in (*grouped("case-counts"), *grouped("cases")) if not isinstance(f, Median)]
    of_service = grouped("service")
    apart = [*of_cases, *of_service]
    figures: list[Any] = [*shares(), *plain(), *apart]
    rows = [row for row in _rows(request, unit, span, figures) if row.level < 2]
    for row in rows[1:]:  # a printed line has room for what differs from unit to unit
        row.cells = [c for c in row.cells if c.figure.key in OF_CHILDREN or (c.figure not in apart and _differs(c))]
    meetings = Meeting.objects.visible_to(account).under(unit).held(span.period)
    decided = Motion.objects.visible_to(account).under(unit).voted(span.period)
    overdue = Task.objects.visible_to(account).under(unit).overdue().with_order()
    context = {
        "here": "figures",
        "unit": unit,
        "span": span,
        "spans": [(s, f"?unit={unit.code}&{s.query}", s.key == span.key) for s in spans()],
        "rows": rows,
        "whole": [c for c in rows[0].cells if c.figure not in apart],
        "of_cases": [c for c in rows[0].cells if c.figure in of_cases],
        "of_service": [c for c in rows[0].cells if c.figure in of_service],
        "shares": [f for f in figures if isinstance(f, Share)],
        "children": rows[1:],
        "meetings": list(meetings.select_related("unit").order_by("opened_at")[:200]),
        "motions": list(decided.select_related("unit").order_by("decided_at", "pk")[:200]),
        "overdue": list(overdue.select_related("unit", "holder").order_by("due_at")[:50]),
        "made_at": clock.local(clock.now()),
        "me": account.person.label,
    }
    return render(request, "overview/report.html", context)
