"""How often one address may ask and one key may send, in each server process.

A table of fixed size, emptied every minute: no address is kept, and no flood makes it grow. Two callers may share a slot, one
in 65,536 with another; then they share their allowance for a minute.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from array import array

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from jiequ.api.open311.errors import wrong
from jiequ.core.personal import blind

WINDOW = 60  # seconds
SLOTS = 65_536
READS = 240  # a window and address; a list counts one more for each hundred of its requests
SENDS = 120  # a window and address, good key or not
KEY_SENDS = 120  # a window and key
GUESSES = 20  # wrong keys, a window and address

_lock = threading.Lock()
_counts = array("L", bytes(SLOTS * array("L").itemsize))
_window = -1


def take(what: str, who: str, allowance: int) -> None:
    """Count one `what` of `who`; raise 429 with Retry-After where the minute's allowance is used up."""
    if charge(what, who, 1) > allowance:
        seconds = WINDOW - int(time.monotonic() % WINDOW)
        raise wrong(429, _("请求太频繁，请%(n)s秒后再试。") % {"n": seconds}, **{"Retry-After": str(seconds)})


def charge(what: str, who: str, n: int) -> int:
    """Count `n`, as for a long answer; returns how much of this minute's allowance is used now."""
    global _window
    window = int(time.monotonic() // WINDOW)  # real time on purpose: it guards the machine
    slot = int(blind(f"{what}:{who}", "pace")[:8], 16) % SLOTS
    with _lock:
        if window != _window:
            _window = window
            _counts[:] = array("L", bytes(SLOTS * _counts.itemsize))
        _counts[slot] += n
        return _counts[slot]


def forget() -> None:
    """Begin a new window: for tests."""
    global _window
    with _lock:
        _window = -1


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: the last hop that our own proxy wrote; of IPv6 the network of one customer (/64)."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address
