"""Splitting, merging and moving: the code goes on, the records stay, the open things follow."""

import pytest

from jiequ.core.measures import REGISTER, Period, counts
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.territory.actions import add_unit, follows, merge_units, move_unit, split_unit, succession
from jiequ.territory.models import Unit
from jiequ.territory.shapes import locate, shape_of
from tests import make
from tests.territory.ground import refusal, square

pytestmark = pytest.mark.django_db
CLOSED = Period(make.moment("2021-01-01").date(), make.moment("2021-06-30").date())


@pytest.fixture(autouse=True)
def on_a_wednesday():
    from jiequ.core import clock

    with clock.stand_at(make.WEDNESDAY):
        yield


def block_with_grids():
    """A community of 20 × 10 with two blocks; the western has two grids, a management grid across both, and a building."""
    community = make.unit("community", code="C", boundary=square(0, 0, 20, 10))
    west = make.unit("block", inside=community, code="W", name="西", boundary=square(0, 0, 10, 10))
    make.unit("block", inside=community, code="E", name="东", boundary=square(10, 0, 20, 10))
    south = make.unit("red_grid", inside=west, code="W-1", name="南格", boundary=square(0, 0, 10, 5))
    make.unit("red_grid", inside=west, code="W-2", name="北格", boundary=square(0, 5, 10, 10))
    make.unit("city_grid", inside=west, code="W-C", name="城管", boundary=square(0, 0, 10, 10))
    make.unit("building", inside=south, code="W-1-1", name="1栋", boundary=square(1, 1, 2, 2))
    return west


HALVES = [
    {"code": "W", "name": "西南", "boundary": square(0, 0, 10, 5)},
    {"code": "W2", "name": "西北", "boundary": square(0, 5, 10, 10)},
]


def living():
    return {u.code: u for u in Unit.objects.valid()}


def test_a_split_puts_every_child_where_its_ground_lies():
    old = block_with_grids()
    south, north = split_unit(old, HALVES, by=SYSTEM)
    now = living()
    assert south.holds(now["W-1"]) and south.holds(now["W-1-1"]) and now["W-1"].holds(now["W-1-1"])
    assert north.holds(now["W-2"])
    assert shape_of(now["W-C"].boundary).equals(shape_of(south.boundary))  # cut at the new border
    old.refresh_from_db()
    assert (old.valid_until, old.code) == (make.WEDNESDAY.date(), f"W~{old.pk}")
    assert set(old.became.all()) == {south, north}
    assert Unit.objects.find_problems() == ([], [], [], [], [])
    assert locate(114.0015, 22.7015).unit == now["W-1-1"]
    assert {e.verb for e in JournalEntry.objects.about(old)} == {"add", "split"}


def test_the_figures_of_a_closed_period_stay():
    old = block_with_grids()
    measures = [m for m in REGISTER.values() if getattr(m, "key", "").startswith("territory.") and hasattr(m, "rows")]
    assert measures
    community = Unit.objects.get(code="C")
    before = counts(measures, old, CLOSED), counts(measures, community, CLOSED)
    assert before[0]["territory.red_grids"] == 2
    split_unit(old, HALVES, by=SYSTEM)
    old.refresh_from_db()
    assert (counts(measures, old, CLOSED), counts(measures, community, CLOSED)) == before
    now = Period(make.WEDNESDAY.date(), make.WEDNESDAY.date())
    assert counts(measures, community, now)["territory.blocks"] == 3
    assert counts(measures, old, now)["territory.red_grids"] == 0


def test_records_stay_with_the_closed_unit():
    old = block_with_grids()
    team = make.person(at=old)
    assert team.pk
    grid = Unit.objects.get(code="W-1")
    split_unit(old, HALVES, by=SYSTEM)
    entry = JournalEntry.objects.get(kind="territory.unit", thing_id=grid.pk, verb="add")
    assert entry.unit_id == grid.pk
    grid.refresh_from_db()
    assert grid.became.get().code == "W-1"


def test_what_is_open_follows(monkeypatch):
    seen = []
    monkeypatch.setattr(succession, "FOLLOWERS", [])
    follows(lambda successions: seen.extend(successions))
    old = block_with_grids()
    south, north = split_unit(old, HALVES, by=SYSTEM)
    assert {s.old.name: [h.code for h in s.heirs] for s in seen} == {
        "西": ["W", "W2"], "南格": ["W-1"], "北格": ["W-2"], "城管": ["W-C"], "1栋": ["W-1-1"],
    }  # fmt: skip
    first = seen[0]
    assert (first.heir(), first.heir(114.001, 22.709)) == (south, north)


def test_a_follower_that_fails_leaves_everything_as_it_was(monkeypatch):
    def fails(successions):
        raise Refused("不行")

    monkeypatch.setattr(succession, "FOLLOWERS", [fails])
    old = block_with_grids()
    before = list(Unit.objects.values_list("code", "path", "valid_until"))
    refusal(split_unit, old, HALVES, by=SYSTEM)
    assert list(Unit.objects.values_list("code", "path", "valid_until")) == before


@pytest.mark.parametrize(
    ("into", "says"),
    [
        (HALVES[:1], "至少分成两个"),
        ([HALVES[0], {**HALVES[1], "code": "E"}], "已经有了"),
        ([HALVES[0], {**HALVES[1], "code": "W"}], "已经有了"),
        ([HALVES[0], {**HALVES[1], "boundary": None}], "要么"),
        ([HALVES[0], {**HALVES[1], "boundary": square(0, 5, 9, 10)}], "没有分给"),
        ([HALVES[0], {**HALVES[1], "boundary": square(0, 5, 11, 10)}], "之外"),
        ([HALVES[0], {**HALVES[1], "boundary": square(0, 4, 10, 10)}], "重叠"),
        (
            [{**HALVES[0], "boundary": square(0, 0, 5, 10)}, {**HALVES[1], "boundary": square(5, 0, 10, 10)}],
            "跨在新的分界线上",
        ),
    ],
)
def test_a_split_that_breaks_a_rule_changes_nothing(into, says):
    old = block_with_grids()
    assert says in refusal(split_unit, old, into, by=SYSTEM).message
    assert Unit.objects.filter(valid_until=None).count() == Unit.objects.count()


