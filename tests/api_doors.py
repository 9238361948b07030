"""What the interfaces ask of whoever comes; tests/doors.py takes these in. Sending needs a key, which no role has: tests/api."""

from __future__ import annotations

from typing import Any

from jiequ.api.models import ApiKey
from jiequ.core import clock
from tests.doors import Door, Everybody, Held
from tests.street import Place, Who

XML = "xml"


def key(place: Place, who: Who) -> Any:
    """A key to end; of no unit, so one is enough for both places."""
    return ApiKey.objects.get_or_create(key_index="x", defaults={"label": "试用平台", "created_at": clock.now()})[0].pk


API_DOORS: dict[str, Door | list[Door]] = {
    "api-keys": Held(may="api.manage_keys", ways="get"),
    "api-key-revoke": Held(may="api.manage_keys", args=key, ways="post"),
    "open311-discovery": Everybody(args=lambda p, w: XML, ways="get"),
    "open311-services": Everybody(args=lambda p, w: XML, ways="get"),
    "open311-service": Everybody(args=lambda p, w: (p.cases["submitted"].category.code, XML), ways="get"),
    "open311-requests": Everybody(args=lambda p, w: XML, ways="get"),
    "open311-request": Everybody(args=lambda p, w: (p.cases["submitted"].pk, XML), ways="get"),
    "open311-token": Everybody(args=lambda p, w: (p.cases["submitted"].pk, XML), ways="get"),
}
