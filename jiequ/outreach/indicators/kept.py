"""Whether everybody and every place was reached: the rates of DOMAIN §5. Numerator and denominator always apart.

As of the period's end, or now where it has not come yet: nothing later was due.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least, Length, Substr
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.measures import Measure, Period, Share
from jiequ.outreach.indicators.drawing import GRID, HOUSEHOLD, MEMBER, SERVICE
from jiequ.outreach.models import Household, OutreachRule, ServiceRecord, Tier, Visit
from jiequ.outreach.workflow import CONTACT, CONTACT_EVENT
from jiequ.people.models import BuildingAssignment, Exemption, Member
from jiequ.territory.indicators import BUILDINGS
from jiequ.territory.models import Unit
from jiequ.work.models import Task

ACTIVE_DAYS = 30  # who was there for less is not asked (DOMAIN §5)
_DAY = DateField()


class DaysTo(Func):
    """Days from one date to a later one, on both databases."""

    arity = 2
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        (start, starts), (end, ends) = (compiler.compile(e) for e in self.get_source_expressions())
        return f"CAST(julianday({end}) - julianday({start}) AS INTEGER)", (*ends, *starts)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        (start, starts), (end, ends) = (compiler.compile(e) for e in self.get_source_expressions())
        return f"(({end})::date - ({start})::date)", (*ends, *starts)


def _until(period: Period) -> datetime:
    return min(period.until, clock.now())


# ── red grids in which something happens and nobody due is forgotten ──


def _grids(period: Period) -> QuerySet[Any]:
    """Red grids in use on the period's first day, each with `served` and how many due contacts are `left`."""
    served = ServiceRecord.objects.filter(unit=OuterRef("pk"), on__gte=period.start, on__lte=period.end)
    still, later = (
        Coalesce(Subquery(left.order_by().values("unit").annotate(n=Count("pk")).values("n")), 0)
        for left in _left(period)
    )
    grids = Unit.objects.filter(kind=Unit.Kind.RED_GRID).valid(period.start)
    return grids.annotate(served=Exists(served), left=still + later)


