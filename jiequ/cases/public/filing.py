"""Telling the street something: from a code on the wall, or from a unit's page. No account, no app, no number asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from jiequ.cases import actions
from jiequ.cases.actions import Filed
from jiequ.cases.forms.public import CaseForm
from jiequ.cases.models import Case, CaseCategory, ScanPoint
from jiequ.cases.public.advice import Advice, Categories, advice
from jiequ.cases.public.spots import Spot
from jiequ.cases.routing import Routed
from jiequ.core.pace import slow_down
from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.core.personal import blind
from jiequ.core.pictures import BODY
from jiequ.core.uploads import takes_uploads
from jiequ.core.waiting import set_aside
from jiequ.core.wordings import emergency_number
from jiequ.territory.models import Unit


@never_cache
@takes_uploads(BODY)
def scan(request: HttpRequest, code: str) -> HttpResponse:
    """The form with the place filled in. A code that was revoked still leads on; its place is asked for."""
    point = get_object_or_404(ScanPoint.objects.select_related("unit").defer("unit__boundary"), code=code)
    return _form_page(request, Spot(point.unit, Case.Source.SCAN, is_filled=point.revoked_at is None))


@never_cache
@takes_uploads(BODY)
def public_case_new(request: HttpRequest, code: str) -> HttpResponse:
    """The same form for a unit without a code."""
    unit = get_object_or_404(Unit.objects.valid().defer("boundary"), code=code)
    return _form_page(request, Spot(unit))


def _form_page(request: HttpRequest, spot: Spot) -> HttpResponse:
    categories = Categories()
    options = {"places": spot.choices(), "categories": categories.choices()}
    if request.method != "POST":
        return _shown(request, spot, categories, CaseForm(**options), Advice())
    told, form = Advice(), CaseForm(request.POST, request.FILES, **options)
    try:
        if request.FILES:
            slow_down(request, "photos")  # reading them is work
    except Refused as refused:
        form = CaseForm(request.POST, **options)
        form.add_error(None, refused.message)
    if form.is_valid():
        if form.is_robot:
            return redirect(request.path)
        try:
            answer = _taken(request, spot, categories, form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            if isinstance(answer, str):
                return redirect("public-case-received", token=answer)
            told = answer
    return _shown(request, spot, categories, form, told)


def _taken(request: HttpRequest, spot: Spot, categories: Categories, data: dict[str, Any]) -> str | Advice:
    """The secret of the link where it was sent or joined; else what must be said before."""
    routed = spot.route(data)
    chosen = categories.by_code(data["category"])
    category = chosen or categories.guess(data["body"])
    if category is None:
        raise Refused(_no_categories())
    if joined := request.POST.get("join", ""):
        return _join(request, routed, joined, data)
    is_guess = chosen is None
    if "anyway" not in request.POST or (category.channel and not is_guess):
        told = advice(routed, category, data["body"], is_guess=is_guess)
        if told and not Case.objects.filter(once_key=blind(_once(data), "case.once")).exists():
            return told
    if category.channel:
        category = categories.rest or category
    return _send(request, spot, routed, category, data).secret


def _send(request: HttpRequest, spot: Spot, routed: Routed, category: CaseCategory, data: dict[str, Any]) -> Filed:
    """File it once, however often the sender presses, or tries again after the network was away."""
    slow_down(request, "case", content=data["body"])
    told: dict[str, Any] = {
        "by": PUBLIC,
        "body": data["body"],
        "kind": data["kind"],
        "place": data["place"],
        "longitude": data["longitude"],
        "latitude": data["latitude"],
        "source": spot.source,
        "is_urgent": bool(emergency_number(data["body"])),
        "name": data["name"],
        "phone": data["phone"],
        "email": data["email"],
        "photos": data["photos"],
        "once": _once(data),
    }
    with through("public"):
        try:
            return actions.file_case(routed, category, **told)
        except IntegrityError:  # the same sending came twice at the same moment, and the other was first
            return actions.file_case(routed, category, **told)


def _once(data: dict[str, Any]) -> str:
    """The sender's key with what was said: other words under the same key (the page was gone back to) are another case."""
    return f"{data['once']}:{hashlib.sha256(data['body'].encode()).hexdigest()[:16]}"


def _join(request: HttpRequest, routed: Routed, key: str, data: dict[str, Any]) -> str:
    """我也遇到: only what was shown can be joined, an open case of this block."""
    open_here = Case.objects.open().told().select_related("unit").filter(block=routed.block)
    case = get_object_or_404(open_here, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
    slow_down(request, "join")
    with through("public"):
        _joined, secret = actions.join_case(
            case, by=PUBLIC, body=data["body"], name=data["name"], phone=data["phone"],
            email=data["email"], photos=data["photos"],
            once=f"{data['once']}:{case.pk}",
        )  # fmt: skip
    return secret


def _no_categories() -> str:
    return _("这里还没有开通网上诉求。请打电话给社区，或到党群服务站当面说。")


def _shown(request: HttpRequest, spot: Spot, categories: Categories, form: CaseForm, told: Advice) -> HttpResponse:
    """The form as it is; photos that were sent already wait on our side (core/waiting.py)."""
    held = form.held if form.is_bound else []
    return render(request, "cases/public_form.html", {
        "unit": spot.block, "spot": spot, "form": form, "told": told, "categories": categories.rows,
        "kept": set_aside(held), "held": len(held), "scope": "/scan/" if spot.source == Case.Source.SCAN else request.path,
    })  # fmt: skip


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the form when the network is away. It stands at the root, because a worker reaches no further
    than its own folder; whoever registers it asks for the form's addresses alone."""
    path = finders.find("sw.js")
    if path:
        script = Path(str(path)).read_bytes()
    elif staticfiles_storage.exists("sw.js"):
        script = staticfiles_storage.open("sw.js").read()
    else:
        raise Http404
    response = HttpResponse(script, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response
