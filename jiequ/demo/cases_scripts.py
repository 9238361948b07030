"""What residents ask for and what is to become of each request, before anything happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jiequ.cases.models import Case
from jiequ.demo.cast import Block
from jiequ.territory.models import Unit

#: When a topic comes up: its weight in each month from February to November. 龙舟水 in May and June, typhoons from August,
#: the testing of 2021's early summer, the start of school.
SEASONS = {
    "all": (4, 4, 4, 4, 4, 4, 4, 4, 4, 4),
    "rain": (0, 1, 2, 8, 10, 4, 4, 2, 2, 0),
    "typhoon": (0, 0, 0, 0, 1, 4, 8, 3, 12, 1),
    "epidemic": (4, 3, 2, 6, 12, 5, 4, 2, 2, 2),
    "heat": (0, 0, 1, 3, 6, 9, 9, 6, 2, 0),
    "school": (1, 2, 3, 5, 3, 3, 7, 8, 1, 1),
    "mosquito": (0, 2, 4, 7, 8, 8, 7, 6, 4, 2),
    "winter": (4, 2, 1, 0, 0, 0, 0, 0, 2, 5),
}


@dataclass(frozen=True)
class Topic:
    """One matter, as residents write of it. `{n}` is a building, `{f}` a floor, `{d}` a number of days, `{s}` a place, `{t}` a time.

    `lead` names the handler of the duty list; `replies` say what was done, `explains` why it cannot be done as asked,
    `spot` what was put right at once (empty: nothing). A text may bring a reply of its own.
    """

    key: str
    category: str  # its code
    lead: str
    texts: tuple[str | tuple[str, str], ...]
    replies: tuple[str, ...]
    explains: tuple[str, ...] = ()
    spot: tuple[str, ...] = ()
    kind: str = ""  # the category's own where empty
    season: str = "all"
    weight: int = 4
    urgent: bool = False
    helper: str = ""  # who is often asked to help
    call: str = ""  # what the block whistles for
    channel: str = ""  # where it is referred to
    answers: Mapping[str, Any] = field(default_factory=dict)  # to what the category asks besides


@dataclass
class Script:
    """What is to become of one request."""

    block: Block
    building: Unit | None
    topic: Topic
    body: str
    reply: str
    words: dict[str, Any]  # what stood in the braces
    place: str
    filed_at: datetime
    source: str = Case.Source.SCAN
    name: str = ""
    phone: str = ""
    fate: str = "solve"  # solve | answer | spot | decline | refer | merge | withdraw | motion
    lead: str = ""
    twists: set[str] = field(default_factory=set)
    scores: list[str] = field(default_factory=list)  # what is said of each answer; "" for nothing
    ways: str = "link"  # how it is rated: link | call
    joined: int = 0
    merged_with: Script | None = None
    case: Any = None
    secret: str = ""
