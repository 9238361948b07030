"""The service record: written by the action that did the thing, for everybody who did it, and taken away with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.utils.translation import gettext as _

from jiequ.core.journal import kind_of, record
from jiequ.core.permission import Actor, NotAllowed
from jiequ.core.writing import action
from jiequ.outreach.models import ServiceRecord
from jiequ.people.models import Person
from jiequ.territory.models import DEPTH, Unit


def note_service(persons: Iterable[int | None], thing: models.Model, *, unit: Unit | int, on: date, kind: str) -> None:
    """Enter that each of `persons` (ids) served, part of the action that calls it; entered already, nothing changes. One statement,
    and one more in a building: it counts for the red grid it stands in."""
    unit_id = unit.pk if isinstance(unit, Unit) else unit
    if isinstance(unit, Unit) and unit.kind == Unit.Kind.BUILDING:
        unit_id = Unit.objects.values_list("pk", flat=True).get(path=unit.path_at(DEPTH["red_grid"]))
    ServiceRecord.objects.bulk_create(
        [
            ServiceRecord(
                person_id=person, unit_id=unit_id, on=on, kind=kind, about_kind=kind_of(thing), about_id=thing.pk
            )
            for person in sorted({p for p in persons if p is not None})
        ],
        ignore_conflicts=True,
    )


def note_services(served: Iterable[tuple[models.Model, int, int, date]], *, kind: str) -> None:
    """The same for many things of one kind: (thing, person, unit, day) each. One statement a batch."""
    ServiceRecord.objects.bulk_create(
        [
            ServiceRecord(
                person_id=person, unit_id=unit, on=on, kind=kind, about_kind=kind_of(thing), about_id=thing.pk
            )
            for thing, person, unit, on in served
        ],
        ignore_conflicts=True,
    )


def forget_service(*things: models.Model) -> None:
    """What was done is taken back: its lines leave the records. One statement for things of one kind."""
    if things:
        ServiceRecord.objects.filter(about_kind=kind_of(things[0]), about_id__in=[t.pk for t in things]).delete()


@action
def note_record_export(person: Person, *, by: Actor, rows: int) -> None:
    """Somebody took their own service record along as a file: how many lines. Nobody else can."""
    if by.person_id != person.pk:
        raise NotAllowed(_("只能导出自己的服务记录。"))
    record("export_record", person, by=by, rows=rows)
