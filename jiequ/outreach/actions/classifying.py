"""To which categories (重点类别) a household belongs: encrypted, found again by a blind index, the sensitive ones by consent."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.personal import blind
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.arranging import set_tier
from jiequ.outreach.actions.consents import give_consent
from jiequ.outreach.actions.contacting import require_current
from jiequ.outreach.models import Classification, Consent, ConsentText, Household, HouseholdCategory, Tier

#: Tiers, the rarest first.
OFTEN = (Tier.NONE.value, Tier.QUARTER.value, Tier.MONTH.value, Tier.WEEK.value)


def category_index(code: str) -> str:
    """Blind index of a category's code: which households bear it is found without reading any."""
    return blind(code, "household.category")


@action
def classify_household(
    household: Household,
    category: HouseholdCategory,
    *,
    by: Actor,
    consent: Consent | None = None,
    given_by: str = "",
    given_on: date | None = None,
    with_tier: bool = False,
) -> Classification:
    """Note that the household belongs to `category`. A sensitive one needs a consent of its own: one that was given (`consent`),
    or, with `given_by`, one that is noted now. With `with_tier` it is contacted as often as the category suggests, if that is more
    often than now. The journal does not say which category."""
    require(by, "outreach.classify_household", household.unit)
    if not category.is_active:
        raise Refused(_("这一类已经停用，请选别的。"), field="category")
    household = lock(household)
    require_current(household)
    standing = household.classifications.filter(category_index=category_index(category.code), ends_on=None)
    if standing.exists():
        raise Refused(_("已经登记过这一类。"), field="category")
    if not category.is_sensitive:
        consent = None
    elif consent is None:
        if not given_by:
            raise Refused(_("这一类是敏感信息，须先得到单独同意。请选是谁同意的。"), field="given_by")
        consent = give_consent(household, ConsentText.Covers.SENSITIVE, by=by, given_by=given_by, given_on=given_on)
    else:
        _require_own(household, consent)
    made = Classification(
        household=household, category=category.code, category_index=category_index(category.code), consent=consent,
        starts_on=clock.today(), recorded_by_id=by.person_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise Refused(_("已经登记过这一类。"), field="category") from None
    if with_tier and OFTEN.index(category.tier) > OFTEN.index(household.tier):
        set_tier(household, category.tier, by=by)
    record("classify", household, by=by, classification=made.pk, consent=consent.pk if consent else None)
    return made


def _require_own(household: Household, consent: Consent) -> None:
    """Refuse a consent of another household, to something else, taken back, or that another category stands on."""
    fits = consent.household_id == household.pk and consent.covers == ConsentText.Covers.SENSITIVE
    if not fits or consent.withdrawn_on is not None:
        raise Refused(_("这份同意不能用：须是这一户对敏感类别的有效同意。"), field="consent")
    if consent.classifications.exists():
        raise Refused(_("这份同意已用于另一类。每个敏感类别要各自同意。"), field="consent")


@action
def unclassify_household(classification: Classification, *, by: Actor) -> None:
    """It no longer belongs there. A sensitive category is deleted at once; another ends, and is deleted when the category's time
    of keeping is over."""
    household = lock(classification.household)
    require(by, "outreach.classify_household", household.unit)
    found = Classification.objects.filter(pk=classification.pk, ends_on=None).first()
    if found is None:
        raise Overtaken(_("这一类刚刚已经有人结束。"))
    key = found.pk
    if found.consent_id is not None:
        found.delete()
    else:
        found.ends_on = clock.today()
        found.save(update_fields=["ends_on"])
    record("unclassify", household, by=by, classification=key)
