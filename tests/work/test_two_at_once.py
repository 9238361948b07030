"""Two people press at the same moment, in two processes; and two ticks run at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.work import actions
from jiequ.work.models import Reminder
from tests import make
from tests.processes import race, state

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CLAIM = """
from jiequ.people.models import Account
from jiequ.work.models import Task
from jiequ.work import actions
with clock.stand_at(moment("2021-12-01 09:00")):
    account = Account.objects.order_by("pk")[number]
    won = 0
    for task in Task.objects.order_by("pk"):
        try:
            actions.claim_task(task, by=account)
            won += 1
        except Refused:
            pass
print(won)
"""
STATE = """
from jiequ.core.models import JournalEntry
from jiequ.work.models import Task
print(Task.objects.exclude(holder=None).count(), JournalEntry.objects.filter(verb="claim").count())
"""
TICK = """
from jiequ.work import actions
with clock.stand_at(moment("2021-12-02 09:00")):
    print(actions.remind_due())
"""
REMINDED = """
from jiequ.people.models import Notice
from jiequ.work.models import Reminder
print(Reminder.objects.filter(kind="late").count(), Notice.objects.filter(subject__contains="逾期").count())
"""


def test_each_task_is_claimed_once_by_one_of_two(tmp_path: Path) -> None:
    with clock.stand_at(make.WEDNESDAY):
        block = make.unit("block")
        make.account("head", block)
        make.account("head", block)
        for _ in range(20):
            actions.open_task("test.task", "清理", unit=block, due_at=clock.now(), role="head", by=SYSTEM, about=block)
    won = [int(n) for n in race(CLAIM, tmp_path)]
    assert sum(won) == 20, won
    assert state(STATE, tmp_path) == "20 20"


def test_two_ticks_remind_of_everything_once(tmp_path: Path) -> None:
    with clock.stand_at(make.WEDNESDAY):
        block = make.unit("block")
        make.account("head", block)
        for _ in range(700):  # more than two batches
            actions.open_task("test.task", "清理", unit=block, due_at=clock.now(), role="head", by=SYSTEM, about=block)
        Reminder.objects.all().delete()
    made = [int(n) for n in race(TICK, tmp_path)]
    assert sum(made) == 700, made
    assert state(REMINDED, tmp_path).split()[0] == "700"
