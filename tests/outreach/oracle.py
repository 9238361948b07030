"""A small street in which everything happens at random, and its figures computed in plain Python from the same rows."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from jiequ.core import clock
from jiequ.core.measures import Period
from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import set_defaults
from jiequ.outreach.models import (
    Campaign,
    Consent,
    ConsentText,
    Coverage,
    Deed,
    FoundMember,
    Household,
    OutreachRule,
    ServiceRecord,
    Tier,
    Visit,
    Wish,
)
from jiequ.people.models import BuildingAssignment, Exemption, Member
from jiequ.territory.models import Unit
from jiequ.work.models import Task
from tests import make


class RandomStreet:
    """Two communities, three blocks, five grids, two buildings, and rows of all kinds on all days of the year."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.root = make.unit("subdistrict")
        communities = [make.unit("community", inside=self.root) for _ in range(2)]
        self.blocks = [make.unit("block", inside=c) for c in (communities[0], communities[0], communities[1])]
        self.grids = [make.unit("red_grid", inside=b) for b in (*self.blocks, *self.blocks[:2])]
        Unit.objects.filter(pk=self.grids[0].pk).update(valid_until=date(2021, 11, 15))
        Unit.objects.filter(pk=self.grids[1].pk).update(valid_from=date(2021, 10, 5))
        self.buildings = [make.unit("building", inside=g) for g in self.grids[2:4]]
        set_defaults(self.root, by=SYSTEM)
        rule = OutreachRule.objects.get()
        for unit, on, days in ((self.blocks[0], date(2021, 5, 1), 20), (self.blocks[0], date(2021, 12, 20), 9)):
            OutreachRule.objects.create(
                unit=unit, version=OutreachRule.objects.filter(unit=unit).count() + 1, effective_on=on, month_days=days
            )
        self.rule = rule
        self.units = [self.root, *communities, *self.blocks, *self.grids]
        self.persons = [make.person(at=self.root) for _ in range(14)]
        self._members()
        self._households()
        self._tasks()
        self._done()

    def day(self) -> date:
        return date(2021, 1, 5) + timedelta(days=self.dice.randrange(350))

    def maybe(self, chance: float, value: Any) -> Any:
        return value if self.dice.random() < chance else None

    def _members(self) -> None:
        dice = self.dice
        for person in self.persons[:12]:
            start = self.day()
            end = self.maybe(0.6, start + timedelta(days=dice.randrange(1, 120)))
            stays = [(start, end)]
            if end is not None:
                stays.append((end, None))
            for n, (since, until) in enumerate(stays):
                member = Member.objects.create(
                    person=person, unit=dice.choice(self.grids), source="office", home_organisation="党委",
                    reported_on=since, left_on=until,
                )  # fmt: skip
                if dice.random() < 0.6 and n == 0:
                    off = since + timedelta(days=dice.randrange(-20, 60))
                    stop = off + timedelta(days=dice.randrange(1, 50))
                    Exemption.objects.create(member=member, reason="away", starts_on=off, ends_on=stop)
                    if dice.random() < 0.5:
                        Exemption.objects.create(member=member, reason="age", starts_on=stop)
                if dice.random() < 0.5:
                    BuildingAssignment.objects.create(
                        member=member, unit=dice.choice(self.buildings), starts_on=since, ends_on=until
                    )

    def _households(self) -> None:
        dice, text = self.dice, ConsentText.objects.get(covers="contact")
        for n in range(24):
            household = Household(
                unit=dice.choice(self.grids), tier=dice.choice(Tier.values), name=f"钱试{n}", label="钱*",
                door_index=f"door{n}", registered_at=clock.at(self.day(), 9), left_on=self.maybe(0.3, self.day()),
            )  # fmt: skip
            household.erased_at = self.maybe(0.1, clock.at(self.day(), 9))
            household.save(force_insert=True)
            for _ in range(dice.randrange(3)):
                given = self.day()
                Consent(
                    household=household, covers=dice.choice(["contact", "contact", "sensitive"]), text=text,
                    given_on=given, recorded_at=clock.now(),
                    withdrawn_on=self.maybe(0.3, given + timedelta(days=dice.randrange(120))),
                ).save(force_insert=True)  # fmt: skip
            for _ in range(dice.randrange(6)):
                Visit(
                    household=household, unit=household.unit, on=self.day(), mode=dice.choice(Visit.Mode.values),
                    was_met=dice.random() < 0.8, tier=dice.choice([household.tier, Tier.NONE]),
                    recorded_at=clock.now(), withdrawn_at=self.maybe(0.15, clock.now()),
                ).save(force_insert=True)  # fmt: skip

    def _tasks(self) -> None:
        for _ in range(18):
            due = clock.at(self.day(), 18)
            state = self.dice.choice(["open", "open", "done", "done", "dropped"])
            ended = due + timedelta(days=self.dice.randrange(-30, 60))
            Task.objects.create(
                verb=self.dice.choice(["outreach.contact", "outreach.contact", "outreach.contact_event", "test.other"]),
                title="联系", unit=self.dice.choice(self.grids), due_at=due, opened_at=due - timedelta(days=90),
                state=state, finished_at=None if state == "open" else ended,
            )  # fmt: skip

    def _done(self) -> None:
        dice = self.dice
        for n in range(26):
            ServiceRecord.objects.create(
                person=dice.choice(self.persons), unit=dice.choice([*self.grids, self.blocks[0]]), on=self.day(),
                kind="visit", about_kind="outreach.visit", about_id=n,
            )  # fmt: skip
        for _ in range(12):
            Deed(
                unit=dice.choice(self.units), on=self.day(), title="换灯", category=dice.choice(["law", "health"]),
                recorded_at=clock.now(), withdrawn_at=self.maybe(0.2, clock.now()),
            ).save(force_insert=True)  # fmt: skip
        for n in range(12):
            claimed = self.maybe(0.7, clock.at(self.day(), 9))
            place = dice.choice(self.blocks)
            Wish(
                unit=place, claimed_in=claimed and place, year=2021, sequence=n, words="一盏灯", title="一盏灯", rule=self.rule,
                drafted_at=clock.now(), claimed_at=claimed,
                confirmed_at=claimed and self.maybe(0.6, claimed + timedelta(days=20)),
            ).save(force_insert=True)  # fmt: skip
            grid = dice.choice(self.grids)
            FoundMember(
                unit=grid, found_in=grid, name="钱试", label="钱*", found_on=self.day(),
                **dice.choice(
                    [{}, {"state": "declined", "why": "mistake", "ended_at": clock.at(self.day(), 9)},
                     {"state": "declined", "why": "later", "ended_at": clock.at(self.day(), 9)}]
                ),
            ).save(force_insert=True)  # fmt: skip
        campaign = Campaign(unit=self.root, name="疫苗接种", starts_on=date(2021, 1, 1), started_at=clock.now())
        campaign.save(force_insert=True)
        days = {(dice.choice(self.units).pk, self.day()) for _ in range(25)}
        for unit, on in days:
            Coverage(
                campaign=campaign, unit_id=unit, on=on, people=dice.choice([0, 3, 500]), recorded_at=clock.now()
            ).save(force_insert=True)


