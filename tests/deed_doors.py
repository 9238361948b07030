"""Deeds, campaigns and service records; tests/doors.py takes these in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jiequ.core import clock
from jiequ.outreach.models import Campaign, Coverage, Deed
from tests import make
from tests.doors import Door, Everybody, Held, Listed, Within
from tests.street import Place, Who


def deed(place: Place, who: Who) -> Any:
    """One that the place's councillor recorded; made when it is first asked for."""
    made, _is_new = Deed.objects.get_or_create(
        unit=place.grid, title="换灯", defaults={"on": clock.today(), "by": place.person, "recorded_at": clock.now()}
    )
    return made.pk


def campaign(place: Place, who: Who, *, counts: str = "number") -> Any:
    """One of the place's block, which counts by number."""
    made, _is_new = Campaign.objects.get_or_create(
        unit=place.block,
        name="接种" if counts == "number" else "入户",
        defaults={
            "starts_on": clock.today() - timedelta(days=9), "started_at": clock.now(), "counts": counts, "kind": "gas",
        },
    )  # fmt: skip
    return made.pk


def ticked(place: Place, who: Who) -> Any:
    """A household of the place's grid that was ticked."""
    key = campaign(place, who, counts="household")
    there = Coverage.objects.filter(campaign_id=key).first()
    if there is None:
        there = Coverage(
            campaign_id=key, unit=place.grid, on=clock.today(), household=make.household(place.grid),
            recorded_at=clock.now(),
        )  # fmt: skip
        there.save(force_insert=True)
    return there.pk


SEEN = "outreach.view_deed"
DEED_DOORS: dict[str, Door | list[Door]] = {
    "deeds": Listed(may=SEEN, ways="get"),
    "deed-new": Held(may="outreach.record_deed"),
    "deed": Within(seen=SEEN, args=deed, unit=lambda p: p.grid, ways="get"),
    "deed-withdraw": Within(seen=SEEN, may="outreach.withdraw_deed", args=deed, unit=lambda p: p.grid, ways="post"),
    "campaigns": Held(may=SEEN, ways="get"),
    "campaign-new": Held(may="outreach.start_campaign"),
    "campaign": Within(seen=SEEN, args=campaign, ways="get"),
    "campaign-edit": Within(seen=SEEN, may="outreach.start_campaign", args=campaign),
    "campaign-end": Within(seen=SEEN, may="outreach.start_campaign", args=campaign, ways="post"),
    "campaign-cover": Within(seen=SEEN, may="outreach.record_coverage", args=campaign),
    "coverage": Within(seen=SEEN, args=ticked, unit=lambda p: p.grid, ways="get"),
    "coverage-undo": Within(seen=SEEN, may="outreach.record_coverage", args=ticked, unit=lambda p: p.grid, ways="post"),
    "my-record": Everybody(ways="get"),
    "branch-record": Within(
        seen="territory.view_unit",
        may="outreach.view_records",
        args=lambda p, w: p.grid.code,
        unit=lambda p: p.grid,
        ways="get",
    ),
}
