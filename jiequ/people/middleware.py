"""Every page is closed unless listed as open here; administrators outside the demo need their second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

#: URL names that need no sign-in. A test walks the URL map and holds it against this list.
OPEN = frozenset(
    {
        "home",
        "sign-in",
        "sign-out",
        "set-language",
        "privacy",
        "public-unit",
        "public-propose",
        "public-motion",
        "public-resolution",
        "public-object",
        "public-rate",
        "health",
    }
)
#: What an administrator may reach before the second factor is given.
BEFORE_SECOND_FACTOR = frozenset({"second-factor", "second-factor-set-up", "sign-out", "set-language", "home"})


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
        if name in OPEN:
            return None
        user: Any = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if settings.MODE == "production" and name not in BEFORE_SECOND_FACTOR:
            needs_factor = user.is_administrator or user.has_second_factor
            if needs_factor and not user.is_verified():
                return redirect("second-factor")
        return None
