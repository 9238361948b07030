"""Proposing and screening."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import CaseCategory
from jiequ.core import clock
from jiequ.council.actions.agenda import next_planned
from jiequ.council.models import Meeting, Motion
from jiequ.territory.models import Unit


class MotionForm(forms.Form):
    """For people with a post; a resident's form is shorter."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("街区"))
    title = forms.CharField(label=_("标题"), max_length=60, help_text=_("一句话说清要办什么，不写姓名和电话。"))
    body = forms.CharField(
        label=_("情况和建议"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("哪里、什么情况、建议怎么办。"),
    )
    category = forms.ChoiceField(label=_("类别"), choices=Motion.Category)
    place = forms.CharField(label=_("地点"), max_length=60, required=False)
    budget = forms.IntegerField(label=_("大概要花多少钱（元）"), min_value=0, max_value=100_000_000, required=False)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = units


class FromCaseForm(forms.Form):
    """A motion from a case: filled in already."""

    title = forms.CharField(label=_("标题"), max_length=60, help_text=_("一句话说清要办什么，不写姓名和电话。"))
    body = forms.CharField(label=_("情况和建议"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}))
    category = forms.ChoiceField(label=_("类别"), choices=Motion.Category)
    budget = forms.IntegerField(label=_("经费（元）"), min_value=0, required=False)


class ToCaseForm(forms.Form):
    category = forms.ModelChoiceField(
        CaseCategory.objects.filter(is_active=True, channel=""), label=_("诉求类别"), empty_label=None
    )


class ProposeForm(forms.Form):
    """A resident's motion: one sentence is enough, a contact is their choice."""

    body = forms.CharField(
        label=_("您想让街区办什么事？"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": _("比如：球场东边晚上太黑，想装几盏路灯")}),
        error_messages={"required": _("还差一句话：请写下您想办的事。")},
    )
    category = forms.ChoiceField(
        label=_("哪一类"), choices=Motion.Category, initial=Motion.Category.OTHER, required=False
    )
    name = forms.CharField(label=_("怎么称呼您"), max_length=20, required=False, help_text=_("不公开"))
    phone = forms.RegexField(
        r"^1[3-9]\d{9}$",
        label=_("手机号"),
        required=False,
        help_text=_("只有办理人看得到"),
        error_messages={"invalid": _("手机号是 11 位数字。不想留可以空着。")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    @property
    def is_robot(self) -> bool:
        """A person cannot see `website`, so whoever fills it is none."""
        return bool(self.cleaned_data.get("website"))


class RecommendForm(forms.Form):
    #: Folded: only for those who advise another way than to accept.
    rare = ("referred_to", "into")
    rare_label = _("建议转出或并入时填")

    move = forms.ChoiceField(
        label=_("建议办法"),
        choices=[
            ("accept", _("受理，等待上会")),
            ("return", _("退回，请提出人补充")),
            ("refer", _("转出，到该办的地方")),
            ("merge", _("并入另一件")),
        ],
        initial="accept",
        required=False,
        help_text=_("社区照此办只要按一次；也可以另作决定。"),
    )
    referred_to = forms.CharField(
        label=_("建议转到哪里"), max_length=60, required=False, help_text=_("选“转出”时填，如：业主大会。")
    )
    into = forms.ModelChoiceField(
        Motion.objects.none(), label=_("建议并入"), required=False, help_text=_("选“并入”时填。")
    )
    title = forms.CharField(label=_("公开标题"), max_length=60, help_text=_("会出现在公告和公示里，不写姓名和电话。"))
    category = forms.ChoiceField(label=_("类别"), choices=Motion.Category)
    is_major = forms.BooleanField(
        label=_("重大事项（动用经费超限额、占用公共空间或订立公约）"),
        required=False,
        help_text=_("须三分之二赞成并经社区确认。"),
    )
    recommendation = forms.CharField(label=_("审定建议"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"title": motion.title, "category": motion.category, "is_major": motion.is_major})
        super().__init__(*args, **kwargs)
        _choose_among(self.fields["into"], motion)
        self.order_fields(["move", "referred_to", "into", "recommendation"])

    def clean_move(self) -> str:
        return self.cleaned_data["move"] or "accept"

    @property
    def shows_rare(self) -> bool:
        return any(self[name].value() or self[name].errors for name in self.rare)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, motion: Motion | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class ReferForm(ReasonForm):
    referred_to = forms.CharField(label=_("转到哪里"), max_length=60, help_text=_("如：业主大会、区交通运输局。"))


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(Motion.objects.none(), label=_("并入"))
    reason = forms.CharField(label=_("理由"), max_length=300, required=False)

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_among(self.fields["into"], motion)


def _choose_among(field: Any, motion: Motion) -> None:
    """The block's other motions that are still open."""
    others = Motion.objects.filter(unit=motion.unit).exclude(pk=motion.pk).exclude(state__in=Motion.ENDED)
    field.queryset = others.order_by("-collected_at")
    field.label_from_instance = lambda m: f"{m.number} {m.title}"


class QuickAnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("答复"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("办了什么、什么时候办好；办不了的说明原因。提出人会看到，不写个人姓名和电话。"),
    )

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class OwnersVoteForm(forms.Form):
    """The result of an owners' vote, as it stands in the assembly's own minutes."""

    is_special = forms.BooleanField(
        label=_("属第六至八项（筹集维修资金、改建重建、改变共有部分用途或用于经营）"),
        required=False,
        help_text=_("勾选后须四分之三以上同意；不勾选须过半数同意。"),
    )
    held_on = forms.DateField(
        label=_("表决日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("计票结束的那一天。"),
    )
    heads_total = forms.IntegerField(
        label=_("业主总人数"),
        min_value=1,
        max_value=2_000_000,
        help_text=_("一个专有部分按一人算，一人有几个的也按一人算。"),
    )
    heads_cast = forms.IntegerField(
        label=_("参与表决人数"), min_value=0, max_value=2_000_000, help_text=_("须占总人数三分之二以上。")
    )
    heads_yes = forms.IntegerField(label=_("同意人数"), min_value=0, max_value=2_000_000)
    area_total = forms.DecimalField(
        label=_("专有部分总面积（㎡）"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("按不动产登记簿的面积。"),
    )
    area_cast = forms.DecimalField(
        label=_("参与表决面积（㎡）"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("须占总面积三分之二以上。"),
    )
    area_yes = forms.DecimalField(label=_("同意面积（㎡）"), min_value=0, max_digits=12, decimal_places=2)


class ListForm(forms.Form):
    meeting = forms.ModelChoiceField(Meeting.objects.none(), label=_("列入哪次会"), empty_label=None)

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["meeting"]
        field.queryset = next_planned(motion.unit)
        field.label_from_instance = lambda m: f"{m} {clock.local(m.starts_at):%m月%d日 %H:%M}"


class PublicResubmitForm(forms.Form):
    """A resident's own words once more, improved."""

    body = forms.CharField(
        label=_("补充后再提"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("还差一句话：请写下您想办的事。")},
    )


class ResubmitForm(forms.Form):
    title = forms.CharField(label=_("标题"), max_length=60)
    body = forms.CharField(label=_("情况和建议"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"title": motion.title, "body": motion.body})
        super().__init__(*args, **kwargs)
