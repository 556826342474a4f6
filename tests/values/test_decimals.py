"""Exact numbers: what is read and what is refused."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput, Problem
from ordersales.values.decimals import exact

pytestmark = pytest.mark.rule("B1")

ALLOWED = (
    "a number as text, int or Decimal, with a point and without blanks or separators: '1234.50'"
)
NOT_A_FLOAT = (
    "a number as text, int or Decimal: a float is not exact (0.1 + 0.2 is 0.30000000000000004), "
    "so write '12.34' in quotes"
)
TOO_LONG = "a number with at most 100 digits before and after the point"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("12.50", "12.50"),
        ("-0.01", "-0.01"),
        ("+7", "7"),
        ("007.10", "7.10"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1E+3"),
        ("12E-1", "1.2"),
        ("1.5E+2", "1.5E+2"),
        (-3, "-3"),
        (Decimal("1.230"), "1.230"),
        ("9" * 100, "9" * 100),
        ("1e99", "1E+99"),
        ("1e-100", "1E-100"),
        ("-" + "9" * 100 + "." + "9" * 100, "-" + "9" * 100 + "." + "9" * 100),
        ("-" + "9" * 100 + "." + "9" * 100 + "e+000000", "-" + "9" * 100 + "." + "9" * 100),
    ],
)
def test_read(given: object, expected: str) -> None:
    """Plain and scientific numbers are read digit for digit."""
    assert expected == str(exact(given, "amount"))


@pytest.mark.parametrize(
    "given",
    [
        *["", " ", "1 ", " 1", "1\n", "1 000", "1_000", "1,5", "1.000,00", "1'000", "€1", "1 EUR"],
        *["NaN", "sNaN", "nan", "Infinity", "-inf", "0x10", "--1", "+-1", ".", "-", "e5", "1e"],
        *["1.2.3", "1e1.5", "1e1234567", "١٢", "\uff11\uff12", "½"],
        *[Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")],
        *[True, False, None, b"1", (1,), 1j],
        "0" * 211,
    ],
    ids=repr,
)
def test_malformed(given: object) -> None:
    """Anything that is no plain number is refused, and the error shows how to write one."""
    with pytest.raises(InvalidInput) as caught:
        exact(given, "price")

    assert (Problem.of("price", given, ALLOWED),) == caught.value.problems


class Money32(float):
    """A float by another name, as numeric packages have."""


@pytest.mark.parametrize("given", [12.34, 0.0, float("nan"), float("inf"), Money32(1)], ids=repr)
def test_float(given: float) -> None:
    """A float is refused, and the error says why and what to write."""
    with pytest.raises(InvalidInput) as caught:
        exact(given, "price")

    assert (Problem.of("price", given, NOT_A_FLOAT),) == caught.value.problems


@pytest.mark.parametrize(
    "given",
    [
        *["1e100", "-1e100", "1e999999", "1e-101", "1e-999999", "0e-101", "1" * 101],
        *[10**100, Decimal("1e999999999"), Decimal("1e-999999999")],
    ],
    ids=lambda given: repr(given)[:30],
)
def test_too_long(given: object) -> None:
    """A number too large or too fine to be an amount is refused before it is written out."""
    with pytest.raises(InvalidInput) as caught:
        exact(given, "price")

    problem = caught.value.problems[0]
    assert ("price", TOO_LONG) == (problem.field, problem.allowed)
    assert repr(Decimal(str(given)))[:77] == problem.given.removesuffix("...")[:77]


def test_longest_text() -> None:
    """Text of 210 characters is still read."""
    assert Decimal(0) == exact("0" * 210, "amount")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**30)))
def test_text_and_decimal_agree(number: Decimal) -> None:
    """A decimal and its text give the same number, whatever the host's decimal context."""
    with localcontext() as context:
        context.prec = 3

        assert number == exact(str(number), "amount")
        assert number is exact(number, "amount")
