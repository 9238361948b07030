"""Who was there at any moment of a meeting, reckoned from its record alone, as actions/presence.py does from the tables.

Frozen minutes must be able to say it without the tables. Moments are the record's ISO texts in UTC, which compare as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jiequ.council.documents.record import Content, seats_of
from jiequ.council.models import Recusal
from jiequ.council.models.councils import Fraction


def quorum_of(content: Content) -> Fraction:
    return Fraction(*content["quorum"])


def need_of(content: Content) -> int:
    """How many of the seats make a quorum; 0 where there is no seat."""
    seats = len(seats_of(content))
    return quorum_of(content).needed(seats) if seats else 0


def present_at(content: Content, at: str, *, edges: bool | None = None) -> set[int]:
    """Who counts as present at a moment: with a vote in the room, or represented by somebody who is.

    Whoever arrives at the moment is there, whoever leaves at it is not. With `edges` True both are there, with False neither.
    """

    def spans(row: dict[str, Any]) -> bool:
        since, until = row["from"], row["to"]
        begun = since < at if edges is False else since <= at
        return begun and (until is None or (until >= at if edges else until > at))

    inside = {stay["person"] for stay in content["stays"] if stay["votes"] and spans(stay)}
    if not content["allows_proxies"]:
        return inside
    acting = [proxy for proxy in content["proxies"] if proxy["acting"] in inside and spans(proxy)]
    return inside | {proxy["represented"] for proxy in acting} & set(seats_of(content))


def quorum_changes(content: Content) -> list[tuple[str, int, bool]]:
    """(moment, present, is quorate): at the opening, then each time the quorum was lost or regained before the end."""
    opened, closed = content["opened_at"], content["closed_at"]
    if opened is None:
        return []
    need = need_of(content)
    moments = {
        moment
        for row in (*content["stays"], *content["proxies"])
        for moment in (row["from"], row["to"])
        if moment is not None and moment > opened and (closed is None or moment < closed)
    }
    changes: list[tuple[str, int, bool]] = []
    for moment in [opened, *sorted(moments)]:
        present = len(present_at(content, moment))
        is_quorate = need > 0 and present >= need
        if not changes or changes[-1][2] != is_quorate:
            changes.append((moment, present, is_quorate))
    return changes


def recused_by(item: dict[str, Any], at: str, *, strictly: bool = False) -> set[int]:
    """Who stayed out of an item from a moment before `at` on (at it as well, unless `strictly`)."""
    held: Iterable[dict[str, Any]] = (r for r in item["recusals"] if r["state"] == Recusal.State.HELD)
    return {r["person"] for r in held if r["from"] < at or (r["from"] == at and not strictly)}


def present_range(content: Content, item: dict[str, Any], at: str) -> tuple[int, int]:
    """The fewest and the most who can have counted as present for an item at a moment: a clock shows no order within it."""
    surely = present_at(content, at, edges=False) - recused_by(item, at)
    perhaps = present_at(content, at, edges=True) - recused_by(item, at, strictly=True)
    return len(surely), len(perhaps)
