"""Accounts: a way to sign in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.core.personal import Personal
from jiequ.people.models.appointments import Appointment
from jiequ.people.models.persons import Person
from jiequ.people.roles import ROLES, Reach
from jiequ.territory.models import Unit


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
            ROLES[a.role].path(a.unit.path, permission)
            for a in self.appointments
            if permission in ROLES[a.role].permissions
        )

    def holds_anywhere(self, permission: str) -> bool:
        return bool(self.reach(permission).paths)

    @property
    def is_administrator(self) -> bool:
        return any(ROLES[a.role].is_administrator for a in self.appointments)

    @property
    def journal_label(self) -> str:
        return ""

    def rank_over(self, permission: str, unit: Unit) -> int | None:
        """The highest rank (lowest number) of the posts that give `permission` over `unit`; None where none does."""
        ranks = [
            ROLES[a.role].rank
            for a in self.appointments
            if permission in ROLES[a.role].permissions
            and unit.path.startswith(ROLES[a.role].path(a.unit.path, permission))
        ]
        return min(ranks, default=None)

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
