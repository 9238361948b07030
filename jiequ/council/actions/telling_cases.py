"""What became of a motion, told to the case it was raised from."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiequ.cases.actions.handling import say
from jiequ.cases.models import CaseMessage
from jiequ.core.journal import record
from jiequ.core.permission import Actor
from jiequ.council.models import Motion
from jiequ.people.actions import notify


def tell_case(motion: Motion, *, by: Actor) -> None:
    """What became of a motion stands as a note on the case it was raised from, and its holder is told; part of the action
    that ends the motion. Nothing for a motion from no case, or one turned into its case."""
    case = motion.case
    if case is None or motion.source != Motion.Source.CASE:
        return
    words = _("议题 %(number)s：%(state)s。") % {"number": motion.number, "state": motion.get_state_display()}
    say(case, CaseMessage.Kind.NOTE, words, by=by)
    record("note", case, by=by, motion=motion.number, motion_state=motion.state)
    if case.holder_id is not None and case.holder_id != by.person_id:
        notify(
            [case.holder_id],
            _("诉求转的议题有了结果，请答复诉求人：%(what)s") % {"what": case.task_title},
            url=case.get_absolute_url(),
        )
