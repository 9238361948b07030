"""The people of the pilot: posts filled, 468 members reported in, a few accounts to sign in with. All invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.demo import texts
from jiequ.demo.timeline import BEGINS
from jiequ.people.actions import (
    appoint_person,
    assign_building,
    exempt_member,
    form_team,
    mark_notices_read,
    open_account,
    register_person,
    report_member,
    set_required_posts,
)
from jiequ.people.models import Account, Member, Person
from jiequ.territory.models import Unit

PASSWORD = "jiequ-demo-2021"
MEMBERS = 468
FOUND = 64  # of them are found at a door later (see outreach_found.py) and report in then
#: Sign-in names of the demo and who they are.
LOGINS = [
    ("office", "街道基层治理专班"),
    ("chief-niuhu", "牛湖社区总街长"),
    ("head-shiyi", "石一街区网格长"),
    ("adviser-shiyi", "石一街区指导员"),
    ("councillor-shiyi-1", "石一街区理事（1 至 9 号都可登录）"),
    ("member-shiyi-1", "石一街区报到党员"),
    ("worker-shizheng-1", "市政养护班，承办诉求"),
    ("worker-chengguan-1", "城管中队，承办诉求"),
    ("worker-wuye-1", "牛湖物业服务中心，承办诉求"),
    ("worker-fuwu-1", "牛湖社区服务组，承办诉求"),
    ("admin", "系统管理员"),
]
#: Of these, who handles cases without holding a post, and for whom (see cases_setup.py).
WORKERS = {
    "worker-shizheng-1": "roads",
    "worker-chengguan-1": "urban",
    "worker-wuye-1": "property",
    "worker-fuwu-1": "service",
}


@dataclass
class Block:
    """One block with those who run it, as actors."""

    unit: Unit
    community: Unit
    grids: list[Unit]
    chief: Account
    head: Account
    adviser: Account
    leader: Account
    councillors: list[Account]
    keepers: list[Account] = field(default_factory=list)
    members: list[Person] = field(default_factory=list)


@dataclass
class ToBeFound:
    """Who will be found at a door, and what they will say when they report in."""

    block: Block
    grid: Unit
    n: int
    name: str
    phone: str
    says: dict[str, Any]


class Cast:
    """Makes people, one after the other, from a seeded source."""

    def __init__(self, dice: Random, units: dict[str, Unit]) -> None:
        self.dice, self.units, self.made = dice, units, 0
        self.root = next(u for u in units.values() if u.kind == Unit.Kind.SUBDISTRICT)
        self.blocks: list[Block] = []
        self.to_be_found: list[ToBeFound] = []

    def assemble(self) -> None:
        """Fill the posts on the first morning."""
        set_required_posts(by=SYSTEM)
        self.office = self._post("office", self.root, SYSTEM)
        admin = self._post("admin", self.root, SYSTEM)
        for community in self._kind(Unit.Kind.COMMUNITY):
            chief = self._post("chief", community, self.office)
            for _ in range(2):
                self._post("deputy", community, self.office)
            for n, unit in enumerate(self.inside(Unit.Kind.BLOCK, community)):
                self.blocks.append(self._block(unit, community, chief, texts.LINES[n % len(texts.LINES)]))
        shiyi = self.blocks[0]
        named = {
            "office": self.office,
            "admin": admin,
            "chief-niuhu": shiyi.chief,
            "head-shiyi": shiyi.head,
            "adviser-shiyi": shiyi.adviser,
            **{f"councillor-shiyi-{n}": c for n, c in enumerate(shiyi.councillors, 1)},
        }
        self.accounts = named

    def open_accounts(self) -> None:
        """Accounts come last: hashing a password is slow on purpose, so only the listed names get one."""
        self.accounts["member-shiyi-1"] = Account(person=self.blocks[0].members[0])
        for username, account in self.accounts.items():
            open_account(account.person, username, PASSWORD, by=SYSTEM, is_demo=True)

    def read_notices(self) -> None:
        """Whoever can sign in has read what came before the last two days."""
        for account in Account.objects.select_related("person"):
            mark_notices_read(account)

    def report_in(self, at: Any) -> None:
        """468 members, spread over the 68 red grids; those who are not found later report in over the first weeks."""
        grids = [(b, g) for b in self.blocks for g in b.grids]
        for n in range(MEMBERS):
            block, grid = grids[n % len(grids)]
            day = BEGINS + timedelta(days=2 + self.dice.randrange(45))
            act = self._member if n < MEMBERS - FOUND else self._to_be_found
            at(clock.at(day, 9 + n % 8, n % 60), lambda act=act, block=block, grid=grid, n=n: act(block, grid, n))

    def _block(self, unit: Unit, community: Unit, chief: Account, line: str) -> Block:
        block = Block(
            unit=unit,
            community=community,
            grids=self.inside(Unit.Kind.RED_GRID, unit),
            chief=chief,
            leader=self._post("leader", unit, self.office, line=line),
            adviser=self._post("adviser", unit, self.office),
            head=self._post("head", unit, self.office),
            councillors=[self._post("councillor", unit, chief) for _ in range(9)],
        )
        for grid in block.grids:
            if self.dice.random() > 0.03:
                self._post("grid_member", grid, chief)
            for building in self.inside(Unit.Kind.BUILDING, grid):
                if self.dice.random() > 0.05:  # some buildings have no keeper yet: the vacancy is shown
                    block.keepers.append(self._post("keeper", building, chief))
        return block

    def _member(self, block: Block, grid: Unit, n: int) -> None:
        name, phone = self._name()
        person = register_person(name, by=block.head, unit=grid, phone=phone, is_synthetic=True)
        self.welcome(block, report_member(person, grid, by=block.head, **self._wishes_of(n)), n)

    def _to_be_found(self, block: Block, grid: Unit, n: int) -> None:
        name, phone = self._name()
        self.to_be_found.append(ToBeFound(block, grid, n, name, phone, self._wishes_of(n)))

    def _wishes_of(self, n: int) -> dict[str, Any]:
        source = ("office", "community", "two_new")[n % 3]
        return {
            "source": source,
            "home_organisation": self.dice.choice(texts.ORGANISATIONS[source]),
            "skills": self.dice.sample(texts.SKILLS, self.dice.randrange(3)),
            "post_category": self.dice.choice(list(Member.CATEGORIES)),
        }

    def welcome(self, block: Block, member: Member, n: int) -> None:
        """Somebody has reported in: a building to look after; a few are excused."""
        block.members.append(member.person)
        buildings = self.inside(Unit.Kind.BUILDING, member.unit)
        if buildings and not (n // 68 == 3 and n % 5 == 0):  # some buildings have nobody yet, as the page of them shows
            assign_building(member, buildings[n // 68 % len(buildings)], by=block.head)
        if n % 26 == 25:
            exempt_member(member, self.dice.choice(["illness", "away", "care", "age"]), by=block.head)

    def form_teams(self) -> None:
        names = ("578（我去帮）服务队", "“三共”党群志愿服务队", "楼道红管家", "环卫督查自管队", "商铺联盟")
        for n, block in enumerate(self.blocks):
            persons = [*self.dice.sample(block.members, 5), self.dice.choice(block.keepers).person]
            form_team(
                f"{block.unit.name}{names[n % len(names)]}", block.unit, by=block.head,
                purpose="邻里互助、环境巡查、便民服务", leader=persons[0], persons=persons,
            )  # fmt: skip

    def _post(self, role: str, unit: Unit, by: Any, line: str = "") -> Account:
        person = self.person(unit, by)
        appoint_person(person, role, unit, by=by, line=line)
        return Account(person=person)

    def person(self, unit: Unit, by: Any) -> Person:
        """Somebody with an invented name and a number from a range that no network gives out."""
        name, phone = self._name()
        return register_person(name, by=by, unit=unit, phone=phone, is_synthetic=True)

    def _name(self) -> tuple[str, str]:
        self.made += 1
        given = self.dice.choice(texts.GIVEN) + (self.dice.choice(texts.GIVEN) if self.dice.random() < 0.7 else "")
        return self.dice.choice(texts.SURNAMES) + given, f"1380000{self.made:04d}"

    def _kind(self, kind: str) -> list[Unit]:
        return [u for u in self.units.values() if u.kind == kind]

    def inside(self, kind: str, unit: Unit) -> list[Unit]:
        return [u for u in self._kind(kind) if unit.holds(u)]
