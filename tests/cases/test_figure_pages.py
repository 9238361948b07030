"""The figures of cases on their pages: who may count is not always who may look; told apart by category and kind."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from python_calamine import CalamineWorkbook

from jiequ.cases import actions
from jiequ.cases.indicators import CASES, COUNTS
from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.measures import REGISTER, Median, Period, counts, medians, parts_of
from jiequ.core.permission import PUBLIC
from tests import make
from tests.council.test_plans import WAYS, plan
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db
MEASURES = sorted(parts_of(f for f in REGISTER.values() if f.group in (CASES, COUNTS)), key=lambda m: m.key)
WORDS = "三楼的灯坏了，找王小明"


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def rated(at: make.Street, **more: Any) -> Case:
    case, _secret = make.case(at, state="replied", body=WORDS, name="王小明", phone="13800138000", **more)
    actions.rate_case(case, case.complainants.get(), score="satisfied", by=PUBLIC, words="王小明说好")
    return case


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.key)
def test_who_may_count_but_not_look_reads_no_word_of_a_case(measure: Any) -> None:
    at = make.street()
    case = rated(at)
    make.case(at, body=WORDS)
    actions.note_spot_fix(at.block, at.category, by=at.head, what="扶起了单车")
    councillor = make.account("councillor", at.block)
    page = signed_in(councillor).get(f"/figures/{measure.key}/?period=month")
    said = page.content.decode()
    assert page.status_code == 200
    assert WORDS not in said and "王小明" not in said and "13800138000" not in said and "扶起" not in said
    assert case.get_absolute_url() not in said
    if page.context["total"]:
        assert at.category.name in said


def test_who_may_look_reads_the_title_and_goes_there() -> None:
    at = make.street()
    case = rated(at)
    for key in ("cases.closed", "cases.days_to_close"):
        said = signed_in(at.head).get(f"/figures/{key}/?period=month").content.decode()
        assert case.title in said and case.get_absolute_url() in said
    said = signed_in(at.head).get("/figures/cases.satisfaction/?period=month&of=part").content.decode()
    assert case.get_absolute_url() in said and "王小明" not in said


def test_whom_a_case_complains_of_reads_its_number_alone() -> None:
    at = make.street()
    case, _secret = make.case(at, body=WORDS, complained_of=at.head.person)
    said = signed_in(at.head).get("/figures/cases.received/?period=month").content.decode()
    assert case.number in said and case.get_absolute_url() not in said and WORDS not in said


def test_a_file_never_holds_a_title() -> None:
    at = make.street()
    case = rated(at)
    for key in ("cases.closed", "cases.days_to_close"):
        answer = signed_in(at.head).get(f"/figures/{key}/?period=month&format=xlsx")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert rows[2][0] == case.number and len(rows[2]) == len(rows[1])
        assert not [cell for row in rows for cell in row if "灯" in str(cell) or "王小明" in str(cell)]


def test_a_figure_is_told_apart_by_category_and_kind_and_opens_to_exactly_these() -> None:
    at = make.street()
    rubbish = make.category(name="垃圾清运")
    for category, kind, state in (
        (at.category, "help", "replied"),
        (at.category, "complaint", "working"),
        (rubbish, "complaint", "replied"),
    ):
        make.case(at, category=category, kind=kind, state=state)
    client = signed_in(at.head)
    page = client.get("/figures/cases.received/?period=month")
    told = [[(line.name, line.part) for line in table.lines] for table in page.context["cuts"]]
    assert told == [[(at.category.name, 2), ("垃圾清运", 1)], [("投诉", 2), ("求助", 1)]]
    opened = client.get("/figures/cases.received/" + page.context["cuts"][0].lines[0].url)
    assert (opened.context["total"], len(opened.context["page"].rows)) == (2, 2)
    both = client.get(f"/figures/cases.received/?period=month&category={rubbish.code}&kind=complaint")
    assert (both.context["total"], len(both.context["page"].rows)) == (1, 1)
    assert client.get("/figures/cases.received/?period=month&category=no-such").context["total"] == 0
    share = client.get("/figures/cases.solved_rate/?period=month")
    assert [(line.part, line.whole) for line in share.context["cuts"][0].lines] == [(0, 1), (0, 1)]
    rest = client.get(f"/figures/cases.solved_rate/?period=month&of=rest&category={rubbish.code}")
    assert (rest.context["total"], len(rest.context["page"].rows)) == (1, 1)


def test_what_was_fixed_in_passing_has_a_category_and_no_kind() -> None:
    at = make.street()
    actions.note_spot_fix(at.block, at.category, by=at.head, what="扶起了单车")
    page = signed_in(at.head).get("/figures/cases.on_the_spot/?period=month")
    assert "扶起了单车" in page.content.decode()
    assert [[(line.name, line.part) for line in table.lines] for table in page.context["cuts"]] == [
        [(at.category.name, 1)],
        [("没有诉求的", 1)],
    ]


@pytest.mark.parametrize("cases", [1, 3])
def test_the_pages_take_ten_statements_whatever_the_cases(cases: int, django_assert_max_num_queries: Any) -> None:
    at = make.street()
    for _ in range(cases):
        rated(at)
    client = signed_in(at.office)
    for address in (
        "/figures/?show=cases&open=all&period=month",
        "/figures/?show=case-counts&open=all&period=month",
        "/figures/cases.received/?period=month",
        "/figures/cases.satisfaction/?period=month&of=part",
        "/figures/cases.days_to_close/?period=month",
    ):
        client.get(address)
        with django_assert_max_num_queries(10):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.key)
def test_a_figure_begins_with_its_period_not_with_the_units(measure: Any) -> None:
    at = make.street()
    today = clock.today()
    assert counts([measure], at.root, Period(today, today)) == {measure.key: 0}
    rows = measure.under(at.root, Period(today, today))
    if connection.vendor == "postgresql" and ("__" in measure.unit or measure.key == "cases.open"):
        rows = measure.rows(Period(today, today))
    ways = (
        ("seqscan", "hashjoin", "mergejoin") if measure.key == "cases.open" else WAYS
    )  # of its two ways each has an index
    lines = [line for line in plan(rows, without=ways).splitlines() if "INDEX" in line.upper()]
    assert "territory_unit" not in lines[0]
    first = {
        "cases.received": "case_filed", "cases.accepted": "case_accepted", "cases.responded": "case_responded",
        "cases.solved": "case_solved", "cases.declined": "case_ended", "cases.on_the_spot": "spot_fix_at",
        "cases.overdue_now": "_open", "cases.due": "case_due", "cases.contact_due": "case_contact_due",
        "cases.ratings": "case_rating_at", "cases.closed": "case_closed", "cases.unrated": "case_closed",
    }  # fmt: skip
    assert first.get(measure.key, "") in lines[0]


def test_a_median_begins_with_its_period_too() -> None:
    at = make.street()
    today = Period(clock.today(), clock.today())
    figure = REGISTER["cases.days_to_close"]
    assert isinstance(figure, Median)
    assert medians([figure], at.root, today) == {}
    lines = [line for line in plan(figure.rows(at.root, today)).splitlines() if "INDEX" in line.upper()]
    assert "case_closed" in lines[0]
