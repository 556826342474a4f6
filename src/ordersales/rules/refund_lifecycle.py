"""All transitions of a refund's status, and what follows for its invoice and order (F1, F2).

Whatever changes the refunds of an invoice goes through `changed`. It books what went back as far
as there is something left to return, so that refunded and reserved together never exceed what was
captured, and derives the invoice's and the order's status from that.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve

from ordersales.errors import BrokenInvariant
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Attention, Order
from ordersales.models.refund import Refund, RefundStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import invoice_lifecycle, order_lifecycle
from ordersales.values.identifiers import GatewayId
from ordersales.values.money import Money


class What(StrEnum):
    """What happens to a refund."""

    SUCCEEDED = "the money went back"
    REFUSED = "the answer was no"
    PROVEN = "a look-up proves that the money went back after all"
    DISPROVEN = "a look-up proves that the money did not go back after all"
    WON_BACK = "the chargeback was won back"
    OURS = "what was reported turns out to be a refund asked for here"


#: The transitions of a refund; there are no others.
TRANSITIONS: Final[dict[tuple[RefundStatus, What], RefundStatus]] = {
    (RefundStatus.PENDING, What.SUCCEEDED): RefundStatus.SUCCEEDED,
    (RefundStatus.PENDING, What.REFUSED): RefundStatus.FAILED,
    (RefundStatus.FAILED, What.PROVEN): RefundStatus.SUCCEEDED,
    (RefundStatus.SUCCEEDED, What.DISPROVEN): RefundStatus.FAILED,
    (RefundStatus.SUCCEEDED, What.WON_BACK): RefundStatus.REVERSED,
    (RefundStatus.SUCCEEDED, What.OURS): RefundStatus.REVERSED,
}


def moved(
    refund: Refund,
    what: What,
    at: datetime,
    *,
    gateway_id: GatewayId | None = None,
    error: PaymentError | None = None,
) -> Refund:
    """Return `refund` after `what`, its asking closed; facts not given stay as they are.

    Raises:
        BrokenInvariant: The step is not in `TRANSITIONS`.
    """
    status = TRANSITIONS.get((refund.status, what))
    if status is None:
        raise BrokenInvariant("F1", f"refund {refund.number} is {refund.status} and {what}")
    return evolve(
        refund,
        status=status,
        stage=Stage.CLOSED,
        next_check=None,
        gateway_id=gateway_id or refund.gateway_id,
        error=error,
        settled_at=at,
    )


def asked(
    refund: Refund,
    stage: Stage,
    next_check: datetime | None,
    *,
    gateway_id: GatewayId | None = None,
) -> Refund:
    """Return a pending `refund` whose asking got as far as `stage`.

    Raises:
        BrokenInvariant: It is not pending at a gateway.
    """
    if refund.reference is None or refund.status is not RefundStatus.PENDING:
        raise BrokenInvariant("F1", f"refund {refund.number} is not pending at a gateway")
    known = gateway_id or refund.gateway_id
    return evolve(refund, stage=stage, next_check=next_check, gateway_id=known)


def disputed(refund: Refund, next_check: datetime | None) -> Refund:
    """Return `refund`, of which two final words were told, to be looked up then if not before."""
    if refund.next_check is not None:
        return refund
    return evolve(refund, next_check=next_check, checks=0)


def undisputed(refund: Refund) -> Refund:
    """Return `refund` with no look-up of two final words ahead; the very same if there is none."""
    if refund.status is RefundStatus.PENDING or refund.next_check is None:
        return refund
    return evolve(refund, next_check=None)


def unbooked(refund: Refund) -> Refund:
    """Return `refund` with nothing of it booked: as much as there is room for will be again."""
    return evolve(refund, amount=Money(0, refund.amount.currency), excess=refund.whole)


def booked(invoice: Invoice) -> Invoice:
    """Return `invoice` with what went back booked as far as there is room, and so its status.

    All of it returned makes it *Refunded*; regaining some of that makes it *Paid* again (I2).
    """
    if not invoice.captured:
        return invoice
    room, refunds = invoice.refundable.minor, list[Refund]()
    for refund in invoice.refunds:
        more = min(room, _bookable(refund))
        room -= more
        refunds.append(_with_more(refund, more) if more else refund)
    after = evolve(invoice, refunds=tuple(refunds))
    all_returned = after.returned == after.amount
    if all_returned is (after.status is InvoiceStatus.REFUNDED):
        return after
    step = invoice_lifecycle.What
    # It was paid when it was paid: what goes back and forth after does not move that moment.
    return invoice_lifecycle.moved(
        after,
        step.RETURNED if all_returned else step.REGAINED,
        after.settled_at or after.attempted_at,
        error=after.error,
    )


def _bookable(refund: Refund) -> int:
    excess = refund.excess
    if refund.status is not RefundStatus.SUCCEEDED or excess is None:
        return 0
    return excess.minor if excess.currency == refund.amount.currency else 0


def _with_more(refund: Refund, more: int) -> Refund:
    amount = Money(refund.amount.minor + more, refund.amount.currency)
    rest = refund.whole - amount
    return evolve(refund, amount=amount, excess=None if rest.is_zero else rest)


def changed(
    order: Order,
    invoice: Invoice,
    refunds: tuple[Refund, ...],
    *,
    attention: tuple[Attention, ...] | None = None,
) -> Order:
    """Return `order` with these refunds of its `invoice`, and the statuses that follow."""
    after = booked(evolve(invoice, refunds=refunds))
    invoices = tuple(after if item.number == after.number else item for item in order.invoices)
    return order_lifecycle.changed(
        order,
        _what(order, invoice, after, invoices),
        invoices=invoices,
        decision=order.decision,
        attention=order.attention if attention is None else attention,
    )


def _what(
    order: Order, before: Invoice, after: Invoice, invoices: tuple[Invoice, ...]
) -> order_lifecycle.What | None:
    if after.status is before.status:
        return None
    if after.status is InvoiceStatus.REFUNDED:
        return order_lifecycle.What.RETURNED
    return order_lifecycle.way_back(order, invoices)
