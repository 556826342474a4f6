"""The statements of the lists: a page, and how many there are (rules L1, L4).

They only build; whoever runs them reads the records, and `sliced` makes the page of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Join, Select, and_, func, select

from ordersales.adapters.sqlalchemy import sorting
from ordersales.adapters.sqlalchemy.filtering import (
    asks_the_order,
    orders_that_fit,
    payments_that_fit,
    recurring_that_fit,
)
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.filters import (
    OrderFilter,
    OrderSort,
    PaymentSort,
    Place,
    RecurringSort,
    Row,
    Slice,
)
from ordersales.values.identifiers import AccountId


def order_page(
    tables: Tables,
    account: AccountId,
    wanted: OrderFilter,
    sort: OrderSort,
    *,
    after: Place | None,
    limit: int,
) -> Select[Any]:
    """Return what reads the records of a page of orders, and one more if there is one."""
    key = sorting.order_key(tables.orders.c, sort.column)
    found = select(tables.orders.c.record).where(*orders_that_fit(tables, account, wanted))
    return _page(found, key, after, limit, descending=sort.descending)


def payment_page(
    tables: Tables,
    account: AccountId,
    wanted: OrderFilter,
    sort: PaymentSort,
    *,
    after: Place | None,
    limit: int,
) -> Select[Any]:
    """Return what reads the order's record and the number of each invoice of a page, likewise."""
    key = sorting.payment_key(tables.invoices.c, sort.column)
    found = (
        select(tables.orders.c.record, tables.invoices.c.number)
        .select_from(_joined(tables))
        .where(*payments_that_fit(tables, account, wanted))
    )
    return _page(found, key, after, limit, descending=sort.descending)


def recurring_page(
    tables: Tables,
    account: AccountId,
    wanted: OrderFilter,
    sort: RecurringSort,
    *,
    after: Place | None,
    limit: int,
) -> Select[Any]:
    """Return what reads the records of a page of recurring orders, likewise."""
    recurring = tables.recurring_orders.c
    key = sorting.recurring_key(recurring, sort.column)
    found = select(recurring.record).where(*recurring_that_fit(tables, account, wanted))
    return _page(found, key, after, limit, descending=sort.descending)


def order_count(tables: Tables, account: AccountId, wanted: OrderFilter) -> Select[Any]:
    """Return what counts the orders that match."""
    counted = select(func.count()).select_from(tables.orders)
    return counted.where(*orders_that_fit(tables, account, wanted))


def payment_count(tables: Tables, account: AccountId, wanted: OrderFilter) -> Select[Any]:
    """Return what counts the invoices that match."""
    counted = _joined(tables) if asks_the_order(wanted) else tables.invoices
    found = select(func.count()).select_from(counted)
    return found.where(*payments_that_fit(tables, account, wanted))


def recurring_count(tables: Tables, account: AccountId, wanted: OrderFilter) -> Select[Any]:
    """Return what counts the recurring orders that match."""
    counted = select(func.count()).select_from(tables.recurring_orders)
    return counted.where(*recurring_that_fit(tables, account, wanted))


def sliced(rows: Sequence[Row], limit: int, place: Callable[[Row], Place]) -> Slice[Row]:
    """Return the page of what was read for it: with its last place if one more came.

    >>> sliced(["c", "b", "a"], 2, lambda row: Place(row, 0))
    Slice(rows=('c', 'b'), last=Place(value='b', number=0))
    """
    last = place(rows[limit - 1]) if len(rows) > limit else None
    return Slice(tuple(rows[:limit]), last)


def _joined(tables: Tables) -> Join:
    orders, invoices = tables.orders.c, tables.invoices.c
    belongs = and_(orders.account == invoices.account, orders.number == invoices.order_number)
    return tables.invoices.join(tables.orders, belongs)


def _page(
    found: Select[*tuple[Any, ...]],
    key: sorting.Key,
    after: Place | None,
    limit: int,
    *,
    descending: bool,
) -> Select[Any]:
    if after is not None:
        found = found.where(sorting.behind(key, after, descending=descending))
    return found.order_by(*sorting.in_order(key, descending=descending)).limit(limit + 1)
