"""Key households and enterprises of the pilot: invented, and flagged so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from jiequ.core import clock
from jiequ.demo import texts
from jiequ.demo.cast import Block, Cast
from jiequ.demo.outreach_texts import CALLED, ENTERPRISES, HOMES, WEIGHTS
from jiequ.outreach.actions import Entry, register_households, set_defaults
from jiequ.outreach.models import Household, HouseholdCategory
from jiequ.people.models import Member, Person
from jiequ.territory.models import Unit

#: How many in a red grid; in the first one, where a visitor signs in as a member, some more.
EACH, FIRST = (9, 14), 22


@dataclass
class Home:
    """A registered household, as the replay needs it."""

    pk: int
    block: Block
    grid: Unit
    tier: str
    style: str  # elder, adult, woman, rider, enterprise
    member: int | None
    until: date = date(2022, 1, 1)  # left on


class Homes:
    def __init__(self, dice: Random, cast: Cast) -> None:
        self.dice, self.cast, self.made = dice, cast, 0
        self.all: list[Home] = []
        self.doors: set[tuple[int, str]] = set()
        self.first = 0  # the red grid in which a visitor signs in as a member

    def register(self) -> None:
        set_defaults(self.cast.root, by=self.cast.office)
        self.sensitive = set(HouseholdCategory.objects.filter(is_sensitive=True).values_list("code", flat=True))
        members: dict[int, list[Person]] = {}
        for member in Member.objects.current().select_related("person").order_by("pk"):
            members.setdefault(member.unit_id, []).append(member.person)
        visitor = self.cast.blocks[0].members[0]
        self.first = Member.objects.current().get(person=visitor).unit_id
        for chief in {block.chief.person.pk: block.chief for block in self.cast.blocks}.values():
            plans: list[tuple[Home, Entry]] = []
            for block in (b for b in self.cast.blocks if b.chief is chief):
                for grid in block.grids:
                    count = FIRST if grid.pk == self.first else self.dice.randrange(*EACH)
                    plans += [self._one(block, grid, members.get(grid.pk, []), n) for n in range(count)]
            made = register_households([entry for _home, entry in plans], by=chief, is_synthetic=True)
            for (home, _entry), household in zip(plans, made, strict=True):
                home.pk = household.pk
                self.all.append(home)

    def of(self, block: Block, *styles: str) -> list[Home]:
        """Those of a block that still live there, of these kinds."""
        today = clock.today()
        return [h for h in self.all if h.block is block and h.until > today and (not styles or h.style in styles)]

    def _one(self, block: Block, grid: Unit, members: list[Person], n: int) -> tuple[Home, Entry]:
        self.made += 1
        buildings = self.cast.inside(Unit.Kind.BUILDING, grid)
        building = self.dice.choice(buildings) if buildings else None
        categories, tier, style, remarks = self.dice.choices(HOMES, WEIGHTS)[0]
        is_enterprise = n % 13 == 12
        surname = self.dice.choice(texts.SURNAMES)
        if is_enterprise:
            name, categories, tier, style = self.dice.choice(ENTERPRISES).format(s=surname), (), "quarter", "enterprise"
        elif self.dice.random() < 0.6:
            name = surname + self.dice.choice(CALLED[style])
        else:
            name = surname + "".join(self.dice.choices(texts.GIVEN, k=self.dice.choice((1, 2, 2))))
        agreed = clock.today() - timedelta(days=self.dice.randrange(1, 12))
        member = members[n % len(members)] if members and self.dice.random() < 0.6 else None
        home = Home(0, block, grid, tier, style, member.pk if member else None)
        return home, Entry(
            unit=grid, building=building, name=name, room=self._room(grid, building, is_enterprise),
            phone=f"1380000{2500 + self.made}" if self.dice.random() < 0.85 else "",
            kind=Household.Kind.ENTERPRISE if is_enterprise else Household.Kind.HOUSEHOLD, tier=tier,
            remark="" if is_enterprise or self.dice.random() < 0.35 else self.dice.choice(remarks), agreed_on=agreed,
            categories=categories, agreed_sensitive_on=agreed if self.sensitive & set(categories) else None, member=member,
        )  # fmt: skip

    def _room(self, grid: Unit, building: Unit | None, is_enterprise: bool) -> str:
        """A door where nobody of ours lives yet."""
        while True:
            low = self.dice.randrange(1, 9)
            room = f"首层{low}号铺" if is_enterprise else f"{self.dice.randrange(2, 9)}0{low}房"
            door = ((building or grid).pk, room)
            if door not in self.doors:
                self.doors.add(door)
                return room
