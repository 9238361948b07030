"""Every write of tasks: open, claim, hand over, finish, drop, put off, press, order an answer, remind.

Two people may press the same button at the same moment. Every change therefore names the state it starts from in its
WHERE clause: one wins, the other is told (Overtaken) and nothing is done twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import kind_of, record
from jiequ.core.permission import Actor, NotAllowed, Overtaken, Refused, require
from jiequ.core.writing import action, lock, write
from jiequ.people.actions import notify
from jiequ.people.models import Account, Appointment, Person
from jiequ.people.roles import ROLES
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import Unit
from jiequ.work.models import Extension, Reminder, SupervisionOrder, Task
from jiequ.work.workflow import TASK, Work

BATCH = 300
#: What an upper house does in the same transaction when a task of its kind was ended by hand, by verb.
_AFTER: dict[str, Callable[[Task, Actor], None]] = {}


def after_ending(verb: str) -> Callable[[Callable[[Task, Actor], None]], Callable[[Task, Actor], None]]:
    """Enter a function that goes on when somebody has finished or dropped a task of kind `verb` from its own page."""

    def enter(function: Callable[[Task, Actor], None]) -> Callable[[Task, Actor], None]:
        _AFTER[verb] = function
        return function

    return enter


@action
def open_task(
    verb: str,
    title: str,
    *,
    unit: Unit,
    due_at: datetime,
    by: Actor,
    about: models.Model | None = None,
    role: str = "",
    holder: Person | None = None,
) -> Task:
    """Give somebody something to do: `holder`, or whoever holds the post `role` in `unit`.

    A task about a thing follows from an act on that thing, which has checked its own permission; a task by itself needs
    "work.open_task". `title` must hold nothing personal: it enters the journal. Two statements beside the savepoint.
    """
    if about is None:
        require(by, "work.open_task", unit)
        if due_at <= clock.now():
            raise Refused(_("期限已经过了，请选一个以后的时间。"), field="due_at")
    if not role and holder is None:
        raise Refused(_("请指定由谁办理。"), field="holder")
    task = Task.objects.create(
        verb=verb,
        title=title[:120],
        about_kind=kind_of(about) if about is not None else "",
        about_id=about.pk if about is not None else None,
        unit=unit,
        role=role,
        holder=holder,
        opened_at=clock.now(),
        due_at=due_at,
    )
    record("open", task, by=by, work=verb, due_at=due_at, about=task.about_kind, about_id=task.about_id)
    return task


@action
def claim_task(task: Task, *, by: Actor) -> None:
    """Take a task that waits for a post I hold. The second of two who press gets Overtaken."""
    require(by, "work.hold_task", task.unit)
    if task.holder_id is not None:
        raise Refused(_("这件事已经有人认领，请到“本单位”里看是谁在办。"))
    _require_mine(task, by)
    _change(task, {"holder": None}, holder_id=by.person_id)
    record("claim", task, by=by)


@action
def hand_over_task(task: Task, *, to: Person, by: Actor, note: str = "") -> None:
    """Give the task to `to`: by who holds it, or by a coordinator over its unit. `to` must be able to hold it there."""
    if not (task.is_for(by) and by.may("work.hold_task", task.unit)):
        require(by, "work.reassign_task", task.unit)
    if to.pk == task.holder_id:
        raise Refused(_("这件事本来就由这个人办理，请另选一人。"), field="to")
    posts = Appointment.objects.in_force().filter(person=to).select_related("unit")
    if not any(
        "work.hold_task" in p.definition.permissions and task.unit.path.startswith(p.definition.path(p.unit.path))
        for p in posts
    ):
        raise Refused(_("这个人在这里没有岗位，不能接办。请选本单位的任职人员。"), field="to")
    before = task.holder_id
    _change(task, {"holder": before}, holder_id=to.pk)
    if to.pk != by.person_id:
        _tell([to], _("转给您一件事：%(title)s") % {"title": task.title}, body=note, url=task.get_absolute_url())
    record("hand_over", task, by=by, was=before, to=to.pk)


@action
def finish_task(task: Task, *, by: Actor, note: str = "") -> None:
    """Say that it is done. Only its holder, or a holder of the post it waits for.

    Refused for work that is done on another page (see Work.by_hand). An open 督办 order is answered with the same note.
    """
    if task.about_kind and not Work.of(task.verb).by_hand:
        raise Refused(_("这件事要到它自己的页面上办理，办完会自动办结。"))
    fresh = lock(task)  # a hand-over at the same moment must not let the former holder finish it
    _require_mine(fresh, by)
    changes = {"finished_at": clock.now(), "finished_by_id": by.person_id, "note": note[:500]}
    TASK.make(task, "finish", by=by, set=changes, on_time=task.due_at >= clock.now())
    order = task.orders.filter(answered_at=None).first()
    if order is not None:
        _answer(order, note or str(_("已办结")), by)
    _go_on(task, by)


@action
def drop_task(task: Task, *, by: Actor, reason: str) -> None:
    """Take a task back that need not be done any more. The reason stays on its page."""
    if not reason.strip():
        raise Refused(_("请写明为什么取消。"), field="reason")
    changes = {"finished_at": clock.now(), "finished_by_id": by.person_id, "note": reason[:500]}
    TASK.make(task, "drop", by=by, set=changes)
    _go_on(task, by)


def _go_on(task: Task, by: Actor) -> None:
    if (then := _AFTER.get(task.verb)) is not None and task.about_kind:
        then(task, by)


@action
def extend_task(task: Task, *, due_at: datetime, reason: str, by: Actor) -> Extension:
    """Put the due time off, with a reason that everybody who sees the task can read. Nobody extends a task of his own."""
    require(by, "work.extend_task", task.unit)
    if task.is_for(by):
        raise Refused(_("自己的任务不能自己延期，请上一级或同岗位以外的人批准。"))
    if not reason.strip():
        raise Refused(_("请写明延期原因。"), field="reason")
    if due_at <= task.due_at or due_at <= clock.now():
        raise Refused(_("新期限要晚于原期限，也要晚于现在。"), field="due_at")
    before = task.due_at
    _change(task, {"due_at": before}, due_at=due_at)
    extension = Extension.objects.create(
        task=task,
        was_due_at=before,
        due_at=due_at,
        reason=reason[:200],
        granted_at=clock.now(),
        granted_by_id=by.person_id,
    )
    record("extend", task, by=by, was=before, due_at=due_at)
    return extension


@action
def remind_task(task: Task, *, by: Actor) -> None:
    """Press once a day (催办): whoever must do it gets a notice."""
    require(by, "work.remind_task", task.unit)
    if task.state != Task.State.OPEN:
        raise Refused(_("这件事已经了结，不用催办。"))
    if task.is_for(by):
        raise Refused(_("这件事该您自己办，不用催办。"))
    now = clock.now()
    _sent, new = Reminder.objects.get_or_create(
        task=task, kind=Reminder.Kind.BY_HAND, occasion=str(clock.day(now)), defaults={"sent_at": now}
    )
    if not new:
        raise Refused(_("今天已经催办过，对方已收到通知。急的话可以发督办。"))
    _tell(_who_must(task), _("催办：%(title)s") % {"title": task.title}, url=task.get_absolute_url())
    record("remind", task, by=by)


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
    persons = _who_must(fresh)
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
    _tell(persons, subject, body=order.demand, url=fresh.get_absolute_url())
    record("order_supervision", task, by=by, order=order.pk, answer_due_at=answer_due_at)
    return order


@action
def answer_order(order: SupervisionOrder, *, answer: str, by: Actor) -> None:
    """Answer a 督办 order; the task stays open until it is finished."""
    task = order.task
    require(by, "work.hold_task", task.unit)
    _require_mine(task, by)
    if not answer.strip():
        raise Refused(_("请写明办理情况。"), field="answer")
    _answer(order, answer, by)


def _answer(order: SupervisionOrder, answer: str, by: Actor) -> None:
    changes = {"answered_at": clock.now(), "answered_by_id": by.person_id, "answer": answer[:500]}
    if not SupervisionOrder.objects.filter(pk=order.pk, answered_at=None).update(**changes):
        raise Overtaken(_("这份督办单刚刚已经回复。"))
    for key, value in changes.items():
        setattr(order, key, value)
    if order.issued_by_id and order.issued_by_id != by.person_id:
        issuer = Person.objects.filter(pk=order.issued_by_id)
        subject = _("督办已回复：%(title)s") % {"title": order.task.title}
        _tell(issuer, subject, body=order.answer, url=order.task.get_absolute_url())
    record("answer_order", order.task, by=by, order=order.pk)


@action
def finish_tasks_about(thing: models.Model, verb: str, *, by: Actor, note: str = "") -> int:
    """Finish the open tasks of kind `verb` about `thing`, because the thing's own action has just done them.

    That action has checked the permission. Two statements beside the savepoint, and one entry for each task.
    """
    tasks = _end_about(thing, verb, Task.State.DONE, by, note)
    for task in tasks:
        record("finish", task, by=by, on_time=task.due_at >= clock.now())
    return len(tasks)


@action
def drop_tasks_about(thing: models.Model, verb: str, *, by: Actor, note: str) -> int:
    """Take back the open tasks of kind `verb` about `thing`, because its own action has made them pointless; says why."""
    tasks = _end_about(thing, verb, Task.State.DROPPED, by, note)
    for task in tasks:
        record("drop", task, by=by)
    return len(tasks)


def _end_about(thing: models.Model, verb: str, state: str, by: Actor, note: str) -> list[Task]:
    rows = _locked(Task.objects.open().about(thing).filter(verb=verb).order_by("pk"))
    tasks = list(rows.select_related("unit"))
    if tasks:
        changes = {"state": state, "finished_at": clock.now(), "finished_by_id": by.person_id, "note": note[:500]}
        Task.objects.filter(pk__in=[t.pk for t in tasks]).update(**changes)
    return tasks


def remind_due() -> int:
    """Remind of everything that is due within one working day (once) or late (once for each due time).

    Works in batches, each its own transaction: killed in the middle, the next run takes the rest; run twice or in two
    processes, the tasks of a batch are locked and their Reminder rows are unique. Returns how many reminders were made.
    """
    now = clock.now()
    soon_until = clock.at(workdays.add_workdays(clock.day(now), 1) + timedelta(days=1))
    soon = Task.objects.open().filter(due_at__gte=now, due_at__lt=soon_until)
    told_late = Reminder.objects.filter(
        task=models.OuterRef("pk"), kind=Reminder.Kind.LATE, sent_at__gte=models.OuterRef("due_at")
    )
    late = Task.objects.overdue(now).exclude(models.Exists(told_late))
    return _remind(late, Reminder.Kind.LATE) + _remind(soon, Reminder.Kind.SOON)


def _remind(tasks: Any, kind: Reminder.Kind) -> int:
    made, after = 0, 0
    while True:
        with write():
            batch = list(_locked(tasks.filter(pk__gt=after).order_by("pk"))[:BATCH])
            if not batch:
                return made
            after = batch[-1].pk
            there = set(Reminder.objects.filter(task__in=batch, kind=kind).values_list("task_id", "occasion"))
            new = [t for t in batch if (t.pk, _occasion(t)) not in there]
            now = clock.now()
            Reminder.objects.bulk_create(Reminder(task=t, kind=kind, occasion=_occasion(t), sent_at=now) for t in new)
            _tell_of(new, kind)
        made += len(new)


def _tell_of(tasks: list[Task], kind: Reminder.Kind) -> None:
    """One notice a person, however many of the tasks are hers."""
    by_person: dict[int, list[Task]] = defaultdict(list)
    waiting = [t for t in tasks if t.holder_id is None]
    posts: dict[tuple[int, str], list[int]] = defaultdict(list)
    if waiting:
        rows = Appointment.objects.in_force().filter(unit_id__in={t.unit_id for t in waiting})
        for person_id, unit_id, role in rows.values_list("person_id", "unit_id", "role"):
            posts[unit_id, role].append(person_id)
    for task in tasks:
        for person_id in [task.holder_id] if task.holder_id else posts[task.unit_id, task.role]:
            by_person[person_id].append(task)
    same: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for person_id, theirs in by_person.items():
        same[tuple(t.pk for t in theirs)].append(person_id)
    titles = {t.pk: t for t in tasks}
    for keys, persons in same.items():
        late = kind == Reminder.Kind.LATE
        if len(keys) == 1:
            task = titles[keys[0]]
            subject = (_("已逾期：%(title)s") if late else _("快到期：%(title)s")) % {"title": task.title}
            url = task.get_absolute_url()
        else:
            subject = (_("您有 %(n)d 件事已逾期") if late else _("您有 %(n)d 件事快到期")) % {"n": len(keys)}
            url = reverse("tasks") + ("?overdue=1" if late else "")
        _tell(Person.objects.filter(pk__in=persons), subject, url=url)


def _occasion(task: Task) -> str:
    return task.due_at.isoformat()[:40]


def _locked(rows: Any) -> Any:
    return rows.select_for_update(of=("self",)) if connection.features.has_select_for_update_of else rows


def _change(task: Task, was: dict[str, Any], **changes: Any) -> None:
    """Change an open task by compare-and-set, in the database and in memory."""
    if not Task.objects.filter(pk=task.pk, state=Task.State.OPEN, **was).update(**changes):
        raise Overtaken(_("刚刚已有人办过这一步。没有重复办理，请刷新页面看看最新情况。"))
    for key, value in changes.items():
        setattr(task, key, value)


def _require_mine(task: Task, by: Actor) -> None:
    if by.person_id is not None and not task.is_for(by):  # without a person it is the machine, which `require` lets act
        raise NotAllowed(_("这件事不由您办理。需要的话，请先请经办人或街区网格长转给您。"))


def _who_must(task: Task) -> list[Person]:
    """The holder, or everybody who holds the post that the task waits for."""
    if task.holder_id:
        return list(Person.objects.filter(pk=task.holder_id))
    posts = Appointment.objects.in_force().filter(unit_id=task.unit_id, role=task.role)
    return list(Person.objects.filter(pk__in=posts.values("person_id")))


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


def _tell(persons: Any, subject: str, *, body: str = "", url: str = "") -> None:
    notify(list(persons), subject[:120], body=body, url=url)


@follows
def tasks_follow(successions: Sequence[Succession]) -> None:
    """What is still to do in units that were split, merged or moved goes on in their first heirs; one statement for all."""
    heirs = [models.When(unit=s.old, then=models.Value(s.heirs[0].pk)) for s in successions if s.heirs]
    if heirs:
        Task.objects.open().filter(unit__in=[s.old for s in successions]).update(
            unit=models.Case(*heirs, default=models.F("unit"), output_field=models.BigIntegerField())
        )
