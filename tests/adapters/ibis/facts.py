"""Facts made by hand, as they are exported."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from ordersales.reports.exported import FIELDS, Row
from ordersales.reports.facts import ticks

MARCH: Final = datetime(2026, 3, 5, 12, tzinfo=UTC)

_USUAL: Final[dict[str, str | int | None]] = {
    "account": "acme",
    "kind": "payment",
    "currency": "EUR",
    "system": "Cards",
    "offer": "C-1",
    "offer_name": "Course",
    "category": "7",
    "category_name": "Learning",
    "manager": "",
    "manager_name": "",
    "confirmed": 0,
    "completed": 1,
    "opens_order": 1,
    "units": 1,
    "amount": 1000,
    "commission": None,
    "at": ticks(MARCH),
    "paid": ticks(MARCH),
    "order": 1,
    "invoice": 1,
    "refund": 0,
    "customer": "ada",
    "recurring": 0,
    "placed": ticks(MARCH),
    "status": "Completed",
    "price_currency": "EUR",
    "price": 1000,
    "partial": 0,
    "needs_attention": 0,
    "payment_status": "Paid",
}


def a_row(order: int = 1, amount: int = 1000, *, at: datetime = MARCH, **fields: str | int) -> Row:
    """Return the fact of a payment, with these fields in place of the usual ones."""
    moved = {"order": order, "invoice": order, "amount": amount, "at": ticks(at), "paid": ticks(at)}
    filled = {**_USUAL, **moved, **fields}
    return tuple(filled[name] for name in FIELDS)
