"""What is late for too long is put under supervision (督办) by itself: DOMAIN §2 step 7."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.permission import SYSTEM, Actor
from jiequ.core.writing import write
from jiequ.council.actions.outcomes import CARRY_OUT
from jiequ.council.models import Motion
from jiequ.work.actions import order_supervision
from jiequ.work.models import SupervisionOrder, Task

ANSWER_WORKDAYS = 2
BATCH = 100


def supervise_overdue(*, by: Actor = SYSTEM) -> int:
    """Order an answer on every task of carrying out that is late by more working days than its motion's rule allows.

    Once for each due time: a task that has an order, or had one after it fell due, is left alone until it is put off and
    is late again. Batches, each its own transaction: killed in the middle, the next run takes the rest; in two processes,
    the tasks of a batch are locked before their orders are read. Returns how many orders were made.
    """
    made, after = 0, 0
    ordered = SupervisionOrder.objects.filter(task=OuterRef("pk")).filter(
        Q(answered_at=None) | Q(issued_at__gte=OuterRef("due_at"))
    )
    late = Task.objects.overdue().filter(verb=CARRY_OUT, about_kind="council.motion").exclude(Exists(ordered))
    while True:
        with write():
            batch = list(_locked(late.filter(pk__gt=after).order_by("pk"))[:BATCH])
            if not batch:
                return made
            after = batch[-1].pk
            made += _order(batch, by)


def _order(batch: list[Task], by: Actor) -> int:
    motions = Motion.objects.select_related("rule").in_bulk([t.about_id for t in batch])
    # Asked again behind the lock: another process may have been at these a moment ago.
    there = SupervisionOrder.objects.filter(task__in=batch)
    there = there.filter(Q(answered_at=None) | Q(issued_at__gte=F("task__due_at")))
    have = set(there.values_list("task_id", flat=True))
    now, made = clock.now(), 0
    for task in batch:
        motion = motions.get(task.about_id)
        if (
            motion is None
            or task.pk in have
            or now <= workdays.due(task.due_at, workdays=motion.rule.supervise_workdays)
        ):
            continue
        days = workdays.workdays_between(clock.day(task.due_at), clock.day(now))
        order_supervision(
            task,
            demand=_("已逾期%(n)s个工作日，请说明原因并报新的完成时间。") % {"n": days},
            answer_due_at=workdays.due(now, workdays=ANSWER_WORKDAYS),
            by=by,
        )
        made += 1
    return made


def _locked(rows: Any) -> Any:
    rows = rows.select_related("unit")
    return rows.select_for_update(of=("self",)) if connection.features.has_select_for_update_of else rows
