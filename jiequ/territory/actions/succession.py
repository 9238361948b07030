"""Splitting, merging and moving units: the old ones close, new ones take their place, history stays where it happened.

A unit's path never changes, because every figure of a closed period is counted by paths. So whatever comes to stand somewhere
else gets a successor: a new row at the new place that takes over the code, while the old row closes and keeps its records
(its code gains a suffix). That goes for the whole branch below, and `became` links old and new.

What is still open follows. An upper house says how, once, in its actions:

    @follows
    def tasks_follow(successions: Sequence[Succession]) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from jiequ.core import clock
from jiequ.core.journal import record, record_all
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.territory import shapes
from jiequ.territory.actions.units import (
    check_apart,
    check_code,
    check_name,
    children_of,
    parent_of,
    put,
    require_valid,
    tell_redrawn,
)
from jiequ.territory.models import Unit


@dataclass(frozen=True)
class Succession:
    """`old` closed on `on`; `heirs` took its place. Rows without a place of their own go to the first."""

    old: Unit
    heirs: tuple[Unit, ...]
    on: date
    by: Actor

    def heir(self, lon: float | None = None, lat: float | None = None) -> Unit:
        """The heir that holds the point; the first without a point, or where no heir's boundary holds it."""
        if lon is not None and lat is not None:
            point = shapely.Point(lon, lat)
            for heir in self.heirs:
                if heir.boundary and shapes.shape_of(heir.boundary).covers(point):
                    return heir
        return self.heirs[0]


Follower = Callable[[Sequence[Succession]], None]
FOLLOWERS: list[Follower] = []


def follows(function: Follower) -> Follower:
    """Have `function` called, inside the same transaction, with every succession of one act at once."""
    FOLLOWERS.append(function)
    return function


@action
def split_unit(unit: Unit, into: Sequence[dict[str, Any]], *, by: Actor, on: date | None = None) -> list[Unit]:
    """Close `unit` and put several in its place: {"code", "name", "boundary"} each. What lay in it goes where most of its ground lies.

    One of the new units may keep the old code. With boundaries, the parts must fill the old one; grids of management that
    lie across the new border are cut at it.
    """
    require(by, "territory.split_unit", unit)
    parent, (unit,) = _hold_family([unit])
    if len(into) < 2:
        raise Refused(_("至少分成两个单位。"), field="into")
    new = [_replacement(unit, part["code"], part["name"], part.get("boundary"), by=by) for part in into]
    _check_parts(unit, new)
    _check_codes(new, besides=[unit])
    _check_siblings(new, parent, [unit])
    successions = _replace([(unit, new)], parent, _day(on), by)
    record("split", unit, by=by, into=[u.code for u in new])
    _follow(successions)
    return new


@action
def merge_units(units: Sequence[Unit], *, code: str, name: str, by: Actor, on: date | None = None) -> Unit:
    """Close several siblings of one kind and put one unit in their place; its boundary is theirs together."""
    for unit in units:
        require(by, "territory.merge_units", unit)
    if len({u.pk for u in units}) < 2:
        raise Refused(_("至少选两个单位来合并。"), field="units")
    parent, fresh = _hold_family(units)
    if len({u.kind for u in fresh}) > 1:
        raise Refused(_("只有同一类单位才能合并。"), field="units")
    boundary = None
    if all(u.boundary for u in fresh):
        whole = shapely.union_all([shapes.shape_of(u.boundary) for u in fresh])
        if whole.geom_type != "Polygon" and all((u.boundary or {}).get("type") == "Polygon" for u in fresh):
            raise Refused(_("这几个单位不相邻，不能合并成一个。"), field="units")
        boundary = shapes.as_geojson(whole)
    new = _replacement(fresh[0], code, name, boundary, by=by)
    _check_codes([new], besides=fresh)
    successions = _replace([(old, [new]) for old in fresh], parent, _day(on), by)
    for old in fresh:
        record("merge", old, by=by, into=new.code)
    _follow(successions)
    return new


