"""What may be held about a household and for how long, what it agreed to, and how often it is contacted."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.territory.models import Unit


class Tier(models.TextChoices):
    """How often somebody looks in. Not why: the reasons are encrypted."""

    NONE = "", _("不定期")
    WEEK = "week", _("每周联系")
    MONTH = "month", _("每月联系")
    QUARTER = "quarter", _("每季联系")


class HouseholdCategory(models.Model):
    """A reason for which a household is a key one (重点类别). A reference row: an office may edit it; which household bears
    which is encrypted (see `Classification`).

    Deliberately absent: 社区矫正, 刑释, 吸毒, 精神障碍 registers (DOMAIN §3) are not this product's business.
    """

    plain = ("code", "name", "purpose", "tier")

    code = models.SlugField(_("代码"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=30)
    purpose = models.CharField(_("登记用途"), max_length=120)
    is_sensitive = models.BooleanField(_("敏感，须单独同意"), default=False)
    tier = models.CharField(_("建议档次"), max_length=8, default="quarter")
    keep_days = models.PositiveIntegerField(_("不再属于此类后保留（天）"), default=365)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)
    is_active = models.BooleanField(_("使用"), default=True)

    class Meta:
        verbose_name = _("重点类别")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_label(self) -> str:
        return self.name

    @property
    def tier_display(self) -> str:
        return str(dict(Tier.choices).get(self.tier, self.tier))


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def in_force(self, covers: str, on: date) -> ConsentTextQuerySet:
        """The versions for `covers` on a day, the newest first."""
        return self.filter(covers=covers, effective_on__lte=on).order_by("-effective_on", "-version")


class ConsentText(models.Model):
    """One version of what a household agrees to. Never edited (a trigger): a change is a new version, and a consent keeps its own."""

    class Covers(models.TextChoices):
        CONTACT = "contact", _("定期联系")
        SENSITIVE = "sensitive", _("登记敏感类别")

    plain = ("covers", "body")

    covers = models.CharField(_("同意什么"), max_length=10, choices=Covers)
    version = models.PositiveIntegerField(_("版本"))
    body = models.TextField(_("告知和同意的内容"))
    effective_on = models.DateField(_("生效日期"))

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("同意书文本")
        constraints: ClassVar = [models.UniqueConstraint(fields=["covers", "version"], name="consent_text_once")]

    @property
    def journal_label(self) -> str:
        return f"{self.covers} v{self.version}"


class OutreachRuleQuerySet(models.QuerySet["OutreachRule"]):
    def in_force(self, unit: Unit, on: date) -> OutreachRuleQuerySet:
        """The rules for `unit` on a day, the nearest unit's newest version first."""
        above = [unit.path[:n] for n in range(unit.steplen, len(unit.path) + 1, unit.steplen)]
        return self.filter(unit__path__in=above, effective_on__lte=on).order_by(
            "-unit__path", "-effective_on", "-version"
        )


class OutreachRule(models.Model):
    """Intervals of contact and terms of a claim, from a day on. Never edited (a trigger): a change is a new row.

    The defaults are ours (DOMAIN §3): only the quarter is the article's, so no interval may be longer than one.
    """

    plain = ()

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="outreach_rules")
    version = models.PositiveIntegerField(_("版本"))
    effective_on = models.DateField(_("生效日期"))
    week_days = models.PositiveSmallIntegerField(_("每周联系（天）"), default=7)
    month_days = models.PositiveSmallIntegerField(_("每月联系（天）"), default=30)
    quarter_days = models.PositiveSmallIntegerField(_("每季联系（天）"), default=90)
    event_hours = models.PositiveSmallIntegerField(_("重大变故后联系（小时）"), default=24)
    connect_days = models.PositiveSmallIntegerField(_("认领后对接（天）"), default=7)
    connect_reminder_days = models.PositiveSmallIntegerField(_("对接期满前几天提醒"), default=2)
    confirm_days = models.PositiveSmallIntegerField(_("实现后等心愿人确认（天）"), default=7)

    #: What a new version may change, and a copy carries on.
    TERMS = (
        "week_days", "month_days", "quarter_days", "event_hours", "connect_days", "connect_reminder_days", "confirm_days",
    )  # fmt: skip

    objects = OutreachRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("走访和心愿规则")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "version"], name="outreach_rule_version_once"),
            models.CheckConstraint(
                condition=models.Q(quarter_days__gte=1, quarter_days__lte=92, month_days__gte=1, week_days__gte=1)
                & models.Q(connect_days__gte=1),
                name="outreach_rule_has_terms",
            ),
        ]

    @property
    def journal_label(self) -> str:
        return f"v{self.version}"
