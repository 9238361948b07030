"""Deeds, campaigns, teams and what they do together."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from jiequ.core import clock
from jiequ.demo import texts
from jiequ.demo.cast import Block, Cast
from jiequ.demo.outreach_homes import Homes
from jiequ.demo.outreach_texts_deeds import ACTIVITIES, CAMPAIGNS, DEEDS, TEAM_SKILLS, TEAMS
from jiequ.demo.timeline import ENDS, Timeline
from jiequ.outreach.actions import (
    cover_households,
    cover_unit,
    hold_activity,
    plan_activity,
    record_deed,
    sign_up,
    start_campaign,
)
from jiequ.outreach.models import Activity, Campaign, Household
from jiequ.people.actions import form_team
from jiequ.people.models import Account, Person, Team

DEEDS_DONE, HELD = 116, 26
#: Of a block on a day: how many days, and about how many people.
SIZES = {"vaccination": (6, 350), "testing": (2, 1320), "sanitation": (4, 165)}


class Service:
    def __init__(self, dice: Random, cast: Cast, timeline: Timeline, homes: Homes) -> None:
        self.dice, self.cast, self.timeline, self.homes = dice, cast, timeline, homes

    def act(self) -> None:
        for n, block in enumerate(self.cast.blocks):
            day = date(2021, 4, 14) + timedelta(days=3 * n)
            self.timeline.at(clock.at(day, 15), partial(self._team, block, *TEAMS[n % len(TEAMS)]))
            if n % 3 == 0:
                later = day + timedelta(days=70)
                self.timeline.at(clock.at(later, 15), partial(self._team, block, *TEAMS[(n + 6) % len(TEAMS)]))
        self._deeds()
        for name, kind, starts, ends in CAMPAIGNS:
            begins = date.fromisoformat(starts)
            act = partial(self._campaign, name, kind, begins, date.fromisoformat(ends))
            self.timeline.at(clock.at(begins, 8, 40), act)
        for n in range(HELD):
            self.timeline.at(clock.at(date(2021, 4, 19) + timedelta(days=8 * n), 11), partial(self._activity, n))
        self.timeline.at(clock.at(date(2021, 10, 8), 14), self._every_saturday)

    def _team(self, block: Block, name: str, purpose: str) -> None:
        persons = self.dice.sample(block.members, 5)
        form_team(
            f"{block.unit.name}{name}", block.unit, by=block.head, purpose=purpose, leader=persons[0], persons=persons,
            skills=self.dice.sample(TEAM_SKILLS, 2),
        )  # fmt: skip

    # ── deeds ────────────────────────────────────────────────────────────────────────────────────
    def _deeds(self) -> None:
        begins = date(2021, 3, 5)
        for n in range(DEEDS_DONE):
            day = begins + timedelta(days=(ENDS - begins).days * n // DEEDS_DONE)
            category, title, people = DEEDS[n % len(DEEDS)]
            title = title.format(p=self.dice.choice(texts.PLACES), n=self.dice.randrange(3, 12))
            block = self.cast.blocks[n % 20] if n % 3 else self.dice.choice(self.cast.blocks)
            act = partial(self._deed, block, category, title, int(people * self.dice.uniform(0.7, 1.3)))
            self.timeline.at(clock.at(day, 17, n % 60), act)

    def _deed(self, block: Block, category: str, title: str, people: int) -> None:
        if not block.members:
            return
        persons = self.dice.sample(block.members, min(len(block.members), self.dice.randrange(1, 4)))
        team = self.dice.random() < 0.3 and Team.objects.filter(unit=block.unit).order_by("pk").last()
        record_deed(
            block.unit, by=Account(person=persons[0]), title=title, category=category, persons=persons, team=team or None,
            people=people if self.dice.random() < 0.7 else None,
        )  # fmt: skip

    # ── campaigns ────────────────────────────────────────────────────────────────────────────────
    def _campaign(self, name: str, kind: str, begins: date, ends: date) -> None:
        counts = Campaign.Counts.HOUSEHOLD if kind == "gas" else Campaign.Counts.NUMBER
        campaign = start_campaign(
            self.cast.root, by=self.cast.office, name=name, kind=kind, counts=counts, starts_on=begins, ends_on=ends
        )
        for n, block in enumerate(self.cast.blocks):
            if kind == "gas":
                self.timeline.at(clock.at(begins + timedelta(days=3 + 4 * n), 17), partial(self._tick, campaign, block))
                continue
            days, size = SIZES[kind]
            for k in range(days):
                day = begins + timedelta(days=2 + n % 4 + k * ((ends - begins).days - 8) // days)
                self.timeline.at(clock.at(day, 19, n), partial(self._cover, campaign, block, size))

    def _cover(self, campaign: Campaign, block: Block, size: int) -> None:
        people = round(size * len(block.grids) / 3.4 * self.dice.uniform(0.85, 1.15))
        helpers = self.dice.sample(block.members, min(len(block.members), self.dice.randrange(2, 6)))
        cover_unit(campaign, block.unit, by=block.head, people=people, persons=helpers)

    def _tick(self, campaign: Campaign, block: Block) -> None:
        """The households whose gas was looked at; some were counted already when a neighbour's was."""
        homes = [h.pk for h in self.homes.of(block) if self.dice.random() < 0.8]
        rows = Household.objects.current().filter(pk__in=homes).select_related("unit")
        if rows:
            cover_households(campaign, rows, by=block.head)

    # ── what they do together ────────────────────────────────────────────────────────────────────
    def _activity(self, n: int) -> None:
        block = self.cast.blocks[(3 * n + 1) % 20]
        title, says, place, minutes, limit, outcome = ACTIVITIES[n % len(ACTIVITIES)]
        starts = clock.at(clock.today() + timedelta(days=5), 9 + n % 8)
        team = Team.objects.filter(unit=block.unit).order_by("pk").first()
        (made,) = plan_activity(
            block.unit, by=block.head, title=title, says=says, place=place, starts_at=starts,
            ends_at=starts + timedelta(minutes=minutes), team=team, limit=limit,
        )  # fmt: skip
        people = self.dice.sample(block.members, min(len(block.members), self.dice.randrange(4, 9)))
        self._sign_up_and_hold(made, people, block, outcome)

    def _sign_up_and_hold(self, activity: Activity, people: list[Person], block: Block, outcome: str) -> None:
        for at, person in enumerate(people):
            act = partial(_sign, activity.pk, person, at == 0)
            self.timeline.at(clock.now() + timedelta(hours=3 * (at + 1)), act)
        came = [person for person in people if self.dice.random() < 0.88] or people[:1]
        done = activity.ends_at + timedelta(hours=1)
        self.timeline.at(done, partial(self._hold, activity.pk, block, came, people[0], outcome))

    def _hold(self, pk: int, block: Block, came: list[Person], wants: Person, outcome: str) -> None:
        activity = Activity.objects.select_related("unit", "team").get(pk=pk)
        length = (activity.ends_at - activity.starts_at).total_seconds() / 3600
        hours: dict[int, Any] = {wants.pk: length} if wants in came else {}
        hold_activity(activity, by=block.head, came=[p.pk for p in came], outcome=outcome, hours=hours)

    def _every_saturday(self) -> None:
        """石一's team meets every Saturday until the year's end."""
        block = self.cast.blocks[0]
        title, says, place, minutes, _limit, outcome = ACTIVITIES[0]
        starts: datetime = clock.at(date(2021, 10, 9), 9)
        dates = plan_activity(
            block.unit, by=block.head, title=f"周六{title}", says=says, place=place, starts_at=starts,
            ends_at=starts + timedelta(minutes=minutes), team=Team.objects.filter(unit=block.unit).order_by("pk").first(),
            limit=6, recurrence="FREQ=WEEKLY;COUNT=12",
        )  # fmt: skip
        for activity in dates:
            if activity.starts_at < clock.at(ENDS):
                self._sign_up_and_hold(activity, self.dice.sample(block.members, 5), block, outcome)


def _sign(pk: int, person: Person, wants_certificate: bool) -> None:
    activity = Activity.objects.select_related("unit", "team").get(pk=pk)
    sign_up(activity, by=Account(person=person), wants_certificate=wants_certificate)
