"""Papers as PDF, by typst. The words go in as data, so nothing a person typed is ever read as markup."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from jiequ.core import clock

#: Faces in the order in which they are wished for, by the names fonts give themselves. What is not there is not asked for.
SONG = ("Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "SimSun", "STSong", "AR PL UMing CN")
SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei", "WenQuanYi Zen Hei", "PingFang SC")
FANG = ("FangSong_GB2312", "FZFangSong-Z02S", "FZFangSong-Z02", "FangSong", "STFangsong", *SONG, *SANS)
KAI = ("KaiTi_GB2312", "FZKai-Z03S", "FZKai-Z03", "KaiTi", "STKaiti", "AR PL UKai CN", *SONG, *SANS)
HEI = ("SimHei", "FZHei-B01S", "FZHei-B01", "STHeiti", *SANS, *SONG)

_one_at_a_time = threading.Lock()  # a compiler belongs to nobody in particular


class NoFont(Exception):
    """This machine has no font with Chinese characters: a PDF would show boxes."""


@dataclass(frozen=True)
class Faces:
    body: tuple[str, ...]
    heading: tuple[str, ...]
    kai: tuple[str, ...]
    sans: tuple[str, ...]


def typeset(template: Path, **said: Any) -> bytes:
    """The PDF of a `.typ` file, which finds each of `said` as JSON in `sys.inputs`, and the faces beside them.

    NoFont where it could not be read.
    """
    faces = faces_here()
    said |= {"body": faces.body, "heading": faces.heading, "kai": faces.kai, "sans": faces.sans}
    inputs = {key: json.dumps(value, ensure_ascii=False) for key, value in said.items()}
    with _one_at_a_time:
        made = _compiler(template).compile(format="pdf", sys_inputs=inputs, timestamp=int(clock.now().timestamp()))
    assert isinstance(made, bytes)  # one document, not its pages
    return made


def font_folders() -> list[str]:
    """Where to look first: JIEQU_FONTS, folders parted as in PATH."""
    return [folder for folder in str(getattr(settings, "FONTS", "")).split(os.pathsep) if folder]


@cache
def faces_here() -> Faces:
    """The faces to set with: the setting's own fonts, then those this machine is known to have. Looked for once a process."""
    own = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=font_folders()).families()
    known = typst.Fonts(include_embedded_fonts=False, font_paths=font_folders()).families()
    named = {family.casefold(): family for family in known}

    def choose(wished: tuple[str, ...]) -> tuple[str, ...]:
        found = [named[face.casefold()] for face in wished if face.casefold() in named]
        wished_own = [face for face in found if face in own]
        return tuple(dict.fromkeys([*wished_own, *own, *found]))

    body = choose(FANG)
    if not body:
        raise NoFont
    return Faces(body, choose(HEI), choose(KAI), choose(SANS) or body)


@cache
def _compiler(template: Path) -> typst.Compiler:
    return typst.Compiler(str(template), root=str(template.parent), font_paths=font_folders())
