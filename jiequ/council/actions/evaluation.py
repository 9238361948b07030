"""The end of step 7: residents say whether they are satisfied; too few, and it is carried out again."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.following import commit_to
from jiequ.council.actions.outcomes import CARRY_OUT
from jiequ.council.actions.telling import tell_council
from jiequ.council.actions.telling_cases import tell_case
from jiequ.council.models import Commitment, Motion, Rating, progress
from jiequ.council.workflow import MOTION
from jiequ.work.actions import finish_tasks_about, open_task
from jiequ.work.models import Task

REDO_WORKDAYS = 10


@action
def evaluate_motion(motion: Motion, *, by: Actor) -> Motion:
    """All tasks are done and, where somebody supervises, accepted: ask residents whether they are satisfied."""
    fresh = lock(motion)  # no task is sent back or added while they are counted
    left = Task.objects.about(motion).open().filter(verb=CARRY_OUT).count()
    if left:
        raise Refused(_("还有%(left)s项任务没办完，办完再请居民评价。") % {"left": left})
    rows = progress(fresh).rows
    waiting = sum(row.stage == Commitment.Stage.WAITING for row in rows)
    if waiting:
        raise Refused(_("还有%(left)s项没有验收，监督人验收后再请居民评价。") % {"left": waiting})
    if rows and not any(row.is_complete for row in rows):
        raise Refused(_("任务都取消了，没有办成的事可以评价。请先加任务。"))
    MOTION.make(motion, "evaluate", by=by, set={"evaluating_at": clock.now()}, round=motion.round)
    finish_tasks_about(motion, "council.evaluate", by=by)
    due = clock.now() + timedelta(days=motion.rule.evaluation_days)
    open_task("council.conclude", motion.title, unit=motion.unit, about=motion, role="head", due_at=due, by=by)
    tell_council(motion, _("决议办好了，请评价：%(title)s"), by=by)
    return motion


@action
def rate_resolution(motion: Motion, *, by: Actor, score: str, voter_index: str) -> Rating:
    """One resident's satisfaction, one each a round. `voter_index` is a blind index of the browser or the person."""
    require(by, "council.rate_resolution", motion.unit)
    motion = lock(motion)
    if motion.state != Motion.State.EVALUATING:
        raise Refused(_("现在不在评价期，谢谢您。"))
    if score not in Rating.Score.values:
        raise Refused(_("请选一项。"), field="score")
    try:
        with transaction.atomic():
            rating = Rating.objects.create(
                motion=motion, round=motion.round, score=score, voter_index=voter_index, rated_at=clock.now()
            )
    except IntegrityError as error:
        raise Overtaken(_("您已经评价过了，谢谢。")) from error
    record("rate", motion, by=by, round=motion.round)
    return rating


def satisfaction(motion: Motion, round_: int | None = None) -> tuple[int, int]:
    """(satisfied or basically satisfied, rated) in a round, the current one by default."""
    ratings = Rating.objects.filter(motion=motion, round=round_ or motion.round)
    return ratings.exclude(score=Rating.Score.UNSATISFIED).count(), ratings.count()


@action
def conclude_motion(motion: Motion, *, by: Actor) -> Motion:
    """End the evaluation: conclude, or begin another round where too few are satisfied.

    Before the evaluation days are over at least one rating is needed; after them, silence does not block the end.
    """
    motion = lock(motion)
    satisfied, rated = satisfaction(motion)
    ends = (motion.evaluating_at or clock.now()) + timedelta(days=motion.rule.evaluation_days)
    if not rated and clock.now() < ends:
        raise Refused(_("还没有居民评价。评价期到%(day)s，期满后可以办结。") % {"day": f"{clock.day(ends):%m月%d日}"})
    if rated and satisfied * 100 < motion.rule.satisfied_percent * rated:
        MOTION.make(
            motion, "second_round", by=by, set={"round": motion.round + 1, "following_at": clock.now()},
            satisfied=satisfied, rated=rated,
        )  # fmt: skip
        finish_tasks_about(motion, "council.conclude", by=by)
        what = _("第%(round)s轮：%(title)s") % {"round": motion.round, "title": motion.title}
        commit_to(
            motion,
            by=by,
            holder=motion.responsible,
            due_at=workdays.due(clock.now(), workdays=REDO_WORKDAYS),
            what=what,
        )
        tell_council(motion, _("满意率不够，进入下一轮：%(title)s"), by=by)
        return motion
    MOTION.make(motion, "conclude", by=by, set={"concluded_at": clock.now()}, satisfied=satisfied, rated=rated)
    finish_tasks_about(motion, "council.conclude", by=by)
    tell_council(motion, _("议题已办结：%(title)s"), by=by)
    tell_case(motion, by=by)
    return motion
