"""Entering people: appointing, reporting in, opening an account, revealing, teams."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.people.forms.choosing import DayInput, PersonField, PlainForm, UnitField
from jiequ.people.models import Exemption, Member, Person
from jiequ.people.roles import ROLES
from jiequ.territory.models import Unit


def parted(text: str) -> list[str]:
    """理发、法律咨询 as a list, whichever comma was typed."""
    return [s for s in text.replace("，", "、").replace(",", "、").split("、") if s.strip()]


class WhoForm(PlainForm):
    """Somebody: chosen, or entered by name and phone number. Nobody is entered twice."""

    person = PersonField()
    name = forms.CharField(
        label=_("姓名"), max_length=40, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        required=False,
        help_text=_("同名又同号的，自动用已登记的那一位，不会重复录入。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    is_another = forms.BooleanField(label=_("是另一位同名的人，新登记"), required=False)

    def __init__(self, account: Any, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.account = account
        self.fields["person"].account = account  # type: ignore[attr-defined]
        given = data if data is not None else self.initial
        self.fields["name"].required = not given.get("person")
        #: Persons of the same name, when the form comes back to ask which one is meant.
        self.namesakes: list[Person] = []

    def chosen(self) -> Person | None:
        """The person that is shown as chosen already."""
        key = self.data.get("person") if self.is_bound else self.initial.get("person")
        if not key or not str(key).isdecimal():
            return None
        return Person.objects.visible_to(self.account).filter(pk=int(key)).first()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("person") or self.errors:
            return data
        name, phone = data.get("name", ""), data.get("phone", "")
        data["person"] = Person.objects.alike(name, phone).first()
        if data["person"] is None and not data.get("is_another"):
            seen = Person.objects.visible_to(self.account).called(name).filter(erased_at=None)
            self.namesakes = list(seen.prefetch_related("appointments__unit")[:8])
            if self.namesakes:
                self.add_error("name", _("已登记有同名的人：请选一位，或勾选“另一位同名的人”。"))
        return data


class AppointForm(WhoForm):
    unit = UnitField()
    role = forms.ChoiceField(label=_("职务"))
    line = forms.CharField(
        label=_("分管业务"),
        max_length=30,
        required=False,
        help_text=_("班子成员分管的“条”，如党建、综治；其他职务不填。"),
    )
    starts_on = forms.DateField(label=_("任职日期"), widget=DayInput())
    ends_on = forms.DateField(
        label=_("离任日期"), required=False, widget=DayInput(), help_text=_("自该日起不再任职，也不再有权限。")
    )

    def __init__(self, account: Any, data: Any = None, **more: Any) -> None:
        more["initial"] = {"starts_on": clock.today(), **more.get("initial", {})}
        super().__init__(account, data, **more)
        code = (data or more["initial"]).get("unit", "")
        unit_field: Any = self.fields["unit"]
        unit_field.offer(account, "people.appoint_person", also=code)
        unit = unit_field.units.get(code)
        roles = [r for r in ROLES.values() if r.code != "member" and (unit is None or data or r.kind == unit.kind)]
        role_field: Any = self.fields["role"]
        role_field.choices = [
            ("", _("请选择")), *((r.code, f"{r.label}（{Unit.Kind(r.kind).label}）") for r in roles)
        ]  # fmt: skip


class EndForm(PlainForm):
    ends_on = forms.DateField(
        label=_("离任日期"), widget=DayInput(), help_text=_("自该日起不再任职，也不再有权限。填今天，今天就失去权限。")
    )


class ReportForm(WhoForm):
    unit = UnitField(label=_("红色网格"))
    source = forms.ChoiceField(label=_("来源"), choices=[("", _("请选择")), *Member.Source.choices])
    home_organisation = forms.CharField(label=_("所在党组织"), max_length=60)
    reported_on = forms.DateField(label=_("报到日期"), widget=DayInput())
    post_category = forms.ChoiceField(
        label=_("意向岗位"), required=False, choices=[("", _("没有特别意向")), *Member.CATEGORIES.items()]
    )
    skills = forms.CharField(label=_("特长"), max_length=200, required=False, help_text=_("几项之间用顿号隔开。"))

    def __init__(self, account: Any, data: Any = None, **more: Any) -> None:
        more["initial"] = {"reported_on": clock.today(), **more.get("initial", {})}
        super().__init__(account, data, **more)
        unit: Any = self.fields["unit"]
        unit.offer(account, "people.report_member", kinds=(Unit.Kind.RED_GRID,))

    def clean_skills(self) -> list[str]:
        return parted(self.cleaned_data["skills"])


class MoveForm(PlainForm):
    unit = UnitField(label=_("转到哪个红色网格"), required=False, help_text=_("不选表示转出本街道，不再参加服务。"))
    on = forms.DateField(label=_("从哪天起"), widget=DayInput())

    def __init__(self, account: Any, data: Any = None, **more: Any) -> None:
        super().__init__(data, initial={"on": clock.today()}, **more)
        unit: Any = self.fields["unit"]
        unit.offer(account, "people.report_member", kinds=(Unit.Kind.RED_GRID,), optional=_("转出本街道"))


class ExemptForm(PlainForm):
    reason = forms.ChoiceField(label=_("原因"), choices=[("", _("请选择")), *Exemption.Reason.choices])
    starts_on = forms.DateField(label=_("开始"), widget=DayInput())
    ends_on = forms.DateField(label=_("结束"), required=False, widget=DayInput(), help_text=_("不填表示一直免计。"))


class BuildingForm(PlainForm):
    building = UnitField(label=_("楼栋"))

    def __init__(self, account: Any, block: Unit, data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["building"]
        field.units = {u.code: u for u in Unit.objects.valid().under(block).filter(kind=Unit.Kind.BUILDING)}
        field.choices = [("", _("请选择")), *((u.code, u.name) for u in field.units.values())]


class TeamForm(PlainForm):
    name = forms.CharField(label=_("名称"), max_length=60)
    unit = UnitField()
    purpose = forms.CharField(
        label=_("做什么"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    skills = forms.CharField(label=_("特长"), max_length=220, required=False, help_text=_("几项之间用顿号隔开。"))

    def __init__(self, account: Any, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        unit: Any = self.fields["unit"]
        unit.offer(account, "people.form_team")

    def clean_skills(self) -> list[str]:
        return parted(self.cleaned_data["skills"])


class TeamSkillsForm(PlainForm):
    skills = forms.CharField(
        label=_("特长"),
        max_length=220,
        required=False,
        help_text=_("如理发、法律咨询，几项之间用顿号隔开。至多 10 项。"),
    )

    def clean_skills(self) -> list[str]:
        return parted(self.cleaned_data["skills"])


class AccountForm(PlainForm):
    username = forms.CharField(
        label=_("用户名"),
        max_length=40,
        help_text=_("小写字母、数字、点和短横。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class CorrectForm(PlainForm):
    """Only what is filled in is changed: the values themselves stay masked."""

    name = forms.CharField(label=_("姓名"), max_length=40, required=False)
    phone = forms.CharField(label=_("手机号"), max_length=20, required=False)
    email = forms.CharField(label=_("电子邮箱"), max_length=120, required=False)


class RevealForm(PlainForm):
    field = forms.ChoiceField(
        label=_("看哪一项"),
        choices=[("name", _("姓名")), ("phone", _("手机号")), ("id_number", _("身份证号")), ("email", _("电子邮箱"))],
    )
    reason = forms.CharField(label=_("理由"), max_length=200, help_text=_("至少 4 个字，本人可以查到。"))
