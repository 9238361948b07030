"""Naming whom a case complains of, and taking it out of their hands."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import allow, hold
from jiequ.cases.actions.dispatching import redispatch_case, who_takes
from jiequ.cases.models import Case, CoHandling, Handler, complains_of, kept_from
from jiequ.cases.routing import DESKS, desk_for
from jiequ.cases.workflow import OPEN
from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused
from jiequ.core.writing import action
from jiequ.people.models import Appointment, Person
from jiequ.work.actions import Onward, drop_tasks_about, pass_tasks_on
from jiequ.work.models import Task

OF_THE_LEAD = ("cases.acknowledge", "cases.handle")


@action
def name_complained(
    case: Case, *, by: Actor, person: Person | None = None, handler: Handler | None = None, lead: Handler | None = None
) -> Case:
    """Note whom the case complains of: a person, a handler, or both. From now on they do not see it, and nothing of it lies with
    them: co-handling ends, tasks go to others. Where its lead is complained of, `lead` says who leads instead.

    Refused where nobody would be left to do what is to be done.
    """
    hold(case)
    allow(by, "cases.accept_case", case)
    if person is None and handler is None:
        raise Refused(_("请选被投诉的人或承办单位。"), field="person")
    if case.state not in OPEN:
        raise Refused(_("这件诉求已经办结，不能再标明被投诉方。"))
    changes: dict[str, Any] = {}
    if person is not None:
        changes["complained_of"] = person
    if handler is not None:
        changes["complained_handler"] = handler
        if case.proposed_id == handler.pk:
            changes["proposed"] = None
    Case.objects.filter(pk=case.pk).update(**changes)
    _name_in_merged(case, {key: value for key, value in changes.items() if key != "proposed"})
    was_lead = case.lead
    for key, value in changes.items():
        setattr(case, key, value)
    if complains_of(case, by):
        raise Refused(_("这件诉求投诉的就是您，请由别人来标明。"))
    barred = kept_from(case)
    _end_their_help(case, barred, by)
    if was_lead is not None:
        _change_lead(case, was_lead, lead, barred, by)
    elif case.holder_id in barred:
        _set_holder(case, None if by.person_id is None else by.person_id)
    _pass_on(case, barred, by)
    record(
        "name_complained", case, by=by, person=case.complained_of_id, handler=case.complained_handler_id
    )  # ids alone: the journal keeps no name
    return case


def _name_in_merged(case: Case, named: dict[str, Any]) -> None:
    """What was merged into it tells the same story; it has ended, and nobody could name anybody there any more."""
    into = [case.pk]
    while into:
        merged = Case.objects.filter(merged_into__in=into)
        into = list(merged.values_list("pk", flat=True))
        merged.update(**named)


def _change_lead(case: Case, was: Handler, lead: Handler | None, barred: set[int], by: Actor) -> None:
    """Another lead where the old one is complained of or has nobody left; another holder where only the holder is."""
    if was.pk != case.complained_handler_id:
        try:
            other = who_takes(case, was)
        except Refused:
            other = None
        else:
            if case.holder_id in barred:
                _set_holder(case, other)
            return
    if lead is None:
        raise Refused(_("现在就由%(lead)s主办，请同时选另一个主办单位。") % {"lead": was.name}, field="lead")
    redispatch_case(case, lead=lead, by=by, note=_("被投诉方不能承办"))


def _end_their_help(case: Case, barred: set[int], by: Actor) -> None:
    for co in CoHandling.objects.filter(case=case, done_at=None).select_related("handler__unit"):
        if co.handler_id != case.complained_handler_id:
            try:
                who_takes(case, co.handler)
            except Refused:
                pass  # nobody of theirs is left to help
            else:
                continue
        note = _("被投诉方不能协办")
        CoHandling.objects.filter(pk=co.pk).update(done_at=clock.now(), note=note)
        drop_tasks_about(case, "cases.assist", by=by, note=note, only=co.task_id or 0)


def _pass_on(case: Case, barred: set[int], by: Actor) -> None:
    """What lies with them, by name or by a post they hold, goes to others: of the same handler, or of the next desk up."""
    tasks = list(Task.objects.open().about(case).select_related("unit", "co_handling__handler__unit"))
    posts = Appointment.objects.in_force().filter(person__in=barred, unit__in={t.unit_id for t in tasks})
    theirs = set(posts.values_list("unit_id", "role"))
    moves = []
    for task in tasks:
        if task.holder_id not in barred and (task.holder_id is not None or (task.unit_id, task.role) not in theirs):
            continue
        co = getattr(task, "co_handling", None)
        handler = case.lead if task.verb in OF_THE_LEAD else co.handler if co is not None else None
        if handler is not None:
            holder = case.holder_id if handler == case.lead and case.holder_id else who_takes(case, handler)
            moves.append(Onward(task, task.unit, task.role, task.due_at, holder))
            continue
        desk = desk_for(task.unit, besides=barred)
        if not desk.persons:
            raise Refused(_("除了被投诉方没有别人能接，请先任命%(post)s。") % {"post": desk.role or DESKS[1][0]})
        moves.append(Onward(task, desk.unit, desk.role, task.due_at, desk.holder))
    by_verb: dict[str, list[Onward]] = {}
    for move in moves:
        by_verb.setdefault(move.task.verb, []).append(move)
    for verb, found in by_verb.items():
        new = pass_tasks_on(found, by=by, note=_("被投诉方不能承办"))
        if verb == "cases.assist":
            for move, task in zip(found, new, strict=True):
                CoHandling.objects.filter(task=move.task).update(task=task)


def _set_holder(case: Case, person_id: int | None) -> None:
    Case.objects.filter(pk=case.pk).update(holder=person_id)
    case.holder_id = person_id
