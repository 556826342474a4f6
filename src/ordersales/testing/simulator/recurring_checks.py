"""What must hold of every recurring order whenever it was committed, by the invariants' numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import AttentionReason, Order, OrderStatus
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.rules import schedule
from ordersales.rules.recurring_lifecycle import TRANSITIONS

#: Where a status may lead in one commit, or in two: a first payment may also be the last.
_MAY_BECOME: Final = {
    status: {status, *(after for (before, _), after in TRANSITIONS.items() if before is status)}
    for status in RecurringStatus
}


def on_schedule(_: RecurringOrder | None, after: RecurringOrder) -> str | None:
    """Find a due date that is not that of the anchor and the slot (13)."""
    terms = after.terms
    expected = schedule.date(after.anchor, terms.cadence, terms.zone, after.slot)
    return None if after.due_at == expected else f"it is due at {after.due_at}, not {expected}"


def goes_forward(before: RecurringOrder | None, after: RecurringOrder) -> str | None:
    """Find a date or a count that went back (13, 14)."""
    if before is None:
        return None
    if after.anchor == before.anchor and after.due_at < before.due_at:
        return f"it was due at {before.due_at} and is due at {after.due_at}"
    if after.payments_made < before.payments_made or after.occurrences < before.occurrences:
        return f"{before.payments_made} payments of {before.occurrences} orders became fewer"
    return None


def moves(before: RecurringOrder | None, after: RecurringOrder) -> str | None:
    """Find a status that is not led to, or a version that did not rise (14)."""
    if before is None:
        return None
    if after.version <= before.version:
        return f"version {after.version} follows {before.version}"
    if after.status not in _MAY_BECOME[before.status]:
        return f"it was {before.status} and is {after.status}"
    return None


def remains(_: RecurringOrder | None, after: RecurringOrder) -> str | None:
    """Find one that goes on although its last payment was made (14)."""
    done = after.payments_remaining == 0
    if done and after.status is not RecurringStatus.COMPLETED:
        return f"it is {after.status}, and nothing remains to be paid"
    total = after.terms.payments
    too_many = total is not None and after.payments_made > total
    return f"{after.payments_made} of {total} payments were made" if too_many else None


#: Every check of a recurring order with the number of the invariant that it holds.
CHECKS: Final[
    tuple[tuple[int, Callable[[RecurringOrder | None, RecurringOrder], str | None]], ...]
] = ((13, on_schedule), (13, goes_forward), (14, moves), (14, remains))


def of_orders(
    recurring: RecurringOrder, before: Order | None, saved: Order, theirs: Sequence[Order]
) -> Iterator[tuple[int, str]]:
    """Yield what does not hold of one of its orders, given all of them (1, 7, 14)."""
    waiting = [
        (order.number, invoice.number)
        for order in theirs
        for invoice in order.invoices
        if invoice.status is InvoiceStatus.PENDING
    ]
    if len(waiting) > 1:
        yield 1, f"recurring order {recurring.number} has open attempts {waiting}"
    # A person's completing may come with the order's last permission in one commit, never before.
    if _permits(saved) > _permits(before) and recurring.status is not RecurringStatus.ACTIVE:
        yield (
            7,
            f"order {saved.number} was permitted while {recurring.number} is {recurring.status}",
        )
    paid = sum(_paid_for_a_date(order) for order in theirs)
    if recurring.payments_made != paid:
        yield 14, f"{recurring.payments_made} payments are counted, and {paid} orders are paid"


def _permits(order: Order | None) -> int:
    """Return how often anything of an order was permitted to be sent by the timer or a person."""
    invoices = () if order is None else order.invoices
    return sum(item.attempt.permits for item in invoices if item.attempt and item.attempt.sends)


def _paid_for_a_date(order: Order) -> bool:
    """Tell whether an order was paid, and not for a date that another one is paid for."""
    anew = any(
        flag.reason is AttentionReason.CHARGED_TWICE and "charged anew" in flag.detail
        for flag in order.attention
    )
    return order.status in (OrderStatus.COMPLETED, OrderStatus.REFUND) and not anew
