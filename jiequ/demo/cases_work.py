"""A request is worked on: acknowledged or objected to, the complainant called, help asked for, the whistle blown, answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

from jiequ.cases import actions
from jiequ.cases.models import Case, ClockChange, CoHandling, Handler
from jiequ.core import clock, workdays
from jiequ.demo.cases_after import After
from jiequ.demo.cases_scripts import Script
from jiequ.demo.cases_setup import Desk
from jiequ.demo.timeline import ENDS, Timeline
from jiequ.people.models import Account

#: What others may have changed of a case while it was out of sight.
CHANGES = (
    "state", "lead_id", "holder_id", "level", "due_at", "paused_at", "responded_at", "closed_at", "ended_at", "reopened",
)  # fmt: skip
#: By then everything of the pilot is answered.
LATEST = clock.at(ENDS, 20)
CONTACTS = (
    "已电话联系，约了上门时间。", "电话联系上了，情况和写的一样。", "打了两次才接通，补充了具体位置。", "已当面见到诉求人，一起看了现场。",
    "已加微信，照片补了两张。", "诉求人说白天上班，晚上七点后方便。",
)  # fmt: skip
HEARD = (
    "收到，已安排人到现场看，有结果马上告诉您。",
    "收到了，正在派人，{day}前给您回话。",
    "谢谢反映，已转给负责的人，请放心。",
)
TOLD = (
    "现场看过了，材料明天到，到了就动手。", "已联系相关单位，约在{day}一起处理。", "今天处理了一半，剩下的明天接着办。",
    "已经约好{day}上午，到时请留个门。",
)  # fmt: skip
ASKED = ("收到，正在帮您问清楚，最迟{day}答复。", "您问的已转给经办的人，很快回您。")
AGAIN = ("对不住，没有办好。{day}和您一起到现场看。", "已看到您的评价，换一组人重新办，{day}前给您说法。")
OBJECTED = (
    "现场在小区红线内，按职责清单归物业维护。",
    "这段路还没有移交，不归我们管养。",
    "属市场监管的职责，我们没有处罚权。",
    "我们只管公共设备，户内线路归房东。",
)
UPHELD = ("职责清单写明由你们主办，涉及别家的可以请协办。", "首接负责，先去现场，需要别家再请协办。")
REASSIGNED = ("现场核实，确实不归原单位，改由合适的单位承办。", "异议成立，按职责清单改派。")
SUPPORTED = (
    "已请相关单位明天上午到场，社区派人一起去。",
    "社区出面约好了产权人，本周内处理。",
    "设备和人手下午到位，费用由社区先垫。",
)
TAKEN_OVER = "超出街区能办的范围，由这边接办，街区配合做好解释。"
HELPED = (
    "已配合停电半天，完工后恢复。",
    "派了两个人到场搬运和围挡。",
    "手续已办，可以施工。",
    "已配合疏导，留了值守电话。",
)
WAITING = {
    ClockChange.Kind.EXTEND: (
        "配件要从厂家调，路上要三天。",
        "要等产权人从外地回来签字。",
        "雨天不能做外墙，等天晴。",
        "涉及三家单位，约时间要几天。",
    ),
    ClockChange.Kind.PAUSE: (
        "等检测报告出具，期间无法施工。",
        "诉求人回老家，约好回来再入户。",
        "等街道批复树木修剪。",
        "台风预警期间停止高处作业。",
    ),
}
NOT_GRANTED = "不用等材料，先用备件顶上，按原期限办。"
NOTES = (
    "房东电话一直不接，明天直接去他店里找。",
    "注意：诉求人家里有老人，去之前先打电话。",
    "材料费约三百，走物业维修。",
    "上个月同一处也有人反映过。",
)


def awake(moment: datetime, dice: Random) -> datetime:
    """The moment itself, or the next morning where it falls into the night."""
    local = clock.local(moment)
    if 7 <= local.hour < 23:
        return moment
    day = clock.day(moment) + timedelta(days=1 if local.hour >= 23 else 0)
    return clock.at(day, 7, dice.randrange(20, 59))


def in_office(moment: datetime, dice: Random) -> datetime:
    """The moment itself, or the next office hours."""
    day, local = clock.day(moment), clock.local(moment)
    if workdays.is_workday(day) and 8 <= local.hour < 18:
        return moment
    following = workdays.add_workdays(day, 0 if local.hour < 8 else 1)
    return clock.at(following, 8, dice.randrange(30, 59)) + timedelta(minutes=dice.randrange(0, 150))


class Work:
    def __init__(self, dice: Random, timeline: Timeline, desk: Desk, after: After) -> None:
        self.dice, self.desk, self.after = dice, desk, after
        self.at: Callable[[datetime, Callable[[], object]], None] = timeline.at
        after.again, after.fresh = self.again, self.fresh

    def fresh(self, script: Script) -> Case:
        """As it stands now: others have acted on it. What it belongs to is kept in memory."""
        case: Case = script.case
        for name, value in Case.objects.filter(pk=case.pk).values(*CHANGES).get().items():
            setattr(case, name, value)
        return case

    def holder(self, case: Case, script: Script) -> Account:
        return self.desk.people[case.holder_id] if case.holder_id else script.block.head

    def later(self, script: Script, moment: datetime, act: Callable[[Script], object]) -> None:
        """`act` at `moment` if the case has not ended until then."""

        def go() -> None:
            if self.fresh(script).ended_at is None:
                act(script)

        self.at(max(min(moment, LATEST), clock.now() + timedelta(minutes=1)), go)

    # ── the lead takes it ────────────────────────────────────────────────────────────────────────
    def begin(self, script: Script) -> None:
        now = clock.now()
        if script.case.lead.role:
            self.later(script, now + timedelta(minutes=self.dice.randrange(3, 50)), self.acknowledge)
        elif "object" in script.twists:
            soon = in_office(now + timedelta(minutes=self.dice.randrange(30, 240)), self.dice)
            limit = workdays.due(now, workdays=1) - timedelta(minutes=20)
            self.later(script, min(soon, limit), self.object)
        else:
            hours = self.dice.uniform(0.3, 1) if script.case.is_urgent else self.dice.uniform(0.4, 5)
            moment = now + timedelta(hours=hours)
            self.later(script, moment if script.case.is_urgent else in_office(moment, self.dice), self.acknowledge)

    def acknowledge(self, script: Script) -> None:
        if script.case.state != Case.State.DISPATCHED:
            return
        actions.acknowledge_case(script.case, by=self.holder(script.case, script))
        self.go_on(script)

    def object(self, script: Script) -> None:
        actions.object_to_dispatch(script.case, by=self.holder(script.case, script), reason=self.dice.choice(OBJECTED))
        ruled = in_office(clock.now() + timedelta(hours=self.dice.uniform(1, 9)), self.dice)
        self.later(script, ruled, self.rule)

    def rule(self, script: Script) -> None:
        by = script.block.chief
        if "wrong" in script.twists:
            lead = self.desk.handler(script.lead, script.block)
            actions.reassign_case(script.case, by=by, lead=lead, ruling=self.dice.choice(REASSIGNED))
            script.twists.discard("object")
            self.begin(script)
        else:
            actions.uphold_dispatch(script.case, by=by, ruling=self.dice.choice(UPHELD))
            self.go_on(script)

    # ── on the way ───────────────────────────────────────────────────────────────────────────────
    def hear(self, script: Script) -> None:
        """The first word to the complainant comes from whoever has the case by then, within 24 hours mostly."""
        late = self.dice.random() < 0.07
        first = script.filed_at + timedelta(hours=self.dice.uniform(25, 46) if late else self.dice.uniform(0.5, 15))
        soon = awake(max(first, clock.now() + timedelta(minutes=8)), self.dice)
        self.later(script, soon, self.contact)

    def go_on(self, script: Script) -> None:
        now = clock.now()
        reply_at = self._reply_at(script)
        between = (reply_at - now) / 5
        if "helper" in script.twists:
            helped = in_office(now + 3 * between, self.dice)
            self.later(script, in_office(now + between, self.dice), self.ask_help)
            self.later(script, helped, self.help)
            reply_at = max(reply_at, helped + timedelta(hours=1))
        if script.twists & {"whistle", "whistle_twice"}:
            self.later(script, in_office(now + between, self.dice), self.whistle)
            return  # answered after the whistle
        if script.twists & {"extend", "pause"}:
            self.later(script, in_office(now + 2 * between, self.dice), self.ask_time)
            return  # answered in the time that is granted
        if self.dice.random() < 0.3 and script.case.kind not in ("question", "praise", "suggestion"):
            self.later(script, awake(now + 3 * between, self.dice), self.tell)
        if self.dice.random() < 0.1:
            self.later(script, awake(now + 2 * between, self.dice), self.note)
        self.later(script, reply_at, self.reply)

    def _reply_at(self, script: Script) -> datetime:
        """Before the due time mostly; of what is small, the same day."""
        case, now = script.case, clock.now()
        left = max(case.due_at - now, timedelta(hours=1))
        if "late" in script.twists:
            moment = case.due_at + timedelta(hours=self.dice.randrange(4, 60))
        elif script.twists & {"whistle", "whistle_twice", "helper"}:
            moment = now + left * self.dice.uniform(0.55, 0.95)
        else:
            moment = now + left * self.dice.uniform(0.08, 0.85)
        if clock.local(moment).hour not in range(8, 21):
            moment = clock.at(clock.day(moment) - timedelta(days=1), 17, self.dice.randrange(60))
            moment = max(moment, now + timedelta(minutes=self.dice.randrange(30, 90)))
        return min(moment, LATEST - timedelta(minutes=self.dice.randrange(5, 300)))

    def contact(self, script: Script) -> None:
        case, by = script.case, self.holder(script.case, script)
        if script.phone and self.dice.random() < 0.75:
            actions.contact_complainant(
                case, by=by, note=self.dice.choice(CONTACTS) if self.dice.random() < 0.5 else ""
            )
        elif script.case.kind != "praise":
            self.tell(script, ASKED if script.case.kind in ("question", "suggestion") else HEARD)

    def tell(self, script: Script, words: Sequence[str] = TOLD) -> None:
        day = workdays.add_workdays(clock.today(), 1)
        text = self.dice.choice(words).format(day=f"{day.month}月{day.day}日")
        actions.tell_complainant(script.case, by=self.holder(script.case, script), text=text)

    def note(self, script: Script) -> None:
        actions.write_note(script.case, by=self.holder(script.case, script), text=self.dice.choice(NOTES))

    def ask_help(self, script: Script) -> None:
        helper = self.desk.handler(script.topic.helper, script.block)
        actions.ask_for_help(script.case, [helper], by=self.holder(script.case, script))

    def help(self, script: Script) -> None:
        co = CoHandling.objects.filter(case=script.case, done_at=None).select_related("handler__unit").first()
        if co is not None:
            co.case = script.case
            actions.finish_help(co, by=self.desk.workers[co.handler_id][0], note=self.dice.choice(HELPED))

    def whistle(self, script: Script) -> None:
        """吹哨, and the answer the next working day at the latest, mostly."""
        if script.case.state != Case.State.WORKING or script.case.level not in ("block", "community"):
            self.reply(script)
            return
        actions.escalate_case(script.case, by=self.holder(script.case, script), call=script.topic.call)
        hours = self.dice.uniform(20, 40) if self.dice.random() < 0.12 else self.dice.uniform(1, 9)
        answered = in_office(clock.now() + timedelta(hours=hours), self.dice)
        self.later(script, answered, self.answer_whistle)

    def answer_whistle(self, script: Script) -> None:
        case, block = script.case, script.block
        service = self.desk.handler("service", block)
        if "whistle_twice" in script.twists and case.level == Handler.Level.BLOCK:
            actions.answer_whistle(case, by=block.chief, answer=TAKEN_OVER, take_over=service)
            again = in_office(clock.now() + timedelta(hours=self.dice.uniform(1, 6)), self.dice)
            self.later(script, again, self.whistle)
            return
        if case.level == Handler.Level.COMMUNITY:
            lead = self.desk.handler(script.topic.lead, block)
            taken_by = lead if lead.level == Handler.Level.SUBDISTRICT else None
            by = self.after.office
        else:
            taken_by, by = service if self.dice.random() < 0.3 else None, block.chief
        answer = TAKEN_OVER if taken_by else self.dice.choice(SUPPORTED)
        actions.answer_whistle(case, by=by, answer=answer, take_over=taken_by)
        done = in_office(clock.now() + timedelta(hours=self.dice.uniform(2, 26)), self.dice)
        self.later(script, done, self.reply)

    # ── time ─────────────────────────────────────────────────────────────────────────────────────
    def ask_time(self, script: Script) -> None:
        """A later end, or a pause, with a reason that everybody reads; the community decides."""
        case = script.case
        if case.state != Case.State.WORKING or case.due_at < clock.now():
            self.reply(script)
            return
        if "pause" in script.twists:
            kind, until = ClockChange.Kind.PAUSE, clock.today() + timedelta(days=self.dice.randrange(4, 13))
        else:
            kind, until = (
                ClockChange.Kind.EXTEND,
                workdays.add_workdays(clock.day(case.due_at), self.dice.randrange(2, 6)),
            )
        reason = self.dice.choice(WAITING[kind])
        change = actions.ask_for_time(case, by=self.holder(case, script), kind=kind, until=until, reason=reason)
        decided = in_office(clock.now() + timedelta(hours=self.dice.uniform(0.5, 4)), self.dice)
        self.later(script, decided, partial(self.decide_time, change=change))

    def decide_time(self, script: Script, change: ClockChange) -> None:
        change.case = script.case
        granted = self.dice.random() < 0.85 and script.case.due_at > clock.now()
        actions.decide_time(change, by=script.block.chief, granted=granted, says="" if granted else NOT_GRANTED)
        if script.case.paused_at is not None:
            self.later(script, clock.at(change.until, 9, self.dice.randrange(5, 55)), self.resume)
        else:
            self.later(script, self._reply_at(script), self.reply)

    def resume(self, script: Script) -> None:
        if script.case.paused_at is not None:
            actions.resume_case(script.case, by=self.holder(script.case, script))
        self.later(script, self._reply_at(script), self.reply)

    # ── the answer ───────────────────────────────────────────────────────────────────────────────
    def reply(self, script: Script) -> None:
        """The answer; whoever still waits for somebody else's word answers a little later."""
        case = script.case
        if case.state not in (Case.State.WORKING, Case.State.RAISED):
            step = timedelta(hours=5) if clock.now() < LATEST - timedelta(hours=12) else timedelta(minutes=40)
            self._again_at(script, clock.now() + step)
            return
        solved = script.fate != "answer"
        text = script.reply if solved else self.dice.choice(script.topic.explains)
        if case.reopened > 1:
            self.after.answer_orders(script)
        if case.reopened:
            text = "重新办理：" + text
        outcome = Case.Outcome.SOLVED if solved else Case.Outcome.ANSWERED
        actions.reply_case(case, by=self.holder(case, script), text=text.format(**script.words), outcome=outcome)
        self.after.rating(script)

    def _again_at(self, script: Script, moment: datetime) -> None:
        if moment < clock.at(ENDS, 23):
            self.later(script, moment, self.reply)

    def again(self, script: Script) -> None:
        """Not content: once more, and this time on the spot together."""
        case = self.fresh(script)
        now = clock.now()
        self.later(script, awake(now + timedelta(hours=self.dice.uniform(2, 20)), self.dice), self.apologise)
        days = self.dice.uniform(1, 4)
        reply_at = min(in_office(now + timedelta(days=days), self.dice), case.due_at)
        self.later(script, reply_at, self.reply)

    def apologise(self, script: Script) -> None:
        self.tell(script, AGAIN)
