"""Every write of this house."""

from jiequ.people.actions.accounts import (
    DEMO_PASSWORDS,
    change_password,
    close_account,
    confirm_second_factor,
    note_sign_in,
    one_time_password,
    open_account,
    remove_second_factor,
    reopen_account,
    reset_password,
)
from jiequ.people.actions.appointments import appoint_person, end_appointment
from jiequ.people.actions.members import (
    assign_building,
    exempt_member,
    leave_member,
    move_member,
    note_export,
    release_building,
    report_member,
)
from jiequ.people.actions.notices import mark_notices_read, notify, notify_each
from jiequ.people.actions.persons import (
    AlreadyKnown,
    correct_person,
    erase_person,
    register_person,
    reveal_person,
    what_is_held,
)
from jiequ.people.actions.posts import lay_posts, set_required_posts
from jiequ.people.actions.succession import people_follow
from jiequ.people.actions.teams import disband_team, form_team, join_team, leave_team, set_team_leader, set_team_skills
from jiequ.people.channels import deliver_due

__all__ = [
    "DEMO_PASSWORDS",
    "AlreadyKnown",
    "appoint_person",
    "assign_building",
    "change_password",
    "close_account",
    "confirm_second_factor",
    "correct_person",
    "deliver_due",
    "disband_team",
    "end_appointment",
    "erase_person",
    "exempt_member",
    "form_team",
    "join_team",
    "lay_posts",
    "leave_member",
    "leave_team",
    "mark_notices_read",
    "move_member",
    "note_export",
    "note_sign_in",
    "notify",
    "notify_each",
    "one_time_password",
    "open_account",
    "people_follow",
    "register_person",
    "release_building",
    "remove_second_factor",
    "reopen_account",
    "report_member",
    "reset_password",
    "reveal_person",
    "set_required_posts",
    "set_team_leader",
    "set_team_skills",
    "what_is_held",
]
