"""Party members who reported in, when they are excused, which buildings they contract."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.personal import Personal
from jiequ.people.models.persons import Person
from jiequ.territory.models import InUnitQuerySet, Unit


class MemberQuerySet(InUnitQuerySet):
    view_permission = "people.view_member"

    def current(self) -> MemberQuerySet:
        """Reported in today."""
        return self.reported_in(clock.today())

    def reported_in(self, on: Any) -> MemberQuerySet:
        """Reported in to a red grid on or before the day `on`, and not gone by then."""
        return self.filter(reported_on__lte=on).filter(Q(left_on=None) | Q(left_on__gt=on))


class Member(models.Model):
    """A party member who has reported in (报到) to a red grid.

    One row per stay in a grid: who moves gets a new row, so that a figure of last quarter stays what it was.
    """

    class Source(models.TextChoices):
        OFFICE = "office", _("机关党员")
        COMMUNITY = "community", _("社区党员")
        TWO_NEW = "two_new", _("“两新”组织党员")

    plain = ("source", "home_organisation", "skills", "post_category")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="members", verbose_name=_("红色网格"))
    source = models.CharField(_("来源"), max_length=10, choices=Source)
    home_organisation = models.CharField(_("所在党组织"), max_length=60)
    skills = models.JSONField(_("特长"), default=list, blank=True)
    post_category = models.CharField(_("意向岗位"), max_length=20, blank=True)
    reported_on = models.DateField(_("报到日期"))
    left_on = models.DateField(_("转出日期"), null=True, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("报到党员")
        indexes: ClassVar = [models.Index(fields=["unit", "reported_on"], name="member_unit")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=Q(left_on=None), name="member_in_one_grid")
        ]

    #: Post categories (DOMAIN §3).
    CATEGORIES: ClassVar = {
        "organisation": _("组织建设"),
        "law": _("法律"),
        "employment": _("助困就业"),
        "governance": _("社区治理"),
        "health": _("健康医疗"),
        "culture": _("文化体育"),
        "patrol": _("安全巡逻"),
        "other": _("其他"),
    }

    def __str__(self) -> str:
        return self.person.label

    @property
    def category_label(self) -> str:
        return str(self.CATEGORIES.get(self.post_category, ""))

    @property
    def journal_label(self) -> str:
        return ""


class Exemption(models.Model):
    """A time in which a member is excused from service, with the kind of reason only (the story stays with the branch)."""

    class Reason(models.TextChoices):
        ILLNESS = "illness", _("身体原因")
        AWAY = "away", _("外出学习或工作")
        CARE = "care", _("照顾家人")
        AGE = "age", _("年老体弱")
        OTHER = "other", _("其他")

    personal = {"reason": Personal(why=_("计算参与率时从应参加人数中扣除"))}
    plain = ()

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="exemptions")
    reason = models.CharField(_("原因"), max_length=10, choices=Reason)
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("结束"), null=True, blank=True)

    class Meta:
        verbose_name = _("免计")


class BuildingAssignment(models.Model):
    """A member who contracts a building (包楼栋)."""

    plain = ()

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="buildings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="contracted_by")
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("结束"), null=True, blank=True)

    class Meta:
        verbose_name = _("包楼栋")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member", "unit"], condition=Q(ends_on=None), name="building_contracted_once"
            )
        ]

    @property
    def journal_label(self) -> str:
        return str(self.unit)
