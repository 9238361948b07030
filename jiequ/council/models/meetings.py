"""Meetings: agenda, attendance as intervals, what was said."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jiequ.core.labels import shows
from jiequ.core.measures import Period
from jiequ.council.models.councils import DecisionRule
from jiequ.council.models.motions import Motion
from jiequ.people.models import Person
from jiequ.territory.models import DEPTH, InUnitQuerySet, Unit


class MeetingQuerySet(InUnitQuerySet):
    view_permission = "council.view_meeting"
    grows = True
    lies_at = DEPTH["block"]

    def held(self, period: Period) -> MeetingQuerySet:
        """Opened with a quorum within the period, and closed. Adjourned and cancelled meetings were not held."""
        return self.filter(state=Meeting.State.CLOSED, opened_at__gte=period.since, opened_at__lt=period.until)

    def adjourned(self, period: Period) -> MeetingQuerySet:
        return self.filter(state=Meeting.State.ADJOURNED, starts_at__gte=period.since, starts_at__lt=period.until)

    def to_come(self, at: datetime) -> MeetingQuerySet:
        states = [Meeting.State.PLANNED, Meeting.State.NOTICED, Meeting.State.OPEN]
        return self.filter(state__in=states, starts_at__gte=at).order_by("starts_at")


class Meeting(models.Model):
    """One meeting of a block's council."""

    class State(models.TextChoices):
        PLANNED = "planned", _("筹备中")
        NOTICED = "noticed", _("已公告")
        OPEN = "open", _("进行中")
        CLOSED = "closed", _("已结束")
        ADJOURNED = "adjourned", _("未达法定人数，改期")
        CANCELLED = "cancelled", _("已取消")

    plain = ("place", "state", "reason")

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("街区"), db_index=False
    )  # meeting_unit_starts begins with it
    sequence = models.PositiveIntegerField(_("第几次"))
    starts_at = models.DateTimeField(_("时间"))
    place = models.CharField(_("地点"), max_length=60)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    rule = models.ForeignKey(DecisionRule, on_delete=models.PROTECT, related_name="meetings")
    chair = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("主持人"))
    noticed_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    created_at = models.DateTimeField()

    objects = MeetingQuerySet.as_manager()
    get_state_display = shows("state", State)

    class Meta:
        verbose_name = _("会议")
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "sequence"], name="meeting_number_once")]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-starts_at", "-id"], name="meeting_unit_starts"),
            models.Index(fields=["-starts_at", "-id"], name="meeting_starts"),
            models.Index(fields=["opened_at"], name="meeting_opened"),
        ]

    def __str__(self) -> str:
        return gettext("第%(n)s次街区理事会") % {"n": self.sequence}

    @property
    def journal_label(self) -> str:
        """The same in whatever language somebody pressed the button."""
        return f"第{self.sequence}次街区理事会"

    def get_absolute_url(self) -> str:
        return reverse("meeting", args=[self.pk])


class AgendaItem(models.Model):
    """A motion on a meeting's agenda."""

    plain = ()

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    motion = models.ForeignKey(Motion, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField(_("次序"))
    minutes = models.PositiveSmallIntegerField(_("预计分钟"), default=15)

    class Meta:
        verbose_name = _("议程")
        ordering = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["meeting", "motion"], name="motion_on_agenda_once")]


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def present(self) -> AttendanceQuerySet:
        """In the room now."""
        return self.filter(left_at=None)

    def voting(self) -> AttendanceQuerySet:
        return self.filter(is_voting=True)


class Attendance(models.Model):
    """One stay of one person in a meeting; whoever leaves and comes back has two."""

    plain = ()

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attendances")
    is_voting = models.BooleanField(_("有表决权"))
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("到会")
        ordering = ["arrived_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "person"], condition=Q(left_at=None), name="in_the_room_once")
        ]


class Speech(models.Model):
    """What somebody said on an item, in a line (发言摘要)."""

    plain = ("gist",)

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="speeches")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    gist = models.CharField(_("发言摘要"), max_length=200)
    said_at = models.DateTimeField()

    class Meta:
        verbose_name = _("发言")
        ordering = ["said_at", "id"]
