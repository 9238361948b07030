"""What a case is about, how long it may take, and who is there for it: reference rows, dated where a rule changes."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models.handlers import Handler
from jiequ.core.labels import shows
from jiequ.territory.models import InUnitQuerySet, Unit


class Kind(models.TextChoices):
    """The kinds of DB12/T 1438."""

    QUESTION = "question", _("咨询")
    HELP = "help", _("求助")
    COMPLAINT = "complaint", _("投诉")
    REPORT = "report", _("举报")
    SUGGESTION = "suggestion", _("建议")
    PRAISE = "praise", _("表扬")


class CaseCategory(models.Model):
    """What a case is about (类别). A reference row that an office may edit; `code` is Open311's service_code.

    `attributes` are Open311's attribute definitions: a list of {variable, code, datatype, required, datatype_description,
    order, description, values: [{key, name}]}.
    """

    plain = ("code", "name", "group", "says", "keywords", "kind", "channel", "attributes")

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=30)
    group = models.CharField(_("大类"), max_length=30, blank=True)
    says = models.CharField(_("说明"), max_length=120, blank=True)
    keywords = models.CharField(_("关键词"), max_length=200, blank=True, help_text=_("用顿号隔开，用来猜类别。"))
    kind = models.CharField(_("默认种类"), max_length=10, choices=Kind, default=Kind.HELP)
    is_urgent = models.BooleanField(_("按紧急件分拨"), default=False)
    channel = models.CharField(
        _("不在这里办，转往"), max_length=120, blank=True, help_text=_("信访、诉讼等：写明该去的渠道。")
    )
    attributes = models.JSONField(_("附加问题"), default=list, blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)
    is_active = models.BooleanField(_("使用"), default=True)

    get_kind_display = shows("kind", Kind)

    class Meta:
        verbose_name = _("诉求类别")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_label(self) -> str:
        return self.name


class CaseLimitQuerySet(models.QuerySet["CaseLimit"]):
    def in_force(self, unit: Unit, category: CaseCategory, kind: str, on: date) -> CaseLimitQuerySet:
        """The limits that could apply on a day, the one that does first: the nearest unit's, for the category before
        those for the kind before those for all, and the newest of these."""
        above = [unit.path[:n] for n in range(unit.steplen, len(unit.path) + 1, unit.steplen)]
        rows = self.filter(unit__path__in=above, effective_on__lte=on)
        rows = rows.filter(Q(category=category) | Q(category=None), kind__in=[kind, ""])
        return rows.order_by(
            "-unit__path", models.F("category").desc(nulls_last=True), "-kind", "-effective_on", "-version"
        )


class CaseLimit(models.Model):
    """How long each stage may take, from a day on. Never edited: a change is a new row, and a case keeps its own.

    The defaults are ours (DOMAIN §4). Minutes and hours run round the clock; working days are the state calendar's, with
    make-up days (调休), and end when the office closes.
    """

    plain = ("kind",)

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="case_limits")
    category = models.ForeignKey(CaseCategory, on_delete=models.PROTECT, null=True, blank=True, related_name="limits")
    kind = models.CharField(_("种类"), max_length=10, choices=Kind, blank=True)
    effective_on = models.DateField(_("生效日期"))
    version = models.PositiveIntegerField(_("版本"))
    dispatch_minutes = models.PositiveIntegerField(_("分拨（分钟）"), default=120)
    urgent_minutes = models.PositiveIntegerField(_("紧急件分拨（分钟）"), default=30)
    contact_hours = models.PositiveSmallIntegerField(_("首次联系（小时）"), default=24)
    workdays = models.PositiveSmallIntegerField(_("办结（工作日）"), default=5)
    complex_workdays = models.PositiveSmallIntegerField(_("复杂件经批准（工作日）"), default=15)
    objection_workdays = models.PositiveSmallIntegerField(_("分拨异议（工作日）"), default=1)
    whistle_workdays = models.PositiveSmallIntegerField(_("哨声回应（工作日）"), default=1)
    callback_workdays = models.PositiveSmallIntegerField(_("回访（工作日）"), default=3)
    early_workdays = models.PositiveSmallIntegerField(_("第一次提醒提前（工作日）"), default=2)
    supervise_workdays = models.PositiveSmallIntegerField(_("逾期几个工作日转督办"), default=3)

    #: What a new version may change, and a copy carries on.
    TERMS = (
        "dispatch_minutes", "urgent_minutes", "contact_hours", "workdays", "complex_workdays", "objection_workdays",
        "whistle_workdays", "callback_workdays", "early_workdays", "supervise_workdays",
    )  # fmt: skip

    objects = CaseLimitQuerySet.as_manager()

    class Meta:
        verbose_name = _("办理时限")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "category", "kind", "version"], name="limit_version_once"),
            models.UniqueConstraint(
                fields=["unit", "kind", "version"], condition=Q(category=None), name="general_limit_version_once"
            ),
        ]

    @property
    def journal_label(self) -> str:
        return f"v{self.version}"


class DutyLineQuerySet(InUnitQuerySet):
    view_permission = "cases.view_case"

    def in_force(self, on: date) -> DutyLineQuerySet:
        """Valid on the day `on`; the end date itself is the first day without it."""
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gt=on))


class DutyLine(models.Model):
    """One line of the duty list (职责清单): in this unit and below, such cases go to that handler. Ended, never edited."""

    plain = ()

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="duty_lines")
    category = models.ForeignKey(CaseCategory, on_delete=models.PROTECT, related_name="duty_lines")
    handler = models.ForeignKey(Handler, on_delete=models.PROTECT, related_name="duty_lines")
    starts_on = models.DateField(_("自"))
    ends_on = models.DateField(_("止"), null=True, blank=True)

    objects = DutyLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("职责清单")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "category"], condition=Q(ends_on=None), name="duty_line_once")
        ]

    @property
    def journal_label(self) -> str:
        return f"{self.category.name} {self.handler.name}"
