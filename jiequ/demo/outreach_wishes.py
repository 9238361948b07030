"""Micro-wishes of the pilot: most from the blocks' registers, month by month; some step by step, as they are claimed on the wall."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from jiequ.core import clock
from jiequ.core.permission import Refused
from jiequ.demo.cast import Block, Cast
from jiequ.demo.outreach_homes import Homes
from jiequ.demo.outreach_texts import WHY, WISHES
from jiequ.demo.timeline import ENDS, Timeline
from jiequ.outreach.actions import (
    Granted,
    bring_claim,
    claim_wish,
    close_round,
    confirm_wish,
    connect_claim,
    draft_wish,
    enter_granted_wishes,
    give_up_claim,
    open_round,
    publish_wish,
    return_wish,
    sweep_wishes,
    withdraw_wish,
)
from jiequ.outreach.actions.public_words import check_public
from jiequ.outreach.models import Household, Wish, WishClaim, WishRound
from jiequ.people.models import Account

MONTHS = range(3, 12)
STYLES = {"elder": ("elder",), "family": ("woman", "adult"), "worker": ("rider",), "child": ("woman", "elder")}
ROUNDS = (("春季心愿", (3, 10), (5, 31)), ("夏季心愿", (6, 1), (8, 31)), ("秋冬心愿", (9, 1), (12, 31)))
STEPWISE = 34  # wishes that go over the wall step by step, beside the registers
CHECKS = ("small", "feasible", "reasonable")


class Wishes:
    def __init__(self, dice: Random, cast: Cast, timeline: Timeline, homes: Homes) -> None:
        self.dice, self.cast, self.timeline, self.homes = dice, cast, timeline, homes
        self.said: set[str] = set()
        self.rounds: dict[int, WishRound] = {}

    def act(self) -> None:
        for name, opens, closes in ROUNDS:
            self.timeline.at(clock.at(date(2021, *opens), 9, 40), partial(self._round, name, date(2021, *closes)))
        for n, block in enumerate(self.cast.blocks):
            for month in MONTHS:
                day = date(2021, month, 26 if month != 11 else 24)
                self.timeline.at(
                    clock.at(day, 16, n), partial(self._register, block, 2 + (n + month) % 5 // 2 + (n == 0))
                )
        for n in range(STEPWISE):
            day = date(2021, 3, 16) + timedelta(days=7 * n)
            self.timeline.at(clock.at(day, 10, n), partial(self._begin, self.cast.blocks[n % 20], n))
        for n in range(0, (ENDS - date(2021, 3, 16)).days + 1, 3):
            self.timeline.at(clock.at(date(2021, 3, 16) + timedelta(days=n), 8, 10), sweep_wishes)

    def _round(self, name: str, closes_on: date) -> None:
        """Each community ends its round and begins the next: what is left is first in line."""
        for chief, community in {b.chief.person.pk: (b.chief, b.community) for b in self.cast.blocks}.values():
            if (last := self.rounds.get(community.pk)) is not None:
                close_round(last, by=chief)
            opened = open_round(community, by=chief, name=f"2021年{name}", opens_on=clock.today(), closes_on=closes_on)
            self.rounds[community.pk] = opened

    # ── from the registers ───────────────────────────────────────────────────────────────────────
    def _register(self, block: Block, count: int) -> None:
        enter_granted_wishes(block.unit, [self._granted(block) for _ in range(count)], by=block.head)

    def _granted(self, block: Block) -> Granted:
        about, kind, title, words = self._words()
        drafted = clock.today().replace(day=self.dice.randrange(1, 11))
        claimed = drafted + timedelta(days=self.dice.randrange(6))
        brought = claimed + timedelta(days=self.dice.randrange(1, 6))
        household = self._household(block, about, title)
        return Granted(
            words=words, title=title, about=about, kind=kind, person=self.dice.choice(block.members),
            drafted_on=max(drafted, date(2021, 3, 8)), claimed_on=max(claimed, date(2021, 3, 8)),
            brought_on=max(brought, date(2021, 3, 9)), confirmed_on=max(brought, date(2021, 3, 9)) + timedelta(days=1),
            household=household, grid=None if household else self.dice.choice(block.grids),
        )  # fmt: skip

    def _words(self) -> tuple[str, str, str, str]:
        """A wish in words that nobody has used before."""
        while True:
            about, kind, title, words = self.dice.choice(WISHES)
            said = words + self.dice.choice(WHY)
            if self.dice.random() < 0.3:
                said = self.dice.choice(("网格员你好，", "不好意思，", "想了很久，", "问一下，")) + said
            if said not in self.said or len(self.said) > 2200:
                self.said.add(said)
                return about, kind, title, said

    def _household(self, block: Block, about: str, *public: str) -> Household | None:
        """Somebody of the block whose wish it may be; nobody where the words would tell who."""
        homes = self.homes.of(block, *STYLES.get(about, ("elder", "adult", "woman", "rider")))
        if about in ("neighbours", "resident") or not homes or self.dice.random() < 0.3:
            return None
        rows = Household.objects.select_related("unit", "building")
        household: Household = rows.get(pk=self.dice.choice(homes).pk)
        try:
            for words in public:
                check_public(household, title=words)
        except Refused:
            return None
        return household

    # ── step by step ─────────────────────────────────────────────────────────────────────────────
    def _begin(self, block: Block, n: int) -> None:
        about, kind, title, words = self._words()
        parts = (1, 1, 3, 1, 5, 1, 1, 2)[n % 8]
        by = Account(person=self.dice.choice(block.members))
        wish = draft_wish(
            block.unit, by=by, words=words, title=title, about=about, kind=kind, parts=parts,
            grid=self.dice.choice(block.grids),
        )  # fmt: skip
        if n % 11 == 10:
            reason = "这件事街道有专门的补助，已告知怎么申请。" if n % 2 else "请写清要几码、几时用，再报一次。"
            self._in(1, return_wish, wish, by=block.head, reason=reason)
            return
        self._in(1, self._publish, wish, block, title)
        if n % 11 == 9:
            self._in(4, withdraw_wish, wish, by=block.head, reason="已经有亲戚送来了。")
            return
        self._in(2, self._claims, wish, block, n)

    def _publish(self, wish: Wish, block: Block, title: str) -> None:
        publish_wish(wish, by=block.head, title=title, checks=CHECKS)

    def _claims(self, wish: Wish, block: Block, n: int) -> None:
        """One takes it, several share it, somebody waits in line, somebody gives up or is too slow."""
        people = self.dice.sample(block.members, min(len(block.members), wish.parts + 1))
        for at, person in enumerate(people):
            by = Account(person=person)
            claim = claim_wish(_fresh(wish), by=by)
            if at == 0 and n % 6 == 3:
                self._in(2, give_up_claim, claim, by=by)
            elif at == 0 and n % 6 == 4:
                pass  # released after seven days: the next in line has it
            else:
                self._in(2 if at else 1, self._grant, claim.pk, by, block)

    def _grant(self, claim: int, by: Account, block: Block) -> None:
        """Connect, and some days later bring; whoever still waits in line tries again in a week."""
        row = WishClaim.objects.select_related("wish__unit", "wish__rule", "person", "team", "unit").get(pk=claim)
        if row.wish.state in Wish.ENDED or row.state in (WishClaim.State.RELEASED, WishClaim.State.GIVEN_UP):
            return
        if row.state == WishClaim.State.WAITING:
            self._in(8, self._grant, claim, by, block)
        elif row.state == WishClaim.State.HELD:
            connect_claim(row, by=by)
            self._in(self.dice.randrange(1, 5), self._grant, claim, by, block)
        elif row.state == WishClaim.State.CONNECTED:
            bring_claim(row, by=by)
            if _fresh(row.wish).state == Wish.State.FULFILLED:
                self._in(1, self._confirm, row.wish, block)

    def _confirm(self, wish: Wish, block: Block) -> None:
        row = _fresh(wish)
        if row.state == Wish.State.FULFILLED:
            confirm_wish(row, by=block.head)

    def _in(self, days: int, act: Any, *args: Any, **kwargs: Any) -> None:
        at = clock.now() + timedelta(days=days, minutes=self.dice.randrange(40))
        self.timeline.at(at, partial(act, *args, **kwargs))


def _fresh(wish: Wish) -> Wish:
    return Wish.objects.select_related("unit", "rule", "household").get(pk=wish.pk)
