"""Many visits at once, as a list on paper has them: entered in a few statements, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record_all, record_each
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action
from jiequ.outreach.actions.contacting import due_after
from jiequ.outreach.actions.holding import CONTACT, CONTACT_EVENT, contact_tasks
from jiequ.outreach.actions.plan import open_contacts
from jiequ.outreach.actions.records import note_services
from jiequ.outreach.actions.registering import Rules
from jiequ.outreach.actions.visits import check_there, check_visit
from jiequ.outreach.models import Household, ServiceRecord, Visit
from jiequ.people.models import Appointment
from jiequ.territory.models import DEPTH
from jiequ.work.models import Task


@dataclass(frozen=True)
class Line:
    """One visit of a list: which household (its id), on which day, by whom (ids, the one who wrote it first)."""

    household: int
    on: date
    visitors: tuple[int, ...]
    mode: str = Visit.Mode.DOOR
    services: tuple[str, ...] = ()
    note: str = ""
    was_met: bool = True


@action
def enter_visits(lines: Sequence[Line], *, by: Actor) -> list[Visit]:
    """Enter all of `lines`, or none: Refused says which rule the first bad one breaks. What each visit leads to is as if it had been
    recorded alone: service records, the contact that was due is done, the next one is planned."""
    rows: Any = Household.objects.filter(pk__in={line.household for line in lines}).select_related("unit", "building")
    rows = rows.defer("unit__boundary", "building__boundary", "name", "phone", "room", "remark")
    there = {h.pk: h for h in rows.select_for_update(of=("self",)).order_by("pk")}
    for ground in {h.ground.pk: h.ground for h in there.values()}.values():
        require(by, "outreach.record_visit", ground)
    _check_visitors(lines, there)
    visits = [_visit(line, there) for line in lines]
    Visit.objects.bulk_create(visits)
    through = Visit.visitors.through
    pairs = [(visit, person) for visit, line in zip(visits, lines, strict=True) for person in line.visitors]
    through.objects.bulk_create(through(visit_id=visit.pk, person_id=person) for visit, person in pairs)
    note_services(((v, p, v.unit_id, v.on) for v, p in pairs), kind=ServiceRecord.Kind.VISIT)
    record_each(
        "record",
        ((v, {"household": v.household_id, "mode": v.mode, "met": v.was_met, "findings": 0}) for v in visits),
        by=by,
    )
    _note_contacts(visits, there, by)
    return visits


def _visit(line: Line, there: dict[int, Household]) -> Visit:
    household = there.get(line.household)
    if household is None:
        raise Refused(_("这一户不在您联系的范围内，或者已经不在册。"), field="household")
    services, note = check_visit(line.on, line.mode, line.services, line.note)
    check_there(household, line.on)
    return Visit(
        household=household, unit=household.unit, on=line.on, mode=line.mode, was_met=line.was_met, services=services,
        tier=household.tier, note=note, by_id=line.visitors[0], recorded_at=clock.now(),
    )  # fmt: skip


def _check_visitors(lines: Iterable[Line], there: dict[int, Household]) -> None:
    """Everybody named holds a post in the household's block, or above it."""
    persons = {person for line in lines for person in line.visitors}
    posts: dict[int, list[str]] = {}
    found = Appointment.objects.in_force().filter(person__in=persons).values_list("person_id", "unit__path")
    for person, path in found:
        posts.setdefault(person, []).append(path)
    for line in lines:
        block = there[line.household].unit.path_at(DEPTH["block"]) if line.household in there else ""
        for person in line.visitors:
            if not any(path.startswith(block) or block.startswith(path) for path in posts.get(person, ())):
                raise Refused(_("同去的人要在本街区任职，请重新选择。"), field="visitors")
        if not line.visitors:
            raise Refused(_("请写明是谁去的。"), field="visitors")


def _note_contacts(visits: Iterable[Visit], there: dict[int, Household], by: Actor) -> None:
    """Whoever was met has been contacted: what was due is done, the next is planned by the tier's interval. A visit of the days before
    a major event is no answer to it."""
    last: dict[int, date] = {}
    for visit in visits:
        if visit.was_met:
            last[visit.household_id] = max(visit.on, last.get(visit.household_id, visit.on))
    if not last:
        return
    newer = [h for key, h in there.items() if key in last and (h.contacted_on is None or last[key] > h.contacted_on)]
    rules = Rules.read() if newer else Rules()
    for household in newer:
        household.contacted_on = last[household.pk]
        if household.next_due_on is not None:
            household.next_due_on = due_after(household, rules.interval(household.unit), household.contacted_on)
    Household.objects.bulk_update(newer, ["contacted_on", "next_due_on"])
    ids = [household.pk for household in newer]
    met = contact_tasks().filter(Q(verb=CONTACT_EVENT) | Q(about_id__in=ids), about_id__in=list(last))
    tasks = [
        task
        for task in met.select_related("unit").defer("unit__boundary")
        if task.verb == CONTACT or clock.day(task.opened_at) <= last[task.about_id]
    ]
    done = Task.objects.filter(pk__in=[task.pk for task in tasks])
    done.update(state=Task.State.DONE, finished_at=clock.now(), finished_by=by.person_id)
    record_all("finish", tasks, by=by)
    if newer:
        today = clock.today()
        open_contacts(Household.objects.filter(pk__in=ids).current().key(today).exclude(next_due_on=None), today, by=by)
