"""What a street sets up before the first code is stuck to a wall: categories, limits, who handles what, and who they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from jiequ.cases import actions
from jiequ.cases.models import CaseCategory, Handler
from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.core.pictures import Picture
from jiequ.demo import texts
from jiequ.demo.cases_pictures import pictures
from jiequ.demo.cases_scripts import Script
from jiequ.demo.cases_texts_desk import DUTIES, OWN_CATEGORIES, TEMPLATES
from jiequ.demo.cast import PASSWORD, WORKERS, Block, Cast
from jiequ.demo.timeline import Timeline
from jiequ.people.actions import open_account, register_person
from jiequ.people.models import Account, Person
from jiequ.territory.models import Unit

#: Who handles what: key, name, level. The first two are each community's, the others the street's.
LOCAL = {"property": ("物业服务中心", Handler.Level.BLOCK), "service": ("社区服务组", Handler.Level.COMMUNITY)}
STREET = {
    "roads": ("市政养护班", Handler.Level.DEPARTMENT),
    "urban": ("城管中队", Handler.Level.DEPARTMENT),
    "safety": ("安全办", Handler.Level.SUBDISTRICT),
    "water": ("水务抢修组", Handler.Level.DEPARTMENT),
    "power": ("供电抢修班", Handler.Level.DEPARTMENT),
    "sanitation": ("环卫队", Handler.Level.DEPARTMENT),
    "health": ("公共卫生专班", Handler.Level.SUBDISTRICT),
    "rental": ("出租屋综管所", Handler.Level.SUBDISTRICT),
    "market": ("市场监管所", Handler.Level.DEPARTMENT),
    "traffic": ("交警联络岗", Handler.Level.DEPARTMENT),
    "parks": ("绿化管护班", Handler.Level.DEPARTMENT),
}
#: The week in which whoever is on duty for the roads is away and somebody stands in: the National Day's.
AWAY_FROM, AWAY_UNTIL = date(2021, 10, 1), date(2021, 10, 8)


@dataclass
class Desk:
    """Who handles what in this street."""

    categories: dict[str, CaseCategory] = field(default_factory=dict)  # by code
    street: dict[str, Handler] = field(default_factory=dict)
    local: dict[tuple[str, int], Handler] = field(default_factory=dict)  # by key and community
    own: dict[int, Handler] = field(default_factory=dict)  # by block
    people: dict[int, Account] = field(default_factory=dict)  # who may hold a case, by person
    workers: dict[int, list[Account]] = field(default_factory=dict)  # by handler
    pictures: dict[str, Picture] = field(default_factory=dict)  # by topic

    def photos(self, script: Script) -> list[Picture]:
        picture = self.pictures.get(script.topic.key)
        return [picture] if picture is not None and "photo" in script.twists else []

    def handler(self, key: str, block: Block) -> Handler:
        if key == "own":
            return self.own[block.unit.pk]
        return self.street.get(key) or self.local[key, block.community.pk]


class Setup:
    def __init__(self, dice: Random, cast: Cast, timeline: Timeline) -> None:
        self.dice, self.cast, self.at = dice, cast, timeline.at
        self.desk, self.made = Desk(), 0

    def act(self) -> None:
        """All of it, on one morning."""
        root, office, desk = self.cast.root, self.cast.office, self.desk
        desk.pictures |= pictures()
        actions.set_default_limits(root, by=office)
        actions.seed_categories(by=office)
        for fields in OWN_CATEGORIES:
            actions.add_category(by=office, **fields)
        desk.categories |= {c.code: c for c in CaseCategory.objects.all()}
        for key, (name, level) in STREET.items():
            desk.street[key] = self._handler(root, name, level, by=office)
        for block in self.cast.blocks:
            self._block(block)
        self._duties()
        for name, text, code in TEMPLATES:
            actions.add_template(root, by=office, name=name, text=text, category=desk.categories.get(code))
        for block in self.cast.blocks:  # what the codes on the walls say
            houses = [u for u in self.cast.units.values() if u.kind == Unit.Kind.BUILDING and block.unit.holds(u)]
            actions.issue_points([block.unit, *houses], by=block.head)
        for username, key in WORKERS.items():
            handler = desk.handler(key, self.cast.blocks[0])
            open_account(desk.workers[handler.pk][0].person, username, PASSWORD, by=SYSTEM, is_demo=True)

    def _block(self, block: Block) -> None:
        desk = self.desk
        for key, (name, level) in LOCAL.items():
            if (key, block.community.pk) not in desk.local:
                full = block.community.name.removesuffix("社区") + name
                desk.local[key, block.community.pk] = self._handler(block.community, full, level, by=block.chief)
        desk.own[block.unit.pk] = actions.add_handler(
            block.unit, by=block.head, name=f"{block.unit.name}网格长", level=Handler.Level.BLOCK, role="head"
        )
        for account in (block.head, block.chief):
            desk.people[account.person.pk] = account

    def _handler(self, unit: Unit, name: str, level: str, *, by: Account) -> Handler:
        handler = actions.add_handler(unit, by=by, name=name, level=level)
        workers = [Account(person=self._person(unit)) for _ in range(2 + self.made % 2)]
        for worker in workers:
            actions.join_handler(handler, worker.person, by=by)
            self.desk.people[worker.person.pk] = worker
        self.desk.workers[handler.pk] = workers
        return handler

    def _person(self, unit: Unit) -> Person:
        """Invented, with a number from the range that the rest of the cast has."""
        self.made += 1
        name = self.dice.choice(texts.SURNAMES) + "".join(self.dice.choices(texts.GIVEN, k=2))
        return register_person(
            name, by=self.cast.office, unit=unit, phone=f"1380000{8000 + self.made}", is_synthetic=True
        )

    def _duties(self) -> None:
        """The duty list: what is the street's for all, what is each community's for its own; and a rota."""
        desk, office = self.desk, self.cast.office
        chiefs = {b.community.pk: (b.community, b.chief, b) for b in self.cast.blocks}
        for code, key in DUTIES.items():
            category = desk.categories[code]
            if key in STREET:
                actions.set_duty_line(self.cast.root, category, desk.street[key], by=office)
                continue
            for community, chief, block in chiefs.values():
                actions.set_duty_line(community, category, desk.handler(key, block), by=chief)
        roads = desk.street["roads"]
        first, second = (w.person for w in desk.workers[roads.pk][:2])
        duty = actions.set_rota(roads, first, starts_on=clock.today(), stand_in=second, by=office)
        self.at(clock.at(AWAY_FROM - timedelta(days=1), 17), lambda: actions.mark_away(duty, True, by=office))
        self.at(clock.at(AWAY_UNTIL, 8), lambda: actions.mark_away(duty, False, by=office))
