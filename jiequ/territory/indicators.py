"""How many units there are, on the last day of a period."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from jiequ.core.measures import Measure
from jiequ.territory.models import Unit

HEADINGS = (_("编码"), _("名称"), _("启用日期"))


def _units(key: str, label: object, noun: object, kind: str) -> Measure:
    return Measure(
        key,
        label,
        noun,
        rows=lambda period: Unit.objects.filter(kind=kind).valid(period.end),
        says=_("期末仍在使用的单位；合并、拆分后停用的不计。"),
        unit="",
        page="territory/_unit_rows.html",
        headings=HEADINGS,
    )


COMMUNITIES = _units("territory.communities", _("社区"), _("个"), Unit.Kind.COMMUNITY)
BLOCKS = _units("territory.blocks", _("街区"), _("个"), Unit.Kind.BLOCK)
RED_GRIDS = _units("territory.red_grids", _("红色网格"), _("个"), Unit.Kind.RED_GRID)
BUILDINGS = _units("territory.buildings", _("楼栋"), _("栋"), Unit.Kind.BUILDING)
