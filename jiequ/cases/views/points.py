"""The codes of a unit: which places have one, and their sheets to print."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.cases.actions.points import AT_ONCE, KINDS, issue_points, renew_point, revoke_point
from jiequ.cases.documents import MOST, Poster, as_pdf, poster_of
from jiequ.cases.models import ScanPoint
from jiequ.core import clock
from jiequ.core.paging import Page
from jiequ.core.permission import Refused, require
from jiequ.core.typesetting import NoFont
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import DEPTH, Unit

PAPERS = ("a4", "a5")


def scan_points(request: SignedIn, code: str) -> HttpResponse:
    """Every place of the unit that may have a code, in the tree's order; `?show=without` those that have none yet."""
    unit = _unit(request, code)
    places = _places(unit)
    show, q = request.GET.get("show", ""), request.GET.get("q", "").strip()[:60]
    in_use = ScanPoint.objects.in_use().filter(unit=OuterRef("pk"))
    if show in ("with", "without"):
        places = places.filter(Exists(in_use) if show == "with" else ~Exists(in_use))
    if q:
        places = places.filter(name__contains=q)
    page = Page(request, places, order="path", oldest_first=True)
    points = {p.unit_id: p for p in ScanPoint.objects.in_use().filter(unit__in=page.rows)}
    above = names_above(page.rows)
    context = {
        "here": "cases",
        "unit": unit,
        "page": page,
        "rows": [(place, points.get(place.pk), above_of(place, above, DEPTH["block"])) for place in page.rows],
        "views": [
            ("", _("全部"), show == ""), ("without", _("还没有码"), show == "without"), ("with", _("已启用"), show == "with"),
        ],
        "show": show,
        "q": q,
    }  # fmt: skip
    return render(request, "cases/_point_rows.html" if request.htmx else "cases/point_list.html", context)


@require_POST
def scan_points_issue(request: SignedIn, code: str) -> HttpResponse:
    """Give codes: to one place (`place`), or to every building of the unit, and its blocks, that has none."""
    unit = _unit(request, code)
    places = _places(unit)
    if chosen := request.POST.get("place", ""):
        given = issue_points([get_object_or_404(places, code=chosen)], by=request.user)
    else:
        in_use = ScanPoint.objects.in_use().filter(unit=OuterRef("pk"))
        given = issue_points(
            list(places.exclude(kind=Unit.Kind.RED_GRID).filter(~Exists(in_use))[: AT_ONCE + 1]), by=request.user
        )
    if given:
        messages.success(request, _("启用了%(n)s个二维码，可以打印了。") % {"n": len(given)})
    else:
        messages.info(request, _("都已经有二维码了，没有重复启用。"))
    return redirect("scan-points", code)


def scan_points_print(request: SignedIn, code: str) -> HttpResponse:
    """The sheets as PDF: of all codes in use, or with `?only=` of those chosen; `?paper=a5` two on a page."""
    unit = _unit(request, code)
    points = ScanPoint.objects.in_use().under(unit).select_related("unit").defer("unit__boundary", "unit__note")
    if request.GET.get("which") == "chosen" or "only" in request.GET:
        points = points.filter(
            pk__in=[int(k) for k in request.GET.getlist("only")[:MOST] if k.isdecimal() and len(k) < 19]
        )
    found = list(points.order_by("unit__path")[: MOST + 1])
    if len(found) > MOST:
        raise Refused(_("一次至多打印%(n)s张，请按街区分批打印。") % {"n": MOST})
    if not found:
        raise Refused(_("没有可以打印的二维码。请先启用，或先勾选要打印的。"))
    paper = request.GET.get("paper", "a4")
    paper = paper if paper in PAPERS else "a4"
    try:
        content = as_pdf(posters(found, request.build_absolute_uri), paper=paper, printed=_today())  # type: ignore[arg-type]
    except NoFont:
        raise Refused(_("这台服务器没有中文字体，PDF 会是方块。请管理员安装 fonts-noto-cjk。")) from None
    name = f"{unit.name}二维码海报 {paper.upper()}.pdf"
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_POST
def scan_point_renew(request: SignedIn, pk: int) -> HttpResponse:
    point = _point(request, pk)
    renew_point(point, by=request.user)
    messages.success(request, _("已换新码，旧码停用。请把新海报打印出来，换下旧的。"))
    return _back(request, point)


@require_POST
def scan_point_revoke(request: SignedIn, pk: int) -> HttpResponse:
    point = _point(request, pk)
    revoke_point(point, by=request.user)
    messages.success(request, _("二维码已停用。有人再扫，会请他自己写地点。"))
    return _back(request, point)


def posters(points: list[ScanPoint], absolute: Callable[[str], str]) -> list[Poster]:
    """The sheets of codes, with the names of what stands above their places: one statement."""
    above = names_above([point.unit for point in points])
    return [
        poster_of(
            above_of(point.unit, above, DEPTH["community"], " · "),
            point.unit.name,
            point.code,
            absolute(reverse("scan", args=[point.code])),
        )
        for point in points
    ]


def names_above(units: list[Unit]) -> dict[str, str]:
    """The names of every unit above `units`, by path."""
    paths = {unit.path_at(depth) for unit in units for depth in range(1, unit.depth)}
    return dict(Unit.objects.filter(path__in=paths).values_list("path", "name")) if paths else {}


def above_of(unit: Unit, names: dict[str, str], highest: int, between: str = " ") -> str:
    """牛湖社区 · 石一街区: what stands above `unit`, from the depth `highest` down; red grids are no address."""
    depths = [depth for depth in range(highest, unit.depth) if depth != DEPTH["red_grid"]]
    return between.join(names.get(unit.path_at(depth), "") for depth in depths)


def _places(unit: Unit) -> QuerySet[Unit]:
    found: Any = Unit.objects.valid().under(unit).filter(kind__in=KINDS).defer("boundary", "note")
    return found


def _unit(request: SignedIn, code: str) -> Unit:
    """Within sight (else 404) and with the permission (else 403)."""
    unit: Unit = get_object_or_404(Unit.objects.visible_to(request.user).defer("boundary"), code=code)
    require(request.user, "cases.print_posters", unit)
    return unit


def _point(request: SignedIn, pk: int) -> ScanPoint:
    points = ScanPoint.objects.visible_to(request.user).select_related("unit").defer("unit__boundary")
    found: ScanPoint = get_object_or_404(points, pk=pk)
    return found


def _back(request: SignedIn, point: ScanPoint) -> HttpResponse:
    """To the list it was pressed on; else to the place's own block."""
    seen = Unit.objects.visible_to(request.user).defer("boundary")
    of = (
        seen.filter(code=request.POST.get("of", "")).first()
        or seen.filter(path=point.unit.path_at(DEPTH["block"])).first()
    )
    return redirect("scan-points", (of or point.unit).code)


def _today() -> date:
    return clock.today()