def _left(period: Period) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Contacts of a grid that fell due in the period and were open at its end: those that still are, and those that were done
    later. Apart, because an OR of the two makes SQLite read all that a grid ever had to do. What was excused is no debt, nor
    what was dropped because the household moved or took its consent back: either ended the task."""
    due = Task.objects.filter(
        verb__in=(CONTACT, CONTACT_EVENT), unit=OuterRef("pk"), due_at__gte=period.since, due_at__lt=_until(period)
    )
    return due.filter(finished_at=None), due.filter(finished_at__gte=period.until)


def _running(period: Period) -> QuerySet[Any]:
    still, later = _left(period)
    return _grids(period).filter(served=True).filter(~Exists(still), ~Exists(later))


GRIDS = Measure(
    "outreach.grids",
    _("红色网格"),
    rows=_grids,
    says=_("期初已在用的红色网格。"),
    **GRID,
)
GRIDS_RUNNING = Measure(
    "outreach.grids_running",
    _("正常运行"),
    rows=_running,
    says=_(
        "其中本期在本网格至少有一条服务记录，并且本期到期的重点户联系在期末前都已完成或经批准免了的。搬走、撤回同意的不算到期。"
    ),
    **GRID,
)
RUNNING_RATE = Share(
    "outreach.running_rate",
    _("运行率"),
    part=GRIDS_RUNNING,
    whole=GRIDS,
    rest=_("没有运行起来"),
    full=_("全部正常运行"),
    says=_("正常运行的红色网格 ÷ 期初在用的红色网格。还没到期的联系不算欠。"),
    group=SERVICE,
)


# ── members who served at all ─────────────────────────────


def _members(period: Period) -> QuerySet[Any]:
    """Stays of members in a grid that lasted `ACTIVE_DAYS` within the period, less the days they were excused: a shorter period
    asks for all of its days. Who moved counts in each grid in which they were long enough."""
    after = Value(clock.day(period.until), output_field=_DAY)
    starts = Greatest(F("reported_on"), Value(period.start, output_field=_DAY), output_field=_DAY)
    ends = Least(Coalesce(F("left_on"), after), after, output_field=_DAY)
    excused = Exemption.objects.filter(member=OuterRef("pk")).annotate(
        begins=Greatest(F("starts_on"), OuterRef("began"), output_field=_DAY),
        stops=Least(Coalesce(F("ends_on"), OuterRef("ended")), OuterRef("ended"), output_field=_DAY),
    )
    by_member = excused.filter(stops__gt=F("begins")).order_by().values("member")
    days = by_member.annotate(n=Sum(DaysTo("begins", "stops"))).values("n")
    stays = Member.objects.filter(reported_on__lte=period.end).filter(Q(left_on=None) | Q(left_on__gt=period.start))
    counted = DaysTo("began", "ended") - Coalesce(Subquery(days, output_field=IntegerField()), 0)
    asked = min(ACTIVE_DAYS, (period.end - period.start).days + 1)
    return stays.annotate(began=starts, ended=ends).annotate(active=counted).filter(active__gte=asked)


def _serving(period: Period) -> QuerySet[Any]:
    served = ServiceRecord.objects.filter(
        Q(on__gte=period.start, on__lte=period.end),
        person=OuterRef("person_id"),
        on__gte=OuterRef("began"),
        on__lt=OuterRef("ended"),
    )
    return _members(period).filter(Exists(served))


MEMBERS_ACTIVE = Measure(
    "outreach.members_active",
    _("应参加党员"),
    rows=_members,
    says=_(
        "本期报到满30天的党员，免计的日子不算在内；时段不足30天的，要整段都在。换过网格的，在每个待满30天的网格各算一次。"
    ),
    **MEMBER,
)
MEMBERS_SERVING = Measure(
    "outreach.members_serving",
    _("参加过服务"),
    rows=_serving,
    says=_("其中在那期间至少有一条服务记录的：走访、圆心愿、办实事、参加活动或专项行动，做多做少一样算。"),
    **MEMBER,
)
PARTICIPATION_RATE = Share(
    "outreach.participation_rate",
    _("参与率"),
    part=MEMBERS_SERVING,
    whole=MEMBERS_ACTIVE,
    rest=_("还没有记录"),
    full=_("人人参加"),
    says=_("参加过服务的党员 ÷ 应参加的党员。只看有没有，不看多少；名单只有本支部书记看得到。"),
    group=SERVICE,
)


# ── key households, each within its interval ──────────────


def _as_of(period: Period) -> date:
    return min(period.end, clock.today())


def _key(period: Period) -> QuerySet[Any]:
    """Key households with a valid consent on the last day, each with the day of its `last` contact."""
    on = _as_of(period)
    met = Visit.objects.standing().filter(household=OuterRef("pk"), was_met=True, on__lte=on).order_by("-on")
    lived = Household.objects.filter(registered_at__lt=period.until).filter(Q(left_on=None) | Q(left_on__gt=on))
    lived = lived.filter(Q(erased_at=None) | Q(erased_at__gte=period.until))
    return lived.key(on).annotate(last=Subquery(met.values("on")[:1], output_field=_DAY))


def _in_touch(period: Period) -> QuerySet[Any]:
    """Contacted no longer ago than the interval of its tier, by the rule of the nearest unit that was in force."""
    on = _as_of(period)
    above = Substr(OuterRef("unit__path"), Value(1), Length("unit__path"))
    rules = OutreachRule.objects.filter(effective_on__lte=on).annotate(above=above).filter(above=F("unit__path"))
    days = Case(
        When(Exact(OuterRef("tier"), Tier.WEEK), then=F("week_days")),
        When(Exact(OuterRef("tier"), Tier.MONTH), then=F("month_days")),
        default=F("quarter_days"),
        output_field=IntegerField(),
    )
    nearest = rules.order_by("-unit__path", "-effective_on", "-version").annotate(days=days)
    # Who was never contacted has no `ago`. Each is asked for once: the database works out every mention anew, for every household.
    ago = DaysTo("last", Value(on, output_field=_DAY))
    return _key(period).alias(interval=Subquery(nearest.values("days")[:1]), ago=ago).filter(ago__lte=F("interval"))


KEY_HOUSEHOLDS = Measure(
    "outreach.key_households",
    _("重点户"),
    rows=_key,
    says=_("到期末（本期没结束的，到今天）在联系的重点户：有联系档次，并且同意被联系。新登记还没联系过的也在内。"),
    **HOUSEHOLD,
)
KEY_IN_TOUCH = Measure(
    "outreach.key_households_in_touch",
    _("在间隔内联系过"),
    rows=_in_touch,
    says=_("其中离最近一次联系上没有超过档次间隔的。间隔按当时的走访规则，默认每周7天、每月30天、每季90天。"),
    **HOUSEHOLD,
)
KEY_CONTACT_RATE = Share(
    "outreach.key_contact_rate",
    _("重点户联系率"),
    part=KEY_IN_TOUCH,
    whole=KEY_HOUSEHOLDS,
    rest=_("该联系了"),
    full=_("都在间隔内"),
    says=_("在间隔内联系过的 ÷ 同意被联系的重点户。"),
    group=SERVICE,
)


# ── buildings that a member contracts ─────────────────────


def _contracted(period: Period) -> QuerySet[Any]:
    held = BuildingAssignment.objects.filter(unit=OuterRef("pk"), starts_on__lte=period.end)
    return BUILDINGS.rows(period).filter(Exists(held.filter(Q(ends_on=None) | Q(ends_on__gt=period.end))))


BUILDINGS_CONTRACTED = Measure(
    "outreach.buildings_contracted",
    _("有人包的楼栋"),
    BUILDINGS.noun,
    rows=_contracted,
    says=_("其中期末至少有一位报到党员包的楼栋。"),
    unit="",
    page=BUILDINGS.page,
    headings=BUILDINGS.headings,
    listed=False,
)
BUILDINGS_COVERED = Share(
    "outreach.buildings_covered",
    _("包楼栋覆盖率"),
    part=BUILDINGS_CONTRACTED,
    whole=BUILDINGS,
    rest=_("没人包"),
    full=_("栋栋有人包"),
    says=_("有党员包的楼栋 ÷ 期末在用的楼栋。"),
    group=SERVICE,
)
