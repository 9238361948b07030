"""Activities of teams and units, who signs up, certificates; and each member's own service record."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.labels import shows
from jiequ.core.models import Key
from jiequ.core.personal import Personal
from jiequ.people.models import Member, Person, Team
from jiequ.territory.models import InUnitQuerySet, Unit


class ActivityQuerySet(InUnitQuerySet):
    view_permission = "outreach.view_deed"
    grows = True

    def visible_to(self, account: Any) -> ActivityQuerySet:
        """What lies within reach, and what is held above it: a community's activity is for everybody who serves below."""
        within = account.reach(self.view_permission).as_q("path", upward=True)
        units = Unit.objects.filter(within, pk=OuterRef("unit_id"))
        return self.filter(Exists(units.order_by()))

    def coming(self) -> ActivityQuerySet:
        """Planned, and not over."""
        return self.filter(state=Activity.State.PLANNED, ends_at__gte=clock.now()).order_by("starts_at", "pk")


class Activity(Key):
    """Something a team or a unit does on a day (活动). `series` is shared by the dates of a recurring one."""

    class State(models.TextChoices):
        PLANNED = "planned", _("可报名")
        HELD = "held", _("已开展")
        CANCELLED = "cancelled", _("已取消")

    plain = ("title", "says", "place", "state", "outcome", "recurrence")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="activities", db_index=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="activities")
    title = models.CharField(_("活动"), max_length=60)
    says = models.CharField(_("说明"), max_length=300, blank=True)
    place = models.CharField(_("地点"), max_length=60, blank=True)
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    limit = models.PositiveSmallIntegerField(_("名额（不填为不限）"), null=True, blank=True)
    places_taken = models.PositiveSmallIntegerField(default=0, editable=False)
    series = models.BigIntegerField(null=True, editable=False, db_index=True)
    recurrence = models.CharField(
        max_length=80, blank=True, editable=False
    )  # an RFC 5545 RRULE, on the first of a series
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    outcome = models.CharField(_("结果"), max_length=200, blank=True)
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    objects = ActivityQuerySet.as_manager()
    get_state_display = shows("state", State)

    class Meta:
        verbose_name = _("活动")
        indexes: ClassVar = [
            models.Index(fields=["starts_at", "unit"], name="activity_at"),
            models.Index(fields=["unit", "starts_at"], name="activity_unit"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="activity_ends_later"),
            models.CheckConstraint(
                condition=Q(limit=None) | Q(places_taken__lte=F("limit")), name="activity_never_overbooked"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("activity", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        return self.ends_at <= clock.now()

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.places_taken >= self.limit


class SignUp(Key):
    """Somebody takes part in an activity, or waits for a place. Whether they came is data, not a score; hours are kept only where
    the volunteer wants a certificate."""

    class State(models.TextChoices):
        GOING = "going", _("已报名")
        WAITING = "waiting", _("候补")
        CANCELLED = "cancelled", _("已取消")

    plain = ("state",)

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="sign_ups", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sign_ups")
    state = models.CharField(max_length=10, choices=State, default=State.GOING)
    signed_at = models.DateTimeField()
    wants_certificate = models.BooleanField(_("需要服务证明"), default=False)
    came = models.BooleanField(_("来了"), null=True)
    hours = models.DecimalField(_("小时"), max_digits=4, decimal_places=1, null=True)

    get_state_display = shows("state", State)

    class Meta:
        verbose_name = _("活动报名")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["activity", "person"], name="signed_up_once"),
            models.CheckConstraint(
                condition=Q(hours=None) | Q(wants_certificate=True, came=True), name="hours_only_where_wanted"
            ),
        ]

    @property
    def unit(self) -> Unit:
        return self.activity.unit

    @property
    def journal_label(self) -> str:
        return ""


class CertificateQuerySet(InUnitQuerySet):
    view_permission = "outreach.record_activity"

    def visible_to(self, account: Any) -> CertificateQuerySet:
        """One's own, and those of units where one records activities."""
        within = account.reach(self.view_permission).as_q("unit__path")
        return self.filter(within | Q(person=account.person_id))


class Certificate(Key):
    """A service certificate that was asked for: whose, of which days, how many hours. Drawn as PDF when it is opened."""

    plain = ("number",)

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="certificates")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("编号"), max_length=20, unique=True)
    starts_on = models.DateField(_("自"))
    ends_on = models.DateField(_("至"))
    hours = models.DecimalField(_("小时"), max_digits=6, decimal_places=1)
    activities = models.PositiveIntegerField(_("活动（次）"))
    issued_at = models.DateTimeField()

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("服务证明")

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("certificate", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return self.number


class ServiceRecordQuerySet(InUnitQuerySet):
    view_permission = "outreach.view_records"
    grows = True

    def of_branch(self, grid: Unit) -> ServiceRecordQuerySet:
        """What members of a red grid did while they were in it, wherever they did it: a wish is granted in the block."""
        stays = Member.objects.filter(unit=grid)
        then = stays.filter(person=OuterRef("person_id"), reported_on__lte=OuterRef("on"))
        then = then.filter(Q(left_on=None) | Q(left_on__gt=OuterRef("on")))
        return self.filter(Exists(then), person__in=stays.values("person"))


class ServiceRecord(models.Model):
    """That a person served: one row a person and thing, written by the action that did the thing, and taken away with it.

    Each member reads their own, a branch secretary the branch's; nothing is ever sorted by how much somebody did.
    """

    class Kind(models.TextChoices):
        VISIT = "visit", _("联系走访")
        WISH = "wish", _("圆了心愿")
        DEED = "deed", _("办实事")
        ACTIVITY = "activity", _("参加活动")
        CAMPAIGN = "campaign", _("专项行动")

    personal = {"kind": Personal(why=_("本人的服务记录"), mask=str)}
    plain = ("about_kind",)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="service_records", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="service_records", db_index=False)
    on = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind)
    about_kind = models.CharField(max_length=60)
    about_id = models.BigIntegerField()

    objects = ServiceRecordQuerySet.as_manager()
    get_kind_display = shows("kind", Kind)

    class Meta:
        verbose_name = _("服务记录")
        indexes: ClassVar = [
            models.Index(fields=["person", "-on", "-id"], name="service_person"),
            models.Index(fields=["unit", "on"], name="service_unit"),
            models.Index(fields=["on", "unit"], name="service_on"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["about_kind", "about_id", "person"], name="served_once")
        ]

    @property
    def about_url(self) -> str:
        """The page of what was done, without reading it."""
        model: Any = apps.get_model(self.about_kind)
        return str(model(pk=self.about_id).get_absolute_url())
