"""How often one address may send: a building behind one address still gets through, a flood does not."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from jiequ.core.permission import Refused
from jiequ.core.personal import blind

SENDS_AN_HOUR = 30  # per address


def slow_down(request: HttpRequest, what: str) -> None:
    """Refuse where this address has sent `what` too often within the hour."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:  # the last hop is the one that our own proxy wrote
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    key: Any = f"slow:{what}:{blind(address, 'address')}"
    try:
        sent = cache.incr(key)
    except ValueError:  # nothing was sent within the hour, or the hour has just ended
        cache.set(key, sent := 1, 3600)
    if sent > SENDS_AN_HOUR:
        raise Refused(_("这个网络一小时内提交得太多了，您写的都还在，请过一会儿再按一次。"))