@action
def move_unit(unit: Unit, *, inside: Unit, by: Actor, on: date | None = None) -> Unit:
    """Put `unit`, and all below it, under another parent; returns its successor there, which bears the code.

    Where its ground lies outside the new parent, the borders follow: what stands above the old place gives the ground up,
    what stands above the new place takes it in; they must be neighbours.
    """
    require(by, "territory.move_unit", unit)
    require(by, "territory.move_unit", inside)
    for parent in sorted(filter(None, (parent_of(unit), inside)), key=lambda u: u.pk):
        lock(parent)
    unit, target = lock(unit), lock(inside)
    require_valid(unit)
    require_valid(target)
    if target.path == unit.path_at(unit.depth - 1):
        raise Refused(_("“%(unit)s”本来就在“%(inside)s”。") % {"unit": unit, "inside": target}, field="inside")
    if target.kind not in Unit.INSIDE[unit.kind] or unit.holds(target):
        raise Refused(
            _("“%(kind)s”不能设在“%(inside)s”下。") % {"kind": unit.get_kind_display(), "inside": target},
            field="inside",
        )
    if unit.boundary:
        _move_borders(unit, target, by)
    new = _replacement(unit, unit.code, unit.name, unit.boundary, by=by)
    new.official_code, new.order, new.note = unit.official_code, unit.order, unit.note
    if new.boundary:
        check_apart([(new, shapes.shape_of(new.boundary))], target, new.kind)
    was = parent_of(unit)
    successions = _replace([(unit, [new])], target, _day(on), by)
    record("move", new, by=by, out_of=was.code if was else "", into=target.code)
    inside.numchild = target.numchild
    _follow(successions)
    return new


def _hold_family(units: Sequence[Unit]) -> tuple[Unit, list[Unit]]:
    """The common parent and fresh copies of `units`, all locked; Refused where they have no common parent or are closed."""
    parent = parent_of(units[0])
    if parent is None:
        raise Refused(_("街道是最上层，不能分立或合并。"))
    if any(u.path_at(u.depth - 1) != parent.path for u in units):
        raise Refused(_("只有同一上级下的单位才能合并。请先把它们移到一处。"), field="units")
    parent = lock(parent)
    fresh = [lock(u) for u in sorted(units, key=lambda u: u.pk)]
    for unit in fresh:
        require_valid(unit)
    return parent, sorted(fresh, key=lambda u: u.path)


def _day(on: date | None) -> date:
    """Today. An earlier day would rewrite what has happened since, a later one would leave open things without a unit."""
    if on is not None and on != clock.today():
        raise Refused(_("分立、合并、移动从办理当天起生效。文件日期请写在备注里。"), field="on")
    return clock.today()


def _replacement(old: Unit, code: str, name: str, boundary: Any, *, by: Actor) -> Unit:
    """An unsaved unit of the same kind as `old`; its boundary checked."""
    check_code(code := code.strip())
    check_name(name := name.strip())
    crs = ""
    if boundary:
        shape, crs = shapes.read(boundary)
        boundary = shapes.as_geojson(shape)
    return Unit(
        kind=old.kind, code=code, name=name, boundary=boundary or None, boundary_crs=crs,
        valid_from=clock.today(), is_synthetic=old.is_synthetic, order=old.order,
    )  # fmt: skip


def _check_parts(old: Unit, new: Sequence[Unit]) -> None:
    """Either no part is drawn, or all are and together they are the old unit."""
    drawn = [u for u in new if u.boundary]
    if not drawn:
        return
    if len(drawn) < len(new):
        raise Refused(_("要么每个新单位都画边界，要么都不画。"), field="into")
    if old.boundary:
        outline, parts = shapes.shape_of(old.boundary), [shapes.shape_of(u.boundary) for u in new]
        if shapes.reaches_outside(shapely.union_all(parts), outline):
            raise Refused(_("新单位画到了“%(old)s”原来的边界之外。") % {"old": old}, field="into")
        if gap := shapes.reaches_outside(outline, shapely.union_all(parts)):
            raise Refused(
                _("“%(old)s”还有约 %(gap)d 平方米没有分给任何新单位。") % {"old": old, "gap": max(1, gap)}, field="into"
            )


