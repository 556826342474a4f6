"""Facts as they leave the shop: with all that a filter may ask of them, and without a name (E2).

A fact says what is added up. Where a report is computed elsewhere, the filter is applied there as
well, so a row holds what the filter asks of the order and the invoice beside it (rule L3). Names of
customers stay at home: what was copied elsewhere could not be erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from ordersales.models.filters import PaymentType
from ordersales.models.order import Order
from ordersales.reports.facts import Fact, facts_of, ticks
from ordersales.rules.filtering import payment_type

#: What stands in a row behind the fields of its fact.
FACETS: Final = (
    "placed",
    "status",
    "price_currency",
    "price",
    "partial",
    "needs_attention",
    "payment_status",
)

#: What a row holds: whole numbers, short text, and None for a commission that is not told.
FIELDS: Final = (*Fact._fields, *FACETS)

#: The fields that hold text; all others hold whole numbers.
TEXTS: Final = frozenset(
    {
        "account",
        "kind",
        "currency",
        "system",
        "offer",
        "offer_name",
        "category",
        "category_name",
        "manager",
        "manager_name",
        "customer",
        "status",
        "price_currency",
        "payment_status",
    }
)

Row = tuple[str | int | None, ...]


@frozen
class FactChanges:
    """The facts of some orders as they are now, and up to where their history was read (E1).

    Of each order they are all its facts: whatever was kept of it before, they replace.
    """

    #: Up to which event the account was read: where to go on.
    position: int
    #: How many events were read; 0 where nothing has happened since.
    events: int
    #: A row's values come in the order of `FIELDS`.
    rows: tuple[Row, ...]


def rows_of(order: Order) -> tuple[Row, ...]:
    """Return the facts of one order, each with what a filter may ask of it."""
    statuses: dict[int, str] = {item.number: item.status.value for item in order.invoices}
    placed, partial = ticks(order.placed_at), int(payment_type(order) is PaymentType.PARTIAL)
    price, attention = order.price, int(order.needs_attention)
    facets = (placed, order.status.value, price.currency.code, price.minor, partial, attention)
    return tuple((*fact, *facets, statuses[fact.invoice]) for fact in facts_of(order))


def changes(position: int, events: int, orders: Iterable[Order]) -> FactChanges:
    """Return the facts of `orders`, read up to `position`."""
    return FactChanges(position, events, tuple(row for order in orders for row in rows_of(order)))
