"""Who hears of a move. A notice's subject names the category and the number, never a word that a resident wrote."""

from __future__ import annotations

from collections.abc import Collection

from jiequ.cases.models import Case, Handler, kept_from, people_of
from jiequ.core.permission import Actor
from jiequ.people.actions import notify
from jiequ.people.models import Appointment
from jiequ.territory.models import Unit


def tell_post(case: Case, words: str, *, unit: Unit, role: str, person_id: int | None = None, by: Actor) -> None:
    """A notice to `person_id` or, without one, to the holders of `role` in `unit`; never to whoever acts or is complained of."""
    if person_id is not None:
        told = [person_id]
    else:
        posts = Appointment.objects.in_force().filter(unit=unit, role=role)
        told = list(posts.values_list("person_id", flat=True))
    _tell(case, words, told, by)


def tell_handler(case: Case, words: str, handler: Handler, *, by: Actor) -> None:
    """A notice to those who work for a handler, and to whoever holds its post. Two statements beside the notice."""
    _tell(case, words, sorted(people_of(handler)), by)


def tell_person(case: Case, words: str, person_id: int | None, *, by: Actor) -> None:
    _tell(case, words, [person_id] if person_id is not None else [], by)


def tell_persons(case: Case, words: str, persons: Collection[int], *, by: Actor) -> None:
    _tell(case, words, list(persons), by)


def _tell(case: Case, words: str, persons: list[int], by: Actor) -> None:
    barred = kept_from(case) if persons else set()
    kept = [p for p in persons if p != by.person_id and p not in barred]
    if kept:
        notify(kept, words % {"what": case.task_title}, url=case.get_absolute_url())
