"""The councils of the pilot: 98 meetings held, 181 motions voted. This file plans them; sittings.py and aftermath.py act
them out, through the product's own actions."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from jiequ.council import actions
from jiequ.council.models import Motion
from jiequ.demo import texts
from jiequ.demo.aftermath import Aftermath
from jiequ.demo.cast import Block, Cast
from jiequ.demo.scripts import Script, Sitting
from jiequ.demo.sittings import Sittings
from jiequ.demo.timeline import Timeline, workday_at

HELD, VOTED, REJECTED, UNFINISHED, ADJOURNED = 98, 181, 13, 34, 7
MERGED, POSTPONED = 8, 6
#: How many meetings somebody comes late to, leaves for a while, breaks the quorum of by leaving; how many have guests.
SITTING_TWISTS = {"late": 34, "steps_out": 12, "quorum_lost": 6, "guest": 30, "moved": 3}
#: How many items are voted without somebody who stays out, and so on.
ITEM_TWISTS = {"recusal": 9, "proposed": 3, "dismissed": 2, "revote": 3, "broken_off": 2}
FIRST_MEETING, LAST_MEETING = date(2021, 2, 27), date(2021, 11, 28)


class Councils:
    def __init__(self, dice: Random, cast: Cast, timeline: Timeline) -> None:
        self.dice, self.cast, self.timeline = dice, cast, timeline
        self.at = timeline.at
        self.used: set[tuple[int, str]] = set()
        self.sittings = Sittings(dice, timeline, Aftermath(dice, timeline, cast))

    # ── the plan ─────────────────────────────────────────────────────────────────────────────────
    def plan(self) -> list[Sitting]:
        """Who meets when about what. The counts are the article's; everything they lead to is acted out."""
        blocks = self.cast.blocks
        counts = [HELD // len(blocks)] * len(blocks)
        for n in self.dice.sample(range(len(blocks)), HELD - sum(counts)):
            counts[n] += 1
        sittings = []
        span = (LAST_MEETING - FIRST_MEETING).days
        for block, count in zip(blocks, counts, strict=True):
            for n in range(count):
                day = FIRST_MEETING + timedelta(days=int(span * (n + self.dice.uniform(0.1, 0.9)) / count))
                sittings.append(Sitting(block, day))
        self._visitors_block(sittings)
        sittings.sort(key=lambda s: s.day)
        sizes = [2] * HELD
        for n in self.dice.sample(range(HELD), 2 * HELD - VOTED + 8):
            sizes[n] = 1
        for n in self.dice.sample([i for i, size in enumerate(sizes) if size == 2], 8):
            sizes[n] = 3
        for sitting, size in zip(sittings, sizes, strict=True):
            sitting.scripts = [self.script(sitting.block, sitting.day) for _ in range(size)]
        for sitting in self.dice.sample([s for s in sittings if s.day > FIRST_MEETING + timedelta(days=40)], ADJOURNED):
            sitting.adjourned_on = sitting.day - timedelta(days=8)
        self._fates([s for sitting in sittings for s in sitting.scripts])
        for sitting in self.dice.sample([s for s in sittings if s.day > date(2021, 10, 20)], POSTPONED):
            postponed = self.script(sitting.block, sitting.day)
            postponed.fate = "postpone"
            sitting.scripts.append(postponed)
        self._twist(sittings)
        return sittings

    def _visitors_block(self, sittings: list[Sitting]) -> None:
        """石一, where a visitor signs in, met lately, so that there is something to follow up on the morning after."""
        mine = [s for s in sittings if s.block is self.cast.blocks[0]]
        mine[-2].day, mine[-1].day = date(2021, 10, 27), date(2021, 11, 13)

    def script(self, block: Block, day: date) -> Script:
        weights = {"epidemic": 3, "appearance": 4, "hygiene": 5, "facilities": 6, "culture": 3}
        while True:
            category = self.dice.choices(list(weights), list(weights.values()))[0]
            words = self.dice.choice(texts.MOTIONS[category])
            place = self.dice.choice(texts.PLACES)
            title = words[0].format(p=place)
            if (block.unit.pk, title) not in self.used:
                self.used.add((block.unit.pk, title))
                filled = (title, *(w.format(p=place) for w in words[1:4]), words[4])
                return Script(block, category, filled, decided_on=day, vote=self._way())  # type: ignore[arg-type]

    def _way(self) -> str:
        return self.dice.choices(["hands", "named", "by_name", "secret"], [50, 15, 22, 13])[0]

    def _twist(self, sittings: list[Sitting]) -> None:
        """What happens in real meetings, each a few times: every one of them is on record."""
        plain = [s for s in sittings if not s.adjourned_on]
        for name, count in SITTING_TWISTS.items():
            for sitting in self.dice.sample(plain, count):
                sitting.twists.add(name)
        voted = [s for sitting in sittings for s in sitting.scripts if s.fate != "postpone"]
        early = [s for s in voted if s.fate == "conclude" and s.decided_on < date(2021, 9, 1) and not s.is_major]
        for script in self.dice.sample(early, 4):
            script.twists.add("sent_back")
        for name, count in ITEM_TWISTS.items():
            fitting = [s for s in voted if not s.twists and (name != "broken_off" or s.vote == "hands")]
            for script in self.dice.sample(fitting, count):
                script.twists.add(name)

    def _fates(self, scripts: list[Script]) -> None:
        for script in self.dice.sample([s for s in scripts if s.decided_on < date(2021, 11, 1)], REJECTED):
            script.fate = "reject"
        adopted = sorted((s for s in scripts if s.fate == "conclude"), key=lambda s: s.decided_on)
        long_runners = 8
        late = adopted[-(UNFINISHED - long_runners) :]
        early = [s for s in adopted[: -(UNFINISHED - long_runners)] if s.decided_on > date(2021, 6, 1)]
        for script in late + self.dice.sample(early, long_runners):
            script.fate = "unfinished"
        for script in self.dice.sample(scripts, MERGED):
            script.asked_twice = True

    # ── acting it out ────────────────────────────────────────────────────────────────────────────
    def act(self) -> None:
        for sitting in self.plan():
            for script in sitting.scripts:
                self._propose(script, before=sitting.adjourned_on or sitting.day)
            if sitting.adjourned_on:
                self.sittings.call(sitting, sitting.adjourned_on, quorate=False)
            self.sittings.call(sitting, sitting.day, quorate=True)

    def _propose(self, script: Script, *, before: date) -> None:
        ahead = self.dice.randrange(14, 21)
        day = max(before - timedelta(days=ahead), date(2021, 2, 3))
        self.at(clock.at(day, 8 + self.dice.randrange(12), self.dice.randrange(60)), partial(self.collect, script))
        if script.asked_twice:
            self._twice(script, day)
        self.at(workday_at(day, 10, 20, after=1), partial(self.recommend, script))
        self.at(workday_at(day, 15, 5, after=1 + self.dice.randrange(3)), partial(self.accept, script))

    def collect(self, script: Script) -> None:
        title, body, _resolution, _task, budget = script.words
        by: Any = self.dice.choice([PUBLIC, *script.block.councillors, *script.block.keepers[:4]])
        motion, _secret = actions.collect_motion(
            script.block.unit, by=by, title=title, body=body, category=script.category, budget=budget,
            name=self.dice.choice(texts.SURNAMES) + "先生" if by is PUBLIC else "",
        )  # fmt: skip
        script.pk = motion.pk

    def recommend(self, script: Script) -> None:
        actions.recommend_motion(
            script.row,
            by=script.block.head,
            recommendation=self.dice.choice(texts.RECOMMENDATIONS),
            is_major=script.is_major,
        )

    def accept(self, script: Script) -> None:
        actions.accept_motion(script.row, by=script.block.chief)

    def _twice(self, script: Script, day: date) -> None:
        """A resident asks for the same thing the next day: merged, and the resident is told with the others."""
        made: list[Motion] = []
        title, body, *_rest = script.words
        self.at(clock.at(day, 20, 30), lambda: made.append(
            actions.collect_motion(script.block.unit, by=PUBLIC, title=f"也想{title}"[:60], body=body, category=script.category)[0]
        ))  # fmt: skip
        merge = partial(actions.merge_motion, by=script.block.chief)
        self.at(workday_at(day, 10, 50, after=1), lambda: merge(made[0], into=script.row))
