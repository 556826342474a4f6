"""Very many orders at once: those that a shop has from before, each as it stands.

They are written by COPY on PostgreSQL, and by one prepared statement for many rows elsewhere, in
batches that are each committed whole. So a load that broke off is simply begun again: what is
there already is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from operator import itemgetter
from typing import Any, Final

from attrs import evolve, frozen
from sqlalchemy import Connection, Engine, Table, bindparam, case, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.util import await_only

from ordersales.adapters.sqlalchemy.apart import Apart
from ordersales.adapters.sqlalchemy.dialects import among, insert_into
from ordersales.adapters.sqlalchemy.failures import failed, is_taken
from ordersales.adapters.sqlalchemy.prepared import Prepared
from ordersales.adapters.sqlalchemy.rows import (
    Row,
    invoice_rows,
    order_row,
    refund_key_rows,
    refund_rows,
)
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.adapters.sqlalchemy.ways import refuse_autocommit
from ordersales.errors import Conflict, Problem
from ordersales.models.order import Order
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, OrderNumber

#: How many orders are committed together.
BATCH: Final = 1000

_LOADING: Final = "loading orders"
#: The drivers that are known to COPY: both are psycopg.
_WITH_COPY: Final = ("psycopg", "psycopg_async")

#: Told how many orders have been looked at so far.
Progress = Callable[[int], object]


@frozen(kw_only=True)
class Loaded:
    """What became of the orders that were to be loaded."""

    #: How many are new.
    added: int = 0
    #: How many were there already, under the same number and the same key.
    known: int = 0


@frozen
class Loading:
    """Loads orders into the tables of a database."""

    _engine: Engine
    _tables: Tables
    _apart: Apart | None

    def load(
        self, account: AccountId, orders: Iterable[Order], on_progress: Progress | None
    ) -> Loaded:
        """Write the orders, batch by batch, and have the database look at what it holds then."""
        told = on_progress is None or callable(on_progress)
        checks.refuse(
            None if told else Problem.of("on_progress", on_progress, "a function, or None")
        )
        self._refuse_autocommit()
        loaded = Loaded()
        for batch in _batches(_checked(account, order) for order in orders):
            new = self._written(account, batch)
            known = loaded.known + len(batch) - new
            loaded = Loaded(added=loaded.added + new, known=known)
            if on_progress is not None:
                on_progress(loaded.added + loaded.known)
        if loaded.added:
            self._look_at_it()
        return loaded

    def _refuse_autocommit(self) -> None:
        try:
            with self._engine.connect() as connection:
                refuse_autocommit(connection)
        except SQLAlchemyError as error:
            raise failed(error, _LOADING) from None

    def _written(self, account: AccountId, batch: Sequence[Order]) -> int:
        """Write those of a batch that are new, and return how many these are."""
        try:
            if self._apart is not None:
                # Before: whoever takes a number meanwhile must not get one of these.
                self._apart.value(self._reaching(), _reached(account, batch))
            with self._engine.begin() as connection:
                if self._apart is None:
                    connection.execute(self._reaching(), _reached(account, batch))
                new = self._new(connection, account, batch)
                for table, rows in self._rows(new):
                    for first in rows:
                        _write(connection, table, chain([first], rows))
                return len(new)
        except SQLAlchemyError as error:
            raise _refused(error, batch) from None

    def _new(
        self, connection: Connection, account: AccountId, batch: Sequence[Order]
    ) -> list[Order]:
        """Return those that are not there yet.

        Raises:
            Conflict: There is another order of the same number.
        """
        orders, is_sqlite = self._tables.orders.c, connection.dialect.name == "sqlite"
        numbers = [order.number for order in batch]
        asked = select(orders.number, orders.key).where(
            orders.account == account, among(orders.number, numbers, is_sqlite=is_sqlite)
        )
        known: dict[OrderNumber, str] = {row.number: row.key for row in connection.execute(asked)}
        for order in batch:
            if known.get(order.number, order.key) != order.key:
                raise Conflict(f"order {order.number}")
        return [order for order in batch if order.number not in known]

    def _rows(self, new: list[Order]) -> Iterator[tuple[Table, Iterator[Row]]]:
        """Yield the rows of each table, each table behind those that it refers to.

        They are made one by one as they are sent, while the database writes those before.
        """
        tables = self._tables
        yield tables.orders, map(order_row, new)
        yield tables.invoices, _each(invoice_rows, new)
        yield tables.refunds, _each(refund_rows, new)
        yield tables.refund_keys, _each(refund_key_rows, new)

    def _reaching(self) -> Any:
        """Return what has both series go on behind the numbers that are loaded (rule O4)."""
        numbers = self._tables.numbers
        series = (numbers.c.last_order, numbers.c.last_invoice)
        given = {column.name: bindparam(column.name, type_=column.type) for column in series}
        higher = {
            column.name: case((column < given[column.name], given[column.name]), else_=column)
            for column in series
        }
        return (
            insert_into(self._engine.dialect.name, numbers)
            .values(account=bindparam("account"), **given)
            .on_conflict_do_update(index_elements=["account"], set_=higher)
            .returning(numbers.c.last_order)
        )

    def _look_at_it(self) -> None:
        """Have the database count what it holds: by that it chooses how to find things."""
        tables = self._tables
        try:
            with self._engine.begin() as connection:
                if connection.dialect.name == "sqlite":
                    connection.execute(text("PRAGMA analysis_limit = 1000"))
                for table in (tables.orders, tables.invoices, tables.refunds):
                    connection.execute(text(f"ANALYZE {_named(connection, table)}"))
        except SQLAlchemyError as error:
            raise failed(error, _LOADING) from None


def _checked(account: AccountId, order: Order) -> Order:
    """Return an order as it is kept first, if it can be one of the account's (rule B1)."""
    checks.refuse(checks.instance(order, "orders", Order))
    price, invoices = order.unit_price * order.quantity, order.invoices
    currency = order.price.currency
    checks.refuse(
        None if order.account == account else Problem.of("account", order.account, repr(account)),
        checks.whole(order.number, "number", least=1),
        checks.text(order.key, "key"),
        None if order.price == price else Problem.of("price", order.price, f"{price} (rule O2)"),
        *(checks.whole(item.number, "invoices.number", least=1) for item in invoices),
        *(checks.text(item.key, "invoices.key") for item in invoices),
        *(
            Problem.of("invoices.covers", item.covers, f"money in {currency}")
            for item in invoices
            if item.covers.currency != currency
        ),
    )
    return evolve(order, version=1)


