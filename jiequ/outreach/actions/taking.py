"""Names and telephones of the households one is to see are taken along: each a look behind the mask that is on record."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record_all
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action
from jiequ.outreach.models import Household, HouseholdReveal
from jiequ.people.models import clean_text

#: What is taken along.
TAKEN = ("name", "phone")


@action
def take_along(
    households: Sequence[Household], *, by: Actor, reason: str, fields: Sequence[str] = TAKEN
) -> list[Household]:
    """Open name and telephone (or other `fields`) of all of `households` for one reason of at least four characters, which is kept with each of them where
    it can be erased. Two statements, however many. Returns them."""
    for household in households:
        require(by, "outreach.reveal_household", household.ground)
    reason = clean_text(reason)
    if len(reason) < 4:
        raise Refused(_("请写明查看的理由，至少 4 个字。"), field="reason")
    now = clock.now()
    HouseholdReveal.objects.bulk_create(
        HouseholdReveal(household=household, field=field, reason=reason[:200], by_id=by.person_id, at=now)
        for household in households
        for field in fields
    )
    record_all("take_along", households, by=by, fields=list(fields))
    return list(households)
