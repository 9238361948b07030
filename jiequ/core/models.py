"""Tables without a word of the domain: the journal and its chain, the calendar, the clock's shift, the schedule, imports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.core.ids import new_id


class JournalEntryQuerySet(models.QuerySet["JournalEntry"]):
    def about(self, thing: models.Model) -> JournalEntryQuerySet:
        """What happened to one thing, newest first."""
        return self.filter(kind=thing._meta.label_lower, thing_id=thing.pk).order_by("-id")


class JournalEntry(models.Model):
    """One thing that happened. Written only by `journal.record`; never edited, never deleted."""

    plain = ("verb", "kind", "label", "channel", "facts", "mac")

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=60)
    thing_id = models.BigIntegerField()
    label = models.CharField(max_length=200)
    unit_id = models.BigIntegerField(null=True)
    by_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=12)
    facts = models.JSONField(default=dict)
    mac = models.CharField(max_length=64)

    objects = JournalEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("经过")
        indexes: ClassVar = [
            models.Index(fields=["kind", "thing_id", "id"], name="journal_thing"),
            models.Index(fields=["unit_id", "id"], name="journal_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.kind}:{self.thing_id}"


class JournalLink(models.Model):
    """One entry's place in the hash chain."""

    plain = ("digest",)

    position = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("经过链环")


class JournalSeal(models.Model):
    """One batch that was linked: from link `first` to link `last`, ending in `digest`."""

    plain = ("digest",)

    at = models.DateTimeField()
    first = models.BigIntegerField()
    last = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("经过封存")


class CalendarDay(models.Model):
    """A day that differs from the plain week: a holiday on a weekday, or a make-up working day (调休) on a weekend."""

    plain = ("name",)

    day = models.DateField(primary_key=True)
    is_workday = models.BooleanField(_("上班"))
    name = models.CharField(_("名称"), max_length=60)

    class Meta:
        verbose_name = _("节假日与调休")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CalendarYear(models.Model):
    """A year whose days off and make-up days the State Council has published and we have entered."""

    plain = ("source",)

    year = models.PositiveIntegerField(primary_key=True)
    published = models.BooleanField(_("已公布"), default=False)
    source = models.CharField(_("依据"), max_length=120)

    class Meta:
        verbose_name = _("日历年度")
        ordering = ["year"]


class ClockShift(models.Model):
    """How far the product's clock lies from real time; a row exists only in the demo."""

    plain = ()

    shift = models.DurationField()

    class Meta:
        verbose_name = _("演示时钟")


class Schedule(models.Model):
    """One run of periodic work: the unique pair makes a second runner of the same period step aside."""

    plain = ("name", "period")

    name = models.CharField(max_length=60)
    period = models.CharField(max_length=30)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("定时工作")
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "period"], name="schedule_once_a_period")]


class Key(models.Model):
    """Abstract: rows whose key exists before they are written, because encrypted columns are bound to it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
