"""Money: making it, reading it, calculating with it."""

from __future__ import annotations

import operator
import pickle
import time
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest

from ordersales.errors import InvalidInput, Problem
from ordersales.values.currency import Currency, register_currency
from ordersales.values.money import MOST_MINOR, Money

EUR = Currency.of("EUR")
USD = Currency.of("USD")


def eur(amount: str) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


def other_currency(given: str, expected: str) -> tuple[Problem, ...]:
    """Return the problem of mixing two currencies."""
    allowed = f"{expected}, because amounts of two currencies are never added or compared"
    return (Problem("currency", repr(given), allowed),)


@pytest.mark.parametrize(
    ("amount", "code", "minor", "shown"),
    [
        ("12.34", "EUR", 1234, "12.34 EUR"),
        ("12.3400", "EUR", 1234, "12.34 EUR"),
        ("-0.05", "EUR", -5, "-0.05 EUR"),
        (12, "EUR", 1200, "12.00 EUR"),
        (Decimal("1E+3"), "EUR", 100_000, "1000.00 EUR"),
        ("0e50", "EUR", 0, "0.00 EUR"),
        ("500", "JPY", 500, "500 JPY"),
        ("-7", "JPY", -7, "-7 JPY"),
        ("1.234", "KWD", 1234, "1.234 KWD"),
        (1, "KWD", 1000, "1.000 KWD"),
        ("0.0001", "CLF", 1, "0.0001 CLF"),
        ("92233720368547758.07", "EUR", 2**63 - 1, "92233720368547758.07 EUR"),
        ("-92233720368547758.07", "EUR", -(2**63 - 1), "-92233720368547758.07 EUR"),
    ],
)
def test_of(amount: str | int | Decimal, code: str, minor: int, shown: str) -> None:
    """An amount is counted in minor units and shown with its currency's own decimals."""
    money = Money.of(amount, code)

    assert Money(minor, Currency.of(code)) == money
    assert money == Money.of(amount, Currency.of(code))
    assert shown == str(money)
    assert shown == f"{money.amount:f} {code}"
    assert -Currency.of(code).exponent == money.amount.as_tuple().exponent


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("amount", "code", "allowed"),
    [
        ("12.345", "EUR", "an amount with at most 2 decimals, as EUR has"),
        ("0.5", "JPY", "an amount with at most 0 decimals, as JPY has"),
        ("0.0001", "KWD", "an amount with at most 3 decimals, as KWD has"),
        ("1e-100", "CLF", "an amount with at most 4 decimals, as CLF has"),
        (
            "92233720368547758.08",
            "EUR",
            "an amount from -92233720368547758.07 EUR to 92233720368547758.07 EUR",
        ),
        (
            "-9223372036854775808",
            "JPY",
            "an amount from -9223372036854775807 JPY to 9223372036854775807 JPY",
        ),
    ],
)
def test_of_amount_the_currency_lacks(amount: str, code: str, allowed: str) -> None:
    """An amount finer than the currency, or beyond 64 bits, is refused and never rounded."""
    with pytest.raises(InvalidInput) as caught:
        Money.of(amount, code)

    assert (Problem("amount", repr(Decimal(amount)), allowed),) == caught.value.problems


@pytest.mark.rule("B1")
@pytest.mark.parametrize("amount", [1.5, True, None, "", "1,50", "NaN", Decimal("Infinity")])
def test_of_no_number(amount: str) -> None:
    """What is no exact number is refused under the name of the amount."""
    with pytest.raises(InvalidInput) as caught:
        Money.of(amount, "EUR")

    assert ["amount"] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
@pytest.mark.parametrize("amount", ["1e999999999", Decimal("1e999999999"), "9" * 10_000_000])
def test_of_absurd_size(amount: str) -> None:
    """An absurdly large number is refused at once, without being written out."""
    before = time.perf_counter()

    with pytest.raises(InvalidInput):
        Money.of(amount, "EUR")

    assert time.perf_counter() - before < 1


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "make", [lambda: Money.of(1, "???"), lambda: Money.zero("???"), lambda: Money.total([], "???")]
)
def test_unknown_currency(make: Callable[[], Money]) -> None:
    """An unknown currency is refused wherever money is made."""
    with pytest.raises(InvalidInput) as caught:
        make()

    assert ["currency"] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
@pytest.mark.parametrize("minor", [True, 1.0, "1", Decimal(1), None])
def test_minor_is_an_int(minor: int) -> None:
    """Minor units are an int; a bool or a float is refused, with the right way to write it."""
    with pytest.raises(InvalidInput) as caught:
        Money(minor, EUR)

    allowed = "an int, counting minor units; Money.of('12.34', 'EUR') takes whole units"
    assert (Problem("minor", repr(minor), allowed),) == caught.value.problems


