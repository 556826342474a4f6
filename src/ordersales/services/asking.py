"""Ask a payment system about an attempt or a refund alike, and book what it says (rules C1, C4)."""

from __future__ import annotations

from typing import cast

from ordersales.models.charge import Outcome
from ordersales.models.invoice import Attempt, Invoice
from ordersales.models.order import Order
from ordersales.models.refund import RefundReference
from ordersales.ports.gateway import PaymentGateway
from ordersales.rules import attempts
from ordersales.rules import refunds as refund_rules
from ordersales.rules.recovering import Subject
from ordersales.rules.refund_settlement import RefundOutcome
from ordersales.services import refunds, settling
from ordersales.services.desk import Desk

#: What becomes known of either.
Said = Outcome | RefundOutcome


async def sent(gateway: PaymentGateway, order: Order, subject: Subject) -> Said:
    """Return what the gateway says when it is asked for the money, or to return it."""
    invoice, asked = subject.invoice_of(order), subject.asked_of(order)
    if isinstance(asked, Attempt):
        return await settling.charged(gateway, attempts.request(order, invoice))
    reference = _reference(invoice, subject)
    return await refunds.returned(gateway, refund_rules.request(order, reference))


async def found(gateway: PaymentGateway, order: Order, subject: Subject) -> Said | None:
    """Return what the gateway has of it: None if nothing, `Unknown` without a word."""
    asked = subject.asked_of(order)
    if isinstance(asked, Attempt):
        return await settling.looked_up(gateway, asked.reference)
    return await refunds.looked_up(gateway, _reference(subject.invoice_of(order), subject))


async def book(
    desk: Desk, order: Order, subject: Subject, said: Said, *, proven: bool = False
) -> Order:
    """Apply what was said of it, as it was asked for in `order`; return the order after it."""
    invoice, asked = subject.invoice_of(order), subject.asked_of(order)
    if isinstance(asked, Attempt):
        payment = await settling.settle(
            desk,
            order.account,
            order.number,
            invoice.number,
            cast("Outcome", said),
            proven=proven,
            permit=asked.permits,
        )
        return payment.order
    return await refunds.settle(
        desk,
        order,
        _reference(invoice, subject),
        cast("RefundOutcome", said),
        proven=proven,
        permit=asked.permits,
    )


def _reference(invoice: Invoice, subject: Subject) -> RefundReference:
    attempt = cast("Attempt", invoice.attempt)
    return RefundReference(attempt.reference, cast("int", subject.refund))
