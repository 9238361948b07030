"""Adding and editing units: the tree's rules, in words a clerk understands."""

from datetime import date

import pytest

from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken
from jiequ.territory import shapes
from jiequ.territory.actions import NewUnit, add_unit, add_units, edit_unit, set_boundary
from jiequ.territory.models import BoundaryVersion, Unit
from tests import make
from tests.territory.ground import refusal, square

pytestmark = pytest.mark.django_db


def test_a_unit_lies_only_where_its_kind_may():
    block = make.unit("block")
    community = Unit.objects.get(kind="community")
    assert "应设在“街区”下" in refusal(add_unit, "red_grid", "G1", "第1", inside=community, by=SYSTEM).message
    assert "最上层" in refusal(add_unit, "subdistrict", "S2", "街道", inside=block, by=SYSTEM).message
    assert refusal(add_unit, "block", "B9", "街区", inside=None, by=SYSTEM).field == "inside"
    assert refusal(add_unit, "village", "V1", "村", inside=block, by=SYSTEM).field == "kind"


@pytest.mark.parametrize("code", ["", "   ", "有汉字", "a b", "-1", "x" * 21, "A~1", "=1+1", "A\n"])
def test_a_code_that_cannot_stand_in_an_address_is_refused(code):
    block = make.unit("block")
    if code == "A\n":  # what a pasted line ends with is cut off
        assert add_unit("red_grid", code, "第1", inside=block, by=SYSTEM).code == "A"
    else:
        assert refusal(add_unit, "red_grid", code, "第1", inside=block, by=SYSTEM).field == "code"


def test_a_code_is_given_once_also_within_one_batch():
    block = make.unit("block")
    add_unit("red_grid", "G1", "第1", inside=block, by=SYSTEM)
    assert "G1" in refusal(add_unit, "red_grid", "G1", "第2", inside=block, by=SYSTEM).message
    twice = [NewUnit("red_grid", "G2", "第2", block), NewUnit("red_grid", "G2", "第3", block)]
    assert refusal(add_units, twice, by=SYSTEM).field == "code"
    assert Unit.objects.filter(kind="red_grid").count() == 1


def test_a_code_taken_at_the_same_moment_is_said_and_nothing_is_half_written(monkeypatch):
    block = make.unit("block")
    add_unit("red_grid", "G1", "第1", inside=block, by=SYSTEM)
    monkeypatch.setattr(
        "jiequ.territory.actions.units._refuse_known_codes", lambda codes: None
    )  # the other came after the look
    with pytest.raises(Overtaken):
        add_unit("red_grid", "G1", "第2", inside=block, by=SYSTEM)
    assert Unit.objects.filter(kind="red_grid").count() == 1
    assert Unit.objects.find_problems() == ([], [], [], [], [])


def test_siblings_share_an_edge_but_no_ground():
    block = make.unit("block", boundary=square(0, 0, 10, 10))
    add_unit("red_grid", "G1", "东", inside=block, by=SYSTEM, boundary=square(5, 0, 10, 10))
    add_unit("red_grid", "G2", "西", inside=block, by=SYSTEM, boundary=square(0, 0, 5, 10))
    said = refusal(add_unit, "red_grid", "G3", "中", inside=block, by=SYSTEM, boundary=square(4, 4, 6, 6))
    assert (said.field, "“中”与“" in said.message, "重叠约" in said.message) == ("boundary", True, True)
    # another kind of grid may lie across
    add_unit("city_grid", "C1", "城管", inside=block, by=SYSTEM, boundary=square(0, 0, 10, 10))


def test_a_hand_s_breadth_of_overlap_is_forgiven():
    block = make.unit("block", boundary=square(0, 0, 10, 10))
    add_unit("red_grid", "G1", "西", inside=block, by=SYSTEM, boundary=square(0, 0, 5.004, 10))  # 0.4 m
    add_unit("red_grid", "G2", "东", inside=block, by=SYSTEM, boundary=square(5, 0, 10.004, 10))
    assert Unit.objects.filter(kind="red_grid").count() == 2


