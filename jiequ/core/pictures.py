"""Photos that people send: read, turned upright, shrunk, and written anew. Nothing of the file itself is kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """A cleaned photo: JPEG bytes without any metadata, `width` × `height` pixels."""

    content: bytes
    width: int
    height: int
