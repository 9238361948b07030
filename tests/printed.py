"""What a PDF of ours says, as another program reads it, and where its codes lead, as a phone that sees the page reads them."""

from __future__ import annotations

import re

import zxingcpp
from pypdfium2 import PdfDocument

PHOTO = 2  # times 72 dots an inch: what a phone sees of a sheet from two steps away


def sheets(file: bytes) -> list[str]:
    """The words of each page, without spaces: where a reader puts them is its own matter."""
    return [re.sub(r"[\s\ufffe]", "", page.get_textpage().get_text_bounded()) for page in PdfDocument(file)]


def words(file: bytes) -> str:
    """All pages' words in one."""
    return "".join(sheets(file))


def codes(file: bytes) -> list[list[str]]:
    """What the QR codes of each page say, from left to right."""
    seen = [zxingcpp.read_barcodes(page.render(scale=PHOTO).to_pil().convert("L")) for page in PdfDocument(file)]
    return [[code.text for code in sorted(found, key=lambda code: code.position.top_left.x)] for found in seen]
