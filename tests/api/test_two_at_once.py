"""The same sending twice at the same moment, in two processes: one case, one id, and nobody gets an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jiequ.core import clock
from tests import make
from tests.api.client import ground
from tests.processes import race, state

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROUNDS = 12
SEND = """
from django.test import Client
said = []
with clock.stand_at(moment("2021-12-01 09:00")):
    for n in range({rounds}):
        fields = {{"api_key": "{key}", "service_code": "refuse", "address_id": "{place}"}}
        answer = Client().post("/open311/v2/requests.json", fields, headers={{"Idempotency-Key": f"k{{n}}"}})
        assert answer.status_code == 200, answer.content
        said.append(answer.json()[0]["service_request_id"])
print(said)
"""


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_the_same_sending_at_the_same_moment_is_one_case(tmp_path: Path) -> None:
    town = ground()
    make.case(town.at)  # the first one enters the default limits
    one, other = race(SEND.format(rounds=ROUNDS, key=town.text, place=town.building.code), tmp_path)
    assert one == other and one.count("'") == 2 * ROUNDS
    filed = "from jiequ.cases.models import Case\nprint(Case.objects.filter(source='open311').count())"
    assert state(filed, tmp_path) == str(ROUNDS)
