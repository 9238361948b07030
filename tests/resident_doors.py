"""A resident's pages of cases: open to all. tests/case_doors.py takes these in."""

from __future__ import annotations

from jiequ.cases.actions.photos import keep_photos
from jiequ.cases.models import CasePhoto, ScanPoint
from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from jiequ.core.pictures import Picture
from tests.doors import Door, Everybody
from tests.street import Place, Who


def code(place: Place, who: Who) -> str:
    """The code on the wall of the place's building."""
    made = {"code": f"T{place.building.pk}", "issued_at": clock.now()}
    return ScanPoint.objects.get_or_create(unit=place.building, revoked_at=None, defaults=made)[0].code


def photo(place: Place) -> int:
    """A photo that came with the case that was replied to."""
    case = place.cases["replied"]
    found = CasePhoto.objects.filter(case=case).first()
    if found is None:
        (found,) = keep_photos(case, [Picture(b"\xff\xd8\xff\xd9", 1, 1)], by=PUBLIC)
    return found.pk


RESIDENT_DOORS: dict[str, Door | list[Door]] = {
    "service-worker": Everybody(ways="get"),
    "scan": Everybody(args=code),
    "public-case-new": Everybody(args=lambda p, w: p.block.code),
    "public-case": Everybody(args=lambda p, w: p.case_secret, ways="get"),
    "public-case-received": Everybody(args=lambda p, w: p.case_secret, ways="get"),
    "public-case-code": Everybody(args=lambda p, w: p.case_secret, ways="get"),
    "public-case-add": Everybody(args=lambda p, w: p.case_secret),
    "public-case-withdraw": Everybody(args=lambda p, w: p.case_secret),
    "public-case-forget": Everybody(args=lambda p, w: p.case_secret),
    "public-case-rate": Everybody(args=lambda p, w: p.case_secret),
    "public-case-photo": Everybody(args=lambda p, w: (p.case_secret, photo(p)), ways="get"),
}
