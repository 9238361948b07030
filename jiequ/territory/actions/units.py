"""Adding a unit, editing it, drawing its boundary.

Units are never deleted and never change their path (a unit that moves gets a successor, see succession.py): so the children of a
unit stand at the steps 1 … numchild, and the next one's place is known without looking.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from shapely import STRtree

from jiequ.core import clock
from jiequ.core.journal import record, record_all
from jiequ.core.measures import prefix
from jiequ.core.permission import Actor, NotAllowed, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.territory import shapes
from jiequ.territory.models import Unit

CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,19}\Z")  # 20 of the column's 30: room for the suffix of a closed unit
EDITABLE = ("name", "official_code", "order", "note")


@dataclass(frozen=True)
class NewUnit:
    """What is said of a unit when it is added."""

    kind: str
    code: str
    name: str
    inside: Unit | None
    valid_from: date | None = None
    boundary: Any = None
    official_code: str = ""
    order: int = 0
    is_synthetic: bool = False
    note: str = ""


@action
def add_unit(
    kind: str,
    code: str,
    name: str,
    *,
    inside: Unit | None,
    by: Actor,
    valid_from: date | None = None,
    boundary: Any = None,
    official_code: str = "",
    order: int = 0,
    is_synthetic: bool = False,
    note: str = "",
) -> Unit:
    """Add one unit below `inside` (None only for the subdistrict). Refused where a rule of the tree is broken."""
    new = NewUnit(kind, code, name, inside, valid_from, boundary, official_code, order, is_synthetic, note)
    return add_units([new], by=by)[0]


@action
def add_units(new: Sequence[NewUnit], *, by: Actor) -> list[Unit]:
    """Add many units of one level at once, all or none; statements do not grow with their number.

    The parents are held until the transaction ends, so that two siblings cannot be drawn over each other at once.
    """
    parents = _hold(n.inside for n in new)
    units = []
    for n in new:
        parent = parents[n.inside.pk] if n.inside else None
        _require_place(n.kind, parent, by)
        units.append(_unit(n, parent))
    _refuse_known_codes([u.code for u in units])
    drawn = _check_boundaries(
        [(u, parents[n.inside.pk] if n.inside else None) for u, n in zip(units, new, strict=True)]
    )
    put(units, [parents[n.inside.pk] if n.inside else None for n in new])
    for n in new:  # the caller's copies of the parents stay true
        if n.inside:
            n.inside.numchild = parents[n.inside.pk].numchild
    if drawn:
        shapes.touch()
    record_all("add", units, by=by)
    tell_redrawn([u for u in units if u.boundary], by)
    return units


@action
def edit_unit(unit: Unit, *, by: Actor, **changes: Any) -> Unit:
    """Change the name, official code, order or note. Overtaken where somebody changed the same field since `unit` was read."""
    if unknown := set(changes) - set(EDITABLE):
        raise TypeError(f"edit_unit cannot change {sorted(unknown)}")
    require(by, "territory.edit_unit", unit)
    require_valid(unit)
    changes = {k: v.strip() if isinstance(v, str) else v for k, v in changes.items()}
    if "name" in changes:
        check_name(changes["name"])
    was = {k: getattr(unit, k) for k in changes}
    changed = {k: v for k, v in changes.items() if v != was[k]}
    if not changed:
        return unit
    if not Unit.objects.filter(pk=unit.pk, **{k: was[k] for k in changed}).update(**changed):
        raise Overtaken(_("这个单位刚刚被别人改过。您填的都还在，请核对最新内容后再提交。"))
    for key, value in changed.items():
        setattr(unit, key, value)
    record("edit", unit, by=by, **{k: [was[k], v] for k, v in changed.items()})
    return unit


@action
def set_boundary(unit: Unit, boundary: Any, *, by: Actor) -> Unit:
    """Draw (or with None, take away) the boundary: inside the parent's, apart from the siblings', around the children's."""
    require(by, "territory.edit_unit", unit)
    parent = parent_of(unit)
    if parent:
        lock(parent)
    unit = lock(unit)
    require_valid(unit)
    unit.boundary = boundary
    _check_boundaries([(unit, parent)])
    if unit.boundary:
        shape = shapes.shape_of(unit.boundary)
        for child in children_of(unit).valid().exclude(boundary=None):
            if shapes.reaches_outside(shapes.shape_of(child.boundary), shape):
                raise Refused(_("“%(child)s”会落到新边界之外。请先改它的边界。") % {"child": child}, field="boundary")
    else:
        unit.boundary_crs = ""
    Unit.objects.filter(pk=unit.pk).update(boundary=unit.boundary, boundary_crs=unit.boundary_crs)
    shapes.touch()
    record("draw", unit, by=by, crs=unit.boundary_crs)
    tell_redrawn([unit], by)
    return unit


