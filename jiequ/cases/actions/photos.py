"""Photos of a case: kept encrypted outside the web root, bound to their row."""

from __future__ import annotations

from collections.abc import Sequence

from jiequ.cases.models import Case, CaseMessage, CasePhoto
from jiequ.core import clock, files
from jiequ.core.permission import Actor
from jiequ.core.pictures import Picture

BOUND_TO = "cases_casephoto.file"


def keep_photos(
    case: Case, photos: Sequence[Picture], *, by: Actor, message: CaseMessage | None = None
) -> list[CasePhoto]:
    """Keep cleaned photos of `case`; part of the action that calls it. One statement for all."""
    rows = [
        CasePhoto(
            case=case,
            message=message,
            width=photo.width,
            height=photo.height,
            size=len(photo.content),
            added_at=clock.now(),
            added_by_id=by.person_id,
        )
        for photo in photos
    ]
    for row, photo in zip(rows, photos, strict=True):
        files.keep(row.pk, photo.content, BOUND_TO)
    return CasePhoto.objects.bulk_create(rows) if rows else []
