"""What arrives with a form waits in memory, within a limit, and is let go beyond it: never on disk, never in the clear.

Django's own handlers write what is large to the system's temporary folder. Ours keeps `UPLOAD_HELD` bytes of a request at
most; a file beyond that is read to its end, so that the browser gets its answer and the form keeps what was typed, and
nothing of it is kept.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from jiequ.core.permission import Refused

PATIENCE = 300.0  # seconds that files may take to arrive: meanwhile they hold a thread

View = TypeVar("View", bound=Callable[..., Any])


class TooLarge(InMemoryUploadedFile):
    """A file that was not kept: it has a name and a size, and no content."""

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        """Refuses: who reads without looking at the size is answered in words all the same."""
        from django.utils.translation import gettext as _

        raise Refused(_("文件太大，没有收下。请压缩后再传。"))


class InMemory(FileUploadHandler):
    """Keeps every file of a request in memory, up to `UPLOAD_HELD` bytes together; the rest becomes `TooLarge`."""

    held = 0  # bytes of this request so far
    began = 0.0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file: io.BytesIO | None = io.BytesIO()
        self.began = self.began or time.monotonic()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if time.monotonic() - self.began > PATIENCE:
            raise BadRequest("a body that takes too long")
        if self.file is None:
            return
        if self.held + len(raw_data) > settings.UPLOAD_HELD:
            self.held -= self.file.tell()
            self.file = None
            return
        self.held += len(raw_data)
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        kind = InMemoryUploadedFile if self.file is not None else TooLarge
        content = self.file or io.BytesIO()
        content.seek(0)
        return kind(
            content,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )


def takes_uploads(most: int) -> Callable[[View], View]:
    """For a view whose form takes bodies of up to `most` bytes, where `UPLOAD_LIMIT` would answer with a page of its own:
    it must look at the sizes of what arrives and say so on the form."""

    def mark(view: View) -> View:
        view.body_limit = most  # type: ignore[attr-defined]
        return view

    return mark
