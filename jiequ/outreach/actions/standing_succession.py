"""When units are split, merged or moved: who was found there and is still to be invited, the campaigns that run, and the intervals
of the units' own go on in their heirs. What has ended stays where it happened, and so does what was found: it is counted there."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from jiequ.core import clock
from jiequ.core.journal import kind_of, record_all
from jiequ.core.permission import Actor
from jiequ.outreach.models import Campaign, FoundMember, OutreachRule
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import DEPTH, Unit
from jiequ.work.actions import place_tasks
from jiequ.work.models import Task

REPORT = "outreach.report_found"


@follows
def what_stands_follows(successions: Sequence[Succession]) -> None:
    """A handful of statements for a whole branch."""
    by_old = {s.old.pk: s for s in successions if s.heirs}
    if not by_old:
        return
    by = successions[0].by
    _found(by_old, by)
    _campaigns(by_old, by)
    _rules(by_old)


def _found(by_old: dict[int, Succession], by: Actor) -> None:
    """With the task to invite them, which `tasks_follow` has put into the block's first heir: their grid may lie in another."""
    waiting = FoundMember.objects.filter(unit__in=by_old, state=FoundMember.State.FOUND).defer("name", "phone")
    rows = list(waiting.order_by("pk"))
    if not rows:
        return
    for row in rows:
        row.unit = by_old[row.unit_id].heirs[0]
    FoundMember.objects.bulk_update(rows, ["unit"], batch_size=500)
    record_all("move", rows, by=by)
    paths = {row.unit.path_at(DEPTH["block"]) for row in rows}
    blocks = dict(Unit.objects.filter(path__in=paths).values_list("path", "pk"))
    to: dict[int, list[int]] = {}
    for row in rows:
        to.setdefault(blocks[row.unit.path_at(DEPTH["block"])], []).append(row.pk)
    asked = Task.objects.filter(about_kind=kind_of(FoundMember), verb=REPORT)
    for block, keys in to.items():
        place_tasks(asked.filter(about_id__in=keys), by=by, unit=block)


def _campaigns(by_old: dict[int, Succession], by: Actor) -> None:
    """What a campaign covered stands with the units that covered it."""
    running = Campaign.objects.filter(Q(ends_on=None) | Q(ends_on__gte=clock.today()), unit__in=by_old)
    rows = list(running.order_by("pk"))
    heirs = {by_old[row.unit_id].heirs[0].pk for row in rows}
    taken = set(Campaign.objects.filter(unit__in=heirs).values_list("unit_id", "name"))
    for row in rows:
        succession = by_old[row.unit_id]
        row.name = _free(row.name, succession.old, succession.heirs[0].pk, taken)
        row.unit = succession.heirs[0]
    Campaign.objects.bulk_update(rows, ["unit", "name"], batch_size=500)
    record_all("move", rows, by=by)


def _free(name: str, old: Unit, heir: int, taken: set[tuple[int, str]]) -> str:
    """`name`, or with its unit's name where two merged units had the same."""
    for found in (name, f"{name[:20]}（{old.name[:17]}）", f"{name[:18]}（{old.pk}）"):
        if (heir, found) not in taken:
            break
    taken.add((heir, found))
    return found


def _rules(by_old: dict[int, Succession]) -> None:
    """A rule is never edited: every heir gets the rows as they were, version for version; of two merged units the first one's."""
    source: dict[int, int] = {}
    new: list[OutreachRule] = []
    for row in OutreachRule.objects.filter(unit__in=by_old).order_by("pk"):
        terms = {name: getattr(row, name) for name in OutreachRule.TERMS}
        for heir in by_old[row.unit_id].heirs:
            if source.setdefault(heir.pk, row.unit_id) == row.unit_id:
                new.append(OutreachRule(unit=heir, version=row.version, effective_on=row.effective_on, **terms))
    OutreachRule.objects.bulk_create(new)
