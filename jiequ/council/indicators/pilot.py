"""The figures of the pilot. Names and values are the article's; the definitions are ours (DOMAIN §1, §5)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from jiequ.core.measures import Measure, Share
from jiequ.council.models import Meeting, Motion

_MOTION: Any = {
    "noun": _("个"),
    "page": "council/_motion_figure_rows.html",
    "headings": (_("编号"), _("议题"), _("类别"), _("表决"), _("状态")),
    "related": ("unit",),
    "by_time": True,
}

MEETINGS = Measure(
    "council.meetings",
    _("理事会会议"),
    _("次"),
    rows=lambda p: Meeting.objects.held(p),
    says=_("本期开成并散会的街区理事会会议；因不足法定人数改期的、取消的不算。"),
    page="council/_meeting_figure_rows.html",
    headings=(_("会议"), _("街区"), _("时间"), _("状态")),
    related=("unit",),
    by_time=True,
)
MOTIONS = Measure(
    "council.motions",
    _("讨论表决议题"),
    rows=lambda p: Motion.objects.voted(p),
    says=_("本期经表决有结果的议题，通过和未通过都算；暂缓、退回、转出、并入的不算。"),
    **_MOTION,
)
HANDLED = Measure(
    "council.motions_handled",
    _("已处理"),
    rows=lambda p: Motion.objects.handled(p),
    says=_("本期表决的议题中，到期末已有结果并告知提出人的：已办结，或表决未通过。"),
    **_MOTION,
)
FOLLOWED_UP = Measure(
    "council.motions_followed_up",
    _("跟踪处理中"),
    rows=lambda p: Motion.objects.followed_up(p),
    says=_("本期表决通过的议题中，到期末还在办的。"),
    **_MOTION,
)
COLLECTED = Measure(
    "council.motions_collected",
    _("征集议题"),
    rows=lambda p: Motion.objects.collected(p),
    says=_("本期收到的议题，不论结果。"),
    **_MOTION,
)
PASSED = Measure(
    "council.motions_passed",
    _("通过议题"),
    rows=lambda p: Motion.objects.passed(p),
    says=_("本期表决通过的议题。"),
    listed=False,
    **_MOTION,
)
PASSED_HANDLED = Measure(
    "council.motions_passed_handled",
    _("通过且已办结"),
    rows=lambda p: Motion.objects.passed(p).filter(concluded_at__lt=p.until),
    says=_("本期表决通过、到期末已办结的议题。"),
    listed=False,
    **_MOTION,
)
HANDLING_RATE = Share(
    "council.handling_rate",
    _("议题办理率"),
    part=PASSED_HANDLED,
    whole=PASSED,
    rest=_("还在办"),
    says=_("本期通过的议题中，到期末已办结的占多少。"),
)
