"""Who acts on a case: besides the posts that allow it, whoever works for its lead, or holds it; and never whoever it
complains of."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.models import Case, CoHandling, Handler, complains_of, handlers_of, works_for
from jiequ.cases.workflow import keep_away
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import lock
from jiequ.territory.models import Unit

#: What whoever helps with a case may do with it.
HANDLING = frozenset({"cases.handle_case", "cases.reveal_complainant"})
#: What its lead may do besides: sign for it, object, blow the whistle, answer.
LEADING = HANDLING | {"cases.lead_case"}


class Handling:
    """`by` while handling one case."""

    def __init__(self, by: Any, case: Case, allowed: frozenset[str]) -> None:
        self.by, self.case_unit, self.person_id, self.allowed = by, case.unit_id, by.person_id, allowed

    def may(self, permission: str, unit: Any) -> bool:
        return (permission in self.allowed and unit.pk == self.case_unit) or self.by.may(permission, unit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.by, name)


class Barred:
    """`by` before a case that complains of them: their posts count for nothing there."""

    def __init__(self, by: Any) -> None:
        self.by, self.person_id = by, by.person_id

    def may(self, permission: str, unit: Any) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.by, name)


def acting(by: Actor, case: Case) -> Actor:
    """`by`, with what leading `case`, or helping with it, allows if it is theirs; with nothing if it complains of them."""
    if complains_of(case, by):
        return Barred(by)
    if leads(by, case):
        return Handling(by, case, LEADING)
    return Handling(by, case, HANDLING) if handles(by, case) else by


def allow(by: Actor, permission: str, case: Case) -> None:
    """NotAllowed unless `by` holds `permission` where `case` lies, or by handling it; never for whoever it complains of."""
    keep_away(case, by)
    require(acting(by, case), permission, case.unit)


def hold(case: Case) -> Case:
    """Read `case` again, in place, and hold it until the transaction ends. Overtaken where its state is another by now."""
    fresh = lock(case)
    if fresh.state != case.state:
        raise Overtaken(_("刚刚已有人办过这一步。没有重复办理，请刷新页面看看最新情况。"))
    for field in Case._meta.concrete_fields:
        setattr(case, field.attname, getattr(fresh, field.attname))
    return case


def require_handled_here(case: Case) -> None:
    """Refuse what only another channel takes (信访, lawsuits): it is referred and never handled here (DOMAIN §4)."""
    if case.category.channel:
        raise Refused(_("这类事不在这里办，请转介：%(channel)s") % {"channel": case.category.channel})


def is_complained_of(by: Actor, case: Case) -> bool:
    """True if the case complains of this person, or of a handler they belong to."""
    return complains_of(case, by)


def leads(by: Actor, case: Case) -> bool:
    """True if `by` holds the case or works for its lead, as a member or by its post."""
    if by.person_id is None or complains_of(case, by):
        return False
    return by.person_id == case.holder_id or (case.lead_id is not None and case.lead_id in works_for(by))


def handles(by: Actor, case: Case) -> bool:
    """True if `by` leads the case, or works for a handler that helps."""
    if by.person_id is None or complains_of(case, by):
        return False
    if leads(by, case):
        return True
    read = getattr(by, "_helped", None)  # what visible_to has read for this request already
    if read is not None and case.ended_at is None and case.pk not in read:
        return False
    mine = handlers_of(by)
    return bool(mine) and CoHandling.objects.filter(case=case, handler__in=mine).exists()


#: The depth of the unit whose desk answers a whistle, by the level it calls; a department answers for itself.
REACHES = {Handler.Level.COMMUNITY: 2, Handler.Level.SUBDISTRICT: 1}


def may_answer(by: Actor, case: Case, level: Handler.Level) -> bool:
    """True if `by` may answer a whistle that called `level`: not from below, where it was blown."""
    depth = min(REACHES.get(level, 1), case.unit.depth)
    return by.may("cases.answer_whistle", Unit(path=case.unit.path_at(depth)))


class Answering:
    """`by` as one of the department that a whistle has called."""

    def __init__(self, by: Actor, case: Case) -> None:
        self.by, self.unit_id, self.person_id = by, case.unit_id, by.person_id

    def may(self, permission: str, unit: Any) -> bool:
        return (permission == "cases.answer_whistle" and unit.pk == self.unit_id) or self.by.may(permission, unit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.by, name)
