"""Meetings: planning them and voting in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock, files
from jiequ.council.actions.agenda import carried_over
from jiequ.council.forms.fields import CouncillorChoice, MomentField
from jiequ.council.models import Meeting, Motion
from jiequ.people.roles import ROLES
from jiequ.territory.models import Unit


class _TimeAndPlace(forms.Form):
    starts_at = MomentField(label=_("时间"))
    place = forms.CharField(label=_("地点"), max_length=60)


class _Sitting(_TimeAndPlace):
    """With who chairs and who keeps the record: both among the block's people, both may wait."""

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chair = CouncillorChoice(unit, label=_("主持人"), required=False)
        secretary = CouncillorChoice(unit, label=_("记录人"), required=False)
        secretary.posts = chair.posts
        self.fields["chair"], self.fields["secretary"] = chair, secretary


class MeetingForm(_Sitting):
    """`motion` is the one that somebody is about to put on the agenda: it is chosen already, as is what was left undecided."""

    def __init__(self, *args: Any, unit: Unit, notice_days: int, motion: Motion | None = None, **kwargs: Any) -> None:
        day = clock.at(clock.today() + timedelta(days=notice_days + 1), 10)
        place = unit.council.place if hasattr(unit, "council") else ""
        super().__init__(*args, unit=unit, **kwargs)
        ready = Motion.objects.filter(unit=unit).ready_for_agenda()
        left = Motion.objects.filter(pk__in=carried_over(unit).order_by().values("pk"))
        field = forms.ModelMultipleChoiceField(
            ready.annotate(is_left=Exists(left.filter(pk=OuterRef("pk")))).order_by("-is_left", "collected_at"),
            label=_("列入议程"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("上次会没有议决的已经选上。"),
        )
        field.label_from_instance = lambda m: (  # type: ignore[method-assign, assignment]
            f"{m.number} {m.title}" + (str(_("（上次会没有议决）")) if m.is_left else "")
        )
        self.fields["motions"] = field
        self.order_fields(["starts_at", "place", "motions", "chair", "secretary"])
        posts = self.fields["chair"].posts  # type: ignore[attr-defined]
        self.initial = {
            "starts_at": clock.local(day).strftime("%Y-%m-%dT%H:%M"),
            "place": place,
            "motions": [*left.values_list("pk", flat=True), *([motion.pk] if motion else [])],
            # Who chairs is neutral: the adviser, where there is one. The head keeps the record.
            "chair": next((pk for pk, role in posts.items() if role == str(ROLES["adviser"].label)), None),
            "secretary": next((pk for pk, role in posts.items() if role == str(ROLES["head"].label)), None),
            **self.initial,
        }


class EditMeetingForm(_Sitting):
    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {
            "starts_at": clock.local(meeting.starts_at).strftime("%Y-%m-%dT%H:%M"), "place": meeting.place,
            "chair": meeting.chair_id, "secretary": meeting.secretary_id,
        })  # fmt: skip
        super().__init__(*args, unit=meeting.unit, **kwargs)


class RescheduleForm(_TimeAndPlace):
    reason = forms.CharField(label=_("改期原因"), max_length=200, help_text=_("会写进通知，不写个人情况。"))

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {
            "starts_at": clock.local(meeting.starts_at).strftime("%Y-%m-%dT%H:%M"), "place": meeting.place,
        })  # fmt: skip
        super().__init__(*args, **kwargs)


class HandsForm(forms.Form):
    yes = forms.IntegerField(label=_("赞成"), min_value=0, max_value=200)
    no = forms.IntegerField(label=_("反对"), min_value=0, max_value=200, initial=0)
    abstain = forms.IntegerField(label=_("弃权"), min_value=0, max_value=200, initial=0)


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
