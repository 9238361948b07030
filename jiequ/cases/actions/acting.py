"""Who acts on a case: besides the posts that allow it, whoever works for its lead, or holds it."""

from __future__ import annotations

from typing import Any

from jiequ.cases.models import Case, CoHandling, handlers_of
from jiequ.core.permission import Actor

#: What whoever handles a case may do with it.
HANDLING = frozenset({"cases.handle_case", "cases.reveal_complainant"})


class Handling:
    """`by` while handling one case."""

    def __init__(self, by: Any, case: Case) -> None:
        self.by, self.case_unit, self.person_id = by, case.unit_id, by.person_id

    def may(self, permission: str, unit: Any) -> bool:
        return (permission in HANDLING and unit.pk == self.case_unit) or self.by.may(permission, unit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.by, name)


def acting(by: Actor, case: Case) -> Actor:
    """`by`, with what handling `case` allows if it is theirs; never for whoever the case complains of."""
    return Handling(by, case) if handles(by, case) else by


def handles(by: Actor, case: Case) -> bool:
    """True if `by` holds the case, works for its lead, or for a handler that helps."""
    if by.person_id is None or by.person_id == case.complained_of_id:
        return False
    if by.person_id == case.holder_id:
        return True
    mine = handlers_of(by)
    if case.complained_handler_id in mine:
        return False
    return case.lead_id in mine or (bool(mine) and CoHandling.objects.filter(case=case, handler__in=mine).exists())


def is_complained_of(by: Actor, case: Case) -> bool:
    """True if the case complains of this person, or of a handler they work for."""
    if by.person_id is None:
        return False
    if by.person_id == case.complained_of_id:
        return True
    return case.complained_handler_id is not None and case.complained_handler_id in handlers_of(by)
