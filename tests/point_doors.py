"""Photos of cases and the codes on the walls; tests/case_doors.py takes these in."""

from __future__ import annotations

from jiequ.cases.models import ScanPoint
from tests.doors import Door, OfUnit, Within
from tests.resident_doors import code, photo
from tests.street import Place, Who


def point(place: Place, who: Who) -> int:
    """The code in use on the wall of the place's building."""
    return ScanPoint.objects.get(code=code(place, who)).pk


POINT_DOORS: dict[str, Door | list[Door]] = {
    "scan-points": OfUnit(may="cases.print_posters", ways="get"),
    "scan-points-issue": OfUnit(may="cases.print_posters", ways="post"),
    "scan-points-print": OfUnit(may="cases.print_posters", ways="get"),
    "scan-point-renew": Within(seen="cases.print_posters", args=point, ways="post"),
    "scan-point-revoke": Within(seen="cases.print_posters", args=point, ways="post"),
    "case-photo": Within(seen="cases.view_case", args=lambda p, w: photo(p), ways="get"),
    "case-photo-remove": Within(
        seen="cases.view_case", may="cases.handle_case", args=lambda p, w: photo(p), ways="post"
    ),
}
