"""Whom a case complains of: they are asked nothing and told nothing, and see nothing of it (DOMAIN §4)."""

from __future__ import annotations

from typing import Any

from django.db import models

from jiequ.cases.models.cases import Case
from jiequ.cases.models.handlers import Handler, HandlerMember
from jiequ.core import clock
from jiequ.people.models import Appointment
from jiequ.work.secrets import Secret


def kept_from(case: Case) -> set[int]:
    """Whom `case` complains of, in person or as people of the handler it complains of: they are asked and told nothing.
    No statement where it complains of no handler, else three."""
    found = {case.complained_of_id} if case.complained_of_id is not None else set()
    return found | (people_of(case.complained_handler) if case.complained_handler is not None else set())


def people_of(handler: Handler) -> set[int]:
    """Who belongs to `handler` today: its members, and the holders of the post it works by."""
    members = HandlerMember.objects.in_force(clock.today()).filter(handler=handler)
    found = set(members.values_list("person_id", flat=True))
    if handler.role:
        posts = Appointment.objects.in_force().filter(unit=handler.unit_id, role=handler.role)
        found |= set(posts.values_list("person_id", flat=True))
    return found


def complaining_of(account: Any) -> list[models.QuerySet[Case]]:
    """The cases that complain of this very person, and those of a handler it works for. Two, each by its own index."""
    handlers = Handler.objects.of_person(account.person_id).values("pk")
    return [
        Case.objects.filter(complained_of=account.person_id).order_by(),
        Case.objects.filter(complained_handler__in=handlers).order_by(),
    ]


Secret(
    Case._meta.label_lower,
    keys=complaining_of,
    persons=lambda key: kept_from(Case.objects.select_related("complained_handler").get(pk=key)),
)
