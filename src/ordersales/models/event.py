"""What happened, to what, when and by whom (rule E1)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.models.order import OrderStatus
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.sale import SaleChange
from ordersales.values.identifiers import (
    AccountId,
    CustomerId,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    UserId,
)
from ordersales.values.money import Money


class EventKind(StrEnum):
    """The kinds of events."""

    ORDER_PLACED = "order placed"
    PAYMENT_STARTED = "payment started"
    PAYMENT_ACCEPTED = "payment accepted"
    PAYMENT_NOT_SENT = "payment not sent"
    PAYMENT_SENT_AGAIN = "payment sent again"
    PAYMENT_CHECKED = "payment looked after"
    PAYMENT_SUCCEEDED = "payment succeeded"
    PAYMENT_FAILED = "payment failed"
    PAYMENT_CANCELED = "payment canceled"
    FEE_TOLD = "commission told"
    ATTENTION_RAISED = "attention raised"
    REFUND_STARTED = "refund started"
    REFUND_ACCEPTED = "refund accepted"
    REFUND_SENT = "refund sent"
    REFUND_NOT_SENT = "refund not sent"
    REFUND_SENT_AGAIN = "refund sent again"
    REFUND_CHECKED = "refund looked after"
    REFUND_SUCCEEDED = "refund succeeded"
    REFUND_FAILED = "refund failed"
    RETURN_REPORTED = "return reported"
    CHARGEBACK_WON = "chargeback won back"
    SALE_ASSIGNED = "sale assigned"
    SALE_CONFIRMED = "sale confirmed"
    PLAN_STATED = "sales plan stated"
    PLAN_WITHDRAWN = "sales plan withdrawn"
    ATTENTION_CLEARED = "attention cleared"
    CUSTOMER_ERASED = "customer erased"
    ORDER_CONFIRMED = "order confirmed"
    ORDER_DECLINED = "order declined"
    ORDER_CANCELED = "order canceled"
    ORDER_EXPIRED = "order expired"
    RECURRING_STARTED = "recurring order started"
    RECURRING_IMPORTED = "recurring order imported"
    RECURRING_PAUSED = "recurring order paused"
    RECURRING_ACTIVATED = "recurring order activated"
    RECURRING_COMPLETED = "recurring order completed"
    RECURRING_FAILED = "recurring order failed"
    METHOD_REPLACED = "payment method replaced"
    TERMS_MOVED = "moved to new terms"
    INSTALLATION_ADOPTED = "installation adopted"


@frozen(kw_only=True)
class RecurringMove:
    """Which recurring order it happened to, and its status before and after."""

    number: OrderNumber
    #: None where there was none.
    before: RecurringStatus | None
    after: RecurringStatus


@frozen(kw_only=True)
class Event:
    """One thing that happened, committed together with the change itself (rule E1).

    It happened to an order; to a recurring order; to a sales plan, which belongs to no order and
    is named by its customer and its offer; or to the store as a whole, which only its note speaks
    of.
    """

    account: AccountId
    #: None for what happened to a recurring order as a whole, a sales plan or the store.
    order: OrderNumber | None = None
    recurring: RecurringMove | None = None
    #: Whose sales plan it is, and for which offer; None for what happened to anything else.
    customer: CustomerId | None = None
    offer: OfferNumber | None = None
    kind: EventKind
    at: datetime
    #: Who did it; None is the system: the host's code, a timer or a payment system.
    by: UserId | None = None
    invoice: InvoiceNumber | None = None
    #: The order's status before and after; None where there was none.
    before: OrderStatus | None = None
    after: OrderStatus | None = None
    #: The money it is about: the price, what was charged, what was waived.
    amount: Money | None = None
    #: Who was credited before and after, or would be by the sales plan, where that changed.
    sale: SaleChange | None = None
    #: Words for a person: a reason, an error's message.
    note: str = ""


@frozen
class RecordedEvent:
    """An event with its place in the account's history."""

    #: Rises with every event that is committed in the account.
    position: int
    event: Event
