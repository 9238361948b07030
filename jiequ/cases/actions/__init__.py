"""Every write of cases, one noun a file."""

from jiequ.cases.actions.categories import add_category, edit_category, seed_categories
from jiequ.cases.actions.causes import adopt_cases, release_case
from jiequ.cases.actions.complainants import forget_complainant, reveal_complainant
from jiequ.cases.actions.complained import name_complained
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
from jiequ.cases.actions.duties import (
    add_handler,
    edit_handler,
    end_duty_line,
    join_handler,
    leave_handler,
    set_duty_line,
)
from jiequ.cases.actions.exporting import note_case_export
from jiequ.cases.actions.filing import Filed, file_case
from jiequ.cases.actions.following import add_to_case, join_case, say_it_is_solved, withdraw_case
from jiequ.cases.actions.handling import (
    answer_whistle,
    contact_complainant,
    escalate_case,
    fix_on_spot,
    note_spot_fix,
    raise_case,
    reply_case,
    take_back_case,
    tell_complainant,
    write_note,
)
from jiequ.cases.actions.keeping import sweep_kept_cases
from jiequ.cases.actions.limits import limit_for, set_default_limits, set_limit
from jiequ.cases.actions.mailing import mail_due
from jiequ.cases.actions.photos import remove_photo
from jiequ.cases.actions.points import issue_point, issue_points, renew_point, revoke_point
from jiequ.cases.actions.rating import archive_case, call_back, rate_case, rated_until
from jiequ.cases.actions.rerouting import cases_follow_borders
from jiequ.cases.actions.rota import end_duty, mark_away, pass_cases_on, set_rota
from jiequ.cases.actions.succession import cases_follow
from jiequ.cases.actions.sweep import sweep_cases
from jiequ.cases.actions.taking import (
    accept_case,
    classify_case,
    decline_case,
    merge_case,
    place_case,
    refer_case,
)
from jiequ.cases.actions.templates import add_template, edit_template
from jiequ.cases.actions.timing import ask_for_time, decide_time, latest_due, resume_case

__all__ = [
    "Filed",
    "accept_case",
    "acknowledge_case",
    "add_category",
    "add_handler",
    "add_template",
    "add_to_case",
    "adopt_cases",
    "answer_whistle",
    "archive_case",
    "ask_for_help",
    "ask_for_time",
    "call_back",
    "cases_follow",
    "cases_follow_borders",
    "classify_case",
    "contact_complainant",
    "decide_time",
    "decline_case",
    "dispatch_case",
    "edit_category",
    "edit_handler",
    "edit_template",
    "end_duty",
    "end_duty_line",
    "escalate_case",
    "file_case",
    "finish_help",
    "fix_on_spot",
    "forget_complainant",
    "issue_point",
    "issue_points",
    "join_case",
    "join_handler",
    "latest_due",
    "leave_handler",
    "limit_for",
    "mail_due",
    "mark_away",
    "merge_case",
    "name_complained",
    "note_case_export",
    "note_spot_fix",
    "object_to_dispatch",
    "pass_cases_on",
    "place_case",
    "raise_case",
    "rate_case",
    "rated_until",
    "reassign_case",
    "redispatch_case",
    "refer_case",
    "release_case",
    "remove_photo",
    "renew_point",
    "reply_case",
    "resume_case",
    "reveal_complainant",
    "revoke_point",
    "say_it_is_solved",
    "seed_categories",
    "set_default_limits",
    "set_duty_line",
    "set_limit",
    "set_rota",
    "sweep_cases",
    "sweep_kept_cases",
    "take_back_case",
    "tell_complainant",
    "uphold_dispatch",
    "withdraw_case",
    "write_note",
]
