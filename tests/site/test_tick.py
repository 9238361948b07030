"""The tick: every step, once a period, whatever else fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from jiequ.core import clock
from jiequ.core.models import JournalEntry, JournalLink, Schedule
from jiequ.core.permission import SYSTEM
from jiequ.people.models import Post, RequiredPost
from jiequ.site import server
from jiequ.work import actions
from tests import make
from tests.processes import race, state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_a_tick_does_what_is_due_and_says_how_much() -> None:
    block = make.unit("block")
    make.account("head", block)
    actions.open_task("test.task", "清理", unit=block, due_at=clock.now(), role="head", by=SYSTEM, about=block)
    found = server.tick()
    assert (found["reminders"], found["sealed"]) == (1, JournalEntry.objects.count())
    assert JournalLink.objects.count() == JournalEntry.objects.count()
    again = server.tick()
    assert (again["reminders"], again["sealed"]) == (0, 0)


def test_new_units_have_their_posts_after_the_next_tick() -> None:
    RequiredPost.objects.update_or_create(kind="block", role="head", defaults={"count": 1})
    block = make.unit("block")
    server.tick()
    assert Post.objects.filter(unit=block, role="head").count() == 1


def test_a_meeting_s_reminder_and_the_sweep_of_papers_are_steps() -> None:
    room = make.room()
    meeting = make.meeting(room)
    clock.move_to(meeting.starts_at - timedelta(hours=20))
    found = server.tick()
    assert (found["meetings"], found["files_swept"]) == (1, 0)
    assert server.tick()["meetings"] == 0


def test_a_step_that_fails_is_named_and_stops_no_other(monkeypatch: Any, caplog: Any) -> None:
    monkeypatch.setattr(server, "ALWAYS", {"broken": "jiequ.nowhere.at_all", **server.ALWAYS})
    make.unit("subdistrict")
    with caplog.at_level(logging.ERROR):
        found = server.tick()
    assert "broken" not in found
    assert found["sealed"] > 0
    assert "The step broken failed" in caplog.text


def test_a_period_is_run_once_and_a_dead_run_is_taken_over() -> None:
    runs: list[int] = []

    def step() -> int:
        runs.append(1)
        return 5

    assert server.once("count", "2021-12-01", step) == 5
    assert server.once("count", "2021-12-01", step) == 0
    assert server.once("count", "2021-12-02", step) == 5
    Schedule.objects.create(name="count", period="2021-12-03", started_at=clock.now())  # killed, or still at it
    assert server.once("count", "2021-12-03", step) == 0
    clock.move_to(clock.now() + timedelta(minutes=11))
    assert server.once("count", "2021-12-03", step) == 5
    assert server.once("count", "2021-12-03", step) == 0
    assert len(runs) == 3


def _job(path: str, worker: str, minutes: int) -> DBTaskResult:
    return DBTaskResult.objects.create(
        status="RUNNING",
        task_path=path,
        backend_name="default",
        args_kwargs={"args": [], "kwargs": {}},
        worker_ids=[worker],
        started_at=timezone.now() - timedelta(minutes=minutes),
        run_after=get_date_max(),
        exception_class_path="",
        traceback="",
    )


def test_jobs_of_a_dead_worker_are_given_back_or_end(monkeypatch: Any) -> None:
    Schedule.objects.create(name="worker alive", period="alive", started_at=clock.now(), finished_at=clock.now())
    monkeypatch.setattr(DBTaskResult, "task", property(lambda self: type("T", (), {"func": _FUNCS[self.task_path]})))
    living = _job("again", "alive", 5)
    young = _job("again", "dead", 0)
    again = _job("again", "dead", 5)
    tired = _job("again", "dead", 5)
    DBTaskResult.objects.filter(pk=tired.pk).update(worker_ids=["a", "b", "dead"])
    once = _job("once", "dead", 5)
    assert server.sweep() == 3
    states = dict(DBTaskResult.objects.values_list("pk", "status"))
    assert states == {
        living.pk: "RUNNING",
        young.pk: "RUNNING",
        again.pk: "READY",
        tired.pk: "FAILED",
        once.pk: "FAILED",
    }


class _Again:
    may_repeat = True


_FUNCS: dict[str, Any] = {"again": _Again, "once": object}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_run_a_period_once(tmp_path: Path) -> None:
    snippet = """
from jiequ.site import server
def step():
    time.sleep(0.3)
    return 1
print(server.once("count", "today", step))
"""
    assert sorted(race(snippet, tmp_path)) == ["0", "1"]
    assert state("from jiequ.core.models import Schedule\nprint(Schedule.objects.count())", tmp_path) == "1"
