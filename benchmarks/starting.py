"""Starts the web processes and ends when the front page has answered once: what a restart waits for."""

from __future__ import annotations

import django

if __name__ == "__main__":
    django.setup()
    from benchmarks.client import Request, again_and_again, measure
    from benchmarks.server import serving

    with serving() as served:
        measure(served, [again_and_again(Request("/"))], most=1, seconds=30)
