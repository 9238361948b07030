"""After the vote."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock, workdays
from jiequ.council.forms.fields import CouncillorChoice, MomentField
from jiequ.council.models import Ballot, Motion


class PubliciseForm(forms.Form):
    """What was voted stands in it already: it was entered once, on the agenda."""

    title = forms.CharField(label=_("公示标题"), max_length=60)
    resolution = forms.CharField(
        label=_("决议"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("做什么、谁来做、花多少钱、什么时候做好。不写个人姓名和电话。"),
    )

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        voted = motion.resolution or _voted(motion)
        kwargs.setdefault("initial", {"title": motion.title, "resolution": voted})
        super().__init__(*args, **kwargs)


def _voted(motion: Motion) -> str:
    """The question of the vote that stands, or what the agenda proposed."""
    voted = Ballot.objects.standing().filter(item__motion_id=motion.pk).order_by("-closed_at")
    questions = voted.values_list("question", "item__proposal").first()
    return next((words for words in questions or () if words), "")


class _Work(forms.Form):
    """One piece of carrying out: what stands on the public page of it, and when it is due."""

    what = forms.CharField(label=_("要做什么"), max_length=120, help_text=_("会公开，不写个人姓名和电话。"))
    due_at = MomentField(label=_("期限"))
    weight = forms.IntegerField(
        label=_("权重"),
        min_value=1,
        max_value=100,
        initial=1,
        help_text=_("1到100。这一项占全部工作的几份，居民按它算进度。"),
    )

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        due = clock.local(clock.at(workdays.add_workdays(clock.today(), 10), workdays.CLOSING_HOUR))
        initial = {"what": self.first_words(motion), "due_at": due.strftime("%Y-%m-%dT%H:%M"), "weight": 1}
        kwargs.setdefault("initial", initial)
        super().__init__(*args, **kwargs)
        self.fields["responsible"] = CouncillorChoice(motion.unit, label=_("负责人"))

    def first_words(self, motion: Motion) -> str:
        return ""


class FollowUpForm(_Work):
    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        super().__init__(*args, motion=motion, **kwargs)
        self.fields["supervisor"] = CouncillorChoice(
            motion.unit,
            label=_("监督人"),
            required=False,
            help_text=_("由监督人验收，验收后才请居民评价。不能是负责人。"),
        )
        self.order_fields(["responsible", "supervisor", "what", "due_at", "weight"])

    def first_words(self, motion: Motion) -> str:
        return motion.title


class AssignForm(_Work):
    is_milestone = forms.BooleanField(label=_("重要节点"), required=False)

    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        super().__init__(*args, motion=motion, **kwargs)
        self.order_fields(["responsible", "what", "due_at", "weight", "is_milestone"])


class SupervisorForm(forms.Form):
    def __init__(self, *args: Any, motion: Motion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supervisor"] = CouncillorChoice(
            motion.unit, label=_("监督人"), help_text=_("有岗位，不负责也不承办这件事的人。")
        )


class SendBackForm(forms.Form):
    reason = forms.CharField(
        label=_("哪里没有办到位"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("承办人会看到。"),
    )


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
        help_text=_("只用来答复您"),
        error_messages={"invalid": _("手机号是 11 位数字。不想留可以空着。")},
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("答复"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
