"""Files that people bring: what they are is read from their bytes, never from a name or a claimed type; they lie encrypted.

`read_upload` says what a file is, or refuses it; `keep` writes it to `JIEQU_HOME/files/<number>`, AES-256-GCM bound to the
row it belongs to, whatever house that row is of: a model says so with `file_bound_to`; `attach` hands it out as a download that no browser takes for a page. The file is written inside the
transaction that writes its row: when that is rolled back the file is an orphan, which nothing points to and nothing reads,
and which `sweep` removes after a day.

This is no virus scanner: a file is what it says it is, small enough to open, and never runs on our own pages.
"""

from __future__ import annotations

import io
import os
import re
import struct
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from jiequ.core.permission import Refused
from jiequ.core.personal import decrypt_bytes, encrypt_bytes

LIMIT = 10_000_000  # bytes
UNPACKED = 100_000_000  # bytes that a document may come to: what Word itself makes of ten megabytes stays far below
RATIO = 200  # times that one part may grow; text shrinks a hundredfold at most, a bomb a thousandfold
PARTS = 3000
ORPHANED = 24 * 3600  # seconds after which a file without a row is nobody's


@dataclass(frozen=True)
class Kind:
    """What a file is: `ending` and `media` are what it is handed out as."""

    code: str
    ending: str
    media: str


_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = {
    kind.code: kind
    for kind in (
        Kind("pdf", ".pdf", "application/pdf"),
        Kind("png", ".png", "image/png"),
        Kind("jpeg", ".jpg", "image/jpeg"),
        Kind("docx", ".docx", f"{_OFFICE}wordprocessingml.document"),
        Kind("xlsx", ".xlsx", f"{_OFFICE}spreadsheetml.sheet"),
        Kind("text", ".txt", "text/plain; charset=utf-8"),
    )
}
#: For a file input, which only helps to choose.
ACCEPT = ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.txt"


