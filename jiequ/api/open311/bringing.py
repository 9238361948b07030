"""A request that comes in: everything about it is read and held against the rules before anything is written."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.api import actions
from jiequ.api.models import ApiKey
from jiequ.api.open311.arguments import Arguments, coordinate
from jiequ.api.open311.categories import Answered, answers_of
from jiequ.api.open311.errors import Fault, Wrong, wrong
from jiequ.api.open311.pace import GUESSES, KEY_SENDS, address_of, take
from jiequ.api.open311.places import route
from jiequ.cases.actions import Filed
from jiequ.cases.models import CaseCategory
from jiequ.cases.routing import Routed
from jiequ.core.permission import Refused, through
from jiequ.core.personal import blind
from jiequ.core.wordings import emergency_number
from jiequ.people.models import phone_form
from jiequ.territory.models import Unit

LONGEST = 4000  # characters of a description, with what was typed as attributes
ONCE = "Idempotency-Key"  # header: the same sending again files nothing


@dataclass
class Sent:
    """What a client sent, as far as it could be read."""

    category: CaseCategory | None = None
    routed: Routed | None = None
    body: str = ""
    chosen: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)
    place: str = ""
    point: tuple[float, float] | None = None  # longitude, latitude
    faults: list[Fault] = field(default_factory=list)


def key_of(request: HttpRequest, arguments: Arguments) -> ApiKey:
    """The key that was sent in the form; 403 without one. Never from the address: addresses are logged."""
    text = arguments.one("api_key")
    if not text:
        raise wrong(403, _("缺少 api_key。请把它放在表单里，不要放在地址里。"))
    key = ApiKey.objects.valid(ApiKey.Scope.OPEN311).filter(key_index=blind(text[:200], actions.PURPOSE)).first()
    if key is None:
        take("guess", address_of(request), GUESSES)
        raise wrong(403, _("api_key 不对，或者已经停用。"))
    take("key", str(key.pk), KEY_SENDS)
    return key


def bring(request: HttpRequest, key: ApiKey, arguments: Arguments, root: Unit) -> dict[str, Any]:
    """File what was sent, and say under which id; raises Wrong with all that is wrong with it."""
    sent = _read(arguments, root)
    once = _once(request, key, sent.faults)
    if sent.faults or sent.category is None or sent.routed is None:
        raise Wrong(*sent.faults)
    filed = _file(key, sent, once)
    return {
        "service_request_id": str(filed.case.pk),
        "service_notice": _notice(request, sent, filed, arguments),
        "account_id": None,
    }


def _read(arguments: Arguments, root: Unit) -> Sent:
    sent = Sent()
    code = arguments.one("service_code")
    if not code:
        sent.faults.append(Fault(400, _("缺少 service_code。")))
    elif (category := CaseCategory.objects.filter(code=code[:40], is_active=True).first()) is None:
        sent.faults.append(Fault(404, _("没有这个服务：%(code)s") % {"code": code[:40]}))
    elif category.channel:
        sent.faults.append(Fault(400, _("这类事不在这里办，请到：%(channel)s") % {"channel": category.channel}))
    else:
        sent.category = category
    _locate(arguments, root, sent)
    answered = answers_of(sent.category, arguments) if sent.category is not None else Answered()
    sent.faults += answered.faults
    sent.chosen = answered.chosen
    _words(arguments, answered.typed, sent)
    _contact(arguments, sent)
    return sent


def _locate(arguments: Arguments, root: Unit, sent: Sent) -> None:
    lat, lon = arguments.one("lat"), arguments.one("long")
    address_id, address = arguments.one("address_id"), arguments.one("address_string")
    if lat or lon:
        north, east = coordinate(lat, 90), coordinate(lon, 180)
        if north is None or east is None:
            sent.faults.append(Fault(400, _("lat、long 要一起给，写成WGS-84的度数，如 22.7211 和 114.0623。")))
            return
        sent.point = (east, north)
    elif not address_id and not address:
        sent.faults.append(Fault(400, _("缺少地点：请给 lat 和 long，或 address_string，或 address_id。")))
        return
    sent.place = address
    sent.routed = route(root, point=sent.point, address_id=address_id, address=address)
    if sent.routed is None:
        sent.faults.append(Fault(400, _("没有这个 address_id。")))


def _words(arguments: Arguments, typed: list[str], sent: Sent) -> None:
    """The body: the description, and under it what was typed as attributes. Nothing is cut off silently."""
    described = arguments.one("description").replace("\r\n", "\n")
    name = sent.category.name if sent.category is not None else ""
    sent.body = "\n".join([described or _("%(what)s（没有写情况）") % {"what": name}, *typed])
    if len(sent.body) > LONGEST:
        sent.faults.append(Fault(400, _("description 连同填写的附加问题最多%(n)s个字。") % {"n": LONGEST}))


def _contact(arguments: Arguments, sent: Sent) -> None:
    """How the resident may be reached, if they want to be; kept encrypted. device_id and account_id are not kept."""
    last, first = arguments.one("last_name"), arguments.one("first_name")
    name = f"{first} {last}".strip() if f"{first}{last}".isascii() else f"{last}{first}"
    phone, email = arguments.one("phone"), arguments.one("email")
    if len(name) > 40:
        sent.faults.append(Fault(400, _("first_name 和 last_name 一共最多40个字。")))
    if phone and not re.fullmatch(r"\+?\d{3,20}", phone_form(phone), re.ASCII):
        sent.faults.append(Fault(400, _("phone 不是电话号码。")))
    if email:
        try:
            validate_email(email[:200])
        except ValidationError:
            sent.faults.append(Fault(400, _("email 不是电子邮箱地址。")))
        if len(email) > 120:
            sent.faults.append(Fault(400, _("email 最多120个字符。")))
    sent.contact = {"name": name, "phone": phone, "email": email}


def _once(request: HttpRequest, key: ApiKey, faults: list[Fault]) -> str:
    """What tells one sending from another: the client's own header, kept apart by key. A digest, because the blind index
    does not tell case and spaces apart."""
    given = request.headers.get(ONCE, "").strip()
    if not given:
        return ""
    if len(given) > 200:
        faults.append(Fault(400, _("%(header)s 最多200个字符。") % {"header": ONCE}))
    return hashlib.sha256(f"{key.pk}:{given}".encode("utf-8", "replace")).hexdigest()


def _file(key: ApiKey, sent: Sent, once: str) -> Filed:
    assert sent.category is not None and sent.routed is not None
    longitude, latitude = sent.point or (None, None)
    more: dict[str, Any] = {
        "place": sent.place, "longitude": longitude, "latitude": latitude, "answers": sent.chosen, "once": once,
        **sent.contact,
    }  # fmt: skip
    for last in (False, True):
        try:
            with through("open311"):
                return actions.file_request(
                    key, sent.routed, sent.category, by=actions.Client(key), body=sent.body, **more
                )
        except Refused as refused:
            raise wrong(400, refused.message) from refused
        except IntegrityError:  # the same sending came twice at the same moment: now the first one is there
            if last or not once:
                raise
    raise AssertionError


def _notice(request: HttpRequest, sent: Sent, filed: Filed, arguments: Arguments) -> str:
    """What happens next, the complainant's own link, and what of the sending was not kept."""
    assert sent.routed is not None
    words = _("已收到，由%(unit)s受理。") if not sent.routed.triage else _("已收到，先核实地点，由%(unit)s受理。")
    link = request.build_absolute_uri(reverse("public-case", args=[filed.secret]))
    says = [
        words % {"unit": sent.routed.desk.name},
        _("诉求人凭此链接查看进展、补充和评价，请只交给本人：%(link)s") % {"link": link},
    ]
    if number := emergency_number(sent.body):
        says.insert(0, _("紧急情况请先拨打%(number)s。") % {"number": number})
    if arguments.one("media_url"):
        says.append(_("media_url没有保存：这里不打开别处的链接。"))
    return "\n".join(says)
