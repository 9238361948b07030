"""The councils of the pilot: 98 meetings held, 181 motions voted, the rest beside them. Everything goes through the actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from jiequ.core import clock, workdays
from jiequ.core.permission import PUBLIC
from jiequ.core.personal import blind
from jiequ.council import actions
from jiequ.council.models import AgendaItem, Meeting, Motion
from jiequ.demo import texts
from jiequ.demo.cast import Block, Cast
from jiequ.demo.timeline import ENDS, OPENS, Timeline, workday_at
from jiequ.people.models import Account
from jiequ.work.actions import extend_task, finish_task, order_supervision
from jiequ.work.models import Task

HELD, VOTED, REJECTED, UNFINISHED, ADJOURNED = 98, 181, 13, 34, 7
MERGED, POSTPONED = 8, 6
FIRST_MEETING, LAST_MEETING = date(2021, 2, 27), date(2021, 11, 28)


@dataclass
class Script:
    """What is to become of one motion."""

    block: Block
    category: str
    words: tuple[str, str, str, str, int | None]
    fate: str = "conclude"  # conclude | unfinished | reject | postpone
    decided_on: date = FIRST_MEETING
    by_name: bool = False
    asked_twice: bool = False
    pk: int = 0

    @property
    def row(self) -> Motion:
        """As it stands now: others have acted on it in the meantime."""
        return Motion.objects.with_unit().select_related("rule", "meeting", "responsible").get(pk=self.pk)

    @property
    def is_major(self) -> bool:
        return (self.words[4] or 0) > 10_000


@dataclass
class Sitting:
    """One meeting that was held, its motions, and perhaps an earlier try without a quorum."""

    block: Block
    day: date
    scripts: list[Script] = field(default_factory=list)
    adjourned_on: date | None = None


class Councils:
    def __init__(self, dice: Random, cast: Cast, timeline: Timeline) -> None:
        self.dice, self.cast, self.timeline = dice, cast, timeline
        self.at = timeline.at
        self.used: set[tuple[int, str]] = set()
        self.voters = self.visitors_tasks = 0

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
                return Script(block, category, filled, decided_on=day, by_name=self.dice.random() < 0.3)  # type: ignore[arg-type]

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
                self._sit(sitting, sitting.adjourned_on, self._lack_quorum)
            self._sit(sitting, sitting.day, self._hold)

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

    def _sit(self, sitting: Sitting, day: date, act: Callable[[Sitting, Meeting], None]) -> None:
        hour, minute = (10, 0) if not workdays.is_workday(day) else (19, 30)
        starts = clock.at(day, hour, minute)
        meetings: list[Meeting] = []

        def plan() -> None:
            motions = [s.row for s in sitting.scripts]
            meetings.append(actions.plan_meeting(
                sitting.block.unit, by=sitting.block.head, starts_at=starts, place="党群服务站二楼会议室",
                motions=motions, chair=sitting.block.head.person,
            ))  # fmt: skip

        self.at(clock.at(day - timedelta(days=6), 16), plan)
        self.at(clock.at(day - timedelta(days=5), 9, 30), lambda: self.notice(sitting.block, meetings[0]))
        self.at(starts - timedelta(minutes=15), lambda: act(sitting, meetings[0]))

    def notice(self, block: Block, meeting: Meeting) -> None:
        actions.send_notice(meeting, by=block.head)

    def _arrive(self, block: Block, meeting: Meeting, count: int) -> list[Account]:
        came = self.dice.sample(block.councillors, count)
        for account in (block.head, block.adviser, *came):
            actions.sign_in(meeting, account.person, by=account)
        return came

    def _lack_quorum(self, sitting: Sitting, meeting: Meeting) -> None:
        self._arrive(sitting.block, meeting, self.dice.choice([3, 4, 5]))
        clock.move_to(meeting.starts_at + timedelta(minutes=20))
        actions.adjourn_meeting(meeting, by=sitting.block.head)

    def _hold(self, sitting: Sitting, meeting: Meeting) -> None:
        block = sitting.block
        came = self._arrive(block, meeting, self.dice.choice([6, 7, 7, 8, 8, 9]))
        clock.move_to(meeting.starts_at)
        actions.open_meeting(meeting, by=block.head)
        by_motion = {s.pk: s for s in sitting.scripts}
        moment = meeting.starts_at
        items = AgendaItem.objects.filter(meeting=meeting).select_related(
            "meeting__unit", "meeting__rule", "motion__unit", "motion__rule"
        )
        for item in items.order_by("position"):
            moment += timedelta(minutes=3)
            clock.move_to(moment)
            self._item(by_motion[item.motion_id], item, came)
            moment += timedelta(minutes=15)
        clock.move_to(moment)
        actions.close_meeting(meeting, by=block.head)

    def _item(self, script: Script, item: AgendaItem, came: list[Account]) -> None:
        block = script.block
        actions.open_item(item, by=block.head)
        for account in self.dice.sample(came, self.dice.randrange(1, 4)):
            actions.note_speech(item, by=block.head, person=account.person, gist=self.dice.choice(texts.GISTS))
        if script.fate == "postpone":
            actions.postpone_motion(item.motion, by=block.head, reason=self.dice.choice(texts.POSTPONED_WHY))
            return
        here = len(came)
        need = item.motion.majority.needed(here)
        yes = (
            self.dice.randrange(max(0, need - 3), need)
            if script.fate == "reject"
            else self.dice.randrange(need, here + 1)
        )
        no = self.dice.randrange(here - yes + 1)
        if script.by_name:
            ballot = actions.open_ballot(item, by=block.head)
            for n, account in enumerate(came):
                actions.cast_vote(ballot, by=account, choice="yes" if n < yes else "no" if n < yes + no else "abstain")
            actions.close_ballot(ballot, by=block.head)
        else:
            actions.record_show_of_hands(item, by=block.head, yes=yes, no=no, abstain=here - yes - no)
        if script.fate != "reject":
            self._carry_out(script)

    # ── after the vote ───────────────────────────────────────────────────────────────────────────
    def _carry_out(self, script: Script) -> None:
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
        first = actions.follow_up_motion(
            motion, by=block.head, responsible=holder.person, due_at=due, what=script.words[3]
        )
        jobs = [(first, holder)]
        if self.dice.random() < 0.5:
            other = self.dice.choice(block.councillors)
            second = actions.assign_follow_up(
                motion, by=block.head, holder=other.person, due_at=due, what="告知附近住户并收集意见"
            )
            jobs.append((second, other))
        for n, (task, account) in enumerate(jobs):
            if script.fate == "unfinished" and n == 0:
                self._drag_on(script, task, due)
                continue
            finished = clock.now() + timedelta(days=max(1, days - 2 * n), hours=self.dice.randrange(6))
            self.at(finished, partial(finish_task, task, by=account, note=self.dice.choice(texts.DONE_NOTES)))
        if script.fate == "conclude":
            self.at(clock.now() + timedelta(days=days, hours=8), partial(self._evaluate, script))

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
                due - timedelta(hours=5), partial(extend_task, task, due_at=later, reason=reason, by=script.block.head)
            )
        else:
            asked = workday_at(clock.day(due), 10, after=2)
            self.at(asked, partial(
                order_supervision, task, demand="已超过期限，请说明原因并报新的完成时间。",
                answer_due_at=workday_at(ENDS, 12, after=1), by=script.block.chief,
            ))  # fmt: skip

    def _evaluate(self, script: Script) -> None:
        motion = script.row
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
        self.at(clock.now() + timedelta(days=days, hours=3), partial(self._evaluate, script))

    def _twice(self, script: Script, day: date) -> None:
        """A resident asks for the same thing the next day: merged, and the resident is told with the others."""
        made: list[Motion] = []
        title, body, *_rest = script.words
        self.at(clock.at(day, 20, 30), lambda: made.append(
            actions.collect_motion(script.block.unit, by=PUBLIC, title=f"也想{title}"[:60], body=body, category=script.category)[0]
        ))  # fmt: skip
        merge = partial(actions.merge_motion, by=script.block.chief)
        self.at(workday_at(day, 10, 50, after=1), lambda: merge(made[0], into=script.row))
