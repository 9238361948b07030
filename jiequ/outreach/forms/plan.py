"""What is filled in about the plan: why a contact is excused, that something happened, why a list is taken along."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from jiequ.outreach import actions
from jiequ.outreach.actions.contacts import Excuse
from jiequ.outreach.forms.households import DO, HouseholdForm
from jiequ.people.models import Account


class ExcuseForm(HouseholdForm):
    may, heading, button = "outreach.excuse_contact", _("准予本次不联系"), _("准予")
    done = _("本次不用联系，已排下一次。")
    why = forms.ChoiceField(label=_("原因"), choices=Excuse, widget=forms.RadioSelect)

    @property
    def asks(self) -> str:
        return now_("选一项就行，不用写经过。统计里单列“准予不联系”，不算漏。")

    def act(self, by: Account) -> Any:
        return actions.excuse_contact(self.household, self.cleaned_data["why"], by=by)


class EventForm(HouseholdForm):
    may, heading, button = "outreach.record_visit", _("家里有重大变故？"), _("请人尽快联系")
    done = _("已请联系人尽快联系。")

    @property
    def asks(self) -> str:
        return now_("会请联系人在规定的小时数内联系这一户。出了什么事不用写在这里。")

    def act(self, by: Account) -> Any:
        return actions.note_event(self.household, by=by)


DO |= {"excuse": ExcuseForm, "event": EventForm}


class TakeForm(forms.Form):
    reason = forms.CharField(
        label=_("为什么要带"), max_length=200, initial=_("按计划上门联系"), help_text=_("至少 4 个字。住户可以查到。")
    )
