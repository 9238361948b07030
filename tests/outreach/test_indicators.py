"""The figures of the red grids' service, against the same computed in plain Python from the rows of a small random street."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.measures import REGISTER, Measure, Period, Share, by_child, counts, parts_of
from jiequ.core.permission import SYSTEM
from jiequ.outreach import actions
from jiequ.outreach.actions import (
    cover_households,
    cover_unit,
    record_deed,
    record_visit,
    start_campaign,
    withdraw_deed,
    withdraw_visit,
)
from jiequ.outreach.indicators import SERVICE, WISHES_CLAIMED
from jiequ.outreach.models import Household, Visit
from jiequ.people.models import Exemption, Member, Person
from jiequ.territory.actions import split_unit
from jiequ.territory.models import Unit
from jiequ.work.models import Task
from tests import make
from tests.outreach import wishing
from tests.outreach.oracle import Oracle, RandomStreet

pytestmark = pytest.mark.django_db
OURS = parts_of(f for f in REGISTER.values() if f.group is SERVICE)
PERIODS = [
    Period.quarter(date(2021, 11, 1)),
    Period.month(date(2021, 11, 1)),
    Period.year(date(2021, 11, 1)),
    Period(date(2021, 10, 10), date(2021, 10, 20)),
    Period(date(2021, 2, 1), date(2021, 11, 30)),
]


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.mark.parametrize("seed", range(3))
def test_every_figure_is_what_plain_python_counts(seed: int) -> None:
    street = RandomStreet(seed)
    oracle, tried = Oracle(), set()
    for period in PERIODS:
        wanted = {}
        for unit in (street.root, *street.blocks, street.grids[2]):
            expected = oracle.expected(unit, period)
            assert counts(OURS, unit, period) == expected, (period, unit)
            tried |= {key for key, n in expected.items() if n}
            wanted |= {(key, unit.path): n for key, n in expected.items() if n and unit in street.blocks}
        blocks = {block.path for block in street.blocks}
        found = by_child(OURS, street.root, period, depth=3)
        assert {at: n for at, n in found.items() if at[1] in blocks and n} == wanted
    assert {m.key for m in OURS} - tried == {"outreach.teams"}


def test_the_register_has_the_article_s_figures() -> None:
    plain = {f.key for f in REGISTER.values() if f.group is SERVICE and isinstance(f, Measure)}
    rates = {f.key for f in REGISTER.values() if f.group is SERVICE and isinstance(f, Share)}
    assert plain == {
        f"outreach.{name}"
        for name in ("contacts", "members_found", "deeds", "wishes_claimed", "wishes_fulfilled", "coverage", "teams")
    }
    assert rates == {
        f"outreach.{name}" for name in ("running_rate", "participation_rate", "key_contact_rate", "buildings_covered")
    }
    assert "people.teams" not in REGISTER  # one figure for one thing


# ── at the boundary, through the actions ──────────────────


def figure(key: str, unit: Unit, period: Period) -> tuple[int, int]:
    share = REGISTER[key]
    assert isinstance(share, Share)
    found = counts([share.part, share.whole], unit, period)
    return found[share.part.key], found[share.whole.key]


def member(grid: Unit, since: date, until: date | None = None) -> Member:
    return Member.objects.create(
        person=make.person(at=grid),
        unit=grid,
        source="office",
        home_organisation="党委",
        reported_on=since,
        left_on=until,
    )


@pytest.mark.parametrize(
    ("since", "until", "asked"),
    [
        (date(2021, 12, 1), None, 1),  # 31 days of the fourth quarter
        (date(2021, 12, 2), None, 1),  # 30
        (date(2021, 12, 3), None, 0),  # 29
        (date(2021, 1, 1), date(2021, 10, 31), 1),  # 30: the day one leaves is none
        (date(2021, 1, 1), date(2021, 10, 30), 0),
    ],
)
def test_a_member_is_asked_from_the_thirtieth_day(since: date, until: date | None, asked: int) -> None:
    grid = make.unit("red_grid")
    member(grid, since, until)
    assert figure("outreach.participation_rate", grid, PERIODS[0]) == (0, asked)


@pytest.mark.parametrize(("days", "asked"), [(62, 1), (63, 0)])
def test_days_of_exemption_are_no_days_of_service(days: int, asked: int) -> None:
    grid = make.unit("red_grid")
    somebody = member(grid, date(2021, 1, 1))  # 92 days in the fourth quarter
    start = date(2021, 10, 1)
    Exemption.objects.create(member=somebody, reason="away", starts_on=start, ends_on=start + timedelta(days=days))
    assert figure("outreach.participation_rate", grid, PERIODS[0])[1] == asked


def test_one_deed_makes_a_member_take_part_and_a_hundred_no_more() -> None:
    grid = make.unit("red_grid")
    somebody = member(grid, date(2021, 1, 1))
    make_deed = [record_deed(grid, by=SYSTEM, title="换灯", persons=[somebody.person]) for _ in range(3)]
    assert figure("outreach.participation_rate", grid, PERIODS[0]) == (1, 1)
    for deed in make_deed:
        withdraw_deed(deed, by=SYSTEM)
    assert figure("outreach.participation_rate", grid, PERIODS[0]) == (0, 1)


def owed(grid: Unit, due: str, *, state: str = "open", finished: str = "") -> Task:
    return Task.objects.create(
        verb="outreach.contact", title="联系", unit=grid, due_at=make.moment(due), opened_at=make.moment("2021-10-01"),
        state=state, finished_at=make.moment(finished) if finished else None,
    )  # fmt: skip


def test_a_grid_runs_when_something_happened_and_no_contact_is_owed() -> None:
    grid, quarter = make.unit("red_grid"), PERIODS[0]
    assert figure("outreach.running_rate", grid, quarter) == (0, 1)
    record_deed(grid, by=SYSTEM, title="换灯", persons=[make.person(at=grid)])
    assert figure("outreach.running_rate", grid, quarter) == (1, 1)
    task = owed(grid, "2021-12-01 09:01")
    assert figure("outreach.running_rate", grid, quarter) == (1, 1)  # not due yet
    Task.objects.filter(pk=task.pk).update(due_at=make.moment("2021-12-01 08:59"))
    assert figure("outreach.running_rate", grid, quarter) == (0, 1)
    Task.objects.filter(pk=task.pk).update(state="done", finished_at=clock.now())
    assert figure("outreach.running_rate", grid, quarter) == (1, 1)  # late, and within the period


def test_what_is_done_after_the_period_was_owed_at_its_end_and_what_was_excused_was_not() -> None:
    grid, november = make.unit("red_grid"), PERIODS[1]
    record_deed(grid, by=SYSTEM, title="换灯", persons=[make.person(at=grid)], on=date(2021, 11, 30))
    owed(grid, "2021-11-20 18:00", state="dropped", finished="2021-11-30 23:59")
    assert figure("outreach.running_rate", grid, november) == (1, 1)
    owed(grid, "2021-11-20 18:00", state="done", finished="2021-12-01 00:00")
    assert figure("outreach.running_rate", grid, november) == (0, 1)


def test_an_overdue_contact_is_not_done_by_a_visit_that_was_taken_back() -> None:
    building, december = make.unit("building"), Period.month(date(2021, 12, 1))
    grid = make.above(building, 4)
    make.household(building, tier="week")
    served = make.household(building, agreed=False)  # so that something happened in the grid
    clock.move_to(make.moment("2021-12-20 09:00"))
    record_visit(served, by=SYSTEM)
    assert figure("outreach.running_rate", grid, december) == (0, 1)
    late = Task.objects.open().select_related("unit").get(verb="outreach.contact")
    visit = record_visit(Household.objects.get(pk=late.about_id), by=SYSTEM).visit
    withdraw_visit(visit, by=SYSTEM)
    assert figure("outreach.running_rate", grid, december) == (0, 1)


@pytest.mark.parametrize(("ago", "met"), [(0, 1), (30, 1), (31, 0)])
def test_a_key_household_is_in_touch_until_its_interval_is_over(ago: int, met: int) -> None:
    grid = make.unit("red_grid")
    household = make.household(grid, tier="month")
    day = clock.today() - timedelta(days=ago)
    Visit(household=household, unit=grid, on=day, tier="month", recorded_at=clock.now()).save(force_insert=True)
    assert figure("outreach.key_contact_rate", grid, PERIODS[0]) == (met, 1)


def test_a_split_does_not_move_a_closed_period_s_claims() -> None:
    at = wishing.block()
    wish = wishing.published(at)
    actions.claim_wish(wish, by=at.members[0])
    clock.move_to(make.moment("2022-01-05 09:00"))
    closed, current = Period.quarter(date(2021, 12, 1)), Period.quarter(clock.today())
    heirs = split_unit(at.block, [{"code": "NEW1", "name": "新一"}, {"code": "NEW2", "name": "新二"}], by=SYSTEM)
    assert wishing.again(wish).unit_id == heirs[0].pk
    assert list(WISHES_CLAIMED.under(at.block, closed)) == [wish]
    assert not WISHES_CLAIMED.under(heirs[0], closed).exists()
    claim = wish.claims.get()
    actions.give_up_claim(claim, by=at.members[0])
    assert not WISHES_CLAIMED.under(at.block, closed).exists()
    actions.claim_wish(wishing.again(wish), by=make.fresh(at.members[1]))
    assert list(WISHES_CLAIMED.under(heirs[0], current)) == [wish]


def test_coverage_adds_up_numbers_and_households() -> None:
    grid = make.unit("red_grid")
    community = make.above(grid, 2)
    numbers = start_campaign(community, by=SYSTEM, name="核酸检测", kind="testing")
    homes = start_campaign(community, by=SYSTEM, name="燃气入户", kind="gas", counts="household")
    cover_unit(numbers, grid, by=SYSTEM, people=1200)
    cover_households(homes, [make.household(grid) for _ in range(3)], by=SYSTEM)
    covered = REGISTER["outreach.coverage"]
    assert isinstance(covered, Measure)
    assert counts([covered], community, PERIODS[0]) == {covered.key: 1203}
    assert covered.under(community, PERIODS[0]).count() == 4


def test_nobody_whose_name_is_no_longer_kept_is_missed(django_assert_num_queries: Any) -> None:
    grid = make.unit("red_grid")
    somebody = member(grid, date(2021, 1, 1))
    Person.objects.filter(pk=somebody.person_id).update(erased_at=clock.now())
    with django_assert_num_queries(1):
        assert figure("outreach.participation_rate", grid, PERIODS[0]) == (0, 1)
