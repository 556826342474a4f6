"""Largest remainder: round many numbers so that they still add up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm


def apportion(numerators: Sequence[int], denominator: int, total: int) -> list[int]:
    """Round each ``numerator / denominator`` down or up so that together they make `total`.

    Every part is first rounded down; what is then missing goes, one unit each, to the parts
    that lost most, of equal ones to the earlier (rule P1). The numerators are not negative and
    `total` is their exact sum over `denominator`, rounded down or up.

    >>> apportion([1, 1, 1], 3, 1)
    [1, 0, 0]
    """
    parts = [numerator // denominator for numerator in numerators]
    # The sort is stable, so that of equal remainders the earlier stays in front.
    by_remainder = sorted(range(len(parts)), key=lambda at: -(numerators[at] % denominator))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return parts


def on_common_denominator(numbers: Sequence[int | Fraction]) -> tuple[list[int], int]:
    """Return the numerators of `numbers` over their least common denominator, and that.

    >>> on_common_denominator([Fraction(1, 2), Fraction(1, 3), 1])
    ([3, 2, 6], 6)
    """
    common = lcm(*(number.denominator for number in numbers))
    return [number.numerator * (common // number.denominator) for number in numbers], common
