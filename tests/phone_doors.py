"""What the pages of visits on a phone ask of whoever comes; tests/doors.py takes these in."""

from __future__ import annotations

from tests.doors import Door, Everybody, Held

PHONE_DOORS: dict[str, Door | list[Door]] = {
    "visits-phone": Held(may="outreach.record_visit", ways="get"),
    "visits-phone-key": Held(may="outreach.record_visit", ways="get"),
    "visits-worker": Everybody(ways="get"),
}
