"""Households: entered once, corrected under the version that was seen, contacted by somebody who may knock there, and left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.outreach import actions
from jiequ.outreach.models import Household, Tier
from jiequ.territory.actions import merge_units, move_unit, split_unit
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def grid() -> Any:
    return make.unit("red_grid")


def read(household: Household) -> Household:
    return Household.objects.select_related("unit", "building", "member").get(pk=household.pk)


def contact(household: Household) -> Task | None:
    rows = Task.objects.open().filter(about_kind="outreach.household", about_id=household.pk, verb="outreach.contact")
    return rows.first()


def test_the_same_name_at_the_same_door_is_entered_once(grid: Any) -> None:
    first = make.household(grid, name="王小明", room="302")
    with pytest.raises(Refused) as refused:
        make.household(grid, name="王 小明", room=" 302 ")
    assert refused.value.field == "name"
    make.household(grid, name="王小明", room="303")
    actions.leave_household(first, "moved", by=SYSTEM)
    again = make.household(grid, name="王小明", room="302")
    with pytest.raises(Refused):
        actions.come_back(first, by=SYSTEM)
    assert again.door_index == read(first).door_index


@pytest.mark.parametrize(
    ("field", "typed"),
    [("name", ""), ("name", "\u200b\x00 "), ("name", "王" * 41), ("room", "1" * 41), ("remark", "x" * 201),
     ("phone", "12345"), ("phone", "abc"), ("phone", "1" * 400), ("kind", "palace"), ("tier", "hourly")],
)  # fmt: skip
def test_what_will_not_do_is_refused_at_its_field(grid: Any, field: str, typed: str) -> None:
    fields = {"name": "王小明", field: typed}
    with pytest.raises(Refused) as refused:
        actions.register_household(grid, by=SYSTEM, **fields)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert Household.objects.count() == 0


def test_odd_letters_are_kept_as_text_and_control_characters_are_not(grid: Any) -> None:
    made = make.household(grid, name="<b>王</b>🙂\x07", room="３０２\n室", remark="' OR 1=1 --\x00")
    found = read(made)
    assert (found.name, found.room, found.remark) == ("<b>王</b>🙂", "３０２ 室", "' OR 1=1 --")
    assert found.label == "<*"
    assert read(make.household(grid, name="\u202e王\u2066明")).label == "王*"


def test_a_correction_moves_the_indices_with_it(grid: Any) -> None:
    household = make.household(grid, name="王小明", room="302", phone="13800138000")
    before = read(household)
    after = actions.edit_household(household, by=SYSTEM, version=1, name="欧阳小红", phone="139 1111 2222")
    assert (after.version, after.label, after.phone) == (2, "欧阳*", "13911112222")
    assert before.door_index != after.door_index and before.phone_index != after.phone_index
    entry = JournalEntry.objects.filter(kind="outreach.household").latest("pk")
    assert (entry.verb, entry.facts, entry.label) == ("edit", {"fields": ["name", "phone"], "version": 2}, "")


def test_nothing_changed_is_no_new_version(grid: Any) -> None:
    household = make.household(grid, phone="13800138000")
    assert actions.edit_household(household, by=SYSTEM, phone="138-0013-8000").version == 1


def test_of_two_who_correct_the_same_version_the_second_is_told(grid: Any) -> None:
    household = make.household(grid, phone="13800138000")
    actions.edit_household(household, by=SYSTEM, version=1, phone="13911112222")
    with pytest.raises(Overtaken):
        actions.edit_household(household, by=SYSTEM, version=1, phone="13733334444")
    found = read(household)
    assert (found.phone, found.version) == ("13911112222", 2)


def test_a_member_corrects_phone_and_remark_and_not_the_name(grid: Any) -> None:
    building = make.unit("building", inside=grid)
    household = make.household(building)
    for who in (make.account("member", grid), make.account("keeper", building)):
        actions.edit_household(household, by=who, phone="13911112222", remark=f"{who.username}去过")
        with pytest.raises(NotAllowed):
            actions.edit_household(household, by=who, name="别人")
    stranger = make.account("member", make.unit("red_grid", inside=make.above(grid, 3)))
    with pytest.raises(NotAllowed):
        actions.edit_household(household, by=stranger, remark="也去过")


def test_a_keeper_sees_the_building_and_a_neighbouring_grid_sees_nothing(grid: Any) -> None:
    building = make.unit("building", inside=grid)
    inside, outside = make.household(building), make.household(grid)
    keeper, member = make.account("keeper", building), make.account("member", grid)
    other = make.unit("red_grid", inside=make.above(grid, 3))
    stranger = make.account("grid_member", other)

    def seen(who: Any) -> set[int]:
        return set(Household.objects.visible_to(make.fresh(who)).values_list("pk", flat=True))

    assert seen(keeper) == {inside.pk}
    assert seen(member) == {inside.pk, outside.pk}
    assert seen(stranger) == set()
    there = make.household(other)
    make.appoint_person(keeper.person, "member", other, by=SYSTEM, starts_on=date(2021, 1, 1))
    assert seen(keeper) == {inside.pk, there.pk}


def test_who_contacts_it_must_be_somebody_who_may_knock_there(grid: Any) -> None:
    household = make.household(grid)
    member = make.account("member", grid)
    assert actions.assign_household(household, member.person, by=SYSTEM).member_id == member.person_id
    task = contact(household)
    assert task is not None and task.holder_id == member.person_id
    elsewhere = make.account("member", make.unit("red_grid", inside=make.above(grid, 3)))
    chief = make.account("chief", make.above(grid, 2))
    for who in (elsewhere, chief, make.account()):
        with pytest.raises(Refused) as refused:
            actions.assign_household(household, who.person, by=SYSTEM)
        assert refused.value.field == "member"
    assert actions.assign_household(household, None, by=SYSTEM).member_id is None


def test_another_interval_counts_from_the_last_contact_and_forgives_nothing(grid: Any) -> None:
    household = make.household(grid)
    Household.objects.filter(pk=household.pk).update(contacted_on=date(2021, 11, 25), next_due_on=date(2022, 2, 23))
    actions.set_tier(household, "week", by=SYSTEM)
    assert read(household).next_due_on == date(2021, 12, 2)
    Household.objects.filter(pk=household.pk).update(contacted_on=date(2021, 9, 1), next_due_on=date(2021, 11, 30))
    actions.set_tier(household, "month", by=SYSTEM)
    assert read(household).next_due_on == date(2021, 11, 30), "late stays late"
    actions.set_tier(household, "quarter", by=SYSTEM)
    assert read(household).next_due_on == date(2021, 11, 30), "a longer interval forgives nothing either"
    actions.set_tier(household, Tier.NONE, by=SYSTEM)
    assert (read(household).next_due_on, contact(household)) == (None, None)


def test_leaving_drops_the_contact_and_coming_back_plans_it_again(grid: Any) -> None:
    household = make.household(grid)
    alone = actions.classify_household(household, make.household_category("alone"), by=SYSTEM)
    assert contact(household) is not None
    with pytest.raises(Refused):
        actions.leave_household(household, "moved", by=SYSTEM, on=date(2021, 12, 2))
    actions.leave_household(household, "moved", by=SYSTEM)
    alone.refresh_from_db()
    assert (contact(household), read(household).next_due_on, alone.ends_on) == (None, None, clock.today())
    with pytest.raises(Overtaken):
        actions.leave_household(household, "moved", by=SYSTEM)
    with pytest.raises(Refused):
        actions.edit_household(household, by=SYSTEM, phone="13911112222")
    actions.come_back(household, by=SYSTEM)
    alone.refresh_from_db()
    assert contact(household) is not None and alone.ends_on is None
    assert read(household).next_due_on is not None
    with pytest.raises(Overtaken):
        actions.come_back(household, by=SYSTEM)


def test_coming_back_brings_back_only_what_ended_with_leaving(grid: Any) -> None:
    household = make.household(grid)
    before = actions.classify_household(household, make.household_category("alone"), by=SYSTEM)
    actions.unclassify_household(before, by=SYSTEM)
    ended = clock.today()
    clock.move_to(make.WEDNESDAY + timedelta(days=30))
    actions.leave_household(read(household), "moved", by=SYSTEM)
    actions.come_back(read(household), by=SYSTEM)
    before.refresh_from_db()
    assert before.ends_on == ended


def test_an_enterprise_is_a_household_whose_name_is_on_its_sign(grid: Any) -> None:
    made = make.household(grid, name="观澜便民超市有限公司牛湖第一分公司，总店在大富", kind="enterprise")
    assert made.label == "观澜便民超市有限公司牛湖第一分公司，总店"


# --- units that are split, merged or moved ---------------------------------------------------------------------------


def test_households_of_a_split_grid_go_where_their_building_goes() -> None:
    grid = make.unit("red_grid")
    building = make.unit("building", inside=grid)
    inside, outside = make.household(building), make.household(grid)
    doors = {h.pk: read(h).door_index for h in (inside, outside)}
    one, two = split_unit(grid, [{"code": "X1", "name": "甲"}, {"code": "X2", "name": "乙"}], by=SYSTEM)
    found = read(inside)
    assert found.building is not None and found.building.code == building.code
    assert found.unit == one and one.holds(found.building)
    assert found.door_index == doors[inside.pk], "the building's code goes on, and so does the door"
    assert read(outside).unit == one and read(outside).door_index != doors[outside.pk]
    task = contact(outside)
    assert task is not None and task.unit_id == one.pk
    assert two.pk not in set(Household.objects.values_list("unit", flat=True))


def test_of_two_grids_that_are_merged_both_with_the_same_name_at_the_same_number_none_is_lost() -> None:
    grid = make.unit("red_grid")
    other = make.unit("red_grid", inside=make.above(grid, 3))
    a, b = (make.household(g, name="王小明", room="101") for g in (grid, other))
    merged = merge_units([grid, other], code="M1", name="合", by=SYSTEM)
    assert {read(h).unit_id for h in (a, b)} == {merged.pk}
    assert read(a).door_index != read(b).door_index


def test_moving_a_block_brings_thousands_in_a_few_statements() -> None:
    block = make.unit("block")
    grid = make.unit("red_grid", inside=block)
    building = make.unit("building", inside=grid)
    for _ in range(3):
        make.household(building)
    door = Household.objects.values_list("door_index", flat=True).order_by("pk")
    before = list(door)
    elsewhere = make.unit("community")

    def cost(unit: Any, inside: Any) -> int:
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            move_unit(unit, inside=inside, by=SYSTEM)
            transaction.set_rollback(True)
        return sum("outreach_household" in q["sql"] and "work_task" not in q["sql"] for q in captured.captured_queries)

    three = cost(block, elsewhere)
    for _ in range(30):
        make.household(building)
    assert cost(block, elsewhere) == three <= 8
    block.refresh_from_db()
    moved = move_unit(block, inside=elsewhere, by=SYSTEM)
    assert all(moved.holds(h.unit) for h in Household.objects.select_related("unit"))
    assert list(door)[:3] == before


def test_a_write_costs_few_statements(grid: Any) -> None:
    household = make.household(grid)
    member = make.account("member", grid)
    head = make.account("head", make.above(grid, 3))
    acts: dict[str, Callable[[Any], Any]] = {
        "register": lambda by: actions.register_household(grid, by=by, name="王小明", room="9"),
        "edit": lambda by: actions.edit_household(household, by=by, phone="13911112222"),
        "tier": lambda by: actions.set_tier(household, "week", by=by),
        "assign": lambda by: actions.assign_household(household, member.person, by=by),
        "leave": lambda by: actions.leave_household(household, "moved", by=by),
        "come back": lambda by: actions.come_back(household, by=by),
    }
    for name, act in acts.items():
        by = make.fresh(head)
        with CaptureQueriesContext(connection) as captured:
            act(by)
        said = [q["sql"] for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]]
        assert len(said) <= 15, (name, said)
