"""A measure that adds up: the number is the sum of a column over the rows, by unit, by child, by cut, in a page and in a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from jiequ.core import clock
from jiequ.core.measures import REGISTER, Cut, Measure, Period, Share, by_child, by_cut, counts
from jiequ.council.models import DecisionRule, Motion
from jiequ.territory.models import Unit
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def money() -> Iterator[Measure]:
    """What the motions that were voted on ask for, in yuan."""
    voted = REGISTER["council.motions"]
    assert isinstance(voted, Measure)
    cut = Cut("category", "按类别", "category")
    made = replace(voted, key="test.money", label="预算", noun="元", adds="budget", cuts=(cut,), listed=True)
    yield made
    del REGISTER["test.money"]


def voted(block: Unit, *budgets: int, category: str = "facilities") -> None:
    """Motions as if voted: only what the sum reads."""
    rule, before = DecisionRule.objects.order_by("pk")[0], Motion.objects.count()
    Motion.objects.bulk_create(
        Motion(
            unit=block, rule=rule, year=2021, sequence=before + n, title="装路灯", budget=budget, source="post",
            category=category, collected_at=clock.now(), decided_at=clock.now(), search_text="",
        )
        for n, budget in enumerate(budgets, 1)
    )  # fmt: skip


def year() -> Period:
    return Period.year(clock.today())


def test_it_adds_what_the_rows_say_for_a_unit_and_for_each_below_it(money: Measure) -> None:
    one = make.room(1)
    two = make.room(1, inside=make.above(one.block, 2))
    community = make.above(one.block, 2)
    voted(one.block, 30, 0, 12)
    voted(two.block, 5, category="culture")
    votes = REGISTER["council.motions"]
    assert isinstance(votes, Measure)
    assert counts([money, votes], community, year()) == {"test.money": 47, "council.motions": 4}
    assert by_child([money, votes], community, year()) == {
        ("test.money", one.block.path): 42,
        ("council.motions", one.block.path): 3,
        ("test.money", two.block.path): 5,
        ("council.motions", two.block.path): 1,
    }
    assert {row["cut0"]: row["n"] for row in by_cut([money], community, year())} == {"facilities": 42, "culture": 5}
    assert [type(n) for n in counts([money], community, year()).values()] == [int]


def test_nothing_adds_up_to_nothing(money: Measure) -> None:
    at = make.room(1)
    assert (counts([money], at.block, year()), by_child([money], at.block, year())) == ({"test.money": 0}, {})
    voted(at.block, 0)
    assert (counts([money], at.block, year()), money.under(at.block, year()).count()) == ({"test.money": 0}, 1)


def test_counts_and_sums_are_one_statement_together(money: Measure, django_assert_num_queries: Any) -> None:
    at = make.room(1)
    voted(at.block, 3, 4)
    every = [m for m in REGISTER.values() if isinstance(m, Measure)]
    with django_assert_num_queries(1):
        assert counts(every, at.block, year())["test.money"] == 7


def test_its_page_says_the_sum_and_shows_the_rows_also_within_a_cut(money: Measure) -> None:
    at = make.room(1)
    voted(at.block, 30, 0, 12)
    voted(at.block, 5, category="culture")
    client = signed_in(at.office)
    page = client.get("/figures/test.money/?period=year")
    assert (page.context["cell"].part, page.context["total"], len(page.context["page"].rows)) == (47, 47, 4)
    assert [(line.name, line.part) for line in page.context["cuts"][0].lines] == [("facilities", 42), ("culture", 5)]
    narrow = client.get("/figures/test.money/?period=year&category=culture")
    assert (narrow.context["cell"].part, narrow.context["total"], len(narrow.context["page"].rows)) == (47, 5, 1)


def test_the_table_of_units_shows_sums_that_agree_with_their_children(money: Measure) -> None:
    one = make.room(1)
    two = make.room(1, inside=make.above(one.block, 2))
    voted(one.block, 30, 12)
    voted(two.block, 5)
    page = signed_in(one.office).get("/figures/?show=counts&period=year&open=all")
    shown = {r.unit.pk: next(c.part for c in r.cells if c.figure is money) for r in page.context["rows"]}
    assert [shown[u.pk] for u in (make.above(one.block, 1), make.above(one.block, 2), one.block, two.block)] == [
        47,
        47,
        42,
        5,
    ]


def test_in_a_file_the_last_column_is_each_row_s_number(money: Measure) -> None:
    at = make.room(1)
    voted(at.block, 30, 0, 12)
    answer = signed_in(at.office).get("/figures/test.money/?period=year&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert sorted(row[-1] for row in rows[2:]) == [0.0, 12.0, 30.0]


def test_a_share_divides_sums_by_sums_and_counts_by_counts() -> None:
    assert all(not isinstance(f, Share) or bool(f.part.adds) == bool(f.whole.adds) for f in REGISTER.values())
