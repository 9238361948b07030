"""What a household agrees to, and takes back."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.rules import consent_text
from jiequ.outreach.models import Consent, ConsentText, Household


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
    if not household.is_current:
        raise Refused(_("这一户已经不再联系，请先恢复。"))
    there = household.consents.filter(covers=covers, withdrawn_on=None).first()
    if there is not None and covers == ConsentText.Covers.CONTACT:
        return there
    consent = Consent(
        household=household, covers=covers, text=consent_text(covers, on), given_by=given_by, given_on=on,
        recorded_by_id=by.person_id, recorded_at=clock.now(),
    )  # fmt: skip
    consent.save(force_insert=True)
    record("consent", household, by=by, covers=covers, version=consent.text.version)
    return consent
