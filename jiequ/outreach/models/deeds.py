"""Practical deeds (办实事), campaigns and what they covered."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.core.labels import shows
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed
from jiequ.outreach.models.households import Household
from jiequ.people.models import Person, Team
from jiequ.territory.models import InUnitQuerySet, Unit


class DeedQuerySet(InUnitQuerySet):
    view_permission = "outreach.view_deed"
    grows = True

    def standing(self) -> DeedQuerySet:
        """Not taken back."""
        return self.filter(withdrawn_at=None)


class Deed(Key):
    """A practical deed for residents, by persons or a team. One line; it may come out of a visit, a wish, a case or a motion,
    and then nothing is typed again (`about`)."""

    class Category(models.TextChoices):
        """The post categories of DOMAIN §3."""

        ORGANISATION = "organisation", _("组织建设")
        LAW = "law", _("法律")
        EMPLOYMENT = "employment", _("助困就业")
        GOVERNANCE = "governance", _("社区治理")
        HEALTH = "health", _("健康医疗")
        CULTURE = "culture", _("文化体育")
        PATROL = "patrol", _("安全巡逻")
        OTHER = "other", _("其他")

    personal = {"note": Personal(why=_("补充说明，只给本街区工作人员看"), keep_days=730)}
    plain = ("title", "category", "about_kind", "once_key")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="deeds", db_index=False)
    on = models.DateField(_("日期"))
    title = models.CharField(_("办了什么"), max_length=60)
    category = models.CharField(_("类别"), max_length=14, choices=Category, default=Category.OTHER)
    note = Sealed(_("补充"))
    people = models.PositiveIntegerField(_("受益人次"), null=True, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="deeds")
    persons: models.ManyToManyField[Person, Any] = models.ManyToManyField(Person, related_name="deeds", blank=True)
    about_kind = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    once_key = models.CharField(max_length=40, null=True, unique=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True)

    objects = DeedQuerySet.as_manager()
    get_category_display = shows("category", Category)

    class Meta:
        verbose_name = _("办实事")
        indexes: ClassVar = [
            models.Index(fields=["on", "unit"], name="deed_on"),
            models.Index(fields=["unit", "-id"], name="deed_unit"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("deed", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return ""


class CampaignQuerySet(InUnitQuerySet):
    view_permission = "outreach.view_deed"

    def visible_to(self, account: Any) -> CampaignQuerySet:
        """Those of the units one looks at, and of the units above them, which one takes part in."""
        return self.filter(account.reach(self.view_permission).as_q("unit__path", upward=True))

    def running(self, on: date) -> CampaignQuerySet:
        """Begun on or before the day `on`, and not ended before it."""
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gte=on))


class Campaign(Key):
    """A campaign (专项行动) of a unit: vaccination, tests, gas, sanitation. Its coverage is entered once a unit: by number, or by
    household; a household or a person that is known is never counted twice."""

    class Kind(models.TextChoices):
        VACCINATION = "vaccination", _("疫苗接种")
        TESTING = "testing", _("核酸检测")
        GAS = "gas", _("燃气入户")
        SANITATION = "sanitation", _("环卫测评")
        OTHER = "other", _("其他")

    class Counts(models.TextChoices):
        NUMBER = "number", _("按数字填报")
        HOUSEHOLD = "household", _("按住户勾选")

    plain = ("name", "kind", "counts", "says")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="campaigns")
    name = models.CharField(_("名称"), max_length=40)
    kind = models.CharField(_("种类"), max_length=12, choices=Kind, default=Kind.OTHER)
    counts = models.CharField(_("怎样统计"), max_length=10, choices=Counts, default=Counts.NUMBER)
    says = models.CharField(_("说明"), max_length=200, blank=True)
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("结束"), null=True, blank=True)
    target = models.PositiveIntegerField(_("应覆盖（人次或户）"), null=True, blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    objects = CampaignQuerySet.as_manager()
    get_kind_display = shows("kind", Kind)
    get_counts_display = shows("counts", Counts)

    class Meta:
        verbose_name = _("专项行动")
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "name"], name="campaign_name_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaign", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return self.name

    @property
    def noun(self) -> Any:
        """What is counted."""
        return _("户") if self.counts == self.Counts.HOUSEHOLD else _("人次")

    def is_open(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


class CoverageQuerySet(InUnitQuerySet):
    view_permission = "outreach.view_deed"
    grows = True


class Coverage(Key):
    """What a campaign covered in a unit on a day: `people` (人次) as a number, or one known household or person."""

    plain = ()

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="coverage", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField(_("日期"))
    people = models.PositiveIntegerField(_("人次"), default=1)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="coverage")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    objects = CoverageQuerySet.as_manager()

    class Meta:
        verbose_name = _("覆盖记录")
        indexes: ClassVar = [
            models.Index(fields=["on", "unit"], name="coverage_on"),
            # a campaign's page adds up from this alone; `people` is a key because SQLite has no other columns in an index
            models.Index(fields=["campaign", "unit", "people"], name="coverage_campaign"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "unit", "on"],
                condition=Q(household=None, person=None),
                name="coverage_number_once_a_day",
            ),
            models.UniqueConstraint(
                fields=["campaign", "household"], condition=Q(household__isnull=False), name="household_covered_once"
            ),
            models.UniqueConstraint(
                fields=["campaign", "person"], condition=Q(person__isnull=False), name="person_covered_once"
            ),
        ]

    def get_absolute_url(self) -> str:
        """Leads on to its campaign, at its unit."""
        return reverse("coverage", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return str(self.campaign)