def test_without_boundaries_the_children_go_to_the_first():
    block = make.unit("block", code="B")
    make.unit("red_grid", inside=block, code="B-1")
    first, _second = split_unit(block, [{"code": "B1", "name": "一"}, {"code": "B2", "name": "二"}], by=SYSTEM)
    assert first.holds(living()["B-1"])


def test_a_closed_unit_cannot_be_split_again():
    old = block_with_grids()
    split_unit(old, HALVES, by=SYSTEM)
    assert "停用" in refusal(split_unit, old, HALVES, by=SYSTEM).message


def test_merging_neighbours_joins_ground_and_children():
    west = block_with_grids()
    east = Unit.objects.get(code="E")
    whole = merge_units([west, east], code="W", name="大西", by=SYSTEM)
    assert shape_of(whole.boundary).equals(shape_of(square(0, 0, 20, 10)))
    assert whole.holds(living()["W-1"])
    assert set(living()) >= {"W", "W-1", "W-2", "W-C", "W-1-1"}
    assert "E" not in living()
    east.refresh_from_db()
    assert east.became.get() == whole
    assert Unit.objects.find_problems() == ([], [], [], [], [])


def test_only_neighbours_of_one_kind_and_parent_merge():
    west = block_with_grids()
    grid, city = Unit.objects.get(code="W-1"), Unit.objects.get(code="W-C")
    assert "同一类" in refusal(merge_units, [grid, city], code="X", name="x", by=SYSTEM).message
    assert "同一上级" in refusal(merge_units, [grid, west], code="X", name="x", by=SYSTEM).message
    assert "至少" in refusal(merge_units, [west, west], code="X", name="x", by=SYSTEM).message
    parent = Unit.objects.get(code="C")
    far = [add_unit("block", f"F{n}", "远", inside=parent, by=SYSTEM, valid_from=None) for n in (1, 2)]
    Unit.objects.filter(pk=far[0].pk).update(boundary=square(0, 0, 1, 1))
    Unit.objects.filter(pk=far[1].pk).update(boundary=square(5, 5, 6, 6))
    assert "不相邻" in refusal(merge_units, far, code="X", name="x", by=SYSTEM).message


def test_a_moved_grid_takes_its_ground_and_its_house_along():
    west = block_with_grids()
    east, grid = Unit.objects.get(code="E"), Unit.objects.get(code="W-1")
    new = move_unit(grid, inside=east, by=SYSTEM)
    now = living()
    assert (new.code, now["E"].holds(new), new.holds(now["W-1-1"])) == ("W-1", True, True)
    assert shape_of(now["W"].boundary).equals(shape_of(square(0, 5, 10, 10)))
    assert shape_of(now["E"].boundary).area == pytest.approx(150e-6)
    assert shape_of(now["W-C"].boundary).equals(shape_of(square(0, 5, 10, 10)))
    grid.refresh_from_db()
    assert (grid.became.get(), west.holds(grid)) == (new, True)
    assert locate(114.005, 22.702).unit == new
    assert Unit.objects.find_problems() == ([], [], [], [], [])


def test_a_unit_moves_only_where_it_may_lie():
    west = block_with_grids()
    grid = Unit.objects.get(code="W-1")
    assert "本来就在" in refusal(move_unit, grid, inside=west, by=SYSTEM).message
    assert "不能设在" in refusal(move_unit, grid, inside=Unit.objects.get(code="C"), by=SYSTEM).message
    far = make.unit("block", code="F", inside=make.unit("community", code="C2", boundary=square(50, 0, 60, 10)),
                    boundary=square(50, 0, 60, 10))  # fmt: skip
    assert "不相邻" in refusal(move_unit, grid, inside=far, by=SYSTEM).message


def test_only_today():
    old = block_with_grids()
    assert refusal(split_unit, old, HALVES, by=SYSTEM, on=make.moment("2021-11-01").date()).field == "on"


def test_only_who_may():
    old = block_with_grids()
    head = make.account("head", old)
    for call in (
        lambda: split_unit(old, HALVES, by=head),
        lambda: merge_units([old, Unit.objects.get(code="E")], code="X", name="x", by=head),
        lambda: move_unit(Unit.objects.get(code="W-1"), inside=Unit.objects.get(code="E"), by=head),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert Unit.objects.filter(valid_until=None).count() == Unit.objects.count()


def test_tasks_that_are_open_go_on_in_the_heir_and_done_ones_stay():
    from jiequ.work.actions import finish_task, open_task

    old = block_with_grids()
    grid = Unit.objects.get(code="W-2")
    due = make.moment("2021-12-10")
    here, there, done = (
        open_task("work.do", "办事", unit=u, due_at=due, by=SYSTEM, role="head") for u in (old, grid, old)
    )
    finish_task(done, by=SYSTEM)
    south, north = split_unit(old, HALVES, by=SYSTEM)
    for task in (here, there, done):
        task.refresh_from_db()
    assert (here.unit, done.unit_id) == (south, old.pk)
    assert (there.unit.code, north.holds(there.unit)) == ("W-2", True)
