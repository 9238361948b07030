"""A resident's pages of cases: open to all. tests/case_doors.py takes these in."""

from __future__ import annotations

from jiequ.cases.models import ScanPoint
from jiequ.core import clock
from tests.doors import Door, Everybody
from tests.street import Place, Who


def code(place: Place, who: Who) -> str:
    """The code on the wall of the place's building."""
    made = {"code": f"T{place.building.pk}", "issued_at": clock.now()}
    return ScanPoint.objects.get_or_create(unit=place.building, revoked_at=None, defaults=made)[0].code


RESIDENT_DOORS: dict[str, Door | list[Door]] = {
    "scan": Everybody(args=code),
    "public-case-new": Everybody(args=lambda p, w: p.block.code),
    "public-case": Everybody(args=lambda p, w: p.case_secret, ways="get"),
    "public-case-received": Everybody(args=lambda p, w: p.case_secret, ways="get"),
}