def read_upload(content: bytes, *, field: str = "file") -> tuple[Kind, bytes]:
    """What the file is, and its content (text as UTF-8). Raises Refused, naming `field`, for everything else."""
    if not content:
        raise Refused(_("这个文件是空的，请换一个。"), field=field)
    if len(content) > LIMIT:
        raise Refused(_("文件超过 %(n)s MB，请压缩后再传。") % {"n": LIMIT // 1_000_000}, field=field)
    try:
        code = _code(content)
    except _Broken as error:
        raise Refused(str(error), field=field) from error
    if code:
        return KINDS[code], content
    text = _text(content)
    if text is None:
        raise Refused(
            _("只收 PDF、图片（PNG、JPG）、Word（docx）、Excel（xlsx）和纯文本。请另存为其中一种。"), field=field
        )
    return KINDS["text"], text


class _Broken(Exception):
    """It begins like a kind we take and is not one; the text says so to whoever brought it."""


def _code(content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        _whole(_is_pdf(content) and not _is_zip_too(content), "PDF")
        return "pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        _whole(_is_png(content), "PNG")
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        _whole(_is_jpeg(content) and not _is_zip_too(content), "JPG")
        return "jpeg"
    if content.startswith(b"PK\x03\x04"):
        return _document(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _Broken(_("旧格式（doc、xls）或加了密码的文件不能收，请另存为 docx、xlsx 或 PDF，不加密码。"))
    return ""


def _whole(it_is: bool, kind: str) -> None:
    if not it_is:
        raise _Broken(_("这个 %(kind)s 文件不完整，或夹带了别的内容。请重新导出一份。") % {"kind": kind})


def _is_zip_too(content: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(content))


def _is_pdf(content: bytes) -> bool:
    """A header at the first byte, and nothing but blanks after the last end mark."""
    end = content.rfind(b"%%EOF")
    return bool(re.match(rb"%PDF-[12]\.\d", content)) and end > 0 and not content[end + 5 :].strip(b"\x00\r\n\t ")


def _is_png(content: bytes) -> bool:
    """Chunk after chunk, each with its checksum, from IHDR to an IEND that ends the file."""
    at, first = 8, True
    while at + 12 <= len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        end = at + 12 + length
        if end > len(content) or first != (name == b"IHDR"):
            return False
        if zlib.crc32(content[at + 4 : end - 4]) != struct.unpack(">I", content[end - 4 : end])[0]:
            return False
        if name == b"IEND":
            return end == len(content)
        at, first = end, False
    return False


def _is_jpeg(content: bytes) -> bool:
    """Segment after segment as far as the picture begins, and an end mark. Phones append a second picture: that may be."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        mark, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if mark == 0xDA:
            return b"\xff\xd9" in content[at:]
        if mark == 0xFF:
            at += 1
            continue
        if length < 2:
            return False
        at += 2 + length
    return False


def _document(content: bytes) -> str:
    """docx or xlsx: a zip with the right parts, without macros, that comes to no more than it may."""
    wrong = _("压缩包和这种文件不能收，请把里面的文件另存为 PDF、docx 或 xlsx。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            code = next(
                (
                    code
                    for code, part in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml"))
                    if {part, "[Content_Types].xml", "_rels/.rels"} <= names
                ),
                "",
            )
            if not code or len(names) != len(parts) or any(map(_goes_astray, names)):
                raise _Broken(wrong)
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise _Broken(_("带宏的文件不能收，请另存为不带宏的 docx 或 xlsx。"))
            if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED or any(map(_swells, parts)):
                raise _Broken(_("这个文件解开后太大，不能收。请另存为 PDF。"))
            # What a part says of its size is a claim: it is unpacked once, which reads no more than that, and checked.
            if packed.testzip() is not None:
                raise _Broken(_("这个文件已损坏，请重新保存一份。"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, zlib.error) as error:
        raise _Broken(_("这个文件已损坏，请重新保存一份。")) from error
    return code


def _goes_astray(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts


def _swells(part: zipfile.ZipInfo) -> bool:
    if part.flag_bits & 0x1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return True
    return part.file_size > 1_000_000 and part.file_size > RATIO * max(1, part.compress_size)


def _text(content: bytes) -> bytes | None:
    """Words alone, as UTF-8; None for anything else. Older editors in China write GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        strange = any(unicodedata.category(c) in {"Cc", "Cn", "Co", "Cs"} and c not in "\t\r\n\f" for c in words)
        return None if strange else words.encode()
    return None


# --- on disk ---------------------------------------------------------------------------------------------------------


def keep(number: int, content: bytes, bound_to: str, *, for_a_day: bool = False) -> None:
    """Write the file of row `number`, encrypted and safely on disk, before its transaction ends.

    `bound_to` is what the row's model declares as `file_bound_to`. A file of no model is swept away after a day: whoever
    wants just that says so with `for_a_day`.
    """
    if not for_a_day and bound_to not in _owners():
        raise LookupError(f"no model says file_bound_to = {bound_to!r}")
    path = _path(number)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{number}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(encrypt_bytes(content, f"{bound_to}:{number}"))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def fetch(number: int, bound_to: str) -> bytes:
    """The content; FileNotFoundError where there is none, ValueError where it was changed or is another row's."""
    return decrypt_bytes(_path(number).read_bytes(), f"{bound_to}:{number}")


def drop(numbers: Iterable[int]) -> None:
    """Remove files whose rows are gone. Nothing happens where there is none."""
    for number in numbers:
        _path(number).unlink(missing_ok=True)


def sweep() -> int:
    """Remove what has lain for a day (real time) and is no row's of any house; returns how many.

    The tables are asked after the folder was read, so a file that was written meanwhile is not touched.
    """
    place = _path(0).parent
    before = time.time() - ORPHANED
    old = [path for path in place.iterdir() if _written_at(path) < before] if place.is_dir() else []
    found = 0
    for start in range(0, len(old), 500):
        some = old[start : start + 500]
        kept = _rows([int(path.name) for path in some if path.name.isdecimal()])
        for path in some:
            if not (path.name.isdecimal() and int(path.name) in kept):
                path.unlink(missing_ok=True)
                found += 1
    return found


@cache
def _owners() -> dict[str, type[Model]]:
    """The models whose rows have a file, by what it is bound to: known when Django is, whichever house is asked first."""
    return {model.file_bound_to: model for model in apps.get_models() if hasattr(model, "file_bound_to")}


def _rows(numbers: list[int]) -> set[int]:
    """Which of `numbers` are rows, of any model that has files."""
    return {
        key
        for model in _owners().values()
        for key in model._base_manager.filter(pk__in=numbers).values_list("pk", flat=True)
    }


def _written_at(path: Path) -> float:
    """When; now for what has just gone or become something else."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _path(number: int) -> Path:
    home: Path = settings.HOME
    return home / "files" / str(int(number))


# --- out -------------------------------------------------------------------------------------------------------------


def clean_title(name: str, most: int = 80) -> str:
    """A file's own name as a title: without folders, ending, control characters and what turns the writing round."""
    last = re.split(r"[/\\]", name)[-1]
    stem = last.rsplit(".", 1)[0] if re.search(r"\.\w{1,5}$", last) else last
    words = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in stem)
    return " ".join(words.split()).strip(". ")[:most]


def attach(content: bytes, kind: Kind, title: str) -> HttpResponse:
    """A download: never shown in the page's own origin, never taken for another type, kept by no cache."""
    return _out(content, kind, title, as_download=True)


def show(content: bytes, kind: Kind, title: str) -> HttpResponse:
    """A picture that was cleaned (core/pictures.py), shown on our own pages; anything else is a download."""
    return _out(content, kind, title, as_download=kind.code != "jpeg")


def _out(content: bytes, kind: Kind, title: str, *, as_download: bool) -> HttpResponse:
    response = HttpResponse(content, content_type=kind.media)
    name = (re.sub(r'[\\/:*?"<>|]', "_", clean_title(title + ".x")) or "file") + kind.ending
    response["Content-Disposition"] = content_disposition_header(as_download, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
