"""What one recurring order will bring, if every payment succeeds when it is charged (rule R13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from ordersales.errors import InvalidInput
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.recurring_preview import ComingKind, ComingPayment
from ordersales.rules import schedule


def coming(
    recurring: RecurringOrder, current: Order | None, at: datetime
) -> Iterator[ComingPayment]:
    """Yield what `recurring` will bring from `at` on, in order; nothing unless it is active.

    `current` is the order of it that is open, if there is one: it comes first, at the price that
    it was placed with. Then come as many of its dates as payments remain; those that it can't
    reach on the calendar are left out.
    """
    if recurring.status is not RecurringStatus.ACTIVE:
        return
    if current is not None:
        first = begun(recurring, current, at)
        yield first
        at = first.at  # nothing else is begun before
    slot = next_slot(recurring, current)
    for due_at in islice(dates(recurring, slot), left(recurring, current)):
        yield ComingPayment(
            kind=ComingKind.DATE, at=max(due_at, at), due_at=due_at, amount=recurring.price
        )


def next_slot(recurring: RecurringOrder, current: Order | None) -> int:
    """Return the first of its dates that nothing was begun for."""
    return recurring.slot + (current is not None)


def left(recurring: RecurringOrder, current: Order | None) -> int | None:
    """Return how many payments remain beside the one that was begun; None is no end of them."""
    remaining = recurring.payments_remaining
    return None if remaining is None else max(0, remaining - (current is not None))


def begun(recurring: RecurringOrder, current: Order, at: datetime) -> ComingPayment:
    """Return what the open order brings: under way, or waiting for its retry."""
    retry_at = recurring.retry_at
    return ComingPayment(
        kind=ComingKind.UNDER_WAY if retry_at is None else ComingKind.RETRY,
        at=at if retry_at is None else max(retry_at, at),
        due_at=recurring.due_at,
        amount=current.price,
    )


def dates(recurring: RecurringOrder, slot: int) -> Iterator[datetime]:
    """Yield the dates of its schedule from `slot` on, as far as the calendar goes."""
    terms = recurring.terms
    while True:
        try:
            yield schedule.date(recurring.anchor, terms.cadence, terms.zone, slot)
        except InvalidInput:
            return
        slot += 1
