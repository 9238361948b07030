"""From a category to a handler, and from a handler to whoever is on duty."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from jiequ.cases.models import CaseCategory, Duty, DutyLine, Handler, HandlerMember
from jiequ.territory.models import Unit


def handler_for(unit: Unit, category: CaseCategory, on: date) -> int | None:
    """The key of whoever leads such cases of `unit` by the duty list, the nearest unit's line first; None where none says so."""
    above = [unit.path[:n] for n in range(unit.steplen, len(unit.path) + 1, unit.steplen)]
    lines = DutyLine.objects.in_force(on).filter(unit__path__in=above, category=category, handler__is_active=True)
    return lines.order_by("-unit__path", "-pk").values_list("handler_id", flat=True).first()


def handlers_for(pairs: Iterable[tuple[Unit, int]], on: date) -> dict[tuple[int, int], Handler]:
    """`handler_for` of many (unit, category id) at once, by (unit id, category id): one statement."""
    wanted = {(unit.pk, category): unit for unit, category in pairs}
    paths = {unit.path_at(n) for unit in wanted.values() for n in range(1, unit.depth + 1)}
    lines = DutyLine.objects.in_force(on).filter(unit__path__in=paths, handler__is_active=True)
    rows = lines.filter(category__in={category for _unit, category in wanted}).select_related("handler", "unit")
    by_path = {
        (row.unit.path, row.category_id): row.handler for row in rows.defer("unit__boundary").order_by("pk")
    }  # fmt: skip
    found = {}
    for (key, category), unit in wanted.items():
        above = (by_path.get((unit.path_at(n), category)) for n in range(unit.depth, 0, -1))
        if (handler := next((h for h in above if h is not None), None)) is not None:
            found[key, category] = handler
    return found


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
