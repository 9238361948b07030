"""Keys that exist before the row does.

Encrypted fields are bound to their row (see personal.py), so the row's key must be known before it is written.
A key is the millisecond since 2020 and 21 random bits: it sorts by time, fits a signed 64-bit column and tells nothing. Keys of
one process grow: of a hundred thousand rows that are made at once, two would else meet.
"""

from __future__ import annotations

import random
import threading
import time

#: The demo puts a seeded source here while it replays, so that two replays make the same rows.
source: random.Random = random.SystemRandom()
_EPOCH = 1_577_836_800_000
_STEP = 8  # random bits between a key and the next of the same millisecond: a guess at the next one mostly fails
_taking = threading.Lock()
_last = 0


def new_id() -> int:
    """A key that this process has not given before, and that no other gives but for one in two million of the same millisecond."""
    global _last
    made = ((int(time.time() * 1000) - _EPOCH) << 21) | source.getrandbits(21)
    with _taking:
        _last = made if made > _last else _last + 1 + source.getrandbits(_STEP)
        return _last
