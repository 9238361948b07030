"""Meetings: planning them and voting in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock, files
from jiequ.council.forms.fields import CouncillorChoice, MomentField
from jiequ.council.models import Motion, Vote
from jiequ.territory.models import Unit


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


class PaperForm(forms.Form):
    """What the file is, is read from its bytes by the action; here only its size is looked at, before it is read."""

    file = forms.FileField(
        label=_("文件"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": files.ACCEPT}),
        help_text=_(
            "PDF、图片（PNG、JPG）、Word（docx）、Excel（xlsx）或纯文本，每份至多10 MB。不要有个人电话、住址和证件号。"
        ),
    )
    title = forms.CharField(label=_("名称"), max_length=80, required=False, help_text=_("不写就用文件名。"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > files.LIMIT:
            raise forms.ValidationError(_("文件超过10 MB，请压缩后再传。"))
        return file
