"""Flow: a table of named moves, and nothing but those moves. For every Flow there is, so a new one is in it by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from jiequ.core import clock
from jiequ.core.flow import Flow, Move, act_label
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.outreach.actions import draft_wish, find_member, plan_activity
from jiequ.work.actions import open_task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def a_task() -> Any:
    block = make.unit("block")
    due = clock.now() + timedelta(days=1)
    return open_task("work.do", "清理", unit=block, due_at=due, by=SYSTEM, holder=make.person(at=block))


def a_wish() -> Any:
    grid = make.unit("red_grid")
    return draft_wish(make.above(grid, 3), by=SYSTEM, words="想要一副老花镜", grid=grid)


def an_activity() -> Any:
    starts = clock.now() + timedelta(days=1)
    unit = make.unit("block")
    return plan_activity(unit, by=SYSTEM, title="义剪", starts_at=starts, ends_at=starts + timedelta(hours=2))[0]


#: How a row of each kind comes to be; a new Flow needs its line here.
ROWS: dict[str, Callable[[], Any]] = {
    "cases.case": lambda: make.case(make.street())[0],
    "council.motion": lambda: make.motion(make.room(1)),
    "council.meeting": lambda: make.meeting(make.room(1), noticed=False),
    "outreach.activity": an_activity,
    "outreach.foundmember": lambda: find_member(make.unit("red_grid"), by=SYSTEM, name="李试", phone="13900004321"),
    "outreach.wish": a_wish,
    "work.task": a_task,
}


def row_of(flow: Flow) -> Any:
    assert flow.kind in ROWS, f"say in ROWS (tests/core/test_flow.py) how a {flow.kind} is made"
    return ROWS[flow.kind]()


def put(row: Any, flow: Flow, state: str) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**{flow.field: state})
    setattr(row, flow.field, state)


def columns(row: models.Model) -> dict[str, Any]:
    return type(row)._base_manager.filter(pk=row.pk).values()[0]


FLOWS = list(Flow.register.values()) or [pytest.param(None, marks=pytest.mark.xfail(reason="no flow", strict=True))]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda f: f.kind)
def test_a_move_from_a_state_that_is_not_its_own_changes_nothing(flow: Flow) -> None:
    row, tried = row_of(flow), 0
    for move in flow.moves.values():
        for state in set(flow.states.values) - move.sources:
            put(row, flow, state)
            before, entries = columns(row), JournalEntry.objects.count()
            with pytest.raises(Refused):
                flow.make(row, move.name, by=SYSTEM)
            assert (columns(row), JournalEntry.objects.count()) == (before, entries), (move.name, state)
            assert getattr(row, flow.field) == state
            tried += 1
    assert tried == sum(len(set(flow.states.values) - m.sources) for m in flow.moves.values()) > 0


@pytest.mark.parametrize("flow", FLOWS, ids=lambda f: f.kind)
def test_a_move_from_its_own_state_changes_the_state_and_writes_one_entry(flow: Flow) -> None:
    row = row_of(flow)
    for move in flow.moves.values():
        for state in sorted(move.sources):
            put(row, flow, state)
            entries = JournalEntry.objects.count()
            flow.make(row, move.name, by=SYSTEM)
            assert columns(row)[flow.field] == getattr(row, flow.field) == move.target
            assert JournalEntry.objects.count() == entries + 1
            assert JournalEntry.objects.order_by("-pk")[0].verb == move.name


@pytest.mark.parametrize("flow", FLOWS, ids=lambda f: f.kind)
def test_without_the_permission_no_move_is_made_or_offered(flow: Flow) -> None:
    row, nobody = row_of(flow), make.account()
    for move in flow.moves.values():
        put(row, flow, sorted(move.sources)[0])
        before, entries = columns(row), JournalEntry.objects.count()
        assert flow.offered(row, nobody) == []
        with pytest.raises(NotAllowed):
            flow.make(row, move.name, by=nobody)
        assert (columns(row), JournalEntry.objects.count()) == (before, entries)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda f: f.kind)
def test_the_second_of_two_who_press_is_told_and_changes_nothing(flow: Flow) -> None:
    row = row_of(flow)
    move = next(m for m in flow.moves.values() if getattr(row, flow.field) in m.sources)
    seen_before = apps.get_model(flow.kind)._base_manager.get(pk=row.pk)
    flow.make(row, move.name, by=SYSTEM)
    before, entries = columns(row), JournalEntry.objects.count()
    with pytest.raises(Overtaken):
        flow.make(seen_before, move.name, by=SYSTEM)
    assert (columns(row), JournalEntry.objects.count()) == (before, entries)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda f: f.kind)
def test_what_is_offered_is_what_can_be_pressed(flow: Flow) -> None:
    row = row_of(flow)
    for state in flow.states.values:
        put(row, flow, state)
        offered = {m.name for m in flow.offered(row, SYSTEM)}
        assert offered == {m.name for m in flow.moves.values() if state in m.sources and not m.by_machine}


def test_a_move_to_or_from_an_unknown_state_is_no_flow() -> None:
    class States(models.TextChoices):
        ONE = "one"

    with pytest.raises(ValueError, match="two"):
        Flow("test.thing", Move("go", {"one"}, "two", may="x.y", label=""), states=States)
    with pytest.raises(ValueError, match="twice"):
        Flow("test.thing", *(Move("go", {"one"}, "one", may="x.y", label="") for _ in range(2)), states=States)
    assert "test.thing" not in Flow.register


def test_every_move_has_a_name_in_words() -> None:
    for flow in Flow.register.values():
        for move in flow.moves.values():
            assert str(act_label(flow.kind, move.name)) not in {"", move.name}
    assert act_label("nothing.known", "do") == "do"
