"""Where rates between currencies come from, for overall figures (rule T2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from ordersales.values.currency import Currency


class RateSource(Protocol):
    """Knows what a currency was worth in another one, by day."""

    def rates(
        self, source: Currency, target: Currency, days: Sequence[date]
    ) -> Mapping[date, Decimal | Fraction]:
        """Return how many whole units of `target` one of `source` was worth on each of `days`.

        It is asked once for each source, with the days that money moved on, as the report's zone
        cuts them. Which rate that is (the day's, or the last one before a weekend) is the host's
        to say; a day that is left out has none, and the report fails with `RateMissing`. Rates
        are exact: a Decimal or a Fraction above zero, never a float.
        """
        ...


class AsyncRateSource(Protocol):
    """As `RateSource`, awaited."""

    async def rates(
        self, source: Currency, target: Currency, days: Sequence[date]
    ) -> Mapping[date, Decimal | Fraction]:
        """As `RateSource.rates`."""
        ...
