"""Largest remainder."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.values.apportion import apportion, on_common_denominator

pytestmark = pytest.mark.rule("P1")


@pytest.mark.parametrize(
    ("numerators", "denominator", "total", "expected"),
    [
        ([], 1, 0, []),
        ([7], 7, 1, [1]),
        ([1, 1, 1], 3, 1, [1, 0, 0]),
        ([2, 2, 2], 3, 2, [1, 1, 0]),
        ([1, 4, 1], 3, 2, [1, 1, 0]),
        ([1, 2, 3], 3, 2, [0, 1, 1]),
        ([5, 7], 5, 3, [1, 2]),
        ([5, 7], 5, 2, [1, 1]),
        ([0, 10, 0], 4, 3, [0, 3, 0]),
    ],
    ids=["none", "one", "thirds", "two-thirds", "tie", "largest", "up", "down", "zeros"],
)
def test_table(numerators: list[int], denominator: int, total: int, expected: list[int]) -> None:
    """The largest remainders are rounded up, of equal ones the earlier."""
    assert expected == apportion(numerators, denominator, total)


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=12),
    st.integers(1, 1000),
    st.sampled_from([0, 1]),
)
def test_parts_are_rounded(numerators: list[int], denominator: int, up: int) -> None:
    """Every part is its quotient rounded down or up, and together they make the total."""
    whole, rest = divmod(sum(numerators), denominator)
    total = whole + (up if rest else 0)

    parts = apportion(numerators, denominator, total)

    assert total == sum(parts)
    for numerator, part in zip(numerators, parts, strict=True):
        assert part in (numerator // denominator, -(-numerator // denominator))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.integers(1, 1000))
def test_largest_remainders_first(numerators: list[int], denominator: int) -> None:
    """No part that was rounded up lost less than one rounded down, nor came later at a tie."""
    parts = apportion(numerators, denominator, sum(numerators) // denominator)

    raised = [
        (-(numerator % denominator), at)
        for at, (numerator, part) in enumerate(zip(numerators, parts, strict=True))
        if part > numerator // denominator
    ]
    left = [
        (-(numerator % denominator), at)
        for at, (numerator, part) in enumerate(zip(numerators, parts, strict=True))
        if part == numerator // denominator
    ]
    assert not raised or not left or max(raised) < min(left)


@given(st.lists(st.fractions() | st.integers(), max_size=8))
def test_common_denominator(numbers: list[Fraction | int]) -> None:
    """The numerators over the common denominator are the numbers."""
    numerators, common = on_common_denominator(numbers)

    assert numbers == [Fraction(numerator, common) for numerator in numerators]


def test_least_common_denominator() -> None:
    """The denominator is the least one, and 1 for whole numbers or none."""
    assert ([3, 10], 12) == on_common_denominator([Fraction(1, 4), Fraction(5, 6)])
    assert ([2, 3], 1) == on_common_denominator([2, 3])
    assert ([], 1) == on_common_denominator([])
