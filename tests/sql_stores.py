"""SQL stores as a process opens them, by the address of their database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine, create_engine, make_url, select

from ordersales import BackOffice, IdempotencyKey, PaymentSystem
from ordersales.adapters.sqlalchemy import SqlStore, Tables, sqlite_engine, tables
from ordersales.testing import ScriptedGateway
from tests.drivers import ADA, BOSS, CARDS, a_card, eur
from tests.offers import an_offer_of

#: Made once, so that processes that are forked from this one have them.
TABLES: Final[Tables] = tables()


@contextmanager
def sql_store(url: str) -> Iterator[SqlStore]:
    """Open the store in a database, and close all its connections in the end."""
    file = make_url(url)
    is_file = file.get_backend_name() == "sqlite"
    engine = sqlite_engine(str(file.database)) if is_file else create_engine(url)
    try:
        yield SqlStore(engine, TABLES)
    finally:
        engine.dispose()


def create_tables(url: str) -> None:
    """Make the tables in an empty database."""
    with sql_store(url) as store:
        store.create_tables()


def sell(engine: Engine, tables: Tables, cart: str) -> None:
    """Sell something in full, something in parts and something again and again; refund that."""
    office = BackOffice(SqlStore(engine, tables), [PaymentSystem(CARDS, ScriptedGateway())])
    for sort in range(3):
        key, share = IdempotencyKey(f"{cart}-{sort}"), eur("30.00") if sort == 1 else None
        number = office.orders.place(BOSS, an_offer_of(sort), ADA, key=key).number
        paid = office.payments.charge(BOSS, number, CARDS, key=key, covers=share, method=a_card())
    office.refunds.refund(BOSS, number, paid.invoice.number, key=key, reason="late")


def everything(engine: Engine, tables: Tables) -> dict[str, list[str]]:
    """Return every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in tables.in_order
        }
