"""Who may plan an activity and record how it went: besides the posts that allow it, whoever leads the team it belongs to;
and who may take part."""

from __future__ import annotations

from typing import Any

from jiequ.core.permission import Actor, require
from jiequ.outreach.models import Activity
from jiequ.people.models import Team
from jiequ.territory.models import Unit

#: What whoever leads a team may do with its own activities.
LEADING = frozenset({"outreach.plan_activity", "outreach.record_activity"})


class Leading:
    """`by` while leading a team: for what the team does in its unit, and below."""

    def __init__(self, by: Any, unit: Unit) -> None:
        self.by, self.path, self.person_id = by, unit.path, by.person_id

    def may(self, permission: str, unit: Any) -> bool:
        return (permission in LEADING and unit.path.startswith(self.path)) or self.by.may(permission, unit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.by, name)


def leading(by: Actor, team: Team | None) -> Actor:
    """`by`, with what leading `team` allows if it is theirs and they still serve where it does."""
    if team is None or by.person_id is None or team.leader_id != by.person_id:
        return by
    return Leading(by, team.unit) if by.may("people.view_team", team.unit) else by


def acting(by: Actor, activity: Activity) -> Actor:
    """`by` before an activity: its team's leader may do what a post would allow."""
    return leading(by, activity.team)


def may_take_part(by: Actor, unit: Unit) -> bool:
    """True if an activity of `unit` is open to `by`: to who serves in it, and to who serves below it."""
    if by.may("outreach.sign_up", unit):
        return True
    reach = getattr(by, "reach", None)
    return reach is not None and any(path.startswith(unit.path) for path in reach("outreach.sign_up").paths)


def require_take_part(by: Actor, unit: Unit) -> None:
    """NotAllowed unless the activity is open to `by`."""
    if not may_take_part(by, unit):
        require(by, "outreach.sign_up", unit)
