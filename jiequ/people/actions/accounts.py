"""Accounts: opening, closing, passwords, second factors."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

from axes.utils import reset as unlock
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from jiequ.core.journal import record
from jiequ.core.permission import Actor, NotAllowed, Refused, require
from jiequ.core.writing import action, lock
from jiequ.people.actions.persons import home_units
from jiequ.people.models import Account, Person

#: Printed by the demo for everybody to read; refused wherever real data may be.
DEMO_PASSWORDS = frozenset({"jiequ-demo", "jiequ-demo-2021", "guanlan-demo", "guanlan-2021", "demo-password"})
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
#: One-time passwords are read out and typed: no 0/O, 1/l/I.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@action
def open_account(
    person: Person, username: str, password: str, *, by: Actor, is_demo: bool = False, must_change: bool = False
) -> Account:
    """Let `person` sign in. The person's posts say what they may do; the account alone opens nothing.

    With `must_change` the password opens only the page where it is changed.
    """
    unit = require_over(by, "people.open_account", person)
    username = username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise Refused(_("用户名用小写字母、数字、点和短横，2 至 40 个字符。"), field="username")
    if is_demo and settings.MODE not in {"demo", "test"}:
        raise Refused(_("演示账号只能在演示环境开通。"))
    if person.erased_at:
        raise Refused(_("这位人员的信息已按本人要求删除，不能开通账号。"))
    if Account.objects.filter(username=username).exists():
        raise Refused(_("用户名“%s”已被使用，请换一个。") % username, field="username")
    if Account.objects.filter(person=person).exists():
        raise Refused(_("这位人员已经有账号。忘记密码的，请重置密码。"))
    account = Account(person=person, username=username, is_demo=is_demo, must_change_password=must_change)
    _check_password(password, account, "password")
    account.set_password(password)
    account.save(force_insert=True)
    record("open_account", account, by=by, unit=unit, person=person.pk)
    return account


@action
def close_account(account: Account, *, by: Actor) -> None:
    """Nobody can sign in with it any more; whoever is signed in is out with the next request."""
    unit = require_over(by, "people.close_account", account.person)
    if by.person_id == account.person_id:
        raise Refused(_("不能停用自己的账号，请找另一位管理员办理。"))
    if not Account.objects.filter(pk=account.pk, is_active=True).update(is_active=False):
        raise Refused(_("这个账号已经停用。"))
    account.is_active = False
    record("close_account", account, by=by, unit=unit, person=account.person_id)


@action
def reopen_account(account: Account, *, by: Actor) -> None:
    """Let a closed account sign in again."""
    unit = require_over(by, "people.open_account", account.person)
    if account.person.erased_at:
        raise Refused(_("这位人员的信息已按本人要求删除，不能开通账号。"))
    if not Account.objects.filter(pk=account.pk, is_active=False).update(is_active=True):
        raise Refused(_("这个账号已经启用。"))
    account.is_active = True
    record("reopen_account", account, by=by, unit=unit, person=account.person_id)


@action
def change_password(account: Account, old: str, new: str, *, by: Actor) -> None:
    """One's own password; every other session of the account ends."""
    _require_self(account, by)
    account_now = lock(account)
    if not account_now.check_password(old):
        raise Refused(_("原密码不对，请重新输入。"), field="old")
    if old == new:
        raise Refused(_("新密码不能和原密码一样。"), field="new")
    _check_password(new, account, "new")
    account.set_password(new)
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])
    record("change_password", account, by=by)


@action
def reset_password(account: Account, *, by: Actor) -> str:
    """A one-time password, to be shown once and changed at the next sign-in."""
    unit = require_over(by, "people.reset_password", account.person)
    password = one_time_password()
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    unlock(username=account.username)  # whoever was locked out may try again at once
    record("reset_password", account, by=by, unit=unit, person=account.person_id)
    return password


@action
def confirm_second_factor(account: Account, key: str, code: str, *, by: Actor) -> TOTPDevice:
    """Take the device that holds `key` into use once it gives the right `code`; an earlier device is replaced."""
    _require_self(account, by)
    device = TOTPDevice(user=account, key=key, name="totp", confirmed=True)
    clock_of_device = TOTP(device.bin_key)
    clock_of_device.time = time.time()  # real time: the phone knows nothing of the demo's
    if not code.isdecimal() or not clock_of_device.verify(int(code), tolerance=1):
        raise Refused(_("验证码不对。请看手机上的最新 6 位数字，并核对手机时间。"), field="code")
    device.last_t = clock_of_device.t()  # the same digits do not open twice
    account.totpdevice_set.all().delete()
    device.save(force_insert=True)
    record("confirm_second_factor", account, by=by)
    return device


@action
def remove_second_factor(account: Account, *, by: Actor) -> None:
    """Take the second factor away: one's own, or of somebody whose phone is lost (who may reset passwords)."""
    unit = None
    if by.person_id != account.person_id:
        unit = require_over(by, "people.reset_password", account.person)
    elif account.is_administrator and settings.MODE == "production":
        raise Refused(_("系统管理员必须使用二次验证。要换手机，请重新设置。"))
    account.totpdevice_set.all().delete()
    record("remove_second_factor", account, by=by, unit=unit, person=account.person_id)


@action
def note_sign_in(account: Account, *, second_factor: bool = False) -> None:
    """The journal's line for a sign-in."""
    record("sign_in", account, by=account, second_factor=second_factor)


def one_time_password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _n in range(4)) for _m in range(3))


def require_over(by: Actor, permission: str, person: Person) -> Any:
    """Require `permission` over every unit where `person` holds a post: resetting a password gives away all of them.

    Returns the unit for the journal.
    """
    units = home_units(person)
    for unit in units:
        require(by, permission, unit)
    return units[0] if units else None


def _require_self(account: Account, by: Actor) -> None:
    if by.person_id != account.person_id:
        raise NotAllowed(_("只能修改自己的密码和二次验证。"))


def _check_password(password: str, account: Account, field: str) -> None:
    if password.lower() in DEMO_PASSWORDS and settings.MODE not in {"demo", "test"}:
        raise Refused(_("这是公开的演示密码，请换一个。"), field=field)
    if password.lower() == account.username:
        raise Refused(_("密码不能和用户名一样。"), field=field)
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field=field) from None
