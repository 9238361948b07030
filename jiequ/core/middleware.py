"""What is refused is answered: a body that is too large before it is read, and a rule that says no on the page it was asked from."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import loader
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

from jiequ.core.permission import Refused, through

log = logging.getLogger("jiequ.core")
OVERHEAD = 200_000  # bytes of a form around its file
#: Bodies larger than that which one process reads at a time. Each holds a thread for as long as the sender's line is slow,
#: and a quarter of the threads (site/server.py) is left for everybody else.
LARGE_AT_ONCE = 12


class BodyWithinLimit:
    """Answers 413 by the announced length alone, and 503 where too many send something large at once. It stands before
    whatever reads the body, the CSRF check first of all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.large = threading.BoundedSemaphore(LARGE_AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.UPLOAD_LIMIT + OVERHEAD and int(length) > _body_limit(request):
            return render(request, "errors/413.html", status=413)
        if not length.isdecimal() or int(length) <= OVERHEAD:
            return self.get_response(request)
        if not self.large.acquire(blocking=False):
            answer = render(request, "errors/busy.html", status=503)
            answer["Retry-After"] = "20"
            return answer
        try:
            return self.get_response(request)
        finally:
            self.large.release()


def _body_limit(request: HttpRequest) -> int:
    """What the view at this address takes, if it says so itself (core/uploads.py)."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return 0
    return int(getattr(view, "body_limit", 0))


class RefusedIsAnAnswer:
    """Views with a form catch Refused themselves, to keep what was typed. This is for the buttons."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # No address of ours holds a NUL, and PostgreSQL would answer one with an error. Forms refuse it by themselves.
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("NUL in the address")
        with through("web"):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if _means_nothing(exception):
            log.warning("%s %s: %s", request.method, request.path, type(exception).__name__)
            # Without the request: its transaction may be what broke, so nothing here may ask the database.
            return HttpResponse(loader.render_to_string("errors/400.html"), status=400)
        if not isinstance(exception, Refused):
            return None
        back = request.META.get("HTTP_REFERER", "")
        if request.method == "POST" and url_has_allowed_host_and_scheme(back, {request.get_host()}):
            messages.error(request, exception.message)
            return HttpResponseRedirect(back)
        return render(request, "errors/refused.html", {"message": exception.message}, status=409)


def _means_nothing(exception: Exception) -> bool:
    """A number that fits no column, or a NUL in a text: nothing that this product's own pages send."""
    if isinstance(exception, OverflowError | DataError):
        return True
    return isinstance(exception, ValueError) and "NUL" in str(exception)