def _batches(orders: Iterator[Order]) -> Iterator[list[Order]]:
    while batch := [*islice(orders, BATCH)]:
        yield batch


def _reached(account: AccountId, batch: Sequence[Order]) -> dict[str, object]:
    invoices = (item.number for order in batch for item in order.invoices)
    return {
        "account": account,
        "last_order": max(order.number for order in batch),
        "last_invoice": max(invoices, default=0),
    }


def _each(rows_of: Callable[[Order], Mapping[Any, Row]], orders: Iterable[Order]) -> Iterator[Row]:
    return (row for order in orders for row in rows_of(order).values())


def _write(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    if connection.dialect.driver not in _WITH_COPY:
        Prepared(table.insert()).run(connection, [*rows])
        return
    names = [column.name for column in table.columns]
    columns = ", ".join(map(connection.dialect.identifier_preparer.quote, names))
    copy = f"COPY {_named(connection, table)} ({columns}) FROM STDIN"
    _copy(connection, copy, map(itemgetter(*names), rows))


def _copy(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    dialect = connection.dialect
    kind: type[Exception] = dialect.loaded_dbapi.Error
    try:
        if dialect.is_async:
            await_only(_copy_awaited(driver, statement, rows))
        else:
            _copy_at_once(driver, statement, rows)
    except kind as error:
        # SQLAlchemy does not see it, and so has not wrapped it.
        raise DBAPIError.instance(statement, None, error, kind, dialect=dialect) from None


def _copy_at_once(driver: Any, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


async def _copy_awaited(driver: Any, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)


def _named(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)


def _refused(error: SQLAlchemyError, batch: Sequence[Order]) -> Exception:
    if isinstance(error, IntegrityError) and is_taken(error):
        between = f"{batch[0].number} to {batch[-1].number}"
        return Conflict(f"a number or a key among the orders {between}")
    return failed(error, _LOADING)
