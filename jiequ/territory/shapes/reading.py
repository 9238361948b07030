"""From GeoJSON to a shape we trust, and the two rules between shapes: inside the parent, apart from the siblings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import shapely
from django.utils.translation import gettext as _
from shapely.geometry import MultiPolygon, Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from jiequ.core.permission import Refused

WGS_84 = "WGS-84"
GCJ_02 = "GCJ-02"
CGCS_2000 = "CGCS2000"

#: What a `crs` member may say, and what we call it. CGCS2000 differs from WGS-84 by centimetres: taken as it is.
_DECLARED = {
    "": WGS_84,
    "wgs-84": WGS_84,
    "wgs84": WGS_84,
    "epsg:4326": WGS_84,
    "urn:ogc:def:crs:epsg::4326": WGS_84,
    "urn:ogc:def:crs:ogc:1.3:crs84": WGS_84,
    "urn:ogc:def:crs:ogc::crs84": WGS_84,
    "cgcs2000": CGCS_2000,
    "epsg:4490": CGCS_2000,
    "urn:ogc:def:crs:epsg::4490": CGCS_2000,
    "gcj-02": GCJ_02,
    "gcj02": GCJ_02,
}
CORNERS = 20_000  # more than a hand-drawn boundary ever has; a file that goes beyond is a mistake or an attack
SLIVER = 0.5  # metres: two drawings of one street differ by less; half the width of a strip that still passes
_DEGREE = 111_320.0  # metres per degree of latitude
_LON, _LAT = (73.0, 136.0), (3.0, 54.0)  # China, generously


def shape_of(boundary: Any) -> BaseGeometry:
    """The shape of a boundary that was checked when it was stored."""
    return shape(boundary)


def as_geojson(geometry: BaseGeometry) -> dict[str, Any]:
    """GeoJSON with lists, as a JSON column gives it back."""
    found = mapping(geometry)
    return {"type": found["type"], "coordinates": _lists(found["coordinates"])}


def read(boundary: Any, *, crs: str = "") -> tuple[BaseGeometry, str]:
    """The WGS-84 shape of a GeoJSON Polygon or MultiPolygon, and the reference system it came in.

    The system is WGS-84 unless `crs`, or the object's own `crs` member, says otherwise; GCJ-02 ("Mars" coordinates) is
    converted, an unknown system refused. Raises Refused, in words, for everything that is not a proper area in China.
    """
    if not isinstance(boundary, dict):
        raise _no(_("边界应是 GeoJSON 的 Polygon 或 MultiPolygon。"))
    if boundary.get("type") == "Feature":
        boundary = {**(boundary.get("geometry") or {}), **({"crs": boundary["crs"]} if "crs" in boundary else {})}
    kind = boundary.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        raise _no(_("边界的类型是“%(kind)s”，应是 Polygon 或 MultiPolygon。") % {"kind": str(kind)[:40]})
    system = declared(boundary.get("crs"), crs)
    found = boundary.get("coordinates")
    polygons = [found] if kind == "Polygon" else found
    if not isinstance(polygons, list) or not polygons:
        raise _no(_("边界里没有坐标。"))
    room = [CORNERS]
    parts = [Polygon(rings[0], rings[1:]) for rings in (_rings(p, system, room) for p in polygons)]
    geometry: BaseGeometry = parts[0] if kind == "Polygon" else MultiPolygon(parts)
    if not geometry.is_valid:
        raise _no(
            _("边界自己相交或首尾错乱（%(why)s）。请在制图软件里修正后再传。") % {"why": explain_validity(geometry)}
        )
    if square_metres(geometry) < 1:
        raise _no(_("边界围不成一块地（面积不足 1 平方米）。"))
    return shapely.orient_polygons(geometry), system


def declared(crs: Any, fallback: str = "") -> str:
    """Our name of a declared reference system: a GeoJSON 2008 `crs` object, or a plain name."""
    name = crs if crs is not None else fallback
    if isinstance(name, dict):
        name = (name.get("properties") or {}).get("name", "?") if isinstance(name.get("properties"), dict) else "?"
    try:
        return _DECLARED[str(name).strip().lower()]
    except KeyError:
        raise _no(
            _("坐标系“%(crs)s”不能识别。请转换成 WGS-84；若是 GCJ-02（火星坐标），请明确声明，系统会转换。")
            % {"crs": str(name)[:40]}
        ) from None


def square_metres(geometry: BaseGeometry) -> float:
    """The area on the ground; exact enough for a subdistrict (flat earth, one latitude)."""
    if geometry.is_empty:
        return 0.0
    return float(geometry.area * _DEGREE**2 * math.cos(math.radians(geometry.bounds[1])))


def overlaps(one: BaseGeometry, other: BaseGeometry) -> float:
    """Square metres in which two siblings overlap; 0 where they only share an edge or a sliver narrower than 2 × SLIVER."""
    if not one.intersects(other) or one.touches(other):
        return 0.0
    return _wide(one.intersection(other))


def reaches_outside(child: BaseGeometry, parent: BaseGeometry) -> float:
    """Square metres of `child` that lie outside `parent`, slivers forgiven."""
    if parent.covers(child):
        return 0.0
    return _wide(child.difference(parent))


def _wide(geometry: BaseGeometry) -> float:
    """The area of `geometry`, or 0 where it is nowhere wider than a sliver."""
    return 0.0 if geometry.buffer(-SLIVER / _DEGREE).is_empty else square_metres(geometry)


def _rings(polygon: Any, system: str, room: list[int]) -> list[list[tuple[float, float]]]:
    if not isinstance(polygon, list) or not polygon:
        raise _no(_("边界里有一块没有坐标。"))
    return [_ring(ring, system, room) for ring in polygon]


def _ring(ring: Any, system: str, room: list[int]) -> list[tuple[float, float]]:
    if not isinstance(ring, list) or len(ring) < 4:
        raise _no(_("边界的一圈不足四个点，围不成面。"))
    room[0] -= len(ring)
    if room[0] < 0:
        raise _no(_("边界超过 %(n)s 个点。请先简化再传。") % {"n": CORNERS})
    points = list(_points(ring))
    if points[0] != points[-1]:
        raise _no(_("边界的一圈没有闭合：最后一个点要与第一个点相同。"))
    return [from_gcj_02(*p) for p in points] if system == GCJ_02 else points


def _points(ring: Sequence[Any]) -> Iterator[tuple[float, float]]:
    for position in ring:
        if not isinstance(position, list) or len(position) < 2:
            raise _no(_("边界里有一个点不是［经度，纬度］。"))
        lon, lat = position[0], position[1]  # a third number is the height: not kept
        for number in (lon, lat):
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                raise _no(_("边界里有一个点的经纬度不是数字。"))
        if _LAT[0] <= lon <= _LAT[1] and _LON[0] <= lat <= _LON[1]:
            raise _no(_("经纬度写反了：每个点应是［经度，纬度］，例如［114.07，22.72］。"))
        if not (_LON[0] <= lon <= _LON[1] and _LAT[0] <= lat <= _LAT[1]):
            raise _no(_("有一个点不在中国范围内（%(lon)s，%(lat)s）。请检查坐标系和单位。") % {"lon": lon, "lat": lat})
        yield float(lon), float(lat)


def to_gcj_02(lon: float, lat: float) -> tuple[float, float]:
    """WGS-84 to GCJ-02, by the formula everybody uses (it was never published); about 1 m true."""
    a, e = 6378245.0, 0.00669342162296594323
    x, y = lon - 105.0, lat - 35.0
    wave = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + wave
    d_lat += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    d_lat += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + wave
    d_lon += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    d_lon += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    phi = math.radians(lat)
    magic = 1 - e * math.sin(phi) ** 2
    d_lat = d_lat * 180 / (a * (1 - e) / magic**1.5 * math.pi)
    d_lon = d_lon * 180 / (a / math.sqrt(magic) * math.cos(phi) * math.pi)
    return lon + d_lon, lat + d_lat


def from_gcj_02(lon: float, lat: float) -> tuple[float, float]:
    """GCJ-02 to WGS-84: the forward formula inverted by iteration, to a centimetre. Rounded, so that equal corners stay equal."""
    guess_lon, guess_lat = lon, lat
    for _step in range(5):
        there_lon, there_lat = to_gcj_02(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + lon - there_lon, guess_lat + lat - there_lat
    return round(guess_lon, 7), round(guess_lat, 7)


def _lists(coordinates: Any) -> Any:
    return [_lists(c) for c in coordinates] if isinstance(coordinates, list | tuple) else coordinates


def _no(message: str) -> Refused:
    return Refused(message, field="boundary")
