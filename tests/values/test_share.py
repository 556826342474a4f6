"""Shares: exact inside, adding up where shown."""

from __future__ import annotations

import pickle
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput, Problem
from ordersales.values.money import Money
from ordersales.values.share import Share, shown_parts, shown_shares

pytestmark = pytest.mark.rule("I4")

positive = st.integers(1, 10**9)
fractions = st.fractions(0, 3, max_denominator=10**6)


def eur(amount: str) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


@pytest.mark.parametrize(
    ("part", "whole", "fraction", "shown"),
    [
        ("0", "9.99", Fraction(0), "0.00 %"),
        ("3.33", "9.99", Fraction(1, 3), "33.33 %"),
        ("6.66", "9.99", Fraction(2, 3), "66.67 %"),
        ("9.99", "9.99", Fraction(1), "100.00 %"),
        ("20", "10", Fraction(2), "200.00 %"),
        ("0.01", "1000000", Fraction(1, 10**8), "0.00 %"),
        ("0.01", "0.01", Fraction(1), "100.00 %"),
    ],
)
def test_of(part: str, whole: str, fraction: Fraction, shown: str) -> None:
    """A share is the exact part, shown with two decimals; it may exceed the whole."""
    share = Share.of(eur(part), eur(whole))

    assert fraction == share.fraction
    assert shown == str(share)
    assert Decimal(shown.removesuffix(" %")) == share.percent_shown


@pytest.mark.parametrize(
    ("hundredths", "shown"),
    [
        (Fraction(5, 10), "0.00"),
        (Fraction(15, 10), "0.02"),
        (Fraction(25, 10), "0.02"),
        (Fraction(26, 10), "0.03"),
        (Fraction(12345, 1), "123.45"),
    ],
    ids=str,
)
def test_shown_half_even(hundredths: Fraction, shown: str) -> None:
    """Halves are rounded to the even neighbour; decimals stay two."""
    assert shown == str(Share(hundredths / 10_000).percent_shown)


@pytest.mark.parametrize(
    ("percent", "fraction"),
    [
        ("12.5", Fraction(1, 8)),
        ("0", Fraction(0)),
        (100, Fraction(1)),
        (250, Fraction(5, 2)),
        (Decimal("0.01"), Fraction(1, 10_000)),
        (Fraction(100, 3), Fraction(1, 3)),
    ],
)
def test_percent(percent: str | int | Decimal | Fraction, fraction: Fraction) -> None:
    """A percentage is read exactly."""
    assert Share(fraction) == Share.percent(percent)


@pytest.mark.rule("B1")
@pytest.mark.parametrize("percent", ["-0.01", -1, Fraction(-1, 2), Decimal("-1.5")], ids=repr)
def test_negative_percent(percent: str) -> None:
    """A negative percentage is refused."""
    with pytest.raises(InvalidInput) as caught:
        Share.percent(percent)

    expected = Problem("percent", repr(percent), "a percentage, not negative")
    assert (expected,) == caught.value.problems


@pytest.mark.rule("B1")
@pytest.mark.parametrize("percent", [12.5, True, "12,5", "10 %", None, "1e999999"], ids=repr)
def test_malformed_percent(percent: str) -> None:
    """A float, a bool, or text that is no number is refused."""
    with pytest.raises(InvalidInput) as caught:
        Share.percent(percent)

    assert ["percent"] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
@pytest.mark.parametrize("fraction", [Fraction(-1, 100), 0.5, 1, "1/2", None], ids=repr)
def test_malformed_fraction(fraction: Fraction) -> None:
    """The exact part is a Fraction that is not negative."""
    with pytest.raises(InvalidInput) as caught:
        Share(fraction)

    expected = Problem("fraction", repr(fraction), "a Fraction, not negative")
    assert (expected,) == caught.value.problems


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (eur("-0.01"), eur("1"), [("part", "money of at least 0.00 EUR")]),
        (eur("0"), eur("0"), [("whole", "money of at least 0.01 EUR")]),
        (
            "1",
            eur("-1"),
            [
                ("part", "a Money, as Money.of('12.34', 'EUR') gives"),
                ("whole", "money of at least 0.01 EUR"),
            ],
        ),
        (Money.of(1, "USD"), eur("1"), [("part", "money in EUR")]),
    ],
    ids=["negative", "of-nothing", "both", "currencies"],
)
def test_no_share(part: Any, whole: Money, expected: list[tuple[str, str]]) -> None:
    """A negative part, a whole of nothing and two currencies have no share."""
    with pytest.raises(InvalidInput) as caught:
        Share.of(part, whole)

    assert expected == [(problem.field, problem.allowed) for problem in caught.value.problems]


