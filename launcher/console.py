"""What the commands say: one line a step, with its seconds; errors on stderr.

Steps run side by side, so lines pass one lock; while a step draws on the terminal itself (the demo's progress bar),
the others' lines wait.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.RLock()
_waiting: list[str] | None = None
_began = time.monotonic()
WIDTH = 62


def line(text: str = "") -> None:
    with _lock:
        if _waiting is None:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        else:
            _waiting.append(text)


def step(name: str, result: str, seconds: float | None = None) -> None:
    """One step: what it is about, what was done, how long it took."""
    took = "" if seconds is None else f"{seconds:6.1f} s"
    line(f"  {name:<13}{result:<{WIDTH - 15}}{took}".rstrip())


def heading(text: str) -> None:
    line(f"\n== {text} " + "=" * max(0, WIDTH + 6 - len(text)))


def error(text: str) -> None:
    with _lock:
        sys.stdout.flush()
        sys.stderr.write(text.rstrip() + "\n")
        sys.stderr.flush()


def elapsed() -> float:
    """Seconds since the command began."""
    return time.monotonic() - _began


@contextmanager
def timed(name: str, result: str) -> Iterator[None]:
    """Say `result` with its seconds when the body has ended well."""
    began = time.monotonic()
    yield
    step(name, result, time.monotonic() - began)


@contextmanager
def terminal() -> Iterator[None]:
    """The body draws on the terminal itself; hold the other steps' lines until it is through."""
    global _waiting
    with _lock:
        sys.stdout.flush()
        _waiting = []
    try:
        yield
    finally:
        with _lock:
            held, _waiting = _waiting or [], None
            for text in held:
                line(text)
