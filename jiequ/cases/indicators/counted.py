"""How many: received, accepted, responded, closed, solved, each by its own moment and never one for another (DOMAIN §4, §5).

A figure is as of its period's end (decision 0010), as far as a row remembers it. A closing that the complainant did not accept
is none: a case that was opened again is closed by its last answer, and until then it is open.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiequ.cases.indicators.drawing import CASE, FIX, RATING
from jiequ.cases.models import Case, CaseRating, SpotFix
from jiequ.core.measures import Group, Measure, Period

S = Case.State
COUNTS = Group(
    "case-counts",
    _("诉求件数"),
    _("收到、回应、办结、解决各按各的时间计，互不代替。当场办结的小事另计一栏。只比单位，不比人；零是正常值。"),
)


def _in(moment: str, period: Period, rows: QuerySet[Any] | None = None) -> QuerySet[Any]:
    rows = Case.objects.all() if rows is None else rows
    return rows.filter(**{f"{moment}__gte": period.since, f"{moment}__lt": period.until})


def received(period: Period) -> QuerySet[Case]:
    """Filed in the period; less what was taken back, or made part of another, before it ended."""
    return _in("filed_at", period).exclude(state__in=[S.WITHDRAWN, S.MERGED], ended_at__lt=period.until)


def closed(period: Period) -> QuerySet[Case]:
    return _in("closed_at", period)


def _answered(period: Period) -> QuerySet[Case]:
    """Of what was received, what nobody waits for any more: answered, or told why not and where else."""
    told = Q(closed_at__lt=period.until) | Q(state__in=[S.DECLINED, S.REFERRED], ended_at__lt=period.until)
    return received(period).filter(told)


def _open(period: Period) -> QuerySet[Case]:
    """The two ways of not having ended are said whole, so that the index of each finds the few and not all that has."""
    unfinished = Q(ended_at=None, filed_at__lt=period.until) | Q(ended_at__gte=period.until, filed_at__lt=period.until)
    return Case.objects.filter(unfinished)


RECEIVED = Measure(
    "cases.received",
    _("收到诉求"),
    rows=received,
    says=_("本期收到的诉求，不论从哪里来、结果如何；到期末已撤回的、并入另一件的不算。"),
    group=COUNTS,
    **CASE,
)
ACCEPTED = Measure(
    "cases.accepted",
    _("受理"),
    rows=lambda p: _in("accepted_at", p),
    says=_("本期受理的诉求，不论哪一期收到。"),
    group=COUNTS,
    **CASE,
)
RESPONDED = Measure(
    "cases.responded",
    _("已回应"),
    rows=lambda p: _in("responded_at", p),
    says=_("本期第一次联系上诉求人，或第一次把进展告知诉求人的诉求。回应不等于办结，办结不等于解决。"),
    group=COUNTS,
    **CASE,
)
CLOSED = Measure(
    "cases.closed",
    _("已办结"),
    rows=closed,
    says=_("本期答复办结的诉求，当场办结的也在内。诉求人不满意而重办的，以最后一次办结为准，没有再办结以前不算办结。"),
    group=COUNTS,
    **CASE,
)
SOLVED = Measure(
    "cases.solved",
    _("已解决"),
    rows=lambda p: _in("solved_at", p).filter(was_on_the_spot=False),
    says=_("本期由诉求人确认解决的诉求：答复“已解决”，并评价满意或基本满意。当场办结的另计，不在内。"),
    group=COUNTS,
    **CASE,
)
SOLVED_OR_ANSWERED = Measure(
    "cases.solved_or_answered",
    _("已解决或已答复"),
    rows=_answered,
    says=_("本期收到的诉求中，到期末已办结（解决了，或答复说明了）的，以及已说明理由不予受理、已转介的。"),
    group=COUNTS,
    **CASE,
)
DECLINED = Measure(
    "cases.declined",
    _("不予受理和转介"),
    rows=lambda p: _in("ended_at", p).filter(state__in=[S.DECLINED, S.REFERRED]),
    says=_("本期说明理由不予受理，或转介到别的渠道的诉求。"),
    group=COUNTS,
    **CASE,
)
ON_THE_SPOT = Measure(
    "cases.on_the_spot",
    _("当场办结"),
    rows=lambda p: SpotFix.objects.during(p),
    says=_("本期当场办好的小事，一件一行，有诉求的和路过顺手办的都算。另计，不进解决率。"),
    group=COUNTS,
    **FIX,
)
REOPENED = Measure(
    "cases.reopened",
    _("重办"),
    rows=lambda p: _in("rated_at", p, CaseRating.objects.all()).filter(
        score=Case.Score.DISSATISFIED, round__lt=F("case__reopened")
    ),
    says=_("本期因诉求人不满意而重办的次数。"),
    group=COUNTS,
    **{**RATING, "noun": _("次")},
)
OPEN = Measure(
    "cases.open",
    _("在办"),
    rows=_open,
    says=_("到期末还没有办结、也没有以其他方式结束的诉求，不论哪一期收到。"),
    group=COUNTS,
    **CASE,
)
OVERDUE = Measure(
    "cases.overdue_now",
    _("现在逾期"),
    rows=lambda p: Case.objects.overdue(),
    says=_("此刻已过办结期限还没有办结的诉求，与所选时段无关；暂停计时的不算。"),
    group=COUNTS,
    **CASE,
)
