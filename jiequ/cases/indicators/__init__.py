"""What the cases say in numbers: how many came, what became of them, how fast and how well. What everybody may read of it is
in publishing.py."""

from jiequ.cases.indicators.counted import (
    ACCEPTED,
    CLOSED,
    COUNTS,
    DECLINED,
    ON_THE_SPOT,
    OPEN,
    OVERDUE,
    RECEIVED,
    REOPENED,
    RESPONDED,
    SOLVED,
    SOLVED_OR_ANSWERED,
)
from jiequ.cases.indicators.kept import (
    CASES,
    CLOSED_ON_TIME,
    DAYS_TO_CLOSE,
    RESPONSE_RATE,
    SATISFACTION,
    SOLVED_RATE,
    UNRATED,
)

__all__ = [
    "ACCEPTED",
    "CASES",
    "CLOSED",
    "CLOSED_ON_TIME",
    "COUNTS",
    "DAYS_TO_CLOSE",
    "DECLINED",
    "ON_THE_SPOT",
    "OPEN",
    "OVERDUE",
    "RECEIVED",
    "REOPENED",
    "RESPONDED",
    "RESPONSE_RATE",
    "SATISFACTION",
    "SOLVED",
    "SOLVED_OR_ANSWERED",
    "SOLVED_RATE",
    "UNRATED",
]
