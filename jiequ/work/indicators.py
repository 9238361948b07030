"""How many tasks were due, and how many of them were finished on time."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.measures import Measure, Period, Share
from jiequ.work.models import Task
from jiequ.work.workflow import Work

HEADINGS = (_("事项"), _("单位"), _("期限"), _("办理"))


def _due(period: Period) -> QuerySet[Task]:
    """Tasks whose due time fell into the period and has passed; those taken back were not to be done. Quiet work has figures of its
    own: thousands of it would drown the rest."""
    until = min(period.until, clock.now())
    due = Task.objects.filter(due_at__gte=period.since, due_at__lt=until).exclude(state=Task.State.DROPPED)
    return due.exclude(verb__in=Work.quiet_verbs())


DUE = Measure(
    "work.tasks_due",
    _("到期任务"),
    _("件"),
    rows=_due,
    says=_("期限落在本期并且已经到期的任务；取消的不计，重点户联系另计。"),
    page="work/_figure_rows.html",
    headings=HEADINGS,
    related=("unit",),
    listed=False,
    by_time=True,
)
ON_TIME = Measure(
    "work.tasks_on_time",
    _("按时办结任务"),
    _("件"),
    rows=lambda period: _due(period).filter(state=Task.State.DONE, finished_at__lte=F("due_at")),
    says=_("其中在期限当时或之前办结的任务。批准延期的，按延期后的期限算。"),
    page="work/_figure_rows.html",
    headings=HEADINGS,
    related=("unit",),
    listed=False,
    by_time=True,
)
ON_TIME_SHARE = Share(
    "work.on_time",
    _("按时办结率"),
    part=ON_TIME,
    whole=DUE,
    rest=_("没按时"),
    says=_("按时办结的任务 ÷ 到期任务。"),
)
OPEN = Measure(
    "work.tasks_open",
    _("在办任务"),
    _("件"),
    rows=lambda period: (
        Task.objects.filter(opened_at__lt=period.until)
        .filter(Q(finished_at=None) | Q(finished_at__gte=period.until))
        .exclude(verb__in=Work.quiet_verbs())
    ),
    says=_("期末还没有办结也没有取消的任务。"),
    page="work/_figure_rows.html",
    headings=HEADINGS,
    related=("unit",),
    listed=False,
    by_time=True,
)
OVERDUE = Measure(
    "work.tasks_overdue_now",
    _("现在逾期"),
    _("件"),
    rows=lambda period: Task.objects.overdue().exclude(verb__in=Work.quiet_verbs()),
    says=_("此刻已过期限、还没有办结也没有取消的任务，与所选时段无关。重点户联系另计。"),
    page="work/_figure_rows.html",
    headings=HEADINGS,
    related=("unit",),
    listed=False,
    by_time=True,
)
