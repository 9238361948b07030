"""Photos that people send: read, turned upright, shrunk, and written anew. Nothing of the file itself is kept.

What a file is, is known from its bytes. Its sides are read from its head before a pixel is decoded; then the pixels alone go
on, into a new JPEG without position, camera, time, thumbnail, colour profile, comment or whatever was hidden behind the end.
"""

from __future__ import annotations

import io
import logging
import struct
import threading
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image

from jiequ.core.permission import Refused
from jiequ.core.uploads import TooLarge

log = logging.getLogger("jiequ.core")

EACH = 15_000_000  # bytes of one photo; a phone's camera makes 2 to 8 million
SIDE = 1600  # pixels, the longest side of what is kept
SMALL = 320  # pixels, of a thumbnail
QUALITY = 82
PIXELS_BASELINE = 120_000_000  # what is decoded at a fraction of its size costs little: a JPEG as cameras write it
PIXELS = 30_000_000  # everything else is decoded whole, four bytes a pixel
SCANS = 40  # of one JPEG; each of them costs a pass over the picture
PATIENCE = 10.0  # seconds that a photo waits for its turn
QUEUE = 6  # photos at a time that are read or wait for it, of a process: its other threads are left for other pages
#: For a file input, which only helps to choose.
ACCEPT = "image/jpeg,image/png,image/webp"
#: For a view that takes photos (core/uploads.py): what is larger is refused unread; up to there the form says so.
BODY = 250_000_000  # bytes

Image.MAX_IMAGE_PIXELS = PIXELS_BASELINE
warnings.filterwarnings(
    "ignore", category=UserWarning, module=r"PIL\."
)  # what a camera wrote wrongly is dropped anyway
warnings.simplefilter("error", Image.DecompressionBombWarning)

#: One picture at a time in a process: decoding is work, and other pages must go on.
_turn = threading.BoundedSemaphore(1)
_queue = threading.BoundedSemaphore(QUEUE)
#: What a damaged or hostile file makes the decoder say.
_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, MemoryError, ArithmeticError, LookupError,
    TypeError, AttributeError, RuntimeError, UserWarning,
)  # fmt: skip
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_UPRIGHT = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Picture:
    """A cleaned photo: JPEG bytes without any metadata, `width` × `height` pixels."""

    content: bytes
    width: int
    height: int


class _No(Exception):
    """Why a file is not taken, to whoever brought it."""


