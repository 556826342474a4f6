"""Money: an exact number of a currency's minor units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, final

from attrs import frozen

from ordersales.errors import InvalidInput, Problem
from ordersales.values.apportion import apportion, on_common_denominator
from ordersales.values.currency import Currency
from ordersales.values.decimals import exact

#: The most minor units, either way, that money from outside may have: stores keep 64 bits.
MOST_MINOR: Final = 2**63 - 1


@final
@frozen(repr=False)
class Money:
    """An exact amount of one currency; it may be negative.

    It adds, subtracts, compares and is multiplied by an int. Two currencies are never added or
    compared: that raises `InvalidInput`, while ``==`` between them is simply False. A zero amount
    is as true as any other object: ask `is_zero`. Use `Money.total` in place of ``sum``.

    >>> 2 * Money.of("12.34", "EUR") - Money(8, Currency.of("EUR"))
    Money.of('24.60', 'EUR')

    Raises:
        InvalidInput: `minor` is not an int (a bool or float is not one), or `currency` is no
            `Currency` (rule B1).
    """

    #: The amount in the currency's smallest unit: cents for EUR, fils for KWD, yen for JPY.
    minor: int
    #: What it is an amount of.
    currency: Currency

    def __attrs_post_init__(self) -> None:
        """Refuse anything but an int and a currency."""
        if type(self.minor) is not int or type(self.currency) is not Currency:
            InvalidInput.unless_empty(_problems(self.minor, self.currency))

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str | Currency) -> Money:
        """Return `amount`, in whole units such as euros, of `currency` or of that code.

        Text is written with a point and nothing else between the digits; zeros after the
        currency's decimals are fine ("12.3400"), so that what a database column gives is too.

        >>> Money.of("12.34", "EUR").minor
        1234
        >>> Money.of(500, "JPY").minor
        500

        Raises:
            InvalidInput: a float, a bool, malformed text, NaN or Infinity, an unknown currency,
                an amount finer than the currency, or more than 64 bits of minor units (rule B1).
        """
        currency = Currency.of(currency)
        return cls(_minor(exact(amount, "amount"), currency), currency)

    @classmethod
    def zero(cls, currency: str | Currency) -> Money:
        """Return no money, in `currency` or the currency of that code.

        >>> print(Money.zero("JPY"))
        0 JPY

        Raises:
            InvalidInput: the currency is unknown.
        """
        return cls(0, Currency.of(currency))

    @classmethod
    def total(cls, monies: Iterable[Money], currency: str | Currency) -> Money:
        """Return the sum of `monies`, all of which are in `currency`; of none it is zero.

        It adds ints and makes one object at the end, more than ten times faster than ``+`` does.

        >>> print(Money.total([Money.of(2, "EUR"), Money.of("0.50", "EUR")], "EUR"))
        2.50 EUR

        Raises:
            InvalidInput: one of them is in another currency, which it names.
        """
        currency = Currency.of(currency)
        minor = 0
        for money in monies:
            if money.currency is not currency:
                _refuse_other(money.currency, currency)
            minor += money.minor
        return cls(minor, currency)

    def allocate(self, weights: Sequence[int | Fraction]) -> tuple[Money, ...]:
        """Split it in proportion to `weights`, so that the parts add up to it exactly.

        By largest remainder, ties to the earlier (rule P1). A negative amount is split like the
        positive one.

        >>> [str(part) for part in Money.of("100", "JPY").allocate([1, 1, 1])]
        ['34 JPY', '33 JPY', '33 JPY']

        Raises:
            InvalidInput: a weight is negative or neither an int nor a Fraction, or none is
                positive (rule B1).
        """
        _check_weights(weights)
        whole, _ = on_common_denominator(weights)
        minor = abs(self.minor)
        parts = apportion([minor * weight for weight in whole], sum(whole), minor)
        sign = -1 if self.minor < 0 else 1
        return tuple(Money(sign * part, self.currency) for part in parts)

    @property
    def amount(self) -> Decimal:
        """The exact amount in whole units, with the currency's own decimals (rule T9)."""
        # From text, because arithmetic would round to the precision of the host's context.
        return Decimal(f"{self.minor}E-{self.currency.exponent}")

    @property
    def is_zero(self) -> bool:
        """Whether it is neither positive nor negative."""
        return self.minor == 0

    @property
    def is_positive(self) -> bool:
        """Whether it is more than zero."""
        return self.minor > 0

    @property
    def is_negative(self) -> bool:
        """Whether it is less than zero."""
        return self.minor < 0

    def __add__(self, other: Money) -> Money:
        """Return the sum; both are in one currency."""
        if not self._fits(other):
            return NotImplemented
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Return the difference; both are in one currency."""
        if not self._fits(other):
            return NotImplemented
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        """Return it so many times; only an int keeps it exact."""
        return Money(self.minor * times, self.currency) if type(times) is int else NotImplemented

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        """Return the same amount the other way."""
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        """Return the amount without its sign."""
        return Money(abs(self.minor), self.currency)

    # Python answers > and >= by these two, with the sides exchanged.
    def __lt__(self, other: Money) -> bool:
        """Whether it is less than `other`, in the same currency."""
        return self.minor < other.minor if self._fits(other) else NotImplemented

    def __le__(self, other: Money) -> bool:
        """Whether it is at most `other`, in the same currency."""
        return self.minor <= other.minor if self._fits(other) else NotImplemented

    def __str__(self) -> str:
        """Return amount and code, as in ``12.34 EUR``."""
        return f"{self.amount:f} {self.currency.code}"

    def __repr__(self) -> str:
        """Return the expression that makes it."""
        return f"Money.of('{self.amount:f}', '{self.currency.code}')"

    def _fits(self, other: object) -> bool:
        """Whether `other` is money at all; money of another currency is refused."""
        if type(other) is not Money:
            return False
        if other.currency is not self.currency:
            _refuse_other(other.currency, self.currency)
        return True


def _refuse_other(given: Currency, expected: Currency) -> None:
    # Equal but not identical is a currency unpickled before the host registered it.
    if given != expected:
        allowed = f"{expected.code}, because amounts of two currencies are never added or compared"
        raise InvalidInput.of("currency", given.code, allowed)


def _problems(minor: object, currency: object) -> list[Problem]:
    found: list[Problem] = []
    if type(minor) is not int:
        allowed = "an int, counting minor units; Money.of('12.34', 'EUR') takes whole units"
        found.append(Problem.of("minor", minor, allowed))
    if type(currency) is not Currency:
        found.append(Problem.of("currency", currency, "a Currency, as Currency.of('EUR') gives"))
    return found


def _minor(amount: Decimal, currency: Currency) -> int:
    numerator, denominator = amount.as_integer_ratio()
    minor, finer = divmod(numerator * currency.scale, denominator)
    if finer:
        allowed = f"an amount with at most {currency.exponent} decimals, as {currency.code} has"
        raise InvalidInput.of("amount", amount, allowed)
    if abs(minor) > MOST_MINOR:
        most = Money(MOST_MINOR, currency)
        raise InvalidInput.of("amount", amount, f"an amount from {-most} to {most}")
    return minor


def _check_weights(weights: Sequence[int | Fraction]) -> None:
    InvalidInput.unless_empty(
        [
            Problem.of(f"weights.{at}", weight, "an int or a Fraction, not negative")
            for at, weight in enumerate(weights)
            if type(weight) not in (int, Fraction) or weight < 0
        ]
    )
    if not any(weights):
        raise InvalidInput.of("weights", weights, "weights of which at least one is positive")
