"""What the tick does about cases: whatever is due, however many, in batches that are each a transaction of their own.

Nothing is remembered here. A run that is killed leaves whole batches done and the rest due, which the next one takes; two at
once lock what they take, and look again behind the lock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.cases.actions.rating import RATING_WORKDAYS, archive_case
from jiequ.cases.actions.timing import resume_case
from jiequ.cases.models import Case, CaseLimit, ClockChange, HandlerMember, kept_from
from jiequ.cases.routing import held_posts, nearest_desk
from jiequ.core import clock, workdays
from jiequ.core.journal import record_all
from jiequ.core.permission import SYSTEM, Actor, Refused
from jiequ.core.writing import write
from jiequ.people.actions import notify
from jiequ.people.models import Appointment
from jiequ.work.actions import Onward, order_supervision, pass_tasks_on, remind_early
from jiequ.work.models import SupervisionOrder, Task

BATCH = 100
ANSWER_WORKDAYS = 2  # to answer an order that comes by itself
KIND = "cases.case"
#: Which of a case's open tasks an order is about: the first that there is.
ORDERED = ("cases.handle", "cases.rule", "cases.acknowledge", "cases.accept")
RELATED = ("unit", "category", "limit", "block", "complained_handler")
Tell = list[tuple[int, Case]]


def sweep_cases(*, by: Actor = SYSTEM) -> int:
    """Take all that is due; returns how many things were done. A part that fails stops no other, and is told at the end."""
    parts: list[Callable[[Actor], int]] = [
        resume_paused,
        climb_late,
        tell_missed_contacts,
        warn_early,
        supervise_late,
        archive_unrated,
    ]
    done, failed = 0, None
    for part in parts:
        try:
            done += part(by)
        except Exception as error:  # one part's fault must not keep the others from their work
            failed = failed or error
    if failed is not None:
        raise failed
    return done


def climb_late(by: Actor) -> int:
    """A case that nobody has given out in time goes on to the next desk up that somebody holds: head, chief, office. Each
    has as long as the first one had; at the office it stays."""
    late = Task.objects.overdue().filter(verb="cases.accept", about_kind=KIND, unit__depth__gt=1)

    def take(tasks: list[Task]) -> int:
        cases = Case.objects.select_related(*RELATED).in_bulk([t.about_id for t in tasks])
        held = held_posts([t.unit for t in tasks])
        moves, climbed, told = [], defaultdict(list), []
        for task in tasks:
            case = cases.get(task.about_id)
            if case is None or case.ended_at is not None:
                continue
            desk = nearest_desk(task.unit, held, above=True, besides=kept_from(case))
            if desk is None:
                continue
            minutes = case.limit.urgent_minutes if case.is_urgent else case.limit.dispatch_minutes
            moves.append(Onward(task, desk.unit, desk.role, clock.now() + timedelta(minutes=minutes), desk.holder))
            climbed[desk.role].append(case)
            told += [(person, case) for person in desk.persons]
        pass_tasks_on(moves, by=by, note=_("到时没有分拨，上报上一级"))
        for role, found in climbed.items():
            record_all("climb", found, by=by, role=role)
        _tell(told, _("下一级没有按时分拨：%(what)s"), _("有%(n)d件诉求下一级没有按时分拨"))
        return len(moves)

    return _in_batches(late, take, related=("unit",))


def tell_missed_contacts(by: Actor) -> int:
    """Nobody has spoken with the complainant in time: the lead and the desk above hear of it, once."""
    due = Case.objects.filter(contact_due_at__lt=clock.now(), responded_at=None, ended_at=None, contact_missed_at=None)

    def take(cases: list[Case]) -> int:
        Case.objects.filter(pk__in=[c.pk for c in cases]).update(contact_missed_at=clock.now())
        places = {c.pk: c.block or c.unit for c in cases}
        held = held_posts(places.values())
        people = _people_of_leads(cases)
        told: Tell = []
        for case in cases:
            barred = kept_from(case)
            above = nearest_desk(places[case.pk], held, above=True, besides=barred)
            own = nearest_desk(places[case.pk], held, besides=barred) if case.lead_id is None or above is None else None
            persons = {p for desk in (above, own) if desk is not None for p in desk.persons}
            persons |= people.get(case.lead_id, set()) | ({case.holder_id} if case.holder_id is not None else set())
            told += [(person, case) for person in sorted(persons - barred)]
        _tell(told, _("还没有首次联系诉求人：%(what)s"), _("有%(n)d件诉求还没有首次联系"))
        record_all("miss_contact", cases, by=by)
        return len(cases)

    return _in_batches(due, take, related=(*RELATED, "lead"))


def warn_early(by: Actor) -> int:
    """The first of two warnings before the end, as many working days before as the case's limit says."""
    made = 0
    for days in _terms("early_workdays"):
        mine = Case.objects.open().filter(pk=OuterRef("about_id"), limit__early_workdays=days)
        tasks = Task.objects.filter(Exists(mine), verb="cases.handle", about_kind=KIND)
        made += remind_early(tasks, workdays_before=days) if days > 1 else 0
    return made


