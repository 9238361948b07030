"""A resident tells something: from a code on the wall, without an account, in one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from jiequ.cases.models import Case, ScanPoint
from jiequ.core import clock
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Any:
    cache.clear()
    with clock.stand_at(make.WEDNESDAY):
        yield make.street()


@pytest.fixture
def code(at: make.Street) -> str:
    return ScanPoint.objects.create(unit=at.building, code="abc23456", issued_at=clock.now()).code


def send(client: Client, code: str, **data: Any) -> Any:
    return client.post(f"/scan/{code}/", {"body": "楼道灯坏了三天。", **data})


def test_a_scan_fills_in_the_place_and_one_sentence_is_enough(client: Client, at: make.Street, code: str) -> None:
    assert at.building.name in client.get(f"/scan/{code}/").content.decode()
    answer = send(client, code)
    assert answer.status_code == 302
    case = Case.objects.get()
    assert (case.building_id, case.unit_id, case.source) == (at.building.pk, at.grid.pk, "scan")
    received = client.get(answer.url).content.decode()
    assert case.short_number in received


def test_a_form_costs_at_most_eight_statements(
    client: Client, code: str, django_assert_max_num_queries: Any
) -> None:
    client.get(f"/scan/{code}/")
    with django_assert_max_num_queries(8):
        client.get(f"/scan/{code}/")
