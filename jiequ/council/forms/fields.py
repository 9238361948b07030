"""Fields that several of the council's forms have."""

from __future__ import annotations

from typing import Any

from django import forms

from jiequ.people.models import Appointment, Person
from jiequ.territory.models import Unit


class MomentField(forms.DateTimeField):
    """A local date and time, typed with the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


class CouncillorChoice(forms.ModelChoiceField):
    """One of the block's people with a post, called by masked name and post."""

    def __init__(self, unit: Unit, **kwargs: Any) -> None:
        posts = Appointment.objects.in_force().filter(unit=unit, role__in=("head", "adviser", "councillor", "leader"))
        self.posts = {a.person_id: a.role_label for a in posts}
        super().__init__(Person.objects.filter(pk__in=self.posts).order_by("pk"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.label} {self.posts.get(obj.pk, '')}"