Redrawn = Callable[[Sequence[Unit], Actor], None]
REDRAWN: list[Redrawn] = []


def follows_borders(function: Redrawn) -> Redrawn:
    """Have `function` called, inside the same transaction, with the units whose boundaries have changed or are new."""
    REDRAWN.append(function)
    return function


def tell_redrawn(units: Sequence[Unit], by: Actor) -> None:
    """Part of every action that draws a boundary, after `shapes.touch()`."""
    if units:
        for function in REDRAWN:
            function(units, by)


def parent_of(unit: Unit) -> Unit | None:
    """The unit that `unit` lies in; None for the subdistrict."""
    return Unit.objects.get(path=unit.path_at(unit.depth - 1)) if unit.depth > 1 else None


def children_of(unit: Unit) -> Any:
    """The units directly below, closed ones too."""
    return Unit.objects.filter(depth=unit.depth + 1, **prefix("path", unit.path))


def put(units: Sequence[Unit], parents: Sequence[Unit | None]) -> None:
    """Write checked units below their held parents, in order. Overtaken where a code was taken in between."""
    for unit, parent in zip(units, parents, strict=True):
        step = parent.numchild + 1 if parent else Unit.objects.filter(depth=1).count() + 1
        unit.depth = parent.depth + 1 if parent else 1
        unit.path = Unit._get_path(parent.path if parent else None, unit.depth, step)
        if parent:
            parent.numchild = step
    try:
        with transaction.atomic():
            Unit.objects.bulk_create(units, batch_size=500)
    except IntegrityError:
        raise Overtaken(_("这个编码刚刚被别人用了，没有重复新增。请换一个编码。"), field="code") from None
    grown = Counter(p.pk for p in parents if p)
    for count in set(grown.values()):
        ids = [pk for pk, n in grown.items() if n == count]
        for at in range(0, len(ids), 500):
            Unit.objects.filter(pk__in=ids[at : at + 500]).update(numchild=F("numchild") + count)


def _hold(parents: Iterable[Unit | None]) -> dict[int, Unit]:
    """Fresh copies of the parents, locked in one order whoever asks."""
    wanted = sorted({p.pk for p in parents if p})
    found: dict[int, Unit] = {}
    for at in range(0, len(wanted), 500):
        rows = Unit._base_manager.filter(pk__in=wanted[at : at + 500]).order_by("pk").select_for_update()
        found |= {u.pk: u for u in rows}
    return found


def _require_place(kind: str, parent: Unit | None, by: Actor) -> None:
    """The permission, and the tree's rule of what lies in what."""
    if kind not in Unit.Kind.values:
        raise Refused(_("没有“%(kind)s”这一类单位。") % {"kind": kind}, field="kind")
    allowed = Unit.INSIDE[kind]
    label = Unit.Kind(kind).label
    if parent is None:
        if by.person_id is not None:  # nobody holds a post above the root: only the installation plants it
            raise NotAllowed(_("街道由安装系统的人建立。"))
        if allowed:
            raise Refused(_("“%(kind)s”要有上级单位。") % {"kind": label}, field="inside")
        return
    require(by, "territory.add_unit", parent)
    if parent.kind not in allowed:
        above = "、".join(str(Unit.Kind(k).label) for k in allowed) or _("最上层")
        raise Refused(
            _("“%(kind)s”应设在“%(above)s”下，不能设在%(parent_kind)s“%(parent)s”下。")
            % {"kind": label, "above": above, "parent_kind": parent.get_kind_display(), "parent": parent},
            field="inside",
        )
    require_valid(parent)


def require_valid(unit: Unit) -> None:
    if not unit.is_valid():
        raise Refused(_("“%(unit)s”已经停用，不能再改。") % {"unit": unit})


