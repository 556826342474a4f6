"""Money of a paid invoice that went back."""

from __future__ import annotations

from datetime import datetime

import attrs

from ordersales.errors import ExceedsOutstanding, WrongStatus
from ordersales.models.event import EventKind
from ordersales.models.invoice import Invoice, InvoiceStatus, Refund, RefundStatus
from ordersales.models.order import Order
from ordersales.rules import invoice_lifecycle, order_lifecycle
from ordersales.rules.change import Change, told
from ordersales.values.identifiers import UserId
from ordersales.values.money import Money


def returned(
    order: Order,
    invoice: Invoice,
    amount: Money,
    at: datetime,
    *,
    by: UserId | None = None,
    reason: str = "",
) -> Change:
    """Return `order` after `amount` of `invoice`, in its currency, went back to the buyer.

    The invoice stays *Paid* until all of it is returned (rule I2); an order that is not Open
    becomes *Refund* once everything paid on it is (rule O5).

    Raises:
        WrongStatus: The invoice is not Paid.
        ExceedsOutstanding: More than what is left of the invoice.
    """
    if invoice.status is not InvoiceStatus.PAID:
        record, allowed = f"invoice {invoice.number}", (InvoiceStatus.PAID,)
        raise WrongStatus("refund", record, invoice.status, allowed)
    left = invoice.amount - invoice.returned
    if amount > left:
        raise ExceedsOutstanding(order.number, amount, left)
    refund = Refund(
        amount=amount,
        status=RefundStatus.SUCCEEDED,
        requested_at=at,
        settled_at=at,
        reason=reason,
    )
    after = attrs.evolve(invoice, refunds=(*invoice.refunds, refund))
    if amount == left:
        after = _all_returned(after)
    changed = order_lifecycle.changed(
        order,
        order_lifecycle.What.RETURNED,
        invoices=tuple(after if item.number == after.number else item for item in order.invoices),
        decision=order.decision,
        attention=order.attention,
    )
    return told(
        order,
        changed,
        EventKind.PAYMENT_RETURNED,
        at,
        by=by,
        invoice=after.number,
        amount=amount,
        note=reason,
    )


def _all_returned(invoice: Invoice) -> Invoice:
    paid_at = invoice.settled_at or invoice.attempted_at
    # It was paid when it was paid: being returned does not move that moment.
    return invoice_lifecycle.moved(
        invoice, invoice_lifecycle.What.RETURNED, paid_at, error=invoice.error
    )
