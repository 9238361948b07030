"""My own page: posts, password, second factor."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django_otp import login as otp_login
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from jiequ.core.permission import Refused
from jiequ.people.actions import change_password as change
from jiequ.people.actions import confirm_second_factor, remove_second_factor, what_is_held
from jiequ.people.forms import CodeForm, PasswordForm
from jiequ.people.middleware import FACTOR_DUE
from jiequ.people.views.access import next_address

_KEY = "totp_key"


def me(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    return render(
        request,
        "people/me.html",
        {
            "here": "me",
            "account": account,
            "posts": account.appointments,
            "member": account.person.member,
            "second_factor": account.has_second_factor,
            "sees_policy": account.holds_anywhere("overview.see_policy"),
            "manages_keys": account.holds_anywhere("api.manage_keys"),
        },
    )


def my_data(request: HttpRequest) -> HttpResponse:
    """What is kept about me, why, and who looked behind the mask (PIPL art. 45)."""
    account: Any = request.user
    context = {
        "here": "me",
        "person": account.person,
        "held": what_is_held(account.person, masked=False),
        "reveals": account.person.reveals.select_related("by", "unit").order_by("-id")[:50],
        "is_mine": True,
    }
    return render(request, "people/held.html", context)


@never_cache
@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change(account, form.cleaned_data["old"], form.cleaned_data["new"], by=account)
        except Refused as error:
            form.add_error(error.field, error.message)
        else:
            update_session_auth_hash(request, account)  # this session stays; every other one ends
            messages.success(request, _("密码已修改。别的设备上的登录已退出。"))
            return redirect("me")
    status = 422 if form.errors else 200
    return render(
        request,
        "people/change_password.html",
        {"here": "me", "form": form, "forced": account.must_change_password},
        status=status,
    )


@never_cache
def set_up_second_factor(request: HttpRequest) -> HttpResponse:
    """Show the key as a QR code and take the device into use once it gives the right digits."""
    account: Any = request.user
    if account.has_second_factor and not account.is_verified():
        return redirect("second-factor")  # the password alone must not be enough to put another device in its place
    # Until it works, the key lives in the session alone.
    key = request.session.setdefault(_KEY, random_hex())
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            device = confirm_second_factor(account, key, form.cleaned_data["code"], by=account)
        except Refused as error:
            form.add_error(error.field, error.message)
        else:
            del request.session[_KEY]
            otp_login(request, device)
            request.session.pop(FACTOR_DUE, None)
            messages.success(request, _("二次验证已启用。以后登录要再输手机上的 6 位数字。"))
            return HttpResponseRedirect(next_address(request))
    device = TOTPDevice(user=account, key=key)
    secret = device.config_url.partition("secret=")[2].partition("&")[0]
    address = f"otpauth://totp/Jiequ:{account.username}?secret={secret}&issuer=Jiequ"
    # segno writes nothing but numbers and path commands; `light` keeps the code readable on a dark page.
    drawn = segno.make(address, error="m").svg_inline(
        omitsize=True, light="#fff", svgclass="qr", lineclass=None, title=_("二维码")
    )
    context = {
        "here": "me",
        "form": form,
        "qr": mark_safe(drawn),
        "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        "forced": account.is_administrator,
    }
    return render(request, "people/second_factor_set_up.html", context, status=422 if form.errors else 200)


@require_POST
def drop_second_factor(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    remove_second_factor(account, by=account)
    messages.success(request, _("二次验证已停用。"))
    return redirect("me")
