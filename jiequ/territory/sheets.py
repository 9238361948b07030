"""Units from a spreadsheet or a GeoJSON file, and back into a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely import STRtree

from jiequ.core.permission import Actor, Refused
from jiequ.core.sheets import Column, Row, Sheet, Verdict
from jiequ.territory import shapes
from jiequ.territory.actions import NewUnit, add_units, edit_unit, set_boundary
from jiequ.territory.actions.units import CODE
from jiequ.territory.models import DEPTH, Unit

MANY = 5000  # codes a statement asks for at once
EDITED = ("name", "official_code", "order", "note")

COLUMNS = [
    Column("code", gettext_lazy("编码"), required=True, most=20, width=18, says=gettext_lazy("每个单位一个，不重复。")),
    Column("name", gettext_lazy("名称"), required=True, most=60, width=24),
    Column(
        "kind",
        gettext_lazy("类别"),
        required=True,
        kind="choice",
        choices=lambda: {k: v for k, v in Unit.Kind.choices if k != Unit.Kind.SUBDISTRICT},
    ),
    Column("parent", gettext_lazy("上级编码"), required=True, most=20, width=18),
    Column(
        "official_code",
        gettext_lazy("官方编码"),
        most=30,
        width=26,
        says=gettext_lazy("区划代码或房屋编码。请设成文本格式。"),
    ),
    Column("order", gettext_lazy("编排次序"), kind="whole", width=10),
    Column(
        "valid_from",
        gettext_lazy("启用日期"),
        kind="date",
        width=12,
        says=gettext_lazy("不填就是导入当天。只用于新增。"),
    ),
    Column("note", gettext_lazy("备注"), most=200, width=30),
    Column("boundary", gettext_lazy("边界"), kind="geojson"),
]


def compare(rows: Sequence[Row], by: Actor) -> None:
    """Hold each row against the tree: the same statements for ten rows and for a hundred thousand."""
    wanted = {r.values["code"] for r in rows} | {r.values["parent"] for r in rows}
    there = _known(wanted)
    coming = {r.values["code"]: r for r in rows}
    above = {u.path: u for u in Unit.objects.filter(path__in={u.path[: -Unit.steplen] for u in there.values()})}
    may: dict[str, bool] = {}
    for row in rows:
        v = row.values
        row.order = (DEPTH[v["kind"]], v["parent"])
        if not CODE.match(v["code"]):
            row.refuse(_("编码：用字母、数字、点、横线，以字母或数字开头，至多 20 个"))
            continue
        unit = there.get(v["code"])
        if unit is None:
            _compare_new(row, there, coming)
            holder = _place(v["parent"], there, coming)
        else:
            _compare_known(row, unit, above.get(unit.path[: -Unit.steplen]))
            holder = unit
        if holder is not None and not may.setdefault(holder.path, by.may("territory.import_units", holder)):
            row.refuse(_("不在您管辖的范围"))
    _refuse_orphans(rows, there, coming)
    _compare_shapes(rows, there)


def _known(codes: set[str]) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    ordered = sorted(codes)
    for at in range(0, len(ordered), MANY):
        found |= {u.code: u for u in Unit.objects.filter(code__in=ordered[at : at + MANY])}
    return found


def _place(code: str, there: dict[str, Unit], coming: dict[str, Row]) -> Unit | None:
    """The unit in the tree that `code` is, or that it will come to lie in."""
    for _level in DEPTH:
        if code in there:
            return there[code]
        if code not in coming:
            return None
        code = coming[code].values["parent"]
    return None


def _compare_new(row: Row, there: dict[str, Unit], coming: dict[str, Row]) -> None:
    v = row.values
    parent = there.get(v["parent"])
    if parent is None and v["parent"] not in coming:
        row.refuse(_("上级编码“%(code)s”找不到") % {"code": v["parent"]})
        return
    if parent is not None and not parent.is_valid():
        row.refuse(_("上级“%(parent)s”已经停用") % {"parent": parent})
        return
    kind = parent.kind if parent else coming[v["parent"]].values["kind"]
    if kind not in Unit.INSIDE[v["kind"]]:
        row.refuse(
            _("%(kind)s不能设在%(above)s下") % {"kind": Unit.Kind(v["kind"]).label, "above": Unit.Kind(kind).label}
        )


def _compare_known(row: Row, unit: Unit, parent: Unit | None) -> None:
    v = row.values
    if not unit.is_valid():
        row.refuse(_("这个编码属于已停用的“%(unit)s”") % {"unit": unit})
    elif v["kind"] != unit.kind:
        row.refuse(_("这个编码已经是%(kind)s“%(unit)s”") % {"kind": unit.get_kind_display(), "unit": unit})
    elif parent is None or v["parent"] != parent.code:
        row.refuse(_("上级与系统里的不同。要换上级，请在单位页用“移动”"))
    else:
        for key in EDITED:
            if v[key] not in (None, "") and v[key] != getattr(unit, key):  # an empty cell changes nothing
                row.changes[key] = [getattr(unit, key), v[key]]
        row.verdict = Verdict.CHANGED if row.changes else Verdict.SAME


def _refuse_orphans(rows: Sequence[Row], there: dict[str, Unit], coming: dict[str, Row]) -> None:
    """Whose parent in the file is refused cannot come in either; highest first, so that it runs down."""
    for row in sorted(rows, key=lambda r: r.order):
        parent = coming.get(row.values["parent"])
        if parent is not None and parent.verdict == Verdict.REFUSED and row.values["parent"] not in there:
            row.refuse(_("上级在第 %(row)s 行，那一行有问题") % {"row": parent.number})


def _compare_shapes(rows: Sequence[Row], there: dict[str, Unit]) -> None:
    """Read every boundary once, and name siblings of the file that overlap; the actions check the rest when it is applied."""
    groups: dict[tuple[str, str], list[tuple[Row, Any]]] = {}
    for row in rows:
        if row.verdict == Verdict.REFUSED or not row.values["boundary"]:
            continue
        try:
            shape, _system = shapes.read(row.values["boundary"])
        except Refused as error:
            row.refuse(error.message)
            continue
        unit, parent = there.get(row.values["code"]), there.get(row.values["parent"])
        if unit and unit.boundary == shapes.as_geojson(shape):
            continue
        if unit:
            row.verdict = Verdict.CHANGED
            row.changes["boundary"] = [_("原边界") if unit.boundary else "", _("新边界")]
        if parent and parent.boundary and (area := shapes.reaches_outside(shape, shapes.shape_of(parent.boundary))):
            row.refuse(_("有约 %(area)d 平方米画到了“%(parent)s”之外") % {"area": max(1, area), "parent": parent})
            continue
        groups.setdefault((row.values["parent"], row.values["kind"]), []).append((row, shape))
    for group in groups.values():
        tree = STRtree([shape for _row, shape in group])
        for one, other in zip(*tree.query([shape for _row, shape in group], predicate="intersects"), strict=True):
            if one < other and (area := shapes.overlaps(group[one][1], group[other][1])):
                for row, its in ((group[one][0], group[other][0]), (group[other][0], group[one][0])):
                    row.refuse(_("与第 %(row)s 行重叠约 %(area)d 平方米") % {"row": its.number, "area": max(1, area)})


def apply(rows: Sequence[Row], by: Actor) -> None:
    """Write a batch through the actions: new units level by level, then the changes."""
    there = _known({r.values["code"] for r in rows} | {r.values["parent"] for r in rows})
    new = [r for r in rows if r.verdict == Verdict.NEW]
    for _depth, level in groupby(new, key=lambda r: DEPTH[r.values["kind"]]):
        batch = list(level)
        for unit in add_units([_new(r, there) for r in batch], by=by):
            there[unit.code] = unit
    for row in rows:
        if row.verdict == Verdict.CHANGED:
            unit = there[row.values["code"]]
            changes = {k: row.values[k] for k in row.changes if k in EDITED}
            for key, value in changes.items():
                if getattr(unit, key) not in (row.changes[key][0], value):
                    raise Refused(_("核对以后被别人改过，没有覆盖"))
            if changes:
                edit_unit(unit, by=by, **changes)
            if "boundary" in row.changes:
                set_boundary(unit, row.values["boundary"], by=by)


def _new(row: Row, there: dict[str, Unit]) -> NewUnit:
    v = row.values
    if v["parent"] not in there:
        raise Refused(_("上级编码“%(code)s”没有写进去") % {"code": v["parent"]})
    return NewUnit(
        v["kind"], v["code"], v["name"], there[v["parent"]], v["valid_from"], v["boundary"] or None,
        v["official_code"], v["order"] or 0, note=v["note"],
    )  # fmt: skip


def rows(by: Any) -> Iterator[dict[str, Any]]:
    """The units in force that `by` may see, as the sheet has them."""
    units = list(Unit.objects.visible_to(by).valid().defer("boundary").order_by("path"))
    codes = {u.path: u.code for u in units}
    for u in units:
        if u.depth > 1:
            yield {
                "code": u.code, "name": u.name, "kind": u.kind, "parent": codes.get(u.path[: -Unit.steplen], ""),
                "official_code": u.official_code, "order": u.order, "valid_from": u.valid_from, "note": u.note,
            }  # fmt: skip


def read_geojson(data: bytes, options: dict[str, Any]) -> Iterable[tuple[int, dict[str, Any]]]:
    """The features of a FeatureCollection as rows; properties are the columns' keys or labels."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused(_("这不是 GeoJSON 文件：内容读不懂。"), field="file") from None
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise Refused(_("GeoJSON 文件应是 FeatureCollection。"), field="file")
    features = found.get("features")
    if not isinstance(features, list):
        raise Refused(_("GeoJSON 文件里没有 features。"), field="file")
    crs = options.get("crs") or found.get("crs") or ""
    shapes.reading.declared(crs)
    labels = {str(c.label): c.key for c in COLUMNS} | {c.key: c.key for c in COLUMNS}
    for number, feature in enumerate(features, 1):
        feature = feature if isinstance(feature, dict) else {}
        said = feature.get("properties")
        cells: dict[str, Any] = {}
        for name, value in said.items() if isinstance(said, dict) else ():
            if name in labels and isinstance(value, str | int | float):
                cells[labels[name]] = value
        geometry = feature.get("geometry")
        cells["boundary"] = {**geometry, "crs": crs} if isinstance(geometry, dict) and crs else geometry
        yield number, cells


UNITS = Sheet(
    name="units",
    label=gettext_lazy("单位"),
    permission="territory.import_units",
    columns=COLUMNS,
    key="code",
    compare=compare,
    apply=apply,
    rows=rows,
    readers={".geojson": read_geojson, ".json": read_geojson},
    options={"crs": {"": gettext_lazy("WGS-84（默认）"), "GCJ-02": gettext_lazy("GCJ-02（火星坐标），请转换")}},
    home="units",
    here="territory",
)
