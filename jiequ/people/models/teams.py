"""Service teams."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.people.models.persons import Person
from jiequ.territory.models import InUnitQuerySet, Unit


class TeamQuerySet(InUnitQuerySet):
    view_permission = "people.view_team"


class Team(models.Model):
    """A service team of a unit."""

    plain = ("name", "purpose")

    name = models.CharField(_("名称"), max_length=60)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="teams")
    purpose = models.CharField(_("做什么"), max_length=200, blank=True)
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
