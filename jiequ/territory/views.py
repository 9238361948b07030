"""The list of units, and the pages that change the tree. The page of one unit is the overview's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jiequ.core.paging import Page
from jiequ.core.permission import Refused, require
from jiequ.core.sheets import export
from jiequ.core.sheets.pages import download
from jiequ.core.writing import write
from jiequ.territory import actions, shapes, sheets
from jiequ.territory import forms as f
from jiequ.territory.actions.units import children_of, parent_of
from jiequ.territory.models import Unit

HERE = {"here": "territory"}


def unit_list(request: HttpRequest) -> HttpResponse:
    """Every unit the account may see, in the tree's order."""
    account: Any = request.user
    if request.GET.get("format") == "xlsx":
        return download(export(sheets.UNITS, sheets.rows(account)), _("单位.xlsx"))
    units = Unit.objects.visible_to(account).valid().defer("boundary")
    form = f.UnitFilter(request.GET)
    form.is_valid()
    said = form.cleaned_data
    if said.get("kind"):
        units = units.filter(kind=said["kind"])
    if q := said.get("q"):
        units = units.filter(Q(name__contains=q) | Q(code__startswith=q) | Q(official_code__startswith=q))
    page = Page(request, units, order="path", oldest_first=True)
    above = {u.path[: -Unit.steplen] for u in page.rows}
    names = dict(Unit.objects.filter(path__in=above).values_list("path", "name"))
    context = {
        **HERE,
        "form": form,
        "page": page,
        "rows": [(u, names.get(u.path[: -Unit.steplen], "")) for u in page.rows],
        "may_import": account.holds_anywhere("territory.import_units"),
    }
    rows_only = bool(getattr(request, "htmx", False))
    return render(request, "territory/_unit_list_part.html" if rows_only else "territory/unit_list.html", context)


