"""Every page is closed unless it is listed as open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from jiequ.people.middleware import BEFORE_SECOND_FACTOR, OPEN

pytestmark = pytest.mark.django_db
VALUES = {"int": "1", "str": "x", "slug": "x", "uuid": "00000000-0000-0000-0000-000000000000", "path": "x"}


def pages(resolver: Any = None, before: str = "/") -> Iterator[tuple[str, str | None, bool]]:
    """(address with stand-in values, name, in a namespace) of every page there is."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = entry.pattern
        route = str(pattern)
        # A regular expression has no route: Django's admin has one, which answers anything below.
        address = before + (_filled(route, pattern) if hasattr(pattern, "_route") else "x/")
        if isinstance(entry, URLResolver):
            for inner, name, spaced in pages(entry, address):
                yield inner, name, spaced or bool(entry.namespace)
        elif isinstance(entry, URLPattern):
            yield address, entry.name, False


def _filled(route: str, pattern: Any) -> str:
    for name, converter in pattern.converters.items():
        kind = next(k for k in VALUES if k in type(converter).__name__.lower() or type(converter).__name__ == k)
        for start in (f"<{kind}:{name}>", f"<{name}>"):
            route = route.replace(start, VALUES[kind])
    return route


ALL = sorted(set(pages()), key=str)


def test_the_map_is_read_whole() -> None:
    names = {name for _, name, _ in ALL}
    assert len(ALL) > 40
    assert {"sign-in", "people", "person-reveal", "policy"} <= names
    assert not [address for address, _, _ in ALL if "<" in address]


@pytest.mark.parametrize(("address", "name", "spaced"), ALL, ids=[f"{n or a}" for a, n, _ in ALL])
def test_a_page_is_closed_to_strangers_unless_it_is_listed(
    client: Client, address: str, name: str | None, spaced: bool
) -> None:
    for answer in (client.get(address), client.post(address)):
        to_sign_in = answer.status_code == 302 and answer.url.startswith("/sign-in/?next=")
        if getattr(resolve(address).func, "for_scripts", False):  # a script is told so in JSON
            to_sign_in = answer.status_code == 401 and "application/json" in answer["Content-Type"]
        if name in OPEN and not spaced:
            assert not to_sign_in
        else:
            assert to_sign_in, answer.status_code


def test_every_listed_page_exists() -> None:
    names = {name for _, name, spaced in ALL if not spaced}
    assert OPEN - names == set()
    assert BEFORE_SECOND_FACTOR - names == set()


def test_a_form_that_was_sent_without_a_session_comes_back_to_its_own_page(client: Client) -> None:
    answer = client.post("/appointments/new/?unit=x", {"name": "x"})
    assert answer.url == "/sign-in/?next=/appointments/new/"
