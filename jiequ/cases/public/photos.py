"""A photo as it is shown on our own pages: to whoever sees the case, and behind the link to whoever sent it."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from jiequ.cases.actions.photos import fetch_photo
from jiequ.cases.models import CasePhoto
from jiequ.core import files
from jiequ.core.permission import Refused
from jiequ.core.pictures import thumbnail


def photo_response(photo: CasePhoto, *, small: bool = False) -> HttpResponse:
    """The photo, or a copy of at most 320 pixels; 404 where its file is lost or was changed. No cache keeps it."""
    try:
        content = fetch_photo(photo)
        if small:
            content = thumbnail(content)
    except Refused:
        pass  # too many at once: the whole photo costs us nothing
    except (OSError, ValueError) as error:
        raise Http404 from error
    return files.show(content, files.KINDS["jpeg"], f"photo-{photo.pk % 10_000:04d}")
