"""Campaigns: coverage is entered once a unit and day, corrected in the open, and nobody known is counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.test import Client

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.outreach.actions import (
    cover_households,
    cover_unit,
    edit_campaign,
    end_campaign,
    start_campaign,
    uncover_household,
)
from jiequ.outreach.models import Campaign, Coverage, ServiceRecord
from jiequ.territory.actions import merge_units, split_unit
from jiequ.territory.models import Unit
from tests import make
from tests.council.test_plans import plan

pytestmark = pytest.mark.django_db
TODAY = date(2021, 12, 1)


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def campaign(at: Unit, **more: Any) -> Campaign:
    more = {"name": "疫苗接种", "kind": "vaccination", "starts_on": TODAY - timedelta(days=30), **more}
    return start_campaign(make.above(at, 2), by=SYSTEM, **more)


# ── starting and ending ───────────────────────────────────


def test_a_campaign_is_started_where_one_supervises_and_once_by_name() -> None:
    grid = make.unit("red_grid")
    community = make.above(grid, 2)
    chief = make.account("chief", community)
    made = start_campaign(community, by=chief, name=" 燃气入户 ", kind="gas", counts="household", target=200)
    assert (made.name, made.starts_on, made.ends_on, made.target) == ("燃气入户", TODAY, None, 200)
    with pytest.raises(Refused) as refusal:
        start_campaign(community, by=chief, name="燃气入户")
    assert refusal.value.field == "name"
    with pytest.raises(NotAllowed):
        start_campaign(make.above(grid, 3), by=make.account("head", make.above(grid, 3)), name="别的")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 41}, "name"),
        ({"says": "长" * 201}, "says"),
        ({"kind": "x"}, "kind"),
        ({"counts": "x"}, "counts"),
        ({"ends_on": TODAY - timedelta(days=1)}, "ends_on"),
        ({"target": 0}, "target"),
    ],
)
def test_what_will_not_do_is_refused_at_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        start_campaign(make.unit("community"), by=SYSTEM, **{"name": "行动", **given})
    assert (refusal.value.field, Campaign.objects.count()) == (field, 0)


def test_its_days_and_its_way_of_counting_keep_to_what_was_entered() -> None:
    grid = make.unit("red_grid")
    made = campaign(grid)
    edit_campaign(made, by=SYSTEM, counts="household")
    edit_campaign(made, by=SYSTEM, counts="number", name="新冠疫苗接种")
    cover_unit(made, grid, by=SYSTEM, people=5, on=TODAY - timedelta(days=3))
    for change in (
        {"counts": "household"},
        {"starts_on": TODAY - timedelta(days=2)},
        {"ends_on": TODAY - timedelta(days=4)},
    ):
        with pytest.raises(Refused) as refusal:
            edit_campaign(made, by=SYSTEM, **change)
        assert [refusal.value.field] == list(change)
    edit_campaign(made, by=SYSTEM, starts_on=TODAY - timedelta(days=3), ends_on=TODAY - timedelta(days=3))
    assert Campaign.objects.get().name == "新冠疫苗接种"


def test_an_ended_campaign_takes_what_was_forgotten_and_nothing_later() -> None:
    grid = make.unit("red_grid")
    made = end_campaign(campaign(grid), by=SYSTEM, on=TODAY - timedelta(days=1))
    cover_unit(made, grid, by=SYSTEM, people=5, on=TODAY - timedelta(days=1))
    with pytest.raises(Refused) as refusal:
        cover_unit(made, grid, by=SYSTEM, people=5)
    assert refusal.value.field == "on"
    with pytest.raises(Refused):
        end_campaign(made, by=SYSTEM)


# ── by number ─────────────────────────────────────────────


def test_a_number_entered_again_is_corrected_and_the_journal_keeps_what_it_was() -> None:
    grid = make.unit("red_grid")
    made, head = campaign(grid), make.account("head", make.above(grid, 3))
    for people in (120, 132, 132):
        cover_unit(made, grid, by=head, people=people)
    assert [(row.people, row.by_id) for row in Coverage.objects.all()] == [(132, head.person_id)]
    facts = JournalEntry.objects.filter(verb__in=["cover", "correct"]).order_by("id").values_list("verb", "facts")
    assert list(facts) == [
        ("cover", {"on": "2021-12-01", "people": 120}),
        ("correct", {"on": "2021-12-01", "was": 120, "now": 132}),
    ]
    cover_unit(made, grid, by=head, people=10, on=TODAY - timedelta(days=1))
    assert Coverage.objects.count() == 2


def test_the_database_holds_one_number_a_unit_and_day() -> None:
    grid = make.unit("red_grid")
    row = cover_unit(campaign(grid), grid, by=SYSTEM, people=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Coverage.objects.create(campaign=row.campaign, unit=grid, on=row.on, people=2, recorded_at=clock.now())


def test_the_same_people_are_not_entered_by_a_unit_and_by_what_lies_in_it() -> None:
    grid = make.unit("red_grid")
    block, community = make.above(grid, 3), make.above(grid, 2)
    beside = make.unit("red_grid", inside=block)
    made = campaign(grid)
    cover_unit(made, block, by=SYSTEM, people=300)
    for unit in (grid, community):
        with pytest.raises(Refused) as refusal:
            cover_unit(made, unit, by=SYSTEM, people=5)
        assert (refusal.value.field, block.name in refusal.value.message) == ("unit", True)
    cover_unit(made, grid, by=SYSTEM, people=5, on=TODAY - timedelta(days=1))  # another day is another matter
    cover_unit(made, block, by=SYSTEM, people=0)
    cover_unit(made, grid, by=SYSTEM, people=200)
    cover_unit(made, beside, by=SYSTEM, people=100)
    with pytest.raises(Refused):
        cover_unit(made, block, by=SYSTEM, people=300)


@pytest.mark.parametrize(("people", "taken"), [(-1, False), (0, True), (1_000_000, True), (1_000_001, False)])
def test_a_number_lies_between_nothing_and_a_million(people: int, taken: bool) -> None:
    grid = make.unit("red_grid")
    made = campaign(grid)
    if taken:
        assert cover_unit(made, grid, by=SYSTEM, people=people).people == people
    else:
        with pytest.raises(Refused) as refusal:
            cover_unit(made, grid, by=SYSTEM, people=people)
        assert refusal.value.field == "people"


def test_only_whoever_records_coverage_there_enters_it() -> None:
    grid = make.unit("red_grid")
    beside = make.unit("red_grid", inside=make.above(grid, 3))
    made, worker = campaign(grid), make.account("grid_member", grid)
    cover_unit(made, grid, by=worker, people=7)
    for who, unit in ((worker, beside), (worker, make.above(grid, 3)), (make.account("member", grid), grid)):
        with pytest.raises(NotAllowed):
            cover_unit(made, unit, by=who, people=7)
    with pytest.raises(Refused) as refusal:
        cover_unit(
            made, make.unit("red_grid", inside=make.unit("block", inside=make.unit("community"))), by=SYSTEM, people=7
        )
    assert refusal.value.field == "unit"


def test_who_took_part_has_it_in_the_service_record_of_the_day() -> None:
    grid = make.unit("red_grid")
    made, person = campaign(grid), make.person(at=grid)
    for _ in range(2):
        row = cover_unit(made, grid, by=SYSTEM, people=7, persons=[person])
    assert [(r.person_id, r.about_id, r.kind) for r in ServiceRecord.objects.all()] == [(person.pk, row.pk, "campaign")]


# ── by household ──────────────────────────────────────────


def test_a_household_is_counted_once_in_the_campaign_whatever_the_day() -> None:
    grid = make.unit("red_grid")
    made, worker = campaign(grid, counts="household"), make.account("grid_member", grid)
    homes = [make.household(grid) for _ in range(3)]
    first = cover_households(made, homes[:2], by=worker, on=TODAY - timedelta(days=2))
    again = cover_households(made, homes, by=worker)
    assert ((first.new, first.known), (again.new, again.known)) == ((2, 0), (1, 2))
    assert sorted(Coverage.objects.values_list("household_id", "people")) == sorted((h.pk, 1) for h in homes)
    with pytest.raises(IntegrityError), transaction.atomic():
        Coverage.objects.create(campaign=made, unit=grid, on=TODAY, household=homes[0], recorded_at=clock.now())


def test_who_ticks_households_has_served_once_that_day_in_that_grid() -> None:
    grid = make.unit("red_grid")
    made, worker = campaign(grid, counts="household"), make.account("grid_member", grid)
    for home in [make.household(grid) for _ in range(3)]:
        cover_households(made, [home], by=worker)
    served = ServiceRecord.objects.get()
    assert (served.person_id, served.unit_id, served.on) == (worker.person_id, grid.pk, TODAY)


def test_a_tick_by_mistake_is_taken_back_and_may_be_made_again() -> None:
    grid = make.unit("red_grid")
    made, worker = campaign(grid, counts="household"), make.account("grid_member", grid)
    homes = [make.household(grid) for _ in range(2)]
    cover_households(made, homes, by=worker)
    for home in homes:
        uncover_household(Coverage.objects.get(household=home), by=worker)
        assert ServiceRecord.objects.count() == Coverage.objects.count()
    assert cover_households(made, homes, by=worker).new == 2
    number = cover_unit(campaign(grid, name="别的"), grid, by=worker, people=3)
    with pytest.raises(Refused):
        uncover_household(number, by=worker)


def test_ticking_asks_for_the_grid_in_which_the_household_lies() -> None:
    grid, beside = make.unit("red_grid"), make.unit("red_grid")
    made, worker = campaign(grid, counts="household"), make.account("grid_member", grid)
    with pytest.raises(NotAllowed):
        cover_households(made, [make.household(grid), make.household(beside)], by=worker)
    with pytest.raises(Refused) as refusal:
        cover_households(made, [], by=worker)
    assert (refusal.value.field, Coverage.objects.count()) == ("households", 0)


def test_a_campaign_counts_in_one_way() -> None:
    grid = make.unit("red_grid")
    with pytest.raises(Refused):
        cover_households(campaign(grid), [make.household(grid)], by=SYSTEM)
    with pytest.raises(Refused):
        cover_unit(campaign(grid, name="别的", counts="household"), grid, by=SYSTEM, people=3)


def test_the_journal_says_how_many_and_never_which_household() -> None:
    grid = make.unit("red_grid")
    made = campaign(grid, counts="household")
    cover_households(made, [make.household(grid) for _ in range(3)], by=SYSTEM)
    entry = JournalEntry.objects.get(kind="outreach.campaign", verb="cover")
    assert (entry.facts, entry.label, entry.unit_id) == (
        {"on": "2021-12-01", "households": 3},
        "疫苗接种",
        grid.pk,
    )


def test_entering_costs_the_same_for_one_household_and_for_twenty(django_assert_max_num_queries: Any) -> None:
    grid = make.unit("red_grid")
    made, worker = campaign(grid, counts="household"), make.account("grid_member", grid)
    homes = [make.household(grid) for _ in range(21)]
    for some in (homes[:1], homes[1:]):
        who = make.fresh(worker)
        with django_assert_max_num_queries(15):
            cover_households(made, some, by=who)
    number, who = campaign(grid, name="别的"), make.fresh(worker)
    with django_assert_max_num_queries(15):
        cover_unit(number, grid, by=who, people=3, persons=[worker.person])


def test_what_one_campaign_covered_is_added_up_from_an_index_alone() -> None:
    covered = Coverage.objects.filter(campaign=5).order_by().values("unit").annotate(n=Sum("people"))
    said = plan(covered)
    assert "coverage_campaign" in said
    assert "COVERING INDEX" in said or "Index Only Scan" in said


# ── when units change ─────────────────────────────────────


def test_a_campaign_goes_on_after_a_split_and_an_ended_one_stays(client: Client) -> None:
    at = make.street()
    runs = start_campaign(at.block, by=SYSTEM, name="疫苗")
    ended = start_campaign(at.block, by=SYSTEM, name="燃气", starts_on=TODAY - timedelta(days=9))
    end_campaign(ended, by=SYSTEM, on=TODAY - timedelta(days=1))
    first, _second = split_unit(
        at.block, [{"code": "NEW1", "name": "新一"}, {"code": "NEW2", "name": "新二"}], by=SYSTEM
    )
    assert dict(Campaign.objects.values_list("pk", "unit")) == {runs.pk: first.pk, ended.pk: at.block.pk}
    client.force_login(make.fresh(at.head))
    assert client.get(runs.get_absolute_url()).status_code == 200


def test_two_of_one_name_are_told_apart_after_a_merger() -> None:
    at = make.street()
    other = make.unit("block", inside=at.community)
    for unit in (at.block, other):
        start_campaign(unit, by=SYSTEM, name="疫苗")
    heir = merge_units([at.block, other], code="HEIR1", name="合并街区", by=SYSTEM)
    names = Campaign.objects.filter(unit=heir).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["疫苗", f"疫苗（{other.name}）"]
