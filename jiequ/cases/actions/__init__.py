"""Every write of cases, one noun a file."""

from jiequ.cases.actions.categories import add_category, edit_category, seed_categories
from jiequ.cases.actions.dispatching import (
    acknowledge_case,
    ask_for_help,
    dispatch_case,
    finish_help,
    object_to_dispatch,
    reassign_case,
    redispatch_case,
    uphold_dispatch,
)
from jiequ.cases.actions.filing import Filed, file_case
from jiequ.cases.actions.following import add_to_case, join_case, say_it_is_solved, withdraw_case
from jiequ.cases.actions.handling import (
    answer_whistle,
    contact_complainant,
    escalate_case,
    fix_on_spot,
    note_spot_fix,
    reply_case,
    take_back_case,
    tell_complainant,
    write_note,
)
from jiequ.cases.actions.limits import limit_for, set_default_limits, set_limit
from jiequ.cases.actions.rating import archive_case, call_back, rate_case
from jiequ.cases.actions.taking import (
    accept_case,
    classify_case,
    decline_case,
    merge_case,
    place_case,
    refer_case,
)

__all__ = [
    "Filed",
    "accept_case",
    "acknowledge_case",
    "add_category",
    "add_to_case",
    "answer_whistle",
    "archive_case",
    "ask_for_help",
    "call_back",
    "classify_case",
    "contact_complainant",
    "decline_case",
    "dispatch_case",
    "edit_category",
    "escalate_case",
    "file_case",
    "finish_help",
    "fix_on_spot",
    "join_case",
    "limit_for",
    "merge_case",
    "note_spot_fix",
    "object_to_dispatch",
    "place_case",
    "rate_case",
    "reassign_case",
    "redispatch_case",
    "refer_case",
    "reply_case",
    "say_it_is_solved",
    "seed_categories",
    "set_default_limits",
    "set_limit",
    "take_back_case",
    "tell_complainant",
    "uphold_dispatch",
    "withdraw_case",
    "write_note",
]
