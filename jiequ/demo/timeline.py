"""The replay's clock and to-do list: things happen in the order of their time, so the journal reads as it would have."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import date, datetime, timedelta

from jiequ.core import clock, workdays

BEGINS = date(2021, 2, 1)
ENDS = date(2021, 11, 30)
OPENS = date(2021, 12, 1)  # the morning on which a visitor finds the demo


class Timeline:
    """`at(moment, act)` puts something on the list; `run` does it all, moving the product's clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Callable[[], object]]] = []
        self._count = 0

    def at(self, moment: datetime, act: Callable[[], object]) -> None:
        """Do `act` at `moment`; what would fall after the pilot's last day does not happen."""
        if moment < clock.at(ENDS + timedelta(days=1)):
            heapq.heappush(self._heap, (moment, self._count, act))
            self._count += 1

    def on_the_morning_after(self, moment: datetime, act: Callable[[], object]) -> None:
        """Do `act` before a visitor comes, on the morning after the pilot's last day: nothing of the pilot's figures."""
        if not clock.at(OPENS) <= moment < clock.at(OPENS, 8, 30):
            raise ValueError(f"not on the morning: {moment}")
        heapq.heappush(self._heap, (moment, self._count, act))
        self._count += 1

    def run(self, progress: Callable[[int, int, str], None]) -> None:
        begin, whole = clock.at(BEGINS), (ENDS - BEGINS).days + 1
        while self._heap:
            moment, _, act = heapq.heappop(self._heap)
            clock.move_to(moment)
            act()
            day = max(0, (moment - begin).days)
            progress(min(day + 1, whole), whole, f"{clock.day(moment):%Y-%m-%d}")


def workday_at(day: date, hour: int, minute: int = 0, *, after: int = 0) -> datetime:
    """The moment on the `after`-th working day after `day` (0: `day` itself or the next working day)."""
    return clock.at(workdays.add_workdays(day, after), hour, minute)
