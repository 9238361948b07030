"""A street for wishes: a block with its people, and wishes at every stage; for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import bring_claim, claim_wish, connect_claim, draft_wish, publish_wish
from jiequ.outreach.models import Wish
from jiequ.people.models import Account
from jiequ.territory.models import Unit
from tests import make

ALL = ("small", "feasible", "reasonable")


@dataclass
class Block:
    root: Unit
    community: Unit
    block: Unit
    grid: Unit
    building: Unit
    chief: Account
    head: Account
    keeper: Account  # the grid's 网格员, who writes wishes down
    members: list[Account]


def block(members: int = 4) -> Block:
    building = make.unit("building")
    grid, inside, community, root = (make.above(building, depth) for depth in (4, 3, 2, 1))
    return Block(
        root=root, community=community, block=inside, grid=grid, building=building,
        chief=make.account("chief", community), head=make.account("head", inside),
        keeper=make.account("grid_member", grid), members=[make.account("member", grid) for _ in range(members)],
    )  # fmt: skip


def draft(at: Block, *, words: str = "浴室地滑，想装一根扶手。", **more: Any) -> Wish:
    by = more.pop("by", at.keeper)
    made = draft_wish(at.block, by=by, words=words, **more)
    return again(made)


def published(at: Block, *, title: str = "想在浴室装一根扶手", **more: Any) -> Wish:
    says = more.pop("says", "")
    made = draft(at, **more)
    publish_wish(made, by=at.head, title=title, says=says, checks=ALL)
    return again(made)


def fulfilled(at: Block, *, by: Account | None = None, **more: Any) -> Wish:
    """All its parts claimed, connected and brought by one member."""
    made = published(at, **more)
    who = by or at.members[0]
    claim = claim_wish(made, by=who, parts=made.parts)
    connect_claim(claim, by=who)
    bring_claim(claim, by=who)
    return again(made)


def again(wish: Wish) -> Wish:
    """As the next request reads it."""
    return Wish.objects.select_related("unit", "rule", "case", "household__building").get(pk=wish.pk)


def team(at: Block, *persons: Account, leader: Account | None = None, name: str = "楼道红管家") -> Any:
    from jiequ.people.actions import form_team

    return form_team(
        name, at.block, by=SYSTEM, purpose="修修补补", leader=leader.person if leader else None,
        persons=[a.person for a in persons],
    )  # fmt: skip
