"""The council's figures: what the pilot published, and how the procedure is kept."""

from jiequ.council.indicators.pilot import (
    COLLECTED,
    FOLLOWED_UP,
    HANDLED,
    HANDLING_RATE,
    MEETINGS,
    MOTIONS,
    PASSED,
    PASSED_HANDLED,
)
from jiequ.council.indicators.procedure import (
    DAYS_TO_CLOSE,
    DAYS_TO_DECISION,
    DECIDED_NOT_DONE,
    NOTICE_KEPT,
    OBJECTIONS_ANSWERED,
    PROCEDURE,
    QUICK_ANSWERED,
    QUORUM_FAILURES,
    QUORUM_LOST,
    SATISFACTION,
    STEPS_SKIPPED,
    VOTES_SET_ASIDE,
)

__all__ = [
    "COLLECTED",
    "DAYS_TO_CLOSE",
    "DAYS_TO_DECISION",
    "DECIDED_NOT_DONE",
    "FOLLOWED_UP",
    "HANDLED",
    "HANDLING_RATE",
    "MEETINGS",
    "MOTIONS",
    "NOTICE_KEPT",
    "OBJECTIONS_ANSWERED",
    "PASSED",
    "PASSED_HANDLED",
    "PROCEDURE",
    "QUICK_ANSWERED",
    "QUORUM_FAILURES",
    "QUORUM_LOST",
    "SATISFACTION",
    "STEPS_SKIPPED",
    "VOTES_SET_ASIDE",
]
