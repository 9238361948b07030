"""Two heads renew, and give out, the same codes at the same moment, in two processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jiequ.cases.actions import issue_points
from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from tests import make
from tests.processes import race, state

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PLACES = 6


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


BOTH = """
from jiequ.cases.actions import issue_point, renew_point
from jiequ.cases.models import ScanPoint
from jiequ.core.permission import SYSTEM, Overtaken
from jiequ.territory.models import Unit
won = 0
with clock.stand_at(moment("2021-12-01 10:00")):
    for thing in list({things}):
        try:
            {act}(thing, by=SYSTEM)
            won += 1
        except Overtaken:
            pass
print(won)
"""
STATE = """
from jiequ.cases.models import ScanPoint
from jiequ.core.models import JournalEntry
verbs = list(JournalEntry.objects.filter(kind="cases.scanpoint").values_list("verb", flat=True))
print(ScanPoint.objects.in_use().count(), ScanPoint.objects.count(), verbs.count("issue"), verbs.count("revoke"))
"""


def test_each_code_is_renewed_once(tmp_path: Path) -> None:
    grid = make.unit("red_grid")
    issue_points([make.unit("building", inside=grid) for _n in range(PLACES)], by=SYSTEM)
    said = race(BOTH.format(things="ScanPoint.objects.in_use().order_by('pk')", act="renew_point"), tmp_path)
    assert sum(map(int, said)) >= PLACES  # who began later may have found the new ones, and renewed those
    in_use, ever, issued, revoked = map(int, state(STATE, tmp_path).split())
    assert (in_use, ever, issued, revoked) == (PLACES, PLACES + sum(map(int, said)), ever, ever - PLACES)


def test_each_place_gets_one_code(tmp_path: Path) -> None:
    grid = make.unit("red_grid")
    for _n in range(PLACES):
        make.unit("building", inside=grid)
    said = race(BOTH.format(things="Unit.objects.filter(kind='building').order_by('pk')", act="issue_point"), tmp_path)
    assert sum(map(int, said)) == PLACES
    assert state(STATE, tmp_path) == f"{PLACES} {PLACES} {PLACES} 0"
