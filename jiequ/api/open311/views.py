"""The endpoints. Each answers in the format its address ends with, touches no session, and is exempt from the check against
forged forms: it acts by a key, never by who is signed in."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from jiequ.api.open311 import listing
from jiequ.api.open311.answers import CONTENT_TYPES, READING, answer, open_to_readers
from jiequ.api.open311.arguments import of_body, of_query
from jiequ.api.open311.bringing import bring, key_of
from jiequ.api.open311.categories import definition_row, offered, service_row
from jiequ.api.open311.errors import Wrong, say, wrong
from jiequ.api.open311.pace import READS, SENDS, address_of, charge, take
from jiequ.api.open311.places import root
from jiequ.territory.models import Unit

#: Of these endpoints; a newer one says what has changed in them.
CHANGESET = "2026-11-23T00:00:00+08:00"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
View = Callable[..., HttpResponse]


def endpoint(*methods: str) -> Callable[[View], View]:
    """One endpoint: its methods and formats, its pace, its errors."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        def answered(request: HttpRequest, form: str, **named: str) -> HttpResponse:
            allowed = READING + (", POST" if "POST" in methods else "")
            if request.method == "OPTIONS":
                response = open_to_readers(request, HttpResponse(status=204, headers={"Allow": allowed}))
                del response["Content-Type"]
                response["Access-Control-Allow-Methods"] = READING
                response["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Type"
                response["Access-Control-Max-Age"] = "86400"
                return response
            try:
                if form not in CONTENT_TYPES:
                    raise wrong(404, _("没有这个格式：只有 xml 和 json。"))
                if request.method not in {"GET", "HEAD", *methods}:
                    raise wrong(405, _("这个地址不接受 %(method)s。") % {"method": request.method}, Allow=allowed)
                take(*_pace(request))
                return view(request, form, **named)
            except Wrong as error:
                return say(request, *error.faults, headers=error.headers)

        return answered

    return decorate


def _pace(request: HttpRequest) -> tuple[str, str, int]:
    sends = request.method == "POST"
    return ("send" if sends else "read"), address_of(request), (SENDS if sends else READS)


def _jurisdiction(request: HttpRequest, said: str = "") -> Unit | None:
    """There is one, so nobody needs to name it; whoever names another is in the wrong place."""
    said = said or of_query(request).one("jurisdiction_id")
    here = root() if said else None
    if said and (here is None or here.code != said):
        raise wrong(404, _("没有这个 jurisdiction_id：%(id)s") % {"id": said[:40]})
    return here


@endpoint()
def discovery(request: HttpRequest, form: str) -> HttpResponse:
    at = request.build_absolute_uri(reverse("open311-services", args=["xml"])).removesuffix("/services.xml")
    unit = root()
    return answer(request, "discovery", {
        "changeset": CHANGESET,
        "contact": _("%(unit)s基层治理专班") % {"unit": unit.name if unit is not None else ""},
        "key_service": _("请向%(unit)s申请接口密钥。") % {"unit": unit.name if unit is not None else ""},
        "endpoints": [{
            "specification": SPECIFICATION,
            "url": at,
            "changeset": CHANGESET,
            "type": "production" if settings.MODE == "production" else "test",
            "formats": ["text/xml", "application/json"],
        }],
    }, form=form)  # fmt: skip


@endpoint()
def services(request: HttpRequest, form: str) -> HttpResponse:
    _jurisdiction(request)
    return answer(request, "services", [service_row(category) for category in offered()], form=form)


@endpoint()
def service(request: HttpRequest, form: str, code: str) -> HttpResponse:
    _jurisdiction(request)
    category = offered().filter(code=code[:60]).first()
    if category is None:
        raise wrong(404, _("没有这个服务：%(code)s") % {"code": code[:40]})
    return answer(request, "service_definition", definition_row(category), form=form)


@endpoint("POST")
def requests(request: HttpRequest, form: str) -> HttpResponse:
    if request.method == "POST":
        return _post(request, form)
    _jurisdiction(request)
    rows = listing.listed(of_query(request))
    charge("read", address_of(request), len(rows) // 100)
    return answer(request, "service_requests", rows, form=form)


def _post(request: HttpRequest, form: str) -> HttpResponse:
    arguments = of_body(request)
    key = key_of(request, arguments)
    here = _jurisdiction(request, arguments.one("jurisdiction_id")) or root()
    if here is None:
        raise wrong(404, _("这里还没有开通街道。"))
    return answer(request, "service_requests", [bring(request, key, arguments, here)], form=form)


@endpoint()
def one_request(request: HttpRequest, form: str, request_id: str) -> HttpResponse:
    _jurisdiction(request)
    return answer(request, "service_requests", [listing.one(request_id)], form=form)


@endpoint()
def token(request: HttpRequest, form: str, token: str) -> HttpResponse:
    """POST gives an id at once and never a token; a client that always asks gets the id for itself."""
    _jurisdiction(request)
    if not listing.exists(token):
        raise wrong(404, _("没有这个 token：%(token)s") % {"token": token[:40]})
    row: dict[str, Any] = {"service_request_id": str(int(token)), "token": token}
    return answer(request, "service_requests", [row], form=form)
