"""`may` and `reach` against a plain reading of the policy, over many arrangements of posts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.db import models
from hypothesis import given, settings
from hypothesis import strategies as st

from jiequ.core.flow import Flow
from jiequ.core.permission import PUBLIC
from jiequ.people.models import Account
from jiequ.people.roles import HOUSES, KEPT_LOW, PERMISSIONS, ROLES, Reach
from jiequ.territory.models import DEPTH, Unit

LETTERS = ("0001", "0002", "000Z")
#: Every path of a small tree, five levels deep, three children each on the upper three.
PATHS = [
    "".join(steps)
    for depth in range(1, 6)
    for steps in product(*([("0001",)] + [LETTERS] * min(depth - 1, 2) + [LETTERS[:2]] * max(0, depth - 3)))
]


@dataclass
class Post:
    role: str
    unit: Unit


def _account(posts: list[Post]) -> Account:
    account = Account(username="x")
    account._appointments = posts  # type: ignore[assignment]
    return account


def _unit(path: str) -> Unit:
    return Unit(path=path, depth=len(path) // 4)


def plainly(posts: list[Post], permission: str, path: str) -> bool:
    """The policy read aloud: some post gives it, and the unit is the post's, or inside; a lifted role counts from above,
    but not for what is kept low."""
    for post in posts:
        role = ROLES[post.role]
        if permission not in role.permissions:
            continue
        steps = [post.unit.path[i : i + 4] for i in range(0, len(post.unit.path), 4)]
        if role.lifted_to and permission not in KEPT_LOW:
            steps = steps[: role.lifted_to]
        if [path[i : i + 4] for i in range(0, len(path), 4)][: len(steps)] == steps:
            return True
    return False


def _posts() -> Any:
    def place(code: str) -> Any:
        depth = DEPTH[ROLES[code].kind]
        return st.sampled_from([p for p in PATHS if len(p) == 4 * depth]).map(lambda p: Post(code, _unit(p)))

    return st.lists(st.sampled_from(sorted(ROLES)).flatmap(place), max_size=4)


@settings(max_examples=200, deadline=None)
@given(posts=_posts(), permission=st.sampled_from(sorted(PERMISSIONS)), path=st.sampled_from(PATHS))
def test_may_says_what_the_policy_says(posts: list[Post], permission: str, path: str) -> None:
    assert _account(posts).may(permission, _unit(path)) == plainly(posts, permission, path)


@settings(max_examples=60, deadline=None)
@given(posts=_posts(), permission=st.sampled_from(sorted(PERMISSIONS)))
def test_reach_holds_exactly_the_units_of_the_policy_and_no_path_twice(posts: list[Post], permission: str) -> None:
    reach = _account(posts).reach(permission)
    assert [p for p in PATHS if reach.holds(p)] == [p for p in PATHS if plainly(posts, permission, p)]
    assert not [(p, q) for p in reach.paths for q in reach.paths if p != q and p.startswith(q)]


@pytest.mark.django_db
@settings(max_examples=15, deadline=None)
@given(
    posts=_posts(), permission=st.sampled_from(["territory.view_unit", "people.view_member", "council.screen_motion"])
)
def test_the_database_agrees(posts: list[Post], permission: str) -> None:
    if not Unit.objects.exists():
        Unit.objects.bulk_create(
            Unit(path=p, depth=len(p) // 4, code=p, name=p, kind="block", valid_from="2021-01-01") for p in PATHS
        )
    reach = _account(posts).reach(permission)
    found = set(Unit.objects.filter(reach.as_q("path")).values_list("path", flat=True))
    assert found == {p for p in PATHS if plainly(posts, permission, p)}
    above = set(Unit.objects.filter(reach.as_q("path", upward=True)).values_list("path", flat=True))
    assert above == found | {p[:n] for p in found for n in range(4, len(p), 4)}


def test_nothing_reached_is_nothing_found() -> None:
    assert Reach([]).holds("0001") is False
    assert isinstance(Reach([]).as_q("path"), models.Q)


def test_every_permission_has_words_and_every_word_a_use() -> None:
    held = frozenset().union(*(role.permissions for role in ROLES.values()))
    moved = {move.may for flow in Flow.register.values() for move in flow.moves.values()}
    assert held | moved | PUBLIC.permissions == set(PERMISSIONS)
    assert {code.partition(".")[0] for code in PERMISSIONS} == set(HOUSES)
