"""A request comes in and is taken in, or not: filed, joined, placed, accepted and given out, declined, referred, merged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from jiequ.cases import actions
from jiequ.cases.models import Case
from jiequ.cases.routing import Routed
from jiequ.cases.workflow import OPEN
from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from jiequ.demo.cases_scripts import Script
from jiequ.demo.cases_setup import Desk
from jiequ.demo.cases_work import Work, awake
from jiequ.demo.timeline import Timeline
from jiequ.territory.models import Unit

UNFIT = "这不是街区和街道能够处理的公共事务，没有受理。如果写漏了，请补充地点和情况再提。"
TOO = ("我家也是，早就想说了。", "同求处理，我住隔壁。", "昨晚我也看到了，确实危险。", "+1，拜托了。", "")
REDISPATCHED = "现场看过，是公共设施的问题，不属原来的单位。"


class Intake:
    def __init__(self, dice: Random, timeline: Timeline, desk: Desk, work: Work) -> None:
        self.dice, self.timeline, self.desk, self.work = dice, timeline, desk, work
        self.at: Callable[[datetime, Callable[[], object]], None] = timeline.at

    def expect(self, script: Script) -> None:
        self.at(script.filed_at, partial(self.file, script))

    # ── coming in ────────────────────────────────────────────────────────────────────────────────
    def file(self, script: Script) -> None:
        by: Any = PUBLIC if script.source in (Case.Source.SCAN, Case.Source.WEB) else script.block.head
        filed = actions.file_case(
            self.routed(script), self.desk.categories[script.topic.category], by=by, body=script.body,
            kind=script.topic.kind, place=script.place, source=script.source, name=script.name, phone=script.phone,
            is_urgent=script.topic.urgent, answers=dict(script.topic.answers),
            photos=self.desk.photos(script),
        )  # fmt: skip
        script.case, script.secret = filed.case, filed.secret
        self.at(self._taken_at(script), partial(self.take_in, script))
        for n in range(script.joined):
            minutes = self.dice.randrange(30, 1800) * (n + 1)
            self.at(awake(clock.now() + timedelta(minutes=minutes), self.dice), partial(self.join, script))
        if script.fate == "withdraw":
            self.at(clock.now() + timedelta(minutes=self.dice.randrange(10, 900)), partial(self.withdraw, script))

    def routed(self, script: Script) -> Routed:
        """As the code on the wall says it; whoever came through the web may have left the place open."""
        block = script.block
        if "triage" in script.twists:
            return Routed(block.community, triage=Case.Triage.UNKNOWN)
        if script.building is None:
            return Routed(block.unit, block.unit)
        return Routed(self._grid(script), block.unit, script.building)

    def _grid(self, script: Script) -> Unit:
        return next(g for g in script.block.grids if script.building is not None and g.holds(script.building))

    def _taken_at(self, script: Script) -> datetime:
        """Within two hours mostly, half an hour where it is urgent; whoever asks at night is answered in the morning."""
        if script.case.is_urgent:
            return clock.now() + timedelta(minutes=self.dice.randrange(4, 34))
        if script.fate == "spot":
            return awake(clock.now() + timedelta(minutes=self.dice.randrange(5, 100)), self.dice)
        minutes = self.dice.randrange(150, 700) if self.dice.random() < 0.06 else self.dice.randrange(6, 112)
        return awake(clock.now() + timedelta(minutes=minutes), self.dice)

    def join(self, script: Script) -> None:
        case = Case.objects.get(pk=script.case.pk)
        if case.state in OPEN and case.kind != Case.Kind.REPORT:  # whoever reports somebody is followed by nobody
            actions.join_case(case, by=PUBLIC, body=self.dice.choice(TOO))

    def withdraw(self, script: Script) -> None:
        """They saw to it themselves."""
        complainant = script.case.complainants.get()
        if Case.objects.get(pk=script.case.pk).state in OPEN:
            actions.withdraw_case(complainant, by=PUBLIC)

    def adopt(self, parent: Script, children: list[Script]) -> None:
        """The community sees that one storm has done it all."""
        still = [s.case for s in children if s.case is not None and self.work.fresh(s).state in OPEN]
        actions.adopt_cases(parent.case, still, by=parent.block.chief)

    # ── taking in ────────────────────────────────────────────────────────────────────────────────
    def take_in(self, script: Script) -> None:
        if script.fate == "withdraw" and self.work.fresh(script).state == Case.State.WITHDRAWN:
            return
        case, block = script.case, script.block
        if case.triage:
            place = self._grid(script) if script.building is not None else block.unit
            script.case = case = actions.place_case(case, place, by=block.chief)
            if script.building is None:
                clock.move_to(clock.now() + timedelta(minutes=2))
        if script.fate == "refer":
            actions.refer_case(
                case, by=block.head, channel=script.topic.channel, reason=self.dice.choice(script.topic.replies)
            )
        elif script.fate == "decline":
            actions.decline_case(case, by=block.head, reason=UNFIT)
        elif script.fate == "spot":
            actions.fix_on_spot(case, by=block.head, what=self.dice.choice(script.topic.spot))
            self.work.after.rating(script)
        elif script.fate == "merge" and self._merge(script):
            pass
        else:
            self._give_out(script)

    def _merge(self, script: Script) -> bool:
        into = script.merged_with
        if into is None or into.case is None or self.work.fresh(into).state not in OPEN:
            return False
        actions.merge_case(
            script.case, into=into.case, by=script.block.head, reason="和邻居反映的是同一件事，一并办理。"
        )
        return True

    def _give_out(self, script: Script) -> None:
        block = script.block
        wrong = "object" in script.twists and self.dice.random() < 0.55
        lead = self.desk.handler("roads" if wrong and script.lead != "roads" else script.lead, block)
        script.twists |= {"wrong"} if lead != self.desk.handler(script.lead, block) else set()
        first = self.desk.handler("service", block) if "redispatch" in script.twists else lead
        actions.accept_case(script.case, by=block.head, lead=first)
        self.work.hear(script)
        if first != lead:
            later = awake(clock.now() + timedelta(minutes=self.dice.randrange(20, 90)), self.dice)
            self.at(later, lambda: self._redispatch(script, lead))
        else:
            self.work.begin(script)

    def _redispatch(self, script: Script, lead: Any) -> None:
        if self.work.fresh(script).state in OPEN:
            actions.redispatch_case(script.case, lead=lead, by=script.block.head, note=REDISPATCHED)
            self.work.begin(script)
