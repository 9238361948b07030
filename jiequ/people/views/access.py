"""Signing in and out, the second factor, and what is said to whom is locked out. Real time throughout."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django_otp import login as otp_login
from django_otp import match_token

from jiequ.people.actions import note_sign_in
from jiequ.people.forms import CodeForm, SignInForm
from jiequ.people.middleware import FACTOR_DUE


def next_address(request: HttpRequest) -> str:
    """Where to go afterwards: `next`, if it is a page of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse(settings.LOGIN_REDIRECT_URL)


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    after = next_address(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(after)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account: Any = authenticate(request, **form.cleaned_data)
        if account is not None:
            login(request, account)  # gives the session a new key
            if account.has_second_factor:
                request.session[FACTOR_DUE] = True
                return HttpResponseRedirect(f"{reverse('second-factor')}?{urlencode({'next': after})}")
            note_sign_in(account)
            return HttpResponseRedirect(after)
        # One answer for an unknown name, a closed account and a wrong password.
        form.add_error(
            None,
            _("用户名或密码不对。连续 %(times)d 次不对，账号会锁定 %(minutes)d 分钟。")
            % {"times": settings.AXES_FAILURE_LIMIT, "minutes": settings.AXES_COOLOFF_TIME * 60},
        )
    status = 422 if form.errors else 200
    return render(request, "people/sign_in.html", {"form": form, "next": request.GET.get("next", "")}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the six digits; whoever has none yet and must, sets one up."""
    account: Any = request.user
    after = next_address(request)
    if account.is_verified():
        return HttpResponseRedirect(after)
    if not account.has_second_factor:
        return redirect("second-factor-set-up")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        device = match_token(account, form.cleaned_data["code"])
        if device is not None:
            otp_login(request, device)
            request.session.pop(FACTOR_DUE, None)
            request.session.cycle_key()
            note_sign_in(account, second_factor=True)
            return HttpResponseRedirect(after)
        form.add_error("code", _("验证码不对。请等下一个 6 位数字再试；连续不对，每次要多等一会儿。"))
    status = 422 if form.errors else 200
    return render(request, "people/second_factor.html", {"form": form, "next": after}, status=status)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Said after too many failures, whether or not the name exists."""
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    return render(
        request, "people/locked_out.html", {"minutes": minutes, "times": settings.AXES_FAILURE_LIMIT}, status=429
    )
