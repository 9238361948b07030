"""How often a household is contacted and by whom; what follows for its plan when that changes."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.households import due_after, require_current
from jiequ.outreach.actions.rules import rule_for
from jiequ.outreach.models import Consent, ConsentText, Household, Tier
from jiequ.people.models import Appointment, Person
from jiequ.people.roles import ROLES
from jiequ.territory.models import DEPTH, Unit

#: Posts whose holders knock at doors.
VISITING = tuple(code for code, role in ROLES.items() if "outreach.record_visit" in role.permissions)


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
    record("assign", household, by=by, member=member.pk if member else None)
    return household


def who_may_contact(ground: Unit) -> Any:
    """Persons with a post in the block, the grid or the building, whose post lets them visit there."""
    above = [ground.path_at(depth) for depth in range(DEPTH["block"], ground.depth + 1)]
    posts = Appointment.objects.in_force().filter(person=OuterRef("pk"), unit__path__in=above, role__in=VISITING)
    return Person.objects.filter(Exists(posts), erased_at=None)


def plan_anew(household: Household) -> None:
    """Set when `household`, locked and changed, is due by its tier and consent; the caller saves it."""
    today = clock.today()
    if household.tier == Tier.NONE or not household.is_current or not has_agreed(household):
        household.next_due_on = None
        return
    rule = rule_for(household.unit, today)
    due = due_after(household, rule, household.contacted_on or today)
    if due is not None and due < today:  # it should have been contacted already under the new interval: from today on
        fresh = due_after(household, rule, today)
        due = min(filter(None, (fresh, household.next_due_on)))
    household.next_due_on = due


def has_agreed(household: Household) -> bool:
    """Whether a consent to be contacted is valid today."""
    valid = Consent.objects.valid(clock.today())
    return valid.filter(household=household, covers=ConsentText.Covers.CONTACT).exists()
