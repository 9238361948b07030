"""From a category to a handler, and from a handler to whoever is on duty."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from jiequ.cases.models import CaseCategory, Duty, DutyLine, Handler, HandlerMember
from jiequ.territory.models import Unit


def handler_for(unit: Unit, category: CaseCategory, on: date) -> Handler | None:
    """Who leads such cases of `unit` by the duty list, the nearest unit's line first; None where none says so."""
    above = [unit.path[:n] for n in range(unit.steplen, len(unit.path) + 1, unit.steplen)]
    lines = DutyLine.objects.in_force(on).filter(unit__path__in=above, category=category, handler__is_active=True)
    line = lines.select_related("handler__unit").order_by("-unit__path", "-pk").first()
    return line.handler if line is not None else None


def on_duty(handler: Handler, on: date, *, besides: Collection[int] = ()) -> int | None:
    """The person who holds a case of `handler` on a day: on the rota (or standing in), else its first member; None where it
    works by the post `handler.role`. Nobody of `besides` is chosen: whom the case complains of."""
    rota = list(Duty.objects.in_force(on).filter(handler=handler).order_by("-starts_on", "-pk")[:5])
    for duty in rota:
        for person_id in (duty.on_duty_id, duty.stand_in_id, duty.person_id):
            if person_id is not None and person_id not in besides:
                return person_id
    if handler.role:
        return None
    members = HandlerMember.objects.in_force(on).filter(handler=handler).exclude(person__in=besides).order_by("pk")
    return members.values_list("person_id", flat=True).first()
