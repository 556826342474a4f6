"""What recurring orders will bring (rule R13)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from attrs import frozen

from ordersales.values.currency import Currency
from ordersales.values.money import Money


class ComingKind(StrEnum):
    """Why a payment comes when it comes."""

    DATE = "a date of its schedule"
    RETRY = "a retry after a failed attempt"
    #: It was begun, and may bring its money at any moment.
    UNDER_WAY = "a payment under way"


@frozen(kw_only=True)
class ComingPayment:
    """One payment that is to come, if nothing changes until then."""

    kind: ComingKind
    #: When it is charged: what is overdue at once.
    at: datetime
    #: The date of the schedule that it pays for.
    due_at: datetime
    amount: Money


@frozen(kw_only=True)
class ForecastLine:
    """What one month brings in one currency."""

    #: The first day of the month, as the forecast's time zone counts days.
    month: date
    currency: Currency
    payments: int
    amount: Money


@frozen(kw_only=True)
class Forecast:
    """What all active recurring orders will bring, if every payment succeeds on its date."""

    #: From when, and until before when.
    since: datetime
    until: datetime
    #: The name of the time zone in which months begin.
    zone: str
    #: By month, then by currency; a month without payments has no line.
    lines: tuple[ForecastLine, ...]

    def total(self, currency: Currency) -> Money:
        """Return what comes in one currency; two are never added."""
        amounts = [line.amount for line in self.lines if line.currency == currency]
        return Money.total(amounts, currency)