def _check_codes(new: Sequence[Unit], *, besides: Sequence[Unit]) -> None:
    codes = [u.code for u in new]
    taken = Unit.objects.filter(code__in=codes).exclude(pk__in=[u.pk for u in besides])
    known = next((c for c in codes if codes.count(c) > 1), None) or taken.values_list("code", flat=True).first()
    if known:
        raise Refused(_("编码“%(code)s”已经有了。每个单位的编码只能用一次。") % {"code": known}, field="code")


def _check_siblings(new: Sequence[Unit], parent: Unit, closing: Sequence[Unit]) -> None:
    group = [(u, shapes.shape_of(u.boundary)) for u in new if u.boundary]
    if group:
        check_apart(group, parent, new[0].kind, besides=[u.pk for u in closing])


def _replace(pairs: Sequence[tuple[Unit, list[Unit]]], parent: Unit, on: date, by: Actor) -> list[Succession]:
    """Close the old units and their branches, write the new ones below `parent`, and bring the branches after them."""
    below: dict[str, list[Unit]] = {}
    closing = [old for old, _heirs in pairs]
    for old, _heirs in pairs:
        for unit in Unit.objects.under(old).valid().exclude(pk=old.pk):
            below.setdefault(unit.path_at(unit.depth - 1), []).append(unit)
            closing.append(unit)
    codes = {u.pk: u.code for u in closing}
    _close(closing, on)

    heirs = _once(pairs)
    put(heirs, [parent] * len(heirs))
    record_all("add", heirs, by=by)
    successions = [Succession(old, tuple(its), on, by) for old, its in pairs]
    level = list(successions)
    while level:
        brought = [(kid, _heir_of(kid, s)) for s in level for kid in below.get(s.old.path, [])]
        copies = [_copy(kid, heir, codes[kid.pk], on) for kid, heir in brought]
        put(copies, [heir for _kid, heir in brought])
        record_all("succeed", copies, by=by)
        level = [Succession(kid, (new,), on, by) for (kid, _heir), new in zip(brought, copies, strict=True)]
        successions += level
    link = Unit.became.through
    link.objects.bulk_create(
        [link(from_unit_id=s.old.pk, to_unit_id=heir.pk) for s in successions for heir in s.heirs], batch_size=500
    )
    shapes.touch()
    return successions


def _once(pairs: Sequence[tuple[Unit, list[Unit]]]) -> list[Unit]:
    """The new units, each once (a merger names the same one for every old)."""
    found: list[Unit] = []
    for _old, heirs in pairs:
        found += [h for h in heirs if not any(h is known for known in found)]
    return found


def _close(units: Sequence[Unit], on: date) -> None:
    """End the units; their codes become free by a suffix that no living code can have. Overtaken where one is closed already."""
    code = Concat(F("code"), Value("~"), Cast("pk", CharField()))
    ids = [u.pk for u in units]
    changed = 0
    for at in range(0, len(ids), 500):
        rows = Unit.objects.filter(pk__in=ids[at : at + 500], valid_until=None)
        changed += rows.update(valid_until=on, code=code)
    if changed != len(ids):
        raise Overtaken(_("刚刚已有人办过。没有重复办理，请刷新页面看看最新情况。"))
    for unit in units:
        unit.valid_until, unit.code = on, f"{unit.code}~{unit.pk}"


def _heir_of(kid: Unit, succession: Succession) -> Unit:
    """The heir that most of `kid`'s ground lies in."""
    heirs = succession.heirs
    if len(heirs) == 1 or not kid.boundary or not heirs[0].boundary:
        return heirs[0]
    shape = shapes.shape_of(kid.boundary)
    ground = [shape.intersection(shapes.shape_of(h.boundary)).area for h in heirs]
    return next(
        h for h, area in zip(heirs, ground, strict=True) if area >= 0.999 * max(ground)
    )  # a tie goes to the first


