"""What happened, in words for a person (rule E1).

Who did it and when are fields of the event: a host shows them in its own way, in the reader's
time zone and language.
"""

from __future__ import annotations

from typing import Final

from ordersales.models.event import Event, EventKind
from ordersales.models.sale import Sale

#: The sentence of each kind. In braces: the order, the ``recurring`` order, the ``payment`` or
#: ``refund`` with its amount, the ``amount`` alone, who is ``credited`` now and was before, and
#: whose sales ``plan`` it is.
SENTENCES: Final[dict[EventKind, str]] = {
    EventKind.ORDER_PLACED: "Order {order} was placed for {amount}",
    EventKind.PAYMENT_STARTED: "{payment} was started",
    EventKind.PAYMENT_ACCEPTED: "{payment} was accepted and will be answered later",
    EventKind.PAYMENT_NOT_SENT: "{payment} did not reach the payment system",
    EventKind.PAYMENT_SENT_AGAIN: "{payment} was sent again",
    EventKind.PAYMENT_CHECKED: "{payment} was looked after",
    EventKind.PAYMENT_SUCCEEDED: "{payment} succeeded",
    EventKind.PAYMENT_FAILED: "{payment} failed",
    EventKind.PAYMENT_CANCELED: "{payment} was canceled",
    EventKind.FEE_TOLD: "The commission of payment {invoice} is {amount}",
    EventKind.ATTENTION_RAISED: "Order {order} needs attention because of payment {invoice}",
    EventKind.ATTENTION_CLEARED: "What needed attention was dealt with",
    EventKind.REFUND_STARTED: "{refund} was started",
    EventKind.REFUND_ACCEPTED: "{refund} was accepted and will be answered later",
    EventKind.REFUND_SENT: "{refund} was sent",
    EventKind.REFUND_NOT_SENT: "{refund} did not reach the payment system",
    EventKind.REFUND_SENT_AGAIN: "{refund} was sent again",
    EventKind.REFUND_CHECKED: "{refund} was looked after",
    EventKind.REFUND_SUCCEEDED: "{refund} succeeded",
    EventKind.REFUND_FAILED: "{refund} failed",
    EventKind.RETURN_REPORTED: "{refund} was reported by the payment system",
    EventKind.CHARGEBACK_WON: "A chargeback of payment {invoice} was won back",
    EventKind.SALE_ASSIGNED: "The sale was assigned to {credited}; before, it was {before}",
    EventKind.SALE_CONFIRMED: "The sale was confirmed as that of {credited}; before, it was {before}",
    EventKind.PLAN_STATED: "A sales plan was stated: {plan} is thanks to {credited}",
    EventKind.PLAN_WITHDRAWN: "A sales plan was withdrawn: {plan} was thanks to {credited_before}",
    EventKind.CUSTOMER_ERASED: "The customer's personal data was erased",
    EventKind.ORDER_CONFIRMED: "Order {order} was confirmed, and {amount} waived",
    EventKind.ORDER_DECLINED: "Order {order} was declined",
    EventKind.ORDER_CANCELED: "Order {order} was canceled",
    EventKind.ORDER_EXPIRED: "Order {order} expired",
    EventKind.RECURRING_STARTED: "Recurring order {recurring} started",
    EventKind.RECURRING_IMPORTED: "Recurring order {recurring} was imported",
    EventKind.RECURRING_PAUSED: "Recurring order {recurring} was paused",
    EventKind.RECURRING_ACTIVATED: "Recurring order {recurring} was activated",
    EventKind.RECURRING_COMPLETED: "Recurring order {recurring} was completed",
    EventKind.RECURRING_FAILED: "Recurring order {recurring} failed",
    EventKind.METHOD_REPLACED: "The payment method of recurring order {recurring} was replaced",
    EventKind.TERMS_MOVED: "Recurring order {recurring} was moved to new terms",
    EventKind.INSTALLATION_ADOPTED: "The store was adopted by an installation",
}


def sentence(event: Event) -> str:
    """Return what happened as one sentence, with its note, and the order's new status if any.

    >>> from datetime import UTC, datetime
    >>> from ordersales.models.order import OrderStatus
    >>> from ordersales.values.identifiers import AccountId, InvoiceNumber, OrderNumber
    >>> sentence(
    ...     Event(
    ...         account=AccountId("acme"),
    ...         order=OrderNumber(17),
    ...         invoice=InvoiceNumber(23),
    ...         kind=EventKind.PAYMENT_FAILED,
    ...         at=datetime(2026, 1, 31, tzinfo=UTC),
    ...         before=OrderStatus.OPEN,
    ...         after=OrderStatus.DECLINED,
    ...         note="insufficient_funds",
    ...     )
    ... )
    'Payment 23 failed (insufficient_funds): the order was Open and is Declined.'
    """
    amount = "" if event.amount is None else f" of {event.amount}"
    change = event.sale
    what = SENTENCES[event.kind].format(
        order=event.order,
        recurring=None if event.recurring is None else event.recurring.number,
        invoice=event.invoice,
        amount=event.amount,
        payment=f"Payment {event.invoice}{amount}",
        refund=f"A refund{amount} for payment {event.invoice}",
        credited="" if change is None else _name(change.after),
        credited_before="" if change is None else _name(change.before),
        before="" if change is None else _standing(change.before),
        plan=f"that customer {event.customer} pays for offer {event.offer}",
    )
    note = f" ({event.note})" if event.note else ""
    return f"{what}{note}{_moved(event)}."


def _moved(event: Event) -> str:
    if event.before is None or event.before is event.after:
        return ""
    return f": the order was {event.before} and is {event.after}"


def _name(sale: Sale) -> str:
    return "the system" if sale.manager is None else sale.manager.name


def _standing(sale: Sale) -> str:
    return f"that of {_name(sale)}, {'confirmed' if sale.confirmed else 'not confirmed'}"
