"""Photos of a case: kept encrypted outside the web root, bound to their row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import acting
from jiequ.cases.models import Case, CaseMessage, CasePhoto
from jiequ.core import clock, files
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.pictures import Picture
from jiequ.core.writing import action, lock

EACH = 60  # photos of one case; a link that got round does not fill the disk


def keep_photos(
    case: Case, photos: Sequence[Picture], *, by: Actor, message: CaseMessage | None = None
) -> list[CasePhoto]:
    """Keep cleaned photos of `case`; part of the action that calls it. One statement for all; one more to count where the
    case was there before."""
    if not photos:
        return []
    if message is not None and CasePhoto.objects.filter(case=case).count() + len(photos) > EACH:
        raise Refused(_("这件诉求的照片已经很多了，不能再加。请用文字补充。"), field="photos")
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
        files.keep(row.pk, photo.content, CasePhoto.file_bound_to)
    return CasePhoto.objects.bulk_create(rows)


def fetch_photo(photo: CasePhoto) -> bytes:
    """Its JPEG bytes; FileNotFoundError where the file is lost, ValueError where it was changed."""
    return files.fetch(photo.pk, CasePhoto.file_bound_to)


@action
def remove_photo(photo: CasePhoto, *, by: Actor) -> None:
    """Take a photo away that shows what it should not: a face, a number plate, somebody else's door. It is gone at once."""
    case = lock(photo.case)
    require(acting(by, case), "cases.handle_case", case.unit)
    number = photo.pk
    if not CasePhoto.objects.filter(pk=number).delete()[0]:
        raise Overtaken(_("这张照片已经移走了。"))
    transaction.on_commit(partial(files.drop, [number]))
    record("remove_photo", case, by=by, photo=number)
