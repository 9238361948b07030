"""What people type in the council's pages. Rules live in the actions; a form only reads. One noun a file."""

from jiequ.council.forms.councils import RuleForm
from jiequ.council.forms.fields import CouncillorChoice, MomentField
from jiequ.council.forms.meetings import (
    EditMeetingForm,
    HandsForm,
    MeetingForm,
    PaperForm,
    RescheduleForm,
)
from jiequ.council.forms.minutes import CorrectionForm, FullNamesForm, RemarksForm
from jiequ.council.forms.motions import (
    FromCaseForm,
    ListForm,
    MergeForm,
    MotionForm,
    OwnersVoteForm,
    ProposeForm,
    PublicResubmitForm,
    QuickAnswerForm,
    ReasonForm,
    RecommendForm,
    ReferForm,
    ResubmitForm,
    ToCaseForm,
)
from jiequ.council.forms.outcomes import (
    AnswerForm,
    AssignForm,
    FollowUpForm,
    ObjectionForm,
    PubliciseForm,
    SendBackForm,
    SupervisorForm,
)

__all__ = [
    "AnswerForm",
    "AssignForm",
    "CorrectionForm",
    "CouncillorChoice",
    "EditMeetingForm",
    "FollowUpForm",
    "FromCaseForm",
    "FullNamesForm",
    "HandsForm",
    "ListForm",
    "MeetingForm",
    "MergeForm",
    "MomentField",
    "MotionForm",
    "ObjectionForm",
    "OwnersVoteForm",
    "PaperForm",
    "ProposeForm",
    "PublicResubmitForm",
    "PubliciseForm",
    "QuickAnswerForm",
    "ReasonForm",
    "RecommendForm",
    "ReferForm",
    "RemarksForm",
    "RescheduleForm",
    "ResubmitForm",
    "RuleForm",
    "SendBackForm",
    "SupervisorForm",
    "ToCaseForm",
]
