"""How often a household is contacted and by whom."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.contacting import plan_anew, require_current, who_may_contact
from jiequ.outreach.actions.contacts import plan_household
from jiequ.outreach.models import Household, Tier
from jiequ.people.models import Person


@action
def set_tier(household: Household, tier: str, *, by: Actor) -> Household:
    """Contact it more or less often from now on. Somebody overdue stays overdue: a longer interval forgives nothing by itself."""
    require(by, "outreach.classify_household", household.unit)
    if tier not in Tier.values:
        raise Refused(_("请选择联系档次。"), field="tier")
    household = lock(household)
    require_current(household)
    if household.tier == tier:
        return household
    household.tier = tier
    household.version += 1
    plan_anew(household)
    household.save(update_fields=["tier", "version", "next_due_on"])
    plan_household(household, by=by)
    record("set_tier", household, by=by, tier=tier)
    return household


@action
def assign_household(household: Household, member: Person | None, *, by: Actor) -> Household:
    """Arrange who contacts it: somebody whose post lets them knock there. Without `member` it is whoever contracts the building,
    else any member of the grid."""
    require(by, "outreach.assign_household", household.unit)
    household = lock(household)
    require_current(household)
    if member is not None and not who_may_contact(household.ground).filter(pk=member.pk).exists():
        raise Refused(_("请选这个网格、楼栋或街区里有职务的人，其他人看不到这一户。"), field="member")
    if household.member_id == (member.pk if member else None):
        return household
    household.member = member
    household.version += 1
    household.save(update_fields=["member", "version"])
    plan_household(household, by=by)
    record("assign", household, by=by, member=member.pk if member else None)
    return household
