"""What happened, to what, when and by whom (rule E1)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.models.order import OrderStatus
from ordersales.values.identifiers import AccountId, InvoiceNumber, OrderNumber, UserId
from ordersales.values.money import Money


class EventKind(StrEnum):
    """The kinds of events."""

    ORDER_PLACED = "order placed"
    PAYMENT_STARTED = "payment started"
    PAYMENT_ACCEPTED = "payment accepted"
    PAYMENT_NOT_SENT = "payment not sent"
    PAYMENT_SENT_AGAIN = "payment sent again"
    PAYMENT_SUCCEEDED = "payment succeeded"
    PAYMENT_FAILED = "payment failed"
    PAYMENT_CANCELED = "payment canceled"
    FEE_TOLD = "commission told"
    ATTENTION_RAISED = "attention raised"
    PAYMENT_RETURNED = "payment returned"
    ORDER_CONFIRMED = "order confirmed"
    ORDER_DECLINED = "order declined"
    ORDER_CANCELED = "order canceled"
    ORDER_EXPIRED = "order expired"


@frozen(kw_only=True)
class Event:
    """One thing that happened to an order, committed together with the change itself."""

    account: AccountId
    order: OrderNumber
    kind: EventKind
    at: datetime
    #: Who did it; None is the system: the host's code, a timer or a payment system.
    by: UserId | None = None
    invoice: InvoiceNumber | None = None
    #: The order's status before and after.
    before: OrderStatus | None = None
    after: OrderStatus
    #: The money it is about: the price, what was charged, what was waived.
    amount: Money | None = None
    #: Words for a person: a reason, an error's message.
    note: str = ""
