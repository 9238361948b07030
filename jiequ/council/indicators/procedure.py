"""Procedure health (议事体检): is the procedure kept, how long does it take, is what was decided done?

The article's cure for 议而不决, 决而不行 is procedure; that it is kept is therefore counted, block by block, and each number
opens to its rows. The names and definitions are ours; 满意率 is DOMAIN §5's. Units are compared, never people: no row
here says who.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.journal import kind_of
from jiequ.core.measures import Days, Group, Measure, Median, Period, Share
from jiequ.core.models import JournalEntry
from jiequ.council.indicators.pilot import MEETINGS, MOTIONS
from jiequ.council.models import Ballot, Meeting, Motion, Objection, Rating
from jiequ.work.models import Task

PROCEDURE = Group(
    "procedure",
    _("议事体检"),
    _("七步议事走得规不规矩、快不快、落没落实。只比单位，不比人；零是正常值。"),
)
_MEETING: Any = {"noun": _("次"), "related": ("unit", "rule"), "by_time": True}
_MOTION: Any = {
    "noun": _("个"),
    "page": "council/_motion_figure_rows.html",
    "headings": (_("编号"), _("议题"), _("类别"), _("表决"), _("状态")),
    "related": ("unit",),
    "by_time": True,
}


def _until(period: Period) -> datetime:
    """The period's end, or now where it has not come yet: nothing later has happened."""
    return min(period.until, clock.now())


# ── 3 notice, 4 discussion: the meeting ───────────────────


_NOTICE: Any = {
    "page": "council/_meeting_notice_rows.html",
    "headings": (_("会议"), _("街区"), _("公告"), _("开会"), _("须提前")),
    "listed": False,
    **_MEETING,
}
HELD = Measure(  # the same rows as MEETINGS, drawn with what the share is about
    "council.meetings_held",
    MEETINGS.label,
    rows=lambda p: Meeting.objects.held(p),
    says=MEETINGS.says,
    **_NOTICE,
)
NOTICED_IN_TIME = Measure(
    "council.meetings_noticed_in_time",
    _("公告够天数的"),
    rows=lambda p: (
        Meeting.objects.held(p)
        .alias(ahead=Days("noticed_at", "starts_at"))
        .filter(noticed_at__isnull=False, ahead__gte=F("rule__notice_days"))
    ),
    says=_("本期开成的会议中，公告那天离开会那天够议事规则规定天数的。"),
    **_NOTICE,
)
NOTICE_KEPT = Share(
    "council.notice_kept",
    _("按期公告率"),
    part=NOTICED_IN_TIME,
    whole=HELD,
    rest=_("公告晚了"),
    full=_("全部按期"),
    says=_("提前公告够天数的会议 ÷ 开成的会议。天数按会议当时的议事规则。"),
    group=PROCEDURE,
)
QUORUM_FAILURES = Measure(
    "council.quorum_failures",
    _("人数不足改期"),
    rows=lambda p: Meeting.objects.adjourned(p),
    says=_("原定本期召开，因到会不足法定人数而改期的会议。"),
    page="council/_meeting_adjourned_rows.html",
    headings=(_("会议"), _("街区"), _("原定时间"), _("情况")),
    group=PROCEDURE,
    **_MEETING,
)
QUORUM_LOST = Measure(
    "council.quorum_lost",
    _("会中人数不足"),
    rows=lambda p: Meeting.objects.held(p).filter(
        Exists(JournalEntry.objects.filter(kind=kind_of(Meeting), thing_id=OuterRef("pk"), verb="lose_quorum"))
    ),
    says=_("本期开成的会议中，开会以后曾因有人离席而不足法定人数的。人数不足时系统不让表决。"),
    page="council/_meeting_figure_rows.html",
    headings=MEETINGS.headings,
    group=PROCEDURE,
    **_MEETING,
)


# ── 5 the vote ────────────────────────────────────────────


def _skipped(period: Period) -> QuerySet[Motion]:
    """Voted without the record of an earlier step. The machine makes it impossible; this looks at the rows, not at it."""
    present, seats = (Cast(name, IntegerField()) for name in ("present", "seats"))  # small numbers times small ones
    quorate = Q(quorum_strict=False, there__gte=F("asked")) | Q(quorum_strict=True, there__gt=F("asked"))
    voted = (
        Ballot.objects.standing()
        .filter(item__motion=OuterRef("pk"), seats__gt=0, present__gt=0, present__gte=F("quorum_minimum"))
        .alias(there=present * F("quorum_den"), asked=seats * F("quorum_num"))
        .filter(quorate)
    )
    in_order = Q(Exists(voted))
    for step in ("screened_at", "noticed_at", "discussed_at"):
        in_order &= Q(**{f"{step}__isnull": False, f"{step}__lte": F("decided_at")})
    return Motion.objects.voted(period).exclude(in_order)


