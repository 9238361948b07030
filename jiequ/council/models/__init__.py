"""The council's tables, one noun a file."""

from jiequ.council.models.ballots import Ballot, Vote
from jiequ.council.models.councils import Council, DecisionRule
from jiequ.council.models.meetings import AgendaItem, Attendance, Meeting, Speech
from jiequ.council.models.motions import Motion, Proposer
from jiequ.council.models.outcomes import Objection, Rating

__all__ = [
    "AgendaItem",
    "Attendance",
    "Ballot",
    "Council",
    "DecisionRule",
    "Meeting",
    "Motion",
    "Objection",
    "Proposer",
    "Rating",
    "Speech",
    "Vote",
]
