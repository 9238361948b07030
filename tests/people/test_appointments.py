"""Posts: what they give, from when, until when, and who may give them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.people.actions import appoint_person, end_appointment
from jiequ.people.models import Appointment, Notice
from tests import make

pytestmark = pytest.mark.django_db
TODAY = date(2021, 12, 1)


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def block() -> Any:
    return make.unit("block", name="石一街区")


def test_an_appointment_gives_its_permissions_where_it_is_held_and_below(block: Any) -> None:
    head, grid = make.account("head", block), make.unit("red_grid", inside=block)
    elsewhere = make.unit("block", inside=make.above(block, 2))
    assert head.may("council.plan_meeting", block)
    assert head.may("work.open_task", grid)
    assert not head.may("council.plan_meeting", elsewhere)
    assert not head.may("council.plan_meeting", make.above(block, 2))


def test_a_grid_member_takes_part_in_the_block_around_the_grid(block: Any) -> None:
    grid = make.unit("red_grid", inside=block)
    keeper = make.account("keeper", make.unit("building", inside=grid))
    assert keeper.may("council.collect_motion", block)
    assert not keeper.may("council.cast_vote", block)


def test_an_end_date_ends_access_that_very_day(block: Any) -> None:
    head = make.account("head", block)
    end_appointment(head.appointments[0], ends_on=TODAY + timedelta(days=1), by=SYSTEM)
    with clock.stand_at(clock.at(TODAY, 23, 59)):
        assert make.fresh(head).may("council.plan_meeting", block)
    with clock.stand_at(clock.at(TODAY + timedelta(days=1))):
        assert not make.fresh(head).may("council.plan_meeting", block)


def test_ended_today_means_no_access_from_today(block: Any) -> None:
    head = make.account("head", block)
    end_appointment(head.appointments[0], ends_on=TODAY, by=SYSTEM)
    assert make.fresh(head).appointments == []


def test_a_post_that_begins_tomorrow_gives_nothing_today(block: Any) -> None:
    head = make.account("head", block, starts_on=TODAY + timedelta(days=1))
    assert not head.may("council.view_motion", block)
    with clock.stand_at(clock.at(TODAY + timedelta(days=1))):
        assert make.fresh(head).may("council.view_motion", block)


def test_a_role_is_held_only_in_its_own_kind_of_unit(block: Any) -> None:
    with pytest.raises(Refused) as refused:
        appoint_person(make.person(at=block), "chief", block, by=SYSTEM)
    assert refused.value.field == "unit"
    assert "社区" in refused.value.message
    with pytest.raises(Refused) as unknown:
        appoint_person(make.person(at=block), "emperor", block, by=SYSTEM)
    assert unknown.value.field == "role"


def test_the_same_post_is_not_held_twice_at_one_time(block: Any) -> None:
    person = make.person(at=block)
    appoint_person(person, "head", block, by=SYSTEM, starts_on=date(2021, 3, 1), ends_on=date(2021, 6, 1))
    for starts_on, ends_on in [
        (date(2021, 5, 31), None),
        (date(2021, 1, 1), date(2021, 3, 2)),
        (date(2021, 4, 1), date(2021, 5, 1)),
        (date(2021, 1, 1), None),
    ]:
        with pytest.raises(Refused):
            appoint_person(person, "head", block, by=SYSTEM, starts_on=starts_on, ends_on=ends_on)
    appoint_person(person, "head", block, by=SYSTEM, starts_on=date(2021, 6, 1))
    appoint_person(person, "head", block, by=SYSTEM, starts_on=date(2021, 2, 1), ends_on=date(2021, 3, 1))
    assert Appointment.objects.filter(person=person).count() == 3


def test_another_post_at_the_same_time_is_no_overlap(block: Any) -> None:
    person = make.person(at=block)
    appoint_person(person, "head", block, by=SYSTEM)
    appoint_person(person, "councillor", block, by=SYSTEM)
    assert Appointment.objects.in_force().filter(person=person).count() == 2


@pytest.mark.parametrize("ends_on", [date(2021, 12, 1), date(2021, 11, 30)])
def test_a_post_ends_after_it_begins(block: Any, ends_on: date) -> None:
    with pytest.raises(Refused) as refused:
        appoint_person(make.person(at=block), "head", block, by=SYSTEM, starts_on=TODAY, ends_on=ends_on)
    assert refused.value.field == "ends_on"


def test_nobody_is_appointed_in_a_unit_that_is_not_in_force() -> None:
    later = make.unit("block", valid_from=date(2022, 1, 1))
    with pytest.raises(Refused):
        appoint_person(make.person(at=later), "head", later, by=SYSTEM, starts_on=TODAY)


def test_a_deputy_does_not_appoint_or_dismiss_the_chief(block: Any) -> None:
    community = make.above(block, 2)
    deputy, chief = make.account("deputy", community), make.account("chief", community)
    with pytest.raises(Refused) as refused:
        appoint_person(make.person(at=block), "chief", community, by=deputy)
    assert refused.value.field == "role"
    with pytest.raises(Refused):
        end_appointment(chief.appointments[0], ends_on=TODAY, by=deputy)
    assert appoint_person(make.person(at=block), "head", block, by=deputy).role == "head"
    assert appoint_person(make.person(at=block), "chief", community, by=chief).role == "chief"


def test_the_office_does_not_make_administrators_and_a_head_appoints_nobody(block: Any) -> None:
    root = make.above(block, 1)
    with pytest.raises(Refused):
        appoint_person(make.person(at=block), "admin", root, by=make.account("office", root))
    with pytest.raises(NotAllowed):
        appoint_person(make.person(at=block), "councillor", block, by=make.account("head", block))


def test_a_chief_appoints_nobody_in_another_community(block: Any) -> None:
    other = make.unit("community", inside=make.above(block, 1))
    with pytest.raises(NotAllowed):
        appoint_person(make.person(at=block), "head", block, by=make.account("chief", other))


def test_the_last_administrator_stays(block: Any) -> None:
    root = make.above(block, 1)
    first = make.account("admin", root)
    with pytest.raises(Refused):
        end_appointment(first.appointments[0], ends_on=TODAY, by=SYSTEM)
    make.account("admin", root)
    assert end_appointment(first.appointments[0], ends_on=TODAY, by=SYSTEM).ends_on == TODAY


def test_two_who_end_the_same_post_do_not_overwrite_each_other(block: Any) -> None:
    head = make.account("head", block)
    mine, theirs = (Appointment.objects.get(person=head.person) for _ in range(2))
    end_appointment(theirs, ends_on=date(2021, 12, 31), by=SYSTEM)
    with pytest.raises(Overtaken):
        end_appointment(mine, ends_on=date(2021, 12, 15), by=SYSTEM)
    assert Appointment.objects.get(pk=mine.pk).ends_on == date(2021, 12, 31)


def test_whoever_is_appointed_or_dismissed_is_told_and_the_journal_names_them_by_id(block: Any) -> None:
    person = make.person("王小明", at=block)
    appointment = appoint_person(person, "head", block, by=SYSTEM)
    end_appointment(appointment, ends_on=date(2021, 12, 5), by=SYSTEM)
    assert Notice.objects.filter(person=person).count() == 2
    entries = JournalEntry.objects.about(appointment)
    assert [e.verb for e in entries] == ["end_appointment", "appoint_person"]
    assert entries[0].facts["person"] == person.pk
    assert all("王" not in f"{e.label}{e.facts}" for e in entries)
