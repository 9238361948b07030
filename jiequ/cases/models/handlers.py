"""Handlers (承办单位): who leads a case, who belongs to them, and who is on duty."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.labels import shows
from jiequ.people.models import Appointment, Person
from jiequ.people.roles import role_choices
from jiequ.territory.models import InUnitQuerySet, Unit


class HandlerQuerySet(InUnitQuerySet):
    view_permission = "cases.view_case"

    def serving(self, unit: Unit) -> Self:
        """Who may be given a case of `unit`: they stand in it or above it."""
        above = [unit.path[:n] for n in range(unit.steplen, len(unit.path) + 1, unit.steplen)]
        return self.filter(unit__path__in=above, is_active=True)

    def of_person(self, person_id: int | None) -> Self:
        """The handlers somebody works for today, as a member or by the post it works by: `works_for` within a statement."""
        members = HandlerMember.objects.in_force(clock.today()).filter(person=person_id)
        posts = Appointment.objects.in_force().filter(unit=OuterRef("unit"), role=OuterRef("role"), person=person_id)
        return self.filter(Q(pk__in=members.values("handler")) | Exists(posts))


class Handler(models.Model):
    """Who handles cases (承办单位): a block's own people, a department, a contractor.

    Its cases lie with whoever is on duty, else with the holders of the post `role` in its unit, else with its first
    member. `level` is how far up a case has gone when it lies here: the whistle (吹哨) climbs from one to the next.
    """

    class Level(models.TextChoices):
        BLOCK = "block", _("街区")
        COMMUNITY = "community", _("社区")
        SUBDISTRICT = "subdistrict", _("街道")
        DEPARTMENT = "department", _("职能部门")

    plain = ("name", "level", "role", "phone")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="handlers")
    name = models.CharField(_("名称"), max_length=40)
    level = models.CharField(_("层级"), max_length=12, choices=Level, default=Level.BLOCK)
    role = models.CharField(_("由此职务承办"), max_length=20, choices=role_choices, blank=True)
    phone = models.CharField(_("对外电话"), max_length=20, blank=True, help_text=_("单位的公开电话，不是个人手机。"))
    is_active = models.BooleanField(_("使用"), default=True)

    objects = HandlerQuerySet.as_manager()
    get_level_display = shows("level", Level)

    class Meta:
        verbose_name = _("承办单位")
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "name"], name="handler_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_label(self) -> str:
        return self.name


def works_for(account: Any) -> dict[int, bool]:
    """The handlers that `account` belongs to today: true as one of its members, false by the post it works by alone. One
    statement, kept for the request."""
    found: dict[int, bool] | None = getattr(account, "_works_for", None)
    if found is None:
        member = Value(True, output_field=models.BooleanField())
        rows: Any = HandlerMember.objects.in_force(clock.today()).filter(person=account.person_id)
        rows = rows.values_list("handler_id", member)
        posts = Q()
        for post in getattr(account, "appointments", ()):
            posts |= Q(unit=post.unit_id, role=post.role)
        if posts:
            by_post = Value(False, output_field=models.BooleanField())
            rows = rows.union(Handler.objects.filter(posts).values_list("pk", by_post))
        found = {}
        for handler, is_member in rows:
            found[handler] = found.get(handler, False) or bool(is_member)
        account._works_for = found
    return found


def complains_of(case: Any, by: Any) -> bool:
    """True if `case` complains of this very person, or of a handler they belong to."""
    if by.person_id is None:
        return False
    if by.person_id == case.complained_of_id:
        return True
    return case.complained_handler_id is not None and case.complained_handler_id in works_for(by)


class DatedQuerySet(models.QuerySet[Any]):
    def in_force(self, on: date) -> Self:
        """From the day `starts_on` on; `ends_on` itself is the first day without it."""
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gt=on))


class HandlerMember(models.Model):
    """Somebody works for a handler, for a time. Sees the handler's cases, and only these."""

    plain = ()

    handler = models.ForeignKey(Handler, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="handler_memberships")
    starts_on = models.DateField(_("自"))
    ends_on = models.DateField(_("止"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("承办人员")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handler", "person"], condition=Q(ends_on=None), name="handler_member_once")
        ]


class Duty(models.Model):
    """A line of a handler's duty rota (值班): from a day until a day, this person; while away, the stand-in."""

    plain = ()

    handler = models.ForeignKey(Handler, on_delete=models.CASCADE, related_name="duties")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    stand_in = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    is_away = models.BooleanField(_("由替班人代"), default=False)
    starts_on = models.DateField(_("自"))
    ends_on = models.DateField(_("止"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("值班")
        indexes: ClassVar = [models.Index(fields=["handler", "-starts_on"], name="duty_handler")]

    @property
    def on_duty_id(self) -> int:
        return self.stand_in_id if self.is_away and self.stand_in_id else self.person_id
