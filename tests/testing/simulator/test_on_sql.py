"""The simulated shop lives as well on SQLite and on PostgreSQL as in memory.

There, transactions that are open at once meet each other's locks. Everything is done by one thread,
which can't wait for itself: so whoever would have to wait is told at once that it can't be had,
as of a database that fails, and tries again like everybody.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import ExceptionContext

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine
from ordersales.ports.gateway import GatewayKind
from ordersales.testing.simulator import Simulation, campaign, check
from tests.postgres import Database
from tests.sql_stores import TABLES

KINDS: Final = pytest.mark.parametrize("kind", GatewayKind, ids=lambda kind: kind.name.lower())
DATABASES: Final = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
#: How many seeds of each kind are run on each database: always, and where that is asked for.
SEEDS, MORE_SEEDS = 2, 6
#: Each open transaction has a connection.
CONNECTIONS: Final = 50
#: What would wait for a lock waits so many milliseconds.
AT_ONCE: Final = {"options": "-c lock_timeout=1"}
#: A process that is frozen does not keep its locks for as long as it is.
IDLE: Final = timedelta(minutes=1)


def _careless(connection: object, _record: object) -> None:
    """Nothing here has to outlive the machine."""
    connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined] - the driver's own


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Return an engine on a SQLite database."""
    file = tmp_path_factory.mktemp("simulated") / "shop.sqlite"
    engine = sqlite_engine(file, patience=0, pool_size=CONNECTIONS)
    event.listen(engine, "connect", _careless)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def postgresql(module_database: Database) -> Iterator[Engine]:
    """Return an engine on a PostgreSQL database."""
    engine = create_engine(module_database.url, connect_args=AT_ONCE, pool_size=CONNECTIONS)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return an engine on the database of that name."""
    engine: Engine = request.getfixturevalue(request.param)
    return engine


def emptied(engine: Engine) -> Callable[[], SqlStore]:
    """Return what opens a store and finds nothing in it."""
    SqlStore(engine, TABLES).create_tables()
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            for table in TABLES.in_order:
                # The server's housekeeping would now and then have even a reader wait.
                settings = "vacuum_truncate = off, autovacuum_enabled = off"
                connection.execute(text(f"ALTER TABLE {table.fullname} SET ({settings})"))

    def opened() -> SqlStore:
        if engine.pool.checkedout():  # type: ignore[attr-defined] - of a pool that counts
            gc.collect()  # what a run that was broken off has left open
        with engine.begin() as connection:
            for table in reversed(TABLES.in_order):
                connection.execute(table.delete())
        return SqlStore(engine, TABLES)

    return opened


@pytest.mark.thorough
@KINDS
@DATABASES
def test_one_transaction_after_the_other(engine: Engine, kind: GatewayKind) -> None:
    """Every invariant holds after every step, and the books agree in the end."""
    simulation = Simulation(kind=kind, store=emptied(engine), locking=True)
    assert 1 == check(simulation, range(1)).runs


@pytest.mark.thorough
@KINDS
@DATABASES
def test_transactions_meet_at_every_call(engine: Engine, kind: GatewayKind) -> None:
    """And so they do where anybody may go on while transactions of others are open."""
    simulation = Simulation(kind=kind, store=emptied(engine), idle=IDLE)
    assert SEEDS == check(simulation, range(SEEDS)).runs


@pytest.mark.thorough
@DATABASES
def test_they_meet_for_real(engine: Engine) -> None:
    """Some of them find a row, or the whole file, locked by another."""
    refused: list[str] = []

    def listen(context: ExceptionContext) -> None:
        refused.append(str(context.original_exception))

    event.listen(engine, "handle_error", listen)
    simulation = Simulation(kind=GatewayKind.KEY_ONLY, store=emptied(engine), idle=IDLE)
    tally = campaign(simulation, range(1))
    event.remove(engine, "handle_error", listen)

    assert () == tally.violations
    assert [words for words in refused if "database is locked" in words or "lock timeout" in words]


def _carelessly(
    _connection: object, _cursor: object, statement: str, values: object, *_: object
) -> tuple[str, object]:
    """Let a save write over whatever version is there by now."""
    return statement.replace("orders.version = ", "orders.version >= "), values


@pytest.mark.slow
@DATABASES
def test_a_version_that_nobody_checks_is_found(engine: Engine) -> None:
    """Where a save writes over what another has saved meanwhile, an invariant breaks."""
    simulation = Simulation(kind=GatewayKind.NEITHER, store=emptied(engine), idle=IDLE)
    event.listen(engine, "before_cursor_execute", _carelessly, retval=True)
    try:
        assert campaign(simulation, range(20), until_broken=True).violations
    finally:
        event.remove(engine, "before_cursor_execute", _carelessly)


@pytest.mark.slow
@KINDS
@DATABASES
def test_many_seeds(engine: Engine, kind: GatewayKind) -> None:
    """Everything holds for many more seeds."""
    simulation = Simulation(kind=kind, store=emptied(engine), idle=IDLE)
    tally = campaign(simulation, range(SEEDS, SEEDS + MORE_SEEDS))
    assert (MORE_SEEDS, ()) == (tally.runs, tally.violations)
