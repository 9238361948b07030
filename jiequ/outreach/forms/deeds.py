"""What is typed about a deed, a campaign, and what it covered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.outreach.actions.deeds import LONGEST, MOST_PEOPLE
from jiequ.outreach.models import Campaign, Deed
from jiequ.people.forms.choosing import DayInput, PlainForm, UnitField
from jiequ.people.models import Person, Team


class DeedForm(PlainForm):
    """One line; everything else has a good first answer."""

    title = forms.CharField(
        label=_("办了什么"),
        max_length=LONGEST["title"],
        help_text=_("一句话，不写居民姓名和电话。"),
        error_messages={"required": _("请写办了什么，一句话就够。")},
    )
    category = forms.ChoiceField(
        label=_("类别"), choices=Deed.Category.choices, initial=Deed.Category.OTHER, widget=forms.RadioSelect
    )
    unit = UnitField(label=_("在哪里"))
    persons = forms.MultipleChoiceField(label=_("谁办的"), required=False, widget=forms.CheckboxSelectMultiple)
    team = forms.ModelChoiceField(
        Team.objects.none(), label=_("服务队"), required=False, empty_label=_("不是服务队办的")
    )
    people = forms.IntegerField(
        label=_("受益人次"), required=False, min_value=0, max_value=MOST_PEOPLE, help_text=_("没有数过可以不填。")
    )
    on = forms.DateField(label=_("日期"), widget=DayInput())
    note = forms.CharField(
        label=_("补充"),
        required=False,
        max_length=LONGEST["note"],
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("加密保存，只给本街区工作人员看。"),
    )

    def __init__(
        self, account: Any, data: Any = None, *, persons: list[Person], teams: Any, unit_code: str = "", **more: Any
    ) -> None:
        first = {"on": clock.today(), "unit": unit_code, "persons": [str(account.person_id)]}
        super().__init__(data, initial={**first, **more.pop("initial", {})}, **more)
        unit: Any = self.fields["unit"]
        unit.offer(account, "outreach.record_deed", also=unit_code)
        if len(unit.units) == 1:
            self.initial["unit"] = next(iter(unit.units))
        self.known = {str(p.pk): p for p in persons}
        choose: Any = self.fields["persons"]
        choose.choices = [(key, p.label) for key, p in self.known.items()]
        team: Any = self.fields["team"]
        team.queryset = teams

    def clean_persons(self) -> list[Person]:
        return [self.known[key] for key in self.cleaned_data["persons"]]

    @property
    def is_unfolded(self) -> bool:
        """Whether something that is folded away has to be seen."""
        return any(name in self.errors for name in ("unit", "persons", "team", "people", "on", "note"))


class CampaignForm(PlainForm):
    """The same fields for starting and for changing; `unit` only to start."""

    unit = UnitField(label=_("由哪个单位发起"))
    name = forms.CharField(label=_("名称"), max_length=40)
    kind = forms.ChoiceField(
        label=_("种类"), choices=Campaign.Kind.choices, initial=Campaign.Kind.OTHER, widget=forms.RadioSelect
    )
    counts = forms.ChoiceField(
        label=_("怎样统计"),
        choices=Campaign.Counts.choices,
        initial=Campaign.Counts.NUMBER,
        widget=forms.RadioSelect,
        help_text=_("按数字：每个单位一天填一个数。按住户：在名单上打勾，一户只算一次。"),
    )
    starts_on = forms.DateField(label=_("开始"), widget=DayInput())
    ends_on = forms.DateField(label=_("结束"), required=False, widget=DayInput(), help_text=_("不填表示没有定。"))
    target = forms.IntegerField(
        label=_("应覆盖"), required=False, min_value=1, help_text=_("人次或户，供参考，不是任务指标；没有可以不填。")
    )
    says = forms.CharField(label=_("说明"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, account: Any, data: Any = None, *, campaign: Campaign | None = None, **more: Any) -> None:
        first: dict[str, Any] = {"starts_on": clock.today()}
        if campaign is not None:
            first = {name: getattr(campaign, name) for name in self.base_fields if name != "unit"}
        super().__init__(data, initial={**first, **more.pop("initial", {})}, **more)
        if campaign is not None:
            del self.fields["unit"]
            return
        unit: Any = self.fields["unit"]
        unit.offer(account, "outreach.start_campaign")
        if len(unit.units) == 1:
            self.initial["unit"] = next(iter(unit.units))
