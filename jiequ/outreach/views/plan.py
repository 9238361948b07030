"""Today's plan: whom I go to, in the order of the way; what waits in the grid; for who runs a block, the plan grid by grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.db.models.functions import Substr
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jiequ.core import clock
from jiequ.core.measures import Period
from jiequ.core.permission import NotAllowed, Overtaken, Refused, require
from jiequ.outreach.actions.holding import contact_tasks
from jiequ.outreach.actions.taking import take_along
from jiequ.outreach.forms.plan import TakeForm
from jiequ.outreach.models import SERVICES, Household, Visit
from jiequ.outreach.views.households import find_household
from jiequ.outreach.views.route import on_the_way
from jiequ.outreach.views.sync import last_visits
from jiequ.outreach.workflow import CONTACT, CONTACT_EVENT, EXCUSED
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import DEPTH, Unit
from jiequ.work.actions import claim_task
from jiequ.work.models import Task

SHOWN = 200  # households of one list; a grid has about a hundred
SHOWS = (("late", gettext_lazy("逾期")), ("week", gettext_lazy("本周")), ("all", gettext_lazy("全部")))


@dataclass
class Stop:
    """One door of the list. Room and last words are for who contacts it; everybody else sees the mask."""

    task: Task
    household: Household
    is_mine: bool
    may_claim: bool
    may_excuse: bool
    last: Visit | None = None
    is_next: bool = False

    @property
    def is_event(self) -> bool:
        return self.task.verb == CONTACT_EVENT

    @property
    def is_late(self) -> bool:
        return self.task.due_at < clock.now()

    @property
    def room(self) -> str:
        return self.household.room if self.is_mine else ""

    @property
    def says(self) -> str:
        return self.last.line if self.is_mine and self.last is not None else ""


@dataclass
class Numbers:
    """How many of a list are to be seen today, this week and this quarter, and how many are late."""

    today: int
    week: int
    late: int
    quarter: int
    all: int


@never_cache
def visit_plan(request: SignedIn) -> HttpResponse:
    """Mine, or with `?unit=` all of a grid; for who coordinates, its units in numbers (never persons). At most ten statements."""
    account = request.user
    if not account.holds_anywhere("outreach.view_household"):
        raise NotAllowed(_("您目前没有走访的任务。"))
    unit = _asked(request)
    is_grid = unit is not None and unit.depth >= DEPTH["red_grid"] and account.may("outreach.view_household", unit)
    area = unit or next((a.unit for a in account.appointments if a.unit.depth < DEPTH["red_grid"]), None)
    if area is not None and (area.depth >= DEPTH["red_grid"] or not account.may("outreach.excuse_contact", area)):
        area = None
    tasks = contact_tasks() if is_grid else contact_tasks().filter(pk__in=_mine(account))
    stops = _stops(account, tasks.under(unit) if unit is not None else tasks) if unit is None or area is None else []
    numbers = _numbers(stops)
    show = request.GET.get("show", "")
    if show not in dict(SHOWS):
        show = "week" if numbers.week else "all"
    shown = _chosen(stops, show)
    _add_last(shown)
    if shown:
        shown[0].is_next = True
    rows = _by_unit(area) if area is not None else []
    context = {
        "here": "visits", "unit": unit, "is_grid": is_grid, "stops": shown, "numbers": numbers, "show": show,
        "shows": [(key, label, key == show, getattr(numbers, key)) for key, label in SHOWS],
        "area": area, "rows": rows, "total": _total(rows), "now": clock.local(clock.now()),
        "heading": _heading(numbers, rows, unit if is_grid else None), "may_visit": account.holds_anywhere("outreach.record_visit"),
        "is_full": len(stops) == SHOWN,
    }  # fmt: skip
    return render(request, "outreach/visit_plan.html", context)


@never_cache
def visits_paper(request: SignedIn) -> HttpResponse:
    """The list to take along on paper: with rooms, for a reason that is kept with each household (POST)."""
    account = request.user
    if not account.holds_anywhere("outreach.record_visit"):
        raise NotAllowed(_("您目前没有走访的任务。"))
    show = request.GET.get("show", "")
    stops = _chosen(
        _stops(account, contact_tasks().filter(pk__in=_mine(account))), show if show in dict(SHOWS) else "all"
    )
    form = TakeForm(request.POST or None)
    context: dict[str, Any] = {"here": "visits", "form": form, "count": len(stops), "show": show}
    if request.method == "POST" and form.is_valid():
        try:
            take_along([s.household for s in stops], by=account, reason=form.cleaned_data["reason"], fields=("room",))
        except Refused as refused:
            form.add_error("reason", refused.message)
        else:
            _add_last(stops)
            context |= {"stops": stops, "now": clock.local(clock.now()), "verbs": [verb for _c, verb, _n in SERVICES]}
            return render(request, "outreach/visit_paper.html", context)
    return render(request, "outreach/visit_take.html", context, status=422 if form.errors else 200)


@require_POST
def household_claim(request: SignedIn, pk: int) -> HttpResponse:
    """Take the contact that waits for the grid (我来联系)."""
    household = find_household(request, pk)
    require(request.user, "outreach.record_visit", household.ground)
    waiting = list(contact_tasks().filter(about_id=household.pk, holder=None).select_related("unit"))
    if not waiting:
        raise Overtaken(_("刚刚已经有人去联系，请刷新看看。"))
    for task in waiting:
        claim_task(task, by=request.user)
    messages.success(request, _("由您联系%(who)s。") % {"who": household.label})
    return redirect("visits")


def _asked(request: SignedIn) -> Unit | None:
    """`?unit=`: of a grid whose households I may see, all of it; of a unit I coordinate, its numbers; else mine there."""
    code = request.GET.get("unit", "")[:40].replace("\x00", "")
    if not code:
        return None
    found: Unit = get_object_or_404(Unit.objects.visible_to(request.user).defer("boundary"), code=code)
    return found


def _mine(account: Any) -> Any:
    return Task.objects.for_account(account).filter(verb__in=(CONTACT, CONTACT_EVENT)).values("pk")


def _stops(account: Any, tasks: Any) -> list[Stop]:
    """The doors of `tasks`, the late ones first and then by the way. Two statements; a task whose household I may not see has none."""
    by_household: dict[int, Task] = {}
    for task in tasks.order_by("due_at", "pk")[:SHOWN]:  # of two, the earlier: an event before the ordinary one
        by_household.setdefault(task.about_id, task)
    if not by_household:
        return []
    rows = (
        Household.objects.visible_to(account).current().filter(pk__in=by_household).select_related("unit", "building")
    )
    rows = rows.defer("name", "phone", "remark", "unit__boundary", "building__boundary")
    excuse = account.reach("outreach.excuse_contact")
    found = [
        Stop(
            task,
            h,
            is_mine=task.holder_id == account.person_id,
            may_claim=task.is_for(account),
            may_excuse=excuse.holds(h.unit.path),
        )
        for h, task in ((h, by_household[h.pk]) for h in rows)
    ]
    return sorted(found, key=lambda s: (not s.is_late, not s.is_event, on_the_way(s.household)))


def _chosen(stops: list[Stop], show: str) -> list[Stop]:
    if show == "late":
        return [s for s in stops if s.is_late]
    if show == "week":
        until = _end_of_week()
        return [s for s in stops if s.is_event or s.task.due_at < until]
    return stops


def _add_last(stops: Iterable[Stop]) -> None:
    """The last contact of each: one statement."""
    stops = list(stops)
    if not stops:
        return

    found = last_visits([s.household.pk for s in stops])
    for stop in stops:
        stop.last = found.get(stop.household.pk)


def _end_of_week() -> Any:
    return clock.at(clock.today() + timedelta(days=7 - clock.today().weekday()))


def _numbers(stops: list[Stop]) -> Numbers:
    tonight, quarter = clock.at(clock.today() + timedelta(days=1)), Period.quarter(clock.today()).until
    return Numbers(
        today=sum(s.is_event or s.task.due_at < tonight for s in stops), week=len(_chosen(stops, "week")),
        late=sum(s.is_late for s in stops), quarter=sum(s.task.due_at < quarter for s in stops), all=len(stops),
    )  # fmt: skip


@dataclass
class Row:
    """A unit's quarter: contacts that were made, excused, still to be made, and late."""

    unit: Unit
    done: int
    excused: int
    due: int
    late: int

    @property
    def url(self) -> str:
        return f"{reverse('visits')}?unit={self.unit.code}"