@pytest.mark.rule("B1")
def test_currency_is_a_currency() -> None:
    """A code in place of a currency is refused, together with wrong minor units."""
    with pytest.raises(InvalidInput) as caught:
        Money(1, "EUR")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as both:
        Money("1", "EUR")  # type: ignore[arg-type]

    expected = Problem("currency", "'EUR'", "a Currency, as Currency.of('EUR') gives")
    assert (expected,) == caught.value.problems
    assert ["minor", "currency"] == [problem.field for problem in both.value.problems]
    assert expected == both.value.problems[1]


def test_amount_is_exact_in_any_context() -> None:
    """A host's decimal context changes neither what is read nor what is shown."""
    with localcontext() as context:
        context.prec = 2
        money = eur("123456789.01")

        assert Decimal("123456789.01") == money.amount
        assert "123456789.01 EUR" == str(money)


def test_tiny_amounts_are_written_out() -> None:
    """Amounts of many decimals are shown without an exponent."""
    register_currency("FINE", 18)

    assert "0.000000000000000001 FINE" == str(Money.of("1e-18", "FINE"))
    assert "Money.of('0.000000000000000001', 'FINE')" == repr(Money.of("1e-18", "FINE"))


def test_repr_makes_it_again() -> None:
    """The repr is the expression that makes an equal one."""
    assert "Money.of('-12.30', 'EUR')" == repr(eur("-12.3"))


@pytest.mark.parametrize(
    ("minor", "signs"),
    [
        (0, (True, False, False)),
        (1, (False, True, False)),
        (-1, (False, False, True)),
    ],
)
def test_sign(minor: int, signs: tuple[bool, bool, bool]) -> None:
    """Money is zero, positive or negative."""
    money = Money(minor, EUR)

    assert signs == (money.is_zero, money.is_positive, money.is_negative)
    assert signs[0] == (money == Money.zero("EUR"))


def test_arithmetic() -> None:
    """It adds, subtracts, negates, loses its sign, and is multiplied from either side."""
    assert eur("3.30") == eur("1.10") + eur("2.20")
    assert eur("-1.10") == eur("1.10") - eur("2.20")
    assert eur("-1.10") == -eur("1.10")
    assert eur("1.10") == abs(eur("-1.10"))
    assert eur("3.30") == eur("1.10") * 3
    assert eur("-3.30") == -3 * eur("1.10")


@pytest.mark.parametrize("times", [1.5, 2.0, Decimal(2), True, Fraction(1, 2), "2", eur("2")])
def test_multiplied_by_int_only(times: Any) -> None:
    """Anything but an int can't multiply money, from either side."""
    with pytest.raises(TypeError):
        operator.mul(eur("1"), times)
    with pytest.raises(TypeError):
        operator.mul(times, eur("1"))


@pytest.mark.parametrize("operate", [operator.add, operator.sub, operator.lt, operator.le])
@pytest.mark.parametrize("other", [0, 1.0, Decimal(1), "1.00 EUR", None])
def test_money_and_something_else(operate: Callable[[Any, Any], object], other: Any) -> None:
    """Money and what is no money neither add nor compare, in either order."""
    with pytest.raises(TypeError):
        operate(eur("1"), other)
    with pytest.raises(TypeError):
        operate(other, eur("1"))


def test_sum_is_refused() -> None:
    """Python's sum starts from the int 0, and so refuses money."""
    with pytest.raises(TypeError):
        sum([eur("1"), eur("2")])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("operate", "given", "expected"),
    [
        (operator.add, "USD", "EUR"),
        (operator.sub, "USD", "EUR"),
        (operator.lt, "USD", "EUR"),
        (operator.le, "USD", "EUR"),
        (operator.gt, "USD", "EUR"),
        (operator.ge, "USD", "EUR"),
    ],
)
def test_two_currencies(
    operate: Callable[[Money, Money], object], given: str, expected: str
) -> None:
    """Two currencies are never added or compared; the error names both."""
    with pytest.raises(InvalidInput) as caught:
        operate(Money.of(1, expected), Money.of(1, given))

    problem = caught.value.problems[0]
    assert {given, expected} == {problem.given.strip("'"), problem.allowed[:3]}
    assert "currency" == problem.field


def test_two_currencies_are_named_by_sides() -> None:
    """Adding names the second currency as given and the first as allowed."""
    with pytest.raises(InvalidInput) as caught:
        operator.add(eur("1"), Money.of(1, "USD"))

    assert other_currency("USD", "EUR") == caught.value.problems


@pytest.mark.parametrize(
    ("less", "more"),
    [("1.00", "1.01"), ("-1.01", "-1.00"), ("-0.01", "0.00")],
)
def test_order(less: str, more: str) -> None:
    """Amounts of one currency are ordered."""
    assert eur(less) < eur(more)
    assert not eur(more) < eur(less)
    assert eur(less) <= eur(more)
    assert not eur(more) <= eur(less)
    assert eur(more) > eur(less)
    assert not eur(less) > eur(more)
    assert eur(more) >= eur(less)
    assert not eur(less) >= eur(more)


