"""What is typed about units."""

from __future__ import annotations

import json
from typing import Any

import shapely
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.territory import shapes
from jiequ.territory.models import Unit

PARTS = 4  # into how many a unit is split at most on one page
CRS = [("", gettext_lazy("WGS-84")), (shapes.GCJ_02, gettext_lazy("GCJ-02（火星坐标），请转换"))]


class UnitFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("名称或编码"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("类别"), required=False, choices=[("", gettext_lazy("全部类别")), *Unit.Kind.choices]
    )


class EditForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    official_code = forms.CharField(
        label=gettext_lazy("官方编码"), max_length=30, required=False,
        help_text=gettext_lazy("统计用区划代码或房屋编码；未公布的留空。"),
    )  # fmt: skip
    order = forms.IntegerField(label=gettext_lazy("编排次序"), min_value=0, max_value=9999)
    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)


class NewForm(EditForm):
    kind = forms.ChoiceField(label=gettext_lazy("类别"))
    code = forms.CharField(label=gettext_lazy("编码"), max_length=20)
    order = forms.IntegerField(label=gettext_lazy("编排次序"), min_value=0, max_value=9999, required=False)
    field_order = ("kind", "code", "name")

    def __init__(self, inside: Unit, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["kind"]
        field.choices = [(k, label) for k, label in Unit.Kind.choices if inside.kind in Unit.INSIDE[k]]


class BoundaryForm(forms.Form):
    boundary = forms.CharField(
        label=gettext_lazy("边界（GeoJSON）"), required=False, widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy("Polygon 或 MultiPolygon，从制图软件复制；清空就是去掉边界。"),
    )  # fmt: skip
    crs = forms.ChoiceField(label=gettext_lazy("坐标系"), choices=CRS, required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        text = found.get("boundary", "").strip()
        found["geojson"] = _geojson(text, found.get("crs", "")) if text else None
        return found


class SplitForm(forms.Form):
    """Codes and names of the parts; which child goes to which; or, instead, drawn parts."""

    geojson = forms.CharField(
        label=gettext_lazy("或者：画好的边界（GeoJSON）"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("FeatureCollection，依次是各个新单位。填了它，就不看上面的归属。"),
    )  # fmt: skip

    def __init__(self, unit: Unit, children: list[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit, self.children = unit, children
        for n in range(1, PARTS + 1):
            needed = n <= 2
            self.fields[f"code{n}"] = forms.CharField(
                label=_("第 %(n)s 个的编码") % {"n": n}, max_length=20, required=needed
            )
            self.fields[f"name{n}"] = forms.CharField(
                label=_("第 %(n)s 个的名称") % {"n": n}, max_length=60, required=needed
            )
        choices = [(str(n), _("第 %(n)s 个") % {"n": n}) for n in range(1, PARTS + 1)]
        for child in children:
            self.fields[f"child{child.pk}"] = forms.ChoiceField(
                label=_("%(child)s归") % {"child": child.name}, choices=choices, required=False
            )
        self.order_fields([*(f"{k}{n}" for n in range(1, PARTS + 1) for k in ("code", "name")),
                           *(f"child{c.pk}" for c in children), "geojson"])  # fmt: skip

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """What an ordinary split in two needs."""
        return [self[n] for n in self.fields if not self._is_more(n)]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[n] for n in self.fields if self._is_more(n)]

    @property
    def is_more_used(self) -> bool:
        return any(bound.value() or bound.errors for bound in self.more_fields)

    def _is_more(self, name: str) -> bool:
        return name == "geojson" or name in {f"{k}{n}" for n in range(3, PARTS + 1) for k in ("code", "name")}

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        parts = [
            {"code": found[f"code{n}"], "name": found.get(f"name{n}") or "", "boundary": None}
            for n in range(1, PARTS + 1)
            if found.get(f"code{n}")
        ]
        if text := found.get("geojson", "").strip():
            features = _geojson(text, "", collection=True)["features"]
            if len(features) != len(parts):
                raise forms.ValidationError(
                    {"geojson": _("边界有 %(a)s 块，新单位有 %(b)s 个。") % {"a": len(features), "b": len(parts)}}
                )
            for part, feature in zip(parts, features, strict=True):
                part["boundary"] = feature
        elif self.unit.boundary and self.children:
            for n, part in enumerate(parts, 1):
                its = [c for c in self.children if found.get(f"child{c.pk}") == str(n) and c.boundary]
                if not its:
                    raise forms.ValidationError(_("“%(part)s”还没有分到任何下级。") % {"part": part["name"]})
                part["boundary"] = shapes.as_geojson(shapely.union_all([shapes.shape_of(c.boundary) for c in its]))
        found["parts"] = parts
        return found


class MergeForm(forms.Form):
    units = forms.ModelMultipleChoiceField(
        queryset=Unit.objects.none(), label=gettext_lazy("与哪些单位合并"), widget=forms.CheckboxSelectMultiple
    )
    code = forms.CharField(
        label=gettext_lazy("新编码"), max_length=20, help_text=gettext_lazy("可以沿用其中一个的编码。")
    )
    name = forms.CharField(label=gettext_lazy("新名称"), max_length=60)

    def __init__(self, siblings: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["units"]
        field.queryset = siblings


class MoveForm(forms.Form):
    inside = forms.ModelChoiceField(queryset=Unit.objects.none(), label=gettext_lazy("移到哪里"))

    def __init__(self, targets: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["inside"]
        field.queryset = targets


def _geojson(text: str, crs: str, *, collection: bool = False) -> dict[str, Any]:
    """The parsed object; the rules of a boundary are the action's."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise forms.ValidationError(_("读不懂这段 GeoJSON。请从制图软件完整复制。")) from None
    features = found.get("features") if isinstance(found, dict) else None
    if collection:
        if not isinstance(features, list):
            raise forms.ValidationError({"geojson": _("应是 FeatureCollection。")})
        return {"features": features}
    if isinstance(features, list) and len(features) == 1:
        found = features[0]
    if isinstance(found, dict) and crs:
        found["crs"] = crs
    return found if isinstance(found, dict) else {}
