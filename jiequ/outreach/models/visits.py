"""Visits, what was found there, and two versions of one household that met."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.core.labels import shows
from jiequ.core.measures import prefix
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, hide_numbers, mask_name, mask_phone
from jiequ.outreach.models.households import Household
from jiequ.outreach.models.rules import Tier
from jiequ.people.models import Member, Person
from jiequ.territory.models import DEPTH, InUnitQuerySet, Unit

#: The six services at the door (六上门; named by Guanlan's 新澜社区 in 2020, DOMAIN §3): code, the one verb of it, official name.
SERVICES = (
    ("tell", _("讲"), _("政策宣传讲")),
    ("ask", _("访"), _("征求意见访")),
    ("look", _("找"), _("查摆问题找")),
    ("settle", _("调"), _("矛盾纠纷调")),
    ("bring", _("送"), _("便民服务送")),
    ("help", _("帮"), _("扶弱济困帮")),
)


class VisitQuerySet(InUnitQuerySet):
    view_permission = "outreach.view_household"
    grows = True

    def _within(self, paths: list[str]) -> VisitQuerySet:
        """As households: a keeper sees the visits of the building they look after."""
        low = [path for path in paths if len(path) // Unit.steplen >= DEPTH["building"]]
        if not low:
            return super()._within(paths)
        within = Q(household__building__path__in=low)
        for path in set(paths) - set(low):
            within |= Q(**prefix("unit__path", path))
        return self.filter(within)

    def standing(self) -> VisitQuerySet:
        """Not taken back."""
        return self.filter(withdrawn_at=None)

    def contacts(self) -> VisitQuerySet:
        """With somebody of a key household: what counts as a contact (联系)."""
        return self.standing().filter(was_met=True).exclude(tier=Tier.NONE)


class Visit(Key):
    """A household was visited, called or written to. One line is enough; no photo, track, check-in or duration is asked.

    `unit` is the red grid it happened in, `tier` the household's at that time, so that no closed period's figure moves.
    """

    class Mode(models.TextChoices):
        DOOR = "door", _("上门")
        PHONE = "phone", _("电话")
        WECHAT = "wechat", _("微信")

    personal = {"note": Personal(why=_("记下联系时说了什么，供下次联系参考"), keep_days=730)}
    plain = ("mode", "services", "tier", "once_key")

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="visits", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="visits", db_index=False)
    on = models.DateField(_("日期"))
    mode = models.CharField(_("怎样联系"), max_length=8, choices=Mode, default=Mode.DOOR)
    was_met = models.BooleanField(_("见到或联系上了人"), default=True)
    services = models.JSONField(_("六上门"), default=list)  # codes of SERVICES
    tier = models.CharField(max_length=8, choices=Tier, blank=True, default=Tier.NONE)
    note = Sealed(_("一句话"))
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="visits_written", db_index=False)
    visitors: models.ManyToManyField[Person, Any] = models.ManyToManyField(Person, related_name="visits")
    recorded_at = models.DateTimeField()
    once_key = models.CharField(max_length=40, null=True, unique=True)  # blind: the same sending, tried again
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    objects = VisitQuerySet.as_manager()
    get_mode_display = shows("mode", Mode)

    class Meta:
        verbose_name = _("走访")
        indexes: ClassVar = [
            models.Index(fields=["household", "-on", "-id"], name="visit_household"),
            models.Index(fields=["unit", "on"], name="visit_unit"),
            models.Index(fields=["on", "unit"], name="visit_on"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("visit", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return ""

    @property
    def line(self) -> str:
        """The one line as a page shows it: numbers that were typed into it are starred."""
        return hide_numbers(self.note)

    @property
    def service_labels(self) -> list[str]:
        return [str(name) for code, _verb, name in SERVICES if code in self.services]


class Finding(Key):
    """Something found on a visit, and what it became: a case, a wish, a motion, a party member. Never typed twice."""

    class Kind(models.TextChoices):
        CASE = "case", _("诉求")
        WISH = "wish", _("微心愿")
        MOTION = "motion", _("议题")
        MEMBER = "member", _("新摸排党员")

    personal = {"words": Personal(why=_("转成诉求、心愿或议题时不用再写一遍"), keep_days=730)}
    plain = ("kind", "became_kind")

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(_("发现什么"), max_length=8, choices=Kind)
    words = Sealed(_("情况"))
    became_kind = models.CharField(max_length=60, blank=True)
    became_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("走访发现")
        indexes: ClassVar = [models.Index(fields=["became_kind", "became_id"], name="finding_became")]

    @property
    def journal_label(self) -> str:
        return ""

    @property
    def shown(self) -> str:
        """The words as a page shows them: numbers that were typed into them are starred."""
        return hide_numbers(self.words)

    @property
    def became_url(self) -> str:
        """The page of what it became, without reading it; empty while it is nothing yet."""
        if self.became_id is None:
            return ""
        model: Any = apps.get_model(self.became_kind)
        return str(model(pk=self.became_id).get_absolute_url())


class Conflict(Key):
    """A household was changed by somebody else while a phone without a network changed it too. Both versions are kept, in full,
    until somebody who contacts it has chosen field by field."""

    personal = {
        "mine": Personal(why=_("离线时改的内容，选定前不丢"), keep_days=90),
        "theirs": Personal(why=_("别人同时改的内容，选定前不丢"), keep_days=90),
    }
    plain = ("kept",)

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="conflicts")
    visit = models.ForeignKey(Visit, on_delete=models.SET_NULL, null=True, related_name="conflicts")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    mine = Sealed()  # JSON {field: what the phone says}
    theirs = Sealed()  # JSON {field: what stands there now}, of the same fields
    base_version = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kept = models.JSONField(default=dict)  # {field: "mine" or "theirs"}

    class Meta:
        verbose_name = _("两处同时修改")
        indexes: ClassVar = [
            models.Index(fields=["household"], condition=Q(settled_at=None), name="conflict_open"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("conflict", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return ""


class FoundMemberQuerySet(InUnitQuerySet):
    view_permission = "people.view_member"


class FoundMember(Key):
    """A party member who was found (摸排出党员) and is invited to report in; then `member` is their membership."""

    class State(models.TextChoices):
        FOUND = "found", _("待邀请报到")
        REPORTED = "reported", _("已报到")
        DECLINED = "declined", _("未报到")

    class Why(models.TextChoices):
        ELSEWHERE = "elsewhere", _("已在别处报到")
        LEAVING = "leaving", _("即将离开本地")
        LATER = "later", _("暂不报到")
        MISTAKE = "mistake", _("不是党员")

    personal = {
        "name": Personal(why=_("请本人报到"), mask=mask_name, keep_days=180),
        "phone": Personal(why=_("联系本人报到"), mask=mask_phone, keep_days=180),
        "label": Personal(why=_("页面上默认显示的隐名"), mask=str),
    }
    plain = ("state", "why", "phone_index")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="found_members")  # red grid
    found_in = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )  # the red grid as it was that day: who is still to be invited moves with it, what is counted does not
    visit = models.ForeignKey(Visit, on_delete=models.SET_NULL, null=True, related_name="found_members")
    name = Sealed(_("姓名"))
    phone = Sealed(_("手机号"))
    label = models.CharField(max_length=20, editable=False)
    phone_index = models.CharField(max_length=40, blank=True, db_index=True, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.FOUND)
    why = models.CharField(_("原因"), max_length=10, choices=Why, blank=True)
    found_on = models.DateField(_("日期"))
    found_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="found_as")
    ended_at = models.DateTimeField(null=True)

    objects = FoundMemberQuerySet.as_manager()
    get_state_display = shows("state", State)

    class Meta:
        verbose_name = _("摸排出的党员")
        indexes: ClassVar = [models.Index(fields=["found_on", "found_in"], name="found_member_on")]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("found-member", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return ""
