"""The algebra of money, for any amounts."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ordersales.values.currency import Currency
from ordersales.values.money import MOST_MINOR, Money

EUR = Currency.of("EUR")

euros = st.integers().map(lambda minor: Money(minor, EUR))
numbers = st.integers(-(10**6), 10**6)
monies = st.builds(
    Money,
    st.integers(-MOST_MINOR, MOST_MINOR),
    st.sampled_from(["EUR", "JPY", "KWD", "CLF"]).map(Currency.of),
)
weights = st.lists(
    st.integers(0, 10**6) | st.fractions(0, 10, max_denominator=1000), min_size=1, max_size=10
)


@given(euros, euros, euros)
def test_addition_is_associative(a: Money, b: Money, c: Money) -> None:
    """It does not matter in which order money is grouped."""
    assert (a + b) + c == a + (b + c)


@given(euros, euros)
def test_addition_is_commutative(a: Money, b: Money) -> None:
    """It does not matter which comes first."""
    assert a + b == b + a


@given(euros, euros)
def test_inverse(a: Money, b: Money) -> None:
    """Subtracting undoes adding, and is adding the negative."""
    assert a == a + b - b
    assert a - b == a + -b
    assert Money.zero(EUR) == a - a
    assert a == a + Money.zero(EUR)


@given(euros, euros, numbers)
def test_multiplication_distributes(a: Money, b: Money, times: int) -> None:
    """So many times a sum is the sum of so many times each."""
    assert times * (a + b) == times * a + times * b


@given(euros, numbers, numbers)
def test_multiplication_adds_up(a: Money, some: int, more: int) -> None:
    """So many times and so many times more are their sum times."""
    assert a * (some + more) == a * some + a * more


@given(st.lists(euros))
def test_total_is_repeated_addition(parts: list[Money]) -> None:
    """The total is what adding one after another gives."""
    added = Money.zero(EUR)
    for part in parts:
        added += part

    assert added == Money.total(parts, EUR)


@given(euros, euros)
def test_order_is_that_of_differences(a: Money, b: Money) -> None:
    """One amount is less than another exactly if the difference is negative."""
    assert (a < b) == (a - b).is_negative
    assert (a > b) == (a - b).is_positive
    assert (a == b) == (a - b).is_zero
    assert (a <= b) == (not a > b)
    assert (a >= b) == (not a < b)


@given(euros)
def test_absolute_amount(a: Money) -> None:
    """Without its sign an amount is the larger of itself and its negative."""
    assert max(a, -a) == abs(a)


@given(monies)
def test_text_round_trip(money: Money) -> None:
    """An amount that is written is read back as the same money."""
    assert money == Money.of(str(money.amount), money.currency)
    assert money == Money.of(money.amount, money.currency)
    assert money == Money.of(*str(money).split(" "))


@pytest.mark.rule("P1")
@given(monies, weights)
def test_allocation_adds_up(money: Money, by: list[int | Fraction]) -> None:
    """The parts add up to the whole, and each is within one minor unit of its exact part."""
    assume(any(by))

    parts = money.allocate(by)

    assert money == Money.total(parts, money.currency)
    for part, weight in zip(parts, by, strict=True):
        assert abs(part.minor - Fraction(money.minor) * weight / sum(by)) < 1


@pytest.mark.rule("P1")
@given(monies, weights)
def test_allocation_of_negative(money: Money, by: list[int | Fraction]) -> None:
    """A negative amount is split like the positive one."""
    assume(any(by))

    assert tuple(-part for part in money.allocate(by)) == (-money).allocate(by)


@pytest.mark.rule("P1")
@given(st.integers(0, 10**9), st.integers(1, 50))
def test_allocation_ties_go_to_the_earlier(minor: int, parts: int) -> None:
    """Equal weights give equal parts, of which the first few have one unit more."""
    each, more = divmod(minor, parts)

    expected = [each + 1] * more + [each] * (parts - more)
    assert expected == [part.minor for part in Money(minor, EUR).allocate([1] * parts)]


@pytest.mark.rule("P1")
@given(monies, weights, st.integers(1, 100))
def test_allocation_depends_on_proportions(
    money: Money, by: list[int | Fraction], times: int
) -> None:
    """Weights that are all multiplied by one number split the same."""
    assume(any(by))

    assert money.allocate(by) == money.allocate([weight * times for weight in by])
