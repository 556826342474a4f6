"""The simulated shop lives as well on SQLite and on PostgreSQL as in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest
from sqlalchemy import Engine, create_engine, event

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine
from ordersales.ports.gateway import GatewayKind
from ordersales.testing.simulator import Simulation, check
from tests.postgres import Database
from tests.sql_stores import TABLES

KINDS: Final = pytest.mark.parametrize("kind", GatewayKind, ids=lambda kind: kind.name.lower())
DATABASES: Final = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
#: How many seeds of each kind are run on each database: always, and where that is asked for.
SEEDS, MORE_SEEDS = 2, 12


def _careless(connection: object, _record: object) -> None:
    """Nothing here has to outlive the machine."""
    connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined] - the driver's own


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Return an engine on a SQLite database."""
    engine = sqlite_engine(tmp_path_factory.mktemp("simulated") / "shop.sqlite")
    event.listen(engine, "connect", _careless)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def postgresql(module_database: Database) -> Iterator[Engine]:
    """Return an engine on a PostgreSQL database."""
    engine = create_engine(module_database.url)
    yield engine
    engine.dispose()


def emptied(engine: Engine) -> Callable[[], SqlStore]:
    """Return what opens a store and finds nothing in it."""
    SqlStore(engine, TABLES).create_tables()

    def opened() -> SqlStore:
        with engine.begin() as connection:
            for table in reversed(TABLES.in_order):
                connection.execute(table.delete())
        return SqlStore(engine, TABLES)

    return opened


@KINDS
@DATABASES
def test_a_few_seeds(database: str, kind: GatewayKind, request: pytest.FixtureRequest) -> None:
    """Every invariant holds after every step, and the books agree in the end."""
    engine: Engine = request.getfixturevalue(database)
    simulation = Simulation(kind=kind, store=emptied(engine), locking=True)
    assert SEEDS == check(simulation, range(SEEDS)).runs


@pytest.mark.slow
@KINDS
@DATABASES
def test_many_seeds(database: str, kind: GatewayKind, request: pytest.FixtureRequest) -> None:
    """And so they do for many more."""
    engine: Engine = request.getfixturevalue(database)
    simulation = Simulation(kind=kind, store=emptied(engine), locking=True)
    tally = check(simulation, range(SEEDS, SEEDS + MORE_SEEDS))
    assert (MORE_SEEDS, ()) == (tally.runs, tally.violations)
