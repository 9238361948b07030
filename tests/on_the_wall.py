"""Wishes of a street's block, one in each state that has a page of its own, a claim, a round, and a wisher with a link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.outreach import actions
from jiequ.outreach.models import Wish
from jiequ.territory.models import Unit
from tests import make

CHECKS = ("small", "feasible", "reasonable")


def on_the_wall(block: Unit, grid: Unit, *, words: str = "浴室地滑，想装一根扶手。", household: Any = None) -> str:
    """Made by the real actions, written down by the machine, claimed by a member of the grid; returns the secret of the link of the
    one that waits to be confirmed."""
    member = make.account("member", grid)
    actions.open_round(
        block, by=SYSTEM, name="第一批", opens_on=clock.today(), closes_on=clock.today() + timedelta(days=30)
    )

    def drafted() -> Wish:
        return actions.draft_wish(block, by=SYSTEM, words=words, household=household)

    def published() -> Wish:
        return actions.publish_wish(drafted(), by=SYSTEM, title="想在浴室装一根扶手", checks=CHECKS)

    drafted()
    actions.claim_wish(published(), by=member)
    published()
    actions.return_wish(drafted(), by=SYSTEM, reason="请写明要几根。")
    granted = published()
    actions.bring_claim(actions.claim_wish(granted, by=member), by=member)
    confirmed = published()
    actions.bring_claim(actions.claim_wish(confirmed, by=member), by=member)
    actions.confirm_wish(confirmed, by=SYSTEM)
    return actions.make_wish_link(granted, by=SYSTEM)
