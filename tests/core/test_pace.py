"""How often somebody may send: a building behind one address gets through, a flood does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from jiequ.core import pace
from jiequ.core.pace import slow_down
from jiequ.core.permission import Refused


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sent(times: int, what: str = "case", *, cookie: str = "", address: str = "203.0.113.7", content: str = "") -> int:
    """How many of `times` sendings were let in; `%s` in the cookie is another browser each time."""
    went = 0
    for n in range(times):
        request = RequestFactory().post("/", REMOTE_ADDR=address)
        if cookie:
            request.COOKIES["csrftoken"] = cookie.replace("%s", str(n))
        try:
            slow_down(request, what, content=content)
        except Refused:
            continue
        went += 1
    return went


def test_a_building_behind_one_address_gets_through() -> None:
    assert sent(250, cookie="phone-%s", content="停电了") == 250


def test_a_flood_that_makes_up_browsers_is_held_by_its_address() -> None:
    assert sent(pace.AN_ADDRESS + 50, cookie="phone-%s") == pace.AN_ADDRESS
    assert sent(1, cookie="another") == 0
    assert sent(1, cookie="another", address="203.0.113.8") == 1


def test_one_browser_and_those_without_a_cookie_are_held_sooner() -> None:
    assert sent(pace.A_BROWSER + 5, cookie="phone") == pace.A_BROWSER
    assert sent(pace.WITHOUT_COOKIE + 5) == pace.WITHOUT_COOKIE
    assert sent(1, cookie="the neighbour's") == 1


def test_the_same_words_from_one_browser_are_held_soonest() -> None:
    assert sent(pace.THE_SAME + 5, cookie="phone", content="停电了") == pace.THE_SAME
    assert sent(1, cookie="phone", content="来电了") == 1


def test_joining_is_counted_apart_and_more_widely() -> None:
    assert sent(pace.A_BROWSER + 1, cookie="phone") == pace.A_BROWSER
    assert sent(400, "join", cookie="phone-%s") == 400


def test_what_is_kept_names_neither_address_nor_cookie() -> None:
    sent(1, cookie="phone", content="停电了")
    kept = "".join(cache._cache)  # type: ignore[attr-defined]
    assert "slow:case:" in kept
    assert not any(word in kept for word in ("203.0.113.7", "phone", "停电了"))
