"""What is written of a visit: one screen, filled in as far as anything is known, and nothing of it compulsory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.outreach.actions.findings import LONGEST as LONGEST_FOUND
from jiequ.outreach.actions.visits import LONGEST, OLDEST
from jiequ.outreach.models import SERVICES, Finding, Household, Visit
from jiequ.people.models import Appointment
from jiequ.territory.models import DEPTH

#: Lines that are written with one tap; the code of the one that says nobody was there.
PHRASES = (("well", _("一切都好")), ("away", _("家中无人")), ("unwell", _("身体不适")))
AWAY = "away"
COMPANIONS = 60  # people of the block to choose from


class VisitForm(forms.Form):
    """`said` is what `record_visit` takes."""

    mode = forms.ChoiceField(label=_("怎样联系"), choices=Visit.Mode, initial=Visit.Mode.DOOR)
    services = forms.MultipleChoiceField(
        label=_("做了什么"), choices=[(code, name) for code, _verb, name in SERVICES], required=False
    )
    phrases = forms.MultipleChoiceField(label=_("常用的话"), choices=PHRASES, required=False)
    note = forms.CharField(label=_("一句话"), max_length=LONGEST, required=False)
    found = forms.MultipleChoiceField(label=_("发现了事"), choices=Finding.Kind, required=False)
    words_case = forms.CharField(label=_("诉求：什么事"), max_length=LONGEST_FOUND, required=False)
    words_wish = forms.CharField(label=_("微心愿：想要什么"), max_length=LONGEST_FOUND, required=False)
    words_motion = forms.CharField(label=_("议题：想请理事会议什么"), max_length=LONGEST_FOUND, required=False)
    words_member = forms.CharField(
        label=_("新摸排党员：姓名和手机号"), max_length=80, required=False, help_text=_("如：李某某 13800000000")
    )
    remark = forms.CharField(label=_("近况"), max_length=200, required=False, help_text=_("下次去的人会看到。"))
    phone = forms.CharField(label=_("新电话"), max_length=20, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31)
    remark_was = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    on = forms.DateField(
        label=_("哪天"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    visitors = forms.MultipleChoiceField(label=_("谁去的"), required=False, choices=())
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args: Any, household: Household, account: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.household, self.account = household, account
        block = household.unit.path_at(DEPTH["block"])
        posts = Appointment.objects.in_force().filter(
            Q(unit__path=block) | Q(unit__path__startswith=household.unit.path), person__erased_at=None
        )
        rows = posts.exclude(person=account.person_id).select_related("person", "unit").order_by("unit__path", "pk")
        others: dict[int, str] = {}
        for post in rows[:COMPANIONS]:
            others.setdefault(post.person_id, f"{post.person.label}（{post.role_label}）")
        field: Any = self.fields["visitors"]
        field.choices = [(str(pk), label) for pk, label in others.items()]
        day: Any = self.fields["on"]
        day.widget.attrs |= {
            "max": clock.today().isoformat(),
            "min": (clock.today() - timedelta(days=OLDEST)).isoformat(),
        }

    @property
    def is_unfolded(self) -> bool:
        """Whether something in the folded part was typed or is wrong."""
        return (
            any(self.data.get(name) or self.errors.get(name) for name in ("phone", "visitors", "on")) and self.is_bound
        )

    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        labels = dict(PHRASES)
        parts = [str(labels[code]) for code in data["phrases"]]
        note = "，".join([*parts, *([data["note"].strip()] if data["note"].strip() else [])])
        changes = {"phone": data["phone"]} if data["phone"] else {}
        if (
            data["remark"].strip() != data["remark_was"].strip()
        ):  # not what stands there now: somebody may have been quicker
            changes["remark"] = data["remark"]
        others = [int(pk) for pk in data["visitors"]]
        return {
            "mode": data["mode"],
            "services": data["services"],
            "note": note,
            "was_met": AWAY not in data["phrases"],
            "on": data["on"] or clock.today(),
            "visitors": [*([self.account.person_id] if others else []), *others],
            "findings": [{"kind": kind, "words": data[f"words_{kind}"]} for kind in data["found"]],
            "once": data["once"],
            "version": data["version"],
            "changes": changes,
        }


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("一句话"), max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class FindingForm(forms.Form):
    """Something to be turned: the visit's own line stands there already."""

    words = forms.CharField(label=_("什么事"), max_length=LONGEST_FOUND, widget=forms.Textarea(attrs={"rows": 3}))


class FoundForm(forms.Form):
    """A party member who was found: a name, and a number if there is one."""

    name = forms.CharField(label=_("姓名"), max_length=40)
    phone = forms.CharField(
        label=_("手机号"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
