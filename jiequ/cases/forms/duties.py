"""What is typed on the settings of cases (诉求设置) of a unit. Each form says which permission it asks for and does its act."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from jiequ.cases import actions
from jiequ.cases.forms.fields import DAY, handler_label, one_line, paragraph
from jiequ.cases.models import CaseCategory, CaseLimit, Handler, Kind
from jiequ.core import clock
from jiequ.people.models import Account
from jiequ.people.roles import role_choices
from jiequ.territory.models import Unit


class SettingForm(forms.Form):
    """`may` is asked for in `unit`; `tab` of the settings is where it leads back to; `asks` is said before the button."""

    may: ClassVar[str] = "cases.set_duties"
    heading: ClassVar[Any] = ""
    tab: ClassVar[str] = "handlers"
    button: ClassVar[Any] = _("保存")

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit
        if "handler" in self.fields:
            serving = Handler.objects.serving(unit).select_related("unit").defer("unit__boundary")
            field: Any = self.fields["handler"]
            field.queryset = serving.order_by("-unit__path", "name")
            field.label_from_instance = handler_label

    @property
    def asks(self) -> str:
        return ""

    def act(self, by: Account) -> str | None:
        """Do it; what to say when that is more than that it is kept. Refused where a rule says no."""
        raise NotImplementedError


class HandlerForm(SettingForm):
    heading = _("设立承办单位")
    name = one_line(_("名称"), 40)
    level = forms.ChoiceField(label=_("层级"), choices=Handler.Level)
    role = forms.ChoiceField(label=_("由此职务承办"), required=False, help_text=_("由人员承办就留空。"))
    phone = one_line(_("对外电话"), 20, required=False, hint=_("单位的公开电话，不是个人手机。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", "—"), *role_choices()]  # type: ignore[attr-defined]

    def act(self, by: Account) -> None:
        actions.add_handler(self.unit, by=by, **self.cleaned_data)


class DutyLineForm(SettingForm):
    heading, tab = _("指定哪类归谁办"), "lines"
    category = forms.ModelChoiceField(CaseCategory.objects.filter(is_active=True, channel=""), label=_("类别"))
    handler = forms.ModelChoiceField(Handler.objects.none(), label=_("承办单位"))

    def act(self, by: Account) -> None:
        actions.set_duty_line(self.unit, self.cleaned_data["category"], self.cleaned_data["handler"], by=by)


class LimitForm(SettingForm):
    may, heading, tab = "cases.set_limits", _("设定办理时限"), "limits"
    effective_on = forms.DateField(label=_("生效日期"), widget=DAY, initial=lambda: clock.today())
    category = forms.ModelChoiceField(
        CaseCategory.objects.filter(is_active=True), label=_("只对这一类"), required=False
    )
    kind = forms.ChoiceField(label=_("只对这一种"), choices=[("", "—"), *Kind.choices], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = [self.unit.path_at(n) for n in range(1, self.unit.depth + 1)]
        rows = CaseLimit.objects.filter(unit__path__in=above, category=None, kind="", effective_on__lte=clock.today())
        before = rows.order_by("-unit__path", "-effective_on", "-version").first()
        for name in CaseLimit.TERMS:
            column: Any = CaseLimit._meta.get_field(name)
            value = getattr(before, name) if before is not None else column.get_default()
            label = column.verbose_name
            self.fields[name] = forms.IntegerField(label=label, min_value=0, max_value=9999, initial=value)

    def act(self, by: Account) -> None:
        actions.set_limit(self.unit, by=by, **self.cleaned_data)


class CategoryForm(SettingForm):
    may, heading, tab = "cases.set_limits", _("新增类别"), "categories"
    code = one_line(_("代码"), 40, hint=_("小写字母、数字和短横，定了不改。"))
    name = one_line(_("名称"), 30)
    group = one_line(_("大类"), 30, required=False)
    says = one_line(_("说明"), 120, required=False)
    keywords = one_line(_("关键词"), 200, required=False, hint=_("用顿号隔开，用来猜类别。"))
    kind = forms.ChoiceField(label=_("默认种类"), choices=Kind)
    is_urgent = forms.BooleanField(label=_("按紧急件分拨"), required=False)
    channel = one_line(_("不在这里办，转往"), 120, required=False)

    def act(self, by: Account) -> None:
        actions.add_category(by=by, **self.cleaned_data)


class TemplateForm(SettingForm):
    heading, tab = _("新增答复模板"), "templates"
    name = one_line(_("名称"), 30)
    text = paragraph(_("内容"), 500)
    category = forms.ModelChoiceField(
        CaseCategory.objects.filter(is_active=True), label=_("只对这一类"), required=False
    )

    def act(self, by: Account) -> None:
        actions.add_template(self.unit, by=by, **self.cleaned_data)


class SeedForm(SettingForm):
    may, heading, tab = "cases.set_limits", _("录入常用类别？"), "categories"
    button = _("录入")

    @property
    def asks(self) -> str:
        return now_("一次录入常用的诉求类别，整个街道共用。录入后可以逐个修改、停用。")

    def act(self, by: Account) -> None:
        actions.seed_categories(by=by)


SETTINGS: dict[str, type[SettingForm]] = {
    "handler": HandlerForm,
    "line": DutyLineForm,
    "limit": LimitForm,
    "category": CategoryForm,
    "template": TemplateForm,
    "seed": SeedForm,
}
