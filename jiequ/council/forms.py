"""What people type in the council's pages. Rules live in the actions; a form only reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock, workdays
from jiequ.council.models import DecisionRule, Meeting, Motion, Vote
from jiequ.people.models import Appointment, Person
from jiequ.territory.models import Unit


class MomentField(forms.DateTimeField):
    """A local date and time, typed with the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


class CouncillorChoice(forms.ModelChoiceField):
    """One of the block's people with a post, called by masked name and post."""

    def __init__(self, unit: Unit, **kwargs: Any) -> None:
        posts = Appointment.objects.in_force().filter(unit=unit, role__in=("head", "adviser", "councillor", "leader"))
        self.posts = {a.person_id: a.role_label for a in posts}
        super().__init__(Person.objects.filter(pk__in=self.posts).order_by("pk"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.label} {self.posts.get(obj.pk, '')}"


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
    name = forms.CharField(label=_("怎么称呼您"), max_length=20, required=False, help_text=_("可不填，不公开"))
    phone = forms.RegexField(
        r"^1[3-9]\d{9}$",
        label=_("手机号"),
        required=False,
        help_text=_("可不填，只有办理人看得到"),
        error_messages={"invalid": _("手机号是 11 位数字。不想留可以空着。")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    @property
    def is_robot(self) -> bool:
        """A person cannot see `website`, so whoever fills it is none."""
        return bool(self.cleaned_data.get("website"))


class RecommendForm(forms.Form):
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
        field: Any = self.fields["into"]
        others = Motion.objects.filter(unit=motion.unit).exclude(pk=motion.pk).exclude(state__in=Motion.ENDED)
        field.queryset = others.order_by("-collected_at")
        field.label_from_instance = lambda m: f"{m.number} {m.title}"


class ListForm(forms.Form):
    meeting = forms.ModelChoiceField(Meeting.objects.none(), label=_("列入哪次会"), empty_label=None)

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["meeting"]
        planned = Meeting.objects.filter(unit=motion.unit, state=Meeting.State.PLANNED, starts_at__gt=clock.now())
        field.queryset = planned.order_by("starts_at")
        field.label_from_instance = lambda m: f"{m} {clock.local(m.starts_at):%m月%d日 %H:%M}"


class ResubmitForm(forms.Form):
    title = forms.CharField(label=_("标题"), max_length=60)
    body = forms.CharField(label=_("情况和建议"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"title": motion.title, "body": motion.body})
        super().__init__(*args, **kwargs)


class PubliciseForm(forms.Form):
    title = forms.CharField(label=_("公示标题"), max_length=60)
    resolution = forms.CharField(
        label=_("决议"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("做什么、谁来做、花多少钱、什么时候做好。不写个人姓名和电话。"),
    )

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"title": motion.title, "resolution": motion.resolution})
        super().__init__(*args, **kwargs)


class FollowUpForm(forms.Form):
    what = forms.CharField(label=_("要做什么"), max_length=120)
    due_at = MomentField(label=_("期限"))

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        due = clock.local(clock.at(workdays.add_workdays(clock.today(), 10), workdays.CLOSING_HOUR))
        kwargs.setdefault("initial", {"what": motion.title, "due_at": due.strftime("%Y-%m-%dT%H:%M")})
        super().__init__(*args, **kwargs)
        self.fields["responsible"] = CouncillorChoice(motion.unit, label=_("负责人"))
        self.order_fields(["responsible", "what", "due_at"])


class MeetingForm(forms.Form):
    starts_at = MomentField(label=_("时间"))
    place = forms.CharField(label=_("地点"), max_length=60)

    def __init__(self, *args: Any, unit: Unit, notice_days: int, **kwargs: Any) -> None:
        day = clock.at(clock.today() + timedelta(days=notice_days + 1), 10)
        place = unit.council.place if hasattr(unit, "council") else ""
        kwargs.setdefault("initial", {"starts_at": clock.local(day).strftime("%Y-%m-%dT%H:%M"), "place": place})
        super().__init__(*args, **kwargs)
        ready = Motion.objects.filter(unit=unit).ready_for_agenda().order_by("collected_at")
        field = forms.ModelMultipleChoiceField(
            ready, label=_("列入议程"), required=False, widget=forms.CheckboxSelectMultiple
        )
        field.label_from_instance = lambda m: f"{m.number} {m.title}"  # type: ignore[method-assign, assignment]
        self.fields["motions"] = field
        self.fields["chair"] = CouncillorChoice(unit, label=_("主持人"), required=False)


class HandsForm(forms.Form):
    yes = forms.IntegerField(label=_("赞成"), min_value=0, max_value=200)
    no = forms.IntegerField(label=_("反对"), min_value=0, max_value=200, initial=0)
    abstain = forms.IntegerField(label=_("弃权"), min_value=0, max_value=200, initial=0)


class VoteForm(forms.Form):
    choice = forms.ChoiceField(label=_("表决意见"), choices=Vote.Choice, widget=forms.RadioSelect)


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label=_("您不同意什么？为什么？"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("还差一句话：请写下您的意见。")},
    )
    phone = forms.RegexField(
        r"^1[3-9]\d{9}$",
        label=_("手机号"),
        required=False,
        help_text=_("可不填，只用来答复您"),
        error_messages={"invalid": _("手机号是 11 位数字。不想留可以空着。")},
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("答复"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class RuleForm(forms.ModelForm):
    """A new version of a rule; the old one is shown as the starting point."""

    class Meta:
        model = DecisionRule
        fields = ["name", "effective_on", *DecisionRule.TERMS]
        widgets = {"effective_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}
