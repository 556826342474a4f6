"""Orders and sales, as a library to embed.

`BackOffice` and `AsyncBackOffice` are the two front doors; the records they take and return can
be imported from here as well. Storage is in `ordersales.adapters`, what tests need in
`ordersales.testing`, every error in `ordersales.errors`.

A name is loaded when it is first asked for, so that a program pays at its start for what it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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
    from ordersales.models.due import Did, DueResult
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
        RecurringColumn,
        RecurringSort,
    )
    from ordersales.models.health import Finding, Findings, Health, Trouble
    from ordersales.models.installation import Installation
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
    from ordersales.models.recurring_card import RecurringCard
    from ordersales.models.recurring_import import (
        Imported,
        ImportProgress,
        ImportResult,
        ImportRow,
    )
    from ordersales.models.recurring_order import RecurringOrder, RecurringResult, RecurringStatus
    from ordersales.models.recurring_preview import (
        ComingKind,
        ComingPayment,
        Forecast,
        ForecastLine,
    )
    from ordersales.models.recurring_terms import RecurringTerms, ResumePolicy
    from ordersales.models.refund import Refund, RefundKind, RefundStatus
    from ordersales.models.report import (
        DateBasis,
        Details,
        Dimension,
        ExportProgress,
        Overall,
        RateUsed,
        Report,
        ReportResult,
        ReportRow,
        ReportScope,
        ReportSort,
        Traced,
    )
    from ordersales.models.rows import OccurrenceRow, OrderRow, PaymentRow, RecurringRow
    from ordersales.models.sale import Basis, Manager, Proposal, Sale, SaleChange, SalesPlan
    from ordersales.ports.payment_systems import PaymentSystem
    from ordersales.reports.csv_export import Csv
    from ordersales.rules.permissions import Operation
    from ordersales.rules.telling import sentence
    from ordersales.values.cadence import Cadence, Unit
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
    "Cadence",
    "CallerError",
    "Category",
    "CategoryNumber",
    "ComingKind",
    "ComingPayment",
    "Csv",
    "Currency",
    "Customer",
    "CustomerCard",
    "CustomerId",
    "DateBasis",
    "Details",
    "Did",
    "Dimension",
    "DueResult",
    "Event",
    "EventKind",
    "Explanation",
    "ExportProgress",
    "Finding",
    "Findings",
    "FixedShares",
    "Forecast",
    "ForecastLine",
    "Health",
    "IdempotencyKey",
    "ImportProgress",
    "ImportResult",
    "ImportRow",
    "Imported",
    "InFull",
    "Installation",
    "InvalidInput",
    "Invoice",
    "InvoiceNumber",
    "InvoiceStatus",
    "Manager",
    "Money",
    "NotFound",
    "OccurrenceRow",
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
    "Overall",
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
    "RateUsed",
    "Reason",
    "ReasonCode",
    "RecordedEvent",
    "RecurringCard",
    "RecurringColumn",
    "RecurringOrder",
    "RecurringResult",
    "RecurringRow",
    "RecurringSort",
    "RecurringStatus",
    "RecurringTerms",
    "Refund",
    "RefundKind",
    "RefundResult",
    "RefundStatus",
    "Report",
    "ReportResult",
    "ReportRow",
    "ReportScope",
    "ReportSort",
    "ResumePolicy",
    "RuleRefused",
    "Sale",
    "SaleChange",
    "SalesPlan",
    "Share",
    "SystemName",
    "Traced",
    "Trouble",
    "Unit",
    "UserId",
    "WebhookResult",
    "register_currency",
    "sentence",
    "shown_shares",
]

# What type checkers read above, for the interpreter: where each name is at home.
_HOMES: Final = {
    "ordersales.async_back_office": "AsyncBackOffice",
    "ordersales.back_office": "BackOffice",
    "ordersales.errors": "CallerError InvalidInput NotFound OrdersalesError OutsideFailed RuleRefused",
    "ordersales.models.actor": "Actor Permission",
    "ordersales.models.charge": "PaymentMethod WebhookResult",
    "ordersales.models.customer_card": "CustomerCard",
    "ordersales.models.due": "Did DueResult",
    "ordersales.models.event": "Event EventKind RecordedEvent",
    "ordersales.models.explanation": "Awaited Explanation Reason ReasonCode",
    "ordersales.models.filters": "OrderColumn OrderFilter OrderSort Page PaymentColumn PaymentSort PaymentType RecurringColumn RecurringSort",
    "ordersales.models.health": "Finding Findings Health Trouble",
    "ordersales.models.installation": "Installation",
    "ordersales.models.invoice": "Invoice InvoiceStatus",
    "ordersales.models.offer": "AnyShare Category Customer FixedShares InFull Offer",
    "ordersales.models.order": "Order OrderStatus Payment RefundResult",
    "ordersales.models.recurring_card": "RecurringCard",
    "ordersales.models.recurring_import": "Imported ImportProgress ImportResult ImportRow",
    "ordersales.models.recurring_order": "RecurringOrder RecurringResult RecurringStatus",
    "ordersales.models.recurring_preview": "ComingKind ComingPayment Forecast ForecastLine",
    "ordersales.models.recurring_terms": "RecurringTerms ResumePolicy",
    "ordersales.models.refund": "Refund RefundKind RefundStatus",
    "ordersales.models.report": "DateBasis Details Dimension ExportProgress Overall RateUsed Report ReportResult ReportRow ReportScope ReportSort Traced",
    "ordersales.models.rows": "OccurrenceRow OrderRow PaymentRow RecurringRow",
    "ordersales.models.sale": "Basis Manager Proposal Sale SaleChange SalesPlan",
    "ordersales.ports.payment_systems": "PaymentSystem",
    "ordersales.reports.csv_export": "Csv",
    "ordersales.rules.permissions": "Operation",
    "ordersales.rules.telling": "sentence",
    "ordersales.values.cadence": "Cadence Unit",
    "ordersales.values.currency": "Currency register_currency",
    "ordersales.values.identifiers": "AccountId CategoryNumber CustomerId IdempotencyKey InvoiceNumber OfferNumber OrderNumber SystemName UserId",
    "ordersales.values.money": "Money",
    "ordersales.values.share": "Share shown_shares",
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}


# Type checkers would take a module with __getattr__ to have every name there is.
if not TYPE_CHECKING:  # pragma: no branch - at run time it is never true

    def __getattr__(name: str) -> Any:
        """Load a public name from its home; Python asks here once for each (PEP 562)."""
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
