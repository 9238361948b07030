"""Visits on a phone that loses its network on the stairs: a page that may be kept, because nobody's data is in it, the script
that keeps it, and the key that what is written without a network is closed with."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from jiequ.core.personal import blind
from jiequ.outreach.models import SERVICES, Finding, Visit
from jiequ.people.middleware import SignedIn, for_scripts

#: Icons of how somebody was contacted, and of what a finding becomes.
MODES = {"door": "door-enter", "phone": "phone", "wechat": "brand-wechat"}
FOUND = {"case": "message-report", "wish": "gift", "motion": "users-group", "member": "user-plus"}
#: Icons that the script puts into tags.
TAGS = ("wifi-off", "cloud-upload", "alert-triangle", "circle-check", "lock", "refresh", "scale", "edit")


@never_cache  # the browser's own cache keeps nothing; the worker keeps this page by name
@require_GET
def visits_phone(request: SignedIn) -> HttpResponse:
    """The same for everybody, to the byte: households, names and who is asking come by `visits-plan`, and stay encrypted there."""
    _gate(request)
    return render(request, "outreach/visits_phone.html", {
        "modes": [(value, label, MODES[value]) for value, label in Visit.Mode.choices],
        "services": SERVICES,
        "findings": [(value, label, FOUND[value]) for value, label in Finding.Kind.choices],
        "icons": TAGS,
    })  # fmt: skip


@for_scripts
@never_cache
@require_GET
def visits_phone_key(request: SignedIn) -> JsonResponse:
    """Who is signed in, as a name that tells nothing, a fresh token, and the key that this account's visits wait under.

    The phone imports the key so that no script can read it out again, and forgets it at sign-out: what waits there can then be
    opened by nobody, until the same account signs in on that phone and is given the same key."""
    _gate(request)
    account = str(request.user.pk)
    return JsonResponse({
        "who": phone_name(account),
        "key": blind(account, "visits.phone.key"),
        "token": get_token(request),
    })  # fmt: skip


def phone_name(account: str) -> str:
    """What a phone knows an account by: tells two apart, and nothing else."""
    return blind(account, "visits.phone.who")[:20]


@require_GET
def visits_worker(request: HttpRequest) -> HttpResponse:
    """The worker of `/visits/`: it stands in that folder, so it reaches no other page."""
    path = finders.find("visits-sw.js")
    if path:
        script = Path(str(path)).read_bytes()
    elif staticfiles_storage.exists("visits-sw.js"):
        script = staticfiles_storage.open("visits-sw.js").read()
    else:
        raise Http404
    response = HttpResponse(script, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


def _gate(request: SignedIn) -> None:
    if not request.user.holds_anywhere("outreach.record_visit"):
        raise PermissionDenied
