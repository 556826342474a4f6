"""Erasing a customer's personal data without changing any figure (rule E2, decision 9).

Erased are the customer's name and every text that somebody typed or a payment system sent about
them: comments, reasons, the words of an error, payment methods. Amounts, statuses, times, numbers,
codes and identifiers stay.

What an unfinished payment or refund still needs is kept until its final word has come: a payment
in doubt is asked about with the same payment method, since what is asked under one key never
changes, and a person finds a bank transfer by its comment. A recurring order keeps its payment
method as long as it may be charged again: until it is *Completed*.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import evolve

from ordersales.models.event import EventKind
from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.offer import ERASED
from ordersales.models.order import AttentionReason, Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.refund import Refund, RefundStatus
from ordersales.models.stage import PaymentError
from ordersales.rules.change import Change, RecurringChange, told, told_of_recurring
from ordersales.values.identifiers import UserId

#: The flags whose detail quotes a payment system; that of the others is made of figures.
QUOTING: Final = frozenset({AttentionReason.MISCONFIGURED})


def erase(order: Order, at: datetime, *, by: UserId | None) -> Change:
    """Return `order` without personal data, and the event that tells of it, which has none."""
    return told(order, erased(order), EventKind.CUSTOMER_ERASED, at, by=by)


def erased(order: Order, *, unfinished: bool = False) -> Order:
    """Return `order` without personal data; the very same if it has none.

    What unfinished payments and refunds still need is left out as well only where `unfinished`.
    """
    decision = order.decision
    after = evolve(
        order,
        customer=evolve(order.customer, name=ERASED),
        invoices=tuple(_invoice(item, unfinished=unfinished) for item in order.invoices),
        decision=None if decision is None else evolve(decision, reason=""),
        attention=tuple(
            evolve(flag, detail="") if flag.reason in QUOTING else flag for flag in order.attention
        ),
    )
    return order if after == order else after


def erase_recurring(
    recurring: RecurringOrder, at: datetime, *, by: UserId | None
) -> RecurringChange:
    """Return `recurring` without personal data, and the event that tells of it, likewise."""
    kind = EventKind.CUSTOMER_ERASED
    return told_of_recurring(recurring, erased_recurring(recurring), kind, at, by=by)


def erased_recurring(recurring: RecurringOrder, *, unfinished: bool = False) -> RecurringOrder:
    """Return `recurring` without personal data; the very same if it has none.

    What it can still be charged on is left out as well only where `unfinished`.
    """
    needed = not recurring.ended and not unfinished
    after = evolve(
        recurring,
        customer=evolve(recurring.customer, name=ERASED),
        method=recurring.method if needed else None,
    )
    return recurring if after == recurring else after


def _invoice(invoice: Invoice, *, unfinished: bool) -> Invoice:
    needed = invoice.status is InvoiceStatus.PENDING and not unfinished
    return evolve(
        invoice,
        comment=invoice.comment if needed else "",
        attempt=invoice.attempt if needed else _attempt(invoice.attempt),
        error=_error(invoice.error),
        refunds=tuple(_refund(item, unfinished=unfinished) for item in invoice.refunds),
    )


def _attempt(attempt: Attempt | None) -> Attempt | None:
    return None if attempt is None else _blank(attempt)


def _blank(attempt: Attempt) -> Attempt:
    return evolve(attempt, method=None, buyer_action=None, kept_method=None)


def _refund(refund: Refund, *, unfinished: bool) -> Refund:
    needed = refund.status is RefundStatus.PENDING and not unfinished
    return evolve(refund, reason=refund.reason if needed else "", error=_error(refund.error))


def _error(error: PaymentError | None) -> PaymentError | None:
    return None if error is None else PaymentError(code=error.code, retry=error.retry)
