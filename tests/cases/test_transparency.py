"""What a block's people may read of its cases: numbers, nobody's words, and no small number by any sum."""

from __future__ import annotations

from collections.abc import Iterator
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


def partitions(total: int, parts: int) -> Iterator[list[int]]:
    """Every list of `parts` counts that adds up to `total`."""
    if parts == 1:
        yield [total]
        return
    for n in range(total + 1):
        for rest in partitions(total - n, parts - 1):
            yield [n, *rest]


small = st.integers(min_value=0, max_value=8)
lists = st.lists(st.one_of(small, st.integers(min_value=0, max_value=3)), min_size=2, max_size=4)


@given(categories=lists, cut=st.tuples(small, small))
@settings(max_examples=150, deadline=None)
def test_who_knows_every_sum_and_the_rule_learns_of_none_more_than_that_it_is_small(
    categories: list[int], cut: tuple[int, int]
) -> None:
    total = sum(categories)
    first = min(cut[0], total)
    second = min(cut[1], total - first)
    months = [first, second, total - first - second]
    shows, told = publish(months, categories)
    assert shows == [shown(n) for n in months]  # the months read the same beside any other list
    if told is None:
        return
    assert not any(count.is_few for count in shows)
    assert not [n for n, true in zip(told, categories, strict=True) if n not in (None, true) or 0 < (n or 0) < FEW]
    assert not 0 < total - sum(n or 0 for n in told) < FEW
    left = [i for i, n in enumerate(told) if n is None]
    if len(left) > 1:  # whatever looks the same might be the truth
        same = [
            rest
            for rest in partitions(total - sum(n or 0 for n in told), len(left))
            if publish(months, [rest[left.index(i)] if n is None else n for i, n in enumerate(told)])[1] == told
        ]
        for place in range(len(left)):
            assert not {rest[place] for rest in same} < {1, 2, 3, 4}


@given(counts=st.lists(small, max_size=12))
def test_a_sum_tells_no_more_than_what_it_is_made_of(counts: list[int]) -> None:
    said = [shown(n) for n in counts]
    assert at_least(said) == at_least([Shown(None, 1) if 0 < n < FEW else Shown(n, n) for n in counts]) <= sum(counts)
    assert at_least([shown(1 if 0 < n < FEW else n) for n in counts]) == at_least(said)  # another truth, the same sum


@pytest.mark.parametrize(
    ("months", "categories", "told"),
    [
        ([5, 0, 12], [9, 8], [9, 8]),
        ([10, 10, 10], [20, 7, 3], [20, None, None]),  # the small one takes the smallest other in
        ([10, 10, 10], [18, 5, 4, 3], [18, None, None, None]),  # seven of two: both near four
        ([10, 10, 10], [25, 3, 2], [25, None, None]),  # five of two: nobody knows which
        ([10, 10, 0], [10, 7, 3], [10, None, None]),
        ([7, 0, 0], [3, 2, 2], [None, None, None]),
        ([10, 0, 3], [13], None),  # would add up to the small month
        ([1, 1, 1], [3], None),
        ([0, 0, 0], [], []),
    ],
)
def test_small_categories_are_told_together(months: list[int], categories: list[int], told: list[int] | None) -> None:
    assert publish(months, categories)[1] == told


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
    assert [(c.name, c.received, c.days) for c in told.categories] == [("照明", 12, 3), ("垃圾", 8, 3)]
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


@pytest.mark.django_db
def test_what_open311_does_not_list_is_not_counted_here_either():
    at = make.street()
    for _ in range(6):
        make.case(at)
    make.case(at, kind="report")
    make.case(at, complained_of=at.member.person)
    clock.move_to(make.moment("2022-01-03 09:00"))
    told = published(at.block)
    assert [month.received.n for month in told.months] == [6]