def test_a_batch_is_held_against_itself():
    block = make.unit("block", boundary=square(0, 0, 10, 10))
    over = [
        NewUnit("red_grid", "G1", "甲", block, boundary=square(0, 0, 5, 10)),
        NewUnit("red_grid", "G2", "乙", block, boundary=square(4, 0, 9, 10)),
    ]
    assert "重叠" in refusal(add_units, over, by=SYSTEM).message
    assert not Unit.objects.filter(kind="red_grid").exists()


def test_a_child_stays_inside_its_parent():
    block = make.unit("block", boundary=square(0, 0, 10, 10))
    said = refusal(add_unit, "red_grid", "G1", "外", inside=block, by=SYSTEM, boundary=square(8, 8, 12, 12))
    assert "画到了“" in said.message


LINE = [[114.0, 22.7], [114.1, 22.7], [114.1, 22.8], [114.0, 22.7]]


@pytest.mark.parametrize(
    ("boundary", "says"),
    [
        ("POLYGON((0 0))", "GeoJSON"),
        ([], "GeoJSON"),
        ({"type": "Point", "coordinates": [114, 22]}, "应是 Polygon"),
        ({"type": "Polygon"}, "没有坐标"),
        ({"type": "Polygon", "coordinates": []}, "没有坐标"),
        ({"type": "Polygon", "coordinates": [[]]}, "不足四个点"),
        ({"type": "Polygon", "coordinates": [LINE[:3]]}, "不足四个点"),
        ({"type": "Polygon", "coordinates": [[*LINE[:3], [114.0, 22.71]]]}, "没有闭合"),
        ({"type": "Polygon", "coordinates": [[["114", "22"], *LINE[1:]]]}, "不是数字"),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 22.7], *LINE[1:]]]}, "不是数字"),
        ({"type": "Polygon", "coordinates": [[[114.0], *LINE[1:]]]}, "不是［经度，纬度］"),
        ({"type": "Polygon", "coordinates": [[[b, a] for a, b in LINE]]}, "经纬度写反了"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}, "不在中国"),
        ({"type": "Polygon", "coordinates": [[[12690000.0, 2590000.0]] * 4]}, "不在中国"),
        ({"type": "Polygon", "coordinates": [[LINE[0], LINE[2], LINE[1], [114.0, 22.8], LINE[0]]]}, "自己相交"),
        ({"type": "Polygon", "coordinates": [[LINE[0]] * 4]}, "自己相交"),
        ({"type": "Polygon", "coordinates": [[[114, 22.7], [114.0000001, 22.7], [114, 22.7000001], [114, 22.7]]]}, "围不成"),
        ({"type": "MultiPolygon", "coordinates": [1]}, "没有坐标"),
        ({"type": "Polygon", "coordinates": [LINE], "crs": "EPSG:3857"}, "不能识别"),
        ({"type": "Polygon", "coordinates": [LINE], "crs": {"properties": 3}}, "不能识别"),
        ({"type": "Polygon", "coordinates": [[[114 + n / 1e6, 22.7] for n in range(20_001)]]}, "超过"),
        ({"type": "Feature", "geometry": None}, "应是 Polygon"),
    ],
)  # fmt: skip
def test_a_malformed_boundary_is_refused_in_words(boundary, says):
    said = refusal(add_unit, "subdistrict", "S1", "街道", inside=None, by=SYSTEM, boundary=boundary)
    assert says in said.message
    assert said.field == "boundary"
    assert not Unit.objects.exists()


