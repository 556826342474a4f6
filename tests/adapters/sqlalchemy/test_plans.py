"""How the databases find what is asked for: through an index, however much there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Engine, create_engine, event

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine, tables
from ordersales.adapters.sqlalchemy.transaction import SqlTransaction
from ordersales.errors import InvalidInput
from ordersales.models.filters import (
    EVERYTHING,
    OrderColumn,
    OrderFilter,
    OrderSort,
    PaymentColumn,
    PaymentSort,
    Place,
    RecurringColumn,
    RecurringSort,
)
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import OrderStatus
from ordersales.models.recurring_order import RecurringStatus
from ordersales.rules.filtering import all_orders
from ordersales.values.money import Money
from tests.adapters.sqlalchemy.filled import ACME, BEGUN, MINUTE, fill
from tests.postgres import Database

pytestmark = [pytest.mark.rule("L4"), pytest.mark.thorough]

Ask = Callable[[Any], object]

COUNT: Final = 100_000
#: An order in the middle, and its moment.
HALF: Final = COUNT // 2
THEN: Final = BEGUN + HALF * MINUTE
LATER: Final = THEN + 300 * MINUTE
#: When little is due: a worker looks every few minutes.
EARLY: Final = BEGUN + 1000 * MINUTE
ROWS: Final = 50

#: A value in the middle of each column of the lists.
VALUES: Final[dict[str, Any]] = {
    "number": HALF,
    "placed at": HALF * 60_000_000 + 631_152_000_000_000,
    "attempted at": HALF * 60_000_000 + 631_152_000_000_000,
    "started at": HALF * 60_000_000 + 631_152_000_000_000,
    "next payment": HALF * 60_000_000 + 631_152_000_000_000,
    "customer": "customer 15000",
    "status": "Completed",
    "offer name": "course 500",
    "offer number": "C-500",
    "category number": "30",
    "price": ("EUR", 5000),
    "unit price": ("EUR", 5000),
    "amount": ("EUR", 5000),
    "quantity": 2,
    "sales manager": "manager 100",
    "payment system": "System 3",
    "payments made": 12,
    "payments remaining": 6,
}
FILTERS: Final[dict[str, OrderFilter]] = {
    "number": OrderFilter(number=HALF),
    "customer": OrderFilter(customer="c-15000"),
    "status": OrderFilter(statuses={OrderStatus.OPEN}),
    "two statuses": OrderFilter(statuses={OrderStatus.OPEN, OrderStatus.DECLINED}),
    "offer": OrderFilter(offer="C-500"),
    "category": OrderFilter(category="30"),
    "manager": OrderFilter(manager="m-100"),
    "any manager": OrderFilter(system_sale=False),
    "system": OrderFilter(system="System 3"),
    "placed": OrderFilter(placed_from=THEN, placed_before=LATER),
    "placed since": OrderFilter(placed_from=THEN),
    "paid": OrderFilter(paid_from=THEN, paid_before=LATER),
    "paid since": OrderFilter(paid_from=THEN),
    "invoice": OrderFilter(invoice=HALF),
    "pending": OrderFilter(payment_statuses={InvoiceStatus.PENDING}),
    "paid at all": OrderFilter(payment_statuses={InvoiceStatus.PAID}),
    "attention": OrderFilter(needs_attention=True),
    "price": OrderFilter(price_from=Money.of(50, "EUR"), price_to=Money.of(51, "EUR")),
    "occurrences": OrderFilter(recurring=True),
}
RECURRING: Final[dict[str, OrderFilter]] = {
    "customer": OrderFilter(customer="c-15000"),
    "status": OrderFilter(recurring_statuses={RecurringStatus.PAUSED}),
    "offer": OrderFilter(offer="C-500"),
    "category": OrderFilter(category="30"),
    "manager": OrderFilter(manager="m-100"),
    "system": OrderFilter(system="System 3"),
}


def _pages_by_column() -> Iterator[tuple[str, Ask]]:
    """Yield the first page and one in the middle, of each list by each column."""
    for column in OrderColumn:
        for after in (None, Place(VALUES[column], HALF)):
            yield f"orders by {column} behind {after}", _orders(OrderSort(column), after)
        yield f"orders by {column}, rising", _orders(OrderSort(column, descending=False), after)
    for column in PaymentColumn:
        for after in (None, Place(VALUES[column], HALF)):
            yield f"payments by {column} behind {after}", _payments(PaymentSort(column), after)
    for column in RecurringColumn:
        for after in (None, Place(VALUES[column], HALF)):
            yield f"recurring orders by {column} behind {after}", _agreed(column, after)


def _orders(sort: OrderSort, after: Place | None, wanted: OrderFilter = EVERYTHING) -> Ask:
    shown = all_orders(wanted)
    return lambda tx: tx.orders.page(shown, sort, after=after, limit=ROWS)


def _payments(sort: PaymentSort, after: Place | None, wanted: OrderFilter = EVERYTHING) -> Ask:
    return lambda tx: tx.orders.payments(wanted, sort, after=after, limit=ROWS)


def _agreed(column: RecurringColumn, after: Place | None, wanted: OrderFilter = EVERYTHING) -> Ask:
    sort = RecurringSort(column)
    return lambda tx: tx.recurring_orders.page(wanted, sort, after=after, limit=ROWS)


def _pages_by_filter() -> Iterator[tuple[str, Ask]]:
    for name, wanted in FILTERS.items():
        for sort in (OrderSort(), OrderSort("placed at")):
            yield f"orders by {name}, {sort.column}", _orders(sort, None, wanted)
        yield f"payments by {name}", _payments(PaymentSort(), None, wanted)
    for name, wanted in RECURRING.items():
        yield f"recurring orders by {name}", _agreed(RecurringColumn.NUMBER, None, wanted)


#: What is asked inside a transaction, beside lists.
INSIDE: Final[dict[str, Ask]] = {
    "an order": lambda tx: tx.orders.get(HALF),
    "an order by its key": lambda tx: tx.orders.find_by_key(f"cart-{HALF}"),
    "an order by a payment's key": lambda tx: tx.orders.find_by_payment_key("pay-7"),
    "an order by a refund's key": lambda tx: tx.orders.find_by_refund_key("back-7"),
    "an occurrence": lambda tx: tx.orders.find_occurrence(9, 1),
    "occurrences": lambda tx: tx.orders.occurrences(9),
    "orders to check": lambda tx: tx.orders.to_check(EARLY, ROWS),
    "a recurring order": lambda tx: tx.recurring_orders.get(HALF),
    "a recurring order by its key": lambda tx: tx.recurring_orders.find_by_key("moved-7"),
    "recurring orders of a customer": lambda tx: tx.recurring_orders.of_customer("c-7"),
    "recurring orders due": lambda tx: tx.recurring_orders.claim_due(EARLY, LATER, ROWS),
    "recurring orders overdue": lambda tx: tx.recurring_orders.overdue(EARLY, ROWS),
    "events of an order": lambda tx: tx.events.of_order(HALF),
    "events of a recurring order": lambda tx: tx.events.of_recurring(HALF + 1),
    "events behind a position": lambda tx: tx.events.after(HALF, ROWS),
    "newest events": lambda tx: tx.events.newest(ROWS),
    "messages to match": lambda tx: tx.inbox.to_match(EARLY, ROWS),
    "messages waiting": lambda tx: tx.inbox.waiting_since(EARLY, ROWS),
    "unmatched messages": lambda tx: tx.inbox.unmatched(),
}
#: What is asked of all accounts.
OUTSIDE: Final[dict[str, Callable[[SqlStore], object]]] = {
    "accounts to check": lambda store: store.accounts_to_check(EARLY, ROWS),
    "accounts to charge": lambda store: store.accounts_to_charge(EARLY, ROWS),
}


@contextmanager
def overheard() -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that are sent, with their values."""
    heard: list[tuple[str, Any]] = []

    def hear(
        _connection: Connection, _cursor: Any, statement: str, values: Any, *_: object
    ) -> None:
        heard.append((statement, values))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


