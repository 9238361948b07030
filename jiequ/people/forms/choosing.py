"""Fields that choose a unit or a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from jiequ.people.models import Person
from jiequ.territory.models import Unit


class PlainForm(forms.Form):
    """A form that says what is missing by its name: in a summary "this field is required" helps nobody."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name, field in self.fields.items():
            chosen = isinstance(field, forms.ChoiceField)
            words = _("请选择“%(label)s”。") if chosen else _("请填写“%(label)s”。")
            field.error_messages["required"] = words % {"label": field.label or name}


class UnitField(forms.ChoiceField):
    """One of the units where `permission` is held, by its code, drawn as a tree. One statement.

    Buildings are left out unless `kinds` asks for them, because there are many; the one that is given first is in.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"label": _("单位"), **more})
        self.units: dict[str, Unit] = {}

    def offer(
        self, account: Any, permission: str, *, kinds: tuple[str, ...] = (), also: str = "", optional: str = ""
    ) -> None:
        units = Unit.objects.valid().filter(account.reach(permission).as_q("path"))
        units = units.filter(kind__in=kinds) if kinds else units.exclude(kind=Unit.Kind.BUILDING)
        found = list(units)
        if also and also not in {u.code for u in found}:
            more = Unit.objects.valid().filter(account.reach(permission).as_q("path"), code=also).first()
            found += [more] if more else []
        self.units = {u.code: u for u in found}
        top = min((u.depth for u in found), default=1)
        self.choices = [("", optional or _("请选择"))] + [(u.code, "\u3000" * (u.depth - top) + u.name) for u in found]

    def clean(self, value: Any) -> Unit | None:
        value = super().clean(value)
        if not value:
            return None
        return self.units[value]

    def valid_value(self, value: Any) -> bool:
        return str(value) in self.units


class PersonField(forms.Field):
    """A person by key, among those the account may see."""

    widget = forms.HiddenInput

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"label": _("人员"), "required": False, **more})
        self.account: Any = None

    def clean(self, value: Any) -> Person | None:
        value = super().clean(value)
        if not value:
            return None
        found = None
        if str(value).isdecimal():
            found = Person.objects.visible_to(self.account).filter(pk=int(value), erased_at=None).first()
        if found is None:
            raise ValidationError(_("没有找到这位人员，请重新选择。"))
        return found


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **more: Any) -> None:
        super().__init__(format="%Y-%m-%d", **more)