STEPS_SKIPPED = Measure(
    "council.steps_skipped",
    _("跳过步骤"),
    rows=_skipped,
    says=_(
        "本期表决的议题中，缺少审定、公告、讨论任何一步的记录，或者没有一次够法定人数的有效表决的。系统不让跳步，这里应当是零。"
    ),
    group=PROCEDURE,
    **_MOTION,
)
VOTES_SET_ASIDE = Measure(
    "council.votes_set_aside",
    _("不算数的表决"),
    _("轮"),
    rows=lambda p: Ballot.objects.filter(set_aside_at__gte=p.since, set_aside_at__lt=p.until),
    says=_("本期中止的表决，和结果作废、另投一轮的表决。原来的记录和原因都保留。"),
    unit="item__meeting__unit",
    page="council/_ballot_set_aside_rows.html",
    headings=(_("议题"), _("会议"), _("第几轮"), _("怎么了"), _("原因")),
    related=("item__meeting__unit", "item__motion"),
    by_time=True,
    group=PROCEDURE,
)


# ── how long it takes ─────────────────────────────────────


CONCLUDED = Measure(
    "council.motions_concluded",
    _("办完的议题"),
    rows=lambda p: Motion.objects.filter(concluded_at__gte=p.since, concluded_at__lt=p.until),
    says=_("本期办结的议题，和本期表决未通过的议题，不论哪一期收到。"),
    listed=False,
    **_MOTION,
)
_DAYS: Any = {
    "noun": _("天"),
    "page": "council/_motion_days_rows.html",
    "headings": (_("编号"), _("议题"), _("收到"), _("表决"), _("办结"), _("用了")),
    "group": PROCEDURE,
}
DAYS_TO_DECISION = Median(
    "council.days_to_decision",
    _("收到到表决"),
    of=MOTIONS,
    value=lambda p: Days("collected_at", "decided_at"),
    says=_("本期表决的议题，从收到那天到表决那天的天数，取中位数：一半的议题不超过这个天数。"),
    **_DAYS,
)
DAYS_TO_CLOSE = Median(
    "council.days_to_close",
    _("收到到办结"),
    of=CONCLUDED,
    value=lambda p: Days("collected_at", "concluded_at"),
    says=_("本期办结或表决未通过的议题，从收到那天到有结果那天的天数，取中位数：一半的议题不超过这个天数。"),
    **_DAYS,
)


# ── 6 publicity, 7 following up ───────────────────────────


def _not_done(period: Period) -> QuerySet[Motion]:
    """Adopted, whenever; at the period's end not concluded, and something that had to be done for it was late.

    The two ways of not being concluded are said whole, so that the index of each finds the few and not all that was decided.
    """
    end = _until(period)
    late = Task.objects.filter(about_kind=kind_of(Motion), about_id=OuterRef("pk"), due_at__lt=end).filter(
        Q(finished_at=None) | Q(finished_at__gte=end)
    )
    unfinished = Q(concluded_at=None, decided_at__lt=end) | Q(concluded_at__gte=end, decided_at__lt=end)
    rows = Motion.objects.filter(unfinished, Exists(late), was_adopted=True)
    return rows.annotate(late_since=Subquery(late.order_by("due_at").values("due_at")[:1]))


DECIDED_NOT_DONE = Measure(
    "council.decided_not_done",
    _("决而未行"),
    _("个"),
    rows=_not_done,
    says=_(
        "到期末已表决通过、还没有办结，而且有任务（确认、公示、转入跟进、落实、办结等）过了期限的议题，不论哪一期通过。没有逾期的不算。"
    ),
    page="council/_motion_late_rows.html",
    headings=(_("编号"), _("议题"), _("通过"), _("状态"), _("最早逾期")),
    related=("unit",),
    by_time=True,
    group=PROCEDURE,
)


