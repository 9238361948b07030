"""When a block is split, merged or moved: its council goes on in the heir, with what is not decided yet.

What was voted stays where it was voted, so that a closed period keeps its figures; the community's chief finishes it there.
"""

from __future__ import annotations

from collections.abc import Sequence

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.council.actions.motions import searchable
from jiequ.council.models import Council, Meeting, Motion
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import Unit


@follows
def councils_follow(successions: Sequence[Succession]) -> None:
    """Every heir of a block with a council has one; undecided motions and coming meetings go to the first heir."""
    for each in successions:
        if each.old.kind != Unit.Kind.BLOCK or not each.heirs:
            continue
        council = Council.objects.filter(unit=each.old).first()
        if council is None:
            continue
        for heir in each.heirs:
            new, made = Council.objects.get_or_create(
                unit=heir, defaults={"founded_on": clock.today(), "place": council.place}
            )
            if made:
                record("found", new, by=each.by, follows=each.old.pk)
        _go_on(each.old, each.heirs[0])


def _go_on(old: Unit, heir: Unit) -> None:
    """Numbers are unique within a block, so whoever moves in takes the next free ones."""
    coming = (Meeting.State.PLANNED, Meeting.State.NOTICED, Meeting.State.OPEN)
    for meeting in Meeting.objects.filter(unit=old, state__in=coming).order_by("sequence"):
        last = Meeting.objects.filter(unit=heir).order_by("-sequence").values_list("sequence", flat=True).first()
        meeting.unit, meeting.sequence = heir, (last or 0) + 1
        meeting.save(update_fields=["unit", "sequence"])
    undecided = Motion.objects.filter(unit=old, decided_at=None).exclude(state__in=Motion.ENDED)
    for motion in undecided.order_by("year", "sequence"):
        there = Motion.objects.filter(unit=heir, year=motion.year)
        last = there.order_by("-sequence").values_list("sequence", flat=True).first()
        motion.unit, motion.sequence = heir, (last or 0) + 1
        motion.search_text = searchable(motion)
        motion.save(update_fields=["unit", "sequence", "search_text"])
