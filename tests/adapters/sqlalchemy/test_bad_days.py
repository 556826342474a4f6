"""A database that fails: a clear error, nothing half-written, and the next call works."""

from __future__ import annotations

import asyncio
import pickle
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine

from ordersales.adapters.sqlalchemy import (
    AsyncSqlStore,
    SqlStore,
    async_sqlite_engine,
    sqlite_engine,
)
from ordersales.adapters.sqlalchemy.async_store import _drop
from ordersales.errors import Conflict, OutsideFailed, StorageFailed
from ordersales.testing.contracts.samples import an_event, an_order
from ordersales.values.identifiers import AccountId, OrderNumber
from tests.postgres import Database, OwnServer, Server, own_server

ACME = AccountId("acme")
#: Cuts every connection to the database that it is asked of.
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[Engine]:
    """Return an engine on a SQLite database of its own, on which nobody waits for long."""
    engine = sqlite_engine(tmp_path / "shop.sqlite", patience=0.05)
    SqlStore(engine).create_tables()
    yield engine
    engine.dispose()


@pytest.fixture
def on_server(database: Database) -> Iterator[Engine]:
    """Return an engine on a PostgreSQL database of its own."""
    engine = create_engine(database.url)
    SqlStore(engine).create_tables()
    yield engine
    engine.dispose()


def placed(store: SqlStore, before_leaving: Callable[[], object] = bool) -> OrderNumber:
    """Place an order with an event, and do something before it is committed."""
    with store.transaction(ACME) as tx:
        order = tx.orders.add(an_order(ACME, tx.orders.next_number()))
        tx.events.append([an_event(order, "x" * 2000)])
        before_leaving()
    return order.number


def there(store: SqlStore) -> list[tuple[int, int]]:
    """Return the orders that are there, each with how many events."""
    with store.transaction(ACME) as tx:
        found = [tx.orders.get(OrderNumber(number)) for number in range(1, 200)]
        return [
            (order.number, len(tx.events.of_order(order.number)))
            for order in found
            if order is not None
        ]


def test_the_error_says_what_was_asked_and_what_the_database_said() -> None:
    """It is of the branch whose call may work later, and can be kept as any other."""
    error = StorageFailed("committing", "disk full")

    assert isinstance(error, OutsideFailed)
    assert "the database failed at committing: disk full" == str(error)
    assert error == pickle.loads(pickle.dumps(error))


def test_a_connection_that_was_cut_is_told(on_server: Engine, postgres: Server) -> None:
    """The transaction that was under way is an error of ours and has written nothing."""
    store = SqlStore(on_server)
    first = placed(store)

    def cut() -> None:
        postgres.ask(CUT, str(on_server.url.database))

    with pytest.raises(StorageFailed) as caught:
        placed(store, cut)
    second = placed(store)

    assert "committing" == caught.value.asked
    assert first < second
    assert [(first, 1), (second, 1)] == there(store)


def test_a_connection_that_was_cut_between_is_told_once(
    on_server: Engine, postgres: Server
) -> None:
    """After one error, those of numbers included, all connections are new ones."""
    store = SqlStore(on_server)
    first = placed(store)
    postgres.ask(CUT, str(on_server.url.database))

    with pytest.raises(StorageFailed) as caught:
        placed(store)
    second = placed(store)

    assert "writing ordersales_orders" == caught.value.asked
    assert [(first, 1), (second, 1)] == there(store)


def test_a_transaction_that_was_broken_off_is_told(on_server: Engine, postgres: Server) -> None:
    """Where the server waits for nobody who is silent in the middle, nothing of it was written."""
    store = SqlStore(on_server)
    silent = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now()"
    )

    def fall_silent() -> None:
        with store.transaction(ACME) as tx:
            tx.orders.add(an_order(ACME, tx.orders.next_number()))
            tx._line.run(text("SET LOCAL idle_in_transaction_session_timeout = 50"))
            while postgres.ask(silent, str(on_server.url.database)):
                time.sleep(0.02)

    with pytest.raises(StorageFailed) as caught:
        fall_silent()
    number = placed(store)

    assert "committing" == caught.value.asked
    assert [(number, 1)] == there(store)


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    """Return a server that may be restarted."""
    with own_server(durable=True) as own:
        yield own


@pytest.mark.parametrize("at_once", [False, True])
def test_a_server_that_restarts_in_the_middle_is_told(own: OwnServer, at_once: bool) -> None:
    """However it ends: nothing is half-written, and once it is back the next call works."""
    with own.server.database() as database:
        engine = create_engine(database.url)
        store = SqlStore(engine)
        store.create_tables()
        first = placed(store)
        with pytest.raises(StorageFailed):
            placed(store, lambda: own.restart(at_once=at_once))
        second = placed(store)

        assert first < second
        assert [(first, 1), (second, 1)] == there(store)
        engine.dispose()