def _quick(period: Period) -> QuerySet[Motion]:
    """Due in the period, and due by now or answered already; what was brought before the council in time is not here."""
    due = Motion.objects.filter(quick_due_at__gte=period.since, quick_due_at__lt=period.until)
    brought_up = JournalEntry.objects.filter(
        kind=kind_of(Motion), thing_id=OuterRef("pk"), verb="bring_up", at__lte=OuterRef("quick_due_at")
    )
    return due.filter(Q(answered_at__isnull=False) | (Q(quick_due_at__lt=clock.now()) & ~Exists(brought_up)))


_QUICK: Any = {
    "noun": _("件"),
    "page": "council/_motion_quick_rows.html",
    "headings": (_("编号"), _("议题"), _("收到"), _("答复期限"), _("答复")),
    "related": ("unit",),
    "by_time": True,
    "listed": False,
}
QUICK_DUE = Measure(
    "council.quick_due",
    _("即时议"),
    rows=_quick,
    says=_("答复期限落在本期，已答复或者已到期的即时议；到期前转正式审定的不算。"),
    **_QUICK,
)
QUICK_IN_TIME = Measure(
    "council.quick_in_time",
    _("按时答复"),
    rows=lambda p: _quick(p).filter(answered_at__lte=F("quick_due_at")),
    says=_("其中在期限当时或之前答复的。"),
    **_QUICK,
)
QUICK_ANSWERED = Share(
    "council.quick_answered",
    _("即时议按时率"),
    part=QUICK_IN_TIME,
    whole=QUICK_DUE,
    rest=_("没按时"),
    full=_("全部按时"),
    says=_("按时答复的即时议 ÷ 到期的即时议。期限按议题当时的议事规则，默认48小时。"),
    group=PROCEDURE,
)
_OBJECTION: Any = {
    "noun": _("条"),
    "unit": "motion__unit",
    "page": "council/_objection_figure_rows.html",
    "headings": (_("议题"), _("街区"), _("提出"), _("答复"), _("开始办理")),
    "related": ("motion__unit",),
    "by_time": True,
    "listed": False,
}
OBJECTIONS = Measure(
    "council.objections",
    _("收到的异议"),
    rows=lambda p: Objection.objects.filter(made_at__gte=p.since, made_at__lt=p.until),
    says=_("本期公示中收到的异议。"),
    **_OBJECTION,
)
OBJECTIONS_FIRST = Measure(
    "council.objections_answered_first",
    _("先答复后办理"),
    rows=lambda p: Objection.objects.filter(
        Q(motion__following_at=None) | Q(motion__following_at__gte=F("answered_at")),
        made_at__gte=p.since,
        made_at__lt=p.until,
        answered_at__lt=p.until,
    ),
    says=_("其中到期末已经答复、并且答复在开始办理之前的。"),
    **_OBJECTION,
)
OBJECTIONS_ANSWERED = Share(
    "council.objections_answered",
    _("异议答复率"),
    part=OBJECTIONS_FIRST,
    whole=OBJECTIONS,
    rest=_("没答复"),
    full=_("全部答复"),
    says=_("先答复后办理的异议 ÷ 收到的异议。"),
    group=PROCEDURE,
)
_RATING: Any = {
    "noun": _("人次"),
    "unit": "motion__unit",
    "page": "council/_rating_figure_rows.html",
    "headings": (_("议题"), _("街区"), _("第几轮"), _("评价"), _("日期")),
    "related": ("motion__unit",),
    "by_time": True,
    "listed": False,
}
RATED = Measure(
    "council.ratings",
    _("居民评价"),
    rows=lambda p: Rating.objects.filter(rated_at__gte=p.since, rated_at__lt=p.until),
    says=_("本期收到的满意度评价。评价不记名，明细里也没有名字。"),
    **_RATING,
)
RATED_WELL = Measure(
    "council.ratings_satisfied",
    _("满意和基本满意"),
    rows=lambda p: RATED.rows(p).filter(score__in=[Rating.Score.SATISFIED, Rating.Score.BASICALLY]),
    says=_("其中满意的和基本满意的。"),
    **_RATING,
)
SATISFACTION = Share(
    "council.satisfaction",
    _("居民满意率"),
    part=RATED_WELL,
    whole=RATED,
    rest=_("不满意"),
    full=_("全部满意"),
    says=_("满意和基本满意 ÷ 评价人次；没有评价的不算满意，也不算不满意。"),
    group=PROCEDURE,
)
