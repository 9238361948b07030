"""Borders have changed: what nobody has touched yet is routed anew, so that a case that waited may find its place.

Untouched is: not taken in, and not placed by hand. A case in a building stays with its building, whose grid the tree knows.
The clock, the number and the category stay as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.cases.models import Case, kept_from
from jiequ.cases.routing import Routed, desk_for, handlers_for, places_of_points
from jiequ.core import clock
from jiequ.core.journal import kind_of, record_all
from jiequ.core.measures import prefix
from jiequ.core.models import JournalEntry
from jiequ.core.permission import Actor
from jiequ.people.actions import notify
from jiequ.territory.actions import follows_borders
from jiequ.territory.models import Unit
from jiequ.work.models import Task

BATCH = 500  # cases in one statement
PLACE = ("unit", "block", "building", "triage", "proposed")


@follows_borders
def cases_follow_borders(units: Sequence[Unit], by: Actor) -> None:
    """Route anew what lies at a point near the changed borders (below the parents of `units`), or waits to be placed.
    About ten statements for each five hundred cases, and three for each desk that gets some."""
    near = Q()
    for path in {unit.path_at(max(1, unit.depth - 1)) for unit in units}:
        near |= Q(**prefix("unit__path", path))
    untouched = Case.objects.filter(state=Case.State.SUBMITTED, ended_at=None, longitude__isnull=False, building=None)
    rows = untouched.filter(near | ~Q(triage="")).select_related("unit", "category").defer("unit__boundary", "body")
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for at in range(0, len(keys), BATCH):
        _reroute(list(rows.filter(pk__in=keys[at : at + BATCH]).order_by("pk")), by)


def _reroute(cases: list[Case], by: Actor) -> None:
    placed = JournalEntry.objects.filter(kind=kind_of(Case), verb="place", thing_id__in=[c.pk for c in cases])
    by_hand = set(placed.values_list("thing_id", flat=True))
    cases = [c for c in cases if c.pk not in by_hand]
    if not cases:
        return
    root = Unit.objects.get(path=cases[0].unit.path_at(1))
    routed = places_of_points([(c.longitude or 0.0, c.latitude or 0.0) for c in cases], root=root)
    moved = [(case, to) for case, to in zip(cases, routed, strict=True) if _is_news(case, to)]
    lines = handlers_for(((to.unit, case.category_id) for case, to in moved), clock.today()) if moved else {}
    by_desk: dict[int, list[tuple[Case, Routed]]] = {}
    for case, to in moved:
        case.unit, case.block, case.building, case.triage = to.unit, to.block, to.building, to.triage
        proposed = None if to.triage else lines.get((to.unit.pk, case.category_id))
        barred = proposed is not None and proposed.pk == case.complained_handler_id
        case.proposed = None if barred else proposed
        by_desk.setdefault(to.desk.pk, []).append((case, to))
    Case.objects.bulk_update([case for case, _to in moved], PLACE, batch_size=BATCH)
    for some in by_desk.values():
        give_to_desk([case for case, _to in some], some[0][1].desk, by=by)
    record_all("reroute", [case for case, _to in moved], by=by)


def give_to_desk(cases: Sequence[Case], unit: Unit, *, by: Actor) -> None:
    """Have the post that takes cases in at `unit`, or the nearest above it that somebody holds, take these in; part of the
    action that moves them. Their due times stay."""
    plain = [c for c in cases if c.complained_of_id is None and c.complained_handler_id is None]
    for group, besides in [(plain, ()), *(([c], kept_from(c)) for c in cases if c not in plain)]:
        if not group:
            continue
        desk = desk_for(unit, besides=besides)
        tasks = Task.objects.open().filter(verb="cases.accept", about_kind=kind_of(Case), about_id__in=_keys(group))
        tasks.update(unit=desk.unit, role=desk.role, holder=desk.holder)
        told = [person for person in desk.persons if person != by.person_id]
        if told:
            notify(told, _("边界调整，%(n)s件诉求归到%(unit)s") % {"n": len(group), "unit": unit.name}, url="/cases/")


def _is_news(case: Case, to: Routed) -> bool:
    return (case.unit_id, case.triage) != (to.unit.pk, to.triage)


def _keys(cases: Iterable[Case]) -> list[int]:
    return [case.pk for case in cases]