def read_pictures(files: Sequence[UploadedFile], *, field: str = "photos", most: int = 6) -> list[Picture]:
    """The cleaned photos of `files`. Raises Refused, naming `field` and the photo by its place, if one cannot be taken.

    Call it before the transaction: decoding takes about 0.2 s a photo.
    """
    if len(files) > most:
        raise Refused(
            _("一次至多传 %(most)s 张照片，您选了 %(n)s 张。请去掉几张。") % {"most": most, "n": len(files)},
            field=field,
        )
    for place, file in enumerate(files, 1):  # by their sizes first: nothing is decoded of what is refused anyway
        if isinstance(file, TooLarge) or (file.size or 0) > EACH:
            words = _("第 %(n)s 张照片太大（每张至多 %(mb)s MB）。请换一张，或先在手机里压缩。")
            if (file.size or 0) <= EACH:
                words = _("照片加起来太大，第 %(n)s 张起没有收下。请少选几张，其余的可以提交后再补充。")
            raise Refused(words % {"n": place, "mb": EACH // 1_000_000}, field=field)
    found = []
    for place, file in enumerate(files, 1):
        file.seek(0)
        try:
            found.append(read_picture(file.read()))
        except _No as error:
            raise Refused(_("第 %(n)s 张照片：%(why)s") % {"n": place, "why": error}, field=field) from error
    return found


def read_picture(content: bytes, *, side: int = SIDE) -> Picture:
    """The cleaned photo of one file's bytes, its longest side at most `side` pixels."""
    kind = _kind(content)
    if zipfile.is_zipfile(io.BytesIO(content)) or b"%PDF-" in content[:1024]:
        raise _No(_("文件里夹带了别的内容。请直接用相机拍一张，或换一张。"))
    if kind == "JPEG" and content.count(b"\xff\xda") > SCANS:
        raise _No(_broken())
    if kind == "WEBP":
        _check_pixels(_webp_pixels(content), PIXELS)  # its decoder takes the memory when it is opened
    with _in_turn():
        try:
            return _written(_shrunk(content, kind, side))
        except _BOMB as error:
            raise _No(_many()) from error
        except _BROKEN as error:
            log.info("A photo could not be read: %s", type(error).__name__)
            raise _No(_broken()) from error


@contextmanager
def _in_turn() -> Iterator[None]:
    if not _queue.acquire(blocking=False):
        raise _No(_busy())
    try:
        if not _turn.acquire(timeout=PATIENCE):
            raise _No(_busy())
        try:
            yield
        finally:
            _turn.release()
    finally:
        _queue.release()


def _busy() -> str:
    return _("现在传照片的人多，请过一会儿再点提交。")


def thumbnail(content: bytes) -> bytes:
    """A small copy of a photo that was cleaned before, in a few milliseconds; Refused where too many wait."""
    try:
        return read_picture(content, side=SMALL).content
    except _No as error:
        raise Refused(str(error)) from error


def _kind(content: bytes) -> str:
    if not content:
        raise _No(_("这个文件是空的，请重新选一张。"))
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in {
        b"heic",
        b"heix",
        b"heim",
        b"heis",
        b"hevc",
        b"hevx",
        b"mif1",
        b"msf1",
    }:
        raise _No(
            _(
                "是 HEIC 格式，这里打不开。苹果手机请在“设置 → 相机 → 格式”里选“兼容性最佳”后重拍，或先截图再传；其他手机请关闭“高效图片格式”。"
            )
        )
    if content.startswith((b"GIF87a", b"GIF89a")):
        raise _No(_("是动图（GIF），不能收。请传照片，或截一张图。"))
    raise _No(_("不是照片。只收 JPG、PNG、WebP 图片。"))


def _broken() -> str:
    return _("打不开：文件不完整或已损坏。请重新选一次，或换一张。")


def _check_pixels(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise _No(_many())


def _many() -> str:
    return _("像素太高，处理不了。请在相机设置里关掉高像素（如 108MP）模式，或截一张图再传。")


def _webp_pixels(content: bytes) -> tuple[int, int]:
    """Width and height that a WebP declares, of each of its three forms."""
    try:
        name, body = content[12:16], content[20:30]
        if name == b"VP8X":
            return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
        if name == b"VP8L" and body[0] == 0x2F:
            bits = int.from_bytes(body[1:5], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        if name == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
            width, height = struct.unpack("<HH", body[6:10])
            return width & 0x3FFF, height & 0x3FFF
    except (struct.error, IndexError):
        pass
    raise _No(_broken())


def _shrunk(content: bytes, kind: str, side: int) -> Image.Image:
    """The first frame's pixels, upright, within `side`, as RGB on white."""
    with Image.open(io.BytesIO(content), formats=[kind]) as image:
        whole = kind != "JPEG" or bool(image.info.get("progressive"))
        _check_pixels(image.size, PIXELS if whole else PIXELS_BASELINE)
        turn = _orientation(image)
        image.draft("RGB", (side, side))  # a JPEG decodes at 1/2, 1/4 or 1/8
        image.load()
        found = _in_eight_bits(image)
        found.thumbnail((side, side), reducing_gap=2.0)
    found = _on_white(found)
    for how in _UPRIGHT.get(turn, ()):
        found = found.transpose(how)
    return found


def _orientation(image: Image.Image) -> int:
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
    except _BROKEN:  # a photo with broken notes is a photo
        return 1
    return turn if isinstance(turn, int) else 1


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """In a mode that can be made smaller: RGB, RGBA, L or LA."""
    if image.mode.startswith("I") or image.mode == "F":
        return image.convert("I").convert("F").point(lambda v: v * (1 / 257) + 0).convert("L")
    if image.mode in ("P", "PA", "RGBa", "La") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.copy() if image.mode in ("RGB", "RGBA", "L", "LA") else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """A new image with the pixels alone: nothing that the old one carried along."""
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image.convert("RGB"), mask=image.getchannel("A") if "A" in image.getbands() else None)
    return clean


def _written(image: Image.Image) -> Picture:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    content = out.getvalue()
    if not is_bare(content):
        raise RuntimeError("the encoder wrote more than a picture")
    return Picture(content, image.width, image.height)


def is_bare(content: bytes) -> bool:
    """True if these are JPEG bytes with nothing but what is needed to show them: no EXIF, XMP, IPTC, profile, comment or
    thumbnail, and nothing after the end."""
    if not content.startswith(b"\xff\xd8") or not content.endswith(b"\xff\xd9"):
        return False
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        mark, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if mark == 0xDA:
            return content.find(b"\xff\xd9", at) == len(content) - 2
        if mark == 0xE0:
            if length != 16 or content[at + 4 : at + 9] != b"JFIF\x00":
                return False
        elif mark not in (0xDB, 0xC0, 0xC1, 0xC4, 0xDD):
            return False
        at += 2 + length
    return False
