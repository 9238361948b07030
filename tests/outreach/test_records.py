"""Service records: one's own, complete and exportable; a branch's for its secretary; nobody else's, and never in order of how much."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed
from jiequ.outreach.actions import cover_unit, note_record_export, record_deed, start_campaign, withdraw_deed
from jiequ.outreach.actions.records import note_service
from jiequ.outreach.models import ServiceRecord
from jiequ.people.models import Member
from jiequ.territory.models import Unit
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db
TODAY = date(2021, 12, 1)


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def member(grid: Unit, *, since: date = date(2021, 1, 1), until: date | None = None) -> Any:
    """An account of a member who reported in to the grid."""
    who = make.account("member", grid)
    Member.objects.create(
        person=who.person, unit=grid, source="office", home_organisation="党委", reported_on=since, left_on=until
    )
    return who


def deeds(who: Any, grid: Unit, *days: date) -> list[Any]:
    return [record_deed(grid, by=SYSTEM, title=f"换灯{n}", persons=[who.person], on=on) for n, on in enumerate(days)]


# ── written by the action that did the thing ──────────────


def test_a_line_of_a_building_counts_for_the_grid_it_stands_in() -> None:
    building = make.unit("building")
    person = make.person(at=building)
    deed = record_deed(building, by=SYSTEM, title="换灯", persons=[person])
    assert ServiceRecord.objects.get().unit_id == make.above(building, 4).pk
    note_service([person.pk, None, person.pk], deed, unit=building, on=TODAY, kind="deed")
    assert ServiceRecord.objects.count() == 1


# ── one's own ─────────────────────────────────────────────


def test_my_record_is_all_mine_the_newest_first_and_nobody_else_s() -> None:
    grid = make.unit("red_grid")
    me, other = member(grid), member(grid)
    deeds(me, grid, TODAY, date(2021, 9, 1), date(2020, 5, 1))
    deeds(other, grid, TODAY)
    campaign = start_campaign(make.above(grid, 2), by=SYSTEM, name="核酸检测")
    cover_unit(campaign, grid, by=SYSTEM, people=9, persons=[me.person])
    page = signed_in(me).get("/me/service/")
    rows = [(r.on, r.what) for r in page.context["page"].rows]
    assert sorted(rows, reverse=True) == [
        (TODAY, "核酸检测"),
        (TODAY, "换灯0"),
        (date(2021, 9, 1), "换灯1"),
        (date(2020, 5, 1), "换灯2"),
    ]
    assert [r[0] for r in rows] == sorted((r[0] for r in rows), reverse=True)
    this = {v: len(signed_in(me).get(f"/me/service/?view={v}").context["page"].rows) for v in ("quarter", "year", "x")}
    assert this == {"quarter": 2, "year": 3, "x": 4}


def test_the_coordinator_s_own_page_has_nothing_of_others() -> None:
    grid = make.unit("red_grid")
    deeds(member(grid), grid, TODAY)
    head = make.account("head", make.above(grid, 3))
    assert signed_in(head).get("/me/service/").context["page"].rows == []


def test_my_record_leaves_as_a_file_and_the_journal_keeps_that() -> None:
    grid = make.unit("red_grid")
    me = member(grid)
    deeds(me, grid, TODAY, date(2021, 9, 1))
    answer = signed_in(me).get("/me/service/?view=quarter&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[1:] == [["2021-12-01", "办实事", "换灯0", grid.name]]
    entry = JournalEntry.objects.get(verb="export_record")
    assert (entry.by_id, entry.thing_id, entry.facts) == (me.person_id, me.person_id, {"rows": 1})
    with pytest.raises(NotAllowed):
        note_record_export(me.person, by=make.account("office", make.above(grid, 1)), rows=1)


def test_what_is_taken_back_leaves_the_record() -> None:
    grid = make.unit("red_grid")
    me = member(grid)
    (deed,) = deeds(me, grid, TODAY)
    withdraw_deed(deed, by=SYSTEM)
    assert signed_in(me).get("/me/service/").context["page"].rows == []


# ── a branch's ────────────────────────────────────────────


def test_a_secretary_sees_what_the_branch_s_members_did_wherever_it_was() -> None:
    grid = make.unit("red_grid")
    block = make.above(grid, 3)
    secretary, mine, stranger = (
        make.account("secretary", grid),
        member(grid),
        member(make.unit("red_grid", inside=block)),
    )
    deeds(mine, block, TODAY)
    deeds(stranger, grid, TODAY)
    page = signed_in(secretary).get(f"/units/{grid.code}/service/")
    assert [r.person_id for r in page.context["page"].rows] == [mine.person_id]
    assert [p.pk for p in page.context["people"]] == [mine.person_id]


def test_only_the_days_somebody_was_in_the_branch_are_the_branch_s() -> None:
    grid, other = make.unit("red_grid"), make.unit("red_grid")
    moved = member(grid, since=date(2021, 3, 1), until=date(2021, 6, 1))
    Member.objects.create(
        person=moved.person, unit=other, source="office", home_organisation="党委", reported_on=date(2021, 6, 1)
    )
    for day in (date(2021, 2, 28), date(2021, 3, 1), date(2021, 5, 31), date(2021, 6, 1)):
        deeds(moved, grid, day)
    found = {unit: sorted(ServiceRecord.objects.of_branch(unit).values_list("on", flat=True)) for unit in (grid, other)}
    assert found == {grid: [date(2021, 3, 1), date(2021, 5, 31)], other: [date(2021, 6, 1)]}


def test_nobody_but_the_secretary_opens_it() -> None:
    grid = make.unit("red_grid")
    block = make.above(grid, 3)
    for who in (
        make.account("head", block),
        make.account("chief", make.above(grid, 2)),
        make.account("office", make.above(grid, 1)),
        member(grid),
    ):
        assert signed_in(who).get(f"/units/{grid.code}/service/").status_code == 403
    beside = make.account("secretary", make.unit("red_grid", inside=block))
    assert signed_in(beside).get(f"/units/{grid.code}/service/").status_code == 403


def test_members_stand_by_name_and_lines_by_date_whatever_the_address_asks() -> None:
    grid = make.unit("red_grid")
    secretary, busy, idle = make.account("secretary", grid), member(grid), member(grid)
    deeds(busy, grid, *(TODAY - timedelta(days=n) for n in range(4)))
    deeds(idle, grid, TODAY - timedelta(days=1))
    client = signed_in(secretary)
    for query in ("", "?sort=count", "?order=person"):
        page = client.get(f"/units/{grid.code}/service/{query}")
        days = [r.on for r in page.context["page"].rows]
        assert days == sorted(days, reverse=True)
        people = page.context["people"]
        assert people == sorted(people, key=lambda p: (p.label, p.pk))
        assert not any(hasattr(p, name) for p in people for name in ("n", "count", "records"))
    one = client.get(f"/units/{grid.code}/service/?person={idle.person_id}")
    assert [r.person_id for r in one.context["page"].rows] == [idle.person_id]
    foreign = member(make.unit("red_grid"))
    all_of_them = client.get(f"/units/{grid.code}/service/?person={foreign.person_id}")
    assert all_of_them.context["chosen"] is None


@pytest.mark.parametrize("many", [1, 3])
def test_both_pages_cost_the_same_for_one_line_and_for_three(many: int, django_assert_max_num_queries: Any) -> None:
    grid = make.unit("red_grid")
    me, secretary = member(grid), make.account("secretary", grid)
    deeds(me, grid, *[TODAY] * many)
    for who, address in ((me, "/me/service/"), (secretary, f"/units/{grid.code}/service/")):
        client = signed_in(who)
        client.get(address)
        with django_assert_max_num_queries(10):
            assert len(client.get(address).context["page"].rows) == many
