"""Step 7, carrying out: commitments with weights, who supervises, what is accepted and what is sent back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, NotAllowed, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.outcomes import CARRY_OUT
from jiequ.council.actions.publicity import require_public
from jiequ.council.actions.telling import tell_council
from jiequ.council.models import Commitment, Motion, progress
from jiequ.council.workflow import MOTION
from jiequ.people.actions import notify
from jiequ.people.models import Appointment, Person
from jiequ.work.actions import after_ending, drop_tasks_about, finish_tasks_about, open_task
from jiequ.work.models import Task

HEAVIEST = 100
#: Ours: what is done is looked at, what was sent back is done again, and what is ready is evaluated, within these.
ACCEPT_WORKDAYS, REDO_WORKDAYS, EVALUATE_WORKDAYS = 3, 5, 3


@action
def follow_up_motion(
    motion: Motion,
    *,
    by: Actor,
    responsible: Person,
    due_at: datetime,
    what: str = "",
    weight: int = 1,
    supervisor: Person | None = None,
) -> Task:
    """Publicity is over and every objection answered: carry out, with a responsible person and a first task.

    `what` is public. A `supervisor` accepts what is done before residents are asked; `weight` is 1 to 100.
    """
    require(by, "council.follow_up_motion", motion.unit)
    fresh = lock(motion)  # an objection of the last minute is either counted here or refused there
    if not fresh.publicity_is_over:
        raise Refused(
            _("公示到%(day)s为止，公示期满后才能执行。")
            % {"day": f"{motion.public_until:%m月%d日}" if motion.public_until else "—"}
        )
    if motion.objections.filter(answered_at=None).exists():
        raise Refused(_("还有异议没有答复，答复后才能执行。"))
    if supervisor is not None:
        _require_neutral(motion, supervisor, [responsible.pk])
    what = what.strip() or motion.title
    _require_sound(motion, what, weight, due_at)
    changes = {"following_at": clock.now(), "responsible": responsible, "supervisor": supervisor}
    MOTION.make(motion, "follow_up", by=by, set=changes)
    finish_tasks_about(motion, "council.follow_up", by=by)
    task = commit_to(motion, by=by, holder=responsible, due_at=due_at, what=what, weight=weight)
    tell_council(motion, _("决议开始执行：%(title)s"), by=by)
    return task


@action
def assign_follow_up(
    motion: Motion,
    *,
    by: Actor,
    holder: Person,
    due_at: datetime,
    what: str,
    weight: int = 1,
    is_milestone: bool = False,
) -> Task:
    """One more task in carrying out a resolution; `what` is public, `weight` is 1 to 100."""
    require(by, "council.follow_up_motion", motion.unit)
    fresh = lock(motion)
    if fresh.state != Motion.State.FOLLOWING:
        raise Refused(_("议题不在跟进中，不能加任务。"))
    if not what.strip():
        raise Refused(_("请写明要做什么。"), field="what")
    if fresh.supervisor_id == holder.pk:
        raise Refused(_("监督人不能承办任务，请另选一位。"), field="responsible")
    _require_sound(motion, what, weight, due_at)
    drop_tasks_about(motion, "council.evaluate", by=by, note=_("又加了任务"))
    return commit_to(
        motion, by=by, holder=holder, due_at=due_at, what=what.strip(), weight=weight, is_milestone=is_milestone
    )


def commit_to(
    motion: Motion,
    *,
    by: Actor,
    holder: Person | None,
    due_at: datetime,
    what: str,
    weight: int = 1,
    is_milestone: bool = False,
) -> Task:
    """A task of carrying out and its public commitment, in the motion's current round. Without a holder the head has it."""
    task = open_task(
        CARRY_OUT, what[:120], unit=motion.unit, about=motion, holder=holder, role="" if holder else "head",
        due_at=due_at, by=by,
    )  # fmt: skip
    Commitment.objects.create(
        motion=motion, task=task, round=motion.round, what=what[:120], weight=weight, is_milestone=is_milestone
    )
    return task


@action
def name_supervisor(motion: Motion, *, by: Actor, supervisor: Person) -> Motion:
    """Name who accepts the work, or another person when the first can no longer do it. Nobody is not an answer."""
    require(by, "council.follow_up_motion", motion.unit)
    fresh = lock(motion)
    if fresh.state != Motion.State.FOLLOWING:
        raise Refused(_("议题不在跟进中，不用指定监督人。"))
    holders = Task.objects.about(motion).filter(verb=CARRY_OUT).values_list("holder_id", flat=True)
    _require_neutral(motion, supervisor, [fresh.responsible_id, *holders])
    Motion.objects.filter(pk=motion.pk).update(supervisor=supervisor)
    motion.supervisor = supervisor
    record("name_supervisor", motion, by=by, was=fresh.supervisor_id, supervisor=supervisor.pk)
    drop_tasks_about(motion, "council.accept_work", by=by, note=_("换了监督人"))
    drop_tasks_about(motion, "council.evaluate", by=by, note=_("先由监督人验收"))
    _ask_for_the_next(motion, by)
    if supervisor.pk != by.person_id:
        notify([supervisor], _("请您监督这件事：%(title)s") % {"title": motion.title}, url=motion.get_absolute_url())
    return motion


@action
def accept_work(commitment: Commitment, *, by: Actor) -> Commitment:
    """What was promised is done: by the supervisor or, where nobody supervises, by a holder of council.follow_up_motion.

    Nobody accepts work of their own. The second of two gets Overtaken.
    """
    row = _to_be_judged(commitment, by)
    row.accepted_at, row.accepted_by_id = clock.now(), by.person_id
    row.save(update_fields=["accepted_at", "accepted_by"])
    _finish_accepting(row.motion, by)
    _ask_for_the_next(row.motion, by)
    record("accept_work", row.motion, by=by, commitment=row.pk, task=row.task_id, weight=row.weight)
    return row


