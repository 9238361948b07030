"""Every write of the council, one noun a file."""

from jiequ.council.actions.agenda import add_to_agenda, edit_agenda, remove_from_agenda
from jiequ.council.actions.apologies import make_apology, withdraw_apology
from jiequ.council.actions.ballots import (
    break_off_ballot,
    cast_vote,
    close_ballot,
    confirm_hand,
    destroy_spent_keys,
    open_ballot,
    record_show_of_hands,
    set_aside_ballot,
)
from jiequ.council.actions.councils import amend_rule, found_council
from jiequ.council.actions.evaluation import conclude_motion, evaluate_motion, rate_resolution
from jiequ.council.actions.following import (
    accept_work,
    assign_follow_up,
    follow_up_motion,
    name_supervisor,
    send_back_work,
    work_ended,
)
from jiequ.council.actions.from_visits import raise_from_finding
from jiequ.council.actions.guests import admit_guest, dismiss_guest
from jiequ.council.actions.minutes import (
    add_correction,
    confirm_minutes,
    export_minutes,
    finalise_minutes,
    write_remarks,
)
from jiequ.council.actions.motions import collect_motion, resubmit_motion, second_motion
from jiequ.council.actions.outcomes import confirm_resolution, send_back_resolution
from jiequ.council.actions.owners import record_owners_vote
from jiequ.council.actions.papers import add_paper, remove_paper
from jiequ.council.actions.planning import (
    cancel_meeting,
    edit_meeting,
    plan_meeting,
    remind_meetings,
    reschedule_meeting,
    send_notice,
)
from jiequ.council.actions.presence import presence_at, quorum_changes
from jiequ.council.actions.proxies import end_proxy, give_proxy
from jiequ.council.actions.publicity import (
    answer_objection,
    object_to_resolution,
    publicise_resolution,
    reveal_objector,
)
from jiequ.council.actions.recusals import decide_recusal, declare_recusal, propose_recusal, withdraw_recusal
from jiequ.council.actions.room import (
    adjourn_meeting,
    close_meeting,
    leave_meeting,
    open_item,
    open_meeting,
    postpone_motion,
    set_proposal,
    sign_in,
)
from jiequ.council.actions.screening import (
    accept_motion,
    answer_quick,
    bring_up,
    merge_motion,
    recommend_motion,
    refer_motion,
    return_motion,
    take_quick,
)
from jiequ.council.actions.speaking import (
    ask_to_speak,
    end_speech,
    give_floor,
    note_gist,
    note_speech,
    seconds_spoken,
    time_limit,
    withdraw_request,
)
from jiequ.council.actions.succession import councils_follow
from jiequ.council.actions.supervising import supervise_overdue

__all__ = [
    "accept_motion",
    "accept_work",
    "add_correction",
    "add_paper",
    "add_to_agenda",
    "adjourn_meeting",
    "admit_guest",
    "amend_rule",
    "answer_objection",
    "answer_quick",
    "ask_to_speak",
    "assign_follow_up",
    "break_off_ballot",
    "bring_up",
    "cancel_meeting",
    "cast_vote",
    "close_ballot",
    "close_meeting",
    "collect_motion",
    "conclude_motion",
    "confirm_hand",
    "confirm_minutes",
    "confirm_resolution",
    "councils_follow",
    "decide_recusal",
    "declare_recusal",
    "destroy_spent_keys",
    "dismiss_guest",
    "edit_agenda",
    "edit_meeting",
    "end_proxy",
    "end_speech",
    "evaluate_motion",
    "export_minutes",
    "finalise_minutes",
    "follow_up_motion",
    "found_council",
    "give_floor",
    "give_proxy",
    "leave_meeting",
    "make_apology",
    "merge_motion",
    "name_supervisor",
    "note_gist",
    "note_speech",
    "object_to_resolution",
    "open_ballot",
    "open_item",
    "open_meeting",
    "plan_meeting",
    "postpone_motion",
    "presence_at",
    "propose_recusal",
    "publicise_resolution",
    "quorum_changes",
    "raise_from_finding",
    "rate_resolution",
    "recommend_motion",
    "record_owners_vote",
    "record_show_of_hands",
    "refer_motion",
    "remind_meetings",
    "remove_from_agenda",
    "remove_paper",
    "reschedule_meeting",
    "resubmit_motion",
    "return_motion",
    "reveal_objector",
    "second_motion",
    "seconds_spoken",
    "send_back_resolution",
    "send_back_work",
    "send_notice",
    "set_aside_ballot",
    "set_proposal",
    "sign_in",
    "supervise_overdue",
    "take_quick",
    "time_limit",
    "withdraw_apology",
    "withdraw_recusal",
    "withdraw_request",
    "work_ended",
    "write_remarks",
]
