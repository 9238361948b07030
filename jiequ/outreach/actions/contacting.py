"""Who may contact a household, whether it is contacted at all and has agreed, and when it is due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.measures import Period
from jiequ.core.permission import Refused
from jiequ.outreach.actions.rules import rule_for
from jiequ.outreach.models import Consent, ConsentText, Household, OutreachRule, Tier
from jiequ.outreach.workflow import CONTACT, CONTACT_EVENT
from jiequ.people.models import Appointment, Person
from jiequ.people.roles import ROLES
from jiequ.territory.models import DEPTH, Unit
from jiequ.work.actions import held_only_by
from jiequ.work.models import Task

#: Posts whose holders knock at doors.
VISITING = tuple(code for code, role in ROLES.items() if "outreach.record_visit" in role.permissions)


def who_may_contact(ground: Unit) -> Any:
    """Persons with a post in the block, the grid or the building, whose post lets them visit there."""
    above = [ground.path_at(depth) for depth in range(DEPTH["block"], ground.depth + 1)]
    posts = Appointment.objects.in_force().filter(person=OuterRef("pk"), unit__path__in=above, role__in=VISITING)
    return Person.objects.filter(Exists(posts), erased_at=None)


@held_only_by(CONTACT, CONTACT_EVENT)
def _who_may_take_a_contact(task: Task) -> Any:
    """Not everybody who may hold tasks of the grid may open its households."""
    household = Household.objects.select_related("unit", "building").get(pk=task.about_id)
    return who_may_contact(household.ground)


def plan_anew(household: Household) -> None:
    """Set when `household`, locked and changed, is due by its tier and consent; the caller saves it. One that is late stays as late;
    one that was never contacted has its first day from the plan (`plan_household`)."""
    today, was = clock.today(), household.next_due_on
    household.next_due_on = None
    if not is_planned(household):
        return
    if was is not None and was < today:
        household.next_due_on = was
    elif household.contacted_on is not None:
        rule = rule_for(household.unit, today)
        due = due_after(household, rule, household.contacted_on)
        if (
            due is not None and due < today
        ):  # the new interval is over already: somebody has as long as it, from today on
            due = min(filter(None, (due_after(household, rule, today), was)))
        household.next_due_on = due


def is_planned(household: Household) -> bool:
    """Whether it is contacted by plan today: it has an interval, lives here, and agreed."""
    return household.tier != Tier.NONE and household.is_current and has_agreed(household)


def has_agreed(household: Household) -> bool:
    """Whether a consent to be contacted is valid today."""
    valid = Consent.objects.valid(clock.today())
    return valid.filter(household=household, covers=ConsentText.Covers.CONTACT).exists()


def require_current(household: Household) -> None:
    """Refuse what is done to a household that is erased or no longer contacted."""
    if household.erased_at is not None:
        raise Refused(_("这一户的信息已经删除。"))
    if household.left_on is not None:
        raise Refused(_("这一户已经不再联系，请先恢复。"))


def due_after(household: Household, rule: OutreachRule, on: date) -> date | None:
    """When a household contacted on the day `on` is due again: by its tier's interval, and never later than the end of the next
    quarter, because the quarter is the floor (DOMAIN §3). None without a tier."""
    if household.tier == Tier.NONE:
        return None
    days = {Tier.WEEK: rule.week_days, Tier.MONTH: rule.month_days, Tier.QUARTER: rule.quarter_days}[
        Tier(household.tier)
    ]
    return min(Period.quarter(Period.quarter(on).end + timedelta(days=1)).end, on + timedelta(days=days))
