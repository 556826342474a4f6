"""Which records there are in the format, by the names that stand in it."""

from __future__ import annotations

from typing import Any, Final

from ordersales.models.actor import Actor
from ordersales.models.charge import (
    Accepted,
    Answer,
    Declined,
    Misconfigured,
    PaymentMethod,
    Succeeded,
    WebhookEvent,
    Withdrawn,
)
from ordersales.models.customer_card import CustomerCard
from ordersales.models.due import DueResult
from ordersales.models.event import Event, RecordedEvent
from ordersales.models.explanation import Explanation
from ordersales.models.filters import OrderFilter, OrderSort, PaymentSort, RecurringSort
from ordersales.models.invoice import Invoice
from ordersales.models.offer import AnyShare, Customer, FixedShares, InFull, Offer, PaymentTerms
from ordersales.models.order import Order, Payment, RefundResult
from ordersales.models.recurring_card import RecurringCard
from ordersales.models.recurring_import import ImportProgress, ImportResult, ImportRow
from ordersales.models.recurring_order import RecurringOrder, RecurringResult
from ordersales.models.recurring_preview import ComingPayment, Forecast
from ordersales.models.refund import (
    ChargebackWon,
    Refund,
    RefundAccepted,
    RefundAnswer,
    RefundRefused,
    RefundSucceeded,
    RefundTold,
    ReturnReported,
)
from ordersales.models.report import Details, Report, ReportResult
from ordersales.models.rows import OrderRow, PaymentRow, RecurringRow
from ordersales.models.sale import Manager, Proposal, SalesPlan

#: The kinds of envelopes. A name never changes, and never comes to mean something else.
KINDS: Final[dict[str, type[Any]]] = {
    "actor": Actor,
    "coming payment": ComingPayment,
    "customer": Customer,
    "customer card": CustomerCard,
    "due result": DueResult,
    "event": Event,
    "explanation": Explanation,
    "forecast": Forecast,
    "import progress": ImportProgress,
    "import result": ImportResult,
    "import row": ImportRow,
    "invoice": Invoice,
    "manager": Manager,
    "offer": Offer,
    "order": Order,
    "order filter": OrderFilter,
    "order row": OrderRow,
    "order sort": OrderSort,
    "payment": Payment,
    "payment method": PaymentMethod,
    "payment row": PaymentRow,
    "payment sort": PaymentSort,
    "proposal": Proposal,
    "recorded event": RecordedEvent,
    "recurring card": RecurringCard,
    "recurring order": RecurringOrder,
    "recurring result": RecurringResult,
    "recurring row": RecurringRow,
    "recurring sort": RecurringSort,
    "refund": Refund,
    "refund result": RefundResult,
    "report": Report,
    "report details": Details,
    "report result": ReportResult,
    "sales plan": SalesPlan,
    "webhook event": WebhookEvent,
}

#: Where a field holds one record of several, each says which it is: in its field of this name.
TAG: Final = "type"

#: These fields, by their types, with the name that each of the several records goes by.
UNIONS: Final[tuple[tuple[Any, dict[str, type[Any]]], ...]] = (
    (
        PaymentTerms,
        {"in full": InFull, "any share": AnyShare, "fixed shares": FixedShares},
    ),
    (
        RefundAnswer,
        {"succeeded": RefundSucceeded, "accepted": RefundAccepted, "refused": RefundRefused},
    ),
    (
        Answer | RefundTold | ReturnReported | ChargebackWon,
        {
            "succeeded": Succeeded,
            "declined": Declined,
            "accepted": Accepted,
            "withdrawn": Withdrawn,
            "misconfigured": Misconfigured,
            "refund told": RefundTold,
            "return reported": ReturnReported,
            "chargeback won": ChargebackWon,
        },
    ),
)


def named_in(union: Any) -> dict[str, type[Any]]:
    """Return the records that a field of such a type may hold, by the names they go by there."""
    return next(names for kind, names in UNIONS if kind == union)
