"""Who contacts a household, where and by when, as expressions over households: what a plan's statements are made of."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, Substr
from django.db.models.lookups import IsNull
from django.utils.translation import gettext as _

from jiequ.core import workdays
from jiequ.core.moments import AtHour
from jiequ.outreach.actions.contacting import VISITING
from jiequ.outreach.models import Household
from jiequ.outreach.workflow import CONTACT, CONTACT_EVENT
from jiequ.people.models import Appointment, BuildingAssignment
from jiequ.territory.models import DEPTH, Unit
from jiequ.work.models import Task

KIND = "outreach.household"
#: The post whose holders find a contact that nobody holds.
WAITS_FOR = "member"


def contact_tasks(*verbs: str) -> Any:
    """The open contacts (of the kinds `verbs`; ordinary ones and those after an event)."""
    return Task.objects.open().filter(verb__in=verbs or (CONTACT, CONTACT_EVENT), about_kind=KIND)


def holder_on(on: date) -> Any:
    """Who contacts a household: `member` by arrangement, as long as a post lets them knock there; else whoever contracts its
    building and has reported in to its grid (a member of another grid could not open its page)."""
    posts = Appointment.objects.in_force(on).filter(person=OuterRef("member_id"), role__in=VISITING)
    block = Substr(OuterRef("unit__path"), 1, Unit.steplen * DEPTH["block"])
    there = Q(unit=OuterRef("unit_id")) | Q(unit=OuterRef("building_id")) | Q(unit__path=block)
    contracts = BuildingAssignment.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=on), unit=OuterRef("building_id"), starts_on__lte=on,
        member__unit=OuterRef("unit_id"), member__left_on=None,
    )  # fmt: skip
    return Case(
        When(Exists(posts.filter(there)), then=F("member_id")),
        default=Subquery(contracts.order_by("pk").values("member__person")[:1]),
        output_field=BigIntegerField(),
    )


def role_on(on: date) -> Any:
    """The post a contact waits for. None where somebody holds it by arrangement: so a claim, which keeps the post it waited for, is
    told from an arrangement that ended."""
    return Case(When(condition=IsNull(holder_on(on), True), then=Value(WAITS_FOR)), default=Value(""))


def kept_by(on: date) -> Any:
    """Inside a statement over tasks: who has claimed the task, if they still have a post in the household's grid or building. A
    claim outlasts a change that does not concern it."""
    posts = Appointment.objects.in_force(on).filter(person=OuterRef(OuterRef("holder_id")), role__in=VISITING)
    there = Q(unit=OuterRef("unit_id")) | Q(unit=OuterRef("building_id"))
    return Subquery(posts.filter(there).values("person")[:1])


def of_household(expression: Any) -> Any:
    """Inside a statement over tasks: `expression` of the household each is about."""
    rows: QuerySet[Any] = Household.objects.filter(pk=OuterRef("about_id")).order_by()
    return Subquery(rows.annotate(wanted=expression).values("wanted")[:1])


def title(verb: str = CONTACT) -> Any:
    """Neutral: the building, else the grid; a task's title is read by the whole block."""
    words = _("尽快联系重点户：") if verb == CONTACT_EVENT else _("联系重点户：")
    return Concat(Value(words), Coalesce("building__name", "unit__name"))


def due_at() -> Any:
    """A contact is due when the office closes on its day."""
    return AtHour("next_due_on", workdays.CLOSING_HOUR)


def placed_on(on: date) -> dict[str, Any]:
    """Where a task lies, who holds it and what it is called after something changed: for an UPDATE over tasks."""
    arranged = holder_on(on)
    claimed = of_household(Coalesce(arranged, kept_by(on), output_field=BigIntegerField()))
    return {
        "unit": of_household(F("unit_id")),
        "title": Case(When(verb=CONTACT_EVENT, then=of_household(title(CONTACT_EVENT))), default=of_household(title())),
        "role": of_household(role_on(on)),
        "holder": Case(
            When(role=WAITS_FOR, then=claimed), default=of_household(arranged), output_field=BigIntegerField()
        ),
    }
