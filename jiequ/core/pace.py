"""How often somebody may send without an account: a building behind one address gets through, a flood does not.

In a power cut hundreds of neighbours share one address (carrier's or landlord's NAT) and tell the same thing within minutes. So
the address has a wide limit, and what sits behind it narrower ones: each browser its own, told apart by the random value that it
carries anyway to prove that a form was ours (the CSRF cookie, which names nobody), and those who carry none or say the same
words from one browser over and over a still narrower one. A flood that makes up a new cookie each time is held by the address.
No captcha, no account; only keyed hashes of address and cookie are kept, for an hour, in this process's memory.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from jiequ.core.permission import Refused
from jiequ.core.personal import blind

HOUR = 3600  # seconds
AN_ADDRESS = 300  # sendings of one kind an hour from one address
A_BROWSER = 20  # from one browser there
WITHOUT_COOKIE = 30  # from all that carry no cookie there
THE_SAME = 5  # the same words from one browser
#: What is light and comes in crowds: 我也遇到, and what follows behind one's own link.
WIDER = {"join": 4, "follow": 2, "photos": 2}


def slow_down(request: HttpRequest, what: str, *, content: str = "") -> None:
    """Refuse where `what` was sent too often within the hour: from this address, this browser, or as the same `content`.

    Refused sendings are counted as well: whoever goes on is not let in by going on.
    """
    wider = WIDER.get(what, 1)
    where = blind(address_of(request), "address")
    cookie = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    browser = f"{where}:{blind(cookie, 'browser')}" if cookie else ""
    limits = [(f"{what}:{where}", AN_ADDRESS * wider)]
    limits.append(
        (f"{what}:{browser}", A_BROWSER * wider) if browser else (f"{what}:{where}:-", WITHOUT_COOKIE * wider)
    )
    if content and browser:
        limits.append((f"{what}:{browser}:{blind(content, 'content')}", THE_SAME))
    for key, most in limits:  # the address first: beyond its limit nothing more is remembered
        if _count(key) > most:
            raise Refused(_("这个网络一小时内提交得太多了，您写的都还在，请过一会儿再按一次。"))


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; behind our own proxy the last hop is the one that it wrote."""
    address: str = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    return address


def _count(key: str) -> int:
    """How often within the hour, this time included."""
    slow: Any = f"slow:{key}"
    try:
        return int(cache.incr(slow))
    except ValueError:  # not within the hour, or the hour has just ended
        cache.set(slow, 1, HOUR)
        return 1
