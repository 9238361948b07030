"""Who contracts which building (包楼栋), unit by unit: 全面联系 begins with the buildings that nobody has."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core import clock
from jiequ.core.measures import prefix
from jiequ.core.permission import Refused, require
from jiequ.core.sheets import export
from jiequ.core.sheets.pages import download
from jiequ.outreach import sheets
from jiequ.outreach.actions import note_household_export
from jiequ.outreach.models import Household
from jiequ.people.actions import assign_building, release_building
from jiequ.people.models import BuildingAssignment, Member
from jiequ.territory.models import DEPTH, Unit

MOST = 400  # buildings shown one by one; above that, unit by unit


def unit_buildings(request: HttpRequest, code: str) -> HttpResponse:
    """Which buildings have a contracting member and which have none; from the block downward one is assigned or released here."""
    account: Any = request.user
    unit = get_object_or_404(Unit.objects.visible_to(account).defer("boundary"), code=code)
    require(account, "people.assign_building" if request.method == "POST" else "people.view_member", unit)
    if request.method == "POST":
        return _change(request, unit)
    below = list(
        _standing(unit).filter(depth__gt=unit.depth).exclude(kind__in=("base_grid", "city_grid")).order_by("path")
    )
    buildings = [u for u in below if u.kind == Unit.Kind.BUILDING]
    covered = _contracted(unit)
    is_near = unit.depth >= DEPTH["block"] and len(buildings) <= MOST
    context = {
        "here": "unit",
        "unit": unit,
        "of": len(buildings),
        "n": sum(building.pk in covered for building in buildings),
        "may_assign": is_near and account.may("people.assign_building", unit),
    }
    if is_near:
        context["groups"] = _by_grid(unit, below, covered)
    else:
        context["parts"] = _by_child(unit, below, covered)
    return render(request, "outreach/unit_buildings.html", context)


@require_POST
def household_export(request: HttpRequest, code: str) -> HttpResponse:
    """The unit's households as a spreadsheet, masked; the journal says that a list has left the house."""
    account: Any = request.user
    unit = get_object_or_404(Unit.objects.visible_to(account).defer("boundary"), code=code)
    require(account, "overview.export_figures", unit)
    require(account, "outreach.view_household", unit)
    found = list(sheets.rows(account, households=Household.objects.visible_to(account).current().under(unit)))
    note_household_export(unit, by=account, rows=len(found))
    return download(export(sheets.HOUSEHOLDS, found), _("%(unit)s重点户.xlsx") % {"unit": unit.name})


def _change(request: HttpRequest, unit: Unit) -> HttpResponse:
    """Assign or release, as the row's button says."""
    account: Any = request.user
    if request.POST.get("release"):
        rows = BuildingAssignment.objects.filter(**prefix("unit__path", unit.path)).select_related("unit", "member")
        assignment = get_object_or_404(rows, pk=_number(request, "release"))
        release_building(assignment, by=account)
        messages.success(request, _("%(building)s已取消包楼栋。") % {"building": assignment.unit})
    elif not request.POST.get("building"):
        raise Refused(_("请先选一栋楼，再选请谁来包。"))
    else:
        building = get_object_or_404(_standing(unit), pk=_number(request, "building"))
        members = Member.objects.visible_to(account).current().under(_block(unit)).select_related("unit", "person")
        member = get_object_or_404(members, pk=_number(request, "member"))
        assign_building(member, building, by=account)
        messages.success(request, _("%(building)s已由%(who)s包。") % {"building": building, "who": member.person})
    return redirect("unit-buildings", unit.code)


def _number(request: HttpRequest, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0


def _block(unit: Unit) -> Unit:
    """The block a member's grid must lie in to contract one of `unit`'s buildings."""
    return Unit.objects.get(path=unit.path_at(DEPTH["block"])) if unit.depth > DEPTH["block"] else unit


def _standing(unit: Unit) -> Any:
    """The units at and below `unit` that are valid today."""
    today = clock.today()
    rows = Unit.objects.filter(**prefix("path", unit.path), valid_from__lte=today).defer("boundary")
    return rows.exclude(valid_until__lte=today)


def _contracted(unit: Unit) -> dict[int, list[BuildingAssignment]]:
    """{building: who contracts it today}."""
    today = clock.today()
    rows = BuildingAssignment.objects.filter(**prefix("unit__path", unit.path), starts_on__lte=today)
    found: dict[int, list[BuildingAssignment]] = defaultdict(list)
    for row in rows.exclude(ends_on__lte=today).select_related("member__person").order_by("pk"):
        if row.member.left_on is None or row.member.left_on > today:
            found[row.unit_id].append(row)
    return found


def _by_grid(unit: Unit, below: list[Unit], covered: dict[int, list[BuildingAssignment]]) -> list[dict[str, Any]]:
    """The buildings of each red grid, those without anybody first, each with whom one could ask: somebody of the grid who has none."""
    grids = [u for u in [unit, *below] if u.kind == Unit.Kind.RED_GRID]
    members: dict[int, list[Member]] = defaultdict(list)
    for member in Member.objects.current().under(unit).select_related("person").order_by("pk"):
        members[member.unit_id].append(member)
    busy = {row.member_id for rows in covered.values() for row in rows}
    found = []
    for grid in grids or [unit]:
        inside = [u for u in [unit, *below] if u.kind == Unit.Kind.BUILDING and grid.holds(u)]
        inside.sort(key=lambda u: (u.pk in covered, u.path))
        free = sorted(members[grid.pk], key=lambda m: m.pk in busy)
        rows = [(u, covered.get(u.pk, [])) for u in inside]
        found.append({"grid": grid, "rows": rows, "members": free, "n": sum(bool(r) for _u, r in rows)})
    return found


def _by_child(unit: Unit, below: list[Unit], covered: dict[int, list[BuildingAssignment]]) -> list[dict[str, Any]]:
    """How many of each part's buildings are covered."""
    step = Unit.steplen * (unit.depth + 1)
    buildings = [u for u in below if u.kind == Unit.Kind.BUILDING]
    of = Counter(u.path[:step] for u in buildings)
    n = Counter(u.path[:step] for u in buildings if u.pk in covered)
    parts = [u for u in below if u.depth == unit.depth + 1 and u.kind != Unit.Kind.BUILDING]
    return [{"unit": u, "n": n[u.path], "of": of[u.path], "bare": of[u.path] - n[u.path]} for u in parts]
