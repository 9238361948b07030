"""Every write of this house."""

from jiequ.outreach.actions.campaigns import edit_campaign, end_campaign, start_campaign
from jiequ.outreach.actions.classifying import category_index, classify, unclassify
from jiequ.outreach.actions.consents import give_consent, withdraw_consent
from jiequ.outreach.actions.contacting import assign_household, has_agreed, set_tier, who_may_contact
from jiequ.outreach.actions.covering import Covered, cover, cover_households, uncover
from jiequ.outreach.actions.deeds import record_deed, withdraw_deed
from jiequ.outreach.actions.households import edit_household, register_household
from jiequ.outreach.actions.keeping import erase_household, sweep_kept
from jiequ.outreach.actions.leaving import come_back, leave_household
from jiequ.outreach.actions.registering import Entry, correct_households, register_households
from jiequ.outreach.actions.revealing import categories_of, reveal_household, tell_held, what_is_held_of
from jiequ.outreach.actions.rules import set_consent_text, set_defaults, set_outreach_rule
from jiequ.outreach.actions.succession import households_follow

__all__ = [
    "Covered",
    "Entry",
    "assign_household",
    "categories_of",
    "category_index",
    "classify",
    "come_back",
    "correct_households",
    "cover",
    "cover_households",
    "edit_campaign",
    "edit_household",
    "end_campaign",
    "erase_household",
    "give_consent",
    "has_agreed",
    "households_follow",
    "leave_household",
    "record_deed",
    "register_household",
    "register_households",
    "reveal_household",
    "set_consent_text",
    "set_defaults",
    "set_outreach_rule",
    "set_tier",
    "start_campaign",
    "sweep_kept",
    "tell_held",
    "unclassify",
    "uncover",
    "what_is_held_of",
    "who_may_contact",
    "withdraw_consent",
    "withdraw_deed",
]
