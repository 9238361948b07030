"""A year of contacts at the doors: by tier, entered twice a week from the members' lists; some late, some not met, some who leave."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from jiequ.core import clock
from jiequ.demo.cast import Cast
from jiequ.demo.outreach_homes import Home, Homes
from jiequ.demo.outreach_texts import AWAY, NOTES, WORDS
from jiequ.demo.timeline import ENDS, Timeline
from jiequ.outreach.actions import Line, enter_visits, excuse_contact, leave_household, note_event
from jiequ.outreach.models import Household
from jiequ.people.models import Member

ENTRY = (1, 3)  # Tuesday and Thursday: what was visited until then is typed in at half past five
GAPS = {"week": (7, 7), "month": (21, 26), "quarter": (62, 84)}
#: Until when a household of these grids is left waiting, and how many grids.
NEGLECTED = ((date(2021, 6, 30), 4), (date(2021, 9, 30), 5), (date(2021, 12, 1), 4))
LEAVING, EXCUSED, EVENTS = 16, 9, 5
IDLE = 0.045  # of the members, each quarter, nobody asks why


class Visits:
    def __init__(self, dice: Random, cast: Cast, timeline: Timeline, homes: Homes) -> None:
        self.dice, self.cast, self.timeline, self.homes = dice, cast, timeline, homes
        self.served: Counter[tuple[int, int]] = Counter()  # of a person in a quarter
        self.idle: dict[tuple[int, int], bool] = {}

    def plan(self) -> None:
        """On the day the households are registered: who is visited when."""
        neglected = self._neglected()
        self._leave()
        batches: dict[tuple[date, int], list[tuple[Home, date, bool]]] = defaultdict(list)
        chiefs = {block.chief.person.pk: block.chief for block in self.cast.blocks}
        for home in self.homes.all:
            for on, met in self._days(home, neglected.get(home.pk)):
                batches[_entered(on), home.block.chief.person.pk].append((home, on, met))
        for (day, chief), visits in sorted(batches.items()):
            self.timeline.at(clock.at(day, 17, 30), partial(self._enter, chiefs[chief], visits))
        self._excuse()

    def _days(self, home: Home, waits_until: date | None) -> list[tuple[date, bool]]:
        """The days of one household's contacts, and whether somebody was met."""
        found: list[tuple[date, bool]] = []
        least, most = GAPS[home.tier]
        on = clock.today() + timedelta(days=self.dice.randrange(1, min(most, 20)))
        if home.tier == "week":  # always on a day on which it is typed in
            on = _entered(clock.today() + timedelta(days=1))
        while on <= ENDS and on < home.until:
            on = on - timedelta(days=1) if on.weekday() == 6 else on
            waits = waits_until is not None and waits_until - timedelta(days=95) < on < waits_until + timedelta(days=4)
            if not waits or not found:
                if self.dice.random() < 0.06:
                    found.append((on - timedelta(days=1), False))
                if _entered(on) <= ENDS:
                    found.append((on, True))
            on += timedelta(days=self.dice.randint(least, most))
        return [(day, met) for day, met in found if day > clock.today()]

    def _neglected(self) -> dict[int, date]:
        """Some grids leave one or two households waiting over the end of a quarter: the running rate is not 100 %."""
        found: dict[int, date] = {}
        grids = [grid for block in self.cast.blocks for grid in block.grids]
        for n, (until, count) in enumerate(NEGLECTED):
            first = [grid for grid in grids if grid.pk == self.homes.first]
            others = [grid for grid in grids if grid not in first]
            chosen = self.dice.sample(others, count) + (first if n == len(NEGLECTED) - 1 else [])
            for grid in chosen:
                homes = [h for h in self.homes.all if h.grid is grid and h.tier == "quarter" and h.pk not in found]
                found |= {home.pk: until for home in homes[: 3 if grid in first else self.dice.choice((1, 1, 2))]}
        return found

    def _enter(self, chief: Any, visits: list[tuple[Home, date, bool]]) -> None:
        """What the members have noted since the last time."""
        here: dict[int, list[int]] = defaultdict(list)
        for unit, person in Member.objects.current().order_by("pk").values_list("unit_id", "person_id"):
            here[unit].append(person)
        lines = [self._line(home, on, met, here[home.grid.pk]) for home, on, met in visits if on < home.until]
        lines = [line for line in lines if line is not None]
        if lines:
            enter_visits([line for line in lines if line], by=chief)

    def _line(self, home: Home, on: date, met: bool, members: list[int]) -> Line | None:
        if not members:
            return None
        quarter = (on.month - 1) // 3
        who = home.member if home.member in members and self.dice.random() < 0.5 else None
        if who is None or self._is_idle(who, quarter):
            able = [m for m in members if not self._is_idle(m, quarter)] or members
            who = min(able, key=lambda m: self.served[m, quarter])
        self.served[who, quarter] += 1
        visitors: tuple[int, ...] = (who,)
        if self.dice.random() < 0.2 and len(members) > 1:
            other = self.dice.choice([m for m in members if m != who])
            if not self._is_idle(other, quarter):
                visitors = (who, other)
        mode = self.dice.choices(("door", "phone", "wechat"), (72, 20, 8))[0]
        if not met:
            return Line(home.pk, on, visitors, mode=mode, note=self.dice.choice(AWAY), was_met=False)
        services, note = self._note(mode)
        return Line(home.pk, on, visitors, mode=mode, services=services, note=note)

    def _note(self, mode: str) -> tuple[tuple[str, ...], str]:
        """One line; a call or a message says less, and often nothing."""
        if self.dice.random() < (0.12 if mode == "door" else 0.3):
            return self.dice.choice(((), ("tell",), ("ask",))), ""
        while True:
            services, words = self.dice.choice(NOTES)
            if ("电话里" in words) == (mode == "phone") or "电话里" not in words:
                return services, words.format(**{name: self.dice.choice(choices) for name, choices in WORDS.items()})

    def _is_idle(self, person: int, quarter: int) -> bool:
        key = (person, quarter)
        if key not in self.idle:
            self.idle[key] = self.dice.random() < IDLE and quarter > 0
        return self.idle[key]

    def _leave(self) -> None:
        """Some move away, one or two a month."""
        for n, home in enumerate(self.dice.sample(self.homes.all[40:], LEAVING)):
            home.until = date(2021, 4, 20) + timedelta(days=14 * n)
            why = (
                "closed"
                if home.style == "enterprise"
                else ("withdrew" if n % 7 == 6 else "died" if n % 9 == 8 else "moved")
            )
            self.timeline.at(clock.at(home.until, 16), partial(self._gone, home, why))

    def _gone(self, home: Home, why: str) -> None:
        leave_household(_row(home), why, by=home.block.head)

    def _excuse(self) -> None:
        """Not this time: away, or not convenient. And once in a while something grave happens."""
        able = [h for h in self.homes.all if h.tier != "week" and h.until > ENDS]
        for n, home in enumerate(self.dice.sample(able, EXCUSED + EVENTS)):
            day = date(2021, 4, 6) + timedelta(days=15 * n)
            if n < EXCUSED:
                why = ("away", "later", "unreached")[n % 3]
                act: Any = partial(lambda home, why: excuse_contact(_row(home), why, by=home.block.head), home, why)
                self.timeline.at(clock.at(day, 10, 20), act)
            else:
                day = date(2021, 5, 11) + timedelta(days=35 * (n - EXCUSED))
                self.timeline.at(
                    clock.at(day, 9, 10), partial(lambda home: note_event(_row(home), by=home.block.head), home)
                )
                line = Line(home.pk, day, (), note="出院回家，家里有人照应，约好三天后再去。")
                self.timeline.at(clock.at(day, 17), partial(self._at_once, home, line))

    def _at_once(self, home: Home, line: Line) -> None:
        members = list(Member.objects.current().filter(unit=home.grid).values_list("person_id", flat=True))
        who = tuple(members[:1]) or (home.block.head.person.pk,)
        enter_visits([Line(line.household, line.on, who, services=("help",), note=line.note)], by=home.block.head)


def _entered(on: date) -> date:
    """The day on which a visit is typed in."""
    return next(on + timedelta(days=n) for n in range(7) if (on + timedelta(days=n)).weekday() in ENTRY)


def _row(home: Home) -> Household:
    return Household.objects.select_related("unit", "building").get(pk=home.pk)
