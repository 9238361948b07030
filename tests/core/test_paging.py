"""Keyset pages: every row once, also where rows are equal in the order's column, and capped counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from jiequ.core import clock
from jiequ.core.models import SheetImport
from jiequ.core.paging import Page
from jiequ.territory.models import Unit
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def rows(count: int, *, alike: int = 1) -> Any:
    """`count` rows; each moment is shared by `alike` of them."""
    SheetImport.objects.bulk_create(
        SheetImport(sheet="x", file_name=str(n), created_at=clock.now() + timedelta(minutes=n // alike))
        for n in range(count)
    )
    return SheetImport.objects.filter(sheet="x").defer("upload")


def get(address: str) -> Any:
    return RequestFactory().get(address)


def walk(found: Any, **more: Any) -> list[int]:
    """The keys as somebody sees them who goes through all the pages."""
    seen, address = [], "/list/?state=open"
    for _ in range(20):
        page = Page(get(address), found, size=4, **more)
        seen += [row.pk for row in page.rows]
        if not page.older:
            return seen
        assert "state=open" in page.older
        address = page.older
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("alike", [1, 3, 10])
@pytest.mark.parametrize("oldest_first", [True, False])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 10])
def test_every_row_is_on_one_page_in_order(count: int, oldest_first: bool, alike: int) -> None:
    found = rows(count, alike=alike)
    order = ("created_at", "pk") if oldest_first else ("-created_at", "-pk")
    expected = list(found.order_by(*order).values_list("pk", flat=True))
    assert walk(found, order="created_at", oldest_first=oldest_first) == expected


def test_a_tree_is_paged_by_its_paths_and_a_register_by_its_keys() -> None:
    root = make.unit("subdistrict")
    for _ in range(9):
        make.unit("community", inside=root)
    units = Unit.objects.all()
    assert walk(units, order="path", oldest_first=True) == list(units.order_by("path").values_list("pk", flat=True))
    found = rows(9)
    assert walk(found, order="id") == list(found.order_by("-pk").values_list("pk", flat=True))


def test_a_row_that_comes_in_between_moves_no_other() -> None:
    found = rows(8)
    first = Page(get("/list/"), found, order="created_at", size=4)
    rows(3)
    second = Page(get(first.older), found, order="created_at", size=4)
    assert not {r.pk for r in first.rows} & {r.pk for r in second.rows}


@pytest.mark.parametrize(
    "before",
    ["", "x", "~", "x~y", "2021-12-01~", "2021-12-01T09:00:00+08:00~x", "2021-12-01T09:00:00~1", "2021-13-45T99:99:00+08:00~1",
     "9" * 400 + "~1", "2021-12-01T09:00:00+08:00~" + "9" * 5000, "\x00~1"],
)  # fmt: skip
def test_an_address_that_means_nothing_is_the_first_page(before: str) -> None:
    found = rows(5)
    page = Page(RequestFactory().get("/list/", {"before": before}), found, order="created_at", size=4)
    assert len(page.rows) in {0, 4}


def test_a_page_that_holds_all_is_not_counted_and_many_are_counted_to_the_cap(django_assert_num_queries) -> None:
    found = rows(6)
    with django_assert_num_queries(1):
        page = Page(get("/list/"), found, order="created_at")
        assert (page.count, page.is_capped, page.first, page.older) == (6, False, "", "")
    page = Page(get("/list/"), found, order="created_at", size=4, cap=5)  # ten thousand rows would take longer
    assert (page.count, page.is_capped) == (5, True)


def test_filters_stay_in_the_address_and_the_file_format_does_not() -> None:
    page = Page(get("/list/?unit=U1&format=xlsx&empty="), rows(5), order="created_at", size=4)
    assert page.older.startswith("/list/?unit=U1&before=")
