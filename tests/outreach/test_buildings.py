"""Which buildings have a contracting member: counted per unit, assigned and released where one sees it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.people.actions import assign_building, report_member
from jiequ.people.models import BuildingAssignment, Member
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def member(grid: Any) -> Member:
    made: Member = report_member(make.person(at=grid), grid, by=SYSTEM, source="office", home_organisation="机关支部")
    return made


def text(client: Any, who: Any, unit: Any) -> str:
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
    return client.get(f"/units/{unit.code}/buildings/").content.decode()


def test_a_building_without_anybody_is_assigned_and_released_on_the_page(client):
    grid = make.unit("red_grid", name="第一红色网格")
    building, other = make.unit("building", inside=grid, name="甲1栋"), make.unit("building", inside=grid, name="甲2栋")
    somebody = member(grid)
    assign_building(somebody, other, by=SYSTEM)
    second = member(grid)
    head = make.account("head", make.above(grid, 3))
    block = make.above(grid, 3)
    page = text(client, head, block)
    assert "1/2 栋有党员包" in page
    assert page.index("甲1栋") < page.index("甲2栋")  # nobody's first
    assert page.index(f'value="{second.pk}"') < page.index(f'value="{somebody.pk}"')  # who has none is asked first
    address = f"/units/{block.code}/buildings/"
    assert client.post(address, {"building": building.pk, "member": second.pk}).status_code == 302
    assert "2/2 栋有党员包" in text(client, head, block)
    held = BuildingAssignment.objects.get(unit=building)
    client.post(address, {"release": held.pk})
    assert "1/2 栋有党员包" in text(client, head, block)


def test_somebody_who_has_left_covers_no_building_and_others_are_out_of_reach(client):
    grid = make.unit("red_grid")
    building = make.unit("building", inside=grid)
    somebody = member(grid)
    held = assign_building(somebody, building, by=SYSTEM)
    Member.objects.filter(pk=somebody.pk).update(left_on=clock.today())
    head = make.account("head", make.above(grid, 3))
    assert "0/1 栋有党员包" in text(client, head, make.above(grid, 3))
    far = make.unit("building")
    address = f"/units/{make.above(grid, 3).code}/buildings/"
    stranger = member(make.above(far, 4))
    assert client.post(address, {"building": far.pk, "member": stranger.pk}).status_code == 404
    assert client.post(address, {"building": building.pk, "member": stranger.pk}).status_code == 404
    assert client.post(address, {"building": "x", "member": ""}).status_code == 404
    client.force_login(make.account("head", make.above(far, 3)), backend="jiequ.people.accounts.AccountBackend")
    assert client.post(f"/units/{make.above(far, 3).code}/buildings/", {"release": held.pk}).status_code == 404
    assert BuildingAssignment.objects.get().ends_on is None


def test_the_page_costs_the_same_with_one_building_and_with_three(client):
    grid = make.unit("red_grid")
    block, community = make.above(grid, 3), make.above(grid, 2)
    head, chief = make.account("head", block), make.account("chief", community)

    def cost(who: Any, unit: Any) -> int:
        text(client, who, unit)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/units/{unit.code}/buildings/").status_code == 200
        return len(captured)

    assign_building(member(grid), make.unit("building", inside=grid), by=SYSTEM)
    near, far = cost(head, block), cost(chief, community)
    for _ in range(2):
        assign_building(member(grid), make.unit("building", inside=grid), by=SYSTEM)
    make.unit("building", inside=grid)
    assert (cost(head, block), cost(chief, community)) == (near, far)
    assert max(near, far) <= 12
    assert "3/4 栋" in text(client, chief, community)


def test_the_list_as_a_file_is_masked_and_the_journal_says_so(client):
    building = make.unit("building")
    block = make.above(building, 3)
    make.household(building, name="陈阿婆", room="301房", phone="13800000001")
    client.force_login(make.account("head", block), backend="jiequ.people.accounts.AccountBackend")
    answer = client.post(f"/units/{block.code}/households.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer) if answer.streaming else answer.content))
    cells = rows.get_sheet_by_index(0).to_python()
    assert [row[:4] for row in cells[1:]] == [[building.code, "***", "陈*", "138****0001"]]
    assert JournalEntry.objects.get(verb="export_households").facts == {"rows": 1}
