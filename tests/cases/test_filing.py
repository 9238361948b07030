"""Filing: statements, numbers, the same sending twice."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.cases.actions import file_case
from jiequ.cases.models import Case
from jiequ.cases.routing import place_of_unit
from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_filing_takes_fifteen_statements():
    at = make.street()
    make.case(at)  # the first one enters the default limits
    routed = place_of_unit(at.building)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        file_case(routed, at.category, by=PUBLIC, body="三楼灯坏了。", phone="13800138000", once="abc")
    said = [q["sql"][:90] for q in seen if "SAVEPOINT" not in q["sql"]]
    assert len(said) <= 13, said  # and two to place it


def test_the_same_sending_files_once_and_gives_the_same_link():
    at = make.street()
    first, again = (
        file_case(place_of_unit(at.building), at.category, by=PUBLIC, body="灯坏了。", once="k-1") for _ in range(2)
    )
    assert (first.is_new, again.is_new) == (True, False)
    assert first.case.pk == again.case.pk and first.secret == again.secret
    assert Case.objects.count() == 1