def _copy(kid: Unit, heir: Unit, code: str, on: date) -> Unit:
    """The successor of `kid` below `heir`, cut at its border. Refused where something that is no grid of management would be cut."""
    boundary = kid.boundary
    if boundary and heir.boundary:
        shape, outline = shapes.shape_of(boundary), shapes.shape_of(heir.boundary)
        if shapes.reaches_outside(shape, outline):
            if kid.kind not in (Unit.Kind.BASE_GRID, Unit.Kind.CITY_GRID):
                raise Refused(
                    _("“%(kid)s”跨在新的分界线上。请先改它的边界，或把分界线画在它的边上。") % {"kid": kid},
                    field="boundary",
                )
            boundary = shapes.as_geojson(_area(shape.intersection(outline)))
    return Unit(
        kind=kid.kind, code=code, name=kid.name, official_code=kid.official_code, order=kid.order, note=kid.note,
        boundary=boundary, boundary_crs=kid.boundary_crs, valid_from=on, is_synthetic=kid.is_synthetic,
    )  # fmt: skip


def _move_borders(unit: Unit, target: Unit, by: Actor) -> None:
    """Let the ground of `unit` pass from what stands above it to what stands above `target`, up to where both meet."""
    shape = shapes.shape_of(unit.boundary)
    if not target.boundary or not shapes.reaches_outside(shape, shapes.shape_of(target.boundary)):
        return
    old = [unit.path_at(d) for d in range(1, unit.depth)]
    new = [target.path_at(d) for d in range(1, target.depth + 1)]
    rows = {u.path: u for u in Unit.objects.filter(path__in=set(old) ^ set(new)).exclude(boundary=None)}
    redrawn: list[Unit] = []
    for path, above in sorted(rows.items(), reverse=True):
        its = shapes.shape_of(above.boundary)
        whole = its.difference(shape) if path in old else its.union(shape)
        if path in new and whole.geom_type != its.geom_type:
            raise Refused(
                _("“%(unit)s”与“%(inside)s”不相邻，不能移过去。") % {"unit": unit, "inside": above}, field="inside"
            )
        if shapes.square_metres(_area(whole)) < 1:
            raise Refused(_("“%(unit)s”是“%(above)s”的全部，不能移走。") % {"unit": unit, "above": above})
        above.boundary = shapes.as_geojson(_area(whole))
        redrawn.append(above)
        if path in old:
            redrawn += _cut_grids(above, _area(whole), unit)
    Unit.objects.bulk_update(redrawn, ["boundary"])
    record_all("draw", redrawn, by=by, because=unit.code)
    target.boundary = next((u.boundary for u in redrawn if u.pk == target.pk), target.boundary)


def _cut_grids(above: Unit, outline: BaseGeometry, moving: Unit) -> list[Unit]:
    """The management grids in `above` that reached into the ground it gave up, cut at the new border."""
    cut = []
    kinds = (Unit.Kind.BASE_GRID, Unit.Kind.CITY_GRID)
    for grid in children_of(above).valid().filter(kind__in=kinds).exclude(boundary=None).exclude(pk=moving.pk):
        shape = shapes.shape_of(grid.boundary)
        if shapes.reaches_outside(shape, outline):
            left = _area(shape.intersection(outline))
            if shapes.square_metres(left) < 1:
                raise Refused(_("“%(grid)s”会没有地方。请先停用或改画它。") % {"grid": grid})
            grid.boundary = shapes.as_geojson(left)
            cut.append(grid)
    return cut


def _area(geometry: BaseGeometry) -> BaseGeometry:
    """Only the areas of a result: lines and points that intersections leave behind are dropped."""
    parts = [g for g in getattr(geometry, "geoms", [geometry]) if g.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if len(parts) != 1 else parts[0]


def _follow(successions: Sequence[Succession]) -> None:
    for follower in FOLLOWERS:
        follower(successions)
    if successions:
        top = min(s.old.depth for s in successions)
        heirs = {h.path: h for s in successions if s.old.depth == top for h in s.heirs if h.boundary}
        tell_redrawn(list(heirs.values()), successions[0].by)
