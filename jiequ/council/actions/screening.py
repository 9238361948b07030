"""Step 2: screening. The head's word and the move it points at, the community's decision, and the quick track (即时议)."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused
from jiequ.core.personal import has_personal_number
from jiequ.core.writing import action, lock
from jiequ.council.actions.motions import (
    NOT_RECOMMENDED,
    _ask_to_screen,
    _community,
    _one_line,
    _task_title,
    searchable,
    tell_proposers,
)
from jiequ.council.actions.telling_cases import tell_case
from jiequ.council.models import Motion, Proposer
from jiequ.council.workflow import MOTION
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task

LISTING_WORKDAYS = 10  # ours: an accepted motion should come on an agenda within two weeks
#: What a recommendation can point at: names of moves that the community makes.
RECOMMENDABLE = ("accept", "return", "refer", "merge")


@action
def recommend_motion(
    motion: Motion,
    *,
    by: Actor,
    recommendation: str,
    title: str = "",
    category: str = "",
    is_major: bool | None = None,
    move: str = "accept",
    into: Motion | None = None,
    referred_to: str = "",
) -> Motion:
    """The block head's word on a motion, and the move it points at, for the community to decide.

    `move` is one of RECOMMENDABLE; merging needs `into`, referring `referred_to`. The head may put the title in public words.
    """
    community = _community(motion.unit)
    changes: dict[str, object] = {
        "recommended_at": clock.now(),
        "recommendation": recommendation.strip(),
        **_pointed(motion, move, into, referred_to),
    }
    if not changes["recommendation"]:
        raise Refused(_("请写一句审定建议，社区据此决定。"), field="recommendation")
    title = _one_line(title)
    if move == "accept" and has_personal_number(title or motion.title):
        raise Refused(_("标题会公开，里面有像手机号或身份证号的数字，请去掉。"), field="title")
    if title:
        motion.title = title
        changes |= {"title": motion.title, "search_text": searchable(motion)}
    if category:
        changes["category"] = category
    if is_major is not None:
        over = motion.budget is not None and motion.budget > motion.rule.major_sum
        changes["is_major"] = is_major or over  # money over the rule's sum is major whatever the form says
    MOTION.make(motion, "recommend", by=by, set=changes)
    finish_tasks_about(motion, "council.recommend", by=by)
    due = workdays.due(motion.collected_at, workdays=motion.rule.screening_workdays)
    due = max(due, clock.now() + timedelta(hours=4))  # a late recommendation still leaves the community an afternoon
    open_task("council.accept", _task_title(motion), unit=community, about=motion, role="chief", due_at=due, by=by)
    return motion


@action
def accept_motion(motion: Motion, *, by: Actor) -> Motion:
    """Screening ends well: the motion waits for a meeting."""
    MOTION.make(motion, "accept", by=by, set={"screened_at": clock.now()})
    finish_tasks_about(motion, "council.accept", by=by)
    due = workdays.due(clock.now(), workdays=LISTING_WORKDAYS)
    open_task("council.list", _task_title(motion), unit=motion.unit, about=motion, role="head", due_at=due, by=by)
    tell_proposers(motion, _("您提的议题已受理，等待上会：%(title)s"))
    return motion


@action
def return_motion(motion: Motion, *, by: Actor, reason: str) -> Motion:
    """Not ready: back to the proposer with a reason they can act on."""
    return _end(motion, "return", by, reason, _("您提的议题已退回，可修改后重提：%(title)s"))


@action
def refer_motion(motion: Motion, *, by: Actor, reason: str, referred_to: str) -> Motion:
    """Not the council's to decide (or not this council's): to the right place, with an explanation."""
    if not referred_to.strip():
        raise Refused(_("请写明转到哪里。"), field="referred_to")
    return _end(motion, "refer", by, reason, _("您提的议题已转出：%(title)s"), referred_to=referred_to.strip())


@action
def merge_motion(motion: Motion, *, into: Motion, by: Actor, reason: str = "") -> Motion:
    """The same thing twice: `motion` ends in `into`, and its proposers go with it; nobody is lost and nobody is there twice."""
    # Always in the same order, so that two merges of the same two never wait for each other.
    held = {row.pk: lock(row) for row in sorted((motion, into), key=lambda m: m.pk)}
    target = held[into.pk]
    _require_target(motion, target)
    _end(
        motion, "merge", by, reason or _("与 %(number)s 是同一件事") % {"number": target.number},
        _("您提的议题已并入另一件一起办：%(title)s"), merged_into=target,
    )  # fmt: skip
    there = set(target.proposers.exclude(person=None).values_list("person_id", flat=True))
    for proposer in motion.proposers.all():
        if proposer.person_id in there:
            continue
        Proposer.objects.filter(pk=proposer.pk).update(motion=target, came_with_id=proposer.came_with_id or motion.pk)
    record("absorb", target, by=by, merged=motion.number)
    return motion


@action
def take_quick(motion: Motion, *, by: Actor) -> Motion:
    """Small enough to be answered without a meeting: the head answers within the rule's hours, real hours, not working time."""
    due = clock.now() + timedelta(hours=motion.rule.quick_hours)
    MOTION.make(motion, "take_quick", by=by, set={"quick_due_at": due}, until=due)
    finish_tasks_about(motion, "council.recommend", by=by)
    open_task(
        "council.answer_quick", _task_title(motion), unit=motion.unit, about=motion, role="head", due_at=due, by=by
    )
    tell_proposers(motion, _("您提的议题按即时议办，很快答复：%(title)s"))
    return motion


