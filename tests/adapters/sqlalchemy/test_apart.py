"""Nobody waits: not for a number, nor for a place among the events (rules O4, E1)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from ordersales.adapters.sqlalchemy import SqlStore
from ordersales.adapters.sqlalchemy.apart import Apart
from ordersales.testing.contracts.samples import an_event, an_order
from ordersales.values.identifiers import AccountId, OrderNumber
from tests.postgres import Database

ACME = AccountId("acme")


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """Return an engine on a PostgreSQL database of its own, that never waits for a lock."""
    engine = create_engine(database.url, connect_args={"options": "-c lock_timeout=200"})
    SqlStore(engine).create_tables()
    yield engine
    engine.dispose()


def notes(store: SqlStore, position: int = 0) -> list[tuple[int, str]]:
    """Return what a follower is told: positions and notes."""
    with store.transaction(ACME) as tx:
        return [(item.position, item.event.note) for item in tx.events.after(position, 99)]


@pytest.mark.rule("O4")
def test_a_number_is_had_while_others_are_being_used(engine: Engine) -> None:
    """A transaction that has taken a number and is still open lets others take theirs."""
    store = SqlStore(engine)
    with store.transaction(ACME) as one, store.transaction(ACME) as two:
        first = one.orders.add(an_order(ACME, one.orders.next_number()))
        second = two.orders.add(an_order(ACME, two.orders.next_number()))
        third = one.orders.next_invoice_number()

    assert (1, 2, 1) == (first.number, second.number, third)


@pytest.mark.rule("O4")
def test_a_number_needs_no_disk_of_its_own(engine: Engine) -> None:
    """Its commit is not waited for, and that of the transaction around it is as it was."""
    store = SqlStore(engine)
    with store.transaction(ACME) as tx:
        tx.orders.next_number()
        shown = tx._line.run(text("SHOW synchronous_commit")).scalar()
    with engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == shown
    with Apart.of(engine)._engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == shown


@pytest.mark.rule("O4")
def test_a_pool_that_is_in_use_has_numbers_left(database: Database) -> None:
    """Where every connection is in a transaction that needs a number, each is given one."""
    for options in (
        {"pool_size": 1, "max_overflow": 0, "pool_timeout": 1},
        {"poolclass": NullPool},
    ):
        engine = create_engine(database.url, **options)
        store = SqlStore(engine)
        store.create_tables()
        with store.transaction(ACME) as tx:
            assert tx.orders.next_number() > 0
        engine.dispose()


def test_stores_on_one_engine_share_what_is_apart(engine: Engine) -> None:
    """A store made for each request opens no connections of its own, and none is left open."""
    stores = [SqlStore(engine) for _ in range(3)]
    for store in stores:
        with store.transaction(ACME) as tx:
            tx.orders.next_number()
    assert 1 == len({id(store._kit.apart) for store in stores})

    engine.dispose()

    pool = Apart.of(engine)._engine.pool
    assert (0, 0) == (pool.checkedin(), pool.checkedout())  # type: ignore[attr-defined] - of a queue


@pytest.mark.rule("E1")
def test_events_are_placed_when_somebody_follows(engine: Engine) -> None:
    """Who wrote first and commits last is placed behind what had been read by then."""
    store = SqlStore(engine)
    order = an_order(ACME, OrderNumber(1))
    with store.transaction(ACME) as slow:
        slow.events.append([an_event(order, "slow")])
        with store.transaction(ACME) as quick:
            quick.events.append([an_event(order, "quick")])
        told = notes(store)
        assert ["quick"] == [note for _, note in told]

    assert ["slow"] == [note for _, note in notes(store, told[-1][0])]
    assert [note for _, note in notes(store)] == ["quick", "slow"]


@pytest.mark.rule("E1")
def test_a_follower_who_erases_does_not_wait_for_itself(engine: Engine) -> None:
    """What a transaction is just erasing gets its place later, also where it follows itself."""
    store = SqlStore(engine)
    with store.transaction(ACME) as tx:
        tx.events.append([an_event(an_order(ACME, OrderNumber(n)), f"note {n}") for n in (1, 2)])
    with store.transaction(ACME) as tx:
        tx.events.erase_notes(OrderNumber(1))
        assert ["note 2"] == [item.event.note for item in tx.events.after(0, 9)]

    assert [(1, "note 2"), (2, "")] == notes(store)


@pytest.mark.rule("E1")
def test_a_stricter_isolation_does_not_trip_followers(database: Database) -> None:
    """Who has waited for another follower sees what that one placed, whatever the engine asks for."""
    engine = create_engine(database.url, isolation_level="REPEATABLE READ")
    store = SqlStore(engine)
    store.create_tables()
    with store.transaction(ACME) as tx:
        tx.events.append([an_event(an_order(ACME, OrderNumber(1)), "first")])
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('ordersales_events/acme', 0))"
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with engine.connect() as other, engine.connect() as watch, ThreadPoolExecutor(1) as threads:
        other.execute(text(lock))
        told = threads.submit(notes, store)
        while not watch.execute(waiting).scalar():
            watch.rollback()
        other.execute(text("UPDATE ordersales_events SET position = 1"))
        other.commit()
        assert [(1, "first")] == told.result(30)
    engine.dispose()


@pytest.mark.rule("E1")
def test_accounts_are_placed_apart(engine: Engine) -> None:
    """Following one account gives no places in another, whose events begin at one as well."""
    store, other = SqlStore(engine), AccountId("other")
    for account in (ACME, other, ACME):
        with store.transaction(account) as tx:
            tx.events.append([an_event(an_order(account, OrderNumber(1)), account)])

    assert [(1, "acme"), (2, "acme")] == notes(store)
    with engine.connect() as connection:
        left = text("SELECT count(*) FROM ordersales_events WHERE position IS NULL")
        assert 1 == connection.execute(left).scalar()


def test_nothing_to_tell_writes_nothing(engine: Engine) -> None:
    """No events are no statement."""
    asked: list[object] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told))
    with SqlStore(engine).transaction(ACME) as tx:
        tx.events.append([])

    assert [] == asked
