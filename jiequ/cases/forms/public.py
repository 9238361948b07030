"""What a resident fills in: one sentence is enough, everything else is their choice."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from jiequ.cases.forms.photos import PhotosField
from jiequ.cases.models import Case, Kind
from jiequ.core.permission import Refused
from jiequ.core.pictures import Picture, read_pictures
from jiequ.core.waiting import take_up

PHOTOS = 6
ONCE = re.compile(r"[A-Za-z0-9_-]{20,64}")
#: In `where`: the place of the code or page; a place that has no line in the list.
HERE, ELSEWHERE = "here", "other"


class WithPhotos(forms.Form):
    """A form with photos that are not lost when it comes back: `kept` names those that wait (core/waiting.py)."""

    photos = PhotosField(label=_("照片"), most=PHOTOS)
    kept = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    drop = forms.BooleanField(label=_("不要这些照片了"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        fresh: list[Picture] = self._readable() if "photos" in self.errors else data.get("photos") or []
        held = [] if data.get("drop") else take_up(data.get("kept") or "")
        if len(held) + len(fresh) > PHOTOS:
            self.add_error("photos", _("照片最多6张，请去掉几张。"))
        data["photos"] = (held + fresh)[:PHOTOS]
        return data

    def _readable(self) -> list[Picture]:
        """Of photos one of which could not be taken, the others: nobody chooses those again."""
        found = []
        for file in self.files.getlist("photos")[:PHOTOS] if hasattr(self.files, "getlist") else []:
            with suppress(Refused):
                found += read_pictures([file])
        return found

    @property
    def held(self) -> list[Picture]:
        """What was chosen and could be read, also where something else is wrong."""
        found: list[Picture] = self.cleaned_data.get("photos") or []
        return found


class WithContact(forms.Form):
    """A name and a number, if the resident wants to be called; seen by those who handle the case alone."""

    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        required=False,
        help_text=_("只有办理人看得到，办好了告诉您。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    name = forms.CharField(
        label=_("怎么称呼您"), max_length=20, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("电子邮箱"),
        max_length=120,
        required=False,
        help_text=_("办到哪一步，发邮件告诉您；邮件里只有编号。"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    def clean_phone(self) -> str:
        number = re.sub(r"[\s()（）-]", "", self.cleaned_data["phone"])
        if number and not re.fullmatch(r"(?:\+?86)?1[3-9]\d{9}|0\d{9,11}|[48]00\d{7}|\d{7,8}", number, re.ASCII):
            raise ValidationError(_("手机号是11位数字，座机请带区号。不想留可以空着。"))
        return number

    @property
    def is_robot(self) -> bool:
        """A person cannot see `website`, so whoever fills it is none."""
        return bool(self.cleaned_data.get("website"))


class CaseForm(WithPhotos, WithContact):
    """What happened, and where. `places` and `categories` are what may be chosen from: (key, words) each."""

    body = forms.CharField(
        label=_("发生了什么？"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("一句话就行，比如：楼道灯不亮")}),
        error_messages={"required": _("还差一句话：请写下发生了什么。")},
    )
    where = forms.ChoiceField(label=_("在哪里"), required=False)
    place = forms.CharField(
        label=_("具体位置"), max_length=80, required=False, help_text=_("比如：2楼、东门、垃圾房旁边")
    )
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    category = forms.ChoiceField(label=_("哪一类"), required=False, widget=forms.RadioSelect)
    kind = forms.ChoiceField(label=_("您想要"), required=False, choices=[("", _("不用选")), *Kind.choices])
    once = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *args: Any, places: Any, categories: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"once": secrets.token_urlsafe(24), "where": places[0][0], "category": ""})
        super().__init__(data, *args, **kwargs)
        where, category = self.fields["where"], self.fields["category"]
        where.choices = places  # type: ignore[attr-defined]
        category.choices = [("", _("不用选，我们来分")), *categories]  # type: ignore[attr-defined]

    def clean_once(self) -> str:
        """The sender's key, so that what is sent twice is filed once; one that is no key gets a new one."""
        once = self.cleaned_data["once"]
        return once if ONCE.fullmatch(once) else secrets.token_urlsafe(24)

    @property
    def shows_where(self) -> bool:
        """Open the other places where one was chosen or something is wrong there."""
        first = self.fields["where"].choices[0][0]  # type: ignore[attr-defined]
        return any(self[n].errors for n in ("where", "place")) or (self["where"].value() or first) != first


class AddForm(WithPhotos):
    text = forms.CharField(
        label=_("补充一句"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("还差一句话：请写下要补充的。")},
    )


class RateForm(forms.Form):
    score = forms.ChoiceField(
        label=_("这次办得怎么样？"),
        choices=Case.Score,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选一个评价。")},
    )
    words = forms.CharField(label=_("说一句"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
