"""Poster sheets (码上办海报) as PDF: A4, one a page; A5, two on a page of A4 lying, to be cut in the middle."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import segno

from jiequ.core.typesetting import typeset

TEMPLATE = Path(__file__).with_name("posters.typ")
MOST = 600  # posters a file: about two seconds' work
MASK = 0
Paper = Literal["a4", "a5"]


@dataclass(frozen=True)
class Poster:
    """What one sheet says. `address` is where its code leads; `place` is the large name, `above` the small one over it."""

    above: str
    place: str
    code: str
    address: str
    qr: str  # an SVG


def poster_of(above: str, place: str, code: str, address: str) -> Poster:
    """A sheet with its code drawn: a quarter of it may be dirty or torn and it still reads (level Q).

    The mask is given: to try all eight for the fairest pattern takes seven times as long, and any of them reads.
    """
    drawn = segno.make(address, error="q", micro=False, boost_error=False, mask=MASK)
    svg = io.BytesIO()
    drawn.save(svg, kind="svg", xmldecl=False, omitsize=True, border=4, light="#fff", svgclass=None, lineclass=None)
    return Poster(above, place, f"{code[:4]} {code[4:]}".strip(), address, svg.getvalue().decode())


def as_pdf(posters: Sequence[Poster], *, paper: Paper, printed: date) -> bytes:
    """The file. NoFont where it could not be read."""
    day = f"{printed.year}年{printed.month}月{printed.day}日"
    return typeset(TEMPLATE, paper=paper, posters=[asdict(poster) for poster in posters], printed=day)
