"""Steps 6 and 7: confirming, publicising, carrying out, and asking whether residents are satisfied."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.motions import _community, tell_proposers
from jiequ.council.models import Motion, Objection, Rating
from jiequ.council.workflow import MOTION
from jiequ.people.models import Person
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task
from jiequ.work.models import Task

CONFIRM_WORKDAYS = 2
PUBLICISE_WORKDAYS = 2
CARRY_OUT = "council.carry_out"
#: Phone and identity numbers have no place in public words.
_PERSONAL = re.compile(r"(?<!\d)(1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")


def after_vote(motion: Motion, *, by: Actor) -> None:
    """What a closed ballot leads to: somebody's next task, and a word to the proposers."""
    if motion.state == Motion.State.UNCONFIRMED:
        due = workdays.due(clock.now(), workdays=CONFIRM_WORKDAYS)
        open_task(
            "council.confirm", motion.title, unit=_community(motion.unit), about=motion, role="chief", due_at=due, by=by
        )
        tell_proposers(motion, _("您提的议题已表决通过，等社区确认：%(title)s"))
    elif motion.state == Motion.State.ADOPTED:
        _ask_to_publicise(motion, by)
        tell_proposers(motion, _("您提的议题已表决通过：%(title)s"))
    else:
        tell_proposers(motion, _("您提的议题表决未通过：%(title)s"))


def before_revote(motion: Motion, *, by: Actor) -> None:
    """What the vote that is set aside had asked of people is not to be done; the proposers hear that it is voted again."""
    for verb in ("council.confirm", "council.publicise"):
        drop_tasks_about(motion, verb, by=by, note=_("重新表决"))
    tell_proposers(motion, _("您提的议题重新表决：%(title)s"))


def _ask_to_publicise(motion: Motion, by: Actor) -> None:
    due = workdays.due(clock.now(), workdays=PUBLICISE_WORKDAYS)
    open_task("council.publicise", motion.title, unit=motion.unit, about=motion, role="head", due_at=due, by=by)


@action
def confirm_resolution(motion: Motion, *, by: Actor) -> Motion:
    """The community confirms a major matter."""
    MOTION.make(motion, "confirm", by=by, set={"confirmed_at": clock.now()})
    finish_tasks_about(motion, "council.confirm", by=by)
    _ask_to_publicise(motion, by)
    return motion


@action
def send_back_resolution(motion: Motion, *, by: Actor, reason: str) -> Motion:
    """The community does not confirm: the council discusses again. The vote stays on record; the motion is undecided."""
    if not reason.strip():
        raise Refused(_("请写明退回再议的理由。"), field="reason")
    MOTION.make(motion, "send_back", by=by, set={"reason": reason.strip(), "decided_at": None, "was_adopted": None})
    finish_tasks_about(motion, "council.confirm", by=by)
    open_task("council.list", motion.title, unit=motion.unit, about=motion, role="head",
              due_at=clock.now() + timedelta(days=30), by=by)  # fmt: skip
    return motion


@action
def publicise_resolution(motion: Motion, *, by: Actor, resolution: str, title: str = "") -> Motion:
    """Put the resolution on its public page for the rule's working days. Personal data is refused, not blanked."""
    resolution, title = resolution.strip(), " ".join(title.split()) or motion.title
    if not resolution:
        raise Refused(_("请写明决议内容：做什么、谁来做、什么时候做好。"), field="resolution")
    if _PERSONAL.search(resolution) or _PERSONAL.search(title):
        raise Refused(_("公示里有像手机号或身份证号的数字，请去掉再公示。"), field="resolution")
    now = clock.now()
    until = workdays.add_workdays(clock.today(), motion.rule.publicity_workdays)
    MOTION.make(
        motion, "publicise", by=by,
        set={"resolution": resolution, "title": title[:60], "publicised_at": now, "public_until": until},
        until=until,
    )  # fmt: skip
    finish_tasks_about(motion, "council.publicise", by=by)
    due = clock.at(workdays.add_workdays(until, 2), workdays.CLOSING_HOUR)
    open_task("council.follow_up", motion.title, unit=motion.unit, about=motion, role="head", due_at=due, by=by)
    tell_proposers(motion, _("您提的议题正在公示：%(title)s"))
    return motion


