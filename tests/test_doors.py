"""Who comes in where: every role × every page × its own and a foreign unit, as people/roles.py says.

The pages are read from the URL map, so a new page is tried by itself; what is expected of it stands in tests/doors.py and
is worked out from the policy, never copied from what the page happens to answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.people.middleware import OPEN
from jiequ.people.roles import ROLES
from tests import make, street
from tests.doors import DOORS, IN_QUERY, WAYS, Door, OfUnit
from tests.street import Street, Who

pytestmark = pytest.mark.django_db
#: What a page may answer to whoever may come in: a page, the next page, or what is wrong with an empty form.
IN = {200, 302, 400, 409, 422}
PAGES = sorted({a.name for a in street.addresses()})
OURS = [name for name in PAGES if ":" not in name]


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Street]:
    """Made once for all tests of this file, and undone with them; each request is undone by itself."""
    with django_db_blocker.unblock(), transaction.atomic(), clock.stand_at(make.WEDNESDAY):
        built = street.build()
        for who in built.people.values():
            if who.account is not None:
                client = Client()
                client.force_login(who.account, backend="jiequ.people.accounts.AccountBackend")
                who.session = client.cookies["sessionid"].value  # type: ignore[attr-defined]
        yield built
        transaction.set_rollback(True)


@pytest.fixture
def _django_db_helper(town: Street) -> None:
    """In place of pytest-django's transaction a test: the file has one, and each request its savepoint."""


def cases() -> Iterator[Any]:
    for name in OURS:
        doors = DOORS.get(name, [])
        for door in doors if isinstance(doors, list) else [doors]:
            yield pytest.param(name, door, id=f"{name}-{door.label}" if door.label else name)


def ask(who: Who, way: str, address: str, data: dict[str, Any] | None = None) -> tuple[int, str, int]:
    """(status, where to, how much the journal grew); whatever was done is undone."""
    client = Client(raise_request_exception=False)
    if who.account is not None:
        client.cookies["sessionid"] = who.session  # type: ignore[attr-defined]
    cache.clear()
    with transaction.atomic():
        before = JournalEntry.objects.count()
        answer = client.get(address) if way == "GET" else client.post(address, data or {})
        grown = JournalEntry.objects.count() - before
        transaction.set_rollback(True)
    return answer.status_code, getattr(answer, "url", ""), grown


def test_every_page_has_a_rule() -> None:
    missing = [name for name in OURS if name not in DOORS]
    assert missing == [], f"new pages {missing}: say in DOORS (tests/doors.py) who may come in, by permission and unit"
    assert sorted(set(DOORS) - set(OURS)) == [], "rules for pages that are gone"


@pytest.mark.parametrize("role", [*ROLES, "no post", "anonymous"])
@pytest.mark.parametrize(("name", "door"), list(cases()))
def test_a_page_lets_in_whom_the_policy_lets_in(town: Street, name: str, door: Door, role: str) -> None:
    who, wrong = town.people[role], []
    for place in (town.own, town.foreign_to(who)):
        args = door.args(place, who)
        args = args if isinstance(args, tuple) else (args,)
        query = f"?unit={place.block.code}" if name in IN_QUERY else door.query(place)
        for way in WAYS[door.ways]:
            address = reverse(name, args=args) + query
            status, to, grown = ask(who, way, address, door.data(place))
            at_the_gate = status == 401 or (status == 302 and to.startswith(reverse("sign-in")))  # 401: to a script
            if who.account is None and name not in OPEN:
                right = at_the_gate and not grown
            else:
                expected = door.expected(who, place, way)
                right = {
                    "in": status in IN and (not at_the_gate or name == "sign-in"),
                    "no": status == 403 and not grown,
                    "hidden": status == 404 and not grown,
                }[expected]
            if not right or (way == "GET" and grown):
                said = "sign-in" if who.account is None and name not in OPEN else expected
                wrong.append(f"{way} {address}: {status} {to} instead of {said}; {grown} entries")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", [*ROLES, "no post", "anonymous"])
def test_units_above_are_seen_from_below_and_not_touched(town: Street, role: str) -> None:
    who, wrong = town.people[role], []
    for unit in (make.above(town.own.block, 1), make.above(town.own.block, 2)):
        for name, door in DOORS.items():
            if not isinstance(door, OfUnit) or name in IN_QUERY:
                continue
            for way in WAYS[door.ways]:
                status, _to, grown = ask(who, way, reverse(name, args=door.of(unit)))
                needed = door.does if way == "POST" and door.does else door.may
                if who.account is None:
                    right = status == 302
                elif not who.sees(unit):
                    right = status == 404
                elif needed and not who.reaches(needed, unit):
                    right = status == 403 and not grown
                else:
                    right = status in IN
                if not right:
                    wrong.append(f"{way} {name} {unit.kind}: {status}, {grown} entries")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", [*ROLES, "no post", "anonymous"])
def test_reference_tables_are_the_administrators_alone(town: Street, role: str) -> None:
    who, wrong = town.people[role], []
    for each in street.addresses():
        if not each.name.startswith("admin:") or not each.route.startswith("/reference/"):
            continue
        route = each.route
        for part in {"<path:object_id>", "<int:content_type_id>", "<app_label>", "<path:url>"}:
            route = route.replace(part, "1")
        if not route.replace("/", "").replace("_", "").isalnum():
            route = "/reference/anything/"  # a regular expression: what answers below
        status, to, grown = ask(who, "GET", route)
        if who.account is None:
            right = status == 302 and to.startswith(reverse("sign-in"))
        elif who.role is not None and who.role.is_administrator:
            right = status < 500
        else:  # Django's own pages for signing in and out show nothing
            shows_nothing = each.name in {"admin:login", "admin:logout", "admin:jsi18n"}
            right = shows_nothing or status in {302, 403, 404, 405}
        if not right or grown:
            wrong.append(f"{route}: {status} {to}")
    assert not wrong, "\n".join(wrong)
