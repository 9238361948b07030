"""A share in whole percent says "all" only of all."""

import pytest

from jiequ.core.measures import percent


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, None), (0, 9, 0), (9, 9, 100), (2, 3, 67), (1457, 1463, 99), (1, 300, 1), (995, 1000, 99)],
)
def test_all_is_said_only_of_all_and_nothing_only_of_nothing(part, whole, shown):
    assert percent(part, whole) == shown