def _by_unit(area: Unit) -> list[Row]:
    """The units below `area` in this quarter: two statements."""
    quarter, now = Period.quarter(clock.today()), clock.now()
    below = area.depth + 1
    rows = Task.objects.filter(verb=CONTACT).under(area)
    rows = rows.filter(Q(finished_at=None, due_at__lt=quarter.until) | Q(finished_at__gte=quarter.since))
    found = rows.annotate(place=Substr("unit__path", 1, Unit.steplen * below)).order_by().values("place").annotate(
        done=Count("pk", filter=Q(state=Task.State.DONE)),
        excused=Count("pk", filter=Q(state=Task.State.DROPPED, note__startswith=EXCUSED)),
        due=Count("pk", filter=Q(state=Task.State.OPEN)),
        late=Count("pk", filter=Q(state=Task.State.OPEN, due_at__lt=now)),
    )  # fmt: skip
    counts = {row.pop("place"): row for row in found}
    kinds = (Unit.Kind.COMMUNITY, Unit.Kind.BLOCK, Unit.Kind.RED_GRID)
    units = Unit.objects.under(area).filter(depth=below, kind__in=kinds).valid().defer("boundary", "note")
    none = {"done": 0, "excused": 0, "due": 0, "late": 0}
    return [Row(unit, **counts.get(unit.path, none)) for unit in units.order_by("order", "path")]


def _total(rows: list[Row]) -> dict[str, int]:
    return {name: sum(getattr(row, name) for row in rows) for name in ("done", "excused", "due", "late")}


def _heading(numbers: Numbers, rows: list[Row], unit: Unit | None) -> str:
    """The answer: how many doors today, or how the quarter stands."""
    if unit is not None:
        name = {"name": unit.name, "n": numbers.quarter}
        return _("%(name)s本季还有%(n)d户") % name if numbers.quarter else _("%(name)s本季都联系过了") % name
    if rows and not numbers.all:
        total = _total(rows)
        if total["late"]:
            return _("本季还有%(due)d户，%(late)d户逾期") % total
        return _("本季还有%(due)d户要联系") % total if total["due"] else _("本季都联系过了")
    if numbers.today:
        return _("今天去%(n)d户") % {"n": numbers.today}
    if numbers.week:
        return _("今天没有到期的，本周%(n)d户") % {"n": numbers.week}
    return _("今天没有要去的户")