@action
def send_back_work(commitment: Commitment, *, by: Actor, reason: str) -> Commitment:
    """Not as promised: the same work is to be done again by whoever did it, as a new task in the same commitment."""
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Refused(_("请写明哪里没有办到位。"), field="reason")
    require_public(reason, commitment.unit, field="reason")  # a notice carries it out of the house
    row = _to_be_judged(commitment, by)
    done = row.task
    holder = done.holder or done.finished_by
    row.task = open_task(
        CARRY_OUT, row.what, unit=done.unit, about=row.motion, holder=holder, role="" if holder else done.role,
        due_at=workdays.due(clock.now(), workdays=REDO_WORKDAYS), by=by,
    )  # fmt: skip
    row.returned_at, row.return_reason = clock.now(), reason
    row.save(update_fields=["task", "returned_at", "return_reason"])
    _finish_accepting(row.motion, by)
    drop_tasks_about(row.motion, "council.evaluate", by=by, note=_("有一项退回返工"))
    if holder is not None:
        notify([holder], _("没有通过验收，请返工：%(what)s") % {"what": row.what}, body=reason,
               url=row.task.get_absolute_url())  # fmt: skip
    record("send_back_work", row.motion, by=by, commitment=row.pk, task=done.pk, again=row.task_id)
    return row


@after_ending(CARRY_OUT)
def work_ended(task: Task, by: Actor) -> None:
    """A task of carrying out was finished or taken back: whose turn is it? Part of that act."""
    found = Motion.objects.filter(pk=task.about_id or 0).first()
    motion = lock(found) if found is not None else None
    if motion is not None and motion.state == Motion.State.FOLLOWING:
        _ask_for_the_next(motion, by)


def _ask_for_the_next(motion: Motion, by: Actor) -> None:
    """Open the task that follows: accepting what is done, or asking residents when nothing is left. Motion locked."""
    verbs = set(Task.objects.about(motion).open().values_list("verb", flat=True))
    rows = progress(motion).rows
    waits = any(row.stage == Commitment.Stage.WAITING for row in rows)
    if waits and "council.accept_work" not in verbs:
        due = workdays.due(clock.now(), workdays=ACCEPT_WORKDAYS)
        open_task("council.accept_work", motion.title, unit=motion.unit, about=motion, holder=motion.supervisor,
                  due_at=due, by=by)  # fmt: skip
    if not waits and any(row.is_complete for row in rows) and not verbs & {CARRY_OUT, "council.evaluate"}:
        due = workdays.due(clock.now(), workdays=EVALUATE_WORKDAYS)
        open_task("council.evaluate", motion.title, unit=motion.unit, about=motion, role="head", due_at=due, by=by)


def _finish_accepting(motion: Motion, by: Actor) -> None:
    """The supervisor's task is done when nothing waits for them any more."""
    if motion.supervisor_id and not any(r.stage == Commitment.Stage.WAITING for r in progress(motion).rows):
        finish_tasks_about(motion, "council.accept_work", by=by)


def may_judge(motion: Motion, by: Actor) -> bool:
    """True if `by` is one who accepts or sends back work of `motion`; not yet whether a piece of it is their own."""
    if motion.supervisor_id is not None:
        return by.person_id == motion.supervisor_id
    return by.may("council.follow_up_motion", motion.unit)


def _to_be_judged(commitment: Commitment, by: Actor) -> Commitment:
    """The commitment as it stands now, its motion locked, if `by` may judge it; with task, motion and unit read."""
    lock(commitment.motion)
    rows = Commitment.objects.select_related("task__holder", "task__unit", "task__finished_by")
    row = rows.select_related("motion__unit", "motion__supervisor").get(pk=commitment.pk)
    if not may_judge(row.motion, by):
        raise NotAllowed(_("这件事由监督人验收；没有监督人的，由街区网格长或社区验收。"))
    if row.accepted_at is not None or row.task_id != commitment.task_id:
        raise Overtaken(_("刚刚已有人验收或退回这一项，请刷新页面看看最新情况。"))
    if row.motion.state != Motion.State.FOLLOWING:
        raise Refused(_("议题不在跟进中，不能验收。"))
    if row.task.state != Task.State.DONE:
        raise Refused(_("这一项还没办完，办完再验收。"))
    if by.person_id is not None and by.person_id in (row.task.holder_id, row.task.finished_by_id):
        raise Refused(_("自己办的事不能自己验收，请别人来验收。"))
    return row


def _require_neutral(motion: Motion, supervisor: Person, holders: Iterable[int | None]) -> None:
    """A supervisor has no hand in the work, and a post in the block (or in the community that stands over it)."""
    if supervisor.pk in set(holders):
        raise Refused(_("监督人不能是负责人，也不能承办任务，请另选一位。"), field="supervisor")
    here = Q(unit__path__startswith=motion.unit.path) | Q(unit__path=motion.unit.path_at(2))
    if not Appointment.objects.in_force().filter(here, person=supervisor).exists():
        raise Refused(_("监督人要在本街区有岗位，请另选一位。"), field="supervisor")


def _require_sound(motion: Motion, what: str, weight: int, due_at: datetime) -> None:
    if due_at <= clock.now():
        raise Refused(_("期限已经过去，请选以后的时间。"), field="due_at")
    if not 1 <= weight <= HEAVIEST:
        raise Refused(_("权重填 1 到 %(most)s 的整数。") % {"most": HEAVIEST}, field="weight")
    require_public(what, motion.unit, field="what")
