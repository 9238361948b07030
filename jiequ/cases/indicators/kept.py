"""How well: solved, in time, spoken with in time, and what the complainants say. Numerator and denominator always apart."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiequ.cases.indicators.counted import CLOSED, closed
from jiequ.cases.indicators.drawing import CASE, RATING
from jiequ.cases.models import Case, CaseRating
from jiequ.core import clock
from jiequ.core.measures import Days, Group, Measure, Median, Period, Share

CASES = Group(
    "cases",
    _("诉求"),
    _("诉求办得好不好、快不快。每个比率都能点开看分子和分母。只比单位，不比人；零是正常值，不设指标任务。"),
)
_PART: Any = {**CASE, "listed": False}
_RATED: Any = {**RATING, "listed": False}


def _until(period: Period) -> datetime:
    """The period's end, or now where it has not come yet: nothing later was due."""
    return min(period.until, clock.now())


# ── solved ÷ closed ───────────────────────────────────────


CLOSED_PROPERLY = Measure(
    "cases.closed_not_on_the_spot",
    _("办结"),
    rows=lambda p: closed(p).filter(was_on_the_spot=False),
    says=_("本期答复办结的诉求；当场办结的小事不算。"),
    **_PART,
)
CLOSED_SOLVED = Measure(
    "cases.closed_and_solved",
    _("确认解决"),
    rows=lambda p: closed(p).filter(was_on_the_spot=False, solved_at__lt=p.until),
    says=_("其中到期末诉求人已确认解决的。没有评价的不算解决。"),
    **_PART,
)
SOLVED_RATE = Share(
    "cases.solved_rate",
    _("解决率"),
    part=CLOSED_SOLVED,
    whole=CLOSED_PROPERLY,
    rest=_("没有确认解决"),
    full=_("全部确认解决"),
    says=_(
        "诉求人确认解决的 ÷ 办结的，当场办结的小事分子分母都不算。办结不等于解决：答复说明的、没有评价的都不算解决。"
    ),
    group=CASES,
)


# ── closed by the due date ÷ due ──────────────────────────


def _due(period: Period) -> QuerySet[Case]:
    """Due in the period, and by now. Not: what was not taken in hand, and what has its clock stopped since before it was due."""
    rows = Case.objects.filter(due_at__gte=period.since, due_at__lt=_until(period))
    rows = rows.exclude(state__in=Case.NOT_TAKEN, ended_at__lt=period.until)
    return rows.filter(Q(paused_at=None) | Q(paused_at__gte=F("due_at")))


DUE = Measure(
    "cases.due",
    _("到期诉求"),
    rows=_due,
    says=_(
        "办结期限落在本期并且已经到期的诉求，提前办结的也算。"
        "不予受理、转介、并入、撤回的不算；批准暂停计时的不算到期；延期、重办的按新的期限算。"
    ),
    **_PART,
)
IN_TIME = Measure(
    "cases.due_in_time",
    _("按时办结"),
    rows=lambda p: _due(p).filter(closed_at__lte=F("due_at")),
    says=_("其中在期限当时或之前办结的。"),
    **_PART,
)
CLOSED_ON_TIME = Share(
    "cases.closed_on_time",
    _("诉求按时办结率"),
    part=IN_TIME,
    whole=DUE,
    rest=_("没按时"),
    full=_("全部按时"),
    says=_("按时办结的诉求 ÷ 到期的诉求。期限按工作日算，含调休。"),
    group=CASES,
)


# ── spoken with within the limit ──────────────────────────


def _to_contact(period: Period) -> QuerySet[Case]:
    """Each case once, in the period in which its first contact was due; a case that still waits to be taken in too, or slow
    acceptance would hide slow contact."""
    rows = Case.objects.filter(contact_due_at__gte=period.since, contact_due_at__lt=_until(period))
    return rows.exclude(state__in=Case.NOT_TAKEN, ended_at__lt=period.until)


CONTACT_DUE = Measure(
    "cases.contact_due",
    _("应联系"),
    rows=_to_contact,
    says=_("首次联系的期限落在本期并且已经到期的诉求，迟迟没有受理的也算；不予受理、转介、并入、撤回的不算。"),
    **_PART,
)
CONTACTED = Measure(
    "cases.contacted_in_time",
    _("按时联系"),
    rows=lambda p: _to_contact(p).filter(responded_at__lte=F("contact_due_at")),
    says=_("其中在期限当时或之前联系过诉求人的。"),
    **_PART,
)
RESPONSE_RATE = Share(
    "cases.response_rate",
    _("回应率"),
    part=CONTACTED,
    whole=CONTACT_DUE,
    rest=_("没按时联系"),
    full=_("全部按时联系"),
    says=_("按时首次联系诉求人的 ÷ 应联系的。期限默认24小时，按诉求当时的时限。"),
    group=CASES,
)


# ── what they say ─────────────────────────────────────────


RATED = Measure(
    "cases.ratings",
    _("评价"),
    rows=lambda p: CaseRating.objects.filter(rated_at__gte=p.since, rated_at__lt=p.until),
    says=_("本期收到的评价，本人评的和电话回访的都算，重办前后各算一次。明细里没有名字。"),
    **_RATED,
)
PLEASED = Measure(
    "cases.ratings_satisfied",
    _("满意和基本满意"),
    rows=lambda p: RATED.rows(p).filter(score__in=[Case.Score.SATISFIED, Case.Score.BASICALLY]),
    says=_("其中满意的和基本满意的。"),
    **_RATED,
)
SATISFACTION = Share(
    "cases.satisfaction",
    _("诉求满意率"),
    part=PLEASED,
    whole=RATED,
    rest=_("不满意"),
    full=_("全部满意"),
    says=_("满意和基本满意 ÷ 评价人次。没有评价的不算满意，也不算不满意，另列一栏。"),
    group=CASES,
)


def _unrated(period: Period) -> QuerySet[Case]:
    said = CaseRating.objects.filter(
        case=OuterRef("pk"), rated_at__gte=OuterRef("closed_at"), rated_at__lt=period.until
    )
    return closed(period).exclude(Exists(said))


UNRATED = Measure(
    "cases.unrated",
    _("未评价"),
    rows=_unrated,
    says=_("本期办结的诉求中，到期末没有人评价的。"),
    group=CASES,
    **CASE,
)


# ── how long it takes ─────────────────────────────────────


DAYS_TO_CLOSE = Median(
    "cases.days_to_close",
    _("收到到办结"),
    _("天"),
    of=CLOSED,
    value=lambda p: Days("filed_at", "closed_at"),
    says=_(
        "本期办结的诉求，从收到那天到办结那天的天数，取中位数：一半的诉求不超过这个天数。节假日也算天数，诉求人假日也在等。"
    ),
    page="cases/_case_days_rows.html",
    headings=(_("编号"), _("类别"), _("单位"), _("收到"), _("办结"), _("状态"), _("用了")),
    group=CASES,
)
