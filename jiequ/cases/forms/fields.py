"""Fields that several forms of this house have."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import Case, Handler

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
FEW = 8  # so many handlers are shown as a list of radio buttons; more, as a select
NUMBER = re.compile(r"(?<![\d-])(?:\d{4}-)?\d{4}-\d{1,6}(?![\d-])")  # a case's, with or without its year


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
    """2021-1122-07, as the pages write it; each block counts for itself, so a block's name may stand beside it."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("help_text", _("别的街区的，请在编号后面写上街区名。"))
        super().__init__(max_length=90, widget=forms.TextInput(attrs={"placeholder": "2021-1122-07"}), **more)

    @staticmethod
    def find(text: str, case: Case, account: Any) -> Case | None:
        """The open case that `text` calls, said by `account` on the page of `case`; None where they see none of that number.

        Without a block's name the one of the case's own block is meant, even if that has ended: another block's is never taken
        for it. ValidationError, with what to write for each, where it does not come down to a single one.
        """
        text = unicodedata.normalize("NFKC", text)
        number = NUMBER.search(text)
        if number is None:
            return None
        rows = _numbered(number[0], account)
        if not rows:
            return None
        name = _plain(text[: number.start()] + text[number.end() :])
        others = [c for c in rows if c.ended_at is None and c.pk != case.pk]
        near = [c for c in rows if _is_near(c, case)]
        found = _of_block(rows, name) if name else near or others
        if len(found) == 1 and found[0] in others:
            return found[0]
        said = ""
        if found == [case]:
            said = _now("这是本件自己的编号。")
        elif len(found) == 1 or not others:
            said = _now("%(number)s已经办结，请选还在办的。") % {"number": _called(found or rows, rows)[0]}
        if others:
            calls = _called(others[:FEW], rows)
            said += _now("各街区会有相同的编号，请连街区名一起写：%(numbers)s。") % {"numbers": "、".join(calls)}
        raise forms.ValidationError(said)


def _numbered(number: str, account: Any) -> list[Case]:
    """All that `account` sees of that number, ended or not, the newest first."""
    rows = Case.objects.visible_to(account).matching(number).select_related("unit", "block", "filed_in")
    shapes = ("unit__boundary", "block__boundary", "filed_in__boundary")
    return list(rows.defer(*shapes).order_by("-filed_at", "-pk"))


def _plain(name: str) -> str:
    """A block's name as it is compared: brackets, commas and blanks do not count."""
    return re.sub(r"[\s(),、。]+", "", unicodedata.normalize("NFKC", name).casefold())


def _of_block(rows: list[Case], name: str) -> list[Case]:
    """Those that were numbered in the block called `name`, by its name or code; else those that lie there by now."""
    numbered = [c for c in rows if name in (_plain(c.filed_in.name), _plain(c.filed_in.code))]
    return numbered or [c for c in rows if c.block is not None and name == _plain(c.block.name)]


def _is_near(found: Case, case: Case) -> bool:
    """True if it was numbered where `case` was, or in the block where `case` lies by now."""
    return found.filed_in_id in (case.filed_in_id, case.block_id)


def _called(cases: list[Case], among: list[Case]) -> list[str]:
    """What to write for each of `cases`: number and block, by its code where two blocks have the same name."""
    names = Counter({c.filed_in_id: c.filed_in.name for c in among}.values())
    return [f"{c.number} {c.filed_in.name if names[c.filed_in.name] == 1 else c.filed_in.code}" for c in cases]


def likely_numbers(case: Case, likely: list[Case]) -> str:
    """How the numbers of `likely` are written on the page of `case`."""
    return "、".join(c.number if _is_near(c, case) else _called([c], [c])[0] for c in likely)


def likely_same(case: Case, account: Any, most: int = 6) -> list[Case]:
    """Open cases of the same building and category, or of the same block where no building is known; the newest first."""
    place = Q(building=case.building_id) if case.building_id else Q(block=case.block_id) & Q(unit=case.unit_id)
    rows = Case.objects.visible_to(account).open().filter(place, category=case.category_id).exclude(pk=case.pk)
    rows = rows.select_related("unit", "filed_in").defer("unit__boundary", "filed_in__boundary")
    return list(rows.order_by("-filed_at", "-pk")[:most])
