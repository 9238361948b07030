"""Planning an activity, changing it, and writing down how it went."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.outreach.actions.recurring import rule_words
from jiequ.outreach.documents.certificate import plain
from jiequ.outreach.models import Activity
from jiequ.people.forms.choosing import DayInput, PlainForm, UnitField
from jiequ.people.models import Team

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, **more: Any) -> None:
        super().__init__(format="%H:%M", **more)


class ActivityForm(PlainForm):
    """What is planned of one activity: what, when, where, for how many."""

    title = forms.CharField(label=_("活动名称"), max_length=60)
    day = forms.DateField(label=_("哪天"), widget=DayInput())
    starts = forms.TimeField(label=_("几点开始"), widget=TimeInput())
    ends = forms.TimeField(label=_("几点结束"), widget=TimeInput(), help_text=_("过了零点的，算第二天。"))
    place = forms.CharField(label=_("地点"), max_length=60, required=False)
    limit = forms.IntegerField(
        label=_("名额"),
        min_value=1,
        max_value=9999,
        required=False,
        help_text=_("不填就是不限。满了以后报名的人按先后候补。"),
    )
    says = forms.CharField(
        label=_("说明"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("带什么、在哪集合。不要写个人信息。"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"day", "starts", "ends"} <= set(data):
            day, starts, ends = data["day"], data["starts"], data["ends"]
            data["starts_at"] = clock.at(day, starts.hour, starts.minute)
            over = ends <= starts
            data["ends_at"] = clock.at(day + timedelta(days=1) if over else day, ends.hour, ends.minute)
        return data

    #: Where a refusal about a moment stands on the form.
    at_field = {"starts_at": "day", "ends_at": "ends", "recurrence": "until"}

    @property
    def what(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name] for name in ("title", "starts_at", "ends_at", "place", "limit", "says")}


class PlanForm(ActivityForm):
    """A new one, of a unit or a team, once or again and again."""

    team = forms.ChoiceField(label=_("哪支服务队"), required=False)
    unit = UnitField(required=False, help_text=_("选了服务队，可以不选。"))
    repeats = forms.ChoiceField(label=_("多久一次"), required=False, widget=forms.RadioSelect())
    until = forms.DateField(
        label=_("重复到哪天"),
        required=False,
        widget=DayInput(),
        help_text=_("最远一年，一次至多 60 场。不重复就不填。"),
    )
    field_order = ("team", "unit", "title", "day", "starts", "ends", "repeats", "until", "place", "limit", "says")

    def __init__(self, account: Any, data: Any = None, *, teams: list[Team], **more: Any) -> None:
        super().__init__(data, **more)
        self.teams = {str(t.pk): t for t in teams}
        unit: Any = self.fields["unit"]
        unit.offer(account, "outreach.plan_activity", optional=_now("请选择"))
        team: Any = self.fields["team"]
        team.choices = [("", _("不属于哪支服务队")), *((key, t.name) for key, t in self.teams.items())]
        repeats: Any = self.fields["repeats"]
        repeats.choices = [
            ("", _("只这一次")), ("daily", _("每天")), ("week", _("每周，同一个星期几")), ("fortnight", _("每两周，同一个星期几")),
            ("month", _("每月，同一个日子")), ("nth", _("每月，同一个第几个星期几")),
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["team"] = self.teams.get(data.get("team") or "")
        data["unit"] = data.get("unit") or (data["team"].unit if data["team"] else None)
        if data["unit"] is None and "unit" not in self.errors:
            self.add_error("unit", _("请选择服务队，或者选择单位。"))
        if data.get("repeats") and not data.get("until") and "until" not in self.errors:
            self.add_error("until", _("请填写重复到哪天。"))
        data["recurrence"] = ""
        if data.get("repeats") and data.get("until") and data.get("day"):
            data["recurrence"] = recurrence(data["repeats"], data["day"], data["until"])
        return data


def recurrence(repeats: str, day: date, until: date) -> str:
    """The rule (RFC 5545) of a choice in words, for a first date."""
    weekday = WEEKDAYS[day.weekday()]
    nth = (day.day - 1) // 7 + 1
    rule = {
        "daily": "FREQ=DAILY",
        "week": f"FREQ=WEEKLY;BYDAY={weekday}",
        "fortnight": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={weekday}",
        "month": f"FREQ=MONTHLY;BYMONTHDAY={day.day}",
        "nth": f"FREQ=MONTHLY;BYDAY={-1 if nth == 5 else nth}{weekday}",
    }[repeats]
    return f"{rule};UNTIL={until:%Y%m%d}"


class EditForm(ActivityForm):
    """One that is planned; with `all_coming` every one of its series that has not begun."""

    all_coming = forms.BooleanField(label=_("以后的各场都这样改"), required=False)
    field_order = ("title", "day", "starts", "ends", "place", "limit", "says", "all_coming")

    def __init__(self, activity: Activity, data: Any = None) -> None:
        starts, ends = clock.local(activity.starts_at), clock.local(activity.ends_at)
        super().__init__(data, initial={
            "title": activity.title, "day": starts.date(), "starts": starts.time(), "ends": ends.time(),
            "place": activity.place, "limit": activity.limit, "says": activity.says,
        })  # fmt: skip
        if activity.series is None:
            del self.fields["all_coming"]
        else:
            self.fields["all_coming"].help_text = _("换时间的，每一场都挪同样多。")

    @property
    def everything(self) -> dict[str, Any]:
        return {**self.what, "all_coming": self.cleaned_data.get("all_coming", False)}


class CancelForm(PlainForm):
    reason = forms.CharField(label=_("为什么取消"), max_length=200, help_text=_("报了名的人会收到通知，看到这句话。"))
    whole_series = forms.BooleanField(label=_("以后的各场都取消"), required=False)

    def __init__(self, activity: Activity, data: Any = None) -> None:
        super().__init__(data)
        if activity.series is None:
            del self.fields["whole_series"]
        elif words := rule_words(activity.recurrence):
            self.fields["whole_series"].help_text = words


class OutcomeForm(forms.Form):
    """Who came, ticked in a list; hours for who wants a certificate; one line of what came of it. Nobody is ticked beforehand."""

    outcome = forms.CharField(
        label=_("一句话结果"),
        max_length=200,
        required=False,
        help_text=_("办成了什么，例如“剪发 32 人次”。不要写个人信息。"),
    )
    nobody = forms.BooleanField(label=_("没有人到场"), required=False)

    def __init__(self, people: list[Any], data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.people = people  # sign-ups, each with `person`
        ticked = set(data.getlist("came")) if data is not None else {str(p.person_id) for p in people if p.came}
        for row in people:
            row.ticked = str(row.person_id) in ticked
            key = f"hours-{row.person_id}"
            row.typed = (
                data.get(key, "")[:8].strip() if data is not None else "" if row.hours is None else plain(row.hours)
            )
        self.ticked = {row.person_id for row in people if row.ticked}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.people and not self.ticked and not data.get("nobody"):
            self.add_error("nobody", _("请勾选到场的人；确实没有人来，请勾选“没有人到场”。"))
        if self.ticked and data.get("nobody"):
            self.add_error("nobody", _("已经勾选了到场的人。请去掉其中一样。"))
        data["came"] = self.ticked
        data["hours"] = {
            row.person_id: row.typed for row in self.people if row.ticked and row.wants_certificate and row.typed
        }
        return data


class CertificateForm(PlainForm):
    starts_on = forms.DateField(label=_("自哪天"), widget=DayInput())
    ends_on = forms.DateField(label=_("至哪天"), widget=DayInput())

    def __init__(self, data: Any = None, **more: Any) -> None:
        today = clock.today()
        more.setdefault("initial", {"starts_on": date(today.year, 1, 1), "ends_on": today})
        super().__init__(data, **more)
