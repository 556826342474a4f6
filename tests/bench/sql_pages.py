"""Subject: pages of very many orders, beside hand-written SQL; and the memory that it takes."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any, Final

from by_hand import order_in
from journey import households
from lists import ACME, many_orders
from measure import milliseconds
from sql_databases import TABLES, Database, indexed_later, look
from sqlalchemy import Connection, Engine, select, tuple_

from ordersales import OrderFilter, OrderSort
from ordersales.adapters.sqlalchemy import SqlStore
from ordersales.models.filters import Place

ROWS: Final = 50
PAGES: Final = (1, 100, 10_000)
ROUNDS: Final = 30
#: OFFSET goes through all that it leaves out.
SLOW_ROUNDS: Final = 3
LEAFED: Final = 2000
EVERYTHING: Final = OrderFilter()
ORDERS: Final = TABLES.orders.c
#: By what is sorted, and by which columns that is by hand.
SORTS: Final[dict[str, tuple[Any, ...]]] = {
    "placed at": (ORDERS.placed_at, ORDERS.number),
    "price": (ORDERS.currency, ORDERS.price, ORDERS.number),
    "customer": (ORDERS.customer_folded, ORDERS.number),
}


def pages(database: Database, orders: int, *, real: bool) -> tuple[list[str], str]:
    """Measure pages of many orders beside hand-written keyset and OFFSET, and memory."""
    with database.new() as engine:
        source = households(orders) if real else many_orders(orders)
        progress = partial(_progress, database.name, orders)
        begun = perf_counter()
        with indexed_later(engine):
            SqlStore(engine).load(ACME, source, on_progress=progress)
        took = perf_counter() - begun
        look(engine)
        rows = [_row(database, engine, column) for column in SORTS]
        before = _peak()
        seen = _leaf(SqlStore(engine))
        grown = _peak() - before
    return rows, (
        f"{database.name}: {orders:,} orders with their invoices were loaded in {took:,.0f} "
        f"seconds ({orders / took:,.0f} a second, made while they were loaded; indexes that are not "
        f"unique made behind them); reading {seen:,} "
        f"of them in pages of {ROWS} raised the peak of memory by {grown:.0f} MB."
    )


def _progress(name: str, of: int, at: int) -> None:
    if sys.stderr.isatty() or at % 50_000 == 0 or at >= of:
        filled, end = 40 * at // of, "\n" if at >= of else ""
        bar = f"{'#' * filled}{'.' * (40 - filled)}"
        print(f"\r{name} [{bar}] {at:,}", end=end, file=sys.stderr, flush=True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _leaf(store: SqlStore) -> int:
    after: Place | None = None
    seen = 0
    with store.transaction(ACME) as tx:
        for _ in range(LEAFED):
            page = tx.orders.page(EVERYTHING, OrderSort(), after=after, limit=ROWS)
            seen, after = seen + len(page.rows), page.last
            if after is None:
                break
    return seen


def _row(database: Database, engine: Engine, column: str) -> str:
    """Return a row of the table: pages by one column, ours and by hand."""
    with SqlStore(engine).transaction(ACME) as tx, engine.connect() as connection:
        count = tx.orders.count(EVERYTHING)
        found: list[dict[str, float]] = []
        for page in PAGES:
            skipped = max(0, min((page - 1) * ROWS, count - ROWS - 1))
            edge = _edge(connection, SORTS[column], skipped)
            read = partial(tx.orders.page, EVERYTHING, OrderSort(column), limit=ROWS)
            keyset, offset = _by_hand(SORTS[column], edge, skipped)
            acts: dict[str, Callable[[], object]] = {
                "ours": partial(read, after=None if edge is None else _place(edge)),
                "keyset": partial(_read, connection, keyset),
                "records": partial(_read_records, connection, keyset),
            }
            slow = milliseconds({"offset": partial(_read, connection, offset)}, SLOW_ROUNDS)
            found.append(milliseconds(acts, ROUNDS) | slow)
    cells = (
        f"{at['ours']:.2f} · {at['records']:.2f} · {at['keyset']:.2f} · {at['offset']:.1f}"
        for at in found
    )
    far = found[-1]["ours"] / found[0]["ours"]
    return f"| {database.name} | {column} | {' | '.join(cells)} | {far:.2f} |"


def _edge(connection: Connection, key: tuple[Any, ...], skipped: int) -> Any:
    """Return where the row in front of a page stands; None for the first page."""
    if not skipped:
        return None
    there = select(*key).where(ORDERS.account == ACME).order_by(*(part.desc() for part in key))
    return connection.execute(there.offset(skipped - 1).limit(1)).one()


def _by_hand(key: tuple[Any, ...], edge: Any, skipped: int) -> tuple[Any, Any]:
    """Return a page by keyset, and by OFFSET."""
    wanted = select(ORDERS.record).where(ORDERS.account == ACME).limit(ROWS + 1)
    wanted = wanted.order_by(*(part.desc() for part in key))
    keyset = wanted if edge is None else wanted.where(tuple_(*key) < tuple_(*edge))
    return keyset, wanted.offset(skipped)


def _read(connection: Connection, statement: Any) -> object:
    return connection.execute(statement).all()


def _read_records(connection: Connection, statement: Any) -> object:
    """Make records of the text as one would by hand: types are taken for granted."""
    return [order_in(json.loads(text)) for (text,) in connection.execute(statement)]


def _place(edge: Any) -> Place:
    values = [
        (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        if isinstance(value, datetime)
        else value
        for value in edge[:-1]
    ]
    return Place(values[0] if len(values) == 1 else (values[0], values[1]), edge[-1])
