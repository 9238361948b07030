"""Web input of this house."""

from jiequ.people.forms.access import CodeForm, PasswordForm, SignInForm
from jiequ.people.forms.choosing import UnitField
from jiequ.people.forms.entering import (
    AccountForm,
    AppointForm,
    BuildingForm,
    CorrectForm,
    EndForm,
    ExemptForm,
    MoveForm,
    ReportForm,
    RevealForm,
    TeamForm,
    TeamSkillsForm,
    WhoForm,
)

__all__ = [
    "AccountForm",
    "AppointForm",
    "BuildingForm",
    "CodeForm",
    "CorrectForm",
    "EndForm",
    "ExemptForm",
    "MoveForm",
    "PasswordForm",
    "ReportForm",
    "RevealForm",
    "SignInForm",
    "TeamForm",
    "TeamSkillsForm",
    "UnitField",
    "WhoForm",
]
