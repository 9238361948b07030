"""After the meeting: what is added to its minutes, and why somebody wants them with whole names."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class RemarksForm(forms.Form):
    text = forms.CharField(
        label=_("其他记载"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("系统记不到的事，如宣读的文件、会场的情况。不写个人隐私。"),
    )


class CorrectionForm(forms.Form):
    text = forms.CharField(
        label=_("更正"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写明哪里有误，应当是什么。原文不动，更正写在后面。"),
    )


class FullNamesForm(forms.Form):
    form = forms.ChoiceField(label=_("文件"), choices=[("docx", "Word"), ("pdf", "PDF")], initial="docx")
    reason = forms.CharField(label=_("理由"), max_length=200, help_text=_("至少 4 个字。每位本人都可以查到。"))