def test_order_of_equal_amounts() -> None:
    """Equal amounts are at most and at least each other, and neither less nor more."""
    assert eur("1") <= eur("1.00")
    assert eur("1") >= eur("1.00")
    assert not eur("1") < eur("1.00")
    assert not eur("1") > eur("1.00")


def test_equality() -> None:
    """Equal amounts of one currency are equal and hash alike; of two currencies they differ."""
    assert eur("1.00") == eur("1")
    assert hash(eur("1.00")) == hash(eur("1"))
    assert eur("1") != Money.of(1, "USD")
    assert eur("1") not in (1, Decimal(1), "1.00 EUR", None)


def test_total() -> None:
    """A total adds all, and of none is zero."""
    assert eur("6.60") == Money.total(iter([eur("1.10"), eur("2.20"), eur("3.30")]), "EUR")
    assert Money.zero("JPY") == Money.total([], Currency.of("JPY"))


@pytest.mark.rule("B1")
def test_total_of_two_currencies() -> None:
    """A total of two currencies is refused; the error names both."""
    with pytest.raises(InvalidInput) as caught:
        Money.total([eur("1"), Money.of(1, "USD")], "EUR")

    assert other_currency("USD", "EUR") == caught.value.problems


def test_equal_currencies_that_are_two_objects() -> None:
    """Currencies that were made by hand work with their equals."""
    one, other = Money(1, Currency("EUR", 2)), eur("0.02")

    assert eur("0.03") == one + other
    assert one < other
    assert eur("0.03") == Money.total([one, other], "EUR")


def test_pickle() -> None:
    """Pickled money comes back equal, in the one currency object."""
    money = pickle.loads(pickle.dumps(eur("1.23")))

    assert eur("1.23") == money
    assert EUR is money.currency


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("amount", "code", "weights", "expected"),
    [
        ("10.00", "EUR", [1, 1, 1], ["3.34", "3.33", "3.33"]),
        ("0.05", "EUR", [50, 30, 20], ["0.03", "0.01", "0.01"]),
        ("-10.00", "EUR", [1, 1, 1], ["-3.34", "-3.33", "-3.33"]),
        ("100", "JPY", [1, 1, 1], ["34", "33", "33"]),
        ("1.000", "KWD", [1, 2, 4], ["0.143", "0.286", "0.571"]),
        ("1.0000", "CLF", [1, 2], ["0.3333", "0.6667"]),
        ("1.00", "EUR", [Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)], ["0.5", "0.3", "0.2"]),
        ("1.00", "EUR", [1, Fraction(1, 3)], ["0.75", "0.25"]),
        ("0.01", "EUR", [0, 1, 1], ["0", "0.01", "0"]),
        ("0.00", "EUR", [3, 1], ["0", "0"]),
        ("1.00", "EUR", (7,), ["1"]),
    ],
)
def test_allocate(
    amount: str, code: str, weights: list[int | Fraction], expected: list[str]
) -> None:
    """Parts are in proportion, add up, and of equal remainders the earlier gets more."""
    parts = Money.of(amount, code).allocate(weights)

    assert tuple(Money.of(part, code) for part in expected) == parts


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("weights", "wrong"),
    [
        ([1, -1], [1]),
        ([Fraction(-1, 2), 1], [0]),
        ([1.0, 1, True, "1", None, Decimal(1)], [0, 2, 3, 4, 5]),
    ],
    ids=["negative", "negative-fraction", "kinds"],
)
def test_allocate_by_wrong_weights(weights: list[Any], wrong: list[int]) -> None:
    """Every weight that is negative or inexact is named by its place."""
    with pytest.raises(InvalidInput) as caught:
        eur("1").allocate(weights)

    expected = tuple(
        Problem(f"weights.{at}", repr(weights[at]), "an int or a Fraction, not negative")
        for at in wrong
    )
    assert expected == caught.value.problems


@pytest.mark.rule("B1")
@pytest.mark.parametrize("weights", [[], [0], [0, Fraction(0)]], ids=repr)
def test_allocate_by_nothing(weights: list[int]) -> None:
    """Without a positive weight there is nothing to split by."""
    with pytest.raises(InvalidInput) as caught:
        eur("1").allocate(weights)

    allowed = "weights of which at least one is positive"
    assert (Problem("weights", repr(weights), allowed),) == caught.value.problems


def test_limit_is_what_stores_keep() -> None:
    """Money from outside has at most 64 bits; what is calculated may be larger."""
    largest = Money(MOST_MINOR, USD)

    assert 9_223_372_036_854_775_807 == largest.minor
    assert 2 * MOST_MINOR == (largest + largest).minor
