"""A visit is recorded once, with one line; what follows from it, and what taking it back undoes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.outreach.actions import leave_household, note_event
from jiequ.outreach.actions.visits import amend_visit, record_visit, withdraw_visit
from jiequ.outreach.models import Household, ServiceRecord, Visit
from jiequ.outreach.workflow import CONTACT, CONTACT_EVENT
from jiequ.work.models import Task
from tests import make
from tests.processes import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


def fresh(household: Household) -> Household:
    return Household.objects.select_related("unit", "building").get(pk=household.pk)


def test_one_tap_is_a_visit(at: make.Street) -> None:
    household = make.household(at.building)
    visit = record_visit(household, by=at.member).visit
    assert (visit.on, visit.mode, visit.services, visit.note) == (clock.today(), "door", [], "")
    assert (visit.unit, visit.tier, visit.was_met) == (at.grid, "quarter", True)
    assert list(visit.visitors.all()) == [at.member.person]
    assert fresh(household).contacted_on == clock.today()
    assert fresh(household).next_due_on is not None
    served = ServiceRecord.objects.get()
    assert (served.person, served.kind, served.on) == (at.member.person, "visit", clock.today())


def test_a_visit_says_how_which_services_who_went_and_one_line(at: make.Street) -> None:
    household = make.household(at.building)
    with_me = make.account("councillor", at.block)
    visit = record_visit(
        household, by=at.member, mode="phone", services=["help", "ask", "ask"], note=" 一切\n都好。 ",
        visitors=[at.member.person, with_me.person.pk], on=clock.today() - timedelta(days=2),
    ).visit  # fmt: skip
    read = Visit.objects.get(pk=visit.pk)
    assert (read.mode, read.services, read.note) == ("phone", ["ask", "help"], "一切 都好。")
    assert read.service_labels == ["征求意见访", "扶弱济困帮"]
    assert set(read.visitors.all()) == {at.member.person, with_me.person}
    assert ServiceRecord.objects.filter(about_id=visit.pk).count() == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"mode": "pigeon"}, "mode"),
        ({"services": ["tell", "rank"]}, "services"),
        ({"note": "字" * 201}, "note"),
        ({"on": make.WEDNESDAY.date() + timedelta(days=1)}, "on"),
        ({"on": make.WEDNESDAY.date() - timedelta(days=93)}, "on"),
        ({"visitors": [1]}, "visitors"),
        ({"findings": [{"kind": "song", "words": "好"}]}, "findings"),
        ({"findings": [{"kind": "case", "words": " "}]}, "findings"),
        ({"version": 1, "changes": {"phone": "12"}}, "phone"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(at: make.Street, given: dict[str, object], field: str) -> None:
    household = make.household(at.building)
    before = JournalEntry.objects.count()
    with pytest.raises(Refused) as refused:
        record_visit(household, by=at.member, **given)
    assert refused.value.field == field
    assert Visit.objects.count() == 0 and JournalEntry.objects.count() == before


def test_a_note_of_two_hundred_characters_and_a_visit_of_a_quarter_ago_are_taken(at: make.Street) -> None:
    household = make.household(at.building)
    day = clock.today() - timedelta(days=92)
    assert record_visit(household, by=at.member, on=day, note="字" * 200).visit.on == day
    assert fresh(household).contacted_on == day


def test_an_older_visit_that_is_entered_later_does_not_move_the_last_contact_back(at: make.Street) -> None:
    household = make.household(at.building)
    record_visit(household, by=at.member)
    record_visit(household, by=at.member, on=clock.today() - timedelta(days=30))
    assert fresh(household).contacted_on == clock.today()


def test_nobody_at_home_is_a_visit_and_no_contact(at: make.Street) -> None:
    household = make.household(at.building)
    visit = record_visit(household, by=at.member, was_met=False, note="家中无人").visit
    assert fresh(household).contacted_on is None
    assert list(Visit.objects.contacts()) == [] and list(Visit.objects.standing()) == [visit]


def test_only_whoever_works_at_these_doors_records_a_visit(at: make.Street) -> None:
    household = make.household(at.building)
    other_grid = make.unit("red_grid", inside=at.block)
    for who in (make.account("member", other_grid), make.account("councillor", at.block), at.worker):
        with pytest.raises(NotAllowed):
            record_visit(household, by=who)
    keeper = make.account("keeper", at.building)
    assert record_visit(household, by=keeper).visit.by == keeper.person


def test_the_same_sending_twice_is_one_visit(at: make.Street) -> None:
    household = make.household(at.building)
    first = record_visit(household, by=at.member, once="k1", note="一切都好")
    again = record_visit(household, by=at.member, once="k1", note="一切都好")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.visit == first.visit and Visit.objects.count() == 1
    assert record_visit(household, by=at.head, once="k1").is_new, "a key is its sender's own"
    assert "k1" not in (first.visit.once_key or "")


def test_an_ordinary_visit_costs_at_most_fifteen_statements(at: make.Street) -> None:
    household = fresh(make.household(at.building))
    record_visit(fresh(make.household(at.building)), by=at.member)
    by = make.fresh(at.member)
    with CaptureQueriesContext(connection) as captured:
        record_visit(household, by=by, once="k", services=["ask"], note="一切都好")
    said = [str(query["sql"])[:120] for query in captured if "SAVEPOINT" not in str(query["sql"])]
    assert len(said) <= 15, "\n".join(said)


def test_a_visit_taken_back_counts_no_more(at: make.Street) -> None:
    household = make.household(at.building)
    record_visit(household, by=at.member, on=clock.today() - timedelta(days=40))
    visit = record_visit(household, by=at.member).visit
    withdraw_visit(visit, by=at.member)
    assert ServiceRecord.objects.filter(about_id=visit.pk).count() == 0
    assert fresh(household).contacted_on == clock.today() - timedelta(days=40)
    assert Visit.objects.standing().count() == 1
    with pytest.raises(Overtaken):
        withdraw_visit(visit, by=at.member)


def test_a_visit_taken_back_leaves_the_household_as_late_as_it_was(at: make.Street) -> None:
    household = make.household(at.building, tier="week")
    record_visit(fresh(household), by=at.member, on=clock.today() - timedelta(days=10))
    (was,) = Task.objects.open().about(household)
    assert fresh(household).next_due_on == clock.day(was.due_at) == clock.today() - timedelta(days=3)
    clock.move_to(make.WEDNESDAY + timedelta(hours=1))
    first = record_visit(fresh(household), by=at.member, on=clock.today() - timedelta(days=1)).visit
    clock.move_to(make.WEDNESDAY + timedelta(hours=2))
    second = record_visit(fresh(household), by=at.member).visit
    for visit in (first, second):  # also the older one first: no visit has done any of it
        withdraw_visit(visit, by=at.member)
    (task,) = Task.objects.open().about(household)
    assert (task, task.due_at, task.finished_at) == (was, was.due_at, None)
    assert fresh(household).next_due_on == clock.day(was.due_at)


def test_what_another_visit_has_done_stays_done(at: make.Street) -> None:
    household = make.household(at.building, tier="week")
    note_event(household, by=at.member)
    clock.move_to(make.WEDNESDAY + timedelta(hours=1))
    first = record_visit(fresh(household), by=at.member).visit
    (planned,) = Task.objects.open().about(household)
    clock.move_to(make.WEDNESDAY + timedelta(hours=2))
    second = record_visit(fresh(household), by=at.member).visit
    withdraw_visit(first, by=at.member)
    assert list(Task.objects.open().about(household)) == [planned]
    withdraw_visit(second, by=at.member)
    assert sorted(Task.objects.open().about(household).values_list("verb", flat=True)) == [CONTACT, CONTACT_EVENT]
    assert planned not in Task.objects.open().about(household)


def test_nothing_is_to_be_done_again_in_a_household_that_is_not_contacted_any_more(at: make.Street) -> None:
    household = make.household(at.building, tier="week")
    visit = record_visit(fresh(household), by=at.member).visit
    leave_household(fresh(household), "moved", by=at.head)
    withdraw_visit(visit, by=at.member)
    assert (fresh(household).next_due_on, Task.objects.open().about(household).count()) == (None, 0)


def test_whoever_wrote_it_has_a_day_and_a_coordinator_has_longer(at: make.Street) -> None:
    household = make.household(at.building)
    visit = record_visit(household, by=at.member, note="写错了").visit
    colleague = make.account("grid_member", at.grid)
    with pytest.raises(NotAllowed):
        withdraw_visit(visit, by=colleague)
    clock.move_to(make.WEDNESDAY + timedelta(hours=23, minutes=59))
    assert amend_visit(visit, by=at.member, note="写对了").note == "写对了"
    clock.move_to(make.WEDNESDAY + timedelta(hours=24))
    with pytest.raises(Refused):
        amend_visit(visit, by=at.member, note="太晚了")
    with pytest.raises(Refused):
        withdraw_visit(visit, by=at.member)
    withdraw_visit(visit, by=make.fresh(at.head))
    assert Visit.objects.get(pk=visit.pk).withdrawn_by == at.head.person


def test_a_visit_to_somebody_who_has_left_is_taken_for_the_days_before(at: make.Street) -> None:
    household = make.household(at.building)
    Household.objects.filter(pk=household.pk).update(left_on=clock.today() - timedelta(days=3), left_why="moved")
    gone = fresh(household)
    assert record_visit(gone, by=at.member, on=clock.today() - timedelta(days=5)).is_new
    with pytest.raises(Refused):
        record_visit(gone, by=at.member)


def test_nothing_personal_enters_the_journal(at: make.Street) -> None:
    household = make.household(at.building, name="钱如意", phone="13800001234", room="三楼东户")
    record_visit(
        household, by=at.member, note="钱如意说取药远", version=household.version, changes={"remark": "刚出院"},
        findings=[{"kind": "case", "words": "钱如意家三楼东户门口的楼道灯坏了，13800001234"}],
    )  # fmt: skip
    said = " ".join(f"{e.label} {e.facts}" for e in JournalEntry.objects.all())
    for word in ("钱如意", "13800001234", "三楼东户", "刚出院", "取药"):
        assert word not in said


SENDS = """
from jiequ.outreach.actions.visits import record_visit
from jiequ.outreach.models import Household
from jiequ.people.models import Account
who = Account.objects.get(person__appointments__role="grid_member")
made = []
with clock.stand_at(moment("2021-12-01 09:00")):
    for household in Household.objects.select_related("unit", "building").order_by("pk"):
        made.append(record_visit(household, by=who, once=f"k{household.pk}", findings=[
            {"kind": "case", "words": "楼道灯坏了"}]).visit.pk)
print(made)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_the_same_sendings_from_several_processes_at_once_are_recorded_once(tmp_path: Path) -> None:
    at = make.street()
    for _n in range(4):
        make.household(at.building)
    said = race(SENDS, tmp_path, processes=3)
    assert len(set(said)) == 1, said
    if connection.vendor == "postgresql":
        assert (Visit.objects.count(), ServiceRecord.objects.count()) == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_one_key_from_eight_threads_at_once_is_one_visit_whatever_the_household() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory is one connection; the processes above try it")
    at = make.street()
    homes = [fresh(make.household(at.building)) for _n in range(2)]
    begin = Barrier(8)

    def send(n: int) -> tuple[int, bool]:
        try:
            begin.wait(timeout=20)
            visited = record_visit(homes[n % 2], by=make.fresh(at.member), once="k", findings=FOUND)
            return visited.visit.pk, visited.is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(send, range(8)))
    assert len({pk for pk, _new in said}) == 1 and sum(new for _pk, new in said) == 1
    assert (Visit.objects.count(), ServiceRecord.objects.count(), Case.objects.count()) == (1, 1, 1)


FOUND = [{"kind": "case", "words": "楼道灯坏了"}]
