"""Every page is closed unless listed as open here; a second factor that is due comes first, then a password that must change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.people.models import Account

#: URL names that need no sign-in. A test walks the URL map and holds it against this list.
OPEN = frozenset(
    {
        "home",
        "sign-in",
        "sign-out",
        "look",
        "set-language",
        "privacy",
        "public-unit",
        "public-transparency",
        "public-propose",
        "public-motion",
        "public-resubmit",
        "public-resolution",
        "public-object",
        "public-rate",
        "meeting-wall",
        "pulse",
        "public-objection",
        "resolution-poster",
        "scan",
        "public-case-new",
        "public-case",
        "public-case-received",
        "public-case-code",
        "service-worker",
        "visits-worker",
        "public-case-add",
        "public-case-withdraw",
        "public-case-forget",
        "public-case-rate",
        "public-case-photo",
        "wish-wall",
        "public-wishes",
        "public-wish",
        "health",
        "open311-discovery",
        "open311-services",
        "open311-service",
        "open311-requests",
        "open311-request",
        "open311-token",
        "certificate-check",
    }
)
#: What may be reached before the second factor is given.
BEFORE_SECOND_FACTOR = frozenset({"second-factor", "second-factor-set-up", "sign-out", "look"})
#: In the session of whoever has a second factor and has not given it yet.
FACTOR_DUE = "second_factor_due"


class SignedIn(HttpRequest):
    """The request as a closed page gets it: somebody is signed in, because of the gate below."""

    user: Account
    htmx: Any


def for_scripts(view: Callable[..., Any]) -> Callable[..., Any]:
    """For a view that a script asks and no person sees: whoever is not let in gets 401 and a word in JSON instead of a page to
    sign in on, so that the script can tell an ended session from an answer."""
    view.for_scripts = True  # type: ignore[attr-defined]
    return view


class ClosedUnlessListed:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        name = match.url_name if match and not match.namespaces else None
        if name in OPEN and name != "home":
            return None  # without touching the session: residents' pages stay the same for everybody
        user: Any = request.user
        if getattr(view, "for_scripts", False):
            return self.for_scripts(request, user)
        if not user.is_authenticated:
            return None if name in OPEN else redirect_to_login(_address(request))
        if name in BEFORE_SECOND_FACTOR:
            return None
        if _factor_is_due(request, user):
            return HttpResponseRedirect(f"{reverse('second-factor')}?{urlencode({'next': _address(request)})}")
        if user.must_change_password and name != "change-password":
            return redirect("change-password")
        return None

    def for_scripts(self, request: HttpRequest, user: Any) -> HttpResponse | None:
        """The same gate, in JSON."""
        if user.is_authenticated and not _factor_is_due(request, user) and not user.must_change_password:
            return None
        answer = JsonResponse({"error": _("请重新登录。"), "why": "signed-out"}, status=401)
        answer["Cache-Control"] = "no-store"
        return answer


def _factor_is_due(request: HttpRequest, user: Any) -> bool:
    """Whoever has set one up gives it; administrators outside the demo must have one."""
    if request.session.get(FACTOR_DUE):
        return not user.is_verified()
    return settings.MODE == "production" and user.is_administrator and not user.is_verified()


def _address(request: HttpRequest) -> str:
    """Where to come back to: a form that was sent cannot be sent again from here, so its page's own address."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
