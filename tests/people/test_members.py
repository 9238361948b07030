"""Party members: reporting in, moving without changing the past, being excused, contracting a building."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.measures import Period, counts
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.people import actions
from jiequ.people.indicators import MEMBERS
from jiequ.people.models import Appointment, Exemption, Member, Team
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def grid() -> Any:
    return make.unit("red_grid")


def _member(grid: Any, **more: Any) -> Member:
    said = {"source": "office", "home_organisation": "机关支部", "reported_on": date(2021, 3, 1), **more}
    return actions.report_member(make.person(at=grid), grid, by=SYSTEM, **said)


def test_reporting_in_gives_the_post_of_a_member_there(grid: Any) -> None:
    member = _member(grid)
    post = Appointment.objects.get(person=member.person)
    assert (post.role, post.unit, post.starts_on) == ("member", grid, date(2021, 3, 1))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("source", {"source": "moon"}),
        ("home_organisation", {"home_organisation": " "}),
        ("post_category", {"post_category": "juggling"}),
        ("reported_on", {"reported_on": date(2021, 12, 2)}),
    ],
)
def test_an_impossible_report_is_refused_at_its_field(grid: Any, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        _member(grid, **changes)
    assert refused.value.field == field
    assert Member.objects.count() == 0


def test_members_report_to_red_grids_only_and_to_one_at_a_time(grid: Any) -> None:
    block = make.above(grid, 3)
    with pytest.raises(Refused) as refused:
        _member(block)
    assert refused.value.field == "unit"
    member = _member(grid)
    with pytest.raises(Refused):
        actions.report_member(member.person, grid, by=SYSTEM, source="office", home_organisation="另一支部")


def test_a_move_keeps_the_figures_of_the_past(grid: Any) -> None:
    other = make.unit("red_grid", inside=make.above(grid, 3))
    member = _member(grid)
    building = make.unit("building", inside=grid)
    actions.assign_building(member, building, by=SYSTEM)
    moved = actions.move_member(member, other, by=SYSTEM, on=date(2021, 10, 1))
    assert moved.person.member == moved

    def count(unit: Any, on: date) -> int:
        return counts([MEMBERS], unit, Period(on, on))["people.members"]

    assert [count(grid, date(2021, 9, 30)), count(other, date(2021, 9, 30))] == [1, 0]
    assert [count(grid, date(2021, 10, 1)), count(other, date(2021, 10, 1))] == [0, 1]
    assert count(make.above(grid, 1), date(2021, 10, 1)) == 1
    assert member.buildings.get().ends_on == date(2021, 10, 1)
    assert Appointment.objects.in_force().get(person=member.person).unit == other


def test_who_leaves_may_report_in_again_and_not_before_leaving(grid: Any) -> None:
    member = _member(grid)
    actions.leave_member(member, by=SYSTEM, on=date(2021, 6, 1))
    assert Appointment.objects.in_force().filter(person=member.person).count() == 0
    again = {"by": SYSTEM, "source": "community", "home_organisation": "社区支部"}
    with pytest.raises(Refused):
        actions.report_member(member.person, grid, reported_on=date(2021, 5, 31), **again)
    actions.report_member(member.person, grid, reported_on=date(2021, 6, 1), **again)
    assert Member.objects.reported_in(date(2021, 6, 1)).count() == 1
    with pytest.raises(Refused):
        actions.leave_member(member, by=SYSTEM)


def test_an_exemption_keeps_its_reason_out_of_the_journal(grid: Any) -> None:
    head = make.account("head", make.above(grid, 3))
    member = _member(grid)
    actions.exempt_member(member, Exemption.Reason.ILLNESS, by=head, ends_on=date(2022, 1, 1))
    assert "illness" not in str(JournalEntry.objects.about(member)[0].facts)
    with pytest.raises(Refused):
        actions.exempt_member(member, Exemption.Reason.AWAY, by=head, starts_on=date(2021, 12, 20))
    actions.exempt_member(member, Exemption.Reason.AWAY, by=head, starts_on=date(2022, 1, 1))
    with pytest.raises(NotAllowed):
        actions.exempt_member(member, "away", by=make.account("councillor", make.above(grid, 3)))


def test_a_member_contracts_buildings_of_the_own_block_only(grid: Any) -> None:
    member, near = _member(grid), make.unit("building", inside=grid)
    far = make.unit("building", inside=make.unit("red_grid", inside=make.unit("block", inside=make.above(grid, 2))))
    assignment = actions.assign_building(member, near, by=SYSTEM)
    for building in (near, far, grid):
        with pytest.raises(Refused):
            actions.assign_building(member, building, by=SYSTEM)
    actions.release_building(assignment, by=SYSTEM)
    with pytest.raises(Refused):
        actions.release_building(assignment, by=SYSTEM)
    actions.assign_building(member, near, by=SYSTEM)


def test_a_team_is_formed_joined_and_left(grid: Any) -> None:
    block = make.above(grid, 3)
    leader, other = make.account("head", block), make.account("councillor", block)
    team = actions.form_team("578（我去帮）", block, by=leader, purpose="帮老人", leader=leader.person)
    with pytest.raises(Refused):
        actions.form_team("578（我去帮）", block, by=leader, purpose="")
    actions.join_team(team, other.person, by=other)
    with pytest.raises(Refused):
        actions.join_team(team, other.person, by=other)
    with pytest.raises(NotAllowed):  # a councillor enters themselves, nobody else
        actions.leave_team(team, leader.person, by=other)
    actions.leave_team(team, leader.person, by=leader)
    team.refresh_from_db()
    assert (team.leader, [p.pk for p in team.persons.all()]) == (None, [other.person_id])
    actions.disband_team(team, by=leader)
    assert Team.objects.standing().count() == 0
    with pytest.raises(Refused):
        actions.join_team(team, leader.person, by=leader)
