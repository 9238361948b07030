"""Activities, sign-ups and certificates; tests/doors.py takes these in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from jiequ.core import clock
from jiequ.outreach.models import Activity, Certificate, SignUp
from tests.doors import Door, Everybody, Listed, Within
from tests.street import Place, Who


def activity(place: Place, who: Who) -> Any:
    """One of the place's block that is over tomorrow; made when it is first asked for."""
    start = clock.now() + timedelta(hours=5)
    made, _is_new = Activity.objects.get_or_create(
        unit=place.block, title="义剪", defaults={"starts_at": start, "ends_at": start + timedelta(hours=2), "planned_at": clock.now()}
    )  # fmt: skip
    return made.pk


def signed_up(place: Place, who: Who) -> Any:
    """The same, with whoever asks signed up."""
    key = activity(place, who)
    person = who.account.person_id if who.account is not None else place.person.pk
    SignUp.objects.get_or_create(
        activity_id=key, person_id=person, defaults={"signed_at": clock.now(), "state": "waiting"}
    )
    return key


def over(place: Place, who: Who) -> Any:
    """One that was yesterday and has no outcome."""
    start = clock.now() - timedelta(hours=25)
    made, _is_new = Activity.objects.get_or_create(
        unit=place.block, title="巡楼", defaults={"starts_at": start, "ends_at": start + timedelta(hours=2), "planned_at": start}
    )  # fmt: skip
    return made.pk


def certificate(place: Place, who: Who) -> Any:
    today = clock.today()
    made, _is_new = Certificate.objects.get_or_create(
        unit=place.block, person=place.person,
        defaults={"number": f"2021-{place.block.pk}", "starts_on": today, "ends_on": today, "hours": Decimal(2), "activities": 1,
                  "issued_at": clock.now()},
    )  # fmt: skip
    return made.pk


def number(place: Place, who: Who) -> str:
    return Certificate.objects.get(pk=certificate(place, who)).number


def of_activity(may: str = "", args: Any = activity, **more: Any) -> Within:
    return Within(seen="outreach.view_deed", may=may, args=args, **more)


ACTIVITY_DOORS: dict[str, Door | list[Door]] = {
    "activities": Listed(may="outreach.view_deed", ways="get"),
    "activity-calendar": Listed(may="outreach.view_deed", ways="get"),
    "activity-plan": Listed(may="outreach.plan_activity", there=True),
    "my-sign-ups": Everybody(ways="get"),
    "activity": of_activity(ways="get"),
    "activity-edit": of_activity("outreach.plan_activity"),
    "activity-cancel": of_activity("outreach.plan_activity"),
    "activity-outcome": of_activity("outreach.record_activity", over),
    "activity-sign-up": of_activity("outreach.sign_up", ways="post"),
    "activity-leave": of_activity(args=signed_up, ways="post"),
    "activity-file": of_activity(ways="get"),
    "team-file": Within(seen="people.view_team", args=lambda p, w: p.team.pk, ways="get"),
    "certificate-new": Everybody(),
    "certificate": Within(seen="outreach.record_activity", args=certificate, ways="get"),
    "certificate-pdf": Within(
        seen="outreach.record_activity", may="people.reveal_person", args=certificate, ways="post"
    ),
    "certificate-check": Everybody(args=number, ways="get"),
}
