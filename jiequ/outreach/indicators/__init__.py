"""What the red grids' service comes to in numbers: how much was done, and whether everybody and every place was reached."""

from jiequ.outreach.indicators.counted import (
    CONTACTS,
    COVERAGE,
    DEEDS,
    MEMBERS_FOUND,
    TEAMS,
    WISHES_CLAIMED,
    WISHES_FULFILLED,
)
from jiequ.outreach.indicators.drawing import SERVICE
from jiequ.outreach.indicators.kept import BUILDINGS_COVERED, KEY_CONTACT_RATE, PARTICIPATION_RATE, RUNNING_RATE

__all__ = [
    "BUILDINGS_COVERED",
    "CONTACTS",
    "COVERAGE",
    "DEEDS",
    "KEY_CONTACT_RATE",
    "MEMBERS_FOUND",
    "PARTICIPATION_RATE",
    "RUNNING_RATE",
    "SERVICE",
    "TEAMS",
    "WISHES_CLAIMED",
    "WISHES_FULFILLED",
]