def test_a_server_that_is_gone_is_told(own: OwnServer) -> None:
    """Where there is no connection to be had, opening the transaction says so, without a password."""
    with own.server.database() as database:
        url = f"{database.url}&user=postgres&password=hunter2"
        engine = create_engine(url)
        store = SqlStore(engine)
        own.stop()
        with pytest.raises(StorageFailed) as caught:
            there(store)
        with pytest.raises(StorageFailed):
            store.create_tables()
        with pytest.raises(StorageFailed, match="failed at loading orders"):
            store.load(ACME, [])
        own.start()
        store.create_tables()

        assert "opening a transaction" == caught.value.asked
        assert "hunter2" not in str(caught.value)
        assert [] == there(store)
        engine.dispose()


async def told_of(
    store: AsyncSqlStore, doing: Callable[[], object], times: int = 3
) -> list[StorageFailed | None]:
    """Place so many orders, the second while something is done, and return what each was told."""
    told: list[StorageFailed | None] = []
    for turn in range(times):
        try:
            async with store.transaction(ACME) as tx:
                order = await tx.orders.add(an_order(ACME, await tx.orders.next_number()))
                await tx.events.append([an_event(order, "x" * 2000)])
                if turn == 1:
                    doing()
        except StorageFailed as error:
            told.append(error)
        else:
            told.append(None)
    return told


def test_an_asynchronous_connection_that_was_cut_is_told(
    on_server: Engine, postgres: Server
) -> None:
    """As it is to a synchronous host."""
    on_server.dispose()

    async def host() -> list[StorageFailed | None]:
        engine = create_async_engine(on_server.url)
        cut = partial(postgres.ask, CUT, str(on_server.url.database))
        told = await told_of(AsyncSqlStore(engine), cut)
        await engine.dispose()
        return told

    first, second, third = asyncio.run(host())
    assert (None, "committing", None) == (first, second and second.asked, third)
    assert 2 == len(there(SqlStore(on_server)))


@pytest.mark.parametrize("at_once", [False, True])
def test_a_server_that_restarts_is_told_to_an_asynchronous_host(
    own: OwnServer, at_once: bool
) -> None:
    """Nothing is half-written, and the next call works."""
    with own.server.database() as database:
        plain = create_engine(database.url)
        SqlStore(plain).create_tables()

        async def host() -> list[StorageFailed | None]:
            engine = create_async_engine(database.url)
            told = await told_of(AsyncSqlStore(engine), lambda: own.restart(at_once=at_once))
            await engine.dispose()
            return told

        assert [True, False, True] == [error is None for error in asyncio.run(host())]
        plain.dispose()
        assert [1, 1] == [events for _, events in there(SqlStore(plain))]
        plain.dispose()


