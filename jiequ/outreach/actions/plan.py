"""The plan of contacts: every key household that agreed to be contacted has exactly one open task, whoever planned and how often."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, Count, DateField, Exists, ExpressionWrapper, F, OuterRef, Value, When
from django.db.models.functions import Least, TruncDate

from jiequ.core import clock
from jiequ.core.journal import record_each
from jiequ.core.measures import Period
from jiequ.core.permission import SYSTEM, Actor, require
from jiequ.core.writing import action
from jiequ.outreach.actions import holding
from jiequ.outreach.actions.contacting import VISITING
from jiequ.outreach.actions.holding import CONTACT, contact_tasks
from jiequ.outreach.actions.rules import rule_for
from jiequ.outreach.models import Household, OutreachRule, Tier
from jiequ.people.models import Appointment
from jiequ.territory.models import Unit
from jiequ.work.actions import open_tasks_from, place_tasks
from jiequ.work.models import Task

PLANNING = 4410  # the number of PostgreSQL's lock on planning
ENDED = "不再需要联系"  # the note of a task whose household is no key one any more, or has taken its consent back


@action
def plan_contacts(*, by: Actor = SYSTEM, under: Unit | None = None) -> int:
    """See to it that every current key household (`under` a unit) with a valid consent to be contacted has exactly one open
    task, due at the end of its `next_due_on`; returns how many were opened.

    Safe to repeat and to run in two processes. A fixed number of statements beside one for each rule in force, however many
    households: what is due when is one UPDATE, the tasks are one INSERT … SELECT. The journal has one entry a red grid.
    """
    root = under or Unit.objects.filter(depth=1).first()
    if root is None:
        return 0
    require(by, "outreach.assign_household", root)
    if not Household.objects.under(root).exclude(tier=Tier.NONE).exists():
        return 0  # nothing to plan, and no defaults to enter for it
    _one_planner_at_a_time()
    today = clock.today()
    for rule in _rules(root, today):
        set_first_due(Household.objects.under(rule.unit if root.holds(rule.unit) else root), rule, today)
    wanted = Household.objects.under(root).current().key(today).exclude(next_due_on=None)
    _drop_ended(root, today, by)
    _take_from_gone(root, today, by)
    missing = wanted.exclude(Exists(contact_tasks(CONTACT).filter(about_id=OuterRef("pk"))))
    counts = dict(missing.order_by().values("unit").annotate(n=Count("pk")).values_list("unit", "n"))
    if not counts:
        return 0
    # Whole grids, and the database keeps out whoever has a task: `missing` would have PostgreSQL read, for every household, all that
    # this statement has opened so far.
    opened = open_contacts(wanted.filter(unit__in=list(counts)), today, by=by)
    grids = Unit.objects.filter(pk__in=counts).defer("boundary", "note")
    record_each("plan", ((grid, {"count": counts[grid.pk]}) for grid in grids), by=by)
    return opened


def plan_due() -> int:
    """The tick's part, once a day."""
    return sum(plan_contacts(under=root) for root in Unit.objects.filter(depth=1))


def open_contacts(households: Any, on: date, *, by: Actor) -> int:
    """An open task about every one of `households`; those that have one keep it. One statement."""
    return open_tasks_from(
        households, verb=CONTACT, unit=F("unit_id"), title=holding.title(), due_at=holding.due_at(),
        role=holding.role_on(on), holder=holding.holder_on(on), by=by,
    )  # fmt: skip


def set_first_due(households: Any, rule: OutreachRule, today: date) -> int:
    """Say when those of `households` that are to be contacted and have no day yet are due for the first time; one statement.

    The end of this quarter, because the quarter is the floor (DOMAIN §3); for shorter intervals that long after the last contact or
    the day it was registered, and never a day that has passed: nobody is late before there was a plan.
    """
    quarter = Period.quarter(today)
    after = Period.quarter(quarter.end + timedelta(days=1)).end
    whens = []
    for tier, days in ((Tier.WEEK, rule.week_days), (Tier.MONTH, rule.month_days), (Tier.QUARTER, rule.quarter_days)):
        since = today - timedelta(days=days)
        again, first = _later(F("contacted_on"), days), _later(TruncDate("registered_at"), days)
        now = max(since, quarter.start)
        whens += [
            When(tier=tier, contacted_on__gte=now, then=Least(again, Value(after))),
            When(tier=tier, contacted_on__gte=since, then=Least(again, Value(quarter.end))),
        ]
        if tier != Tier.QUARTER:
            began = clock.at(since)
            whens.append(When(tier=tier, registered_at__gte=began, then=Least(first, Value(quarter.end))))
            whens.append(When(tier=tier, then=Value(min(today + timedelta(days=days), quarter.end))))
    due = Case(*whens, default=Value(quarter.end), output_field=DateField())
    return int(households.current().key(today).filter(next_due_on=None).update(next_due_on=due))


def _later(day: Any, days: int) -> Any:
    return ExpressionWrapper(day + timedelta(days=days), output_field=DateField())


def _rules(root: Unit, today: date) -> list[OutreachRule]:
    """The rule in force for each unit that has one of its own, the deepest first, and at last the one that counts for `root`."""
    rules = OutreachRule.objects.filter(effective_on__lte=today).select_related("unit").defer("unit__boundary")
    found: dict[int, OutreachRule] = {}
    for rule in rules.order_by("-unit__path", "-effective_on", "-version"):
        if root.holds(rule.unit):
            found.setdefault(rule.unit_id, rule)
    if root.pk not in found:
        found[root.pk] = rule_for(root, today)
    return sorted(found.values(), key=lambda rule: -len(rule.unit.path))


def _drop_ended(root: Unit, today: date, by: Actor) -> None:
    """Contacts of households that are no key ones any more: each action that ends one has dropped its task; this is the floor."""
    key = Household.objects.current().key(today).filter(pk=OuterRef("about_id"))
    ended = contact_tasks(CONTACT).under(root).exclude(Exists(key))
    ended.update(state=Task.State.DROPPED, finished_at=clock.now(), finished_by=by.person_id, note=ENDED)


def _take_from_gone(root: Unit, today: date, by: Actor) -> None:
    """Contacts of people whose last post ended meanwhile: an end that was entered ahead of its day tells nobody when it comes."""
    posts = Appointment.objects.in_force(today).filter(person=OuterRef("holder_id"), role__in=VISITING)
    gone = contact_tasks().under(root).exclude(holder=None).exclude(Exists(posts))
    place_tasks(gone, by=by, **holding.placed_on(today))


def _one_planner_at_a_time() -> None:
    """Two planners would count the same households twice. SQLite's writers stand in a queue anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLANNING])
