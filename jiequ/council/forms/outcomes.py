"""After the vote."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock, workdays
from jiequ.council.forms.fields import CouncillorChoice, MomentField
from jiequ.council.models import Motion


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
