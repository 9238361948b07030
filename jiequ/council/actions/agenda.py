"""The agenda of a planned meeting: what is on it, in which order, for how long, and what comes over from earlier meetings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from jiequ.core import clock, files
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.papers import require_preparing
from jiequ.council.actions.presence import touch
from jiequ.council.models import AgendaItem, Meeting, Motion
from jiequ.council.workflow import MOTION
from jiequ.territory.models import Unit
from jiequ.work.actions import finish_tasks_about
from jiequ.work.models import Task

MINUTES = (1, 240)  # an item takes at least, at most
UNDECIDED = (AgendaItem.Outcome.UNREACHED, AgendaItem.Outcome.POSTPONED)


class Line(NamedTuple):
    """One item as it is to stand on the agenda; the lines' order is the agenda's."""

    item: int
    minutes: int
    proposal: str


@action
def add_to_agenda(meeting: Meeting, motion: Motion, *, by: Actor, minutes: int = 15) -> AgendaItem:
    """Put an accepted motion on a meeting's agenda, before its notice goes out."""
    meeting = lock(meeting)
    require(by, "council.plan_meeting", meeting.unit)
    if meeting.state != Meeting.State.PLANNED:
        raise Refused(_("公告已发出，议程不能再加；请列入下一次会。"))
    return enter_item(meeting, motion, by, minutes)


@action
def remove_from_agenda(item: AgendaItem, *, by: Actor) -> None:
    """Take a motion off the agenda before the notice goes out; it waits for another meeting. Its papers go with it."""
    meeting = lock(item.meeting)
    if meeting.state != Meeting.State.PLANNED:
        raise Refused(_("公告已发出，议程不能再改；不议的请在会上暂缓。"))
    MOTION.make(item.motion, "unlist", by=by, set={"meeting": None})
    transaction.on_commit(partial(files.drop, list(item.papers.values_list("pk", flat=True))))
    item.delete()
    touch(meeting)


@action
def edit_agenda(meeting: Meeting, lines: Iterable[Line], *, by: Actor) -> Meeting:
    """Put the items in the order of `lines`, each with its minutes and the text put to the vote. Every item, once."""
    meeting = lock(meeting)
    require_preparing(by, meeting)
    if meeting.state != Meeting.State.PLANNED:
        raise Refused(_("公告已发出，议程不能再改；不议的请在会上暂缓。"))
    items = {item.pk: item for item in meeting.items.all()}
    lines = list(lines)
    if sorted(line.item for line in lines) != sorted(items):
        raise Overtaken(_("议程刚刚有人改过，请看看最新的再改。"))
    for position, line in enumerate(lines, 1):
        item = items[line.item]
        if not MINUTES[0] <= line.minutes <= MINUTES[1]:
            raise Refused(
                _("每个议题预计%(least)s到%(most)s分钟。") % {"least": MINUTES[0], "most": MINUTES[1]}, field="minutes"
            )
        item.position, item.minutes, item.proposal = position, line.minutes, " ".join(line.proposal.split())[:300]
    AgendaItem.objects.bulk_update(items.values(), ["position", "minutes", "proposal"])
    touch(meeting)
    record("edit_agenda", meeting, by=by, items=len(items), minutes=sum(line.minutes for line in lines))
    return meeting


def enter_item(meeting: Meeting, motion: Motion, by: Actor, minutes: int = 15) -> AgendaItem:
    """Put `motion` last on the agenda, linked to where it was left undecided. The meeting is locked."""
    if motion.unit_id != meeting.unit_id:
        raise Refused(_("只能列入本街区的议题。"))
    MOTION.make(motion, "list", by=by, set={"meeting": meeting}, sequence=meeting.sequence)
    finish_tasks_about(motion, "council.list", by=by)
    position = (meeting.items.aggregate(last=Max("position"))["last"] or 0) + 1
    before = motion.items.filter(outcome__in=UNDECIDED).order_by("-meeting__starts_at", "-pk").first()
    return AgendaItem.objects.create(
        meeting=meeting,
        motion=motion,
        position=position,
        minutes=before.minutes if before and minutes == 15 else minutes,
        proposal=before.proposal if before else "",
        carried_from=before,
    )


def carried_over(unit: Unit) -> QuerySet[Motion]:
    """The motions that an earlier meeting left undecided and that may go on the next agenda, the oldest first."""
    ready: QuerySet[Motion] = Motion.objects.filter(unit=unit).ready_for_agenda()
    return ready.filter(items__outcome__in=UNDECIDED).distinct().order_by("collected_at")


def still_open(unit: Unit) -> list[Task]:
    """What earlier resolutions of the block still have to be carried out, the most urgent first; for information."""
    return list(Task.objects.open().filter(unit=unit, verb="council.carry_out").order_by("due_at")[:50])


def ends_at(meeting: Meeting, items: Iterable[AgendaItem]) -> datetime:
    """When the meeting should end, by its items' minutes; an hour where nothing is on the agenda yet."""
    return meeting.starts_at + timedelta(minutes=sum(item.minutes for item in items) or 60)


def next_planned(unit: Unit) -> QuerySet[Meeting]:
    """The block's meetings whose agenda may still be added to, the next first."""
    planned: QuerySet[Meeting] = Meeting.objects.filter(
        unit=unit, state=Meeting.State.PLANNED, starts_at__gt=clock.now()
    ).order_by("starts_at")
    return planned
