"""Where a point lies: the index agrees with looking at every shape."""

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from jiequ.core.permission import SYSTEM
from jiequ.demo.geography import FRAME, units
from jiequ.territory.actions import set_boundary
from jiequ.territory.models import Unit
from jiequ.territory.shapes import draw, locate
from tests.territory.ground import plant

pytestmark = pytest.mark.django_db
DEPTHS = {"subdistrict": 1, "community": 2, "block": 3, "red_grid": 4, "building": 5}
west, south, east, north = FRAME


def brute_force(lon, lat, kinds):
    """Codes of the deepest units that touch the point, by asking every shape."""
    point = shapely.Point(lon, lat)
    found = [u for u in units() if u.kind in kinds and shape(u.boundary).dwithin(point, 1e-7)]
    deepest = max((DEPTHS.get(u.kind, 4) for u in found), default=0)
    return {u.code for u in found if DEPTHS.get(u.kind, 4) == deepest}


def codes(place):
    return {u.code for u in (place.unit, *place.others)} if place else set()


def test_every_point_is_found_where_brute_force_finds_it(django_db_blocker):
    plant()

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(lon=st.floats(west - 0.002, east + 0.002), lat=st.floats(south - 0.002, north + 0.002))
    def anywhere(lon, lat):
        assert codes(locate(lon, lat)) == brute_force(lon, lat, DEPTHS)
        assert codes(locate(lon, lat, kind="city_grid")) == brute_force(lon, lat, ["city_grid"])

    anywhere()
    for u in units()[::3]:  # corners and edges: the hard points
        ring = u.boundary["coordinates"][0]
        (x, y), (x2, y2) = ring[0], ring[1]
        for lon, lat in ((x, y), ((x + x2) / 2, (y + y2) / 2)):
            assert codes(locate(lon, lat)) == brute_force(lon, lat, DEPTHS)


def test_a_border_is_said_to_be_one():
    made = plant(("subdistrict", "community", "block"))
    one, other = shape(made["GL02-01"].boundary), shape(made["GL02-02"].boundary)
    edge = one.intersection(other)
    middle = edge.interpolate(0.5, normalized=True) if edge.geom_type == "LineString" else edge.representative_point()
    place = locate(middle.x, middle.y)
    assert place is not None
    assert codes(place) == {"GL02-01", "GL02-02"}
    assert not place.is_certain
    inside = one.representative_point()
    assert locate(inside.x, inside.y).unit == made["GL02-01"]
    assert locate(inside.x, inside.y).is_certain


def test_outside_is_nowhere():
    plant(("subdistrict", "community"))
    assert locate(113.0, 22.0) is None
    assert locate(114.07, 22.72, kind="building") is None
    assert locate(114.07, 22.72).unit.kind == "community"


def test_a_changed_boundary_is_seen_at_once():
    made = plant(("subdistrict", "community"))
    inside = shape(made["GL07"].boundary).representative_point()
    assert locate(inside.x, inside.y).unit == made["GL07"]
    set_boundary(made["GL07"], None, by=SYSTEM)
    assert locate(inside.x, inside.y).unit == made["440309006"]


def test_looking_again_costs_one_small_statement(django_assert_num_queries):
    plant(("subdistrict", "community"))
    locate(114.07, 22.72)
    with django_assert_num_queries(1):
        locate(114.06, 22.72)


def test_the_drawing_fits_its_frame_and_keeps_proportion():
    made = plant(("subdistrict", "community", "block"))
    blocks = Unit.objects.filter(kind="block")
    drawing = draw(blocks)
    assert drawing.view_box == "0 0 400 300"
    assert [d.unit.code for d in drawing.units] == [b.code for b in blocks]
    points = [tuple(map(float, p.split(","))) for d in drawing.units for p in d.path.strip("MZ").split("L")]
    assert min(x for x, _y in points) >= 8 and max(x for x, _y in points) <= 392
    assert min(y for _x, y in points) >= 8 and max(y for _x, y in points) <= 292
    assert all(0 < d.x < 400 and 0 < d.y < 300 for d in drawing.units)
    one = draw([made["GL02-01"]], around=made["GL02"])
    assert one.units[0].path != draw([made["GL02-01"]]).units[0].path
    assert not draw([])
