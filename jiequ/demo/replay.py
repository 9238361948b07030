"""The pilot of the article, acted out by the product's own actions on a clock that runs through 2021.

One transaction around it all: either the whole pilot stands or nothing. Afterwards the product's clock is set so that a
visitor arrives on the morning after the last day.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import timedelta
from random import Random

from django.db import connection, transaction
from django.utils import timezone, translation

from jiequ.core import clock, ids, journal, workdays
from jiequ.core.models import ClockShift
from jiequ.core.permission import SYSTEM, through
from jiequ.council.actions import amend_rule, found_council
from jiequ.demo.beside import Beside
from jiequ.demo.cases import Cases
from jiequ.demo.cases_morning import Morning
from jiequ.demo.cast import LOGINS, PASSWORD, Cast
from jiequ.demo.councils import Councils
from jiequ.demo.geography import units
from jiequ.demo.outreach import Outreach
from jiequ.demo.timeline import BEGINS, ENDS, OPENS, Timeline
from jiequ.territory.actions import add_unit
from jiequ.territory.models import Unit
from jiequ.work.actions import remind_due

__all__ = ["LOGINS", "PASSWORD", "replay"]

SEED = 20210201
Progress = Callable[[int, int, str], None]


def replay(progress: Progress | None = None) -> None:
    """Act out the pilot in an empty database. Deterministic but for keys, nonces and password salts."""
    show = _only_changes(progress or (lambda done, of, label: None))
    dice = Random(SEED)
    before, ids.source = ids.source, Random(SEED)
    gc.disable()  # a twentieth of the time; what circles a minute's work leaves fits into memory
    try:
        with translation.override("zh-hans"), through("demo"), _FastWrites(), clock.stand_at(clock.at(BEGINS, 8, 30)):
            with transaction.atomic():
                for year in (2021, 2022):
                    workdays.seed(year)
                _act(dice, show)
                _set_clock()
            journal.seal()
    finally:
        gc.enable()
        ids.source = before
        clock.forget_shift()


def _act(dice: Random, show: Progress) -> None:
    made: dict[str, Unit] = {}
    for spec in units():
        made[spec.code] = add_unit(
            spec.kind, spec.code, spec.name, inside=made[spec.parent] if spec.parent else None, by=SYSTEM,
            valid_from=BEGINS, boundary=spec.boundary, official_code=spec.official_code, order=spec.order,
            is_synthetic=spec.is_synthetic,
        )  # fmt: skip
    cast = Cast(dice, made)
    amend_rule(cast.root, by=SYSTEM, name="街区议事规则")
    cast.assemble()
    for block in cast.blocks:
        found_council(block.unit, by=cast.office, founded_on=BEGINS, place="党群服务站二楼会议室")
    timeline = Timeline()
    cast.report_in(timeline.at)
    timeline.at(clock.at(BEGINS + timedelta(days=60), 10), cast.form_teams)
    timeline.at(clock.at(BEGINS + timedelta(days=61), 10), cast.open_accounts)
    councils = Councils(dice, cast, timeline)
    councils.act()
    Beside(councils).act()
    cases = Cases(cast, timeline)
    cases.act()
    Morning(cases).act()
    Outreach(cast, timeline).act()
    for n in range((ENDS - BEGINS).days + 1):
        timeline.at(clock.at(BEGINS + timedelta(days=n), 8, 5), lambda: remind_due())
    for n in range(1, (ENDS - BEGINS).days, 15):
        timeline.at(clock.at(BEGINS + timedelta(days=n), 3), _count_rows)
    timeline.at(clock.at(ENDS - timedelta(days=1), 7), cast.read_notices)
    timeline.run(show)


def _count_rows() -> None:
    """Let PostgreSQL know what it holds: by itself it counts only what is committed, and this is one long transaction."""
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE")


def _set_clock() -> None:
    """From now on the product's time is the morning of the day after, moving with real time."""
    shift = clock.at(OPENS, 8, 30) - timezone.now()
    ClockShift.objects.all().delete()
    ClockShift.objects.create(shift=shift)


def _only_changes(progress: Progress) -> Progress:
    last: list[int] = [-1]

    def show(done: int, of: int, label: str) -> None:
        if done != last[0]:
            last[0] = done
            progress(done, of, label)

    return show


class _FastWrites:
    """While the demo is made, SQLite need not wait for the disk: nothing is lost that cannot be made again."""

    def __enter__(self) -> None:
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            connection.cursor().execute("PRAGMA synchronous=OFF")

    def __exit__(self, *args: object) -> None:
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            connection.cursor().execute("PRAGMA synchronous=FULL")
