"""Who comes to wishes, claims and rounds; tests/doors.py takes these in."""

from __future__ import annotations

from typing import Any

from jiequ.outreach.models import Wish, WishClaim, WishRound
from tests.doors import Door, Everybody, Held, Listed, Within
from tests.street import Place, Who


def wish(state: str) -> Any:
    def args(place: Place, who: Who) -> int:
        return Wish.objects.filter(unit=place.block, state=state).order_by("pk")[0].pk

    return args


def move(name: str, state: str, may: str) -> Within:
    found = wish(state)
    return Within(seen="outreach.view_wish", may=may, args=lambda p, w: (found(p, w), name), label=name)


def claim(place: Place, who: Who) -> int:
    return WishClaim.objects.filter(unit=place.block).order_by("pk")[0].pk


def claim_move(name: str) -> Within:
    return Within(
        seen="outreach.view_wish", may="outreach.verify_wish", args=lambda p, w: (claim(p, w), name), label=name
    )


class OfRound(Within):
    """A round is seen by whoever may look at wishes at, below or above its unit."""


WISH_DOORS: dict[str, Door | list[Door]] = {
    "wishes": Listed(may="outreach.view_wish", ways="get"),
    "wish-new": Listed(may="outreach.draft_wish"),
    "wish": Within(seen="outreach.view_wish", args=wish("published"), ways="get"),
    "wish-claim": Within(seen="outreach.view_wish", args=claim, ways="get"),
    "wish-move": [
        move("publish", "draft", "outreach.publish_wish"),
        move("return", "draft", "outreach.verify_wish"),
        move("turn", "draft", "outreach.verify_wish"),
        move("edit", "draft", "outreach.verify_wish"),
        move("withdraw", "draft", "outreach.verify_wish"),
        move("redraft", "returned", "outreach.verify_wish"),
        move("claim", "published", "outreach.claim_wish"),
        move("confirm", "fulfilled", "outreach.confirm_wish"),
        move("dispute", "fulfilled", "outreach.confirm_wish"),
        move("link", "fulfilled", "outreach.verify_wish"),
    ],
    "wish-claim-move": [claim_move(name) for name in ("connect", "bring", "give_up")],
    "wish-rounds": Held(may="outreach.view_wish", ways="get"),
    "wish-round-open": Held(may="outreach.open_round"),
    "wish-round-close": Within(
        seen="outreach.view_wish",
        may="outreach.open_round",
        args=lambda p, w: WishRound.objects.get(unit=p.block).pk,
    ),
    "case-wish": Within(seen="cases.view_case", may="cases.handle_case", args=lambda p, w: p.cases["working"].pk),
    "wish-wall": Everybody(ways="get"),
    "public-wishes": Everybody(args=lambda p, w: p.block.code, ways="get"),
    "public-wish": Everybody(args=lambda p, w: p.wisher),
}
