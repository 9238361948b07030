"""What a vote leads to, and the community's word on a major matter. What follows stands in publicity, following, evaluation."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.permission import Actor, Refused
from jiequ.core.writing import action
from jiequ.council.actions.motions import _community
from jiequ.council.actions.telling import tell_council
from jiequ.council.actions.telling_cases import tell_case
from jiequ.council.models import Motion
from jiequ.council.workflow import MOTION
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task

CONFIRM_WORKDAYS = 2
PUBLICISE_WORKDAYS = 2
CARRY_OUT = "council.carry_out"


def after_vote(motion: Motion, *, by: Actor) -> None:
    """What a closed ballot leads to: somebody's next task, and a word to the proposers and the council."""
    if motion.state == Motion.State.UNCONFIRMED:
        due = workdays.due(clock.now(), workdays=CONFIRM_WORKDAYS)
        open_task(
            "council.confirm", motion.title, unit=_community(motion.unit), about=motion, role="chief", due_at=due, by=by
        )
        tell_council(motion, _("议题表决通过，等社区确认：%(title)s"), by=by)
    elif motion.state == Motion.State.ADOPTED:
        _ask_to_publicise(motion, by)
        tell_council(motion, _("议题表决通过：%(title)s"), by=by)
    else:
        tell_council(motion, _("议题表决未通过：%(title)s"), by=by)
        tell_case(motion, by=by)


def before_revote(motion: Motion, *, by: Actor) -> None:
    """What the vote that is set aside had asked of people is not to be done; all hear that it is voted again."""
    for verb in ("council.confirm", "council.publicise"):
        drop_tasks_about(motion, verb, by=by, note=_("重新表决"))
    tell_council(motion, _("议题重新表决：%(title)s"), by=by)


def _ask_to_publicise(motion: Motion, by: Actor) -> None:
    due = workdays.due(clock.now(), workdays=PUBLICISE_WORKDAYS)
    open_task("council.publicise", motion.title, unit=motion.unit, about=motion, role="head", due_at=due, by=by)


@action
def confirm_resolution(motion: Motion, *, by: Actor) -> Motion:
    """The community confirms a major matter."""
    MOTION.make(motion, "confirm", by=by, set={"confirmed_at": clock.now()})
    finish_tasks_about(motion, "council.confirm", by=by)
    _ask_to_publicise(motion, by)
    tell_council(motion, _("社区已确认决议：%(title)s"), by=by)
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
    tell_council(motion, _("社区把决议退回再议：%(title)s"), by=by)
    return motion
