"""What is to become of each motion and each meeting of the pilot, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from jiequ.council.models import Motion
from jiequ.demo.cast import Block
from jiequ.people.models import Account


@dataclass
class Script:
    """What is to become of one motion."""

    block: Block
    category: str
    words: tuple[str, str, str, str, int | None]
    fate: str = "conclude"  # conclude | unfinished | reject | postpone
    decided_on: date = date(2021, 2, 27)
    vote: str = "hands"  # hands | named | by_name | secret
    twists: set[str] = field(default_factory=set)  # of this item; see councils.ITEM_TWISTS
    asked_twice: bool = False
    supervisor: Account | None = None
    redone_on: datetime | None = None
    pk: int = 0

    @property
    def row(self) -> Motion:
        """As it stands now: others have acted on it in the meantime."""
        return Motion.objects.with_unit().select_related("rule", "meeting", "responsible").get(pk=self.pk)

    @property
    def is_major(self) -> bool:
        return (self.words[4] or 0) > 10_000


@dataclass
class Sitting:
    """One meeting that was held, its motions, and perhaps an earlier try without a quorum."""

    block: Block
    day: date
    scripts: list[Script] = field(default_factory=list)
    adjourned_on: date | None = None
    twists: set[str] = field(default_factory=set)  # see councils.SITTING_TWISTS