def unit_new(request: HttpRequest, code: str) -> HttpResponse:
    """Add a unit below this one."""
    inside = _unit(request, code, "territory.add_unit")
    form = f.NewForm(inside, request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = {**form.cleaned_data, "order": form.cleaned_data["order"] or 0}
        try:
            unit = actions.add_unit(
                said.pop("kind"), said.pop("code"), said.pop("name"), inside=inside, by=_by(request), **said
            )
            return redirect(unit)
        except Refused as error:
            _say(form, error)
    return _form(request, inside, form, _("新设下级单位"), _("新设"))


def unit_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change name, official code, order and note. What was seen travels with the form, so that nobody is overwritten unseen."""
    unit = _unit(request, code, "territory.edit_unit")
    seen = {k: getattr(unit, k) for k in f.EditForm.base_fields}
    form = f.EditForm(request.POST or None, initial=seen)
    if request.method == "POST" and form.is_valid():
        try:
            before = json.loads(request.POST.get("seen", "{}"))
            for key, value in before.items() if isinstance(before, dict) else ():
                if key in seen and isinstance(value, type(seen[key])):
                    setattr(unit, key, value)
            actions.edit_unit(unit, by=_by(request), **form.cleaned_data)
            return redirect(unit)
        except ValueError:
            form.add_error(None, _("页面不完整，请刷新后再填。"))
        except Refused as error:
            _say(form, error)
    return _form(request, unit, form, _("修改资料"), _("保存"), seen=json.dumps(seen, ensure_ascii=False))


def unit_boundary(request: HttpRequest, code: str) -> HttpResponse:
    """See the boundary among its neighbours, and draw it anew by pasting GeoJSON."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    may = _by(request).may("territory.edit_unit", unit) and unit.is_valid()
    form = None
    if may:
        form = f.BoundaryForm(
            request.POST or None,
            initial={"boundary": json.dumps(unit.boundary, ensure_ascii=False) if unit.boundary else ""},
        )
        if request.method == "POST" and form.is_valid():
            try:
                actions.set_boundary(unit, form.cleaned_data["geojson"], by=_by(request))
                return redirect("unit-boundary", unit.code)
            except Refused as error:
                _say(form, error)
    else:
        require(_by(request), "territory.view_unit", unit)
        if request.method == "POST":
            require(_by(request), "territory.edit_unit", unit)
    parent = parent_of(unit)
    around = [u for u in children_of(parent).valid().filter(kind=unit.kind) if u.pk != unit.pk] if parent else []
    below = list(children_of(unit).valid().exclude(boundary=None).filter(kind__in=shapes.MAIN_LINE))
    context = {
        **HERE, "unit": unit, "form": form, "title": _("边界"),
        "map": shapes.draw([*around, unit]), "inner": shapes.draw(below, around=unit),
"area": _area(unit),
    }  # fmt: skip
    return render(request, "territory/unit_boundary.html", context, status=422 if form and form.errors else 200)


def _area(unit: Unit) -> str:
    """The size in words: square kilometres from a tenth of one, else square metres."""
    if not unit.boundary:
        return ""
    found = shapes.square_metres(shapes.shape_of(unit.boundary))
    if found >= 100_000:
        return _("约 %(n).2f 平方公里") % {"n": found / 1_000_000}
    return _("约 %(n)d 平方米") % {"n": round(found)}


@dataclass(frozen=True)
class Preview:
    """What an act would do: the units before and after, and both maps."""

    before: list[Unit]
    after: list[Unit]
    brought: list[Unit]
    was: shapes.Drawing
    will: shapes.Drawing


def unit_split(request: HttpRequest, code: str) -> HttpResponse:
    unit = _unit(request, code, "territory.split_unit")
    children = list(children_of(unit).valid().filter(kind__in=shapes.MAIN_LINE))
    initial = {"code1": unit.code, "name1": unit.name}
    form = f.SplitForm(unit, children, request.POST or None, initial=initial)
    return _act(
        request, unit, form, _("分立"), [unit],
        lambda said: actions.split_unit(unit, said["parts"], by=_by(request)),
    )  # fmt: skip


def unit_merge(request: HttpRequest, code: str) -> HttpResponse:
    unit = _unit(request, code, "territory.merge_units")
    parent = parent_of(unit)
    siblings = children_of(parent).valid().filter(kind=unit.kind).exclude(pk=unit.pk) if parent else Unit.objects.none()
    form = f.MergeForm(siblings, request.POST or None, initial={"code": unit.code, "name": unit.name})
    chosen = list(form.cleaned_data.get("units", [])) if request.method == "POST" and form.is_valid() else []
    return _act(
        request, unit, form, _("合并"), [unit, *chosen],
        lambda said: [actions.merge_units([unit, *said["units"]], code=said["code"], name=said["name"], by=_by(request))],
    )  # fmt: skip


def unit_move(request: HttpRequest, code: str) -> HttpResponse:
    unit = _unit(request, code, "territory.move_unit")
    account = _by(request)
    reach = account.reach("territory.move_unit").as_q("path")
    targets = Unit.objects.filter(reach, kind__in=Unit.INSIDE[unit.kind]).valid().defer("boundary")
    form = f.MoveForm(targets.exclude(path=unit.path_at(unit.depth - 1)), request.POST or None)
    return _act(
        request, unit, form, _("移动"), [unit],
        lambda said: [actions.move_unit(unit, inside=said["inside"], by=account)],
    )  # fmt: skip


def _act(
    request: HttpRequest,
    unit: Unit,
    form: Any,
    title: str,
    before: list[Unit],
    act: Callable[[dict[str, Any]], list[Unit]],
) -> HttpResponse:
    """A form, then a preview, then the act. The preview is the act itself, rolled back: it cannot promise anything else."""
    preview = None
    if request.method == "POST" and form.is_valid():
        try:
            if "sure" in request.POST:
                return redirect(act(form.cleaned_data)[0])
            preview = _preview(before, lambda: act(form.cleaned_data))
        except Refused as error:
            _say(form, error)
    context = {**HERE, "unit": unit, "form": form, "title": title, "preview": preview}
    return render(request, "territory/unit_act.html", context, status=422 if form.errors else 200)


def _preview(before: list[Unit], act: Callable[[], list[Unit]]) -> Preview:
    fresh = list(Unit.objects.filter(pk__in=[u.pk for u in before]))
    was = shapes.draw(fresh)
    with write():
        after = act()
        brought = [u for new in after for u in Unit.objects.under(new).exclude(pk=new.pk).exclude(kind="building")]
        transaction.set_rollback(True)
    return Preview(fresh, after, brought, was, shapes.draw(after))


def _unit(request: HttpRequest, code: str, permission: str) -> Unit:
    """The unit, within sight (else 404) and with the permission (else 403)."""
    unit: Unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    require(_by(request), permission, unit)
    return unit


def _by(request: HttpRequest) -> Any:
    return request.user


def _say(form: Any, error: Refused) -> None:
    form.add_error(error.field if error.field in form.fields else None, error.message)


def _form(request: HttpRequest, unit: Unit, form: Any, title: str, button: str, **more: Any) -> HttpResponse:
    context = {**HERE, "unit": unit, "form": form, "title": title, "button": button, **more}
    return render(request, "territory/unit_form.html", context, status=422 if form.errors else 200)