def test_transactions_that_lock_each_other_conflict(on_server: Engine) -> None:
    """Of two that wait for each other, one is told to begin again and the other goes through."""
    store = SqlStore(on_server)
    one, two = placed(store), placed(store)
    meeting = Barrier(2, timeout=30)
    ended: list[str] = []

    def change(first: OrderNumber, second: OrderNumber) -> None:
        try:
            with store.transaction(ACME) as tx:
                for number in (first, second):
                    order = tx.orders.get(number)
                    assert order is not None
                    tx.orders.save(order)
                    if number == first:
                        meeting.wait()
        except Conflict:
            ended.append("told to begin again")
        else:
            ended.append("went through")

    threads = [Thread(target=change, args=ways) for ways in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["told to begin again", "went through"] == sorted(ended)


def test_a_stricter_isolation_conflicts_as_well(database: Database) -> None:
    """Where the host's engine asks for more, PostgreSQL's own refusal is a conflict, too."""
    engine = create_engine(database.url, isolation_level="REPEATABLE READ")
    store = SqlStore(engine)
    store.create_tables()
    number = placed(store)

    def save_late() -> None:
        with store.transaction(ACME) as tx:
            order = tx.orders.get(number)
            assert order is not None
            with store.transaction(ACME) as other:
                other.orders.save(order)
            tx.orders.save(order)

    with pytest.raises(Conflict, match="what was read for writing ordersales_orders"):
        save_late()
    engine.dispose()


@pytest.mark.parametrize("engine", ["on_file", "on_server"])
def test_a_conflict_that_was_caught_inside_is_not_committed(
    request: pytest.FixtureRequest, engine: str
) -> None:
    """Whoever catches it and goes on is told again on leaving, and nothing was written."""
    store = SqlStore(request.getfixturevalue(engine))
    first = placed(store)

    def go_on() -> None:
        with store.transaction(ACME) as tx:
            tx.events.append([an_event(an_order(ACME, first))])
            with pytest.raises(Conflict, match="order 1"):
                tx.orders.add(an_order(ACME, first, key="another"))

    with pytest.raises(Conflict, match="order 1"):
        go_on()
    assert [(first, 1)] == there(store)


@pytest.mark.parametrize("engine", ["on_file", "on_server"])
def test_a_bug_is_no_conflict(request: pytest.FixtureRequest, engine: str) -> None:
    """What would fail every time is not told as if it could be tried again at once."""
    store = SqlStore(request.getfixturevalue(engine))

    def skip_nothing() -> None:
        with store.transaction(ACME) as tx:
            tx.installation.skip_numbers(None)  # type: ignore[arg-type] - what a bug would do

    with pytest.raises(StorageFailed) as caught:
        skip_nothing()

    assert "writing ordersales_installation" == caught.value.asked


@pytest.mark.parametrize("url", ["sqlite", "postgres"])
def test_tables_that_are_missing_are_told(
    request: pytest.FixtureRequest, tmp_path: Path, url: str
) -> None:
    """Who forgot to make them learns which one was asked for; values are not repeated."""
    sqlite = url == "sqlite"
    engine = (
        sqlite_engine(tmp_path / "empty.sqlite")
        if sqlite
        else create_engine(request.getfixturevalue("database").url)
    )

    def look() -> None:
        with SqlStore(engine).transaction(AccountId("secret account")) as tx:
            tx.orders.get(OrderNumber(17))

    with pytest.raises(StorageFailed) as caught:
        look()

    assert "reading ordersales_orders" == caught.value.asked
    assert "ordersales_orders" in caught.value.reason
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    engine.dispose()


def test_numbers_that_can_not_be_had_are_told(database: Database) -> None:
    """Also what is asked apart from the transaction is an error of ours."""
    engine = create_engine(database.url)

    def number() -> None:
        with SqlStore(engine).transaction(ACME) as tx:
            tx.orders.next_number()

    with pytest.raises(StorageFailed) as caught:
        number()

    assert "writing ordersales_numbers" == caught.value.asked
    assert 'relation "ordersales_numbers" does not exist' == caught.value.reason
    engine.dispose()


def test_a_disk_that_is_full_is_told(on_file: Engine) -> None:
    """Nothing is half-written, and once there is room the next call works."""
    store = SqlStore(on_file)
    numbers = [placed(store)]
    with on_file.connect() as connection:
        pages: int = connection.execute(text("PRAGMA page_count")).scalar_one()

    def limited(pages: int) -> None:
        on_file.dispose()
        event.listen(on_file, "connect", limit := _limit(pages))
        limits.append(limit)

    limits: list[Any] = []
    limited(pages + 1)

    def fill() -> None:
        for _ in range(50):
            numbers.append(placed(store))  # noqa: PERF401 - as far as it gets

    with pytest.raises(StorageFailed) as caught:
        fill()
    event.remove(on_file, "connect", limits[0])
    limited(10**6)
    numbers.append(placed(store))

    assert "database or disk is full" == caught.value.reason
    assert [(number, 1) for number in numbers] == there(store)


def test_a_disk_that_is_full_is_told_to_an_asynchronous_host(
    on_file: Engine, tmp_path: Path
) -> None:
    """Likewise; and what was committed before is still there."""
    with on_file.connect() as connection:
        pages: int = connection.execute(text("PRAGMA page_count")).scalar_one()

    async def host() -> tuple[list[StorageFailed | None], list[StorageFailed | None]]:
        small, large = (async_sqlite_engine(tmp_path / "shop.sqlite") for _ in range(2))
        event.listen(small.sync_engine, "connect", _limit(pages + 1))
        told = await told_of(AsyncSqlStore(small), bool, times=50)
        then = await told_of(AsyncSqlStore(large), bool)
        await small.dispose()
        await large.dispose()
        return told, then

    told, then = asyncio.run(host())
    assert {"database or disk is full"} == {error.reason for error in told if error is not None}
    assert [None] * 3 == then
    kept = told.count(None) + len(then)
    assert [1] * kept == [events for _, events in there(SqlStore(on_file))]


def _limit(pages: int) -> Callable[[sqlite3.Connection, object], None]:
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    return limit


def test_a_lock_that_lasts_too_long_is_told(on_file: Engine, tmp_path: Path) -> None:
    """Who waits longer than the patience for another writer is told so, and may try again."""
    store = SqlStore(on_file)
    with sqlite3.connect(tmp_path / "shop.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFailed) as caught:
            placed(store)
        other.execute("ROLLBACK")
    other.close()
    number = placed(store)

    assert "database is locked" == caught.value.reason
    assert [(number, 1)] == there(store)


def test_a_host_that_reads_before_it_writes_conflicts(on_file: Engine, tmp_path: Path) -> None:
    """Where the host's engine begins with the first reading, writing over what is old conflicts."""
    patient = sqlite_engine(tmp_path / "shop.sqlite")
    event.listen(patient, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    store = SqlStore(on_file)
    number = placed(store)

    def save_late() -> None:
        with SqlStore(patient).transaction(ACME) as tx:
            order = tx.orders.get(number)
            assert order is not None
            placed(store)
            tx.orders.save(order)

    with pytest.raises(Conflict):
        save_late()
    patient.dispose()


def test_a_pool_that_is_used_up_is_told(tmp_path: Path) -> None:
    """Who waits too long for a connection is told so, as of any failure."""
    engine = sqlite_engine(tmp_path / "shop.sqlite", pool_size=1, max_overflow=0, pool_timeout=0.05)
    store = SqlStore(engine)
    store.create_tables()
    with store.transaction(ACME), pytest.raises(StorageFailed) as caught:
        there(store)

    assert "opening a transaction" == caught.value.asked
    assert "QueuePool limit of size 1" in caught.value.reason
    engine.dispose()


def test_a_commit_that_fails_is_told(on_file: Engine) -> None:
    """What is refused at the very end is rolled back and told."""
    store = SqlStore(on_file)
    with on_file.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE visits (at INTEGER PRIMARY KEY,"
                " earlier REFERENCES visits (at) DEFERRABLE INITIALLY DEFERRED)"
            )
        )

    def break_a_promise() -> None:
        with store.transaction(ACME) as tx:
            tx.orders.add(an_order(ACME, OrderNumber(7)))
            tx._line._connection.execute(text("INSERT INTO visits VALUES (1, 99)"))

    with pytest.raises(StorageFailed) as caught:
        break_a_promise()

    assert "committing" == caught.value.asked
    assert [] == there(store)


def test_a_task_that_is_cancelled_rolls_back(on_file: Engine, tmp_path: Path) -> None:
    """What it had written is gone, and its connection is there for the next one."""

    async def host() -> None:
        engine = async_sqlite_engine(tmp_path / "shop.sqlite", pool_size=1, max_overflow=0)
        store = AsyncSqlStore(engine)
        inside = asyncio.Event()

        async def place() -> None:
            async with store.transaction(ACME) as tx:
                await tx.orders.add(an_order(ACME, OrderNumber(7)))
                inside.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(place())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with store.transaction(ACME) as tx:
            assert await tx.orders.get(OrderNumber(7)) is None
            await tx.orders.add(an_order(ACME, OrderNumber(8)))
        await engine.dispose()

    asyncio.run(host())

    assert [(8, 0)] == there(SqlStore(on_file))


def test_a_task_that_is_cancelled_at_the_commit_ends_it(on_file: Engine, tmp_path: Path) -> None:
    """What had begun comes to its end before the cancellation goes on."""

    async def host() -> None:
        engine = async_sqlite_engine(tmp_path / "shop.sqlite")
        transaction = AsyncSqlStore(engine).transaction(ACME)
        await transaction.__aenter__()
        await transaction.orders.add(an_order(ACME, OrderNumber(7)))
        leaving = asyncio.create_task(transaction.__aexit__(None, None, None))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        await engine.dispose()

    asyncio.run(host())

    assert [(7, 0)] == there(SqlStore(on_file))


def test_a_loop_that_is_gone_is_told_nothing(on_file: Engine) -> None:
    """Where nobody could roll a transaction back any more, to let it go raises nothing."""
    loop = asyncio.new_event_loop()
    loop.close()

    _drop(SqlStore(on_file).transaction(ACME), loop)


def test_a_transaction_that_nobody_leaves_is_rolled_back(on_file: Engine, tmp_path: Path) -> None:
    """Where it is let go without a word, the next one need not wait for its lock."""

    async def host() -> None:
        engine = async_sqlite_engine(tmp_path / "shop.sqlite", patience=5)
        store = AsyncSqlStore(engine)
        left = store.transaction(ACME)
        await left.__aenter__()
        await left.orders.add(an_order(ACME, OrderNumber(7)))
        del left
        async with store.transaction(ACME) as tx:
            await tx.orders.add(an_order(ACME, OrderNumber(8)))
        await engine.dispose()

    asyncio.run(host())

    assert [(8, 0)] == there(SqlStore(on_file))
