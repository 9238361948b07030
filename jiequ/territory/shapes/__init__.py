"""Shapes: reading boundaries, the rules between them, where a point lies, and drawing them.

Everything stored is WGS-84 in degrees, longitude first (RFC 7946). Lengths in the rules are metres on the ground.
"""

from jiequ.territory.shapes.drawing import Drawing, Drawn, draw
from jiequ.territory.shapes.locating import MAIN_LINE, Place, locate, locate_all, touch
from jiequ.territory.shapes.reading import (
    GCJ_02,
    WGS_84,
    as_geojson,
    overlaps,
    reaches_outside,
    read,
    shape_of,
    square_metres,
)

__all__ = [
    "GCJ_02",
    "MAIN_LINE",
    "WGS_84",
    "Drawing",
    "Drawn",
    "Place",
    "as_geojson",
    "draw",
    "locate",
    "locate_all",
    "overlaps",
    "reaches_outside",
    "read",
    "shape_of",
    "square_metres",
    "touch",
]
