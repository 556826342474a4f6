"""The rows of the lists, every column a field (rules L1, L2, I1)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from ordersales.models.invoice import InvoiceStatus
from ordersales.models.offer import Category, Customer
from ordersales.models.order import OrderStatus
from ordersales.models.sale import Sale
from ordersales.models.stage import PaymentError
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
