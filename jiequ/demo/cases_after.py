"""After the answer: the complainant's word by the link or on the telephone, the second round, the order (督办), the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random

from jiequ.cases import actions
from jiequ.cases.models import Case
from jiequ.core import clock, workdays
from jiequ.core.permission import PUBLIC, SYSTEM
from jiequ.demo.cases_scripts import Script
from jiequ.demo.cases_setup import Desk
from jiequ.demo.timeline import Timeline
from jiequ.people.models import Account
from jiequ.work.actions import answer_order
from jiequ.work.models import SupervisionOrder

WORDS = {
    "satisfied": ("很快，谢谢。", "这次真的修好了，点赞。", "师傅态度很好。", "没想到周末也有人管。", "", "", "", ""),
    "basically": ("办是办了，就是慢了点。", "希望以后能提前通知。", "可以，再观察几天。", "", "", ""),
    "dissatisfied": (
        "昨天又坏了，等于没修。",
        "只是来拍了个照，问题还在。",
        "说处理了，今天还是一样。",
        "答复是套话，没有解决。",
    ),
}
EXPLAINED = "已和诉求人当面看过，原因是上次只处理了表面；这次按商定的办法做，做完请他一起验收。"
NOBODY = "电话没人接，换时间再打。"


class After:
    def __init__(self, dice: Random, timeline: Timeline, desk: Desk, office: Account) -> None:
        self.dice, self.desk, self.office = dice, desk, office
        self.at: Callable[[datetime, Callable[[], object]], None] = timeline.at
        self.again: Callable[[Script], object] = lambda script: None
        self.fresh: Callable[[Script], Case] = lambda script: script.case

    def rating(self, script: Script) -> None:
        """What becomes of an answer: rated, or put away after the days of the call back."""
        score = script.scores.pop(0) if script.scores else ""
        now = clock.now()
        if not score:
            self.at(actions.rated_until(script.case) + timedelta(minutes=5), partial(self.put_away, script))
        elif script.ways == "call":
            days = self.dice.choice([0, 1, 1, 2, 2, 3, 3, 4])
            moment = clock.at(
                workdays.add_workdays(clock.day(now), days), self.dice.randrange(9, 18), self.dice.randrange(60)
            )
            moment = max(moment, now + timedelta(minutes=40))
            if self.dice.random() < 0.12:
                self.at(max(moment - timedelta(hours=3), now + timedelta(minutes=15)), partial(self.call, script, ""))
            self.at(moment, partial(self.call, script, score))
        else:
            hours = self.dice.choice([1, 2, 3, 5, 8, 14, 20, 26, 40, 62])
            self.at(now + timedelta(hours=hours, minutes=self.dice.randrange(60)), partial(self.rate, script, score))

    def rate(self, script: Script, score: str) -> None:
        case = self.fresh(script)
        if case.state == Case.State.REPLIED:
            complainant = case.complainants.order_by("pk")[0]
            actions.rate_case(case, complainant, score=score, by=PUBLIC, words=self.dice.choice(WORDS[score]))
            self._then(script, score)

    def call(self, script: Script, score: str) -> None:
        case = self.fresh(script)
        if case.state != Case.State.REPLIED:
            return
        by = script.block.chief if case.holder_id == script.block.head.person_id else script.block.head
        complainant = case.complainants.order_by("pk")[0]
        words = self.dice.choice(WORDS[score]) if score else NOBODY
        actions.call_back(case, complainant, by=by, reached=bool(score), score=score, words=words)
        if score:
            self._then(script, score)

    def _then(self, script: Script, score: str) -> None:
        if score == "dissatisfied":
            self.again(script)

    def answer_orders(self, script: Script) -> None:
        """Whoever is under an order answers it before the case."""
        orders = SupervisionOrder.objects.filter(task__about_id=script.case.pk, answered_at=None)
        for order in orders.select_related("task__unit"):
            by = self.desk.people.get(order.task.holder_id or 0, script.block.head)
            answer_order(order, answer=EXPLAINED, by=by)

    def put_away(self, script: Script) -> None:
        case = self.fresh(script)
        if case.state == Case.State.REPLIED:
            actions.archive_case(case, by=SYSTEM)
