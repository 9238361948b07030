"""Majorities and quorums at their boundaries, against an oracle that counts in exact fractions."""

from fractions import Fraction as Exact

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiequ.council.models.councils import Fraction


@given(
    st.integers(1, 12).flatmap(lambda den: st.tuples(st.integers(1, den), st.just(den))),
    st.booleans(),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_a_fraction_is_met_exactly_when_arithmetic_says_so(parts, strict, part, base):
    num, den = parts
    share = Exact(part, base) if base else Exact(0)
    oracle = part > 0 and base > 0 and (share > Exact(num, den) if strict else share >= Exact(num, den))
    assert Fraction(num, den, strict).met(part, base) is oracle


@pytest.mark.parametrize(
    ("num", "den", "strict", "base", "needed"),
    [
        (2, 3, False, 9, 6),
        (2, 3, True, 9, 7),
        (2, 3, False, 10, 7),
        (1, 2, True, 8, 5),
        (1, 2, True, 7, 4),
        (3, 4, False, 8, 6),
        (3, 4, True, 8, 7),
        (4, 5, False, 10, 8),
        (4, 5, True, 10, 9),
        (1, 2, True, 1, 1),
    ],
)
def test_the_boundary_cases_of_the_rules(num, den, strict, base, needed):
    assert Fraction(num, den, strict).needed(base) == needed


def test_nobody_in_the_room_is_never_enough():
    assert not Fraction(1, 2, False).met(0, 0)
