"""Keys: never given twice by one process, growing, and not to be guessed one after the other."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from jiequ.core import ids


def test_as_many_as_a_long_list_needs_are_all_different_and_in_order() -> None:
    keys = [ids.new_id() for _ in range(200_000)]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys)
    assert keys[0] > 0 and keys[-1] < 1 << 63


def test_threads_get_different_ones() -> None:
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda _n: [ids.new_id() for _ in range(5_000)], range(8)))
    assert len({key for part in parts for key in part}) == 40_000


def test_a_clock_that_is_put_back_gives_no_key_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ids.new_id()
    monkeypatch.setattr("time.time", lambda: 1_600_000_000.0)
    after = [ids.new_id() for _ in range(100)]
    assert after == sorted(set(after)) and after[0] > before


def test_the_next_one_of_a_millisecond_is_no_plus_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_600_000_000.0)
    keys = [ids.new_id() for _ in range(200)]
    assert len({b - a for a, b in itertools.pairwise(keys)}) > 50