def supervise_late(by: Actor) -> int:
    """A case that is overdue by the limit's working days is put under supervision (督办) by itself: once for each due time."""
    made = 0
    orders = SupervisionOrder.objects.filter(task__about_kind=KIND)
    mine = orders.filter(task__about_id=OuterRef("pk"))
    ordered = mine.filter(Q(answered_at=None) | Q(issued_at__gte=OuterRef("due_at")))
    for days in _terms("supervise_workdays"):
        until = clock.at(_long_ago(days) + timedelta(days=1))
        late = Case.objects.overdue().filter(due_at__lt=until, limit__supervise_workdays=days).exclude(Exists(ordered))

        def take(cases: list[Case]) -> int:
            # Asked again behind the lock: another process may have been at these a moment ago.
            found = orders.filter(task__about_id__in=[c.pk for c in cases]).values_list(
                "task__about_id", "answered_at", "issued_at"
            )
            due = {c.pk: c.due_at for c in cases}
            have = {key for key, answered, issued in found if key and (answered is None or issued >= due[key])}
            tasks = _tasks_to_order(cases)
            count = 0
            for case in cases:
                task = tasks.get(case.pk)
                if task is None or case.pk in have:
                    continue
                late_by = workdays.workdays_between(clock.day(case.due_at), clock.today())
                order_supervision(
                    task, demand=_("已逾期%(n)s个工作日，请说明原因并报新的完成时间。") % {"n": late_by},
                    answer_due_at=workdays.due(clock.now(), workdays=ANSWER_WORKDAYS), by=by,
                )  # fmt: skip
                count += 1
            return count

        made += _in_batches(late, take, related=("unit",))
    return made


def resume_paused(by: Actor) -> int:
    """Pauses whose last day is over end; the clock runs from that day on, whenever the sweep comes by."""
    over = ClockChange.objects.filter(
        kind=ClockChange.Kind.PAUSE, was_granted=True, ended_at=None, until__lt=clock.today()
    )

    def take(pauses: list[ClockChange]) -> int:
        return _each((p.case for p in pauses), lambda case: resume_case(case, by=by))

    return _in_batches(over, take, related=("case__unit", "case__category", "case__complained_handler"))


def archive_unrated(by: Actor) -> int:
    """What was answered and is not rated in time is put away."""
    done = 0
    for days in _terms("callback_workdays"):
        until = clock.at(_long_ago(days + RATING_WORKDAYS) + timedelta(days=1))
        old = Case.objects.filter(state=Case.State.REPLIED, closed_at__lt=until, limit__callback_workdays=days)

        def take(cases: list[Case]) -> int:
            return _each(cases, lambda case: archive_case(case, by=by))

        done += _in_batches(old, take, related=("unit", "limit"))
    return done


def _in_batches(due: Any, take: Callable[[list[Any]], int], *, related: tuple[str, ...]) -> int:
    """Take all of `due` in the order of their numbers, BATCH at a time, each batch locked and in a transaction of its own."""
    done, after = 0, None
    while True:
        with write():
            rows = due.order_by("pk")
            if after is not None:
                rows = rows.filter(pk__gt=after)
            rows = rows.select_related(*related)
            if connection.features.has_select_for_update_of:
                rows = rows.select_for_update(of=("self",))
            batch = list(rows[:BATCH])
            if not batch:
                return done
            after = batch[-1].pk
            done += take(batch)


def _each(cases: Iterable[Case], act: Callable[[Case], Any]) -> int:
    """Do it to each; what somebody has done a moment ago is left alone."""
    done = 0
    for case in cases:
        try:
            act(case)
        except Refused:
            continue
        done += 1
    return done


def _terms(name: str) -> list[int]:
    """The different values that a term has among all limits: a handful."""
    return sorted(set(CaseLimit.objects.values_list(name, flat=True).distinct()))


def _long_ago(days: int) -> date:
    """The latest day from which `days` working days are over by now: their last one has closed."""
    now, day = clock.now(), clock.today()
    while workdays.due(clock.at(day), workdays=days) >= now:
        day -= timedelta(days=1)
    return day


def _people_of_leads(cases: list[Case]) -> dict[int | None, set[int]]:
    """Who belongs to each lead, by its number. Two statements for all."""
    leads = {c.lead_id: c.lead for c in cases if c.lead is not None}
    people: dict[int | None, set[int]] = defaultdict(set)
    members = HandlerMember.objects.in_force(clock.today()).filter(handler__in=leads)
    for handler, person in members.values_list("handler_id", "person_id"):
        people[handler].add(person)
    posts = Appointment.objects.in_force().filter(unit__in={h.unit_id for h in leads.values() if h.role})
    held = list(posts.values_list("unit_id", "role", "person_id"))
    for key, lead in leads.items():
        people[key] |= {person for unit, role, person in held if (unit, role) == (lead.unit_id, lead.role)}
    return people


def _tasks_to_order(cases: list[Case]) -> dict[int, Task]:
    rows = Task.objects.open().filter(about_kind=KIND, about_id__in=[c.pk for c in cases], verb__in=ORDERED)
    found: dict[int, Task] = {}
    for task in sorted(rows.select_related("unit"), key=lambda t: ORDERED.index(t.verb)):
        if task.about_id is not None:
            found.setdefault(task.about_id, task)
    return found


def _tell(told: Tell, one: str, many: str) -> None:
    """One notice a person, however many of the cases are theirs; one statement for those who get the same."""
    theirs: dict[int, list[Case]] = defaultdict(list)
    for person, case in told:
        theirs[person].append(case)
    same: dict[tuple[str, str], list[int]] = defaultdict(list)
    for person, cases in theirs.items():
        if len(cases) == 1:
            same[one % {"what": cases[0].task_title}, cases[0].get_absolute_url()].append(person)
        else:
            same[many % {"n": len(cases)}, reverse("cases")].append(person)
    for (subject, url), persons in same.items():
        notify(persons, subject, url=url)
