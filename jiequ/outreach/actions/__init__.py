"""Every write of this house."""

from jiequ.outreach.actions.activities import cancel_activity, edit_activity, plan_activity
from jiequ.outreach.actions.activity_succession import activities_follow
from jiequ.outreach.actions.arranging import assign_household, set_tier
from jiequ.outreach.actions.bringing import Verdict, bring_in
from jiequ.outreach.actions.campaigns import edit_campaign, end_campaign, start_campaign
from jiequ.outreach.actions.categories import add_household_category, edit_household_category
from jiequ.outreach.actions.certificates import issue_certificate, name_on_certificate
from jiequ.outreach.actions.claims import bring_claim, claim_wish, connect_claim, give_up_claim
from jiequ.outreach.actions.classifying import category_index, classify_household, unclassify_household
from jiequ.outreach.actions.confirming import confirm_wish, dispute_wish, make_wish_link
from jiequ.outreach.actions.conflicts import settle_conflict, versions_of
from jiequ.outreach.actions.consents import give_consent, register_agreed, withdraw_consent
from jiequ.outreach.actions.contacting import has_agreed, who_may_contact
from jiequ.outreach.actions.contacts import (
    Excuse,
    contact_ended,
    contact_met,
    excuse_contact,
    note_event,
    plan_household,
)
from jiequ.outreach.actions.covering import Covered, cover_households, cover_unit, uncover_household
from jiequ.outreach.actions.deeds import note_deed_export, record_deed, withdraw_deed
from jiequ.outreach.actions.digest import tell_week
from jiequ.outreach.actions.findings import add_finding, became_of, turn_finding
from jiequ.outreach.actions.found import decline_found, find_member, report_found
from jiequ.outreach.actions.households import edit_household, register_household
from jiequ.outreach.actions.keeping import erase_household, sweep_kept
from jiequ.outreach.actions.leaving import come_back, leave_household
from jiequ.outreach.actions.outcomes import ask_outcomes, hold_activity
from jiequ.outreach.actions.plan import plan_contacts, plan_due
from jiequ.outreach.actions.records import note_record_export
from jiequ.outreach.actions.registering import (
    Entry,
    correct_households,
    note_household_export,
    register_households,
)
from jiequ.outreach.actions.replanning import replan_contacts
from jiequ.outreach.actions.revealing import categories_of, reveal_household, tell_held, what_is_held_of
from jiequ.outreach.actions.rounds import close_round, open_round
from jiequ.outreach.actions.rules import set_consent_text, set_defaults, set_outreach_rule
from jiequ.outreach.actions.signups import cancel_sign_up, sign_up
from jiequ.outreach.actions.standing_succession import what_stands_follows
from jiequ.outreach.actions.succession import households_follow
from jiequ.outreach.actions.visit_lists import Line, enter_visits
from jiequ.outreach.actions.visits import Visited, amend_visit, may_change, record_visit, withdraw_visit
from jiequ.outreach.actions.wish_cases import raise_as_wish, turn_wish_into_case
from jiequ.outreach.actions.wish_lists import Granted, enter_granted_wishes
from jiequ.outreach.actions.wish_succession import wishes_follow
from jiequ.outreach.actions.wish_sweep import sweep_wishes
from jiequ.outreach.actions.wishes import (
    draft_wish,
    edit_wish,
    publish_wish,
    redraft_wish,
    return_wish,
    verify_wish,
    withdraw_wish,
)

__all__ = [
    "Covered",
    "Entry",
    "Excuse",
    "Granted",
    "Line",
    "Verdict",
    "Visited",
    "activities_follow",
    "add_finding",
    "add_household_category",
    "amend_visit",
    "ask_outcomes",
    "assign_household",
    "became_of",
    "bring_claim",
    "bring_in",
    "cancel_activity",
    "cancel_sign_up",
    "categories_of",
    "category_index",
    "claim_wish",
    "classify_household",
    "close_round",
    "come_back",
    "confirm_wish",
    "connect_claim",
    "contact_ended",
    "contact_met",
    "correct_households",
    "cover_households",
    "cover_unit",
    "decline_found",
    "dispute_wish",
    "draft_wish",
    "edit_activity",
    "edit_campaign",
    "edit_household",
    "edit_household_category",
    "edit_wish",
    "end_campaign",
    "enter_granted_wishes",
    "enter_visits",
    "erase_household",
    "excuse_contact",
    "find_member",
    "give_consent",
    "give_up_claim",
    "has_agreed",
    "hold_activity",
    "households_follow",
    "issue_certificate",
    "leave_household",
    "make_wish_link",
    "may_change",
    "name_on_certificate",
    "note_deed_export",
    "note_event",
    "note_household_export",
    "note_record_export",
    "open_round",
    "plan_activity",
    "plan_contacts",
    "plan_due",
    "plan_household",
    "publish_wish",
    "raise_as_wish",
    "record_deed",
    "record_visit",
    "redraft_wish",
    "register_agreed",
    "register_household",
    "register_households",
    "replan_contacts",
    "report_found",
    "return_wish",
    "reveal_household",
    "set_consent_text",
    "set_defaults",
    "set_outreach_rule",
    "set_tier",
    "settle_conflict",
    "sign_up",
    "start_campaign",
    "sweep_kept",
    "sweep_wishes",
    "tell_held",
    "tell_week",
    "turn_finding",
    "turn_wish_into_case",
    "unclassify_household",
    "uncover_household",
    "verify_wish",
    "versions_of",
    "what_is_held_of",
    "what_stands_follows",
    "who_may_contact",
    "wishes_follow",
    "withdraw_consent",
    "withdraw_deed",
    "withdraw_visit",
    "withdraw_wish",
]
