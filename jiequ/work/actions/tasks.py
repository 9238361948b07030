"""Opening, claiming, handing over, finishing, dropping and putting off tasks.

Two people may press the same button at the same moment. Every change therefore names the state it starts from in its
WHERE clause: one wins, the other is told (Overtaken) and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import kind_of, record, record_all
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.people.models import Appointment, Person
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import Unit
from jiequ.work.actions.supervising import note_answer
from jiequ.work.actions.whose import locked, may_hold, require_mine, tell
from jiequ.work.models import Extension, Task
from jiequ.work.workflow import TASK, Work

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
    require_mine(task, by)
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
    if not may_hold(task, [to.pk]):
        raise Refused(_("这件事不能交给这个人，请另选一人。"), field="to")
    before = task.holder_id
    _change(task, {"holder": before}, holder_id=to.pk)
    if to.pk != by.person_id:
        tell([to], _("转给您一件事：%(title)s") % {"title": task.title}, body=note, url=task.get_absolute_url())
    record("hand_over", task, by=by, was=before, to=to.pk)


@action
def finish_task(task: Task, *, by: Actor, note: str = "") -> None:
    """Say that it is done. Only its holder, or a holder of the post it waits for.

    Refused for work that is done on another page (see Work.by_hand). An open 督办 order is answered with the same note.
    """
    _require_by_hand(task)
    fresh = lock(task)  # a hand-over at the same moment must not let the former holder finish it
    require_mine(fresh, by)
    changes = {"finished_at": clock.now(), "finished_by_id": by.person_id, "note": note[:500]}
    TASK.make(task, "finish", by=by, set=changes, on_time=task.due_at >= clock.now())
    order = task.orders.filter(answered_at=None).first()
    if order is not None:
        note_answer(order, note or str(_("已办结")), by)
    _go_on(task, by)


@action
def drop_task(task: Task, *, by: Actor, reason: str) -> None:
    """Take a task back that need not be done any more. The reason stays on its page. Refused for work that is done on another
    page, as finishing is."""
    if not reason.strip():
        raise Refused(_("请写明为什么取消。"), field="reason")
    _require_by_hand(task)
    changes = {"finished_at": clock.now(), "finished_by_id": by.person_id, "note": reason[:500]}
    TASK.make(task, "drop", by=by, set=changes)
    _go_on(task, by)


def _require_by_hand(task: Task) -> None:
    if task.about_kind and not Work.of(task.verb).by_hand:
        raise Refused(_("这件事要到它自己的页面上办理，办完会自动办结。"))


def _go_on(task: Task, by: Actor) -> None:
    if (then := _AFTER.get(task.verb)) is not None and task.about_kind:
        then(task, by)


@action
def extend_task(task: Task, *, due_at: datetime, reason: str, by: Actor) -> Extension:
    """Put the due time off, with a reason that everybody who sees the task can read. Nobody extends a task of his own."""
    require(by, "work.extend_task", task.unit)
    if task.about_kind and Work.of(task.verb).has_clock:
        raise Refused(_("这件事有自己的时限，请到它的页面上申请延期或暂停。"))
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
def finish_tasks_about(thing: models.Model, *verbs: str, by: Actor, note: str = "", only: int | None = None) -> int:
    """Finish the open tasks of the kinds `verbs` about `thing` (or `only` the one with that number), because the thing's own
    action has just done them.

    That action has checked the permission. Two statements beside the savepoint, and one entry for each task.
    """
    tasks = _end_about(thing, verbs, Task.State.DONE, by, note, only)
    for task in tasks:
        record("finish", task, by=by, on_time=task.due_at >= clock.now())
    return len(tasks)


@action
def drop_tasks_about(thing: models.Model, *verbs: str, by: Actor, note: str, only: int | None = None) -> int:
    """Take back the open tasks of the kinds `verbs` about `thing`, because its own action has made them pointless; says why."""
    tasks = _end_about(thing, verbs, Task.State.DROPPED, by, note, only)
    for task in tasks:
        record("drop", task, by=by)
    return len(tasks)


@action
def move_due(
    thing: models.Model, verbs: Iterable[str], *, due_at: datetime, by: Actor, rests_until: datetime | None = None
) -> int:
    """Set the due time of the open tasks of the kinds `verbs` about `thing`, which has a clock of its own: that clock's own
    action has checked who may, and keeps the reason. Until `rests_until` nobody is reminded of them. Returns how many moved.
    """
    tasks = list(locked(Task.objects.open().about(thing).filter(verb__in=list(verbs)).order_by("pk")))
    moved = [t for t in tasks if (t.due_at, t.rests_until) != (due_at, rests_until)]
    if moved:
        Task.objects.filter(pk__in=[t.pk for t in moved]).update(due_at=due_at, rests_until=rests_until)
        record_all("move_due", moved, by=by, due_at=due_at)
    return len(moved)


@dataclass(frozen=True)
class Onward:
    """A task that goes on to another post (or to `holder`), to be done by `due_at`."""

    task: Task
    unit: Unit
    role: str
    due_at: datetime
    holder: int | None = None


@action
def pass_tasks_on(moves: Sequence[Onward], *, by: Actor, note: str) -> list[Task]:
    """Take each task back where it lay and open it anew one post further; an action on what they are about has decided so.
    Four statements, however many."""
    if not moves:
        return []
    old = [m.task for m in moves]
    ended = {
        "state": Task.State.DROPPED,
        "finished_at": clock.now(),
        "finished_by_id": by.person_id,
        "note": note[:500],
    }
    Task.objects.filter(pk__in=[t.pk for t in old]).update(**ended)
    record_all("drop", old, by=by)
    new = Task.objects.bulk_create(
        Task(
            verb=m.task.verb, title=m.task.title, about_kind=m.task.about_kind, about_id=m.task.about_id, unit=m.unit,
            role=m.role, holder_id=m.holder, opened_at=clock.now(), due_at=m.due_at,
        )
        for m in moves
    )  # fmt: skip
    record_all("open", new, by=by, work=new[0].verb)
    return new


def _end_about(
    thing: models.Model, verbs: Sequence[str], state: str, by: Actor, note: str, only: int | None = None
) -> list[Task]:
    open_ones = Task.objects.open().about(thing).filter(verb__in=verbs).order_by("pk")
    rows = locked(open_ones if only is None else open_ones.filter(pk=only))
    tasks = list(rows.select_related("unit").defer("unit__boundary", "unit__note"))
    if tasks:
        changes = {"state": state, "finished_at": clock.now(), "finished_by_id": by.person_id, "note": note[:500]}
        Task.objects.filter(pk__in=[t.pk for t in tasks]).update(**changes)
    return tasks


def _change(task: Task, was: dict[str, Any], **changes: Any) -> None:
    """Change an open task by compare-and-set, in the database and in memory."""
    if not Task.objects.filter(pk=task.pk, state=Task.State.OPEN, **was).update(**changes):
        raise Overtaken(_("刚刚已有人办过这一步。没有重复办理，请刷新页面看看最新情况。"))
    for key, value in changes.items():
        setattr(task, key, value)


@follows
def tasks_follow(successions: Sequence[Succession]) -> None:
    """What is still to do in units that were split, merged or moved goes on in their first heirs; one statement for all."""
    heirs = [models.When(unit=s.old, then=models.Value(s.heirs[0].pk)) for s in successions if s.heirs]
    if heirs:
        Task.objects.open().filter(unit__in=[s.old for s in successions]).update(
            unit=models.Case(*heirs, default=models.F("unit"), output_field=models.BigIntegerField())
        )
