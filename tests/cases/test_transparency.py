"""What a block's people may read of its cases: numbers, nobody's words, and no small number by any sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from jiequ.cases.indicators.publishing import MONTHS, published
from jiequ.cases.indicators.withholding import FEW, Shown, at_least, may_divide, publish, shown
from jiequ.cases.models import Case, CaseCategory
from jiequ.core import clock
from jiequ.territory.models import Unit
from tests import make


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


# ── the rule ──────────────────────────────────────────────


def reachable(rest: Sequence[Shown], room: int = 60) -> set[int]:
    """Every sum that counts like these may have, as a reader knows who sees them: an oracle that asks no interval."""
    sums = {0}
    for count in rest:
        values = range(count.least, (FEW if count.is_few else count.least + room)) if count.n is None else (count.n,)
        sums = {s + v for s in sums for v in values}
    return sums


def possible(row: Sequence[Shown], other: Sequence[Shown], i: int) -> set[int]:
    """What the i-th count of `row` may be, of 1 to 4, for whoever knows that both lists have one sum."""
    mine, theirs = reachable([c for j, c in enumerate(row) if j != i]), reachable(other)
    return {v for v in range(1, FEW) if any(s + v in theirs for s in mine)}


small = st.integers(min_value=0, max_value=7)
tables = st.integers(min_value=1, max_value=6).flatmap(
    lambda columns: st.lists(st.lists(small, min_size=columns, max_size=columns), min_size=3, max_size=3)
)


@given(table=tables)
@settings(max_examples=400, deadline=None)
def test_whatever_is_shown_every_withheld_count_may_still_be_any_of_one_to_four(table: list[list[int]]) -> None:
    months = [sum(row) for row in table]
    categories = [n for n in (sum(column) for column in zip(*table, strict=True)) if n]
    first, second = publish(months, categories)
    assert first == [shown(n) for n in months]  # the months read the same beside any other list
    if second is None:
        return
    for row, other, true in ((first, second, months), (second, first, categories)):
        for i, count in enumerate(row):
            assert count.n in (None, true[i]) and not 0 < (count.n or 0) < FEW
            assert count.least <= true[i] and (count.most is None or true[i] <= count.most)
            if count.is_few:
                assert possible(row, other, i) == {1, 2, 3, 4}


@given(counts=st.lists(small, max_size=12))
def test_a_sum_tells_no_more_than_what_it_is_made_of(counts: list[int]) -> None:
    said = [shown(n) for n in counts]
    assert at_least(said) == at_least([Shown(None, 1) if 0 < n < FEW else Shown(n, n) for n in counts]) <= sum(counts)
    assert at_least([shown(1 if 0 < n < FEW else n) for n in counts]) == at_least(said)  # another truth, the same sum


def test_one_small_count_hides_a_larger_one_beside_it() -> None:
    first, second = publish([10, 10, 10], [20, 7, 3])
    assert [c.n for c in first] == [10, 10, 10]
    assert second is not None and [(c.n, c.is_few) for c in second] == [(None, False), (7, False), (None, True)]


def test_where_nothing_is_small_everything_is_told() -> None:
    first, second = publish([5, 0, 12], [9, 8])
    assert second is not None and [c.n for c in [*first, *second]] == [5, 0, 12, 9, 8]


def test_three_single_months_are_not_told_by_category() -> None:
    first, second = publish([1, 1, 1], [3])
    assert all(c.is_few for c in first) and second is None


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [(0, 0, False), (0, 9, True), (9, 9, True), (5, 10, True), (4, 10, False), (6, 10, False), (0, 3, False)],
)
def test_a_share_is_told_where_neither_side_of_it_is_small(part: int, whole: int, told: bool) -> None:
    assert may_divide(part, whole) is told


# ── the page ──────────────────────────────────────────────

pages = pytest.mark.django_db
NAME, PHONE, TITLE = "欧阳小明", "13812345678", "三楼的灯坏了找欧阳"


def many(at: make.Street, day: date, n: int, *, category: CaseCategory | None = None, closed: int = 0) -> None:
    """`n` cases of a day, and how many of them were closed three days later, on time and confirmed."""
    first, _secret = make.case(at, body=TITLE, name=NAME, phone=PHONE, **({"category": category} if category else {}))
    when = clock.at(day, 10)
    for i in range(n):
        done = when + timedelta(days=3) if i < closed else None
        fields: dict[str, Any] = {
            "filed_at": when, "due_at": when + timedelta(days=7), "closed_at": done, "ended_at": done,
            "responded_at": done, "solved_at": done, "lead_id": at.own.pk, "state": "archived" if done else "working",
        }  # fmt: skip
        if i:
            copied = {f.attname: getattr(first, f.attname) for f in Case._meta.concrete_fields if f.attname != "id"}
            Case(**copied | {"sequence": first.sequence * 1000 + i, **fields}).save(force_insert=True)
        else:
            Case.objects.filter(pk=first.pk).update(**fields)


def page(at: make.Street) -> str:
    answer = Client().get(f"/b/{at.block.code}/cases/")
    assert answer.status_code == 200
    return answer.content.decode()


@pages
def test_months_categories_and_how_fast() -> None:
    at = make.street()
    light, rubbish = make.category(name="照明", order=1), make.category(name="垃圾", order=2)
    many(at, date(2021, 11, 3), 12, category=light, closed=12)
    many(at, date(2021, 10, 4), 8, category=rubbish, closed=8)
    many(at, date(2021, 12, 1), 9, category=rubbish, closed=9)  # of a month that is not over
    told = published(at.block)
    assert [(m.start.month, m.received.n, m.closed.n) for m in told.months] == [(10, 8, 8), (11, 12, 12)]
    assert told.categories is not None
    assert [(c.name, c.received.n, c.days) for c in told.categories] == [("照明", 12, 3), ("垃圾", 8, 3)]
    assert (told.received, told.closed, told.is_exact) == (20, 20, True)
    assert (told.days, told.in_time, told.solved, told.late.n, told.handlers) == (3, 100, 100, 0, [at.own.name])
    said = page(at)
    assert "照明" in said and "2021年10月" in said and "100%" in said and at.own.name in said


@pages
def test_small_numbers_are_withheld_with_all_that_tells_them() -> None:
    at = make.street()
    many(at, date(2021, 11, 3), 4, closed=2)
    told = published(at.block)
    assert [(m.received.is_few, m.closed.is_few) for m in told.months] == [(True, True)]
    assert (told.received, told.is_exact, told.days, told.in_time, told.solved) == (1, False, None, None, None)
    assert (told.handlers, told.late.is_few) == ([], True)
    said = page(at)
    assert "少于5" in said and "至少" in said and at.own.name not in said and "太少，不公布" in said


@pages
def test_no_page_of_a_block_holds_a_name_a_number_or_a_word() -> None:
    at = make.street()
    many(at, date(2021, 11, 3), 6, closed=6)
    said = page(at)
    assert not [word for word in (NAME, PHONE, "欧阳", "三楼", at.building.name) if word in said]
    assert "set-cookie" not in {k.lower() for k in Client().get(f"/b/{at.block.code}/cases/").headers}


@pages
def test_other_blocks_other_years_and_what_was_taken_back_are_not_in_it() -> None:
    at, yonder = make.street(), make.unit("building")
    many(at, date(2020, 10, 4), 9, closed=9)
    many(at, date(2021, 11, 4), 6, closed=6)
    Case.objects.filter(filed_at__year=2021).update(state="withdrawn", ended_at=clock.at(date(2021, 11, 8)))
    make.case(at, unit=yonder)
    told = published(at.block)
    assert [(m.received.n, m.closed.n) for m in told.months] == [(0, 6)]
    assert told.categories == []


@pages
def test_an_empty_block_says_when_there_will_be_something_and_a_foreign_one_is_not_found() -> None:
    at = make.street()
    assert published(at.block).months == []
    assert "每月初" in page(at)
    assert Client().get(f"/b/{at.community.code}/cases/").status_code == 404
    assert Client().get("/b/NO-SUCH/cases/").status_code == 404


@pages
@pytest.mark.parametrize("cases", [1, 30])
def test_it_takes_few_statements_and_loads_no_case(cases: int, django_assert_max_num_queries: Any) -> None:
    at = make.street()
    many(at, date(2021, 11, 3), cases, closed=cases)
    block = Unit.objects.get(pk=at.block.pk)
    with django_assert_max_num_queries(4) as asked:
        published(block)
    assert not [q["sql"] for q in asked.captured_queries if "title" in q["sql"] or "search_text" in q["sql"]]
    with django_assert_max_num_queries(8):
        page(at)


@pages
def test_the_last_twelve_months_that_are_over() -> None:
    at = make.street()
    for months_ago in (1, 12, 13):
        year, month = divmod(2021 * 12 + 11 - months_ago, 12)
        many(at, date(year, month + 1, 15), 5)
    told = published(at.block)
    assert len(told.months) == MONTHS
    assert [m.start for m in told.months][:1] == [date(2020, 12, 1)]
    assert list(accumulate(m.received.n or 0 for m in told.months))[-1] == told.received == 10
