"""Orders and sales, as a library to embed.

`BackOffice` and `AsyncBackOffice` are the two front doors; the records they take and return can
be imported from here as well. Storage is in `ordersales.adapters`, what tests need in
`ordersales.testing`, every error in `ordersales.errors`.
"""

from ordersales.async_back_office import AsyncBackOffice
from ordersales.back_office import BackOffice
from ordersales.errors import (
    CallerError,
    InvalidInput,
    NotFound,
    OrdersalesError,
    OutsideFailed,
    RuleRefused,
)
from ordersales.models.actor import Actor, Permission
from ordersales.models.charge import PaymentMethod, WebhookResult
from ordersales.models.event import Event, EventKind
from ordersales.models.filters import OrderFilter, Page, PaymentType
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import (
    AnyShare,
    Category,
    Customer,
    FixedShares,
    InFull,
    Offer,
)
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.models.sale import Manager, Sale
from ordersales.ports.payment_systems import PaymentSystem
from ordersales.rules.permissions import Operation
from ordersales.values.currency import Currency, register_currency
from ordersales.values.identifiers import (
    AccountId,
    CategoryNumber,
    CustomerId,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money
from ordersales.values.share import Share, shown_shares

__all__ = [
    "AccountId",
    "Actor",
    "AnyShare",
    "AsyncBackOffice",
    "BackOffice",
    "CallerError",
    "Category",
    "CategoryNumber",
    "Currency",
    "Customer",
    "CustomerId",
    "Event",
    "EventKind",
    "FixedShares",
    "IdempotencyKey",
    "InFull",
    "InvalidInput",
    "Invoice",
    "InvoiceNumber",
    "InvoiceStatus",
    "Manager",
    "Money",
    "NotFound",
    "Offer",
    "OfferNumber",
    "Operation",
    "Order",
    "OrderFilter",
    "OrderNumber",
    "OrderStatus",
    "OrdersalesError",
    "OutsideFailed",
    "Page",
    "Payment",
    "PaymentMethod",
    "PaymentSystem",
    "PaymentType",
    "Permission",
    "RuleRefused",
    "Sale",
    "Share",
    "SystemName",
    "UserId",
    "WebhookResult",
    "register_currency",
    "shown_shares",
]
