"""Beside the voted motions: what was screened out, and what is on its way on the last day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from jiequ.council import actions
from jiequ.council.models import Meeting, Motion
from jiequ.demo import texts
from jiequ.demo.cast import Block
from jiequ.demo.councils import Councils
from jiequ.demo.scripts import Sitting
from jiequ.demo.timeline import ENDS, OPENS, workday_at


class Beside:
    def __init__(self, councils: Councils) -> None:
        self.councils, self.dice, self.at = councils, councils.dice, councils.at

    def act(self) -> None:
        self._unvoted()
        self._tomorrow()

    def _unvoted(self) -> None:
        """Returned, referred, merged and postponed motions: normal outcomes that are not counted as voted."""
        for n, (title, body, reason, to) in enumerate(texts.NOT_OURS * 2):
            block = self.councils.cast.blocks[(3 * n) % len(self.councils.cast.blocks)]
            point = partial(actions.recommend_motion, recommendation=reason, move="refer", referred_to=to)
            refer = partial(actions.refer_motion, reason=reason, referred_to=to)
            owners = to == "业主大会" and n < 3
            self._screened_out(block, n, title, body, point, refer, self._owners_decide if owners else None)
        for n, (title, body, reason) in enumerate(texts.VAGUE * 3):
            block = self.councils.cast.blocks[(3 * n + 1) % len(self.councils.cast.blocks)]
            point = partial(actions.recommend_motion, recommendation=reason, move="return")
            self._screened_out(block, n, title, body, point, partial(actions.return_motion, reason=reason))
        for n, (title, body, answer) in enumerate(texts.QUICK * 3):
            self._quick(self.councils.cast.blocks[(7 * n + 2) % len(self.councils.cast.blocks)], n, title, body, answer)

    def _screened_out(
        self,
        block: Block,
        n: int,
        title: str,
        body: str,
        point: Callable[..., Motion],
        end: Callable[..., Motion],
        then: Callable[[Block, Motion], None] | None = None,
    ) -> None:
        """The head points at where it belongs, the community decides so."""
        day = date(2021, 2, 20) + timedelta(days=23 * n + self.dice.randrange(5))
        made: list[Motion] = []
        self.at(clock.at(day, 20, n), lambda: made.append(
            actions.collect_motion(block.unit, by=PUBLIC, title=title, body=body, category="other", name="住户")[0]
        ))  # fmt: skip
        self.at(workday_at(day, 10, n, after=1), lambda: point(made[0], by=block.head))
        self.at(workday_at(day, 11, after=2), lambda: end(made[0], by=block.chief))
        if then is not None:
            self.at(workday_at(day, 11, after=40), lambda: then(block, made[0]))

    def _owners_decide(self, block: Block, motion: Motion) -> None:
        """The owners' assembly voted; the council writes down what came of it."""
        heads, area = 214 + self.dice.randrange(80), Decimal(18_640 + self.dice.randrange(4_000))
        actions.record_owners_vote(
            motion, by=block.head, is_special=False, held_on=clock.today() - timedelta(days=1),
            heads_total=heads, heads_cast=heads * 3 // 4, heads_yes=heads // 2,
            area_total=area, area_cast=(area * 3 / 4).quantize(Decimal("0.01")), area_yes=(area / 2).quantize(Decimal("0.01")),
        )  # fmt: skip

    def _quick(self, block: Block, n: int, title: str, body: str, answer: str) -> None:
        """Small things are answered within two days, without a meeting."""
        day = date(2021, 3, 3) + timedelta(days=17 * n + self.dice.randrange(6))
        made: list[Motion] = []
        self.at(clock.at(day, 19, n), lambda: made.append(
            actions.collect_motion(block.unit, by=PUBLIC, title=title, body=body, category="hygiene", name="住户")[0]
        ))  # fmt: skip
        self.at(clock.at(day + timedelta(days=1), 9, n), lambda: actions.take_quick(made[0], by=block.head))
        hours = 30 if n != 5 else 60  # once it took too long, and that is on record as well
        answered = clock.at(day + timedelta(days=1), 9, n) + timedelta(hours=hours)
        self.at(answered, lambda: actions.answer_quick(made[0], by=block.head, answer=answer))

    def _tomorrow(self) -> None:
        """What is on its way on the last day, so that the morning after has something to do."""
        for n, block in enumerate(self.councils.cast.blocks):
            if n % 3 == 0:
                self._on_its_way(block, n)
            if n % 5 == 0:
                self._next_meeting(block, n, date(2021, 12, 4 + n % 3), noticed=n != 0)  # 石一: a visitor can send it
        self._next_meeting(self.councils.cast.blocks[0], 0, OPENS, noticed=True)  # ... and hold this one today

    def _on_its_way(self, block: Block, n: int) -> None:
        fresh, waiting = self.councils.script(block, ENDS), self.councils.script(block, ENDS)
        self.at(clock.at(ENDS, 19, n), partial(self.councils.collect, fresh))
        self.at(clock.at(date(2021, 11, 25), 12, n), partial(self.councils.collect, waiting))
        self.at(clock.at(date(2021, 11, 26), 17, n), partial(self.councils.recommend, waiting))

    def _next_meeting(self, block: Block, n: int, day: date, *, noticed: bool) -> None:
        scripts = [self.councils.script(block, ENDS) for _ in range(2)]
        for script in scripts:
            self.at(clock.at(date(2021, 11, 17), 9, n), partial(self.councils.collect, script))
            self.at(clock.at(date(2021, 11, 18), 10, n), partial(self.councils.recommend, script))
            self.at(clock.at(date(2021, 11, 19), 15, n), partial(self.councils.accept, script))
        starts = clock.at(day, 10)
        planned = min(day - timedelta(days=5), ENDS - timedelta(days=1))
        meetings: list[Meeting] = []
        self.at(clock.at(planned, 16, n), lambda: meetings.append(actions.plan_meeting(
            block.unit, by=block.head, starts_at=starts, place="党群服务站二楼会议室",
            motions=[s.row for s in scripts], chair=block.adviser.person, secretary=block.head.person,
        )))  # fmt: skip
        if noticed:
            self.at(
                clock.at(planned + timedelta(days=1), 10, n),
                lambda: self.councils.sittings.notice(Sitting(block, ENDS, scripts), meetings[0]),
            )
