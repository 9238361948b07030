"""A household is no longer contacted (moved, died, closed, entered twice, does not want to be), and is contacted again."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.consents import withdraw_consent
from jiequ.outreach.actions.contacting import plan_anew, require_current
from jiequ.outreach.actions.contacts import contact_ended, plan_household
from jiequ.outreach.models import Household


@action
def leave_household(household: Household, why: str, *, by: Actor, on: date | None = None) -> Household:
    """Stop contacting it. Its categories end that day, its planned contact is dropped, and a year later it is erased. One that does
    not want to be contacted withdraws every consent with it, and what stands on them is deleted."""
    require(by, "outreach.register_household", household.unit)
    day = on or clock.today()
    if why not in Household.Left.values:
        raise Refused(_("请选择为什么不再联系。"), field="why")
    if day > clock.today():
        raise Refused(_("离开日期不能晚于今天。"), field="on")
    household = lock(household)
    if household.left_on is not None:
        raise Overtaken(_("这一户刚刚已经记为不再联系。"))
    require_current(household)
    household.left_on, household.left_why, household.next_due_on = day, why, None
    household.version += 1
    household.save(update_fields=["left_on", "left_why", "next_due_on", "version"])
    contact_ended(household, by=by, note=_("不再联系"))
    household.classifications.filter(ends_on=None).update(ends_on=clock.today())
    if why == Household.Left.WITHDREW:
        for consent in household.consents.filter(withdrawn_on=None):
            withdraw_consent(consent, by=by)
    record("leave", household, by=by, why=why)
    return household


@action
def come_back(household: Household, *, by: Actor) -> Household:
    """It is contacted again: its categories that ended when it left stand again, as do the consents that were not withdrawn."""
    require(by, "outreach.register_household", household.unit)
    household = lock(household)
    if household.erased_at is not None:
        raise Refused(_("这一户的信息已经删除，请重新登记。"))
    if household.left_on is None:
        raise Overtaken(_("这一户刚刚已经恢复联系。"))
    if not household.unit.is_valid():
        raise Refused(_("这个网格已经撤并，请在现在的网格重新登记。"))
    ended = _last_ended(household)
    household.left_on, household.left_why = None, ""
    plan_anew(household)
    household.version += 1
    try:
        with transaction.atomic():
            household.save(update_fields=["left_on", "left_why", "next_due_on", "version"])
    except IntegrityError:
        raise Refused(_("同一门牌、同一姓名已经另外登记，请用那一户。")) from None
    ended.update(ends_on=None)
    plan_household(household, by=by)
    record("come_back", household, by=by)
    return household


def _last_ended(household: Household) -> Any:
    """The categories that ended when the household left, each once: on the last day on which any did, if it had left by then."""
    rows = list(household.classifications.filter(ends_on__gte=household.left_on).order_by("pk"))
    last = max((row.ends_on for row in rows if row.ends_on is not None), default=None)
    each = {row.category_index: row.pk for row in rows if row.ends_on == last}
    return household.classifications.filter(pk__in=each.values())
