"""Block councils and the decision rules they work under."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jiequ.territory.models import InUnitQuerySet, Unit

#: Who sits on a block's council, and who of them votes (docs/decisions/0002).
COUNCIL_ROLES = ("adviser", "head", "councillor")
VOTING_ROLES = ("councillor",)


@dataclass(frozen=True)
class Fraction:
    """A share that must be reached (`strict` false: ≥) or exceeded (`strict` true: >), and never fewer than `minimum`."""

    num: int
    den: int
    strict: bool
    minimum: int = 0  # votes or persons, whatever the share comes to

    def needed(self, base: int) -> int:
        """The smallest whole number of votes (or persons) out of `base` that satisfies the fraction; at least 1."""
        need = base * self.num // self.den + 1 if self.strict else -(-base * self.num // self.den)
        return max(1, need, self.minimum)

    def met(self, part: int, base: int) -> bool:
        return base > 0 and part >= self.needed(base)

    def __str__(self) -> str:
        share = f"{'>' if self.strict else '≥'} {self.num}/{self.den}"
        return gettext("%(share)s且不少于%(n)s人") % {"share": share, "n": self.minimum} if self.minimum else share


class DecisionRuleQuerySet(models.QuerySet["DecisionRule"]):
    def in_force(self, unit: Unit, on: date) -> DecisionRuleQuerySet:
        """The rules for `unit` on a day, the nearest unit's newest version first."""
        above = [unit.path[:n] for n in range(unit.steplen, len(unit.path) + 1, unit.steplen)]
        return self.filter(unit__path__in=above, effective_on__lte=on).order_by(
            "-unit__path", "-effective_on", "-version"
        )


class DecisionRule(models.Model):
    """One version of a unit's rules. Never edited: an amendment is a new row; what began under an old version keeps it.

    The defaults are ours (DOMAIN §2), not Guanlan's: the subdistrict never published its own.
    """

    plain = ("name",)

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="rules")
    name = models.CharField(_("名称"), max_length=60)
    version = models.PositiveIntegerField(_("版本"))
    effective_on = models.DateField(_("生效日期"))
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")

    quorum_num = models.PositiveSmallIntegerField(_("法定人数：分子"), default=2)
    quorum_den = models.PositiveSmallIntegerField(_("法定人数：分母"), default=3)
    quorum_strict = models.BooleanField(_("法定人数：须超过"), default=False)
    ordinary_num = models.PositiveSmallIntegerField(_("一般事项：分子"), default=1)
    ordinary_den = models.PositiveSmallIntegerField(_("一般事项：分母"), default=2)
    ordinary_strict = models.BooleanField(_("一般事项：须超过"), default=True)
    major_num = models.PositiveSmallIntegerField(_("重大事项：分子"), default=2)
    major_den = models.PositiveSmallIntegerField(_("重大事项：分母"), default=3)
    major_strict = models.BooleanField(_("重大事项：须超过"), default=False)
    major_sum = models.PositiveIntegerField(_("重大事项：金额超过（元）"), default=10_000)
    quorum_minimum = models.PositiveSmallIntegerField(_("法定人数：至少（人）"), default=0)
    ordinary_minimum = models.PositiveSmallIntegerField(_("一般事项：赞成至少（票）"), default=0)
    major_minimum = models.PositiveSmallIntegerField(_("重大事项：赞成至少（票）"), default=0)
    allows_proxies = models.BooleanField(_("可以委托他人表决"), default=False)
    speech_minutes = models.PositiveSmallIntegerField(_("每次发言（分钟）"), default=3)
    speeches_each = models.PositiveSmallIntegerField(_("每人每项发言（次，0为不限）"), default=2)
    quick_hours = models.PositiveSmallIntegerField(_("即时议答复（小时）"), default=48)
    supervise_workdays = models.PositiveSmallIntegerField(_("逾期几个工作日转督办"), default=3)
    notice_days = models.PositiveSmallIntegerField(_("会前公告（天）"), default=3)
    screening_workdays = models.PositiveSmallIntegerField(_("审定期限（工作日）"), default=5)
    publicity_workdays = models.PositiveSmallIntegerField(_("公示期（工作日）"), default=5)
    evaluation_days = models.PositiveSmallIntegerField(_("评价期（天）"), default=7)
    satisfied_percent = models.PositiveSmallIntegerField(_("满意率低于此数（%）进入第二轮"), default=70)

    objects = DecisionRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("议事规则")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "version"], name="rule_version_once"),
            models.CheckConstraint(
                condition=Q(quorum_den__gt=0, ordinary_den__gt=0, major_den__gt=0)
                & Q(quorum_num__lte=models.F("quorum_den"))
                & Q(ordinary_num__lte=models.F("ordinary_den"))
                & Q(major_num__lte=models.F("major_den")),
                name="rule_fractions_are_shares",
            ),
        ]

    #: What an amendment may change, and a copy carries on.
    TERMS = (
        "quorum_num", "quorum_den", "quorum_strict", "ordinary_num", "ordinary_den", "ordinary_strict",
        "major_num", "major_den", "major_strict", "major_sum", "notice_days", "screening_workdays",
        "publicity_workdays", "evaluation_days", "satisfied_percent",
        "quorum_minimum", "ordinary_minimum", "major_minimum", "allows_proxies", "speech_minutes", "speeches_each",
        "quick_hours", "supervise_workdays",
    )  # fmt: skip

    def __str__(self) -> str:
        return gettext("%(name)s 第%(n)s版") % {"name": self.name, "n": self.version}

    @property
    def journal_label(self) -> str:
        return f"{self.name} 第{self.version}版"

    @property
    def quorum(self) -> Fraction:
        return Fraction(self.quorum_num, self.quorum_den, self.quorum_strict, self.quorum_minimum)

    @property
    def ordinary(self) -> Fraction:
        return Fraction(self.ordinary_num, self.ordinary_den, self.ordinary_strict, self.ordinary_minimum)

    @property
    def major(self) -> Fraction:
        return Fraction(self.major_num, self.major_den, self.major_strict, self.major_minimum)


class CouncilQuerySet(InUnitQuerySet):
    view_permission = "council.view_motion"


class Council(models.Model):
    """A block's council (街区理事会). Its councillors are the block's councillor appointments in force."""

    plain = ("place",)

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="council")
    founded_on = models.DateField(_("成立日期"))
    place = models.CharField(_("常用会议地点"), max_length=60, blank=True)

    objects = CouncilQuerySet.as_manager()

    class Meta:
        verbose_name = _("街区理事会")

    def __str__(self) -> str:
        return gettext("%(unit)s理事会") % {"unit": self.unit.name}

    @property
    def journal_label(self) -> str:
        return f"{self.unit.name}理事会"
