"""The cast of a scene: a subdistrict, its posts, and sessions for those who sign in. Everybody is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.sessions.backends.db import SessionStore

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.core.personal import blind, mask_name
from jiequ.council.actions import amend_rule
from jiequ.council.models import Council, DecisionRule
from jiequ.people.actions import lay_posts
from jiequ.people.models import Account, Appointment, Member, Person
from jiequ.territory.models import Unit

COMMUNITIES, BLOCKS, GRIDS = 10, 6, 2  # of each inside the one above
COUNCILLORS, MEMBERS = 9, 10  # a block, a red grid
BEGAN = date(2020, 1, 1)
_STEP = 0.004  # degrees a block is wide


@dataclass
class Town:
    """The subdistrict: its units from the top, its rule, and who signs in."""

    root: Unit
    communities: list[Unit]
    blocks: list[Unit]
    rule: DecisionRule
    heads: list[Person]
    councillors: list[list[Person]]
    accounts: dict[str, Account]


def build() -> Town:
    """191 units with boundaries, a council in each block, every post but a few filled, 1,200 members."""
    root = _unit("subdistrict", "B", "试验街道", None, 0, 0, COMMUNITIES, BLOCKS)
    communities, blocks, grids = [], [], []
    for c in range(COMMUNITIES):
        community = _unit("community", f"B{c:02}", f"试验{c + 1}社区", root, c, 0, 1, BLOCKS)
        communities.append(community)
        for b in range(BLOCKS):
            block = _unit("block", f"B{c:02}{b:02}", f"试验{c + 1}-{b + 1}街区", community, c, b, 1, 1)
            blocks.append(block)
            for g in range(GRIDS):
                name = f"试验{c + 1}-{b + 1}-{g + 1}网格"
                grids.append(_unit("red_grid", f"{block.code}{g:02}", name, block, c, b + g / GRIDS, 1, 1 / GRIDS))
    with clock.stand_at(clock.at(BEGAN)):  # a rule cannot be dated back
        rule = amend_rule(root, by=SYSTEM, name="试验规则")
    Council.objects.bulk_create([Council(unit=block, founded_on=BEGAN) for block in blocks])
    people = _People()
    office = people.hold("office", root)
    chiefs = [people.hold("chief", unit) for unit in communities]
    heads, councillors = [], []
    for number, block in enumerate(blocks):
        heads.append(people.hold("head", block))
        people.hold("adviser", block)
        if number % 7:
            people.hold("leader", block)  # some posts are vacant
        councillors.append([people.hold("councillor", block) for _ in range(COUNCILLORS)])
    for grid in grids:
        people.hold("grid_member", grid)
        for _n in range(MEMBERS):
            people.report(grid)
    people.save()
    lay_posts()
    signing = {"office": office, "chief": chiefs[0], "head": heads[0]}
    signing |= {f"councillor-{b}-{n}": p for b, found in enumerate(councillors) for n, p in enumerate(found)}
    made = [Account(username=name, person=person, password="!") for name, person in signing.items()]
    Account.objects.bulk_create(made)
    accounts = {a.username: a for a in Account.objects.select_related("person")}
    return Town(root, communities, blocks, rule, heads, councillors, accounts)


def session(account: Account) -> str:
    """The key of a session in which `account` is signed in."""
    store = SessionStore()
    store["_auth_user_id"] = str(account.pk)
    store["_auth_user_backend"] = "jiequ.people.accounts.AccountBackend"
    store["_auth_user_hash"] = account.get_session_auth_hash()
    store.create()
    return str(store.session_key)


class _People:
    """Collects rows and writes them in a few statements."""

    def __init__(self) -> None:
        self.persons: list[Person] = []
        self.posts: list[Appointment] = []
        self.members: list[Member] = []

    def hold(self, role: str, unit: Unit) -> Person:
        person = self._person()
        self.posts.append(Appointment(person=person, role=role, unit=unit, starts_on=BEGAN))
        return person

    def report(self, grid: Unit) -> None:
        self.members.append(
            Member(
                person=self._person(), unit=grid, source="community", home_organisation="试验支部", reported_on=BEGAN
            )
        )

    def _person(self) -> Person:
        number = len(self.persons) + 1
        name = f"试验{number}"
        index = blind(name, "person.name")
        person = Person(id=number << 21, name=name, label=mask_name(name), name_index=index, is_synthetic=True)
        self.persons.append(person)
        return person

    def save(self) -> None:
        Person.objects.bulk_create(self.persons, batch_size=500)
        Appointment.objects.bulk_create(self.posts, batch_size=500)
        Member.objects.bulk_create(self.members, batch_size=500)


def _unit(kind: str, code: str, name: str, inside: Unit | None, x: float, y: float, wide: float, high: float) -> Unit:
    values: dict[str, Any] = {
        "kind": kind,
        "code": code,
        "name": name,
        "valid_from": BEGAN,
        "boundary": _box(x, y, wide, high),
        "is_synthetic": True,
    }
    made: Unit = Unit.objects.add_child(inside, values) if inside else Unit.objects.add_root(values)
    return made


def _box(x: float, y: float, wide: float, high: float) -> dict[str, Any]:
    """A rectangle with ten points on each side: about what a surveyed block has."""
    left, low, w, h = 114 + x * _STEP, 22.7 + y * _STEP, wide * _STEP, high * _STEP
    edge = [i / 10 for i in range(10)]
    ring = [[left + w * e, low] for e in edge] + [[left + w, low + h * e] for e in edge]
    ring += [[left + w * (1 - e), low + h] for e in edge] + [[left, low + h * (1 - e)] for e in edge]
    ring = [[round(a, 7), round(b, 7)] for a, b in ring]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
