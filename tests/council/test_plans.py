"""No list sorts the history it shows fifty rows of: an index has its order already, whoever looks. Timings are ./bench's."""

import pytest
from django.db import connection

from jiequ.core import clock
from jiequ.core.measures import REGISTER, Median, Period, counts, medians, parts_of
from jiequ.council.indicators import DECIDED_NOT_DONE, HANDLED, PROCEDURE
from jiequ.council.models import Meeting, Motion
from jiequ.work.indicators import DUE
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


WAYS = ("sort", "incremental_sort", "seqscan", "bitmapscan", "hashjoin", "mergejoin")


def plan(rows, *, without=WAYS) -> str:
    """How the database would do it; PostgreSQL, whose tables are empty here, is told not to sort where it need not."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for way in without:
                cursor.execute(f"SET LOCAL enable_{way} = off")
    return str(rows.explain())


def sorts(rows) -> bool:
    said = plan(rows)
    return "TEMP B-TREE FOR" in said or "Sort Key" in said


@pytest.fixture
def room():
    with clock.stand_at(make.WEDNESDAY):
        yield make.room(councillors=1)


@pytest.mark.parametrize("who", ["office", "chief", "head"])
@pytest.mark.parametrize(("model", "order"), [(Motion, "collected_at"), (Meeting, "starts_at")])
def test_a_list_walks_an_index_in_its_order(room, who, model, order):
    rows = model.objects.visible_to(make.fresh(getattr(room, who))).with_unit()
    assert not sorts(rows.order_by(f"-{order}", "-pk")[:51])


def test_a_list_of_what_has_ended_does_too(room):
    rows = Motion.objects.visible_to(make.fresh(room.office)).ended()
    assert not sorts(rows.order_by("-collected_at", "-pk")[:51])


def test_a_block_s_public_page_does_too(room):
    rows = Motion.objects.filter(unit=room.block, publicised_at__isnull=False, state__in=Motion.PUBLIC)
    assert not sorts(rows.order_by("-publicised_at")[:20])


def test_finished_tasks_of_a_street_are_walked_as_well(room):
    rows = Task.objects.visible_to(make.fresh(room.office)).exclude(state=Task.State.OPEN)
    assert not sorts(rows.order_by("-finished_at", "-pk")[:51])


HEALTH = set(parts_of(figure for figure in REGISTER.values() if figure.group is PROCEDURE)) - {DECIDED_NOT_DONE}
HEALTH = sorted(HEALTH, key=lambda figure: figure.key)


@pytest.mark.parametrize("figure", [HANDLED, DUE, *HEALTH], ids=lambda f: f.key)
def test_a_figure_begins_with_its_period_not_with_the_units(room, figure):
    today = clock.today()
    root = make.above(room.block, 1)
    assert counts([figure], root, Period(today, today)) == {figure.key: 0}
    rows = figure.under(root, Period(today, today))
    if connection.vendor == "postgresql" and "__" in figure.unit:
        # It makes a join of the unit's EXISTS and begins by its statistics, which empty tables have none of.
        rows = figure.rows(Period(today, today))
    first = next(line for line in plan(rows).splitlines() if "INDEX" in line.upper())
    assert "territory_unit" not in first


@pytest.mark.parametrize("figure", [f for f in REGISTER.values() if isinstance(f, Median)], ids=lambda f: f.key)
def test_a_median_begins_with_its_period_too(room, figure):
    today = clock.today()
    root = make.above(room.block, 1)
    assert medians([figure], root, Period(today, today)) == {}
    said = plan(figure.rows(root, Period(today, today)))
    first = next(line for line in said.splitlines() if "INDEX" in line.upper())
    assert "motion_" in first or "case_" in first


def test_what_is_not_done_is_found_among_what_is_not_concluded(room):
    today = clock.today()
    rows = DECIDED_NOT_DONE.under(make.above(room.block, 1), Period(today, today))
    said = plan(rows, without=("seqscan", "hashjoin", "mergejoin"))
    assert "motion_decided" not in said  # PostgreSQL may begin with the late tasks just as well
    assert connection.vendor == "postgresql" or said.count("motion_concluded") == 2