@action
def object_to_resolution(motion: Motion, *, by: Actor, text: str, phone: str = "") -> Objection:
    """Anyone objects while the resolution is being publicised."""
    require(by, "council.object_to_resolution", motion.unit)
    motion = lock(motion)
    if motion.state != Motion.State.PUBLICISED or motion.publicity_is_over:
        raise Refused(_("公示期已过，不能再提异议；有新情况请提新的议题。"))
    if not text.strip():
        raise Refused(_("请写下您的意见。"), field="text")
    objection = Objection(motion=motion, text=text.strip(), phone=phone.strip(), made_at=clock.now())
    objection.save(force_insert=True)
    record("object", motion, by=by)
    open_task("council.answer_objection", motion.title, unit=motion.unit, about=motion, role="head",
              due_at=workdays.due(clock.now(), workdays=2), by=by)  # fmt: skip
    return objection


@action
def answer_objection(objection: Objection, *, by: Actor, answer: str) -> Objection:
    """Answer an objection; carrying out may begin only when all are answered."""
    require(by, "council.answer_objection", objection.unit)
    if not answer.strip():
        raise Refused(_("请写明答复。"), field="answer")
    now = clock.now()
    changed = Objection.objects.filter(pk=objection.pk, answered_at=None).update(answer=answer.strip(), answered_at=now)
    if not changed:
        raise Overtaken(_("这条异议刚刚已有人答复。"))
    objection.answer, objection.answered_at = answer.strip(), now
    record("answer_objection", objection.motion, by=by)
    if not objection.motion.objections.filter(answered_at=None).exists():
        finish_tasks_about(objection.motion, "council.answer_objection", by=by)
    return objection


@action
def follow_up_motion(motion: Motion, *, by: Actor, responsible: Person, due_at: datetime, what: str = "") -> Task:
    """Publicity is over and every objection answered: carry out, with a responsible person and a first task."""
    if not motion.publicity_is_over:
        raise Refused(
            _("公示到%(day)s为止，公示期满后才能执行。")
            % {"day": f"{motion.public_until:%m月%d日}" if motion.public_until else "—"}
        )
    if motion.objections.filter(answered_at=None).exists():
        raise Refused(_("还有异议没有答复，答复后才能执行。"))
    MOTION.make(motion, "follow_up", by=by, set={"following_at": clock.now(), "responsible": responsible})
    finish_tasks_about(motion, "council.follow_up", by=by)
    return _assign(motion, by, responsible, due_at, what or motion.title)


@action
def assign_follow_up(motion: Motion, *, by: Actor, holder: Person, due_at: datetime, what: str) -> Task:
    """One more task in carrying out a resolution."""
    require(by, "council.follow_up_motion", motion.unit)
    if motion.state != Motion.State.FOLLOWING:
        raise Refused(_("议题不在跟进中，不能加任务。"))
    if not what.strip():
        raise Refused(_("请写明要做什么。"), field="what")
    return _assign(motion, by, holder, due_at, what.strip())


def _assign(motion: Motion, by: Actor, holder: Person, due_at: datetime, what: str) -> Task:
    if due_at <= clock.now():
        raise Refused(_("期限已经过去，请选以后的时间。"), field="due_at")
    return open_task(CARRY_OUT, what[:120], unit=motion.unit, about=motion, holder=holder, due_at=due_at, by=by)


@action
def evaluate_motion(motion: Motion, *, by: Actor) -> Motion:
    """All tasks are done: ask residents whether they are satisfied."""
    left = Task.objects.about(motion).open().filter(verb=CARRY_OUT).count()
    if left:
        raise Refused(_("还有%(left)s项任务没办完，办完再请居民评价。") % {"left": left})
    MOTION.make(motion, "evaluate", by=by, set={"evaluating_at": clock.now()}, round=motion.round)
    due = clock.now() + timedelta(days=motion.rule.evaluation_days)
    open_task("council.conclude", motion.title, unit=motion.unit, about=motion, role="head", due_at=due, by=by)
    tell_proposers(motion, _("您提的议题办好了，请评价：%(title)s"))
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
        holder = motion.responsible
        open_task(CARRY_OUT, _("第%(round)s轮：%(title)s") % {"round": motion.round, "title": motion.title}, unit=motion.unit,
                  about=motion, holder=holder, role="" if holder else "head",
                  due_at=workdays.due(clock.now(), workdays=10), by=by)  # fmt: skip
        tell_proposers(motion, _("满意率不够，进入下一轮：%(title)s"))
        return motion
    MOTION.make(motion, "conclude", by=by, set={"concluded_at": clock.now()}, satisfied=satisfied, rated=rated)
    finish_tasks_about(motion, "council.conclude", by=by)
    tell_proposers(motion, _("您提的议题已办结：%(title)s"))
    return motion
