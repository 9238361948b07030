"""The council's tables, one noun a file."""

from jiequ.council.models.ballots import Ballot, OwnersVote, Vote
from jiequ.council.models.councils import Council, DecisionRule
from jiequ.council.models.meetings import (
    AgendaItem,
    Apology,
    Attendance,
    Guest,
    Meeting,
    Paper,
    Proxy,
    Recusal,
    Speech,
)
from jiequ.council.models.minutes import Confirmation, Correction, Minutes
from jiequ.council.models.motions import Motion, Proposer
from jiequ.council.models.outcomes import Commitment, Objection, Progress, Rating, progress

__all__ = [
    "AgendaItem",
    "Apology",
    "Attendance",
    "Ballot",
    "Commitment",
    "Confirmation",
    "Correction",
    "Council",
    "DecisionRule",
    "Guest",
    "Meeting",
    "Minutes",
    "Motion",
    "Objection",
    "OwnersVote",
    "Paper",
    "Progress",
    "Proposer",
    "Proxy",
    "Rating",
    "Recusal",
    "Speech",
    "Vote",
    "progress",
]
