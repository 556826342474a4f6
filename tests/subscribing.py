"""Recurring orders in a shop: a course paid on the last day of every month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from ordersales import Order, OrderNumber, Payment
from ordersales.models.recurring_order import RecurringOrder, RecurringResult
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.testing import Play, an_offer
from ordersales.values.cadence import Cadence, Unit
from tests.drivers import ADA, BOSS, BUYER, CARDS, Shop, a_card, key

#: The 31st, so that every short month shows whether the anchor is kept.
START: Final = datetime(2026, 1, 31, 9, tzinfo=UTC)
FEBRUARY: Final = datetime(2026, 2, 28, 9, tzinfo=UTC)
MARCH: Final = datetime(2026, 3, 31, 8, tzinfo=UTC)
DAY: Final = timedelta(days=1)
TERMS: Final = RecurringTerms(cadence=Cadence(1, Unit.MONTH), zone="Europe/Berlin")


def subscribe(shop: Shop, terms: RecurringTerms = TERMS, under: str = "cart-1") -> OrderNumber:
    """Let Ada buy the course and make the first payment; return the recurring order's number."""
    if shop.clock.now() < START:
        shop.clock.advance_to(START)
    offer = attrs.evolve(an_offer("10.00"), recurring=terms)
    order = shop.office.orders.place(BUYER, offer, ADA, key=key(under))
    shop.office.payments.charge(
        BUYER, order.number, CARDS, key=key(f"first-{under}"), method=a_card()
    )
    return order.number


def look(shop: Shop, number: OrderNumber) -> RecurringResult:
    """Return the recurring order as it stands."""
    return shop.office.recurring.get(BOSS, number)


def record(shop: Shop, number: OrderNumber) -> RecurringOrder:
    """Return what is kept of it."""
    return look(shop, number).recurring


def orders_of(shop: Shop, number: OrderNumber) -> tuple[Order, ...]:
    """Return its orders."""
    with shop.store.transaction(BOSS.account) as tx:
        return tx.orders.occurrences(number)


def due(shop: Shop, moment: datetime, *plays: Play) -> list[str]:
    """Let the timer charge what is due at a moment, and return what it did."""
    if moment > shop.clock.now():
        shop.clock.advance_to(moment)
    shop.gateway.then(*plays)
    return [result.did.value for result in shop.office.recurring.run_due()]


def retry(shop: Shop, number: OrderNumber, under: str = "again") -> Payment:
    """Let the boss attempt the payment that failed."""
    return shop.office.recurring.retry_now(BOSS, number, key=key(under))
