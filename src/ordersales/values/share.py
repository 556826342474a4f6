"""Shares: exact parts of a whole, shown as percentages."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final, final

from attrs import frozen

from ordersales.errors import InvalidInput
from ordersales.values import checks
from ordersales.values.apportion import apportion, on_common_denominator
from ordersales.values.decimals import exact
from ordersales.values.money import Money

# Shares are shown in hundredths of a percent, of which a whole has ten thousand.
_HUNDREDTHS: Final = 10_000


@final
@frozen(order=True)
class Share:
    """An exact part of a whole, such as what an invoice covers of the price (rule I4).

    It is never negative and may exceed the whole, as when an order is overpaid.

    >>> print(Share(Fraction(1, 3)))
    33.33 %

    Raises:
        InvalidInput: `fraction` is not a Fraction, or negative (rule B1).
    """

    #: The exact part: 1 is the whole.
    fraction: Fraction

    def __attrs_post_init__(self) -> None:
        """Refuse what is no Fraction, and what is negative."""
        if type(self.fraction) is not Fraction or self.fraction < 0:
            raise InvalidInput.of("fraction", self.fraction, "a Fraction, not negative")

    @classmethod
    def of(cls, part: Money, whole: Money) -> Share:
        """Return what `part` is of `whole`; both are in one currency (rule I4).

        >>> print(Share.of(Money.of(25, "EUR"), Money.of(200, "EUR")))
        12.50 %

        Raises:
            InvalidInput: the part is negative, the whole is not positive, or they are of two
                currencies (rule B1).
        """
        checks.refuse(checks.money(part, "part"), checks.money(whole, "whole", least=1))
        checks.refuse(checks.money(part, "part", currency=whole.currency))
        return cls(Fraction(part.minor, whole.minor))

    @classmethod
    def percent(cls, percent: str | int | Decimal | Fraction) -> Share:
        """Return the share that is `percent` hundredths of the whole; 100 is the whole.

        >>> Share.percent("12.5").fraction
        Fraction(1, 8)

        Raises:
            InvalidInput: it is a float, malformed or negative (rule B1).
        """
        number = percent if type(percent) is Fraction else Fraction(exact(percent, "percent"))
        if number < 0:
            raise InvalidInput.of("percent", percent, "a percentage, not negative")
        return cls(number / 100)

    @property
    def percent_shown(self) -> Decimal:
        """The percentage, rounded half-even to two decimals (rule I4)."""
        return _percent(round(self.fraction * _HUNDREDTHS))

    def least_amount_of(self, price: Money) -> Money:
        """Return the smallest amount that is at least this share of `price` (rule P1).

        >>> print(Share.percent(10).least_amount_of(Money.of("9.99", "EUR")))
        1.00 EUR

        Raises:
            InvalidInput: the price is negative.
        """
        checks.refuse(checks.money(price, "price"))
        return Money(ceil(self.fraction * price.minor), price.currency)

    def __str__(self) -> str:
        """Return the percentage as it is shown, as in ``33.33 %``."""
        return f"{self.percent_shown} %"


def shown_shares(shares: Sequence[Share]) -> tuple[Decimal, ...]:
    """Return the percentages to show for `shares` side by side, with two decimals each.

    Rounded by largest remainder, ties to the earlier, so that they add up to the rounded
    percentage of all together: parts that make a whole add up to 100.00 (rule I4).

    >>> shown_shares([Share(Fraction(1, 3))] * 3)
    (Decimal('33.34'), Decimal('33.33'), Decimal('33.33'))
    """
    numerators, denominator = on_common_denominator(
        [share.fraction * _HUNDREDTHS for share in shares]
    )
    # round() of a Fraction is half-even, as in percent_shown.
    hundredths = round(Fraction(sum(numerators), denominator))
    return tuple(map(_percent, apportion(numerators, denominator, hundredths)))


def shown_parts(parts: Sequence[int]) -> tuple[Decimal, ...]:
    """Return the percentages to show for whole numbers as parts of their sum, as `shown_shares`.

    Without a fraction for each: a report has thousands of rows. The parts are not negative; where
    they add up to nothing there are no percentages.

    >>> shown_parts([1, 1, 1])
    (Decimal('33.34'), Decimal('33.33'), Decimal('33.33'))
    """
    whole = sum(parts)
    if not whole:
        return ()
    return tuple(
        map(_percent, apportion([part * _HUNDREDTHS for part in parts], whole, _HUNDREDTHS))
    )


def _percent(hundredths: int) -> Decimal:
    # From text, because arithmetic would round to the precision of the host's context.
    return Decimal(f"{hundredths}E-2")
