"""Keys that exist before the row does.

Encrypted fields are bound to their row (see personal.py), so the row's key must be known before it is written.
A key is the millisecond since 2020 and 21 random bits: it sorts by time, fits a signed 64-bit column and tells nothing.
"""

from __future__ import annotations

import random
import time

#: The demo puts a seeded source here while it replays, so that two replays make the same rows.
source: random.Random = random.SystemRandom()
_EPOCH = 1_577_836_800_000


def new_id() -> int:
    milliseconds = int(time.time() * 1000) - _EPOCH
    return (milliseconds << 21) | source.getrandbits(21)
