"""Posts held, posts required, and which of them are filled."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.people.models.persons import Person
from jiequ.people.roles import ROLES, Role, role_choices
from jiequ.territory.models import InUnitQuerySet, Unit


class AppointmentQuerySet(InUnitQuerySet):
    view_permission = "people.view_appointment"

    def in_force(self, on: Any = None) -> AppointmentQuerySet:
        """Held on the day `on`; the end date itself is the first day without the post."""
        on = on or clock.today()
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gt=on))


class Appointment(models.Model):
    """A person in a role in a unit for a time (任职). The only source of permission."""

    plain = ("role", "line", "note")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(_("职务"), max_length=20, choices=role_choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="appointments")
    line = models.CharField(_("分管业务"), max_length=30, blank=True, help_text=_("班子成员分管的“条”，如党建、综治。"))
    starts_on = models.DateField(_("任职日期"))
    ends_on = models.DateField(_("离任日期"), null=True, blank=True, help_text=_("自该日起不再任职，也不再有权限。"))
    note = models.CharField(_("备注"), max_length=100, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        indexes: ClassVar = [models.Index(fields=["unit", "role", "ends_on"], name="appointment_unit_role")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")), name="appointment_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["person", "role", "unit"], condition=Q(ends_on=None), name="appointment_held_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.role_label}"

    @property
    def definition(self) -> Role:
        return ROLES[self.role]

    @property
    def role_label(self) -> str:
        return str(ROLES[self.role].label)

    @property
    def journal_label(self) -> str:
        return str(self)


class RequiredPost(models.Model):
    """人人有岗: how many of a role each unit of a kind should have. Editable reference data."""

    #: What a subdistrict starts with; migration 0002 enters it.
    DEFAULTS: ClassVar[dict[tuple[str, str], int]] = {
        ("subdistrict", "office"): 1,
        ("community", "chief"): 1,
        ("community", "deputy"): 2,
        ("block", "leader"): 1,
        ("block", "adviser"): 1,
        ("block", "head"): 1,
        ("block", "councillor"): 9,
        ("red_grid", "grid_member"): 1,
        ("building", "keeper"): 1,
    }

    plain = ("kind", "role")

    kind = models.CharField(_("单位类别"), max_length=12, choices=Unit.Kind)
    role = models.CharField(_("职务"), max_length=20, choices=role_choices)
    count = models.PositiveSmallIntegerField(_("应设人数"), default=1)

    class Meta:
        verbose_name = _("应设岗位")
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "role"], name="required_post_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {ROLES[self.role].label} × {self.count}"

    @property
    def journal_label(self) -> str:
        return str(self)


class PostQuerySet(InUnitQuerySet):
    """Which required posts. Whether one is filled is computed from the appointments, so it is right for any day."""

    view_permission = "people.view_appointment"

    def required(self, on: date | None = None) -> Self:
        """Required on the day `on`, in a unit that was in force."""
        on = on or clock.today()
        return (
            self.filter(starts_on__lte=on, unit__valid_from__lte=on)
            .filter(Q(ends_on=None) | Q(ends_on__gt=on))
            .filter(Q(unit__valid_until=None) | Q(unit__valid_until__gt=on))
        )

    def with_holders(self, on: date | None = None) -> Self:
        """Required on `on`, each with `held`: how many persons held its role in its unit that day."""
        holders = (
            Appointment.objects.in_force(on)
            .filter(unit=OuterRef("unit"), role=OuterRef("role"))
            .order_by()
            .values("unit")
            .annotate(n=Count("person", distinct=True))
            .values("n")
        )
        return self.required(on).annotate(held=Coalesce(Subquery(holders), 0))

    def filled(self, on: date | None = None) -> Self:
        return self.with_holders(on).filter(number__lte=F("held"))

    def vacant(self, on: date | None = None) -> Self:
        return self.with_holders(on).filter(number__gt=F("held"))


class Post(models.Model):
    """One concrete post that a unit must have filled: the third councillor of this block.

    Laid by `lay_posts` from RequiredPost, and dated, so that a changed requirement leaves closed periods as they were.
    """

    plain = ("role",)

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(_("职务"), max_length=20, choices=role_choices)
    number = models.PositiveSmallIntegerField(_("序号"))
    starts_on = models.DateField(_("设岗日期"))
    ends_on = models.DateField(_("撤岗日期"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("岗位")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "role", "number"], condition=Q(ends_on=None), name="post_laid_once")
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.role_label} {self.number}"

    @property
    def role_label(self) -> str:
        return str(ROLES[self.role].label)
