"""After the vote: confirmed, publicised, objected to, carried out, accepted, rated, concluded."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from jiequ.core import clock, workdays
from jiequ.core.permission import PUBLIC
from jiequ.core.personal import blind
from jiequ.council import actions
from jiequ.council.models import Commitment, Motion
from jiequ.demo import texts
from jiequ.demo.cast import Cast
from jiequ.demo.scripts import Script
from jiequ.demo.timeline import ENDS, OPENS, Timeline, workday_at
from jiequ.people.models import Account
from jiequ.work.actions import extend_task, finish_task, order_supervision
from jiequ.work.models import Task


class Aftermath:
    def __init__(self, dice: Random, timeline: Timeline, cast: Cast) -> None:
        self.dice, self.at, self.cast = dice, timeline.at, cast
        self.voters = self.visitors_tasks = 0

    def carry_out(self, script: Script) -> None:
        day = clock.today()
        if script.is_major:
            self.at(
                workday_at(day, 9, 10, after=1),
                lambda: actions.confirm_resolution(script.row, by=script.block.chief),
            )
        self.at(workday_at(day, 16, 40, after=1), partial(self._publicise, script))

    def _publicise(self, script: Script) -> None:
        block, motion = script.block, script.row
        actions.publicise_resolution(motion, by=block.head, resolution=script.words[2])
        if self.dice.random() < 0.06:
            text, answer = self.dice.choice(texts.OBJECTIONS)
            day = clock.today()
            self.at(workday_at(day, 20, after=1), partial(self._object, script, text, answer))
        assert motion.public_until is not None
        self.at(workday_at(motion.public_until + timedelta(days=1), 10, 30), partial(self._follow_up, script))

    def _object(self, script: Script, text: str, answer: str) -> None:
        objection = actions.object_to_resolution(script.row, by=PUBLIC, text=text)
        self.at(
            workday_at(clock.today(), 11, after=1),
            lambda: actions.answer_objection(objection, by=script.block.head, answer=answer),
        )

    def _follow_up(self, script: Script) -> None:
        block, motion = script.block, script.row
        holder = self.dice.choice([*block.councillors, block.head])
        days = self._pace(script)
        due = workday_at(clock.today() + timedelta(days=days + 4), workdays.CLOSING_HOUR)
        if script.fate == "unfinished" and block is self.cast.blocks[0]:
            holder, self.visitors_tasks = block.head, self.visitors_tasks + 1
            # one is late and under supervision, one is due on the visitor's first day
            due = workday_at(OPENS if self.visitors_tasks > 1 else date(2021, 11, 24), 17)
        free = [account for account in block.councillors if account is not holder]
        other, supervisor = self.dice.sample(free, 2)
        first = actions.follow_up_motion(
            motion, by=block.head, responsible=holder.person, due_at=due, what=script.words[3],
            weight=self.dice.choice([2, 3, 5]), supervisor=supervisor.person if self.dice.random() < 0.7 else None,
        )  # fmt: skip
        script.supervisor = supervisor if motion.supervisor else None
        jobs = [(first, holder)]
        if self.dice.random() < 0.5:
            second = actions.assign_follow_up(
                motion, by=block.head, holder=other.person, due_at=due, what="告知附近住户并收集意见", is_milestone=True
            )
            jobs.append((second, other))
        for n, (task, account) in enumerate(jobs):
            if script.fate == "unfinished" and n == 0:
                self._drag_on(script, task, due)
                continue
            finished = clock.now() + timedelta(days=max(1, days - 2 * n), hours=self.dice.randrange(6))
            self.at(finished, partial(finish_task, task, by=account, note=self.dice.choice(texts.DONE_NOTES)))
            if script.supervisor is not None:
                self.at(finished + timedelta(hours=1), partial(self._accept, script, task))
        if script.fate == "conclude":
            self.at(clock.now() + timedelta(days=days, hours=8), partial(self._evaluate, script))

    def _accept(self, script: Script, task: Task) -> None:
        """The supervisor looks at what was done; a few times it has to be done again, and the evaluation waits."""
        supervisor = script.supervisor
        assert supervisor is not None
        commitment = Commitment.objects.get(task=task)
        if "sent_back" not in script.twists or commitment.returned_at is not None:
            actions.accept_work(commitment, by=supervisor)
            return
        again = actions.send_back_work(commitment, by=supervisor, reason="灯装了，线槽没有盖好，请补上").task
        script.redone_on = clock.now() + timedelta(days=3)
        holder = Account(person=again.holder) if again.holder else script.block.head
        self.at(script.redone_on, partial(finish_task, again, by=holder, note="线槽已盖好"))
        self.at(script.redone_on + timedelta(hours=1), partial(self._accept, script, again))

    def _pace(self, script: Script) -> int:
        """Days that carrying out may take, so that what is to be concluded is concluded within the pilot."""
        left = (ENDS - clock.today()).days - 7
        return (
            max(1, min(self.dice.randrange(4, 26), left)) if script.fate == "conclude" else self.dice.randrange(20, 45)
        )

    def _drag_on(self, script: Script, task: Task, due: datetime) -> None:
        """Some take longer: put off with a reason, and a few are overdue and pressed by the community."""
        if due >= clock.at(ENDS + timedelta(days=1)):
            return
        if script.block is not self.cast.blocks[0] and self.dice.random() < 0.75:
            later = workday_at(ENDS + timedelta(days=self.dice.randrange(1, 25)), workdays.CLOSING_HOUR)
            reason = self.dice.choice(["材料涨价，重新询价", "台风天停工", "等供电所排期", "产权单位还没答复"])
            self.at(
                due - timedelta(hours=5), partial(extend_task, task, due_at=later, reason=reason, by=script.block.chief)
            )
        else:
            asked = workday_at(clock.day(due), 10, after=2)
            self.at(asked, partial(
                order_supervision, task, demand="已超过期限，请说明原因并报新的完成时间。",
                answer_due_at=workday_at(ENDS, 12, after=1), by=script.block.chief,
            ))  # fmt: skip

    def _evaluate(self, script: Script) -> None:
        motion = script.row
        if script.redone_on is not None and clock.now() < script.redone_on + timedelta(hours=2):
            self.at(script.redone_on + timedelta(hours=3), partial(self._evaluate, script))
            return
        actions.evaluate_motion(motion, by=script.block.head)
        enough_time = (ENDS - clock.today()).days > 45
        poor = motion.round == 1 and enough_time and self.dice.random() < 0.05
        for n in range(self.dice.randrange(4, 12)):
            good = self.dice.random() < (0.4 if poor else 0.93)
            score = (
                self.dice.choice(["satisfied", "satisfied", "basically"]) if good and (not poor or n) else "unsatisfied"
            )
            if not poor and n == 0:
                score = "satisfied"
            self.at(clock.now() + timedelta(hours=2 + 3 * n), partial(self._rate, motion, score))
        self.at(clock.now() + timedelta(days=4), partial(self._conclude, script))

    def _rate(self, motion: Motion, score: str) -> None:
        self.voters += 1
        actions.rate_resolution(motion, by=PUBLIC, score=score, voter_index=blind(f"demo {self.voters}", "voter"))

    def _conclude(self, script: Script) -> None:
        motion = actions.conclude_motion(script.row, by=script.block.head)
        if motion.state != Motion.State.FOLLOWING:
            return
        again = Task.objects.about(motion).open().get(verb=actions.outcomes.CARRY_OUT)
        holder = Account(person=again.holder) if again.holder else script.block.head
        days = max(1, min(8, (ENDS - clock.today()).days - 6))
        self.at(clock.now() + timedelta(days=days), partial(finish_task, again, by=holder, note="按居民意见重做一遍"))
        if script.supervisor is not None:
            self.at(clock.now() + timedelta(days=days, hours=1), partial(self._accept, script, again))
        self.at(clock.now() + timedelta(days=days, hours=3), partial(self._evaluate, script))
