"""What is written together is committed together, whatever a host's engine asks for."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine

from ordersales.adapters.sqlalchemy import AsyncSqlStore, SqlStore, set_up_sqlite
from ordersales.errors import InvalidInput
from ordersales.testing.contracts.samples import an_order
from ordersales.values.identifiers import AccountId, OrderNumber
from tests.postgres import Database

REFUSED = "isolation_level: 'AUTOCOMMIT' was given; allowed is any level that commits a transaction"


ACME = AccountId("acme")


@pytest.fixture(params=["sqlite", "postgres"])
def addresses(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return how an engine finds each of the databases, and how an asynchronous one does."""
    if request.param == "postgres":
        database: Database = request.getfixturevalue("module_database")
        return database.url, database.url
    file: Path = request.getfixturevalue("sqlite_file")
    return f"sqlite:///{file}", f"sqlite+aiosqlite:///{file}"


def begin(store: Any) -> None:
    """Open a transaction, and leave it."""
    with store.transaction(ACME):
        pass


@pytest.mark.parametrize("of", ["create_engine", "execution_options"])
def test_an_engine_that_commits_each_statement_is_refused(
    addresses: tuple[str, str], of: str
) -> None:
    """Its transactions could be left half-written: none begins, and no connection is kept."""
    one = {"pool_size": 1, "max_overflow": 0}
    if of == "create_engine":
        engine = create_engine(addresses[0], isolation_level="AUTOCOMMIT", **one)
    else:
        whole = create_engine(addresses[0], **one)
        engine = whole.execution_options(isolation_level="AUTOCOMMIT")
    store = SqlStore(engine)

    for _ in range(2):
        with pytest.raises(InvalidInput, match=REFUSED):
            begin(store)
    with pytest.raises(InvalidInput, match=REFUSED):
        store.load(ACME, [])
    engine.dispose()


def test_an_asynchronous_one_is_refused_likewise(addresses: tuple[str, str]) -> None:
    """Also where its driver is awaited."""

    async def host() -> None:
        engine = create_async_engine(addresses[1], isolation_level="AUTOCOMMIT")
        store = AsyncSqlStore(engine)
        with pytest.raises(InvalidInput, match=REFUSED):
            await store.transaction(ACME).__aenter__()
        with pytest.raises(InvalidInput, match=REFUSED):
            await store.load(ACME, [])
        await engine.dispose()

    asyncio.run(host())


@pytest.mark.parametrize("written", [False, True])
def test_a_connection_of_the_hosts_is_refused_likewise(on_each: Engine, written: bool) -> None:
    """Whether the host has written on it or not: what it writes would not be ours to take back."""
    with on_each.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        if written:
            connection.execute(text("DELETE FROM ordersales_inbox WHERE 1 = 0"))
        with pytest.raises(InvalidInput, match=REFUSED):
            begin(SqlStore(on_each).joining(connection))


def test_a_driver_that_commits_by_itself_is_refused(on_sqlite: Engine) -> None:
    """As Python's own is when it is told so, from 3.12 on."""

    class Driver(sqlite3.Connection):
        autocommit = True

    engine = create_engine(on_sqlite.url, connect_args={"factory": Driver})
    with pytest.raises(InvalidInput, match=REFUSED):
        begin(SqlStore(engine))
    engine.dispose()


@pytest.mark.parametrize("word", ["BEGIN", "BEGIN IMMEDIATE"])
def test_an_engine_that_begins_by_itself_is_welcome(
    on_sqlite: Engine, account: AccountId, word: str
) -> None:
    """The driver may begin nothing where the host's engine does, as SQLAlchemy recommends."""
    engine = create_engine(on_sqlite.url, connect_args={"isolation_level": None})
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(word))
    store = SqlStore(engine)

    def place(number: int, before_leaving: Callable[[], object] = bool) -> None:
        with store.transaction(account) as tx:
            tx.orders.add(an_order(account, OrderNumber(number)))
            before_leaving()

    place(7)
    with pytest.raises(ZeroDivisionError):
        place(8, lambda: 1 // 0)
    with engine.connect() as connection, store.joining(connection).transaction(account) as tx:
        tx.orders.add(an_order(account, OrderNumber(9)))

    with SqlStore(on_sqlite).transaction(account) as tx:
        there = [tx.orders.get(OrderNumber(number)) is not None for number in (7, 8, 9)]
    assert [True, False, False] == there
    engine.dispose()


def test_a_connection_that_has_begun_is_set_up_as_well(tmp_path: Path) -> None:
    """Python's driver begins at once where it is told so; settings have no effect in there."""
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.execute("BEGIN")
        set_up_sqlite(connection)

        assert connection.in_transaction
        assert [(1,)] == connection.execute("PRAGMA foreign_keys").fetchall()
        assert [("wal",)] == connection.execute("PRAGMA journal_mode").fetchall()
    connection.close()
