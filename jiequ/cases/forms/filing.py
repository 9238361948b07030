"""What a clerk types for a resident on the telephone or at the counter: nothing twice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.cases.forms.fields import one_line, paragraph
from jiequ.cases.forms.photos import PhotosField
from jiequ.cases.models import Case, CaseCategory, Handler
from jiequ.people.forms import UnitField
from jiequ.people.models import Appointment
from jiequ.territory.models import DEPTH, Unit

LEVELS = (Unit.Kind.SUBDISTRICT, Unit.Kind.COMMUNITY, Unit.Kind.BLOCK, Unit.Kind.RED_GRID)
#: By which way a clerk takes a case in.
SOURCES = [Case.Source.PHONE, Case.Source.VISIT, Case.Source.OFFICE]


class DeskForm(forms.Form):
    #: Folded: what most cases have not.
    rare = ("against", "on_the_spot")
    rare_label = _("投诉某人或某单位、当场已办好")

    body = paragraph(_("什么事"), 2000, hint=_("照诉求人的话写：哪里、什么情况、想怎么办。"), rows=4)
    unit = UnitField(label=_("在哪里"), help_text=_("选到网格或楼栋最好；不清楚的，选街区或社区，之后再定位。"))
    place = one_line(_("具体位置"), 80, required=False, hint=_("如：3栋2楼楼道。"))
    category = forms.ModelChoiceField(CaseCategory.objects.filter(is_active=True), label=_("类别"), empty_label=None)
    kind = forms.ChoiceField(label=_("种类"), choices=[("", _("按类别")), *Case.Kind.choices], required=False)
    source = forms.ChoiceField(label=_("怎么来的"), choices=[(s.value, s.label) for s in SOURCES])
    is_urgent = forms.BooleanField(label=_("紧急"), required=False)
    name = one_line(_("诉求人称呼"), 40, required=False, hint=_("可以不留。只有办理人看得到。"))
    phone = forms.CharField(
        label=_("诉求人电话"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    photos = PhotosField(label=_("照片"))
    against = forms.ChoiceField(
        label=_("投诉的是谁"), choices=(), required=False, help_text=_("被投诉的人和单位看不到这件诉求。")
    )
    on_the_spot = one_line(_("当场已办好"), 100, required=False, hint=_("写一句办了什么，这件就当场办结。"))

    def __init__(self, *args: Any, account: Any, unit_code: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["unit"]
        # Whoever works in a block or below chooses among its buildings too; elsewhere there are too many.
        is_near = all(len(path) >= Unit.steplen * DEPTH["block"] for path in account.reach("cases.file_case").paths)
        kinds = (*LEVELS, Unit.Kind.BUILDING) if is_near else LEVELS
        field.offer(account, "cases.file_case", kinds=kinds, also=str(self.data.get("unit", "")) or unit_code)
        if not unit_code and len(field.units) == 1:
            unit_code = next(iter(field.units))
        self.initial.setdefault("unit", unit_code)
        self.offer_against(account, field.units)

    def offer_against(self, account: Any, units: dict[str, Unit]) -> None:
        """The people with a post, and the handlers, of the units to choose from: by masked name and post."""
        ids = [u.pk for u in units.values()]
        posts = (
            Appointment.objects.in_force().filter(unit__in=ids).select_related("person", "unit").order_by("unit__path")
        )
        handlers = Handler.objects.filter(unit__in=ids, is_active=True).select_related("unit")
        self.persons = {f"p{a.person_id}": a for a in posts[:300]}
        self.handlers = {f"h{h.pk}": h for h in handlers[:200]}
        field: Any = self.fields["against"]
        field.choices = [
            ("", _("没有")),
            *((key, f"{h.name}（{h.unit.name}）") for key, h in self.handlers.items()),
            *((key, f"{a.person.label}（{a.unit.name}{a.role_label}）") for key, a in self.persons.items()),
        ]

    @property
    def shows_rare(self) -> bool:
        return any(self[name].value() or self[name].errors for name in self.rare)

    def said(self) -> dict[str, Any]:
        """What `file_case` takes, of a form that is valid."""
        data = dict(self.cleaned_data)
        against = data.pop("against")
        for name in ("unit", "on_the_spot"):
            data.pop(name)
        person, handler = self.persons.get(against), self.handlers.get(against)
        return {**data, "complained_of": person.person if person else None, "complained_handler": handler}


class SpotFixForm(forms.Form):
    """One line about something small that was put right in passing."""

    what = one_line(_("办了什么"), 100, hint=_("一句话，不写姓名和电话。"))
    category = forms.ModelChoiceField(CaseCategory.objects.filter(is_active=True), label=_("类别"), empty_label=None)
    unit = UnitField(label=_("在哪里"))

    def __init__(self, *args: Any, account: Any, unit_code: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["unit"]
        field.offer(account, "cases.note_spot_fix", also=unit_code)
        self.initial.setdefault("unit", unit_code or next(iter(field.units), ""))
