"""What is asked for each step of a case. Rules live in the actions; a form only reads and offers what there is to choose."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from jiequ.cases.forms.fields import (
    DAY,
    CaseNumberField,
    HandlerChoice,
    HandlersChoice,
    handler_label,
    likely_numbers,
    likely_same,
    one_line,
    paragraph,
)
from jiequ.cases.forms.photos import PhotosField
from jiequ.cases.models import AnswerTemplate, Case, CaseCategory, ClockChange, CoHandling, Complainant, Handler
from jiequ.people.models import Appointment
from jiequ.territory.models import Unit
from jiequ.work.models import Task

ABOVE = {"block": "community", "community": "subdistrict", "subdistrict": "department"}


class MoveForm(forms.Form):
    """A form about one case, for the one who acts on it."""

    def __init__(self, *args: Any, case: Case, account: Any, query: Any = None, **more: Any) -> None:
        self.case, self.account, self.query = case, account, query or {}
        super().__init__(*args, **more)
        self.offer()

    def offer(self) -> None:
        """Fill in what there is to choose."""

    def look_again(self) -> None:
        """Somebody else was first, and the page is drawn anew: say in hidden fields what it shows now."""

    def serving(self) -> Any:
        """The handlers that may be given the case, the proposed one first."""
        rows = Handler.objects.serving(self.case.unit).select_related("unit").defer("unit__boundary")
        return rows.exclude(pk=self.case.complained_handler_id) if self.case.complained_handler_id else rows


class AcceptForm(MoveForm):
    lead = HandlerChoice(label=_("分拨给"), required=False, empty_label=_("先受理，稍后再分拨"))
    note = one_line(_("给承办单位的话"), 200, required=False)

    def offer(self) -> None:
        self.fields["lead"].offer(self.serving(), self.case.proposed)  # type: ignore[attr-defined]


class DispatchForm(MoveForm):
    lead = HandlerChoice(label=_("主办"))
    helpers = HandlersChoice(label=_("协办"), required=False)
    note = one_line(_("给承办单位的话"), 200, required=False)

    def offer(self) -> None:
        rows = self.serving()
        self.fields["lead"].offer(rows, self.case.proposed)  # type: ignore[attr-defined]
        self.fields["helpers"].offer(rows)  # type: ignore[attr-defined]


class RedispatchForm(MoveForm):
    lead = HandlerChoice(label=_("改由谁主办"))
    note = one_line(_("为什么改派"), 200)

    def offer(self) -> None:
        self.fields["lead"].offer(self.serving().exclude(pk=self.case.lead_id), None)  # type: ignore[attr-defined]


class DeclineForm(MoveForm):
    reason = paragraph(_("理由"), 300, hint=_("诉求人会看到，请写明依据。"))
    channel = one_line(_("该去的渠道"), 120, required=False, hint=_("写明部门和电话，诉求人照着就能去。"))


class ReferForm(MoveForm):
    channel = one_line(_("该去的渠道"), 120, hint=_("信访、诉讼、仲裁等：写明部门和电话。"))
    reason = paragraph(_("说明"), 300, required=False, hint=_("诉求人会看到。"))

    def offer(self) -> None:
        self.initial.setdefault("channel", self.case.category.channel)


class MergeForm(MoveForm):
    into = forms.TypedChoiceField(
        label=_("并入哪一件"), coerce=int, required=False, empty_value=None, widget=forms.RadioSelect
    )
    number = CaseNumberField(label=_("或者写编号"), required=False)
    reason = one_line(_("说明"), 300, required=False, hint=_("诉求人会看到。"))

    def offer(self) -> None:
        self.likely = likely_same(self.case, self.account)
        self.fields["into"].choices = [(c.pk, f"{c.short_number} {c.title}") for c in self.likely]  # type: ignore[attr-defined]
        if not self.likely:
            del self.fields["into"]
            self.fields["number"].label = _("编号")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        found = next((c for c in self.likely if c.pk == data.pop("into", None)), None)
        number = data.pop("number", "")
        if found is None and number:
            try:
                found = CaseNumberField.find(number, self.case, self.account)
            except forms.ValidationError as unclear:
                self.add_error("number", unclear)
        if found is None and not self.errors:
            self.add_error("number", _now("请选一件，或者写出那件诉求的编号，如 2021-1122-07。"))
        return {**data, "into": found}


class PlaceForm(MoveForm):
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("网格或楼栋"), empty_label=None, to_field_name="code")

    def offer(self) -> None:
        field: Any = self.fields["unit"]
        chosen = self.query.get("block", "")
        start = chosen or (self.case.block.code if self.case.block else "")
        here = Unit.objects.valid().filter(kind=Unit.Kind.BLOCK, code=start).first() if start.isprintable() else None
        self.chosen = here if here is not None and here.path.startswith(self.case.unit.path_at(1)) else None
        if self.chosen is None:
            return
        kinds = [Unit.Kind.BLOCK, Unit.Kind.RED_GRID, Unit.Kind.BUILDING]
        field.queryset = (
            Unit.objects.valid().under(self.chosen).filter(kind__in=kinds).defer("boundary").order_by("path")
        )
        field.label_from_instance = lambda u: "\u3000" * (u.depth - 3) + u.name

    def blocks(self) -> list[Unit]:
        """The blocks to choose from: of the subdistrict where the case lies."""
        root = Unit(path=self.case.unit.path_at(1))
        rows = Unit.objects.valid().under(root).filter(kind=Unit.Kind.BLOCK)
        return list(rows.defer("boundary").order_by("path"))


class ClassifyForm(MoveForm):
    title = one_line(_("标题"), 60, hint=_("列表里认得出是哪一件，不写姓名和电话。"))
    category = forms.ModelChoiceField(CaseCategory.objects.filter(is_active=True), label=_("类别"), empty_label=None)
    kind = forms.ChoiceField(label=_("种类"), choices=Case.Kind)

    def offer(self) -> None:
        case = self.case
        self.initial = {"title": case.title, "category": case.category_id, "kind": case.kind, **self.initial}


class ObjectForm(MoveForm):
    reason = paragraph(_("为什么不该由你们办"), 300, hint=_("写明依据和应由谁办。裁定以后不能再提。"))


class RulingForm(MoveForm):
    ruling = paragraph(_("裁定理由"), 300, hint=_("裁定为终局。"))


class ReassignForm(MoveForm):
    lead = HandlerChoice(label=_("改由谁主办"))
    ruling = paragraph(_("裁定理由"), 300, hint=_("裁定为终局。"))

    def offer(self) -> None:
        self.fields["lead"].offer(self.serving().exclude(pk=self.case.lead_id), None)  # type: ignore[attr-defined]


class NoteForm(MoveForm):
    text = paragraph(_("备注"), 1000, hint=_("只有办理人员看得到，诉求人看不到。"))


class OptionalNoteForm(MoveForm):
    note = one_line(_("记一句"), 300, required=False, hint=_("只有办理人员看得到。"))


class TellForm(MoveForm):
    text = paragraph(_("告诉诉求人"), 1000, hint=_("诉求人打开查询链接就能看到。"))
    photos = PhotosField(label=_("照片"), most=3)


class HelpForm(MoveForm):
    helpers = HandlersChoice(label=_("请谁协办"))

    def offer(self) -> None:
        there = CoHandling.objects.filter(case=self.case, task__state=Task.State.OPEN).values("handler")
        rows = self.serving().exclude(pk=self.case.lead_id).exclude(pk__in=there)
        self.fields["helpers"].offer(rows)  # type: ignore[attr-defined]


class FinishHelpForm(MoveForm):
    co = forms.ModelChoiceField(CoHandling.objects.none(), label=_("哪一份协办"), empty_label=None)
    note = one_line(_("办了什么"), 300)

    def offer(self) -> None:
        field: Any = self.fields["co"]
        rows = CoHandling.objects.filter(case=self.case, done_at=None).select_related("handler__unit", "case__unit")
        field.queryset = rows
        field.label_from_instance = lambda co: co.handler.name


class EscalateForm(MoveForm):
    call = paragraph(_("需要上级帮什么"), 300)
    to = HandlerChoice(label=_("吹哨给哪个部门"))

    def offer(self) -> None:
        if ABOVE.get(self.case.level) == "department":
            self.fields["to"].offer(self.serving().filter(level=Handler.Level.DEPARTMENT), None)  # type: ignore[attr-defined]
        else:
            del self.fields["to"]


class AnswerWhistleForm(MoveForm):
    answer = paragraph(_("怎么支持"), 300)
    take_over = HandlerChoice(label=_("由谁接办"), required=False, empty_label=_("支持后交回原单位继续办"))

    def offer(self) -> None:
        level = ABOVE.get(self.case.level, "")
        self.fields["take_over"].offer(self.serving().filter(level=level), None)  # type: ignore[attr-defined]


class ReplyForm(MoveForm):
    outcome = forms.ChoiceField(
        label=_("结果"), choices=Case.Outcome, initial=Case.Outcome.SOLVED, widget=forms.RadioSelect
    )
    text = paragraph(_("办理结果"), 1000, hint=_("一句话说清办了什么；办不了的，说明原因和该找谁。诉求人会看到。"))
    photos = PhotosField(label=_("照片"), most=3)

    def offer(self) -> None:
        above = [self.case.unit.path_at(n) for n in range(1, self.case.unit.depth + 1)]
        rows = AnswerTemplate.objects.filter(unit__path__in=above, is_active=True)
        rows = rows.filter(Q(category=None) | Q(category=self.case.category_id))
        self.templates = list(rows)
        self.template = next((t for t in self.templates if str(t.pk) == self.query.get("template", "")), None)
        if self.template is not None:
            self.initial.setdefault("text", self.template.text)


class SpotForm(MoveForm):
    what = one_line(_("办了什么"), 100, hint=_("一句话。诉求人会看到。"))


class CallBackForm(MoveForm):
    complainant = forms.ModelChoiceField(Complainant.objects.none(), label=_("诉求人"), empty_label=None)
    reached = forms.TypedChoiceField(
        label=_("联系上了吗"), choices=[("1", _("联系上了")), ("", _("没有联系上"))], coerce=bool, empty_value="",
        required=False, widget=forms.RadioSelect, initial="1",
    )  # fmt: skip
    score = forms.ChoiceField(label=_("诉求人怎么评价"), choices=Case.Score, required=False, widget=forms.RadioSelect)
    words = one_line(_("诉求人的话"), 300, required=False, hint=_("没有联系上的，写什么时候打的。"))

    def offer(self) -> None:
        field: Any = self.fields["complainant"]
        field.queryset = self.case.complainants.filter(withdrew_at=None).select_related("person").order_by("joined_at")
        field.label_from_instance = lambda c: f"{c.label} {c.phone_masked}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reached") and not data.get("score"):
            self.add_error("score", _now("请选诉求人的评价；没有联系上的，选“没有联系上”。"))
        return data


class TimeForm(MoveForm):
    kind = forms.ChoiceField(label=_("请求什么"), choices=ClockChange.Kind, widget=forms.RadioSelect, initial="extend")
    until = forms.DateField(label=_("到哪天"), widget=DAY)
    reason = one_line(_("原因"), 200, hint=_("诉求人和所有看得到这件诉求的人都会看到。"))


class DecideTimeForm(MoveForm):
    granted = forms.TypedChoiceField(
        label=_("批不批"), choices=[("1", _("准予")), ("", _("不准"))], coerce=bool, empty_value="", required=False,
        widget=forms.RadioSelect, initial="1",
    )  # fmt: skip
    says = one_line(_("批复"), 200, required=False, hint=_("不准的，写明为什么。"))
    change = forms.CharField(required=False, widget=forms.HiddenInput)  # which request was read

    def offer(self) -> None:
        asked = ClockChange.objects.filter(case=self.case, decided_at=None).values_list("pk", flat=True).first()
        self.initial["change"] = "" if asked is None else str(asked)

    def look_again(self) -> None:
        self.data = {**self.data, "change": self.initial["change"]}


class ComplainedForm(MoveForm):
    who = forms.ChoiceField(label=_("投诉的是谁"), choices=(), help_text=_("标明以后，对方看不到这件诉求，也不经手。"))
    lead = HandlerChoice(label=_("改由谁主办"), required=False, empty_label=_("主办不变"))

    def offer(self) -> None:
        above = [self.case.unit.path_at(n) for n in range(1, self.case.unit.depth + 1)]
        posts = Appointment.objects.in_force().filter(unit__path__in=above).select_related("person", "unit")
        self.persons = {f"p{a.person_id}": a for a in posts.order_by("-unit__path", "pk")[:300]}
        rows = list(self.serving())
        self.handlers = {f"h{h.pk}": h for h in rows}
        field: Any = self.fields["who"]
        field.choices = [
            ("", _("请选择")),
            *((key, handler_label(h)) for key, h in self.handlers.items()),
            *((key, f"{a.person.label}（{a.unit.name}{a.role_label}）") for key, a in self.persons.items()),
        ]
        self.fields["lead"].offer(self.serving().exclude(pk=self.case.lead_id), None)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        key = data.pop("who", "")
        post = self.persons.get(key)
        return {**data, "person": post.person if post else None, "handler": self.handlers.get(key)}


class AdoptForm(MoveForm):
    number = CaseNumberField(label=_("归到哪一件下面（编号）"))

    def offer(self) -> None:
        self.likely = likely_same(self.case, self.account)
        if self.likely:
            numbers = likely_numbers(self.case, self.likely)
            field = self.fields["number"]
            field.help_text = _now("相似的：%(numbers)s。") % {"numbers": numbers} + str(field.help_text)

    def clean_number(self) -> Case:
        found = CaseNumberField.find(self.cleaned_data["number"], self.case, self.account)
        if found is None:
            raise forms.ValidationError(_now("没有这个编号的诉求，或者您看不到。编号如 2021-1122-07。"))
        return found
