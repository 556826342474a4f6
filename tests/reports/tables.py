"""Engines that are given facts as a table: DuckDB, polars, PostgreSQL and PySpark, by Ibis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen

from ordersales.adapters.ibis import summed, table_of
from ordersales.models.filters import OrderFilter
from ordersales.models.order import Order, Payment
from ordersales.models.report import Dimension, ReportScope
from ordersales.reports.cells import Cell
from ordersales.reports.exported import FIELDS, Row, rows_of
from ordersales.reports.facts import Fact
from ordersales.rules.filtering import matches_payment

#: Puts other rows in place of each: none, as a mistake would.
Mistake = Callable[[Row], Sequence[Row]]


def right(row: Row) -> Sequence[Row]:
    """Return the row as it is."""
    return [row]


@frozen
class TableEngine:
    """Adds up a table of facts, into which it puts the orders of a shop before."""

    #: Return the table as the engine holds it.
    load: Callable[[pa.Table], Any]
    mistake: Mistake = right

    def __call__(
        self, orders: Sequence[Order], dimensions: Sequence[Dimension], scope: ReportScope
    ) -> tuple[Cell, ...]:
        """Answer as `ordersales.ports.storage.Orders.summed` does."""
        rows = [row for order in orders for row in rows_of(order)]
        rows, wanted = _with_words(orders, rows, scope.wanted)
        table = self.load(table_of([wrong for row in rows for wrong in self.mistake(row)]))
        return summed(table, dimensions, attrs.evolve(scope, wanted=wanted))


def _with_words(
    orders: Sequence[Order], rows: list[Row], wanted: OrderFilter
) -> tuple[list[Row], OrderFilter]:
    """Return the rows whose shop is asked for the words, since rows hold no customer's name."""
    if wanted.text is None:
        return rows, wanted
    words = OrderFilter(text=wanted.text)
    fits = {
        invoice.number
        for order in orders
        for invoice in order.invoices
        if matches_payment(Payment(order, invoice), words)
    }
    at = FIELDS.index("invoice")
    return [row for row in rows if row[at] in fits], attrs.evolve(wanted, text=None)


def changed(mistake: Callable[[Fact], Sequence[Fact]]) -> Mistake:
    """Return what makes a mistake with the fact of a row."""
    width = len(Fact._fields)

    def rows(row: Row) -> Sequence[Row]:
        return [(*fact, *row[width:]) for fact in mistake(Fact(*row[:width]))]  # type: ignore[arg-type] - a row is typed loosely

    return rows


@contextmanager
def in_duckdb() -> Iterator[Callable[[pa.Table], Any]]:
    """Hold tables in DuckDB."""
    connection = ibis.duckdb.connect()
    yield lambda table: connection.create_table("facts", table, overwrite=True)
    connection.disconnect()


@contextmanager
def in_polars() -> Iterator[Callable[[pa.Table], Any]]:
    """Hold tables in polars."""
    connection = ibis.polars.connect()
    yield lambda table: connection.create_table("facts", table, overwrite=True)


@contextmanager
def in_postgres(dsn: str) -> Iterator[Callable[[pa.Table], Any]]:
    """Hold tables in a database of PostgreSQL."""
    connection = ibis.connect(dsn)
    yield lambda table: connection.create_table("facts", table, overwrite=True)
    connection.disconnect()


def in_spark(connection: Any, folder: Path) -> Callable[[pa.Table], Any]:
    """Hold tables in Parquet files that Spark reads."""

    def load(table: pa.Table) -> Any:
        path = folder / f"facts-{len(list(folder.iterdir()))}.parquet"
        pq.write_table(table, path)
        return connection.read_parquet(path)

    return load
