"""Service teams."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.people.models.persons import Person
from jiequ.territory.models import InUnitQuerySet, Unit


class TeamQuerySet(InUnitQuerySet):
    view_permission = "people.view_team"

    def standing(self, on: date | None = None) -> Self:
        """Founded on or before the day `on`, and not disbanded by then."""
        on = on or clock.today()
        return self.filter(founded_on__lte=on).filter(Q(disbanded_on=None) | Q(disbanded_on__gt=on))


class Team(models.Model):
    """A service team of a unit."""

    plain = ("name", "purpose", "skills")

    name = models.CharField(_("名称"), max_length=60)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="teams")
    purpose = models.CharField(_("做什么"), max_length=200, blank=True)
    skills = models.JSONField(_("特长"), default=list, blank=True)
    founded_on = models.DateField(_("成立日期"))
    disbanded_on = models.DateField(_("解散日期"), null=True, blank=True)
    persons = models.ManyToManyField(Person, related_name="teams", blank=True)
    leader = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="teams_led", null=True, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("服务队")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("team", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return self.name
