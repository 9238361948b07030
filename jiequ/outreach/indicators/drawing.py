"""How the rows behind a figure are drawn and cut.

Who governs may count contacts; only who keeps a grid may look at its households, and only a branch's secretary at who served.
Everybody else, and every file, reads place, day and kind. Deeds, wishes and coverage say nothing of anybody: who may count them
may read them (both are in every post's view).
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from jiequ.core.measures import Cut, Group
from jiequ.outreach.models import Campaign, Deed, FoundMember, Household, ServiceRecord, Tier, Visit, Wish
from jiequ.territory.models import Unit

SERVICE = Group(
    "service",
    _("红色网格服务"),
    _("走访、实事、心愿、专项行动做了多少，该到的到了没有。只比单位，不比人；零是正常值，不设指标任务。"),
)


def _words(choices: Any) -> Any:
    return lambda value: choices(value).label if value in choices.values else value


def _marks(model: Any, key: str) -> Any:
    """Each row with `is_visible`: whether the reader may look at the thing that `key` names."""

    def marked(rows: QuerySet[Any], account: Any) -> QuerySet[Any]:
        seen = model.objects.visible_to(account).filter(pk=OuterRef(key)).order_by()
        return rows.annotate(is_visible=Exists(seen))

    return marked


def _marks_members(rows: QuerySet[Any], account: Any) -> QuerySet[Any]:
    """Whether the reader may read who served: as the service record itself, not as the list of members."""
    reach = account.reach(ServiceRecord.objects.all().view_permission)
    within = Unit.objects.filter(reach.as_q("path"), pk=OuterRef("unit_id")).order_by()
    return rows.annotate(is_visible=Exists(within))


#: A measure of visits.
VISIT: Any = {
    "noun": _("人次"),
    "page": "outreach/_visit_figure_rows.html",
    "headings": (_("日期"), _("红色网格"), _("重点户"), _("怎样联系"), _("档次"), _("六上门")),
    "related": ("unit", "household"),
    "by_time": True,
    "cuts": (
        Cut("mode", _("按方式"), "mode", words=_words(Visit.Mode)),
        Cut("tier", _("按档次"), "tier", words=_words(Tier)),
    ),
    "for_reader": _marks(Household, "household_id"),
}
#: Of members who were found.
FOUND: Any = {
    "noun": _("人"),
    "page": "outreach/_found_figure_rows.html",
    "headings": (_("日期"), _("红色网格"), _("党员"), _("状态")),
    "unit": "found_in",
    "related": ("found_in",),
    "by_time": True,
    "for_reader": _marks(FoundMember, "pk"),
}
#: Of deeds.
DEED: Any = {
    "noun": _("件"),
    "page": "outreach/_deed_figure_rows.html",
    "headings": (_("日期"), _("办了什么"), _("类别"), _("单位"), _("受益人次")),
    "related": ("unit",),
    "by_time": True,
    "cuts": (Cut("category", _("按类别"), "category", words=_words(Deed.Category)),),
}
#: Of wishes, as the wall tells them.
WISH: Any = {
    "noun": _("个"),
    "page": "outreach/_wish_figure_rows.html",
    "headings": (_("编号"), _("心愿"), _("单位"), _("物品或服务"), _("认领"), _("实现"), _("状态")),
    "related": ("unit",),
    "by_time": True,
    "cuts": (Cut("kind", _("按物品或服务"), "kind", words=_words(Wish.Kind)),),
}
#: Of wishes that were claimed, where they were: an open one may go on in a block that its reader does not look after.
CLAIMED: Any = {
    **WISH,
    "unit": "claimed_in",
    "page": "outreach/_wish_claimed_figure_rows.html",
    "related": ("claimed_in",),
    "for_reader": _marks(Wish, "pk"),
}
#: Of what campaigns covered: a household that was ticked is a row without its name.
COVERED: Any = {
    "noun": _("人次"),
    "adds": "people",
    "page": "outreach/_coverage_figure_rows.html",
    "headings": (_("日期"), _("专项行动"), _("种类"), _("单位"), _("人次")),
    "related": ("unit", "campaign"),
    "by_time": True,
    "cuts": (
        Cut("kind", _("按种类"), "campaign__kind", words=_words(Campaign.Kind)),
        Cut("campaign", _("按行动"), "campaign__name"),
    ),
}
#: Of red grids.
GRID: Any = {
    "noun": _("个"),
    "unit": "",
    "page": "outreach/_grid_figure_rows.html",
    "headings": (_("红色网格"), _("本期有服务"), _("到期没联系的")),
    "listed": False,
}
#: Of members, without their names but for their branch's secretary.
MEMBER: Any = {
    "noun": _("人"),
    "page": "outreach/_member_figure_rows.html",
    "headings": (_("红色网格"), _("党员"), _("来源"), _("报到日期")),
    "related": ("unit", "person"),
    "listed": False,
    "for_reader": _marks_members,
}
#: Of key households.
HOUSEHOLD: Any = {
    "noun": _("户"),
    "page": "outreach/_household_figure_rows.html",
    "headings": (_("红色网格"), _("重点户"), _("档次"), _("上次联系")),
    "related": ("unit",),
    "listed": False,
    "cuts": (Cut("tier", _("按档次"), "tier", words=_words(Tier)),),
    "for_reader": _marks(Household, "pk"),
}
