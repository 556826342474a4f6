"""The columns that follow from records, written anew: for migrations that bring new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from sqlalchemy import Connection, Table, bindparam, select, tuple_

from ordersales.adapters.sqlalchemy.documents import read
from ordersales.adapters.sqlalchemy.rows import (
    Row,
    invoice_rows,
    order_row,
    recurring_row,
    refund_rows,
)
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder

K = TypeVar("K")
R = TypeVar("R", Order, RecurringOrder)

#: How many records are read at a time.
BATCH: Final = 500


def derive_again(connection: Connection, tables: Tables, *, batch: int = BATCH) -> int:
    """Write anew what follows from the records of orders, and return how many records there are.

    For a migration that has added a column, on its own connection, while no process of the shop is
    at work. The records stay as they are, and are read `batch` at a time; from each, this version
    derives the columns anew.
    """
    count = 0
    for orders in _batches(connection, tables.orders, Order, batch):
        _write(connection, tables.orders, map(order_row, orders))
        _write(connection, tables.invoices, _parts(invoice_rows, orders))
        _write(connection, tables.refunds, _parts(refund_rows, orders))
        count += len(orders)
    for recurring in _batches(connection, tables.recurring_orders, RecurringOrder, batch):
        _write(connection, tables.recurring_orders, map(recurring_row, recurring))
        count += len(recurring)
    return count


def _batches(
    connection: Connection, table: Table, kind: type[R], size: int
) -> Iterator[Sequence[R]]:
    """Read all records of a table, some at a time, in the order of its primary key."""
    place = tuple_(table.c.account, table.c.number)
    first = select(table.c.record).order_by(table.c.account, table.c.number).limit(size)
    statement = first
    while found := [read(kind, text) for text in connection.scalars(statement)]:
        yield found
        statement = first.where(place > (found[-1].account, found[-1].number))


def _parts(rows_of: Callable[[Order], dict[K, Row]], orders: Iterable[Order]) -> Iterator[Row]:
    return (row for order in orders for row in rows_of(order).values())


def _write(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Write rows that are there already, each found by its primary key."""
    keys = [column.name for column in table.primary_key]
    of_the_row = [table.c[name] == bindparam(f"its_{name}") for name in keys]
    values = [{f"its_{name}": row[name] for name in keys} | row for row in rows]
    if values:
        connection.execute(table.update().where(*of_the_row), values)