def test_gcj_02_is_converted_only_when_declared():
    true = square(0, 0, 10, 10)
    mars = {
        "type": "Polygon",
        "coordinates": [[list(shapes.reading.to_gcj_02(*p)) for p in true["coordinates"][0]]],
    }
    block = make.unit("block", boundary=true)
    assert "GCJ-02" in refusal(add_unit, "red_grid", "G1", "网格", inside=block, by=SYSTEM, boundary=mars).message
    grid = add_unit("red_grid", "G1", "网格", inside=block, by=SYSTEM, boundary={**mars, "crs": "GCJ-02"})
    assert grid.boundary_crs == "GCJ-02"
    assert shapes.shape_of(grid.boundary).hausdorff_distance(shapes.shape_of(true)) < 1e-6  # a tenth of a metre


def test_who_holds_no_power_over_the_parent_cannot_add():
    block = make.unit("block")
    head = make.account("head", block)
    with pytest.raises(NotAllowed):
        add_unit("red_grid", "G1", "第1", inside=block, by=head)
    office = make.account("office", Unit.objects.get(depth=1))
    assert add_unit("red_grid", "G1", "第1", inside=block, by=office).path.startswith(block.path)
    with pytest.raises(NotAllowed):
        add_unit("subdistrict", "S2", "第二个街道", inside=None, by=office)


def test_everything_is_in_the_journal_and_the_version_changes():
    block = make.unit("block", boundary=square(0, 0, 10, 10))
    before = BoundaryVersion.objects.get().number
    grid = add_unit("red_grid", "G1", "第1", inside=block, by=SYSTEM, boundary=square(0, 0, 5, 5))
    assert BoundaryVersion.objects.get().number != before
    assert JournalEntry.objects.about(grid).get().verb == "add"


def test_an_edit_on_stale_ground_is_overtaken_and_loses_nothing():
    grid = make.unit("red_grid", name="旧名")
    stale = Unit.objects.get(pk=grid.pk)
    edit_unit(grid, by=SYSTEM, name="新名")
    with pytest.raises(Overtaken):
        edit_unit(stale, by=SYSTEM, name="另一个名")
    edit_unit(stale, by=SYSTEM, note="另一处不冲突")
    grid.refresh_from_db()
    assert (grid.name, grid.note) == ("新名", "另一处不冲突")
    facts = JournalEntry.objects.about(grid).filter(verb="edit").order_by("id").values_list("facts", flat=True)
    assert list(facts) == [{"name": ["旧名", "新名"]}, {"note": ["", "另一处不冲突"]}]


def test_a_parent_cannot_shrink_away_from_its_children():
    block = make.unit("block", boundary=square(0, 0, 10, 10))
    grid = add_unit("red_grid", "G1", "第1", inside=block, by=SYSTEM, boundary=square(0, 0, 5, 5))
    assert "第1" in refusal(set_boundary, block, square(0, 0, 4, 4), by=SYSTEM).message
    set_boundary(grid, square(0, 0, 3, 3), by=SYSTEM)
    assert set_boundary(block, square(0, 0, 4, 4), by=SYSTEM).boundary == shapes.as_geojson(
        shapes.read(square(0, 0, 4, 4))[0]
    )
    assert set_boundary(grid, None, by=SYSTEM).boundary is None


def test_a_child_cannot_be_older_than_its_parent():
    block = make.unit("block", valid_from=date(2021, 3, 1))
    said = refusal(add_unit, "red_grid", "G1", "第1", inside=block, by=SYSTEM, valid_from=date(2021, 2, 1))
    assert said.field == "valid_from"


def test_a_batch_costs_the_same_statements_as_one(django_assert_num_queries):
    block = make.unit("block")
    with django_assert_num_queries(9):  # two savepoints, parents, codes, insert, numchild, journal
        add_units([NewUnit("red_grid", f"A{n}", f"第{n}", block) for n in range(3)], by=SYSTEM)
    with django_assert_num_queries(9):
        add_units([NewUnit("red_grid", f"B{n}", f"第{n}", block) for n in range(30)], by=SYSTEM)
    assert [u.path for u in Unit.objects.filter(kind="red_grid")] == sorted(
        f"{block.path}{Unit._int2str(n):0>4}" for n in range(1, 34)
    )
