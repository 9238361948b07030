"""Nothing is kept longer than it is said to be: the sweep at its boundary, erasing, and what the database holds in the clear."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.core import clock, retention
from jiequ.core.journal import record
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken
from jiequ.outreach import actions
from jiequ.outreach.models import Classification, Conflict, Finding, Household, HouseholdReveal, Visit, Wish
from jiequ.work.models import Task
from tests import make
from tests.at_the_door import at_the_door

pytestmark = pytest.mark.django_db
TODAY = make.WEDNESDAY.date()


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def after(days: int) -> Any:
    return clock.stand_at(make.WEDNESDAY + timedelta(days=days))


@pytest.fixture
def household() -> Household:
    return make.household(make.unit("building"), name="王小明", phone="13800138000", room="302", remark="腿脚不便")


def read(household: Household) -> Household:
    return Household.objects.get(pk=household.pk)


def test_a_remark_is_kept_180_days_from_when_it_was_written(household: Household) -> None:
    with after(100):
        actions.edit_household(household, by=SYSTEM, phone="13911112222")
    with after(179):
        assert actions.sweep_kept() == 0
    with after(180):
        assert actions.sweep_kept() == 1
        assert (read(household).remark, read(household).remarked_on) == ("", None)
        assert read(household).phone == "13911112222"
        assert actions.sweep_kept() == 0


def test_a_category_that_ended_is_kept_as_long_as_the_office_says(household: Household) -> None:
    for code, days in (("alone", 30), ("other", 60)):
        category = make.household_category(code)
        actions.edit_household_category(category, by=SYSTEM, root=make.above(household.unit, 1), keep_days=days)
        actions.unclassify_household(actions.classify_household(household, category, by=SYSTEM), by=SYSTEM)
    standing = actions.classify_household(household, make.household_category("new-work"), by=SYSTEM)
    for days, left in ((29, 3), (30, 2), (59, 2), (60, 1), (100, 1)):
        with after(days):
            actions.sweep_kept()
            assert Classification.objects.count() == left, days
    assert Classification.objects.get() == standing


def test_a_household_that_left_is_erased_after_a_year(household: Household) -> None:
    stays = make.household(household.unit)
    actions.leave_household(household, "moved", by=SYSTEM)
    with after(364):
        actions.sweep_kept()
        assert read(household).erased_at is None
    with after(365):
        assert actions.sweep_kept() >= 1
        gone = read(household)
        assert gone.erased_at is not None and (gone.name, gone.phone, gone.room) == ("", "", "")
        assert JournalEntry.objects.filter(verb="erase", thing_id=household.pk).count() == 1
        assert actions.sweep_kept() == 0
    assert read(stays).name != ""


def test_words_of_visits_and_findings_go_after_two_years_and_the_visit_stays(household: Household) -> None:
    member = make.account("member", household.unit)
    visited = actions.record_visit(household, by=member, note="送了药", findings=[{"kind": "case", "words": "灯坏了"}])
    with after(729):
        actions.sweep_kept()
        assert Visit.objects.get().note == "送了药"
    with after(730):
        actions.sweep_kept()
        assert (Visit.objects.get().note, Finding.objects.get().words) == ("", "")
        assert Visit.objects.get().on == visited.visit.on


def test_reasons_of_looking_go_after_three_years(household: Household) -> None:
    actions.reveal_household(household, "phone", by=SYSTEM, reason="上门前约时间")
    for days, reason in ((3 * 365 - 1, "上门前约时间"), (3 * 365 + 1, "")):
        with after(days):
            actions.sweep_kept()
            assert HouseholdReveal.objects.get().reason == reason


def test_a_sweep_goes_on_in_batches_and_costs_little_when_nothing_is_due(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(4):
        make.household(household.unit, remark="近况")
    with after(180):
        assert actions.sweep_kept() == 5
        with CaptureQueriesContext(connection) as captured:
            assert actions.sweep_kept() == 0
    assert len([q for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]]) <= 12


def test_erasing_leaves_numbers_and_no_word(household: Household) -> None:
    member = make.account("head", make.above(household.unit, 3))
    door = at_the_door(household.building, by=member, words="金丝雀", name="金丝雀")
    actions.classify_household(door.household, make.household_category("disabled"), by=SYSTEM, given_by="self")
    actions.reveal_household(door.household, "name", by=member, reason="金丝雀理由")
    wish = actions.draft_wish(
        make.above(household.unit, 3), by=member, words="金丝雀想要", title="一副老花镜", household=door.household
    )
    with pytest.raises(NotAllowed):
        actions.erase_household(door.household, by=member)
    actions.erase_household(door.household, by=make.account("office", make.above(household.unit, 1)))
    gone = read(door.household)
    assert (gone.name, gone.phone, gone.room, gone.remark, gone.phone_index, gone.door_index) == ("",) * 6
    assert gone.label == "（已删除）" and gone.left_on == TODAY and gone.member_id is None
    assert (Visit.objects.get().note, Visit.objects.contacts().count()) == ("", 1)
    assert {f.words for f in Finding.objects.all()} == {""}
    assert (Classification.objects.count(), Conflict.objects.count()) == (0, 0)
    assert {r.reason for r in HouseholdReveal.objects.all()} == {""}
    wish = Wish.objects.get(pk=wish.pk)
    assert (wish.state, wish.words) == (Wish.State.WITHDRAWN, "")
    about = Task.objects.open().filter(about_kind__in=("outreach.household", "outreach.conflict"))
    assert about.exclude(about_id=household.pk).count() == 0
    assert Household.objects.current().key().filter(pk=gone.pk).count() == 0
    with pytest.raises(Overtaken):
        actions.erase_household(gone, by=SYSTEM)
    assert "王小明" in read(household).name, "its neighbour is as it was"


def test_the_same_door_is_free_again_once_erased(household: Household) -> None:
    actions.erase_household(household, by=SYSTEM)
    assert household.building is not None
    again = make.household(household.building, name="王小明", room="302")
    assert again.pk != household.pk


def test_what_is_sealed_does_not_stand_in_the_database_in_the_clear(household: Household) -> None:
    """Every table is read as bytes: name, phone, room, remark and category, also of what a search or an index would hold."""
    actions.classify_household(household, make.household_category("disabled"), by=SYSTEM, given_by="self")
    actions.record_visit(household, by=make.account("member", household.unit), note="金丝雀送药")
    record("edit", household, by=SYSTEM, fields=["phone"])
    secrets = ["王小明", "13800138000", "腿脚不便", "金丝雀送药"]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(("outreach_", "core_", "work_", "people_notice")):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                said = " ".join(
                    bytes(v).decode("latin-1") if isinstance(v, bytes | memoryview) else str(v) for v in row
                )
                for word in secrets:
                    assert word not in said and word.encode().decode("latin-1") not in said, table
        cursor.execute('SELECT category, category_index FROM "outreach_classification"')
        (category, index), *_rest = cursor.fetchall()
    assert b"disabled" not in bytes(category) and "disabled" not in index
    assert date(2021, 12, 1) == TODAY
