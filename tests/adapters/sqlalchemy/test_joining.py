"""A host's own connection: what it writes and what the store writes are committed together."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import Engine, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ordersales.adapters.sqlalchemy import AsyncSqlStore, SqlStore, async_sqlite_engine
from ordersales.errors import Conflict, InvalidInput
from ordersales.testing.contracts.recurring_samples import a_recurring_order
from ordersales.testing.contracts.samples import NOON, an_event, an_order
from ordersales.values.identifiers import AccountId, OrderNumber


@pytest.fixture
def engine(on_each: Engine) -> Engine:
    """Return an engine on each of the databases, with an empty table of the host's."""
    with on_each.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS visits (at INTEGER)"))
        connection.execute(text("DELETE FROM visits"))
    return on_each


@pytest.fixture
def store(engine: Engine) -> SqlStore:
    """Return the store on the engine."""
    return SqlStore(engine)


def visits(engine: Engine) -> int:
    """Return how many rows the host has written."""
    with engine.connect() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM visits")).scalar_one()
    return found


def placed(store: Any, account: AccountId, **changes: Any) -> OrderNumber:
    """Place an order, and return its number."""
    with store.transaction(account) as tx:
        order = tx.orders.add(an_order(account, tx.orders.next_number(), **changes))
        tx.events.append([an_event(order)])
    return OrderNumber(order.number)


def kept(store: Any, account: AccountId, number: OrderNumber) -> bool:
    """Tell whether an order is there, with its event."""
    with store.transaction(account) as tx:
        there = tx.orders.get(number) is not None
        assert there is bool(tx.events.of_order(number))
    return there


@pytest.mark.parametrize("first", ["the host", "the store"])
def test_both_are_committed_together(
    engine: Engine, store: SqlStore, account: AccountId, first: str
) -> None:
    """Whoever writes first, nobody sees anything before the host commits, and then all of it."""
    with engine.connect() as connection:
        if first == "the host":
            connection.execute(text("INSERT INTO visits VALUES (1)"))
        number = placed(store.joining(connection), account)
        if first == "the store":
            connection.execute(text("INSERT INTO visits VALUES (1)"))
        assert (False, 0) == (kept(store, account, number), visits(engine))
        assert kept(store.joining(connection), account, number)
        connection.commit()

    assert (True, 1) == (kept(store, account, number), visits(engine))


@pytest.mark.parametrize("first", ["the host", "the store"])
def test_both_are_rolled_back_together(
    engine: Engine, store: SqlStore, account: AccountId, first: str
) -> None:
    """What the store has committed inside is forgotten where the host rolls back."""
    with engine.connect() as connection:
        if first == "the host":
            connection.execute(text("INSERT INTO visits VALUES (1)"))
        number = placed(store.joining(connection), account)
        connection.rollback()

    assert (False, 0) == (kept(store, account, number), visits(engine))


def test_a_conflict_takes_back_what_is_ours_alone(
    engine: Engine, store: SqlStore, account: AccountId
) -> None:
    """After a conflict inside, the host goes on with what it and the store had written before."""
    taken = placed(store, account, key="taken")
    with engine.connect() as connection:
        joined = store.joining(connection)
        connection.execute(text("INSERT INTO visits VALUES (1)"))
        before = placed(joined, account, key="before")
        with pytest.raises(Conflict, match="the key 'taken'"):
            placed(joined, account, key="taken")
        after = placed(joined, account, key="after")
        connection.commit()

    numbers = (taken, before, after)
    assert [True, True, True] == [kept(store, account, number) for number in numbers]
    assert 1 == visits(engine)


def test_an_error_of_the_hosts_takes_back_what_is_ours_alone(
    engine: Engine, store: SqlStore, account: AccountId
) -> None:
    """An error that leaves the transaction inside forgets what it wrote, and is not changed."""
    with engine.connect() as connection:
        with pytest.raises(ZeroDivisionError):
            _broken_off(store.joining(connection), account)
        connection.execute(text("INSERT INTO visits VALUES (1)"))
        connection.commit()

    assert (False, 1) == (kept(store, account, OrderNumber(7)), visits(engine))