class Stop(Exception):
    """Leaves a transaction without writing anything."""


def plans(engine: Engine, ask: Ask, word: str) -> str:
    """Return how the database does all that it is asked for."""
    with overheard() as heard:
        _ask(SqlStore(engine), ask)
    assert heard
    told: list[str] = []
    with engine.connect() as connection:
        for statement, values in heard:
            if re.match("SELECT|UPDATE|DELETE|WITH|INSERT", statement):
                rows = connection.exec_driver_sql(f"{word} {statement}", values)
                told += [str(row[-1]) for row in rows]
    return "\n".join(told)


def _ask(store: SqlStore, ask: Ask) -> None:
    if ask in OUTSIDE.values():
        ask(store)
        return
    # What is kept there is no record.
    with suppress(Stop, InvalidInput), store.transaction(ACME) as tx:
        assert isinstance(tx, SqlTransaction)
        ask(tx)
        raise Stop


BY_COLUMN: Final = dict(_pages_by_column())
ALL: Final = BY_COLUMN | dict(_pages_by_filter()) | INSIDE | OUTSIDE


@pytest.fixture(scope="module")
def large(module_database: Database) -> Iterator[Engine]:
    """Return a PostgreSQL database with a hundred thousand of everything."""
    engine = create_engine(module_database.url)
    SqlStore(engine).create_tables()
    with engine.begin() as connection:
        fill(connection, tables(), COUNT)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def new() -> Iterator[Engine]:
    """Return a SQLite database that nobody has told to look at what it holds."""
    engine = sqlite_engine(":memory:")
    SqlStore(engine).create_tables()
    yield engine
    engine.dispose()


#: What must not be read from one end to the other.
GROWS: Final = r"ordersales_(orders|invoices|recurring_orders|events|inbox)"


@pytest.mark.parametrize("asked", ALL)
def test_postgres_reads_no_table_through(large: Engine, asked: str) -> None:
    """PostgreSQL finds what is asked for by an index, in a hundred thousand rows."""
    plan = plans(large, ALL[asked], "EXPLAIN")
    assert re.search(rf"Seq Scan on {GROWS}", plan) is None, plan
    assert asked not in BY_COLUMN or "Sort" not in plan, plan


@pytest.mark.parametrize("asked", ALL)
def test_sqlite_reads_no_table_through(new: Engine, asked: str) -> None:
    """SQLite finds what is asked for by an index, though it knows nothing of what is there."""
    plan = plans(new, ALL[asked], "EXPLAIN QUERY PLAN")
    assert re.search(rf"SCAN {GROWS}", plan) is None, plan
    assert asked not in BY_COLUMN or "TEMP B-TREE" not in plan, plan