class Oracle:
    """What each figure should be, by counting rows that were read once."""

    def __init__(self) -> None:
        self.units = {u.pk: u for u in Unit.objects.all()}
        self.records = list(ServiceRecord.objects.all())
        self.tasks = list(Task.objects.all())
        self.members = list(Member.objects.prefetch_related("exemptions"))
        self.households = list(Household.objects.prefetch_related("consents", "visits"))
        self.rules = list(OutreachRule.objects.all())
        self.assignments = list(BuildingAssignment.objects.all())
        self.visits = list(Visit.objects.all())
        self.found = list(FoundMember.objects.all())
        self.deeds, self.wishes = list(Deed.objects.all()), list(Wish.objects.all())
        self.coverage = list(Coverage.objects.all())

    def expected(self, unit: Unit, p: Period) -> dict[str, int]:
        return Figures(self, unit, p).all()


class Figures:
    """Those of one unit and one period."""

    def __init__(self, rows: Oracle, unit: Unit, p: Period) -> None:
        self.rows, self.unit, self.p = rows, unit, p
        self.until = p.end + timedelta(days=1)
        self.on = min(p.end, clock.today())

    def here(self, row: Any) -> bool:
        return self.rows.units[row.unit_id].path.startswith(self.unit.path)

    def within(self, day: date | None) -> bool:
        return day is not None and self.p.start <= day <= self.p.end

    def at(self, moment: Any) -> bool:
        return moment is not None and self.within(clock.day(moment))

    def runs(self, grid: Unit) -> bool:
        verbs = ("outreach.contact", "outreach.contact_event")
        mine = [t for t in self.rows.tasks if t.unit_id == grid.pk and t.verb in verbs]
        due = [t for t in mine if self.at(t.due_at) and t.due_at < clock.now()]
        owed = [t for t in due if t.finished_at is None or clock.day(t.finished_at) > self.p.end]
        return any(r.unit_id == grid.pk and self.within(r.on) for r in self.rows.records) and not owed

    def grids(self) -> list[Unit]:
        start = self.p.start
        mine = [g for g in self.rows.units.values() if g.kind == "red_grid" and g.path.startswith(self.unit.path)]
        return [g for g in mine if g.valid_from <= start and (g.valid_until is None or g.valid_until > start)]

    def stay(self, member: Member) -> set[date]:
        end = min(member.left_on or self.until, self.until)
        days = {member.reported_on + timedelta(days=n) for n in range((end - member.reported_on).days)}
        return {d for d in days if self.within(d)}

    def is_asked(self, member: Member) -> bool:
        days = self.stay(member)
        for e in member.exemptions.all():
            days -= {d for d in days if e.starts_on <= d and (e.ends_on is None or d < e.ends_on)}
        return len(days) >= min(30, (self.p.end - self.p.start).days + 1)

    def served(self, member: Member) -> bool:
        days = self.stay(member)
        return any(r.person_id == member.person_id and r.on in days for r in self.rows.records)

    def interval(self, household: Household) -> int:
        units = self.rows.units
        path = units[household.unit_id].path
        inside = [r for r in self.rows.rules if r.effective_on <= self.on and path.startswith(units[r.unit_id].path)]
        rule = max(inside, key=lambda r: (units[r.unit_id].path, r.effective_on, r.version))
        return {"week": rule.week_days, "month": rule.month_days, "quarter": rule.quarter_days}[household.tier]

    def is_key(self, household: Household) -> bool:
        consents = [c for c in household.consents.all() if c.covers == "contact" and c.given_on <= self.on]
        agreed = any(c.withdrawn_on is None or c.withdrawn_on > self.on for c in consents)
        lives = household.left_on is None or household.left_on > self.on
        kept = household.erased_at is None or clock.day(household.erased_at) > self.p.end
        return bool(household.tier) and agreed and lives and kept and clock.day(household.registered_at) <= self.p.end

    def in_touch(self, household: Household) -> bool:
        met = [v for v in household.visits.all() if v.was_met and v.withdrawn_at is None and v.on <= self.on]
        last = max((v.on for v in met), default=None)
        return last is not None and (self.on - last).days <= self.interval(household)

    def all(self) -> dict[str, int]:
        rows, p = self.rows, self.p
        asked = [m for m in rows.members if self.here(m) and self.is_asked(m)]
        key = [h for h in rows.households if self.here(h) and self.is_key(h)]
        mine = [u for u in rows.units.values() if u.path.startswith(self.unit.path)]
        buildings = [u.pk for u in mine if u.kind == "building"]
        current = [a for a in rows.assignments if a.starts_on <= p.end and (a.ends_on is None or a.ends_on > p.end)]
        visits = [v for v in rows.visits if self.here(v) and self.within(v.on)]
        found = [f for f in rows.found if self.here(f) and self.within(f.found_on)]
        deeds = [d for d in rows.deeds if self.here(d) and self.within(d.on)]
        wishes = [w for w in rows.wishes if self.here(w)]
        return {
            "outreach.contacts": sum(v.was_met and v.withdrawn_at is None and v.tier != "" for v in visits),
            "outreach.members_found": sum(not (f.why == "mistake" and clock.day(f.ended_at) <= p.end) for f in found),
            "outreach.deeds": sum(d.withdrawn_at is None for d in deeds),
            "outreach.wishes_claimed": sum(self.at(w.claimed_at) for w in wishes),
            "outreach.wishes_fulfilled": sum(self.at(w.confirmed_at) for w in wishes),
            "outreach.coverage": sum(c.people for c in rows.coverage if self.here(c) and self.within(c.on)),
            "outreach.teams": 0,
            "outreach.grids": len(self.grids()),
            "outreach.grids_running": sum(map(self.runs, self.grids())),
            "outreach.members_active": len(asked),
            "outreach.members_serving": sum(map(self.served, asked)),
            "outreach.key_households": len(key),
            "outreach.key_households_in_touch": sum(map(self.in_touch, key)),
            "territory.buildings": len(buildings),
            "outreach.buildings_contracted": len({a.unit_id for a in current} & set(buildings)),
        }
