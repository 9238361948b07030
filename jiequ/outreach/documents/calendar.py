"""Activities as calendars read them (RFC 5545). Nobody is named: neither who goes nor who planned it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from icalendar import Calendar, Event

from jiequ.core import clock
from jiequ.core.personal import blind
from jiequ.outreach.models import Activity

STATUS = {
    Activity.State.PLANNED: "CONFIRMED", Activity.State.HELD: "CONFIRMED", Activity.State.CANCELLED: "CANCELLED",
}  # fmt: skip


def calendar_of(activities: Iterable[Activity], name: str) -> bytes:
    """One calendar with an event for each date; times in UTC, which every program turns into its own."""
    calendar: Any = Calendar()
    calendar.add("prodid", "-//Jiequ//Outreach//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for activity in activities:
        calendar.add_component(_event(activity))
    content: bytes = calendar.to_ical()
    return content


def _event(activity: Activity) -> Event:
    event: Any = Event()
    event.add("uid", f"{blind(str(activity.pk), 'activity-calendar')}@jiequ")
    event.add("dtstamp", _utc(clock.now()))
    event.add("dtstart", _utc(activity.starts_at))
    event.add("dtend", _utc(activity.ends_at))
    event.add("status", STATUS[Activity.State(activity.state)])
    event.add("summary", activity.title)
    if activity.place:
        event.add("location", f"{activity.unit.name} {activity.place}")
    if activity.says:
        event.add("description", activity.says)
    host = settings.ALLOWED_HOSTS[0].lstrip(".") if settings.ALLOWED_HOSTS else ""
    if host and host != "*":
        event.add("url", f"https://{host}{activity.get_absolute_url()}")
    made: Event = event
    return made


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
