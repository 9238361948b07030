"""How much: contacts, members found, deeds, wishes, people covered, teams; each by its own day.

A figure is as of its period's end (decision 0010). What was taken back never was: a visit or a deed withdrawn later, like a tick
by mistake, leaves the period it was entered for.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from jiequ.core.measures import Measure, Period
from jiequ.outreach.indicators.drawing import CLAIMED, COVERED, DEED, FOUND, SERVICE, VISIT, WISH
from jiequ.outreach.models import Coverage, Deed, FoundMember, Visit, Wish
from jiequ.people.models import Team


def _on(day: str, period: Period, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(**{f"{day}__gte": period.start, f"{day}__lte": period.end})


def _at(moment: str, period: Period, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(**{f"{moment}__gte": period.since, f"{moment}__lt": period.until})


def _found(period: Period) -> QuerySet[Any]:
    mistake = {"why": FoundMember.Why.MISTAKE, "ended_at__lt": period.until}
    return _on("found_on", period, FoundMember.objects.all()).exclude(**mistake)


CONTACTS = Measure(
    "outreach.contacts",
    _("联系重点户"),
    rows=lambda p: _on("on", p, Visit.objects.contacts()),
    says=_(
        "本期上门、电话或微信联系上重点户的次数，一户一次算1人次；没见到人的不算，撤回的不算。是不是重点户按联系当时算。"
    ),
    group=SERVICE,
    **VISIT,
)
MEMBERS_FOUND = Measure(
    "outreach.members_found",
    _("摸排出党员"),
    rows=_found,
    says=_("本期走访摸排出的党员，不论是否已经报到；到期末查明不是党员的不算。"),
    group=SERVICE,
    **FOUND,
)
DEEDS = Measure(
    "outreach.deeds",
    _("办实事"),
    rows=lambda p: _on("on", p, Deed.objects.standing()),
    says=_("本期为居民办的实事，一件一行，不论几个人办；撤回的不算。"),
    group=SERVICE,
    **DEED,
)
WISHES_CLAIMED = Measure(
    "outreach.wishes_claimed",
    _("认领微心愿"),
    rows=lambda p: _at("claimed_at", p, Wish.objects.all()),
    says=_("本期第一次有人认领的微心愿，几个人合领的算一个；认领都放弃了又没有别人认领的不算。"),
    group=SERVICE,
    **CLAIMED,
)
WISHES_FULFILLED = Measure(
    "outreach.wishes_fulfilled",
    _("实现微心愿"),
    rows=lambda p: _at("confirmed_at", p, Wish.objects.all()),
    says=_("本期经心愿人一方确认实现的微心愿；送到了还没确认的不算。"),
    group=SERVICE,
    **WISH,
)
COVERAGE = Measure(
    "outreach.coverage",
    _("专项行动覆盖"),
    rows=lambda p: _on("on", p, Coverage.objects.all()),
    says=_("本期各项专项行动覆盖的人次之和。按数字填报的，一个单位一天一行；按住户勾选的，一户在一项行动里只算一次。"),
    group=SERVICE,
    **COVERED,
)
TEAMS = Measure(
    "outreach.teams",
    _("服务队"),
    _("支"),
    rows=lambda p: Team.objects.standing(p.end),
    says=_("到期末没有解散的服务队"),
    page="people/_team_counted.html",
    headings=(_("服务队"), _("单位"), _("成立日期")),
    related=("unit",),
    group=SERVICE,
)
