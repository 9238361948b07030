"""Party members who were found: what is asked when they report in, and when they do not."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.outreach.models import FoundMember
from jiequ.people.forms import UnitField
from jiequ.people.models import Member
from jiequ.territory.models import Unit


class FoundNewForm(forms.Form):
    """Noted without a visit: name, number, grid."""

    name = forms.CharField(label=_("姓名"), max_length=40)
    phone = forms.CharField(
        label=_("手机号"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    unit = UnitField(label=_("红色网格"))

    def __init__(self, *args: Any, account: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["unit"]
        field.offer(account, "outreach.record_visit", kinds=(Unit.Kind.RED_GRID,))
        if len(field.units) == 1:
            self.initial.setdefault("unit", next(iter(field.units)))


class ReportFoundForm(forms.Form):
    """Name and number stand there already; they are typed only to be corrected."""

    #: Folded.
    rare = ("name", "phone")

    source = forms.ChoiceField(label=_("来源"), choices=[("", _("请选择")), *Member.Source.choices])
    home_organisation = forms.CharField(label=_("所在党组织"), max_length=60)
    post_category = forms.ChoiceField(
        label=_("意向岗位"), required=False, choices=[("", _("没有特别意向")), *Member.CATEGORIES.items()]
    )
    reported_on = forms.DateField(
        label=_("报到日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    name = forms.CharField(label=_("更正姓名"), max_length=40, required=False, help_text=_("记错了才填。"))
    phone = forms.CharField(label=_("更正手机号"), max_length=20, required=False, help_text=_("记错了才填。"))

    def __init__(self, *args: Any, **more: Any) -> None:
        more["initial"] = {"reported_on": clock.today(), **more.get("initial", {})}
        super().__init__(*args, **more)


class DeclineFoundForm(forms.Form):
    why = forms.ChoiceField(label=_("为什么没有报到"), choices=FoundMember.Why, widget=forms.RadioSelect)


class RevealFoundForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("为什么要看"),
        choices=[("call", _("打电话请报到")), ("visit", _("上门请报到"))],
        widget=forms.RadioSelect,
        initial="call",
    )