def _broken_off(joined: Any, account: AccountId) -> None:
    with joined.transaction(account) as tx:
        tx.orders.add(an_order(account, OrderNumber(7)))
        raise ZeroDivisionError


def test_what_is_due_is_read_on_the_hosts_connection(
    engine: Engine, store: SqlStore, account: AccountId
) -> None:
    """Accounts in which something is due are named by what the host's transaction sees."""
    long_ago = NOON - timedelta(days=9000)
    with engine.connect() as connection:
        joined = store.joining(connection)
        with joined.transaction(account) as tx:
            recurring = a_recurring_order(account, tx.orders.next_number())
            tx.recurring_orders.add(evolve(recurring, due_at=long_ago))
        assert (account,) == joined.accounts_to_charge(long_ago, 9)
        assert () == joined.accounts_to_check(long_ago, 9)
        connection.rollback()

    assert () == store.accounts_to_charge(long_ago, 9)


def test_erasing_inside_leaves_the_commit_to_the_host(
    engine: Engine, store: SqlStore, account: AccountId
) -> None:
    """Notes that were erased inside are there again where the host rolls back."""
    with store.transaction(account) as tx:
        tx.events.append([an_event(an_order(account, OrderNumber(7)), "secret")])
    with engine.connect() as connection:
        with store.joining(connection).transaction(account) as tx:
            tx.events.erase_notes(OrderNumber(7))
            assert [""] == [event.note for event in tx.events.of_order(OrderNumber(7))]
        connection.rollback()

    with store.transaction(account) as tx:
        assert ["secret"] == [event.note for event in tx.events.of_order(OrderNumber(7))]


@pytest.fixture
def async_engine(request: pytest.FixtureRequest, engine: Engine) -> AsyncEngine:
    """Return an asynchronous engine on the same database."""
    if engine.dialect.name == "sqlite":
        return async_sqlite_engine(request.getfixturevalue("sqlite_file"))
    return create_async_engine(request.getfixturevalue("module_database").url)


@pytest.mark.parametrize("committed", [True, False])
def test_an_asynchronous_host_joins_likewise(
    engine: Engine,
    async_engine: AsyncEngine,
    store: SqlStore,
    account: AccountId,
    committed: bool,
) -> None:
    """What is written inside is committed with what the host writes, or rolled back with it."""

    async def host() -> OrderNumber:
        awaited = AsyncSqlStore(async_engine)
        async with async_engine.connect() as connection:
            joined = awaited.joining(connection)
            async with joined.transaction(account) as tx:
                number = await tx.orders.next_number()
                order = await tx.orders.add(an_order(account, number))
                await tx.events.append([an_event(order)])
            await connection.execute(text("INSERT INTO visits VALUES (1)"))
            await (connection.commit() if committed else connection.rollback())
        await async_engine.dispose()
        return number

    number = asyncio.run(host())

    assert (committed, int(committed)) == (kept(store, account, number), visits(engine))


def test_a_connection_that_was_not_opened_is_refused(async_engine: AsyncEngine) -> None:
    """An asynchronous connection is there only once it was awaited."""
    with pytest.raises(InvalidInput, match="a connection that was opened"):
        AsyncSqlStore(async_engine).joining(async_engine.connect())


def test_numbers_in_a_joined_transaction_go_on(
    engine: Engine, store: SqlStore, account: AccountId
) -> None:
    """A number is never given twice, whether by the store or inside the host's transaction."""
    with engine.connect() as connection:
        numbers = [placed(store.joining(connection), account) for _ in range(2)]
        connection.commit()
    numbers.append(placed(store, account))

    assert sorted(set(numbers)) == numbers
    orders = SqlStore(engine)._kit.tables.orders
    with engine.connect() as connection:
        mine = select(func.count()).where(orders.c.account == account)
        assert 3 == connection.execute(mine).scalar_one()
