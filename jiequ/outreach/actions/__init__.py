"""Every write of this house."""

from jiequ.outreach.actions.consents import give_consent
from jiequ.outreach.actions.households import register_household
from jiequ.outreach.actions.rules import set_consent_text, set_defaults, set_outreach_rule

__all__ = ["give_consent", "register_household", "set_consent_text", "set_defaults", "set_outreach_rule"]
