"""The ways from a unit's page to what is done at the doors there: its households, visits, wishes, activities, and who has which building."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.territory.models import Unit

K = Unit.Kind
GRIDS_UP = (K.SUBDISTRICT, K.COMMUNITY, K.BLOCK, K.RED_GRID)
#: (label, page, permission there, the kinds of unit that have it). A list takes the unit as `?unit=`.
LISTS: tuple[tuple[Any, str, str, tuple[str, ...]], ...] = (
    (_("重点户"), "households", "outreach.view_household", (*GRIDS_UP, K.BUILDING)),
    (_("走访记录"), "visit-list", "outreach.view_household", (*GRIDS_UP, K.BUILDING)),
    (_("新摸排的党员"), "found-members", "people.view_member", GRIDS_UP),
    (_("微心愿"), "wishes", "outreach.view_wish", GRIDS_UP[:3]),
    (_("办实事"), "deeds", "outreach.view_deed", GRIDS_UP),
    (_("活动"), "activities", "outreach.view_deed", GRIDS_UP),
)
PAGES: tuple[tuple[Any, str, str, tuple[str, ...]], ...] = (
    (_("包楼栋"), "unit-buildings", "people.view_member", GRIDS_UP),
    (_("支部服务记录"), "branch-record", "outreach.view_records", (K.RED_GRID,)),
    (_("走访设置"), "outreach-settings", "outreach.set_rules", GRIDS_UP[:3]),
)


def ways_of(account: Any, unit: Unit) -> list[tuple[Any, str]]:
    """(label, address) of the pages that this account may open for `unit`; no statement of its own."""
    rows = [(label, f"{reverse(name)}?unit={unit.code}", may, kinds) for label, name, may, kinds in LISTS]
    rows += [(label, reverse(name, args=[unit.code]), may, kinds) for label, name, may, kinds in PAGES]
    return [
        (label, url) for label, url, permission, kinds in rows if unit.kind in kinds and account.may(permission, unit)
    ]
