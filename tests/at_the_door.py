"""A household of a street's building with everything that has a page: a visit, what was found, two versions that met, a party member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions.findings import add_finding
from jiequ.outreach.actions.found import find_member
from jiequ.outreach.actions.households import edit_household
from jiequ.outreach.actions.visits import record_visit
from jiequ.outreach.models import Conflict, Finding, FoundMember, Household, Visit
from jiequ.territory.models import Unit
from tests import make


@dataclass
class AtTheDoor:
    household: Household
    visit: Visit
    findings: dict[str, Finding]  # by kind; none is turned yet
    conflict: Conflict
    found: FoundMember


def at_the_door(building: Unit, *, by: Any, words: str = "楼道灯坏了", name: str = "") -> AtTheDoor:
    """Made by the real actions, written by `by`."""
    household = make.household(building, phone="13800004321", name=name)
    edit_household(household, by=SYSTEM, remark="在家")
    visited = record_visit(household, by=by, note="都好", version=1, changes={"remark": "住院了"})
    assert visited.conflict is not None
    findings = {kind: add_finding(visited.visit, by=by, kind=kind, words=words) for kind in Finding.Kind.values}
    found = find_member(household.unit, by=by, name="李试", phone="13900004321")
    return AtTheDoor(household, visited.visit, findings, visited.conflict, found)
