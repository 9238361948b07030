"""Meetings: agenda, attendance as intervals, who speaks, who stays out of what."""

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
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, mask_name
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
    secretary = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("记录人")
    )
    version = models.PositiveIntegerField(default=0)  # one more with every act in the room: what screens ask for
    calendar_sequence = models.PositiveSmallIntegerField(default=0)  # RFC 5545: one more with every change announced
    reminded_at = models.DateTimeField(null=True)
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
    """A motion on a meeting's agenda, and what became of it there."""

    class Outcome(models.TextChoices):
        PASSED = "passed", _("通过")
        NOT_PASSED = "not_passed", _("未通过")
        POSTPONED = "postponed", _("暂缓")
        UNREACHED = "unreached", _("未议到")

    plain = ("proposal", "outcome")

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    motion = models.ForeignKey(Motion, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField(_("次序"))
    minutes = models.PositiveSmallIntegerField(_("预计分钟"), default=15)
    proposal = models.CharField(_("提请表决的内容"), max_length=300, blank=True)
    carried_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="carried_to")
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)

    get_outcome_display = shows("outcome", Outcome)

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


class Guest(Key):
    """Somebody in the room who is neither of the council nor registered (列席): no vote, no account."""

    personal = {"name": Personal(why=_("写入会议记录的列席人员"), mask=mask_name)}
    plain = ("capacity",)

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="guests")
    name = Sealed(_("姓名"))
    capacity = models.CharField(_("身份"), max_length=30)
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("列席人员")
        ordering = ["arrived_at", "id"]

    @property
    def label(self) -> str:
        """As shown: masked."""
        return mask_name(self.name)


class Apology(models.Model):
    """A council member said beforehand that they cannot come (请假). Why is nobody's business, so it is not asked."""

    plain = ()

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="apologies")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("请假")
        constraints: ClassVar = [models.UniqueConstraint(fields=["meeting", "person"], name="apology_once")]


class Proxy(models.Model):
    """`acting` votes for `represented` in one meeting, where the rule allows it and in writing. One for each of the two."""

    plain = ()

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="proxies")
    represented = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    acting = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("委托")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["meeting", "represented"], condition=Q(ended_at=None), name="represented_by_one"
            ),
            models.UniqueConstraint(fields=["meeting", "acting"], condition=Q(ended_at=None), name="acting_for_one"),
        ]


class Recusal(models.Model):
    """A councillor stays out of one item (回避): neither in its base nor in its vote. Declared by oneself it holds at
    once; proposed by another it holds when the chair has upheld it. The ground is a choice, so no private matter is told.
    """

    class Ground(models.TextChoices):
        OWN = "own", _("与本人有利害关系")
        FAMILY = "family", _("与近亲属有利害关系")
        BUSINESS = "business", _("承包、供货或受雇于有关一方")
        OTHER = "other", _("其他可能影响公正的情形")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待主持人决定")
        HELD = "held", _("回避")
        DISMISSED = "dismissed", _("不需回避")
        WITHDRAWN = "withdrawn", _("已撤回")

    plain = ("ground", "state")

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="recusals")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(_("理由"), max_length=10, choices=Ground)
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    get_ground_display = shows("ground", Ground)
    get_state_display = shows("state", State)

    class Meta:
        verbose_name = _("回避")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item", "person"], condition=Q(state__in=["proposed", "held"]), name="recused_once"
            )
        ]


class SpeechQuerySet(models.QuerySet["Speech"]):
    def waiting(self) -> SpeechQuerySet:
        """Asked for and not begun: points of order first, then in the order of asking."""
        return self.filter(began_at=None, ended_at=None, gist="").order_by("-is_point_of_order", "said_at", "id")

    def going_on(self) -> SpeechQuerySet:
        return self.filter(began_at__isnull=False, ended_at=None)

    def held(self) -> SpeechQuerySet:
        """What belongs in the minutes: who spoke, or what was noted."""
        return self.filter(Q(began_at__isnull=False) | ~Q(gist="")).order_by("said_at", "id")


class Speech(models.Model):
    """One person's turn on an item, from asking for the floor (`said_at`) to its end, and its gist in a line (发言摘要).

    A request that was taken back has ended without having begun.
    """

    plain = ("gist",)

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="speeches")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    is_point_of_order = models.BooleanField(_("程序问题"), default=False)
    gist = models.CharField(_("发言摘要"), max_length=200, blank=True)
    said_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = SpeechQuerySet.as_manager()

    class Meta:
        verbose_name = _("发言")
        ordering = ["said_at", "id"]


class Paper(Key):
    """A paper for an item (会议材料): a file that lies encrypted outside the web root under the row's own number."""

    plain = ("title", "kind", "digest")
    file_bound_to = "council_paper.file"

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="papers")
    title = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(max_length=8)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = _("会议材料")
        ordering = ["added_at", "id"]
