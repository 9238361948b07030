"""What may be published of counts, so that nobody small enough to be recognised can be read off them.

1 to 4 is 少于5. Where counts of one page add up to the same number twice (three months; the same three months by category),
a small one might be what is left of a sum: then the small ones are told together, with a larger one if need be, or the second
list is left out. Sums are made of what is shown, never of what is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FEW = 5  # fewer than this are not told


@dataclass(frozen=True)
class Shown:
    """A count as everybody may read it. `least` is what a reader knows of it at least; `n` is None where it is withheld."""

    n: int | None
    least: int

    @property
    def is_few(self) -> bool:
        return self.n is None


def shown(n: int) -> Shown:
    """A count that stands alone: nothing else on the page adds up to it."""
    return Shown(None, 1) if 0 < n < FEW else Shown(n, n)


def may_divide(part: int, whole: int) -> bool:
    """Whether a share may be told: neither those in it nor those not in it are few."""
    return whole > 0 and not 0 < part < FEW and not 0 < whole - part < FEW


def at_least(counts: Sequence[Shown]) -> int:
    """A sum that tells nothing more: whoever reads the counts can add it up."""
    return sum(count.least for count in counts)


def publish(one: Sequence[int], other: Sequence[int]) -> tuple[list[Shown], list[int | None] | None]:
    """Two lists of counts of the same things, as they may stand on one page: the first by itself, of the second those that may
    be told by name; the rest of it (None) is told as one sum, which is 0 or 5 and more.

    Where a count of the first is withheld the second is None: it would add up to it. A rest that is itself small, or so large
    for so few that each must be near 4, takes in the smallest of the others, all of them where several are alike. So a
    reader who knows this rule and every sum learns of none more than that it is small.
    """
    first, told = [shown(n) for n in one], [n if n >= FEW else None for n in other]
    few = [n for n in other if 0 < n < FEW]
    if any(count.is_few for count in first):
        return first, None
    if few and not FEW <= sum(few) <= (FEW - 1) * len(few) - (FEW - 2):
        smallest = min((n for n in told if n is not None), default=None)
        if smallest is None:
            return first, None
        told = [None if n == smallest else n for n in told]
    return first, told