def _unit(n: NewUnit, parent: Unit | None) -> Unit:
    code, name = n.code.strip(), n.name.strip()
    check_code(code)
    check_name(name)
    valid_from = n.valid_from or clock.today()
    if parent and valid_from < parent.valid_from:
        raise Refused(
            _("启用日期早于上级单位“%(parent)s”的启用日期（%(day)s）。") % {"parent": parent, "day": parent.valid_from},
            field="valid_from",
        )
    return Unit(
        kind=n.kind,
        code=code,
        name=name,
        valid_from=valid_from,
        boundary=n.boundary,
        official_code=n.official_code.strip(),
        order=n.order,
        is_synthetic=n.is_synthetic,
        note=n.note.strip(),
    )


def check_code(code: str) -> None:
    """Refuse what cannot stand in an address or on a label."""
    if not CODE.match(code):
        raise Refused(
            _("编码“%(code)s”不合要求：用字母、数字、点、横线，以字母或数字开头，至多 20 个。") % {"code": code[:40]},
            field="code",
        )


def check_name(name: str) -> None:
    if not name:
        raise Refused(_("请填写名称。"), field="name")
    if len(name) > 60:
        raise Refused(_("名称超过 60 个字。"), field="name")


def _refuse_known_codes(codes: Sequence[str]) -> None:
    twice = [code for code, n in Counter(codes).items() if n > 1]
    known = list(twice)
    for at in range(0, len(codes), 500):
        known += Unit.objects.filter(code__in=codes[at : at + 500]).values_list("code", flat=True)
    if known:
        raise Refused(_("编码“%(code)s”已经有了。每个单位的编码只能用一次。") % {"code": known[0]}, field="code")


def _check_boundaries(pairs: Sequence[tuple[Unit, Unit | None]]) -> int:
    """Read each unit's boundary and hold it against parent and siblings; returns how many have one.

    `unit.boundary` becomes the checked WGS-84 GeoJSON. Units of one parent are compared with each other as well.
    """
    groups: dict[tuple[int | None, str], list[tuple[Unit, Any]]] = {}
    above: dict[int | None, Unit | None] = {}
    for unit, parent in pairs:
        if unit.boundary in (None, "", {}):
            unit.boundary = None
            continue
        shape, unit.boundary_crs = shapes.read(unit.boundary)
        unit.boundary = shapes.as_geojson(shape)
        key = parent.pk if parent else None
        above[key] = parent
        groups.setdefault((key, unit.kind), []).append((unit, shape))
    for (key, kind), group in groups.items():
        if (parent := above[key]) is not None:
            check_apart(group, parent, kind)
    return sum(map(len, groups.values()))


def check_apart(group: Sequence[tuple[Unit, Any]], parent: Unit, kind: str, *, besides: Sequence[int] = ()) -> None:
    """Refuse where one of `group` (new or redrawn units of `kind`) reaches outside `parent` or overlaps a sibling.

    `besides` are the keys of siblings that are about to be closed.
    """
    outline = shapes.shape_of(parent.boundary) if parent.boundary else None
    own = {u.pk for u, _shape in group if u.pk} | set(besides)
    there = [
        (u, shapes.shape_of(u.boundary))
        for u in children_of(parent).valid().filter(kind=kind).exclude(boundary=None)
        if u.pk not in own
    ]
    everyone = [*there, *group]
    for unit, shape in group:
        if outline is not None and (area := shapes.reaches_outside(shape, outline)):
            raise Refused(
                _("“%(unit)s”有约 %(area)d 平方米画到了“%(parent)s”之外。请改边界；若坐标是 GCJ-02，请声明后再传。")
                % {"unit": unit, "area": max(1, area), "parent": parent},
                field="boundary",
            )
    tree = STRtree([shape for _unit, shape in everyone])
    for mine, other in zip(*tree.query([shape for _unit, shape in group], predicate="intersects"), strict=True):
        unit, shape = group[mine]
        sibling, its = everyone[other]
        if sibling is not unit and (area := shapes.overlaps(shape, its)):
            raise Refused(
                _("“%(unit)s”与“%(sibling)s”重叠约 %(area)d 平方米。请改边界，让它们只共用边线。")
                % {"unit": unit, "sibling": sibling, "area": max(1, area)},
                field="boundary",
            )
