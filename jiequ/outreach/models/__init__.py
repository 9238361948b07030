"""Tables of this house."""

from jiequ.outreach.models.activities import Activity, Certificate, ServiceRecord, SignUp
from jiequ.outreach.models.deeds import Campaign, Coverage, Deed
from jiequ.outreach.models.households import Classification, Consent, Household, HouseholdReveal
from jiequ.outreach.models.rules import ConsentText, HouseholdCategory, OutreachRule, Tier
from jiequ.outreach.models.visits import SERVICES, Conflict, Finding, FoundMember, Visit
from jiequ.outreach.models.wishes import Wish, WishClaim, WishQuerySet, WishRound

__all__ = [
    "SERVICES",
    "Activity",
    "Campaign",
    "Certificate",
    "Classification",
    "Conflict",
    "Consent",
    "ConsentText",
    "Coverage",
    "Deed",
    "Finding",
    "FoundMember",
    "Household",
    "HouseholdCategory",
    "HouseholdReveal",
    "OutreachRule",
    "ServiceRecord",
    "SignUp",
    "Tier",
    "Visit",
    "Wish",
    "WishClaim",
    "WishQuerySet",
    "WishRound",
]
