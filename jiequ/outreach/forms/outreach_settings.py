"""What is typed on the settings of visits (走访设置): intervals of a unit; categories and consent texts of the subdistrict."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.cases.forms.fields import DAY, one_line, paragraph
from jiequ.core import clock
from jiequ.outreach import actions
from jiequ.outreach.actions.rules import rule_for
from jiequ.outreach.models import ConsentText, HouseholdCategory, OutreachRule, Tier
from jiequ.people.models import Account
from jiequ.territory.models import Unit

ROWS = 6  # of a text


class SettingForm(forms.Form):
    """`tab` is where it leads back to; `is_of_all` where it holds for the whole subdistrict, and is asked for there."""

    heading: ClassVar[Any] = ""
    tab: ClassVar[str] = "rules"
    button: ClassVar[Any] = _("保存")
    is_of_all: ClassVar[bool] = False
    asks: ClassVar[Any] = ""

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit

    def act(self, by: Account) -> Any:
        """Do it. Refused where a rule says no."""
        raise NotImplementedError


class RuleForm(SettingForm):
    heading = _("设定走访和心愿规则")
    asks = _("从生效那天起用，改了就是新的一版，以前的不动。每季至少联系一次，不能更少。")
    effective_on = forms.DateField(label=_("生效日期"), widget=DAY, initial=clock.today)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        before = rule_for(self.unit, clock.today())
        for name in OutreachRule.TERMS:
            column: Any = OutreachRule._meta.get_field(name)
            self.fields[name] = forms.IntegerField(
                label=column.verbose_name, min_value=1, max_value=999, initial=getattr(before, name)
            )

    def act(self, by: Account) -> Any:
        return actions.set_outreach_rule(self.unit, by=by, **self.cleaned_data)


class TextForm(SettingForm):
    heading, tab, is_of_all = _("新的同意书文本"), "texts", True
    asks = _("写明收集什么、做什么用、保留多久、怎样撤回。以前同意的仍按原来的文本。")
    covers = forms.ChoiceField(label=_("同意什么"), choices=ConsentText.Covers)
    body = paragraph(_("告知和同意的内容"), 1000, rows=ROWS)
    effective_on = forms.DateField(label=_("生效日期"), widget=DAY, initial=clock.today)

    def act(self, by: Account) -> Any:
        data = dict(self.cleaned_data)
        return actions.set_consent_text(data.pop("covers"), data.pop("body"), by=by, root=self.unit, **data)


class CategoryForm(SettingForm):
    heading, tab, is_of_all = _("新增重点类别"), "categories", True
    code = one_line(_("代码"), 30, hint=_("小写字母、数字和短横，定了不改。"))
    name = one_line(_("名称"), 30)
    purpose = one_line(_("登记用途"), 120, hint=_("说不出用途的，就不登记。"))
    is_sensitive = forms.BooleanField(label=_("敏感，须单独同意（定了不改）"), required=False)
    tier = forms.ChoiceField(label=_("建议档次"), choices=Tier, required=False, initial=Tier.QUARTER)
    keep_days = forms.IntegerField(label=_("不再属于此类后保留（天）"), min_value=0, max_value=1095, initial=365)
    order = forms.IntegerField(label=_("次序"), min_value=0, max_value=9999, initial=200, help_text=_("小的排在前面。"))

    def act(self, by: Account) -> Any:
        data = dict(self.cleaned_data)
        return actions.add_household_category(self.unit, data.pop("code"), by=by, **data)


class CategoryChange(CategoryForm):
    heading = _("修改重点类别")
    code = None  # type: ignore[assignment]
    is_sensitive = None  # type: ignore[assignment]
    is_active = forms.BooleanField(label=_("使用"), required=False, help_text=_("停用后不能再选，已登记的照旧。"))

    def __init__(self, *args: Any, thing: HouseholdCategory, **kwargs: Any) -> None:
        begins = {name: getattr(thing, name) for name in ("name", "purpose", "tier", "keep_days", "order", "is_active")}
        super().__init__(*args, initial=begins, **kwargs)
        self.thing = thing

    def act(self, by: Account) -> Any:
        return actions.edit_household_category(self.thing, by=by, root=self.unit, **self.cleaned_data)


class SeedForm(SettingForm):
    heading, tab, is_of_all, button = _("录入随附的类别、同意书和规则？"), "categories", True, _("录入")
    asks = _("只补没有的，已有的不动。录入后可以修改、停用。")

    def act(self, by: Account) -> Any:
        return actions.set_defaults(self.unit, by=by)


SETTINGS: dict[str, type[SettingForm]] = {
    "rule": RuleForm,
    "text": TextForm,
    "category": CategoryForm,
    "seed": SeedForm,
}
