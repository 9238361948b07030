"""Two people, or a resident and the tick, act on one case at the same moment, in two processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from jiequ.cases import actions
from jiequ.core import clock
from tests import make
from tests.processes import race, state

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROUNDS = 6


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


#: Each process does its own one of two things to every case, in the same order; `won` counts what went through.
BOTH = """
from jiequ.cases import actions
from jiequ.cases.models import Case, CaseCategory, Handler
from jiequ.cases.routing import place_of_unit
from jiequ.core.permission import PUBLIC, SYSTEM, Refused
from jiequ.people.models import Account
from jiequ.territory.models import Unit
def somebody(role):
    return Account.objects.get(person__appointments__role=role)
def cases():
    return list(Case.objects.select_related("unit", "category", "limit", "lead__unit").order_by("filed_at", "pk"))
own, department = (Handler.objects.get(role=role) for role in ("head", ""))
acts = ({first}, {second})
won, said = 0, []
with clock.stand_at(moment("{at}")):
    for case in cases():
        try:
            acts[number](case)
            won += 1
        except Refused as refused:
            said.append(type(refused).__name__)
print(won)
"""
STATE = """
from collections import Counter
from jiequ.cases.models import Case, CaseRating
from jiequ.core.models import JournalEntry
from jiequ.work.models import Task
states = Counter(Case.objects.values_list("state", flat=True))
open_tasks = Counter(Task.objects.open().values_list("verb", flat=True))
moves = Counter(JournalEntry.objects.filter(kind="cases.case").values_list("verb", flat=True))
print(dict(sorted(states.items())), dict(sorted(open_tasks.items())), {name: moves.get(name, 0) for name in %r})
"""
HEAD = 'by=somebody("head")'


def both(tmp_path: Path, first: str, second: str, *moves: str, at: str = "2021-12-01 09:00") -> tuple[list[int], str]:
    """How many cases each of two got through with, and what became of them."""
    snippet = BOTH.format(first=f"lambda case: {first}", second=f"lambda case: {second}", at=at)
    won = [int(n) for n in race(snippet, tmp_path)]
    return won, state(STATE % (moves,), tmp_path)


def some(stage: str) -> make.Street:
    at = make.street()
    for _n in range(ROUNDS):
        make.case(at, state=stage)
    return at


def test_two_accept(tmp_path: Path) -> None:
    some("submitted")
    accept = f"actions.accept_case(case, {HEAD})"
    won, said = both(tmp_path, accept, accept, "accept")
    assert sum(won) == ROUNDS
    assert said == str({"accepted": ROUNDS}) + f" { ({'cases.accept': ROUNDS}) } { ({'accept': ROUNDS}) }"


def test_two_dispatch_to_different_handlers(tmp_path: Path) -> None:
    some("accepted")
    won, said = both(
        tmp_path,
        f"actions.dispatch_case(case, lead=own, {HEAD})",
        'actions.dispatch_case(case, lead=department, by=somebody("chief"))',
        "dispatch",
    )
    assert sum(won) == ROUNDS
    assert said == f"{ ({'dispatched': ROUNDS}) } { ({'cases.acknowledge': ROUNDS}) } { ({'dispatch': ROUNDS}) }"


def test_an_answer_and_another_lead(tmp_path: Path) -> None:
    some("working")
    won, said = both(
        tmp_path,
        f'actions.reply_case(case, text="好了。", {HEAD})',
        'actions.redispatch_case(case, lead=department, note="改派", by=somebody("chief"))',
        "reply",
        "redispatch",
    )
    assert sum(won) == ROUNDS, said
    counts = {"dispatched": won[1], "replied": won[0]}
    tasks = {"cases.acknowledge": won[1]}
    assert said == " ".join(
        str({k: n for k, n in found.items() if n or k in ("reply", "redispatch")})
        for found in (counts, tasks, {"reply": won[0], "redispatch": won[1]})
    )


def test_a_rating_and_the_sweep_that_puts_away(tmp_path: Path) -> None:
    some("replied")
    won, said = both(
        tmp_path,
        'actions.rate_case(case, case.complainants.get(), score="dissatisfied", by=PUBLIC)',
        "actions.archive_case(case, by=SYSTEM)",
        "reopen",
        "archive",
        at="2021-12-20 09:00",
    )
    # Who is put away first may still be rated; that opens nothing again.
    assert won[0] == ROUNDS
    reopened = ROUNDS - won[1]
    assert f"'reopen': {reopened}, 'archive': {won[1]}" in said
    assert ("'working'" in said) == bool(reopened)


def test_taken_back_and_taken_in(tmp_path: Path) -> None:
    some("submitted")
    won, said = both(
        tmp_path,
        "actions.withdraw_case(case.complainants.get(), by=PUBLIC)",
        f"actions.accept_case(case, {HEAD})",
        "withdraw",
    )
    # Accepted first, it can still be taken back; taken back first, it cannot be accepted.
    assert won[0] == ROUNDS
    assert said == f"{ ({'withdrawn': ROUNDS}) } {{}} { ({'withdraw': ROUNDS}) }"


def test_two_that_merge_into_each_other(tmp_path: Path) -> None:
    at = make.street()
    for _n in range(ROUNDS):
        make.case(at)
    pair = "cases()[1 - cases().index(case)]"
    merge = f"actions.merge_case(case, into={pair}, {HEAD}) if case in cases()[:2] else None"
    snippet = BOTH.format(first=f"lambda case: {merge}", second=f"lambda case: {merge}", at="2021-12-01 09:00")
    backwards = snippet.replace("for case in cases():", "for case in (cases()[:2] if number else cases()[1::-1]):")
    won = [int(n) for n in race(backwards, tmp_path)]
    assert sum(won) == 1
    assert "'merged': 1" in state(STATE % (("merge",),), tmp_path)


FILE = """
from jiequ.cases.actions import file_case
from jiequ.cases.models import CaseCategory
from jiequ.cases.routing import place_of_unit
from jiequ.core.permission import PUBLIC
from jiequ.territory.models import Unit
routed = place_of_unit(Unit.objects.get(kind="building"))
category = CaseCategory.objects.get()
with clock.stand_at(moment("2021-12-01 09:00")):
    filed = [file_case(routed, category, by=PUBLIC, body="灯坏了。", once={once}) for n in range(10)]