def test_order_and_equality() -> None:
    """Shares compare by their exact parts, and survive pickling."""
    third = Share(Fraction(1, 3))

    assert Share.percent("33.33") < third < Share.percent("33.34")
    assert third == Share.of(eur("1"), eur("3"))
    assert third == pickle.loads(pickle.dumps(third))


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("percent", "price", "expected"),
    [
        (10, eur("9.99"), eur("1.00")),
        (10, eur("9.90"), eur("0.99")),
        (0, eur("9.99"), eur("0")),
        (100, eur("9.99"), eur("9.99")),
        ("0.01", eur("0.01"), eur("0.01")),
        (30, Money.of(101, "JPY"), Money.of(31, "JPY")),
        (30, Money.of("0.101", "KWD"), Money.of("0.031", "KWD")),
        (30, eur("0"), eur("0")),
        (150, eur("0.01"), eur("0.02")),
    ],
)
def test_least_amount(percent: str | int, price: Money, expected: Money) -> None:
    """The least amount is the share of the price, rounded up to a minor unit."""
    assert expected == Share.percent(percent).least_amount_of(price)


@pytest.mark.rule("B1")
def test_least_amount_of_a_negative_price() -> None:
    """A negative price has no least amount."""
    with pytest.raises(InvalidInput) as caught:
        Share.percent(10).least_amount_of(eur("-1"))

    expected = Problem("price", "Money.of('-1.00', 'EUR')", "money of at least 0.00 EUR")
    assert (expected,) == caught.value.problems


@pytest.mark.rule("P1")
@given(fractions, st.integers(0, 10**12))
def test_least_amount_is_least(fraction: Fraction, minor: int) -> None:
    """The least amount is enough, and one minor unit less is not."""
    price = Money(minor, eur("0").currency)

    least = Share(fraction).least_amount_of(price)

    assert least.minor >= fraction * minor
    assert least.minor - 1 < fraction * minor


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], []),
        ([Fraction(1)], ["100.00"]),
        ([Fraction(1, 3)] * 3, ["33.34", "33.33", "33.33"]),
        ([Fraction(1, 3)] * 2, ["33.34", "33.33"]),
        ([Fraction(1, 3)], ["33.33"]),
        ([Fraction(2, 3), Fraction(1, 3)], ["66.67", "33.33"]),
        ([Fraction(1, 6)] * 6, ["16.67"] * 4 + ["16.66"] * 2),
        ([Fraction(0), Fraction(1, 7), Fraction(6, 7)], ["0.00", "14.29", "85.71"]),
        ([Fraction(1, 40_000)] * 2, ["0.00", "0.00"]),
        ([Fraction(1, 40_000)] * 6, ["0.01", "0.01", "0.00", "0.00", "0.00", "0.00"]),
        ([Fraction(3, 2), Fraction(1, 2)], ["150.00", "50.00"]),
    ],
)
def test_shown_shares(parts: list[Fraction], expected: list[str]) -> None:
    """Shares side by side are rounded so that they add up to the rounded total."""
    assert expected == [str(shown) for shown in shown_shares([Share(part) for part in parts])]


@given(st.lists(positive, min_size=1, max_size=30))
def test_parts_of_a_whole_add_up_to_100(amounts: list[int]) -> None:
    """Whatever a paid order was paid in, the shown shares add up to 100.00."""
    parts = [Money(amount, eur("0").currency) for amount in amounts]
    price = Money.total(parts, "EUR")

    shown = shown_shares([Share.of(part, price) for part in parts])

    assert "100.00" == str(sum(shown))


@given(st.lists(fractions, max_size=30))
def test_parts_add_up_to_the_rounded_total(parts: list[Fraction]) -> None:
    """Shown shares add up to their rounded total, each off by less than a hundredth percent."""
    shown = shown_shares([Share(part) for part in parts])

    assert Share(sum(parts, Fraction(0))).percent_shown == sum(shown)
    for part, percent in zip(parts, shown, strict=True):
        assert abs(Fraction(percent) - part * 100) < Fraction(1, 100)


def test_shown_in_any_context() -> None:
    """A host's decimal context does not change what is shown."""
    with localcontext() as context:
        context.prec = 1

        assert "33.33 %" == str(Share(Fraction(1, 3)))
        assert ("66.67", "33.33") == tuple(
            map(str, shown_shares([Share(Fraction(2, 3)), Share(Fraction(1, 3))]))
        )


@given(parts=st.lists(st.integers(0, 10**12), max_size=8))
def test_parts_of_their_sum_are_shown_as_shares_are(parts: list[int]) -> None:
    """Whole numbers are shown as the shares that they are of their sum; nothing has no shares."""
    whole = sum(parts)
    shares = [Share(Fraction(part, whole)) for part in parts] if whole else []
    expected = shown_shares(shares) if shares else ()
    assert expected == shown_parts(parts)
