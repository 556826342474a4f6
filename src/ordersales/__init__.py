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
from ordersales.models.customer_card import CustomerCard
from ordersales.models.event import Event, EventKind, RecordedEvent
from ordersales.models.explanation import Awaited, Explanation, Reason, ReasonCode
from ordersales.models.filters import (
    OrderColumn,
    OrderFilter,
    OrderSort,
    Page,
    PaymentColumn,
    PaymentSort,
    PaymentType,
)
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import (
    AnyShare,
    Category,
    Customer,
    FixedShares,
    InFull,
    Offer,
)
from ordersales.models.order import Order, OrderStatus, Payment, RefundResult
from ordersales.models.refund import Refund, RefundKind, RefundStatus
from ordersales.models.rows import OrderRow, PaymentRow
from ordersales.models.sale import Basis, Manager, Proposal, Sale, SaleChange, SalesPlan
from ordersales.ports.payment_systems import PaymentSystem
from ordersales.rules.permissions import Operation
from ordersales.rules.telling import sentence
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
    "Awaited",
    "BackOffice",
    "Basis",
    "CallerError",
    "Category",
    "CategoryNumber",
    "Currency",
    "Customer",
    "CustomerCard",
    "CustomerId",
    "Event",
    "EventKind",
    "Explanation",
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
    "OrderColumn",
    "OrderFilter",
    "OrderNumber",
    "OrderRow",
    "OrderSort",
    "OrderStatus",
    "OrdersalesError",
    "OutsideFailed",
    "Page",
    "Payment",
    "PaymentColumn",
    "PaymentMethod",
    "PaymentRow",
    "PaymentSort",
    "PaymentSystem",
    "PaymentType",
    "Permission",
    "Proposal",
    "Reason",
    "ReasonCode",
    "RecordedEvent",
    "Refund",
    "RefundKind",
    "RefundResult",
    "RefundStatus",
    "RuleRefused",
    "Sale",
    "SaleChange",
    "SalesPlan",
    "Share",
    "SystemName",
    "UserId",
    "WebhookResult",
    "register_currency",
    "sentence",
    "shown_shares",
]
