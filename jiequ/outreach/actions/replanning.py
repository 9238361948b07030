"""The plan follows people and borders: who comes, goes, or contracts a building, and units that are split, merged or moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q

from jiequ.core import clock
from jiequ.core.journal import record_each
from jiequ.core.measures import prefix
from jiequ.core.permission import Actor
from jiequ.core.writing import action
from jiequ.outreach.actions import (
    holding,
    succession,  # noqa: F401 — entered before `contacts_follow`: where households lie must be known before their tasks are placed
)
from jiequ.outreach.models import Household
from jiequ.people.actions.staffing import after_staffing
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import DEPTH, Unit
from jiequ.work.actions import place_tasks


@action
def replan_contacts(units: Iterable[Unit], *, by: Actor) -> int:
    """Give every open contact in `units` (and below) to whoever looks after the household now, in the grid where it lies now; how
    many there were. One UPDATE, however many households and units; one entry in the journal for each unit."""
    places = sorted({unit.pk: unit for unit in units}.values(), key=lambda unit: unit.path)
    within = Q(pk__in=[])
    for place in places:
        lookup = "building__path" if place.depth == DEPTH["building"] else "unit__path"
        within |= Q(**prefix(lookup, place.path))
    households = Household.objects.filter(within).values("pk").order_by()
    if not households.exists():  # cheaper than to compose the rest: people come and go where nobody is visited yet
        return 0
    tasks = holding.contact_tasks().filter(about_id__in=households)
    moved = place_tasks(tasks, by=by, **holding.placed_on(clock.today()))
    if moved:
        record_each("replan", ((place, {"count": moved}) for place in places), by=by)
    return moved


@after_staffing
def contacts_change_hands(units: Sequence[Unit], by: Actor) -> None:
    replan_contacts(units, by=by)


@follows
def contacts_follow(successions: Sequence[Succession]) -> None:
    """After the households themselves have moved. `tasks_follow` has put every open task into the first heir; a contact goes where
    its household lies."""
    heirs = {heir.pk: heir for s in successions for heir in s.heirs if heir.depth >= DEPTH["red_grid"]}
    if heirs:
        replan_contacts(heirs.values(), by=successions[0].by)
