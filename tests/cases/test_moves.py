"""Random sequences of moves, legal and illegal, by random people, with the clock going on over holidays: whatever happens, the
three facts, the clock, the journal and the tasks agree, and what is refused has changed nothing at all."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from jiequ.cases import actions
from jiequ.cases.actions.handling import raise_case
from jiequ.cases.models import Case, ClockChange, CoHandling
from jiequ.cases.workflow import CASE, OPEN
from jiequ.core import clock, workdays
from jiequ.core.models import JournalEntry
from jiequ.core.permission import PUBLIC, SYSTEM, Refused
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db
S = Case.State
TABLES = [
    *sorted(t for t in connection.introspection.django_table_names() if t.startswith("cases_")),
    "work_task", "work_supervisionorder", "core_journalentry",
]  # fmt: skip
#: Before the spring festival, at its eve, before the national week, and a plain Wednesday.
STARTS = ["2021-02-05 16:00", "2021-02-10 09:00", "2021-09-29 17:30", "2021-12-01 09:00"]
GAPS = [
    timedelta(0),
    timedelta(minutes=20),
    timedelta(hours=5),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=11),
]
GOING = (S.WORKING, S.RAISED)
#: Which tasks are open in which state, besides those of co-handlers and of asking for time.
TASKS = {
    S.SUBMITTED: {"cases.accept"},
    S.ACCEPTED: {"cases.accept"},
    S.DISPATCHED: {"cases.acknowledge"},
    S.OBJECTED: {"cases.rule"},
    S.WORKING: {"cases.handle"},
    S.RAISED: {"cases.handle"},
    S.ESCALATED: {"cases.handle", "cases.answer_whistle"},
}


class World:
    """A street, the case that is moved about, and another one to merge into."""

    def __init__(self) -> None:
        workdays.seed(2021)
        workdays.seed(2022)
        self.at = make.street()
        at = self.at
        self.upper = make.handler(at.community, role="chief", level="community")
        self.office = make.handler(at.root, "街道承办", role="office", level="subdistrict")
        self.people: dict[str, Any] = {
            "head": at.head, "chief": at.chief, "office": at.office, "worker": at.worker, "second": at.second_worker,
            "member": at.member, "stranger": make.account(), "public": PUBLIC, "system": SYSTEM,
        }  # fmt: skip
        self.key = 0

    def begin(self) -> None:
        self.key = make.case(self.at, phone="13800138000")[0].pk
        self.other = make.case(self.at)[0].pk

    def case(self) -> Case:
        return Case.objects.select_related("unit", "block", "category", "limit", "lead__unit").get(pk=self.key)

    def another(self) -> Case:
        return Case.objects.select_related("unit", "category", "limit").get(pk=self.other)


def _one(rows: Any) -> Any:
    found = rows.order_by("-pk").first()
    if found is None:
        raise Refused("there is none to act on")
    return found


def _until(days: int) -> Any:
    return workdays.add_workdays(clock.today(), days)


def _take_over(w: World, case: Case) -> Any:
    return {"block": w.upper, "community": w.office, "subdistrict": w.at.department}.get(case.level)


Act = Callable[[World, Case, Any], Any]
#: What may be tried: who would naturally do it, and how.
ACTS: dict[str, tuple[str, Act]] = {
    "accept": ("head", lambda w, c, by: actions.accept_case(c, by=by)),
    "accept and dispatch": ("head", lambda w, c, by: actions.accept_case(c, by=by, lead=w.at.department)),
    "decline": ("head", lambda w, c, by: actions.decline_case(c, by=by, reason="不归这里")),
    "refer": ("head", lambda w, c, by: actions.refer_case(c, by=by, channel="信访")),
    "merge": ("head", lambda w, c, by: actions.merge_case(c, into=w.another(), by=by)),
    "dispatch": ("head", lambda w, c, by: actions.dispatch_case(c, lead=w.at.own, by=by)),
    "redispatch": ("head", lambda w, c, by: actions.redispatch_case(c, lead=w.at.department, by=by, note="改派")),
    "acknowledge": ("head", lambda w, c, by: actions.acknowledge_case(c, by=by)),
    "sign for": ("worker", lambda w, c, by: actions.acknowledge_case(c, by=by)),
    "object": ("worker", lambda w, c, by: actions.object_to_dispatch(c, by=by, reason="不归我们")),
    "uphold": ("chief", lambda w, c, by: actions.uphold_dispatch(c, by=by, ruling="归你们")),
    "reassign": ("chief", lambda w, c, by: actions.reassign_case(c, by=by, lead=w.at.own, ruling="改由街区")),
    "fix on spot": ("head", lambda w, c, by: actions.fix_on_spot(c, by=by, what="拧紧了")),
    "escalate": ("head", lambda w, c, by: actions.escalate_case(c, by=by, call="请协调", to=w.at.department)),
    "answer whistle": ("chief", lambda w, c, by: actions.answer_whistle(c, by=by, answer="支持")),
    "take over": ("chief", lambda w, c, by: actions.answer_whistle(c, by=by, answer="接", take_over=_take_over(w, c))),
    "raise": ("head", lambda w, c, by: raise_case(c, by=by)),
    "take back": ("head", lambda w, c, by: actions.take_back_case(c, by=by)),
    "reply": ("head", lambda w, c, by: actions.reply_case(c, by=by, text="好了")),
    "answer": ("office", lambda w, c, by: actions.reply_case(c, by=by, text="解释过了", outcome="answered")),
    "rate well": ("public", lambda w, c, by: actions.rate_case(c, _one(c.complainants), score="satisfied", by=by)),
    "rate badly": ("public", lambda w, c, by: actions.rate_case(c, _one(c.complainants), score="dissatisfied", by=by)),
    "call back": (
        "office",
        lambda w, c, by: actions.call_back(c, _one(c.complainants), by=by, reached=True, score="basically"),
    ),
    "miss call": ("office", lambda w, c, by: actions.call_back(c, _one(c.complainants), by=by, reached=False)),
    "archive": ("system", lambda w, c, by: actions.archive_case(c, by=by)),
    "withdraw": ("public", lambda w, c, by: actions.withdraw_case(_one(c.complainants), by=by)),
    "contact": ("head", lambda w, c, by: actions.contact_complainant(c, by=by)),
    "tell": ("head", lambda w, c, by: actions.tell_complainant(c, by=by, text="在办")),
    "note": ("head", lambda w, c, by: actions.write_note(c, by=by, text="记一下")),
    "add": ("public", lambda w, c, by: actions.add_to_case(_one(c.complainants), by=by, text="还是黑")),
    "join": ("public", lambda w, c, by: actions.join_case(c, by=by, body="我家也是")),
    "classify": (
        "head",
        lambda w, c, by: actions.classify_case(c, by=by, category=w.at.category, kind="question", title="灯"),
    ),
    "place": ("head", lambda w, c, by: actions.place_case(c, w.at.grid, by=by)),
    "ask pause": (
        "head",
        lambda w, c, by: actions.ask_for_time(c, by=by, kind="pause", until=_until(4), reason="等配件"),
    ),
    "ask extension": (
        "head",
        lambda w, c, by: actions.ask_for_time(c, by=by, kind="extend", until=_until(8), reason="要施工"),
    ),
    "grant": ("chief", lambda w, c, by: actions.decide_time(_one(c.clock_changes), by=by, granted=True)),
    "not grant": (
        "chief",
        lambda w, c, by: actions.decide_time(_one(c.clock_changes), by=by, granted=False, says="急"),
    ),
    "resume": ("head", lambda w, c, by: actions.resume_case(c, by=by)),
    "help": ("head", lambda w, c, by: actions.ask_for_help(c, [w.upper], by=by)),
    "finish help": ("chief", lambda w, c, by: actions.finish_help(_one(c.co_handlings), by=by, note="挖好了")),
    "name complained": (
        "chief",
        lambda w, c, by: actions.name_complained(c, by=by, person=w.at.worker.person, lead=w.at.own),
    ),
    "sweep": ("system", lambda w, c, by: actions.sweep_cases()),
}
#: Where a case is to be brought on, what does it.
ONWARD = {
    S.SUBMITTED: [*["accept", "accept and dispatch"] * 4, "fix on spot", "place", "join", "decline", "refer", "withdraw", "sweep"],
    S.ACCEPTED: ["dispatch", "dispatch", "raise", "classify"],
    S.DISPATCHED: ["acknowledge", "sign for", "object", "object", "redispatch", "help", "add"],
    S.OBJECTED: ["uphold", "uphold", "reassign"],
    S.WORKING: ["reply", "answer", "escalate", "ask pause", "ask pause", "ask extension", "grant", "resume", "not grant", "raise", "help", "finish help", "contact", "tell", "note", "merge",
                "name complained", "sweep"],
    S.ESCALATED: ["answer whistle", "take over", "sweep"],
    S.RAISED: ["take back", "reply", "ask pause", "grant"],
    S.REPLIED: ["note", "rate badly", "rate badly", "rate well", "call back", "miss call", "archive", "sweep"],
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    yield
    workdays.forget()


@given_settings(
    max_examples=24, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
@given(start=st.sampled_from(STARTS), seed=st.integers(0, 2**32))
def sequences(world: World, reached: set[str], start: str, seed: int) -> None:
    """Up to forty steps; three of four bring the case on by whoever naturally does it, the fourth is anything by anybody."""
    dice = random.Random(seed)
    after_the_end = 0
    with clock.stand_at(make.moment(start)), transaction.atomic():
        world.begin()
        for _step in range(40):
            clock.move_to(clock.now() + dice.choices(GAPS, weights=(6, 6, 4, 2, 1, 0.5))[0])
            before = world.case()
            after_the_end += before.state in Case.ENDED
            if after_the_end > 4:
                break
            if dice.random() < 0.75 and before.state in ONWARD:
                name = dice.choice(_open_ends(before) or ONWARD[S(before.state)])
                who = ACTS[name][0]
            else:
                name, who = dice.choice(sorted(ACTS)), dice.choice(sorted(world.people))
            if name == "archive":
                clock.move_to(clock.now() + timedelta(days=21))  # nobody rates it
            act, by = ACTS[name][1], world.people[who]
            rows = everything()
            entries = JournalEntry.objects.count()
            try:
                with transaction.atomic():
                    act(world, world.case(), by)
            except (Refused, PermissionDenied):
                assert everything() == rows, name
                continue
            after = world.case()
            reached.add(name)
            agree(after, name)
            clock_was_kept(before, after, name, entries)
        transaction.set_rollback(True)


def test_whatever_happens_facts_clock_journal_and_tasks_agree() -> None:
    with clock.stand_at(make.moment("2021-02-01 09:00")):
        world = World()
    reached: set[str] = set()
    sequences(world, reached)
    assert len(set(ACTS) - reached) <= 5, set(ACTS) - reached  # nearly every one of them went through


def _open_ends(case: Case) -> list[str]:
    """What waits for an answer gets one, mostly."""
    if case.clock_changes.filter(decided_at=None).exists():
        return ["grant", "grant", "grant", "not grant"]
    if case.paused_at is not None:
        return ["resume", "resume", "tell", "reply"]
    if case.state in GOING and case.co_handlings.filter(done_at=None).exists():
        return ["finish help", "reply", "note"]
    return []


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a move could touch."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
            found[table] = [
                tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()
            ]
    return found


def agree(case: Case, name: str) -> None:
    assert not case.closed_at or case.responded_at
    assert not case.solved_at or case.closed_at
    assert (case.closed_at is not None) == (case.state in (S.REPLIED, S.ARCHIVED)), name
    assert (case.ended_at is None) == (case.state in OPEN), name
    open_tasks = list(Task.objects.open().about(case))
    verbs = [t.verb for t in open_tasks]
    helping = CoHandling.objects.filter(case=case, done_at=None, task__finished_at=None).count()
    asked = ClockChange.objects.filter(case=case, decided_at=None).count()
    assert verbs.count("cases.assist") == (helping if case.state in OPEN else 0), (name, case.state)
    assert verbs.count("cases.grant_time") == asked, (name, case.state)
    rest = sorted(v for v in verbs if v not in ("cases.assist", "cases.grant_time"))
    if case.state == S.REPLIED:
        assert rest in ([], ["cases.call_back"])
    else:
        assert rest == sorted(TASKS.get(S(case.state), set())), (name, case.state)
    for task in open_tasks:
        if task.verb in ("cases.handle", "cases.assist"):
            assert task.due_at == case.due_at, name
            assert (task.rests_until is not None) == (case.paused_at is not None), name
        assert task.holder_id != case.complained_of_id or task.holder_id is None
    running = [c for c in ClockChange.objects.filter(case=case) if c.is_running]
    assert len(running) == (case.paused_at is not None), name
    assert case.holder_id is None or case.holder_id != case.complained_of_id
    state = S.SUBMITTED
    verbs_told = (
        JournalEntry.objects.filter(kind="cases.case", thing_id=case.pk).order_by("pk").values_list("verb", flat=True)
    )
    for verb in verbs_told:
        if verb in CASE.moves:
            assert state in CASE.moves[verb].sources, (verb, state)
            state = CASE.moves[verb].target
    assert state == case.state, name


def clock_was_kept(before: Case, after: Case, name: str, entries: int) -> None:
    """A due time moves by an extension, a pause, its end (also by what ends the case) and a reopening, and by nothing else."""
    told = JournalEntry.objects.filter(kind="cases.case", thing_id=after.pk).order_by("-pk")
    new = set(told[: JournalEntry.objects.count() - entries].values_list("verb", flat=True))
    if name not in ("sweep", "help", "merge"):
        assert new, name
    if after.state != before.state:
        assert new & set(CASE.moves), name
    if after.due_at != before.due_at:
        ended_pause = before.paused_at is not None and after.paused_at is None
        assert ended_pause or new & {"grant_time", "reopen"}, (name, new)
        assert after.due_at > before.due_at or ended_pause, name
    assert (after.dispatch_due_at, after.contact_due_at) == (before.dispatch_due_at, before.contact_due_at)
    assert after.filed_at == before.filed_at and after.limit_id == before.limit_id
