"""Reminding: by hand once a day, and by the tick of what is due soon or late."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, write
from jiequ.people.models import Appointment, Person
from jiequ.work.actions.whose import locked, tell, who_must
from jiequ.work.models import Reminder, Task, TaskQuerySet
from jiequ.work.workflow import Work

BATCH = 300


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
    tell(who_must(task), _("催办：%(title)s") % {"title": task.title}, url=task.get_absolute_url())
    record("remind", task, by=by)


def remind_due() -> int:
    """Remind of everything that is due within one working day (once) or late (once for each due time).

    Works in batches, each its own transaction: killed in the middle, the next run takes the rest; run twice or in two
    processes, the tasks of a batch are locked and their Reminder rows are unique. Returns how many reminders were made.
    """
    now = clock.now()
    soon_until = clock.at(workdays.add_workdays(clock.day(now), 1) + timedelta(days=1))
    soon = _awake(now).filter(due_at__gte=now, due_at__lt=soon_until)
    told_late = Reminder.objects.filter(
        task=models.OuterRef("pk"), kind=Reminder.Kind.LATE, sent_at__gte=models.OuterRef("due_at")
    )
    late = _awake(now).filter(due_at__lt=now).exclude(models.Exists(told_late))
    return _remind(late, Reminder.Kind.LATE) + _remind(soon, Reminder.Kind.SOON)


def remind_early(tasks: TaskQuerySet, *, workdays_before: int) -> int:
    """The first of two warnings, for those open ones of `tasks` that are due within so many working days: before the one
    that `remind_due` gives one working day before the end, and never together with it. As safe to run twice as that one."""
    now = clock.now()
    today = clock.day(now)
    since, until = (clock.at(workdays.add_workdays(today, n) + timedelta(days=1)) for n in (1, workdays_before))
    return _remind(tasks & _awake(now).filter(due_at__gte=since, due_at__lt=until), Reminder.Kind.EARLY)


def _awake(now: datetime) -> TaskQuerySet:
    """Open, not resting because its clock is paused, and not of a kind that its own house tells of together."""
    loud = Task.objects.open().exclude(verb__in=Work.quiet_verbs())
    return loud.filter(models.Q(rests_until=None) | models.Q(rests_until__lte=now))


def _remind(tasks: Any, kind: Reminder.Kind) -> int:
    made, after = 0, 0
    while True:
        with write():
            batch = list(locked(tasks.filter(pk__gt=after).order_by("pk"))[:BATCH])
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
        tell(Person.objects.filter(pk__in=persons), subject, url=url)


def _occasion(task: Task) -> str:
    return task.due_at.isoformat()[:40]
