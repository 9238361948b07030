"""What may be published of counts, so that nobody small enough to be recognised can be read off them.

1 to 4 is 少于5. Where counts of one page add up to the same number twice (three months; the same three months by category),
one that is withheld might be what is left of a sum; then larger ones are withheld beside it (不公布), or one list is left
out, until everything from 1 to 4 is as possible as before. Sums are made of what is shown, never of what is not.
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
        """1 to 4; a withheld count that is not was withheld for another's sake."""
        return self.n is None and self.least == 1

    @property
    def most(self) -> int | None:
        """What a reader knows of it at most; None without end."""
        return self.n if self.n is not None else FEW - 1 if self.is_few else None


def shown(n: int) -> Shown:
    """A count that stands alone: nothing else on the page adds up to it."""
    return Shown(None, 1) if 0 < n < FEW else Shown(n, n)


def may_divide(part: int, whole: int) -> bool:
    """Whether a share may be told: neither those in it nor those not in it are few."""
    return whole > 0 and not 0 < part < FEW and not 0 < whole - part < FEW


def at_least(counts: Sequence[Shown]) -> int:
    """A sum that tells nothing more: whoever reads the counts can add it up."""
    return sum(count.least for count in counts)


def publish(one: Sequence[int], other: Sequence[int]) -> tuple[list[Shown], list[Shown] | None]:
    """Two lists of counts of the same things, as they may stand on one page.

    Only of the second are larger ones withheld for another's sake, the largest first: then the first reads the same beside
    any other list. The second is None where even that would tell too much.
    """
    first, second = [shown(n) for n in one], [shown(n) for n in other]
    while _tells(first, second) or _tells(second, first):
        largest = max(range(len(second)), key=lambda i: second[i].n or 0, default=-1)
        if largest < 0 or not second[largest].n:
            return first, None
        second[largest] = Shown(None, FEW)
    return first, second


def _tells(row: Sequence[Shown], other: Sequence[Shown]) -> bool:
    return any(_narrows(row, other, i) for i, count in enumerate(row) if count.is_few)


def _narrows(row: Sequence[Shown], other: Sequence[Shown], i: int) -> bool:
    """Whether "both lists have one sum" tells more of the i-th count of `row` than that it is 1 to 4."""
    rest = [c for j, c in enumerate(row) if j != i]
    low = sum(c.least for c in other) - _most(rest)
    high = _most(other) - sum(c.least for c in rest)
    return low > 1 or high < FEW - 1


def _most(counts: Sequence[Shown]) -> float:
    return float("inf") if any(c.most is None for c in counts) else float(sum(c.most or 0 for c in counts))
