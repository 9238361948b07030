"""Which limits a case is under, and setting new ones: a change is a new row from a day on, never an edit."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from jiequ.cases.models import CaseCategory, CaseLimit, Kind
from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import SYSTEM, Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.territory.models import Unit

#: DOMAIN §4: 咨询 and 建议 are answered on the next working day.
QUICK_KINDS = (Kind.QUESTION, Kind.SUGGESTION)


def limit_for(unit: Unit, category: CaseCategory, kind: str, on: date) -> CaseLimit:
    """The limits for such a case on a day. The first case of an installation enters the defaults."""
    found = CaseLimit.objects.in_force(unit, category, kind, on).first()
    if found is None:
        root = Unit.objects.get(path=unit.path_at(1))
        set_default_limits(root, by=SYSTEM)
        found = CaseLimit.objects.in_force(unit, category, kind, on).first()
    if found is None:
        raise Refused(_("这一天还没有办理时限，请街道先设定。"))
    return found


@action
def set_default_limits(root: Unit, *, by: Actor) -> None:
    """Enter the limits of DOMAIN §4 for a subdistrict that has none. They are ours, dated and to be changed."""
    require(by, "cases.set_limits", root)
    lock(root)
    if CaseLimit.objects.filter(unit=root).exists():
        return
    since = min(root.valid_from, clock.today())
    _enter(root, None, "", since, {}, by)
    for kind in QUICK_KINDS:
        _enter(root, None, kind, since, {"workdays": 1}, by)


@action
def set_limit(
    unit: Unit,
    *,
    by: Actor,
    effective_on: date,
    category: CaseCategory | None = None,
    kind: str = "",
    **terms: Any,
) -> CaseLimit:
    """New limits from a day on, for a category, a kind or all; what is not named is copied from those in force.

    Refused for a day in the past: what was filed keeps the limits it was filed under.
    """
    require(by, "cases.set_limits", unit)
    if effective_on < clock.today():
        raise Refused(_("生效日期不能早于今天：已收到的诉求按原来的时限办。"), field="effective_on")
    unknown = set(terms) - set(CaseLimit.TERMS)
    if unknown:
        raise ValueError(f"no such terms: {unknown}")
    lock(unit)
    return _enter(unit, category, kind, effective_on, terms, by)


def _enter(
    unit: Unit, category: CaseCategory | None, kind: str, on: date, terms: dict[str, Any], by: Actor
) -> CaseLimit:
    mine = CaseLimit.objects.filter(unit=unit, category=category, kind=kind)
    before = mine.order_by("-version").first()
    if before is None and (category is not None or kind):
        before = CaseLimit.objects.filter(unit=unit, category=None, kind="").order_by("-version").first()
    copied = {name: getattr(before, name) for name in CaseLimit.TERMS} if before is not None else {}
    last = mine.aggregate(last=Max("version"))["last"] or 0
    made = CaseLimit.objects.create(
        unit=unit, category=category, kind=kind, effective_on=on, version=last + 1, **{**copied, **terms}
    )
    record("set", made, by=by, unit=unit, kind=kind, category=category.code if category else "", **terms)
    return made
