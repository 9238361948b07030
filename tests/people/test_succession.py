"""Units are split, merged and moved; people keep their posts and the past keeps its figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from jiequ.core import clock
from jiequ.core.measures import Period, counts
from jiequ.core.permission import SYSTEM
from jiequ.people.actions import assign_building, exempt_member, form_team, report_member
from jiequ.people.indicators import MEMBERS
from jiequ.people.models import Appointment, Member, Team
from jiequ.territory.actions import move_unit
from jiequ.territory.models import Unit
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_a_moved_block_keeps_its_people() -> None:
    block = make.unit("block")
    grid = make.unit("red_grid", inside=block)
    building = make.unit("building", inside=grid)
    other = make.unit("community", inside=make.above(block, 1))
    old_chief, new_chief = make.account("chief", make.above(block, 2)), make.account("chief", other)
    head, keeper = make.account("head", block), make.account("keeper", building)
    member = report_member(
        make.person(at=grid), grid, by=SYSTEM, source="office", home_organisation="支部", reported_on=date(2021, 3, 1)
    )
    assign_building(member, building, by=SYSTEM)
    exempt_member(member, "away", by=SYSTEM)
    form_team("护楼队", block, by=SYSTEM, purpose="", leader=head.person)
    Team.objects.update(skills=["电工"])
    move_unit(block, inside=other, by=SYSTEM)

    now = Unit.objects.get(code=block.code)
    assert now.pk != block.pk
    assert make.fresh(head).may("council.plan_meeting", now)
    assert make.fresh(keeper).may("council.collect_motion", now)
    assert new_chief.may("council.screen_motion", now)
    assert not make.fresh(old_chief).may("council.screen_motion", now)
    assert Appointment.objects.in_force().filter(person=head.person).count() == 1
    moved = Member.objects.current().get()
    assert moved.unit.path.startswith(now.path)
    assert moved.buildings.get(ends_on=None).unit.path.startswith(now.path)
    assert moved.exemptions.count() == 1
    team = Team.objects.standing().get(unit=now)
    assert ([p.pk for p in team.persons.all()], team.skills) == ([head.person_id], ["电工"])

    def count(unit: Unit, on: date) -> int:
        return counts([MEMBERS], unit, Period(on, on))["people.members"]

    was = Unit.objects.get(pk=block.pk)
    assert [count(was, date(2021, 11, 30)), count(now, date(2021, 11, 30))] == [1, 0]
    assert [count(was, date(2021, 12, 1)), count(now, date(2021, 12, 1))] == [0, 1]
    assert count(make.above(now, 1), date(2021, 12, 1)) == 1
