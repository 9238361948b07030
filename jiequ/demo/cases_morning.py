"""What has come in before a visitor opens the demo: in 石一, a case in every state that somebody may want to try.

All of it is filed after midnight, so the pilot's own figures stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from jiequ.cases import actions
from jiequ.cases.models import Case, ClockChange
from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from jiequ.demo.cases import Cases
from jiequ.demo.cases_scripts import Script
from jiequ.demo.timeline import OPENS
from jiequ.people.models import Account

Step = tuple[int, int, Callable[[Script], object]]


class Morning:
    def __init__(self, cases: Cases) -> None:
        self.cases, self.desk = cases, cases.desk
        self.block = cases.cast.blocks[0]

    def act(self) -> None:
        done, told = self._reply, self._rate
        again = "泵换好了，{n}已经来水，请再看看。"
        plan: tuple[Any, ...] = (
            # twice dissatisfied in one night: under 督办
            ("hydrant", "停水了也不通知", (0, 20), (0, 31, self._give("property")), (0, 44, self._acknowledge), (1, 25, done("已关阀抢修。")),
             (2, 5, told("dissatisfied", "还是没有水。")), (3, 40, done(again)), (6, 35, told("dissatisfied", "来了一会儿又停了，一楼都是水。"))),
            ("stair_light", "八十多岁", (1, 10)),  # nobody has taken it in yet: late
            ("community_ask", "写作业", (5, 30), (6, 10, self._give("service")), (6, 40, self._acknowledge), (7, 50, done("可以，四点半课堂还有名额，已给您留名。"))),
            ("elder", "独居的阿婆", (5, 45), (6, 20, self._give("own")), (6, 25, self._acknowledge), (7, 0, self._contact), (8, 10, self._whistle)),
            ("pothole", "大坑", (5, 50), (6, 30, self._give("roads")), (6, 45, self._acknowledge), (7, 5, self._ask("pause", 6)), (7, 40, self._grant)),
            ("manhole", "压碎一角", (6, 0), (6, 14, self._give("roads")), (6, 30, self._acknowledge), (7, 20, self._ask("extend", 9))),
            ("noise_work", "半夜还在打桩", (6, 10), (6, 42, self._give("urban")), (7, 55, self._object)),
            ("residence", "房东说不用办", (6, 15), (6, 50, self._give("own")), (7, 15, self._acknowledge)),  # due tomorrow
            ("grease", "炒粉店", (6, 20), (6, 55, self._give("urban")), (7, 30, self._acknowledge), (7, 45, self._help("market"))),
            ("drain_smell", "返臭味", (6, 25), (6, 58, self._give("property")), (7, 2, self._acknowledge), (7, 25, done("地漏清过了。")),
             (7, 58, told("dissatisfied", "又返味了。"))),
            ("street_lamp", "那排路灯", (6, 50), (7, 20, self._give("power"))),  # 待签收
            ("garbage", "旧床垫", (7, 5)), ("mosquito", "花坛", (7, 30)),
            ("stall", "快递车", (7, 35)),  # without a place
            ("parking", "两排车", (7, 48), (8, 2, self._join), (8, 4, self._join)),
            ("ebike", "拉插板", (8, 5)),  # urgent
        )  # fmt: skip
        for key, saying, filed, *steps in plan:
            self._case(key, saying, filed, steps, lost=key == "stall")

    def _case(self, key: str, saying: str, filed: tuple[int, int], steps: Any, *, lost: bool) -> None:
        topic = next(t for t in self.cases.topics if t.key == key)
        script = self.cases.script(self.block, topic, OPENS, filed[0], saying=saying)
        script.filed_at = clock.at(OPENS, *filed)
        script.source = Case.Source.SCAN if script.building is not None else Case.Source.WEB
        self.cases.callers += 1
        script.name, script.phone = "林女士", f"1380000{6000 + self.cases.callers}"
        script.twists.add("photo")
        if lost:
            script.twists.add("triage")
        at = self.cases.timeline.on_the_morning_after
        at(script.filed_at, lambda: self._file(script))
        for hour, minute, act in steps:
            at(clock.at(OPENS, hour, minute), partial(act, script))

    def _file(self, script: Script) -> None:
        filed = actions.file_case(
            self.cases.intake.routed(script), self.desk.categories[script.topic.category], by=PUBLIC, body=script.body,
            kind=script.topic.kind, place=script.place, source=script.source, name=script.name, phone=script.phone,
            is_urgent=script.topic.urgent, answers=dict(script.topic.answers),
            photos=self.desk.photos(script),
        )  # fmt: skip
        script.case = filed.case

    def _holder(self, script: Script) -> Account:
        case = self.cases.intake.work.fresh(script)
        return self.cases.intake.work.holder(case, script)

    # ── steps ────────────────────────────────────────────────────────────────────────────────────
    def _give(self, key: str) -> Callable[[Script], object]:
        return lambda s: actions.accept_case(s.case, by=self.block.head, lead=self.desk.handler(key, self.block))

    def _acknowledge(self, script: Script) -> None:
        by = self._holder(script)
        actions.acknowledge_case(script.case, by=by)

    def _contact(self, script: Script) -> None:
        by = self._holder(script)
        actions.contact_complainant(script.case, by=by, note="已通电话，家属今天赶不回来。")

    def _whistle(self, script: Script) -> None:
        by = self._holder(script)
        call = "老人独居、卧床，需要社区协调家庭医生和长者饭堂。"
        actions.escalate_case(script.case, by=by, call=call)

    def _ask(self, kind: str, days: int) -> Callable[[Script], object]:
        def ask(script: Script) -> None:
            until = OPENS + timedelta(days=days)
            by = self._holder(script)
            reason = "冷补料今天用完，新料周五到货。" if kind == "pause" else "井座要现浇，养护期七天。"
            actions.ask_for_time(script.case, by=by, kind=kind, until=until, reason=reason)

        return ask

    def _grant(self, script: Script) -> None:
        change = ClockChange.objects.get(case=script.case)
        change.case = script.case
        self._holder(script)
        actions.decide_time(change, by=self.block.chief, granted=True)

    def _object(self, script: Script) -> None:
        by = self._holder(script)
        actions.object_to_dispatch(script.case, by=by, reason="夜间施工许可由住建部门核发，我们没有处罚依据。")

    def _help(self, key: str) -> Callable[[Script], object]:
        def ask(script: Script) -> None:
            by = self._holder(script)
            actions.ask_for_help(script.case, [self.desk.handler(key, self.block)], by=by)

        return ask

    def _reply(self, text: str) -> Callable[[Script], object]:
        def reply(script: Script) -> None:
            by = self._holder(script)
            actions.reply_case(script.case, by=by, text=text.format(**script.words))

        return reply

    def _rate(self, score: str, words: str) -> Callable[[Script], object]:
        def rate(script: Script) -> None:
            self._holder(script)
            complainant = script.case.complainants.order_by("pk")[0]
            actions.rate_case(script.case, complainant, score=score, by=PUBLIC, words=words)

        return rate

    def _join(self, script: Script) -> None:
        self._holder(script)
        actions.join_case(script.case, by=PUBLIC, body="我也天天堵在这里。")
