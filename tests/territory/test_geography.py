"""The demo's territory fits together: no overlap, no gap, at any level."""

from collections import Counter

from shapely import unary_union
from shapely.geometry import shape

from jiequ.demo.geography import UnitSpec, units
from jiequ.territory.models import Unit
from tests.territory.ground import plant


def test_the_pilot_has_the_article_s_numbers():
    assert Counter(u.kind for u in units()) == {
        "subdistrict": 1, "community": 3, "block": 20, "red_grid": 68, "base_grid": 40, "city_grid": 20, "building": 272,
    }  # fmt: skip
    inside_liguang = Counter(u.kind for u in units() if u.code.startswith("GL07-"))
    assert (inside_liguang["block"], inside_liguang["red_grid"]) == (7, 14)
    assert sum(u.kind == "red_grid" and u.parent == "GL02-01" for u in units()) == 4


def test_parents_come_before_their_children_and_codes_once():
    seen: set[str | None] = {None}
    for u in units():
        assert u.parent in seen
        assert u.code not in seen
        seen.add(u.code)


def test_known_names_are_marked_real_and_all_else_synthetic():
    real = {u.name for u in units() if not u.is_synthetic}
    assert real == {
        "观澜街道", "牛湖社区", "大富社区", "黎光社区", "石一街区", "陂老街区", "福惠多街区", "十八栋街区", "新围街区",
    }  # fmt: skip
    houses = [u.official_code for u in units() if u.kind == "building"]
    assert all(len(h) == 19 and h.isdigit() for h in houses)
    assert len(set(houses)) == len(houses)


def test_children_tile_their_parent_exactly():
    for kind in ("community", "block", "red_grid", "base_grid", "city_grid"):
        children: dict[str, list[UnitSpec]] = {}
        for u in units():
            if u.kind == kind:
                children.setdefault(str(u.parent), []).append(u)
        shapes = {u.code: shape(u.boundary) for u in units()}
        assert children
        for parent, its in children.items():
            parts = [shapes[c.code] for c in its]
            assert unary_union(parts).equals(shapes[parent])
            assert abs(sum(p.area for p in parts) - shapes[parent].area) < 1e-14
            for n, one in enumerate(parts):
                assert all(one.intersection(other).area == 0 for other in parts[n + 1 :])


def test_buildings_stand_inside_their_grid_and_apart():
    shapes = {u.code: shape(u.boundary) for u in units()}
    buildings = [u for u in units() if u.kind == "building"]
    for u in buildings:
        assert shapes[str(u.parent)].contains(shapes[u.code])
    total = unary_union([shapes[u.code] for u in buildings]).area
    assert abs(total - sum(shapes[u.code].area for u in buildings)) < 1e-14


def test_the_tree_accepts_all_of_it(db):
    made = plant()
    assert Unit.objects.count() == len(units()) == len(made)
    assert Unit.objects.find_problems() == ([], [], [], [], [])
    assert [u.code for u in Unit.objects.filter(kind="red_grid").under(made["GL02-01"])] == [
        f"GL02-01-{n}" for n in (1, 2, 3, 4)
    ]
