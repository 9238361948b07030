"""Households and enterprises that a red grid keeps in touch with (重点户), and what they agreed to."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.labels import shows
from jiequ.core.measures import prefix
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, mask_name, mask_phone
from jiequ.outreach.models.rules import ConsentText, Tier
from jiequ.people.models import Person
from jiequ.territory.models import DEPTH, InUnitQuerySet, Unit


class HouseholdQuerySet(InUnitQuerySet):
    view_permission = "outreach.view_household"
    grows = True  # tens of thousands in a subdistrict

    def current(self) -> Self:
        """Lives here now, and has not been erased."""
        return self.filter(left_on=None, erased_at=None)

    def key(self, on: date | None = None) -> Self:
        """A key household (重点户) with a valid consent on the day `on`: it has an interval, and agreed to be contacted."""
        on = on or clock.today()
        agreed = Consent.objects.valid(on).filter(household=OuterRef("pk"), covers=ConsentText.Covers.CONTACT)
        return self.exclude(tier=Tier.NONE).filter(Exists(agreed))

    def _within(self, paths: list[str]) -> Self:
        """Scopes of buildings ask for the building: a keeper looks after one."""
        low = [path for path in paths if len(path) // Unit.steplen >= DEPTH["building"]]
        if not low:
            return super()._within(paths)
        within = Q(building__path__in=low)
        for path in set(paths) - set(low):
            within |= Q(**prefix("unit__path", path))
        return self.filter(within)


class Household(Key):
    """A household, or an enterprise, that a red grid keeps in touch with. Minimum fields, each for a purpose; all that would
    tell who it is or where it lives is encrypted.

    `unit` is its red grid; `building` where it lives, if that is known as a unit. `member` is who contacts it by arrangement;
    else whoever contracts its building, else any member of the grid. `version` rises with every change: a phone that was
    without a network says which version it had seen.
    """

    class Kind(models.TextChoices):
        HOUSEHOLD = "household", _("住户")
        ENTERPRISE = "enterprise", _("企业商户")

    class Left(models.TextChoices):
        MOVED = "moved", _("搬走")
        DIED = "died", _("去世")
        CLOSED = "closed", _("停业")
        DOUBLE = "double", _("重复登记")
        WITHDREW = "withdrew", _("不愿再被联系")

    Tier = Tier

    personal = {
        "name": Personal(why=_("上门时称呼和找到人"), mask=mask_name),
        "phone": Personal(why=_("电话联系、上门前约时间"), mask=mask_phone),
        "room": Personal(why=_("上门找得到门"), mask=lambda room: "***" if room else ""),
        "remark": Personal(why=_("下次去的人需要知道的近况"), keep_days=180),
        "label": Personal(why=_("页面上默认显示的隐名"), mask=str),
    }
    plain = ("kind", "tier", "door_index", "phone_index", "source", "left_why")

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="households", verbose_name=_("红色网格"), db_index=False
    )  # household_grid begins with it
    building = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("楼栋")
    )
    kind = models.CharField(_("住户或企业"), max_length=10, choices=Kind, default=Kind.HOUSEHOLD)
    name = Sealed(_("姓名或名称"))
    phone = Sealed(_("电话"))
    room = Sealed(_("门牌"))
    remark = Sealed(_("近况"))
    remarked_on = models.DateField(
        null=True, editable=False
    )  # when `remark` was written: it is kept 180 days from then
    label = models.CharField(_("隐名"), max_length=20, editable=False)
    tier = models.CharField(_("联系档次"), max_length=8, choices=Tier, blank=True, default=Tier.NONE)
    door_index = models.CharField(max_length=40, editable=False)  # blind: the same name at the same door, entered again
    phone_index = models.CharField(max_length=40, blank=True, editable=False, db_index=True)
    member = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="households", verbose_name=_("联系人")
    )
    contacted_on = models.DateField(_("上次联系"), null=True, editable=False)
    next_due_on = models.DateField(_("下次联系"), null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    source = models.CharField(max_length=10, default="hand", editable=False)  # hand, sheet, visit, case
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    left_on = models.DateField(_("离开日期"), null=True, blank=True)
    left_why = models.CharField(_("为什么不再联系"), max_length=10, choices=Left, blank=True)
    erased_at = models.DateTimeField(null=True, editable=False)
    is_synthetic = models.BooleanField(_("虚构（演示用）"), default=False)

    objects = HouseholdQuerySet.as_manager()
    get_tier_display = shows("tier", Tier)
    get_kind_display = shows("kind", Kind)

    class Meta:
        verbose_name = _("重点户")
        indexes: ClassVar = [
            models.Index(fields=["unit", "next_due_on"], name="household_grid"),
            models.Index(fields=["next_due_on", "unit"], condition=Q(left_on=None), name="household_due"),
            models.Index(fields=["remarked_on"], condition=Q(remarked_on__isnull=False), name="household_remarked"),
            models.Index(fields=["left_on"], condition=Q(left_on__isnull=False, erased_at=None), name="household_left"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["door_index"], condition=Q(left_on=None, erased_at=None), name="household_registered_once"
            )
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("household", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return ""  # a household is named in the journal by id alone

    @property
    def place(self) -> str:
        """Where, as far as a list may say: the building, else the grid."""
        return str(self.building or self.unit)

    @property
    def ground(self) -> Unit:
        """Where one must hold a permission to act on it: its building, which a keeper looks after, else its grid."""
        return self.building or self.unit

    @property
    def phone_masked(self) -> str:
        return mask_phone(self.phone)

    @property
    def is_current(self) -> bool:
        return self.left_on is None and self.erased_at is None

    @property
    def is_overdue(self) -> bool:
        return self.is_current and self.next_due_on is not None and self.next_due_on < clock.today()


class ConsentQuerySet(models.QuerySet["Consent"]):
    def valid(self, on: date) -> ConsentQuerySet:
        """Given on or before the day `on`, and not withdrawn by then."""
        return self.filter(given_on__lte=on).filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=on))


class Consent(Key):
    """What a household agreed to, by which version of the text. Withdrawn, it stays as the record that it once was given."""

    class Giver(models.TextChoices):
        SELF = "self", _("本人")
        GUARDIAN = "guardian", _("监护人")

    plain = ("covers", "given_by")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="consents", db_index=False)
    covers = models.CharField(_("同意什么"), max_length=10, choices=ConsentText.Covers)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    given_by = models.CharField(_("谁同意的"), max_length=10, choices=Giver, default=Giver.SELF)
    given_on = models.DateField(_("同意日期"))
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    withdrawn_on = models.DateField(_("撤回日期"), null=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("同意记录")
        indexes: ClassVar = [models.Index(fields=["household", "covers"], name="consent_household")]

    @property
    def journal_label(self) -> str:
        return ""


class Classification(Key):
    """A household belongs to a category (重点类别): which one is encrypted. Sensitive ones stand on a consent of their own and
    are deleted when it is withdrawn; the others end, and are deleted when the category's time of keeping is over.
    """

    personal = {"category": Personal(why=_("决定怎样关心这一户"), keep_days=365)}
    plain = ("category_index",)

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="classifications")
    category = Sealed(_("重点类别"))  # HouseholdCategory.code
    category_index = models.CharField(max_length=40, db_index=True, editable=False)  # blind
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, null=True, related_name="classifications")
    starts_on = models.DateField(_("自"))
    ends_on = models.DateField(_("止"), null=True)
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("所属重点类别")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["household", "category_index"], condition=Q(ends_on=None), name="classified_once"
            )
        ]

    @property
    def journal_label(self) -> str:
        return ""


class HouseholdReveal(models.Model):
    """Somebody looked behind a household's mask, and why. The journal has the act; the words stand here, where they can be erased."""

    personal = {"reason": Personal(why=_("说明为何查看住户信息，供本人查询"), keep_days=3 * 365)}
    plain = ("field",)

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="reveals", db_index=False)
    field = models.CharField(_("字段"), max_length=12)
    reason = models.CharField(_("理由"), max_length=200)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("查看住户记录")
        indexes: ClassVar = [models.Index(fields=["household", "-id"], name="household_reveal")]

    @property
    def field_label(self) -> str:
        """电话, 门牌 …; of a telling, all."""
        if self.field == "category":
            return str(_("重点类别"))
        if self.field == "all":
            return str(_("全部"))
        return str(Household._meta.get_field(self.field).verbose_name)  # type: ignore[union-attr]
