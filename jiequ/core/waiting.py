"""Photos of a form that came back: kept for an hour, so that nobody chooses them a second time.

A browser empties its file fields when a page is drawn anew, and without scripts nothing brings them back. So the cleaned
photos of a form that could not be taken wait here. They lie as files (core/files.py) and not in the cache: several processes
serve one site and each has a cache of its own, and a cache would keep them in the clear. Each is encrypted, bound to a number
that nothing points to; the form carries the numbers, signed and dated. After an hour the signature is refused, after a day the
tick sweeps the files as it does all that are no row's.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from django.core.signing import BadSignature, TimestampSigner

from jiequ.core import files
from jiequ.core.ids import new_id
from jiequ.core.pictures import Picture

HOUR = 3600  # seconds of real time
BOUND_TO = "core.waiting"
MOST = 6
_signer = TimestampSigner(salt=BOUND_TO)
_sides = struct.Struct(">II")


def set_aside(pictures: Sequence[Picture]) -> str:
    """Keep `pictures` for an hour; returns what a hidden field carries, "" for none."""
    numbers = []
    for picture in pictures[:MOST]:
        number = new_id()
        files.keep(number, _sides.pack(picture.width, picture.height) + picture.content, BOUND_TO, for_a_day=True)
        numbers.append(str(number))
    return _signer.sign("-".join(numbers)) if numbers else ""


def take_up(key: str) -> list[Picture]:
    """The pictures of a key, again and again within the hour; none for a key that is not ours, or is older."""
    try:
        numbers = _signer.unsign(key, max_age=HOUR).split("-") if key else []
    except BadSignature:
        return []
    found = []
    for number in numbers:
        try:
            kept = files.fetch(int(number), BOUND_TO)
        except (OSError, ValueError):
            continue
        width, height = _sides.unpack_from(kept)
        found.append(Picture(kept[_sides.size :], width, height))
    return found
