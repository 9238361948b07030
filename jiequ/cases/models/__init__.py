"""Tables of residents' requests, one noun a file."""

from jiequ.cases.models.cases import Case, CaseNumber, CoHandling, Complainant, handlers_of
from jiequ.cases.models.categories import CaseCategory, CaseLimit, DutyLine, Kind
from jiequ.cases.models.chain import ClockChange, Dispatch, Whistle
from jiequ.cases.models.handlers import Duty, Handler, HandlerMember
from jiequ.cases.models.mail import CaseMail
from jiequ.cases.models.points import ScanPoint, SpotFix
from jiequ.cases.models.talk import AnswerTemplate, CaseMessage, CasePhoto, CaseRating

__all__ = [
    "AnswerTemplate",
    "Case",
    "CaseCategory",
    "CaseLimit",
    "CaseMail",
    "CaseMessage",
    "CaseNumber",
    "CasePhoto",
    "CaseRating",
    "ClockChange",
    "CoHandling",
    "Complainant",
    "Dispatch",
    "Duty",
    "DutyLine",
    "Handler",
    "HandlerMember",
    "Kind",
    "ScanPoint",
    "SpotFix",
    "Whistle",
    "handlers_of",
]
