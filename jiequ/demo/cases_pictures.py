"""Drawn photos for some requests: simple shapes, nobody and no place to be recognised. Cleaned like anybody's upload."""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

from jiequ.core.pictures import Picture, read_picture

SIZE = (960, 720)
Draw = ImageDraw.ImageDraw


def pictures() -> dict[str, Picture]:
    """One picture a topic that has one."""
    return {key: _picture(draw) for key, draw in DRAWINGS.items()}


def _picture(draw: Callable[[Draw], None]) -> Picture:
    image = Image.new("RGB", SIZE, (90, 92, 98))
    draw(ImageDraw.Draw(image))
    held = io.BytesIO()
    image.save(held, "JPEG", quality=82)
    return read_picture(held.getvalue())


def _stairway(draw: Draw) -> None:
    draw.rectangle((0, 0, *SIZE), fill=(28, 29, 36))
    for n in range(9):
        top = 690 - n * 58
        draw.polygon([(180 + n * 30, top), (780 - n * 30, top), (780 - n * 30, top - 30), (180 + n * 30, top - 30)],
                     fill=(52 - n * 2, 52 - n * 2, 60 - n * 2))  # fmt: skip
    draw.line((480, 0, 480, 70), fill=(70, 70, 76), width=5)
    draw.ellipse((440, 68, 520, 150), fill=(64, 63, 58), outline=(96, 95, 90), width=4)


def _bags(draw: Draw) -> None:
    dice = Random("bags")
    draw.rectangle((0, 0, SIZE[0], 430), fill=(168, 162, 150))
    draw.rectangle((0, 430, *SIZE), fill=(112, 110, 106))
    for _ in range(26):
        x, y, r = dice.randrange(150, 780), dice.randrange(330, 600), dice.randrange(46, 92)
        shade = dice.choice([(32, 34, 38), (46, 60, 52), (150, 60, 54), (60, 84, 120)])
        draw.ellipse((x - r, y - r, x + r, y + r), fill=shade, outline=(20, 20, 22), width=3)
        draw.polygon([(x - 14, y - r), (x + 14, y - r), (x, y - r - 26)], fill=shade)


def _puddle(draw: Draw) -> None:
    draw.rectangle((0, 0, SIZE[0], 300), fill=(150, 158, 168))
    draw.rectangle((0, 300, *SIZE), fill=(104, 102, 98))
    for n, shade in enumerate([(96, 112, 124), (116, 134, 148), (140, 158, 172)]):
        draw.ellipse((80 + n * 70, 380 + n * 40, 880 - n * 70, 690 - n * 40), fill=shade)
    draw.rectangle((430, 470, 540, 540), outline=(40, 40, 42), width=6)


def _hole(draw: Draw) -> None:
    draw.rectangle((0, 0, *SIZE), fill=(96, 96, 98))
    draw.rectangle((450, 0, 500, 250), fill=(214, 210, 196))
    draw.polygon([(250, 420), (380, 330), (590, 340), (720, 450), (600, 580), (380, 590)], fill=(48, 46, 44))
    draw.polygon([(310, 440), (410, 380), (560, 390), (650, 460), (560, 540), (400, 545)], fill=(30, 28, 27))


DRAWINGS: dict[str, Callable[[Draw], None]] = {
    "stair_light": _stairway,
    "garbage": _bags,
    "flood": _puddle,
    "pothole": _hole,
}
