"""What waits in 石一 when a visitor opens the demo: a wish in every state, two versions of one household, a full Saturday, a certificate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from jiequ.cases.models import CaseCategory
from jiequ.core import clock
from jiequ.demo.cast import Cast
from jiequ.demo.outreach_homes import Homes
from jiequ.demo.timeline import OPENS, Timeline
from jiequ.outreach.actions import (
    assign_household,
    bring_claim,
    claim_wish,
    confirm_wish,
    connect_claim,
    draft_wish,
    edit_household,
    issue_certificate,
    note_event,
    publish_wish,
    record_visit,
    return_wish,
    sign_up,
    turn_wish_into_case,
    verify_wish,
    withdraw_wish,
)
from jiequ.outreach.models import Activity, Household, SignUp, Wish
from jiequ.people.models import Account, Person

CHECKS = ("small", "feasible", "reasonable")
MINE = 9  # households that the member who signs in looks after
#: (how far it has come, whose, kind, title, words, parts, parts taken).
STATES: tuple[tuple[str, str, str, str, str, int, int], ...] = (
    ("draft", "elder", "service", "", "想请人把厨房的灯换亮一点，晚上切菜看不清。", 1, 0),
    ("draft", "child", "goods", "", "想要一副羽毛球拍，和同学一起打。", 1, 0),
    ("verified", "family", "goods", "想要一个婴儿澡盆", "孩子三个月，现在用脸盆洗澡。", 1, 0),
    ("published", "elder", "goods", "想要一床电热毯", "天冷了，脚捂不热，要有定时的那种。", 1, 0),
    ("published", "neighbours", "goods", "想给四点半课堂添五张小凳子", "孩子们坐在台阶上写字，想要五张小凳子。", 5, 3),
    ("published", "worker", "service", "想学做简历", "换工作，简历不知道怎么写。", 1, 0),
    ("published", "resident", "service", "想请人教骑自行车", "四十岁了还不会骑车，接孩子放学用。", 1, 0),
    ("claimed", "child", "goods", "想要一本新华字典", "旧字典掉页了。", 1, 1),
    ("connected", "elder", "service", "想有人陪着去配一副老花镜", "眼镜腿断了，镜店在观澜那边，不会坐车。", 1, 1),
    ("fulfilled", "elder", "goods", "想要一个泡脚桶", "医生说泡脚好，要高一点的桶。", 1, 1),
    ("confirmed", "family", "service", "想请人修一修卫生间的门", "门关不上，用绳子拴着。", 1, 1),
    ("returned", "resident", "goods", "", "想要一台电脑。", 1, 0),
    ("withdrawn", "worker", "goods", "想要一件反光背心", "夜里送货想要件反光背心。", 1, 0),
    ("turned", "neighbours", "service", "", "楼下路灯不亮半个月了，希望快点修好。", 1, 0),
)  # fmt: skip
WALL: tuple[tuple[int, str, str, str, str], ...] = (
    (3, "elder", "goods", "想要一条厚毛毯", "去年的毛毯送人了，今年怕冷。"),
    (4, "child", "service", "想有人陪练英语口语", "想参加学校的演讲，没人听我念。"),
    (7, "family", "goods", "想要一个儿童安全座椅", "老二出生了，旧的坐不下。"),
    (8, "worker", "goods", "想要一双防水手套", "冬天洗车手裂了。"),
    (10, "elder", "service", "想请人把大衣柜挪开", "柜子挡着窗，一个人搬不动。"),
    (12, "neighbours", "service", "想请人教大家包客家粄", "年轻人没吃过，想一起做一次。"),
    (15, "resident", "goods", "想要一个二手书架", "书都堆在地上。"),
    (17, "child", "goods", "想要一副跳棋", "周末和弟弟在家玩。"),
)


class Morning:
    def __init__(self, dice: Random, cast: Cast, timeline: Timeline, homes: Homes) -> None:
        self.dice, self.cast, self.timeline, self.homes = dice, cast, timeline, homes
        self.block = cast.blocks[0]

    def act(self) -> None:
        at, block = self.timeline.at, self.block
        at(clock.at(date(2021, 11, 22), 9), self._assign)
        for n, wish in enumerate(STATES):
            at(clock.at(date(2021, 11, 27), 9, n), partial(self._wish, *wish))
        for n, about, kind, title, words in WALL:
            at(clock.at(date(2021, 11, 25), 15, n), partial(self._on_the_wall, n, about, kind, title, words))
        at(clock.at(date(2021, 11, 30), 18, 30), self._clash)
        at(clock.at(date(2021, 11, 30), 19), self._saturday)
        at(clock.at(date(2021, 11, 30), 19, 30), self._certificate)
        morning = self.timeline.on_the_morning_after
        morning(clock.at(OPENS, 7, 40), self._found_on_a_visit)
        morning(clock.at(OPENS, 8, 0), lambda: note_event(self._mine()[3], by=block.head))

    @property
    def me(self) -> Account:
        """Who signs in as member-shiyi-1."""
        return Account(person=self.block.members[0])

    def _mine(self) -> list[Household]:
        """Those whose contact is not overdue: what is overdue stays so for the visitor."""
        rows = Household.objects.current().filter(member=self.block.members[0], next_due_on__gte=OPENS)
        return list(rows.select_related("unit", "building").order_by("pk"))

    def _assign(self) -> None:
        """Some households have no contact by arrangement yet."""
        rows = (
            Household.objects.current()
            .filter(unit=self.homes.first)
            .exclude(tier="")
            .select_related("unit", "building")
        )
        for household in rows.exclude(member=self.block.members[0]).order_by("next_due_on", "pk")[:MINE]:
            assign_household(household, self.block.members[0], by=self.block.head)

    # ── wishes ───────────────────────────────────────────────────────────────────────────────────
    def _draft(self, block: Any, about: str, kind: str, title: str, words: str, parts: int = 1) -> Wish:
        by = Account(person=block.members[3])
        return draft_wish(
            block.unit, by=by, words=words, title=title, about=about, kind=kind, parts=parts, grid=block.grids[0]
        )

    def _on_the_wall(self, n: int, about: str, kind: str, title: str, words: str) -> None:
        block = self.cast.blocks[n]
        wish = self._draft(block, about, kind, title, words)
        publish_wish(wish, by=block.head, title=title, checks=CHECKS)

    def _wish(self, state: str, about: str, kind: str, title: str, words: str, parts: int, taken: int) -> None:
        """As far as `state`, each step a while after the other, in the last days."""
        head = self.block.head
        wish = self._draft(self.block, about, kind, title, words, parts)
        row: Callable[[], Wish] = lambda: Wish.objects.select_related("unit", "rule", "household").get(pk=wish.pk)  # noqa: E731
        if state == "verified":
            self._then(3, lambda: verify_wish(row(), by=head, checks=CHECKS))
        elif state == "returned":
            reason = "太贵，不是微心愿；社区有公用电脑，已告知开放时间。"
            self._then(3, lambda: return_wish(row(), by=head, reason=reason))
        elif state == "turned":
            category = CaseCategory.objects.get(code="street-lighting")
            self.timeline.on_the_morning_after(
                clock.at(OPENS, 7, 10), lambda: turn_wish_into_case(row(), by=head, category=category)
            )
        elif state != "draft":
            self._then(2, lambda: publish_wish(row(), by=head, title=title, checks=CHECKS))
        if state == "withdrawn":
            self._then(20, lambda: withdraw_wish(row(), by=head, reason="公司已经发了一件。"))
        for n in range(taken):
            self._then(4 + n, partial(self._claim, row, self.block.members[5 + n], state))

    def _claim(self, row: Callable[[], Wish], person: Person, state: str) -> None:
        by = Account(person=person)
        claim = claim_wish(row(), by=by)
        if state in ("connected", "fulfilled", "confirmed"):
            self._then(20, lambda: connect_claim(claim, by=by))
        if state in ("fulfilled", "confirmed"):
            self._then(40, lambda: bring_claim(claim, by=by))
        if state == "confirmed":
            self._then(60, lambda: confirm_wish(row(), by=self.block.head))

    def _then(self, hours: int, act: Callable[[], object]) -> None:
        self.timeline.at(clock.now() + timedelta(hours=hours), act)

    # ── at the doors ─────────────────────────────────────────────────────────────────────────────
    def _clash(self) -> None:
        """On stairs without a network one member noted a new number, while the head had corrected it already."""
        household = self._mine()[1]
        version = household.version
        edit_household(household, by=self.block.head, phone="13800005901")
        record_visit(
            self._mine()[1], by=self.me, services=("ask", "bring"), note="换了新号码，以后打这个。", version=version,
            changes={"phone": "13800005902", "remark": "换了夜班，下午三点后在家"},
        )  # fmt: skip

    def _found_on_a_visit(self) -> None:
        """Three things found in one visit, each on its way already."""
        record_visit(
            self._mine()[2], by=self.me, services=("look", "ask"), note="楼梯灯不亮，老人下楼怕摔。",
            findings=[
                {"kind": "case", "words": "三楼到四楼的楼梯灯不亮，老人下楼怕摔。"},
                {"kind": "wish", "words": "想要一个插电的小夜灯，晚上起夜不摸黑。"},
            ],
        )  # fmt: skip

    # ── together ─────────────────────────────────────────────────────────────────────────────────
    def _saturday(self) -> None:
        """The coming Saturday is full, and two wait."""
        coming = Activity.objects.coming().filter(unit=self.block.unit, series__isnull=False)
        activity = coming.select_related("unit", "team")[0]
        for person in self.block.members[1:9]:
            sign_up(activity, by=Account(person=person))

    def _certificate(self) -> None:
        """Somebody needs it for work: the hours of these months, as they were recorded."""
        wanted = SignUp.objects.filter(hours__isnull=False, activity__unit=self.block.unit).select_related("person")
        person = wanted.order_by("pk")[0].person
        issue_certificate(person, by=Account(person=person), starts_on=date(2021, 3, 1), ends_on=date(2021, 11, 30))
