"""The figures of the service on their pages: who may count is not always who may look; sums in the page, the file and the report."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from jiequ.core import clock
from jiequ.core.measures import REGISTER, Period, Share, parts_of
from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import cover_households, cover_unit, record_deed, start_campaign
from jiequ.outreach.indicators import SERVICE
from jiequ.outreach.models import FoundMember, Visit
from jiequ.people.models import Member
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db
FIGURES = [f for f in REGISTER.values() if f.group is SERVICE]
OPENED = [(f.key, of) for f in FIGURES for of in (("part", "whole", "rest") if isinstance(f, Share) else ("",))]
TODAY = date(2021, 12, 1)


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def served() -> Any:
    """A grid in which everything happened once: a contact, a found member, a deed, a number and a tick."""
    grid = make.unit("red_grid")
    community = make.above(grid, 2)
    home = make.household(grid, name="钱小明", phone="13800138000", tier="month")
    Visit(
        household=home, unit=grid, on=TODAY, tier="month", services=["tell"], note="身体不错", recorded_at=clock.now()
    ).save(force_insert=True)
    FoundMember(unit=grid, found_in=grid, name="孙小红", label="孙**", phone="13900139000", found_on=TODAY).save(
        force_insert=True
    )
    somebody, idle = make.person("李试行", at=grid), make.person("周试行", at=grid)
    for person in (somebody, idle):
        Member.objects.create(
            person=person, unit=grid, source="office", home_organisation="党委", reported_on=date(2021, 1, 1)
        )
    record_deed(grid, by=SYSTEM, title="换灯", persons=[somebody], people=3)
    cover_unit(start_campaign(community, by=SYSTEM, name="核酸检测", kind="testing"), grid, by=SYSTEM, people=1200)
    ticks = start_campaign(community, by=SYSTEM, name="燃气入户", kind="gas", counts="household")
    cover_households(ticks, [home], by=SYSTEM)
    return grid, home, somebody, idle


@pytest.mark.parametrize(("key", "of"), OPENED)
def test_who_may_count_but_not_look_reads_nobody_s_name(served: Any, key: str, of: str) -> None:
    grid, home, somebody, idle = served
    councillor = make.account("councillor", make.above(grid, 3))
    page = signed_in(councillor).get(f"/figures/{key}/?period=quarter&of={of}")
    said = page.content.decode().split("<main", 1)[-1]
    assert page.status_code == 200
    for secret in (home.label, home.name, home.phone, "孙**", "孙小红", "身体不错", somebody.label, idle.label):
        assert secret not in said, secret
    assert home.get_absolute_url() not in said and f"/people/{somebody.pk}/" not in said


@pytest.mark.parametrize(("key", "of"), OPENED)
def test_a_file_has_nobody_s_name_either(served: Any, key: str, of: str) -> None:
    grid, home, somebody, idle = served
    head = make.account("head", make.above(grid, 3))
    answer = signed_in(head).get(f"/figures/{key}/?period=quarter&of={of}&format=xlsx")
    cells = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert answer.status_code == 200
    for secret in (home.label, "孙**", somebody.label, idle.label):
        assert not [c for row in cells for c in row if secret in str(c)], secret


def test_who_keeps_the_grid_reads_the_masked_label_and_goes_there(served: Any) -> None:
    grid, home, _somebody, _idle = served
    client = signed_in(make.account("grid_member", grid))
    block = make.above(grid, 3)
    for key in ("outreach.contacts", "outreach.key_contact_rate"):
        said = client.get(f"/figures/{key}/?period=quarter&unit={block.code}").content.decode()
        assert home.label in said and home.get_absolute_url() in said and home.name not in said


def test_who_took_part_is_read_by_the_branch_s_secretary_alone(served: Any) -> None:
    grid, _home, somebody, _idle = served
    block = make.above(grid, 3)
    address = f"/figures/outreach.participation_rate/?period=quarter&of=part&unit={block.code}"
    names = {
        role: somebody.label in signed_in(make.account(role, at)).get(address).content.decode().split("<main", 1)[-1]
        for role, at in (("secretary", grid), ("head", block), ("grid_member", grid))
    }
    assert names == {"secretary": True, "head": False, "grid_member": False}


def test_coverage_is_a_sum_told_apart_by_kind_and_by_campaign(served: Any) -> None:
    grid = served[0]
    block = make.above(grid, 3)
    page = signed_in(make.account("head", block)).get("/figures/outreach.coverage/?period=quarter")
    assert (page.context["cell"].part, page.context["total"], len(page.context["page"].rows)) == (1201, 1201, 2)
    told = {table.label: {line.name: line.part for line in table.lines} for table in page.context["cuts"]}
    assert list(told.values()) == [{"核酸检测": 1200, "燃气入户": 1}, {"核酸检测": 1200, "燃气入户": 1}]
    answer = signed_in(make.account("head", block)).get("/figures/outreach.coverage/?period=quarter&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert sorted(row[-1] for row in rows[2:]) == [1.0, 1200.0]


def test_contacts_are_told_apart_by_way_and_by_tier(served: Any) -> None:
    block = make.above(served[0], 3)
    client = signed_in(make.account("head", block))
    page = client.get("/figures/outreach.contacts/?period=quarter")
    assert [[(line.name, line.part) for line in table.lines] for table in page.context["cuts"]] == [
        [("上门", 1)],
        [("每月联系", 1)],
    ]
    assert client.get("/figures/outreach.contacts/?period=quarter&mode=phone").context["total"] == 0


def test_the_table_and_the_report_have_the_service_and_cost_no_more(
    served: Any, django_assert_max_num_queries: Any
) -> None:
    grid = served[0]
    client = signed_in(make.account("chief", make.above(grid, 2)))
    for address, most in (
        ("/figures/?show=service&period=quarter&open=all", 10),
        ("/figures/report/?period=quarter", 11),
    ):
        client.get(address)
        with django_assert_max_num_queries(most):
            page = client.get(address)
        assert page.status_code == 200
    cells = {c.figure.key: (c.part, c.whole) for c in page.context["of_service"]}
    assert cells["outreach.coverage"] == (1201, None)
    assert (cells["outreach.running_rate"], cells["outreach.participation_rate"]) == ((1, 1), (1, 2))
    assert [c.figure.key for c in page.context["whole"] if c.figure.group is SERVICE] == []


@pytest.mark.parametrize("key", [f.key for f in FIGURES])
def test_a_figure_s_page_takes_at_most_ten_statements(
    served: Any, key: str, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(make.account("head", make.above(served[0], 3)))
    address = f"/figures/{key}/?period=quarter&of=whole"
    client.get(address)
    with django_assert_max_num_queries(10):
        assert client.get(address).status_code == 200


def test_no_figure_of_the_service_counts_a_row_twice(served: Any) -> None:
    root = make.above(served[0], 1)
    for measure in parts_of(FIGURES):
        rows = measure.under(root, Period.quarter(TODAY))
        assert rows.count() == rows.order_by().values("pk").distinct().count(), measure.key
