"""Party members who are found at the doors (摸排出党员): most of them report in some days later, and then they are among the 468."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from random import Random

from jiequ.core import clock
from jiequ.demo import texts
from jiequ.demo.cast import Block, Cast, ToBeFound
from jiequ.demo.timeline import Timeline
from jiequ.outreach.actions import decline_found, find_member, report_found
from jiequ.outreach.models import FoundMember
from jiequ.territory.models import Unit

FIRST, SPAN = date(2021, 3, 22), 200  # days in which those who report in are found
DECLINED, WAITING = 7, 3
WHYS = ("elsewhere", "leaving", "later", "elsewhere", "mistake", "leaving", "later")


class Found:
    def __init__(self, dice: Random, cast: Cast, timeline: Timeline) -> None:
        self.dice, self.cast, self.timeline = dice, cast, timeline

    def act(self) -> None:
        self.timeline.at(clock.at(FIRST, 8), self._plan)

    def _plan(self) -> None:
        people = self.cast.to_be_found
        for n, someone in enumerate(people):
            day = FIRST + timedelta(days=SPAN * n // len(people))
            self.timeline.at(clock.at(day, 10 + n % 8, n % 60), partial(self._find, someone))
        grids = [(block, grid) for block in self.cast.blocks for grid in block.grids]
        for n in range(DECLINED + WAITING):
            block, grid = (
                self.dice.choice(grids) if n != DECLINED else (self.cast.blocks[0], self.cast.blocks[0].grids[0])
            )
            day = date(2021, 4, 12) + timedelta(days=27 * n) if n < DECLINED else date(2021, 11, 26 + n - DECLINED)
            self.timeline.at(clock.at(day, 15, n), partial(self._other, block, grid, n))

    def _find(self, someone: ToBeFound) -> None:
        found = find_member(someone.grid, by=someone.block.head, name=someone.name, phone=someone.phone)
        later = clock.now() + timedelta(days=self.dice.randrange(2, 9), minutes=self.dice.randrange(200))
        self.timeline.at(later, partial(self._report, someone, found))

    def _report(self, someone: ToBeFound, found: FoundMember) -> None:
        member = report_found(found, by=someone.block.head, **someone.says)
        member.person.is_synthetic = True
        member.person.save(update_fields=["is_synthetic"])
        self.cast.welcome(someone.block, member, someone.n)

    def _other(self, block: Block, grid: Unit, n: int) -> None:
        name = self.dice.choice(texts.SURNAMES) + "".join(self.dice.choices(texts.GIVEN, k=2))
        found = find_member(grid, by=block.head, name=name, phone=f"1380000{3900 + n}")
        if n < DECLINED:
            later = clock.now() + timedelta(days=self.dice.randrange(2, 6))
            self.timeline.at(later, partial(decline_found, found, WHYS[n], by=block.head))
