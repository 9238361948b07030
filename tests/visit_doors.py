"""What the pages of visits ask of whoever comes; tests/doors.py takes these in."""

from __future__ import annotations

from typing import Any

from tests.doors import Door, Held, Listed, Within
from tests.street import Place, Who


def at_door(of: Any, may: str = "", **more: Any) -> Within:
    """A page of something of the household behind the door: looked at, and done, in the building it stands in."""
    return Within(
        seen="outreach.view_household",
        may=may,
        args=lambda place, who: of(place.door).pk,
        unit=lambda place: place.building,
        **more,
    )


def found(may: str = "", **more: Any) -> Within:
    """A page of a party member who was found in the grid."""
    return Within(
        seen="people.view_member",
        may=may,
        args=lambda place, who: place.door.found.pk,
        unit=lambda place: place.grid,
        **more,
    )


class Raising(Within):
    """Two permissions at once: at the door, and in the block's council."""

    def expected(self, who: Who, place: Place, way: str) -> Any:
        first = super().expected(who, place, way)
        return first if first != "in" or who.reaches("council.collect_motion", place.block) else "no"


class Changing(Within):
    """A visit is changed by whoever wrote it, else by a coordinator; the street's was written by somebody without other doors here."""

    def expected(self, who: Who, place: Place, way: str) -> Any:
        if not who.reaches("outreach.view_household", place.building):
            return "hidden"
        return "in" if who.reaches("outreach.assign_household", place.grid) else "no"


def visit(place: Place, who: Who) -> int:
    return place.door.visit.pk


VISIT = "outreach.record_visit"
VISIT_DOORS: dict[str, Door | list[Door]] = {
    "visits": Listed(may="outreach.view_household", ways="get"),
    "visit-list": Listed(may="outreach.view_household", ways="get"),
    "visit-new": at_door(lambda door: door.household, VISIT),
    "household-visits": at_door(lambda door: door.household, ways="get"),
    "visit": at_door(lambda door: door.visit, ways="get"),
    "visit-amend": Changing(args=visit),
    "visit-withdraw": Changing(args=visit, ways="post"),
    "visits-plan": Held(may=VISIT, ways="get"),
    "visits-token": Held(may=VISIT, ways="get"),
    "visits-take": Held(may=VISIT, ways="post"),
    "visits-sync": Held(may=VISIT, ways="post"),
    "finding-add": [
        Within(
            seen="outreach.view_household",
            may=VISIT,
            args=lambda place, who, kind=kind: (place.door.visit.pk, kind),  # type: ignore[misc]
            unit=lambda place: place.building,
            label=kind,
        )
        for kind in ("case", "member")
    ],
    "finding-turn": [
        at_door(lambda door, kind=kind: door.findings[kind], VISIT, label=kind)
        for kind in ("case", "wish", "motion", "member")
    ],
    "finding-motion": Raising(
        seen="outreach.view_household",
        may=VISIT,
        args=lambda place, who: place.door.findings["motion"].pk,
        unit=lambda place: place.building,
    ),
    "conflict": at_door(lambda door: door.conflict, "outreach.edit_household"),
    "found-members": Listed(may="people.view_member", ways="get"),
    "found-member-new": Held(may=VISIT),
    "found-member": found(ways="get"),
    "found-member-report": found("people.report_member"),
    "found-member-decline": found("outreach.invite_member"),
    "found-member-reveal": found("outreach.invite_member"),
}
