"""The pilot's requests (群众诉求·码上办): who asks for what, where and when. This file plans them; cases_intake.py, cases_work.py and
cases_after.py act them out, through the product's own actions."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import partial
from random import Random

from jiequ.cases import actions
from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.demo import texts
from jiequ.demo.cases_after import After
from jiequ.demo.cases_intake import Intake
from jiequ.demo.cases_scripts import SEASONS, Script, Topic
from jiequ.demo.cases_setup import Desk, Setup
from jiequ.demo.cases_texts_desk import SPOT_FIXES
from jiequ.demo.cases_texts_house import HOUSE
from jiequ.demo.cases_texts_people import PEOPLE
from jiequ.demo.cases_texts_street import STREET
from jiequ.demo.cases_work import Work
from jiequ.demo.cast import Block, Cast
from jiequ.demo.timeline import ENDS, Timeline
from jiequ.people.models import Account
from jiequ.territory.models import Unit

TOPICS: tuple[Topic, ...] = (*HOUSE, *STREET, *PEOPLE)
SET_UP, FIRST, LAST = date(2021, 2, 19), date(2021, 2, 22), ENDS - timedelta(days=1)
STORM = date(2021, 10, 13)
#: How many a month, from February: more and more people know the codes; the rains, the testing and the typhoons show.
BY_MONTH = (15, 40, 46, 58, 78, 52, 58, 62, 75, 64)
#: What becomes of them beside being solved. The article: over 500, all solved or answered, 70 % solved and more.
FATES = {"spot": 26, "merge": 14, "withdraw": 8, "answer": 58}
TWISTS = {
    "triage": 14,
    "object": 18,
    "redispatch": 7,
    "whistle": 36,
    "whistle_twice": 6,
    "helper": 44,
    "late": 26,
    "extend": 15,
    "pause": 11,
}
SPOT_FIXES_IN_PASSING = 182
#: How often somebody is dissatisfied once, and twice.
DISSATISFIED, TWICE = 22, 6
HOURS = (1, 0, 0, 0, 0, 0, 2, 5, 8, 9, 8, 7, 6, 4, 5, 6, 6, 7, 8, 9, 10, 8, 5, 2)
OPENERS = (
    "",
    "",
    "",
    "",
    "你好，",
    "您好，",
    "网格员你好，",
    "反映一下：",
    "社区的同志，",
    "请问有人管吗？",
    "又来麻烦你们了，",
)
CLOSERS = (
    "",
    "",
    "",
    "",
    "谢谢。",
    "麻烦了。",
    "请尽快处理！",
    "辛苦了～",
    "跟进一下，谢谢。",
    "打过一次电话没人接。",
    "希望这次能解决。",
)
TIMES = ("昨晚十一点多", "凌晨两点", "半夜", "晚上十点以后", "早上五点多", "昨天下午", "前天夜里", "今早")
#: Slips of a thumb on a phone.
SLIPS = {"已经": "己经", "天天": "甜甜", "麻烦": "麻凡", "在": "再", "的": "得", "帮忙": "邦忙"}


class Cases:
    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        self.dice, self.cast, self.timeline, self.topics = Random("cases"), cast, timeline, TOPICS
        self.used: set[str] = set()
        self.scripts: list[Script] = []
        self.callers = 0

    def act(self) -> None:
        setup = Setup(Random("handlers"), self.cast, self.timeline)
        self.desk = setup.desk
        after = After(self.dice, self.timeline, self.desk, self.cast.office)
        self.intake = Intake(self.dice, self.timeline, self.desk, Work(self.dice, self.timeline, self.desk, after))
        self.timeline.at(clock.at(SET_UP, 10), setup.act)
        self.plan()
        for script in self.scripts:
            self.intake.expect(script)
        self._spot_fixes(self.desk)

    # ── the plan ─────────────────────────────────────────────────────────────────────────────────
    def plan(self) -> None:
        blocks = self.cast.blocks
        weights = [len(b.grids) * self.dice.uniform(0.7, 1.3) * (2 if b is blocks[0] else 1) for b in blocks]
        for n, count in enumerate(BY_MONTH):
            days = [d for d in _days(2 + n) if FIRST <= d <= LAST]
            for _ in range(count):
                day = self.dice.choices(days, [3 if d.weekday() < 5 else 2 for d in days])[0]
                hour = self.dice.choices(range(24), HOURS)[0]
                block = self.dice.choices(blocks, weights)[0]
                self.scripts.append(self._script(block, day, hour, n))
        self.scripts.sort(key=lambda s: s.filed_at)
        self._fates()
        self._twists()
        for script in self.scripts:
            self._voices(script)
        self._dissatisfy()

    def _script(self, block: Block, day: date, hour: int, month: int) -> Script:
        topic = self.dice.choices(TOPICS, [t.weight * SEASONS[t.season][month] for t in TOPICS])[0]
        return self.script(block, topic, day, hour)

    def script(self, block: Block, topic: Topic, day: date, hour: int, *, saying: str = "") -> Script:
        """A request about `topic` (`saying` this), worded as nobody has worded it before."""
        texts_of = [t for t in topic.texts if saying in (t if isinstance(t, str) else t[0])]
        buildings = self._buildings(block)
        while True:
            building = self.dice.choice(buildings)
            said = self.dice.choice(texts_of)
            text, reply = said if isinstance(said, tuple) else (said, self.dice.choice(topic.replies))
            floor = self.dice.randrange(2, 9)
            where = self.dice.choice(texts.PLACES)
            house = re.sub(r"^\D+", "", building.name)
            filled = {
                "n": house,
                "f": floor,
                "g": floor + 1,
                "d": self.dice.randrange(2, 10),
                "s": where,
                "t": self.dice.choice(TIMES),
            }
            body = self._worded(text.format(**filled))
            if body in self.used:
                continue
            self.used.add(body)
            about_house = "{n}" in text
            place = (f"{house}{floor}楼" if "{f}" in text else house) if about_house else where if "{s}" in text else ""
            return Script(
                block, building if about_house or self.dice.random() < 0.5 else None, topic, body,
                reply, filled, place, clock.at(day, hour, self.dice.randrange(60)), lead=topic.lead,
            )  # fmt: skip

    def _worded(self, text: str) -> str:
        if self.dice.random() < 0.06:
            slip = self.dice.choice(list(SLIPS))
            text = text.replace(slip, SLIPS[slip], 1)
        opener, closer = self.dice.choice(OPENERS), self.dice.choice(CLOSERS)
        if text.startswith(("你好", "请问")):
            opener = ""
        if closer and text[-1] not in "。！？!?":
            text += "，"
        return f"{opener}{text}{closer}"

    def _buildings(self, block: Block) -> list[Unit]:
        return [u for u in self.cast.units.values() if u.kind == Unit.Kind.BUILDING and block.unit.holds(u)]

    def _fates(self) -> None:
        for script in self.scripts:
            if script.topic.channel:
                script.fate = "refer"
            elif script.topic.key == "unfit":
                script.fate = "decline"
        self._merge()
        self._storm()
        for fate in ("spot", "withdraw", "answer"):
            fitting = [
                s for s in self._plain() if fate == "withdraw" or (s.topic.spot if fate == "spot" else s.topic.explains)
            ]
            for script in self.dice.sample(fitting, FATES[fate]):
                script.fate = fate

    def _merge(self) -> None:
        """Somebody asks for the same thing as a neighbour the day before."""
        firsts = self.dice.sample(
            [s for s in self._plain() if s.filed_at.date() < LAST - timedelta(days=5)], FATES["merge"]
        )
        spare = [s for s in self._plain() if s not in firsts]
        for first, other in zip(firsts, self.dice.sample(spare, len(firsts)), strict=True):
            later = self.script(first.block, first.topic, first.filed_at.date(), 12)
            later.filed_at = first.filed_at + timedelta(minutes=self.dice.randrange(20, 400))
            later.building, later.fate, later.merged_with = first.building, "merge", first
            self.scripts[self.scripts.index(other)] = later
            first.twists.add("merged")
        self.scripts.sort(key=lambda s: s.filed_at)

    def _storm(self) -> None:
        """The morning after a typhoon: the community hangs what it has done in one place under one case."""
        blocks = [b for b in self.cast.blocks if b.community is self.cast.blocks[0].community][:5]
        topics = {t.key: t for t in TOPICS}
        spare = self.dice.sample([s for s in self._plain() if s.filed_at.date() > date(2021, 10, 1)], len(blocks))
        made = []
        for n, (block, other) in enumerate(zip(blocks, spare, strict=True)):
            script = self.script(block, topics["fallen_tree" if n % 2 == 0 else "flood"], STORM, 5 + n // 2)
            script.twists.add("storm")
            self.scripts[self.scripts.index(other)] = script
            made.append(script)
        self.scripts.sort(key=lambda s: s.filed_at)
        self.timeline.at(clock.at(STORM, 10, 40), partial(self.intake.adopt, made[0], made[1:]))

    def _twists(self) -> None:
        early = [s for s in self.scripts if s.fate in ("solve", "answer") and s.filed_at.date() < date(2021, 11, 12)]
        early = [s for s in early if not s.twists and s.topic.key != "praise"]
        for name, count in TWISTS.items():
            fitting = [s for s in early if not s.twists and self._fits(name, s)]
            for script in self.dice.sample(fitting, count):
                script.twists.add(name)
        for script in (s for s in self.scripts if s.fate in ("solve", "answer")):
            if "object" not in script.twists and self.dice.random() < (
                1.1 if script.twists & {"whistle", "whistle_twice"} else 0.18
            ):
                script.lead = "own"

    def _fits(self, name: str, script: Script) -> bool:
        if name in ("whistle", "whistle_twice"):
            return bool(script.topic.call)
        if name == "helper":
            return bool(script.topic.helper)
        return name != "object" or script.topic.lead not in ("service", "property")

    def _voices(self, script: Script) -> None:
        """Who asks, how they may be reached, and what they say of the answer."""
        chance = self.dice.random()
        by_desk = script.fate != "merge" and "triage" not in script.twists and chance < 0.1
        if by_desk:
            script.source = self.dice.choice(
                [Case.Source.PHONE, Case.Source.PHONE, Case.Source.VISIT, Case.Source.OFFICE]
            )
        elif script.building is None:
            script.source = Case.Source.WEB
        if by_desk or chance < 0.64:
            self.callers += 1
            script.phone = f"1380000{6000 + self.callers}"
            script.name = self.dice.choice(texts.SURNAMES) + self.dice.choice(
                ["先生", "女士", "阿姨", "师傅", self.dice.choice(texts.GIVEN)]
            )
        elif chance < 0.75:
            script.name = self.dice.choice(texts.SURNAMES) + self.dice.choice(["先生", "女士"])
        if self.dice.random() < 0.1 and script.fate in ("solve", "answer"):
            script.joined = self.dice.choice([1, 1, 1, 2, 2, 3, 4])
        self._scores(script)
        if not by_desk and self.dice.random() < 0.35:
            script.twists.add("photo")

    def _scores(self, script: Script) -> None:
        chance = self.dice.random()
        if script.phone:
            script.ways = "link" if chance < 0.48 else "call"
            rated = chance < 0.92
        else:
            rated = chance < 0.74
        weights = [66, 30] if script.fate == "solve" else [25, 55]
        script.scores = [self.dice.choices(["satisfied", "basically"], weights)[0] if rated else ""]

    def _dissatisfy(self) -> None:
        """Some are not content at first; a few not even the second time."""
        fitting = [
            s
            for s in self.scripts
            if s.fate in ("solve", "answer") and s.scores[0] and s.filed_at.date() < date(2021, 10, 25)
        ]
        for n, script in enumerate(self.dice.sample(fitting, DISSATISFIED + TWICE)):
            script.scores[:0] = ["dissatisfied"] * (2 if n < TWICE else 1)

    def _spot_fixes(self, desk: Desk) -> None:
        """Small things put right in passing, without anybody having asked: one line each."""
        for _ in range(SPOT_FIXES_IN_PASSING):
            block = self.dice.choice(self.cast.blocks)
            code, what = self.dice.choice(SPOT_FIXES)
            day = FIRST + timedelta(days=self.dice.randrange((ENDS - FIRST).days))
            by, unit = self.dice.choice([block.head, *block.keepers[:5]]), self.dice.choice([block.unit, *block.grids])
            self.timeline.at(
                clock.at(day, self.dice.randrange(8, 21), self.dice.randrange(60)),
                partial(self._fix, desk, unit, code, what, by),
            )

    def _fix(self, desk: Desk, unit: Unit, code: str, what: str, by: Account) -> None:
        actions.note_spot_fix(unit, desk.categories[code], by=by, what=what)

    def _plain(self) -> list[Script]:
        return [s for s in self.scripts if s.fate == "solve" and not s.twists and s.topic.key != "praise"]


def _days(month: int) -> list[date]:
    first = date(2021, month, 1)
    return [first + timedelta(days=n) for n in range(31) if (first + timedelta(days=n)).month == month]
