"""Choosing somebody for a handler: from those near it, or by an exact word. Never from a list of every account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import Handler
from jiequ.core import clock
from jiequ.people.models import Appointment, Person
from jiequ.territory.models import Unit

NEAR = 60  # of those with a post; more are looked up
FOUND = 10  # of those with the same mask


class PersonChoice(forms.ModelChoiceField):
    """Somebody, by mask and user name."""

    def __init__(self, **more: Any) -> None:
        super().__init__(Person.objects.none(), **more)

    def offer(self, allowed: QuerySet[Person], shown: list[Person]) -> None:
        """Take whoever is in `allowed`; list `shown`, who are among them."""
        self.queryset = allowed
        self.choices = [("", _("请选择") if self.required else "—"), *((p.pk, person_label(p)) for p in shown)]


def person_label(person: Person) -> str:
    """王*（wang）: a user name is what the office gave out, and tells two with the same mask apart."""
    account = getattr(person, "account", None)
    return f"{person.label}（{account.username}）" if account else person.label


def near(unit: Unit) -> QuerySet[Person]:
    """Who can sign in and holds a post at or below `unit` today."""
    posts = Appointment.objects.in_force().under(unit).filter(person=OuterRef("pk"))
    return Person.objects.filter(Exists(posts), account__is_active=True)


def named(typed: str) -> QuerySet[Person]:
    """Who can sign in and has exactly this user name or this mask; nobody for an empty word."""
    if not typed:
        return Person.objects.none()
    return Person.objects.filter(Q(account__username__iexact=typed) | Q(label=typed), account__is_active=True)


def working_for(handler: Handler) -> QuerySet[Person]:
    """Who works for `handler` today: its members, and the holders of its post in its unit."""
    members = handler.members.in_force(clock.today()).filter(person=OuterRef("pk"))
    posts = Appointment.objects.in_force().filter(unit=handler.unit_id, role=handler.role, person=OuterRef("pk"))
    works = Exists(members) | Exists(posts) if handler.role else Q(Exists(members))
    return Person.objects.filter(works)


def listed(rows: QuerySet[Person], most: int = NEAR) -> list[Person]:
    return list(rows.select_related("account").order_by("label", "pk")[:most])
