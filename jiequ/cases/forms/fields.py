"""Fields that several forms of this house have."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _now

from jiequ.cases.models import Case, Handler

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
FEW = 8  # so many handlers are shown as a list of radio buttons; more, as a select


def one_line(label: Any, most: int, *, required: bool = True, hint: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, help_text=hint)


def paragraph(label: Any, most: int, *, required: bool = True, hint: Any = "", rows: int = 3) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=most, required=required, help_text=hint, widget=widget)


def handler_label(handler: Handler) -> str:
    """市政养护班（观澜街道，职能部门)"""
    return _now("%(name)s（%(unit)s，%(level)s）") % {
        "name": handler.name, "unit": handler.unit.name, "level": handler.get_level_display(),
    }  # fmt: skip


class HandlerChoice(forms.ModelChoiceField):
    """A handler; the one that is proposed stands first and is chosen already."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("empty_label", None)
        super().__init__(Handler.objects.none(), **more)

    def offer(self, rows: Any, proposed: Handler | None) -> None:
        self.queryset = rows
        first = proposed.pk if proposed is not None else None
        found = sorted(rows, key=lambda h: (h.pk != first, -len(h.unit.path), h.name))
        labels: list[tuple[Any, str]] = [(h.pk, handler_label(h)) for h in found]
        is_there = bool(found) and found[0].pk == first
        if is_there:
            labels[0] = (first, _now("%(label)s，职责清单建议") % {"label": labels[0][1]})
        self.initial = first if is_there else "" if not self.required else None
        if len(labels) <= FEW:
            self.widget = forms.RadioSelect()
            self.widget.is_required = self.required
        elif self.required:
            labels.insert(0, ("", _now("请选择")))
        if not self.required:
            labels.append(("", str(self.empty_label)))
        self.choices = labels


class HandlersChoice(forms.ModelMultipleChoiceField):
    """Several handlers."""

    def __init__(self, **more: Any) -> None:
        super().__init__(Handler.objects.none(), widget=forms.CheckboxSelectMultiple, **more)

    def offer(self, rows: Any) -> None:
        self.queryset = rows

    def label_from_instance(self, obj: Any) -> str:
        return handler_label(obj)


class CaseNumberField(forms.CharField):
    """2021-1122-07, as the pages write it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=20, widget=forms.TextInput(attrs={"placeholder": "2021-1122-07"}), **more)

    @staticmethod
    def find(number: str, account: Any) -> Case | None:
        """The case of that number that `account` may see; a number is given in each desk, so the first that is open."""
        if not re.fullmatch(r"(\d{4}-)?\d{4}-\d{1,6}", number.strip()):
            return None
        rows = Case.objects.visible_to(account).matching(number)
        return rows.select_related("unit").order_by("-filed_at").first()


def likely_same(case: Case, account: Any, most: int = 6) -> list[Case]:
    """Open cases of the same building and category, or of the same block where no building is known; the newest first."""
    place = Q(building=case.building_id) if case.building_id else Q(block=case.block_id) & Q(unit=case.unit_id)
    rows = Case.objects.visible_to(account).open().filter(place, category=case.category_id).exclude(pk=case.pk)
    return list(rows.select_related("unit").order_by("-filed_at", "-pk")[:most])