print(" ".join(f"{{f.case.pk}}:{{f.case.short_number}}:{{f.secret}}:{{int(f.is_new)}}" for f in filed))
"""


def test_the_same_sending_twice_at_once_files_once(tmp_path: Path) -> None:
    at = make.street()
    make.case(at)
    said = [line.split() for line in race(FILE.format(once='f"key-{n}"'), tmp_path)]
    for one, two in zip(*said, strict=True):
        assert one.split(":")[:3] == two.split(":")[:3]
        assert {one.split(":")[3], two.split(":")[3]} == {"0", "1"}
    assert "'submitted': 11" in state(STATE % (("file",),), tmp_path)


def test_two_that_file_at_once_in_one_block_get_numbers_of_their_own(tmp_path: Path) -> None:
    at = make.street()
    make.case(at)
    said = [case.split(":")[1] for line in race(FILE.format(once='""'), tmp_path) for case in line.split()]
    assert sorted(said) == [f"1201-{n:02d}" for n in range(2, 22)]


def test_the_first_two_cases_of_an_installation_at_once(tmp_path: Path) -> None:
    make.street()
    said = [case for line in race(FILE.format(once='""'), tmp_path) for case in line.split()]
    assert len({case.split(":")[1] for case in said}) == 20


def test_a_pause_that_ends_and_an_answer(tmp_path: Path) -> None:
    at = make.street()

    for _n in range(ROUNDS):
        case, _ = make.case(at, state="working")
        change = actions.ask_for_time(case, by=at.head, kind="pause", until=date(2021, 12, 8), reason="等配件。")
        actions.decide_time(change, by=at.chief, granted=True)
    won, said = both(
        tmp_path,
        f'actions.reply_case(case, text="好了。", {HEAD})',
        "actions.resume_case(case, by=SYSTEM)",
        "reply",
        at="2021-12-03 09:00",
    )
    assert won[0] == ROUNDS
    assert said == f"{ ({'replied': ROUNDS}) } {{}} { ({'reply': ROUNDS}) }"


def test_two_decide_on_one_request(tmp_path: Path) -> None:
    at = make.street()

    for _n in range(ROUNDS):
        case, _ = make.case(at, state="working")
        actions.ask_for_time(case, by=at.head, kind="extend", until=date(2021, 12, 15), reason="要等配件。")
    won, said = both(
        tmp_path,
        'actions.decide_time(case.clock_changes.get(), granted=True, by=somebody("chief"))',
        'actions.decide_time(case.clock_changes.get(), granted=False, says="来得及", by=somebody("office"))',
        "grant_time",
        "refuse_time",
    )
    assert sum(won) == ROUNDS
    assert said.endswith(f"{ ({'grant_time': won[0], 'refuse_time': won[1]}) }")
    assert "cases.grant_time" not in said


def test_two_ask_for_the_same_help_again(tmp_path: Path) -> None:
    at = make.street()
    for _n in range(ROUNDS):
        case, _ = make.case(at, state="working")
        (co,) = actions.ask_for_help(case, [at.department], by=at.head)
        actions.finish_help(co, by=at.worker, note="查过线路。")
    ask = "actions.ask_for_help(case, [department], by=somebody({!r}))"
    _won, said = both(tmp_path, ask.format("head"), ask.format("chief"), "help")
    tasks = {"cases.assist": ROUNDS, "cases.handle": ROUNDS}
    assert said == f"{ ({'working': ROUNDS}) } {tasks} { ({'help': 2 * ROUNDS}) }"
