"""督办: a superior demands an answer on a task."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, NotAllowed, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.people.models import Account, Appointment, Person
from jiequ.people.roles import ROLES
from jiequ.work.actions.whose import require_mine, tell, who_must
from jiequ.work.models import SupervisionOrder, Task
from jiequ.work.secrets import kept_from_whom


@action
def order_supervision(task: Task, *, demand: str, answer_due_at: datetime, by: Actor) -> SupervisionOrder:
    """督办: a superior demands an answer by a time. One open order a task; whoever must do the task is told."""
    require(by, "work.order_supervision", task.unit)
    if not demand.strip():
        raise Refused(_("请写明督办要求。"), field="demand")
    if answer_due_at <= clock.now():
        raise Refused(_("回复期限要晚于现在。"), field="answer_due_at")
    fresh = lock(task)  # the parent row: two orders at the same moment are counted one after the other
    if fresh.state != Task.State.OPEN:
        raise Refused(_("这件事已经了结，不用督办。"))
    persons = who_must(fresh)
    if not _is_superior(fresh, persons, by):
        raise NotAllowed(_("督办只能由上级向下级发出。"))
    if fresh.orders.filter(answered_at=None).exists():
        raise Refused(_("已有一份督办单还没回复，等回复后再发。"))
    order = SupervisionOrder.objects.create(
        task=fresh,
        demand=demand[:300],
        issued_at=clock.now(),
        issued_by_id=by.person_id,
        answer_due_at=answer_due_at,
    )
    subject = _("督办：%(title)s") % {"title": fresh.title}
    tell(persons, subject, body=order.demand, url=fresh.get_absolute_url())
    record("order_supervision", task, by=by, order=order.pk, answer_due_at=answer_due_at)
    return order


@action
def answer_order(order: SupervisionOrder, *, answer: str, by: Actor) -> None:
    """Answer a 督办 order; the task stays open until it is finished. Whoever holds the task needs no post for it: a handler's
    people have none."""
    task = order.task
    if by.person_id is None or by.person_id != task.holder_id:
        require(by, "work.hold_task", task.unit)
    require_mine(task, by)
    if not answer.strip():
        raise Refused(_("请写明办理情况。"), field="answer")
    note_answer(order, answer, by)


def note_answer(order: SupervisionOrder, answer: str, by: Actor) -> None:
    """Write the answer down and tell who issued the order; part of the action that calls it."""
    changes = {"answered_at": clock.now(), "answered_by_id": by.person_id, "answer": answer[:500]}
    if not SupervisionOrder.objects.filter(pk=order.pk, answered_at=None).update(**changes):
        raise Overtaken(_("这份督办单刚刚已经回复。"))
    for key, value in changes.items():
        setattr(order, key, value)
    barred = kept_from_whom(order.task.about_kind, order.task.about_id)  # it may complain of whoever asked, by now
    if order.issued_by_id and order.issued_by_id != by.person_id and order.issued_by_id not in barred:
        issuer = Person.objects.filter(pk=order.issued_by_id)
        subject = _("督办已回复：%(title)s") % {"title": order.task.title}
        tell(issuer, subject, body=order.answer, url=order.task.get_absolute_url())
    record("answer_order", order.task, by=by, order=order.pk)


def _is_superior(task: Task, persons: list[Person], by: Actor) -> bool:
    """True if a post that gives `by` the right to supervise ranks above every post that must do the task."""
    if by.person_id is None:
        return True
    if any(p.pk == by.person_id for p in persons):
        return False
    mine = by.rank_over("work.order_supervision", task.unit) if isinstance(by, Account) else None
    posts = Appointment.objects.in_force().filter(person__in=persons).select_related("unit")
    theirs = [ROLES[p.role].rank for p in posts if task.unit.path.startswith(p.definition.path(p.unit.path))]
    return mine is not None and mine < min(theirs, default=99)
