"""Tables of residents' requests, one noun a file."""

from jiequ.cases.models.cases import Case, CoHandling, handlers_of
from jiequ.cases.models.categories import CaseCategory, CaseLimit, DutyLine, Kind
from jiequ.cases.models.chain import ClockChange, Dispatch, Whistle
from jiequ.cases.models.complainants import CaseNumber, Complainant
from jiequ.cases.models.complained import complaining_of, kept_from, people_of
from jiequ.cases.models.handlers import Duty, Handler, HandlerMember, complains_of, works_for
from jiequ.cases.models.mail import CaseMail
from jiequ.cases.models.points import ScanPoint, SpotFix
from jiequ.cases.models.reveals import ComplainantReveal
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
    "ComplainantReveal",
    "Dispatch",
    "Duty",
    "DutyLine",
    "Handler",
    "HandlerMember",
    "Kind",
    "ScanPoint",
    "SpotFix",
    "Whistle",
    "complaining_of",
    "complains_of",
    "handlers_of",
    "kept_from",
    "people_of",
    "works_for",
]
