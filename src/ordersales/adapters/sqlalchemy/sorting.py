"""By what a list is sorted (rule L4): `ordersales.rules.sorting` in SQL.

Each column of a list has one line in a table below: by which columns of the rows it is sorted,
before the number. A page begins behind a place by comparing all of them at once, as in
``(customer_folded, number) < ('ada', 17)``: so it is one range of an index that holds them in this
order, and a page costs the same wherever it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal, literal_column, tuple_

from ordersales.adapters.sqlalchemy.columns import Moment
from ordersales.adapters.sqlalchemy.filtering import Columns
from ordersales.models.filters import (
    OrderColumn,
    PaymentColumn,
    Place,
    RecurringColumn,
    SortValue,
)
from ordersales.values.checks import MOST_WHOLE

#: By what the rows of a list are sorted; the number comes last.
Key = tuple[ColumnElement[Any], ...]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Behind every moment: PostgreSQL knows the word, and in SQLite, where moments are text that
#: begins with a digit, it is simply the higher text.
_NEVER: Final[ColumnElement[Any]] = literal_column("'infinity'")


def order_key(orders: Columns, column: OrderColumn) -> Key:
    """Return by what orders are sorted, as `ordersales.rules.sorting.order_place` says."""
    return (*_OF_ORDERS[column](orders), orders["number"])


def payment_key(invoices: Columns, column: PaymentColumn) -> Key:
    """Return by what payments are sorted, as `payment_place` says."""
    return (*_OF_PAYMENTS[column](invoices), invoices["number"])


def recurring_key(recurring: Columns, column: RecurringColumn) -> Key:
    """Return by what recurring orders are sorted, as `recurring_place` says."""
    return (*_OF_RECURRING[column](recurring), recurring["number"])


def in_order(key: Key, *, descending: bool) -> list[ColumnElement[Any]]:
    """Return what to sort by: all the same way round, so that an index is read either way."""
    return [part.desc() if descending else part.asc() for part in key]


def behind(key: Key, after: Place, *, descending: bool) -> ColumnElement[bool]:
    """Ask that a row stands behind `after`."""
    *sorted_by, number = key
    if not sorted_by:
        return number < after.number if descending else number > after.number
    values = after.value if isinstance(after.value, tuple) else (after.value,)
    edge = tuple_(*map(_edge, sorted_by, values), literal(after.number, number.type))
    return tuple_(*key) < edge if descending else tuple_(*key) > edge


def _edge(part: ColumnElement[Any], value: SortValue) -> ColumnElement[Any]:
    """Return the value of a place as it is compared with what is sorted by."""
    if not isinstance(part.type, Moment):
        return literal(value, part.type)
    if value == MOST_WHOLE:
        return _NEVER
    return literal(_EPOCH + timedelta(microseconds=int(str(value))), part.type)


def _by(*names: str) -> Callable[[Columns], Sequence[ColumnElement[Any]]]:
    return lambda row: [row[name] for name in names]


def _by_next_payment(recurring: Columns) -> Sequence[ColumnElement[Any]]:
    return [func.coalesce(recurring["next_action"], _NEVER, type_=Moment())]


def _by_remaining(recurring: Columns) -> Sequence[ColumnElement[Any]]:
    return [func.coalesce(recurring["payments_remaining"], literal_column(str(MOST_WHOLE)))]


_Sorts = Callable[[Columns], Sequence[ColumnElement[Any]]]
_OF_ORDERS: Final[dict[OrderColumn, _Sorts]] = {
    OrderColumn.NUMBER: _by(),
    OrderColumn.PLACED_AT: _by("placed_at"),
    OrderColumn.CUSTOMER: _by("customer_folded"),
    OrderColumn.STATUS: _by("status"),
    OrderColumn.OFFER: _by("offer_folded"),
    OrderColumn.OFFER_NUMBER: _by("offer"),
    OrderColumn.CATEGORY: _by("category"),
    OrderColumn.PRICE: _by("currency", "price"),
    OrderColumn.UNIT_PRICE: _by("currency", "unit_price"),
    OrderColumn.QUANTITY: _by("quantity"),
    OrderColumn.MANAGER: _by("manager_folded"),
}
_OF_PAYMENTS: Final[dict[PaymentColumn, _Sorts]] = {
    PaymentColumn.NUMBER: _by(),
    PaymentColumn.ATTEMPTED_AT: _by("attempted_at"),
    PaymentColumn.STATUS: _by("status"),
    PaymentColumn.AMOUNT: _by("currency", "amount"),
    PaymentColumn.SYSTEM: _by("system"),
}
_OF_RECURRING: Final[dict[RecurringColumn, _Sorts]] = {
    RecurringColumn.NUMBER: _by(),
    RecurringColumn.STARTED_AT: _by("started_at"),
    RecurringColumn.CUSTOMER: _by("customer_folded"),
    RecurringColumn.STATUS: _by("status"),
    RecurringColumn.OFFER: _by("offer_folded"),
    RecurringColumn.OFFER_NUMBER: _by("offer"),
    RecurringColumn.CATEGORY: _by("category"),
    RecurringColumn.PRICE: _by("currency", "price"),
    RecurringColumn.QUANTITY: _by("quantity"),
    RecurringColumn.PAYMENTS_MADE: _by("payments_made"),
    RecurringColumn.PAYMENTS_REMAINING: _by_remaining,
    RecurringColumn.NEXT_PAYMENT: _by_next_payment,
    RecurringColumn.SYSTEM: _by("system"),
}
