"""What a household agrees to, and takes back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.contacting import plan_anew, require_current
from jiequ.outreach.actions.contacts import contact_ended, plan_household
from jiequ.outreach.actions.households import register_household
from jiequ.outreach.actions.rules import consent_text
from jiequ.outreach.models import Consent, ConsentText, Household
from jiequ.territory.models import Unit


@action
def give_consent(
    household: Household,
    covers: str,
    *,
    by: Actor,
    given_on: date | None = None,
    given_by: str = Consent.Giver.SELF,
) -> Consent:
    """Note what was agreed to, under the text in force that day. To be contacted it agrees once; each sensitive category stands on a
    consent of its own."""
    require(by, "outreach.classify_household", household.unit)
    on = given_on or clock.today()
    if covers not in ConsentText.Covers.values:
        raise Refused(_("请选择同意的是什么。"), field="covers")
    if given_by not in Consent.Giver.values:
        raise Refused(_("请选择是本人还是监护人同意。"), field="given_by")
    if on > clock.today():
        raise Refused(_("同意日期不能晚于今天。"), field="given_on")
    household = lock(household)
    require_current(household)
    there = household.consents.filter(covers=covers, withdrawn_on=None).first()
    if there is not None and covers == ConsentText.Covers.CONTACT:
        return there
    consent = Consent(
        household=household, covers=covers, text=consent_text(covers, on), given_by=given_by, given_on=on,
        recorded_by_id=by.person_id, recorded_at=clock.now(),
    )  # fmt: skip
    consent.save(force_insert=True)
    if covers == ConsentText.Covers.CONTACT and household.tier:
        plan_anew(household)
        household.save(update_fields=["next_due_on"])
        plan_household(household, by=by)
    record("consent", household, by=by, covers=covers, version=consent.text.version)
    return consent


@action
def register_agreed(unit: Unit, *, by: Actor, given_by: str, **fields: Any) -> Household:
    """Register a household that agrees at the door to be contacted: one form, one act (`register_household`, `give_consent`)."""
    household = register_household(unit, by=by, **fields)
    give_consent(household, ConsentText.Covers.CONTACT, by=by, given_by=given_by)
    return household


@action
def withdraw_consent(consent: Consent, *, by: Actor) -> int:
    """Take a consent back, as anybody may at any time. A sensitive category that stands on it is deleted at once, and the journal
    keeps its number alone; without the consent to be contacted nothing is planned any more. How many categories went."""
    household = lock(consent.household)
    require(by, "outreach.classify_household", household.unit)
    consent = lock(consent)
    if consent.withdrawn_on is not None:
        raise Overtaken(_("这份同意刚刚已经撤回。"))
    consent.withdrawn_on = clock.today()
    consent.save(update_fields=["withdrawn_on"])
    gone = sorted(consent.classifications.values_list("pk", flat=True))
    consent.classifications.all().delete()
    if consent.covers == ConsentText.Covers.CONTACT:
        contact_ended(household, by=by, note=_("已撤回同意"))
    record("withdraw_consent", household, by=by, covers=consent.covers, consent=consent.pk, classifications=gone)
    return len(gone)
