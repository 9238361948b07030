"""What a phone without a network says of a household meets what somebody else has written meanwhile. Neither is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.models import JournalEntry
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.households import AT_THE_DOOR, check_fields, edit_household
from jiequ.outreach.models import Conflict, Household, Visit
from jiequ.people.models import Person
from jiequ.work.actions import finish_tasks_about, open_task

SETTLE_DAYS = 3  # working days to choose; ours
MINE, THEIRS = "mine", "theirs"


def carry_changes(visit: Visit, changes: Mapping[str, str], *, version: int | None, by: Actor) -> Conflict | None:
    """Bring what a visit says of its household's phone and remark into the household; part of the action that calls it, which
    holds the household. Fields that nobody else has touched since `version` are changed; for the others both values are
    kept in a Conflict, and whoever contacts the household chooses."""
    unknown = set(changes) - set(AT_THE_DOOR)
    if unknown:
        raise ValueError(f"not to be changed on a visit: {unknown}")
    household = visit.household
    typed = {name: text for name, text in check_fields(**changes).items() if getattr(household, name) != text}
    if not typed:
        return None
    touched = set() if version in (None, household.version) else touched_since(household, version or 0, by)
    free: dict[str, Any] = {name: text for name, text in typed.items() if name not in touched}
    if free:
        visit.household = edit_household(household, by=by, **free)
    clash = {name: text for name, text in typed.items() if name in touched}
    return _keep_both(visit, clash, version or 0, by) if clash else None


def touched_since(household: Household, version: int, by: Actor) -> set[str]:
    """The fields that somebody else than `by` has corrected since `version`. The journal knows: each correction names its fields and
    the version it made. One that came with a list names neither, and may have touched any. One statement."""
    touched: set[str] = set()
    for entry in JournalEntry.objects.about(household).filter(verb="edit"):
        if entry.facts.get("version", version + 1) <= version:
            break
        if entry.by_id is None or entry.by_id != by.person_id:
            touched |= set(entry.facts.get("fields", AT_THE_DOOR))
    return touched


def _keep_both(visit: Visit, clash: dict[str, str], version: int, by: Actor) -> Conflict:
    household = visit.household
    conflict = Conflict(
        household=household, visit=visit, by_id=by.person_id, mine=json.dumps(clash, ensure_ascii=False),
        theirs=json.dumps({name: getattr(household, name) for name in clash}, ensure_ascii=False),
        base_version=version, made_at=clock.now(),
    )  # fmt: skip
    conflict.save(force_insert=True)
    record("arise", conflict, by=by, unit=household.unit, household=household.pk, fields=sorted(clash))
    holder = household.member_id or by.person_id
    open_task(
        "outreach.settle_conflict", _("同一户的信息两处都改了，请选定"), unit=household.unit, about=conflict, by=by,
        due_at=workdays.due(clock.now(), workdays=SETTLE_DAYS), role="" if holder else "grid_member",
        holder=Person(pk=holder) if holder else None,
    )  # fmt: skip
    return conflict


def versions_of(conflict: Conflict) -> dict[str, dict[str, str]]:
    """{field: {"mine": what the phone says, "theirs": what stood there then, "now": what stands there}}."""
    mine, theirs = json.loads(conflict.mine or "{}"), json.loads(conflict.theirs or "{}")
    return {
        name: {MINE: mine[name], THEIRS: theirs.get(name, ""), "now": getattr(conflict.household, name)}
        for name in mine
    }


@action
def settle_conflict(conflict: Conflict, keep: Mapping[str, str], *, by: Actor) -> Conflict:
    """Choose for each field: `keep` is {field: "mine" or "theirs"}. What the phone says is written, or what stands there stays."""
    household = lock(conflict.household)
    require(by, "outreach.edit_household", household.ground)
    conflict = lock(conflict)
    conflict.household = household
    if conflict.settled_at is not None:
        raise Overtaken(_("刚刚已有人选定。请看看这一户现在的信息。"))
    mine: dict[str, str] = json.loads(conflict.mine)
    for name in mine:
        if keep.get(name) not in (MINE, THEIRS):
            raise Refused(_("请给每一项都选定一个。"), field=name)
    written: dict[str, Any] = {name: text for name, text in mine.items() if keep[name] == MINE}
    if written:
        conflict.household = edit_household(household, by=by, **written)
    conflict.settled_at, conflict.settled_by_id = clock.now(), by.person_id
    conflict.kept = {name: keep[name] for name in mine}
    conflict.save(update_fields=["settled_at", "settled_by", "kept"])
    finish_tasks_about(conflict, "outreach.settle_conflict", by=by)
    record("settle", conflict, by=by, unit=household.unit, kept=conflict.kept)
    return conflict
