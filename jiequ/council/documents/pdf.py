"""The paper as PDF."""

from __future__ import annotations

from pathlib import Path

from jiequ.core.typesetting import typeset
from jiequ.council.documents.wording import Paper

TEMPLATE = Path(__file__).with_name("minutes.typ")


def as_pdf(paper: Paper) -> bytes:
    """The PDF. NoFont where it could not be read."""
    return typeset(TEMPLATE, paper={"title": paper.title, "parts": paper.parts})