@action
def answer_quick(motion: Motion, *, by: Actor, answer: str) -> Motion:
    """The answer, to everybody who proposed it. It was not voted and is not among the motions voted."""
    answer = answer.strip()
    if not answer:
        raise Refused(_("请写明怎么办了、什么时候办好，提出人会看到。"), field="answer")
    if has_personal_number(answer):
        raise Refused(_("答复里有像手机号或身份证号的数字，请去掉。"), field="answer")
    now = clock.now()
    in_time = motion.quick_due_at is None or now <= motion.quick_due_at
    MOTION.make(motion, "answer", by=by, set={"answer": answer, "answered_at": now}, in_time=in_time)
    finish_tasks_about(motion, "council.answer_quick", by=by)
    tell_proposers(motion, _("您提的议题有答复了：%(title)s"))
    tell_case(motion, by=by)
    return motion


@action
def bring_up(motion: Motion, *, by: Actor, reason: str) -> Motion:
    """Not so small after all: from the quick track to the ordinary screening, with its reason and a fresh task."""
    if not reason.strip():
        raise Refused(_("请写明为什么要转正式审定，提出人会看到。"), field="reason")
    MOTION.make(motion, "bring_up", by=by, set={**NOT_RECOMMENDED, "reason": reason.strip()})
    drop_tasks_about(motion, "council.answer_quick", by=by, note=_("转正式审定"))
    _ask_to_screen(motion, by)
    tell_proposers(motion, _("您提的议题转正式审定：%(title)s"))
    return motion


def _pointed(motion: Motion, move: str, into: Motion | None, referred_to: str) -> dict[str, object]:
    """The columns of a recommendation's pointer; refused where the move could not be made as it says."""
    if move not in RECOMMENDABLE:
        raise Refused(_("请选一种建议办法。"), field="move")
    if move == "merge":
        if into is None:
            raise Refused(_("请选建议并入哪一件。"), field="into")
        _require_target(motion, into)
    referred_to = " ".join(referred_to.split())
    if move == "refer" and not referred_to:
        raise Refused(_("请写明建议转到哪里。"), field="referred_to")
    return {
        "recommended_move": move,
        "recommended_into": into if move == "merge" else None,
        "recommended_to": referred_to[:60] if move == "refer" else "",
    }


def _require_target(motion: Motion, target: Motion) -> None:
    if target.pk == motion.pk or target.unit_id != motion.unit_id:
        raise Refused(_("只能并入本街区的另一个议题。"), field="into")
    if target.has_ended:
        raise Refused(_("“%(number)s”已经办结，不能再并入。") % {"number": target.number}, field="into")


def _end(motion: Motion, move: str, by: Actor, reason: str, told: str, **changes: object) -> Motion:
    if not reason.strip():
        raise Refused(_("请写明理由，提出人会看到。"), field="reason")
    MOTION.make(motion, move, by=by, set={"screened_at": clock.now(), "reason": reason.strip(), **changes})
    for verb in ("council.recommend", "council.accept", "council.list"):
        finish_tasks_about(motion, verb, by=by)
    tell_proposers(motion, told)
    tell_case(motion, by=by)
    return motion
