"""Wordings that are looked for in what people write, and those of an emergency: both houses that take words in say 110, 119, 120.

A `Sign` is looked for sentence by sentence: what `unless` finds in the same sentence takes it back (a fire drill is no fire).
Each line is a guess about language: add to it, with a line in tests/core/test_wordings.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sign:
    """One wording. `why` is said to whoever reads it; `to` is the right channel, or what the writer can do instead."""

    key: str
    seen: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    why: Any = ""
    to: Any = ""
    item: int = 0  # of article 278


def sign(key: str, seen: str, unless: str = "", **more: Any) -> Sign:
    return Sign(key, re.compile(seen), re.compile(unless) if unless else None, **more)


def normal(text: str) -> str:
    """One form for what looks the same: full-width letters and digits, capitals."""
    return unicodedata.normalize("NFKC", text).casefold()


def sentences(title: str, body: str) -> list[str]:
    """The title and each sentence of the body, without spaces; commas do not end one."""
    parts = [title, *re.split(r"[。！？!?;；\n]+", body)]
    return [s for s in (re.sub(r"\s+", "", normal(p)) for p in parts) if s]


def first_of(signs: Iterable[Sign], said: list[str]) -> Sign | None:
    """The first sign that one sentence shows, and does not take back."""
    for each in signs:
        for sentence in said:
            if each.seen.search(sentence) and not (each.unless and each.unless.search(sentence)):
                return each
    return None


_TALK = r"演练|宣传|培训|讲座|预防|防范|防止|避免|以免|怕|万一|容易|隐患|报警器|知识|设备|器材|曾经|去年|上次|以后"
EMERGENCIES = (
    sign("fire", r"(?:正在|已经|又|突然|现在)?(?:着火了|起火了|失火|正在着火|正在起火|冒浓烟|爆炸了)|(?:燃气|煤气|天然气)(?:正在)?(?:泄漏|泄露|漏气)|闻到.{0,4}(?:煤气|燃气)味", _TALK, to="119"),
    sign("hurt", r"晕倒|昏迷|没有?呼吸|心梗|触电了|溺水|坠楼|大出血|摔下来不能动", _TALK + r"|绊倒过", to="120"),
    sign("crime", r"正在打架|持刀|拿刀|砍人|抢劫|入室|家暴|要跳楼|想自杀|绑架|(?:老人|小孩|孩子)(?:走失|失踪|不见了)", _TALK, to="110"),
)  # fmt: skip


def emergency_number(text: str) -> str:
    """110, 119 or 120 where `text` speaks of what they are there for; "" otherwise."""
    found = first_of(EMERGENCIES, sentences("", text))
    return str(found.to) if found is not None else ""
