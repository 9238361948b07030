"""Who may contact a household, whether it has agreed, and when it is due when that changes."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from jiequ.core import clock
from jiequ.outreach.actions.households import due_after
from jiequ.outreach.actions.rules import rule_for
from jiequ.outreach.models import Consent, ConsentText, Household, Tier
from jiequ.people.models import Appointment, Person
from jiequ.people.roles import ROLES
from jiequ.territory.models import DEPTH, Unit

#: Posts whose holders knock at doors.
VISITING = tuple(code for code, role in ROLES.items() if "outreach.record_visit" in role.permissions)


def who_may_contact(ground: Unit) -> Any:
    """Persons with a post in the block, the grid or the building, whose post lets them visit there."""
    above = [ground.path_at(depth) for depth in range(DEPTH["block"], ground.depth + 1)]
    posts = Appointment.objects.in_force().filter(person=OuterRef("pk"), unit__path__in=above, role__in=VISITING)
    return Person.objects.filter(Exists(posts), erased_at=None)


def plan_anew(household: Household) -> None:
    """Set when `household`, locked and changed, is due by its tier and consent; the caller saves it. One that was never contacted
    and is not late has its first day from the plan (`plan_household`)."""
    today, was = clock.today(), household.next_due_on
    household.next_due_on = None
    if household.tier == Tier.NONE or not household.is_current or not has_agreed(household):
        return
    if household.contacted_on is None:
        household.next_due_on = was if was is not None and was < today else None
        return
    rule = rule_for(household.unit, today)
    due = due_after(household, rule, household.contacted_on)
    if due is not None and due < today:  # the new interval is over already: somebody has as long as it, from today on
        due = min(filter(None, (due_after(household, rule, today), was)))
    household.next_due_on = due


def has_agreed(household: Household) -> bool:
    """Whether a consent to be contacted is valid today."""
    valid = Consent.objects.valid(clock.today())
    return valid.filter(household=household, covers=ConsentText.Covers.CONTACT).exists()
