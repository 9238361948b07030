"""One plain function a noun, made through the real actions. A fixed cast: names that are obviously invented."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from typing import Any

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.people.actions import appoint_person, open_account, register_person
from jiequ.people.models import Account, Person
from jiequ.territory.actions import add_unit
from jiequ.territory.models import Unit

#: A Wednesday at nine, when most tests stand.
WEDNESDAY = clock.at(date(2021, 12, 1), 9)
PASSWORD = "correct horse 观澜"
_numbers = itertools.count(1)


def moment(text: str) -> datetime:
    """A wall time: moment("2021-12-01 09:00")."""
    day, _, time = text.partition(" ")
    hour, minute = (int(part) for part in (time or "09:00").split(":"))
    return clock.at(date.fromisoformat(day), hour, minute)


def unit(kind: str = "block", *, inside: Unit | None = None, name: str = "", code: str = "", **more: Any) -> Unit:
    """A unit of any kind; what it needs above it is made when `inside` is not given."""
    number = next(_numbers)
    parents = {"community": "subdistrict", "block": "community", "red_grid": "block", "building": "red_grid"}
    parents |= {"base_grid": "block", "city_grid": "block"}
    if inside is None and kind in parents:
        there = Unit.objects.filter(depth=1).first() if kind == "community" else None
        inside = there or unit(parents[kind])
    return add_unit(
        kind,
        code or f"U{number:04d}",
        name or f"{Unit.Kind(kind).label}{number}",
        inside=inside,
        by=SYSTEM,
        valid_from=more.pop("valid_from", date(2021, 1, 1)),
        **more,
    )


def person(name: str = "", *, phone: str = "", at: Unit | None = None) -> Person:
    number = next(_numbers)
    at = at or Unit.objects.filter(depth=1).first() or unit("subdistrict")
    return register_person(name or f"张试{number}", by=SYSTEM, unit=at, phone=phone, is_synthetic=True)


def account(role: str = "", at: Unit | None = None, *, name: str = "", starts_on: date | None = None) -> Account:
    """Somebody who can sign in, holding the post `role` in `at` (no post without `role`)."""
    number = next(_numbers)
    somebody = person(name, at=at)
    if role and at is not None:
        appoint_person(somebody, role, at, by=SYSTEM, starts_on=starts_on or date(2021, 1, 1))
    return open_account(somebody, f"user{number}", PASSWORD, by=SYSTEM)


def fresh(who: Account) -> Account:
    """The account as the next request reads it: posts are kept for one request only."""
    return Account.objects.select_related("person").get(pk=who.pk)


def above(below: Unit, depth: int) -> Unit:
    """The unit above `below` at `depth` (1 the subdistrict, 2 the community, 3 the block)."""
    return Unit.objects.get(path=below.path_at(depth))
