"""Persons, their accounts, the posts they hold, party members, teams, and what they are told."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, mask_id_number, mask_name, mask_phone
from jiequ.people.roles import ROLES, Reach, Role, role_choices
from jiequ.territory.models import InUnitQuerySet, Unit


class Person(Key):
    """Somebody: who holds a post, is a party member, or proposes a motion. Minimum fields; the name is masked by default."""

    personal = {
        "name": Personal(why=_("称呼和联系任职人员"), mask=mask_name),
        "phone": Personal(why=_("联系本人"), mask=mask_phone),
        "id_number": Personal(why=_("核对党员身份，仅报到时使用"), mask=mask_id_number),
        "label": Personal(why=_("页面上默认显示的隐名"), mask=str),
        "email": Personal(why=_("向本人发送通知"), mask=lambda e: e[:1] + "***"),
    }
    plain = ("name_index", "phone_index")

    name = Sealed(_("姓名"))
    phone = Sealed(_("手机号"))
    id_number = Sealed(_("身份证号"))
    email = Sealed(_("电子邮箱"))
    label = models.CharField(_("隐名"), max_length=20, editable=False)
    name_index = models.CharField(max_length=40, blank=True, editable=False, db_index=True)
    phone_index = models.CharField(max_length=40, blank=True, editable=False, db_index=True)
    is_synthetic = models.BooleanField(_("虚构（演示用）"), default=False)
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("人员")

    def __str__(self) -> str:
        return self.label

    @property
    def journal_label(self) -> str:
        return ""  # a person is named in the journal by id alone


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.select_related("person").get(username=username)


class Account(AbstractBaseUser):
    """A way to sign in. What it may do comes from its person's appointments, read once per request."""

    personal = {"username": Personal(why=_("登录"), mask=str)}
    plain = ("password",)

    username = models.CharField(_("用户名"), max_length=40, unique=True)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="account")
    is_active = models.BooleanField(_("可登录"), default=True)
    is_demo = models.BooleanField(_("演示账号"), default=False, editable=False)
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=False)

    USERNAME_FIELD = "username"
    objects = AccountManager()

    class Meta:
        verbose_name = _("账号")

    @property
    def appointments(self) -> list[Appointment]:
        """The posts in force today, with their units: one query, kept for the request."""
        if not hasattr(self, "_appointments"):
            rows = Appointment.objects.in_force().filter(person_id=self.person_id).select_related("unit")
            self._appointments = sorted(rows, key=lambda a: (ROLES[a.role].rank, a.unit.path))
        return self._appointments

    def may(self, permission: str, unit: Unit) -> bool:
        """True if a post in force gives `permission` over `unit`."""
        return self.reach(permission).holds(unit.path)

    def reach(self, permission: str) -> Reach:
        """Where `permission` is held: the paths at and below which it counts."""
        return Reach(
            ROLES[a.role].path(a.unit.path) for a in self.appointments if permission in ROLES[a.role].permissions
        )

    def holds_anywhere(self, permission: str) -> bool:
        return bool(self.reach(permission).paths)

    @property
    def is_administrator(self) -> bool:
        return any(ROLES[a.role].is_administrator for a in self.appointments)

    @property
    def has_second_factor(self) -> bool:
        """True once a TOTP device was confirmed (real time; asked only where a second factor may be needed)."""
        return bool(self.totpdevice_set.filter(confirmed=True).exists())

    # Django's admin, which holds reference tables only, asks these.
    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_active and self.is_administrator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_administrator


class AppointmentQuerySet(InUnitQuerySet):
    view_permission = "people.view_appointment"

    def in_force(self, on: Any = None) -> AppointmentQuerySet:
        """Held on the day `on`; the end date itself is the first day without the post."""
        on = on or clock.today()
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gt=on))


class Appointment(models.Model):
    """A person in a role in a unit for a time (任职). The only source of permission."""

    plain = ("role", "line", "note")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(_("职务"), max_length=20, choices=role_choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="appointments")
    line = models.CharField(_("分管业务"), max_length=30, blank=True, help_text=_("班子成员分管的“条”，如党建、综治。"))
    starts_on = models.DateField(_("任职日期"))
    ends_on = models.DateField(_("离任日期"), null=True, blank=True, help_text=_("自该日起不再任职，也不再有权限。"))
    note = models.CharField(_("备注"), max_length=100, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        indexes: ClassVar = [models.Index(fields=["unit", "role", "ends_on"], name="appointment_unit_role")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")), name="appointment_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["person", "role", "unit"], condition=Q(ends_on=None), name="appointment_held_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.role_label}"

    @property
    def definition(self) -> Role:
        return ROLES[self.role]

    @property
    def role_label(self) -> str:
        return str(ROLES[self.role].label)

    @property
    def journal_label(self) -> str:
        return str(self)


class RequiredPost(models.Model):
    """人人有岗: how many of a role each unit of a kind should have. Editable reference data."""

    plain = ("kind", "role")

    kind = models.CharField(_("单位类别"), max_length=12, choices=Unit.Kind)
    role = models.CharField(_("职务"), max_length=20, choices=role_choices)
    count = models.PositiveSmallIntegerField(_("应设人数"), default=1)

    class Meta:
        verbose_name = _("应设岗位")
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "role"], name="required_post_once")]


class MemberQuerySet(InUnitQuerySet):
    view_permission = "people.view_member"

    def reported_in(self, on: Any) -> MemberQuerySet:
        """Reported in to a red grid on or before the day `on`, and not gone by then."""
        return self.filter(reported_on__lte=on).filter(Q(left_on=None) | Q(left_on__gt=on))


class Member(models.Model):
    """A party member who has reported in (报到) to a red grid."""

    class Source(models.TextChoices):
        OFFICE = "office", _("机关党员")
        COMMUNITY = "community", _("社区党员")
        TWO_NEW = "two_new", _("“两新”组织党员")

    plain = ("source", "home_organisation", "skills", "post_category")

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="member")
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


class TeamQuerySet(InUnitQuerySet):
    view_permission = "people.view_team"


class Team(models.Model):
    """A service team of a unit."""

    plain = ("name", "purpose")

    name = models.CharField(_("名称"), max_length=60)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="teams")
    purpose = models.CharField(_("做什么"), max_length=200, blank=True)
    founded_on = models.DateField(_("成立日期"))
    disbanded_on = models.DateField(_("解散日期"), null=True, blank=True)
    persons = models.ManyToManyField(Person, related_name="teams", blank=True)
    leader = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="teams_led", null=True, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("服务队")

    def __str__(self) -> str:
        return self.name

    @property
    def journal_label(self) -> str:
        return self.name


class Notice(models.Model):
    """Something a person is told. Written in the action's transaction; the in-app copy is the row itself."""

    plain = ("subject", "body", "url")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    subject = models.CharField(max_length=120)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("通知")
        indexes: ClassVar = [
            models.Index(fields=["person", "-id"], name="notice_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
        ]


class Delivery(models.Model):
    """One notice on its way through one outside channel (the outbox)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")

    plain = ("channel", "state", "error")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=12)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("通知发送")
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="delivery_waiting")
        ]
