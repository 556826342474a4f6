"""The rows of the lists, every column a field (rules L1, L2, I1, R9)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from ordersales.models.invoice import InvoiceStatus
from ordersales.models.offer import Category, Customer
from ordersales.models.order import OrderStatus
from ordersales.models.recurring_order import RecurringStatus
from ordersales.models.sale import Manager, Sale
from ordersales.models.stage import PaymentError
from ordersales.values.cadence import Cadence
from ordersales.values.identifiers import (
    GatewayId,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
)
from ordersales.values.money import Money


@frozen(kw_only=True)
class OrderRow:
    """One row of *All orders* (rule L2)."""

    number: OrderNumber
    placed_at: datetime
    customer: Customer
    status: OrderStatus
    offer_number: OfferNumber
    offer_name: str
    category: Category
    price: Money
    unit_price: Money
    quantity: int
    #: What is not paid and not waived.
    outstanding: Money
    #: Who is credited; show it green when it is confirmed, red when not.
    sale: Sale
    needs_attention: bool
    #: The values of the `Operation`s that the reader may start on this row (rules A3, P4).
    actions: tuple[str, ...]


@frozen(kw_only=True)
class PaymentRow:
    """One row of *Payments*: an invoice, with what its order is about (rule I1)."""

    number: InvoiceNumber
    order: OrderNumber
    attempted_at: datetime
    customer: Customer
    offer_number: OfferNumber
    offer_name: str
    status: InvoiceStatus
    amount: Money
    covers: Money
    #: Which part of the price it covers, in percent with two decimals.
    percent: Decimal
    #: Amount less commission; None until that is known.
    credited: Money | None
    returned: Money
    one_click: bool
    system: SystemName
    comment: str
    gateway_id: GatewayId | None
    error: PaymentError | None
    #: The values of the `Operation`s that the reader may start on this row (rule A3).
    actions: tuple[str, ...]


@frozen(kw_only=True)
class RecurringRow:
    """One row of *Recurring orders* (rules L1, R9)."""

    number: OrderNumber
    started_at: datetime
    customer: Customer
    #: *Processing* while a payment is under way.
    status: RecurringStatus
    offer_number: OfferNumber
    offer_name: str
    category: Category
    #: What each payment brings.
    price: Money
    unit_price: Money
    quantity: int
    cadence: Cadence
    payments_made: int
    #: None where it goes on until it is stopped.
    payments_remaining: int | None
    #: When it is charged next, on its date or again after a failure; None while nothing is to
    #: come: it stands still, has ended, or a payment is under way.
    next_payment_at: datetime | None
    system: SystemName
    #: Who is credited with its orders where no sales plan names customer and offer.
    manager: Manager | None
    #: The values of the `Operation`s that the reader may start on this row (rule A3).
    actions: tuple[str, ...]


@frozen(kw_only=True)
class OccurrenceRow:
    """One of the orders of a recurring order (rule R9)."""

    number: OrderNumber
    #: 1 is the initial one.
    index: int
    placed_at: datetime
    #: The date that it pays for; None for the initial one, which its customer paid by themselves.
    due_at: datetime | None
    status: OrderStatus
    price: Money
    #: Where it was paid, or else attempted last; None where nobody was asked yet.
    system: SystemName | None
    needs_attention: bool
    #: The values of the `Operation`s that the reader may start on it (rule A3).
    actions: tuple[str, ...]
