"""Databases with the tables in them, each shared by the tests of one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine
from ordersales.values.identifiers import AccountId
from tests.adapters.sqlalchemy.doors import Everywhere, opened
from tests.postgres import Database


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a SQLite database is."""
    return tmp_path_factory.mktemp("sqlite") / "shop.sqlite"


@pytest.fixture(scope="module")
def on_sqlite(sqlite_file: Path) -> Iterator[Engine]:
    """Return an engine on a SQLite database with the tables."""
    engine = sqlite_engine(sqlite_file)
    SqlStore(engine).create_tables()
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def on_postgres(module_database: Database) -> Iterator[Engine]:
    """Return an engine on a PostgreSQL database with the tables."""
    engine = create_engine(module_database.url)
    SqlStore(engine).create_tables()
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def on_each(request: pytest.FixtureRequest) -> Engine:
    """Return an engine on each of the databases."""
    engine: Engine = request.getfixturevalue(f"on_{request.param}")
    return engine


@pytest.fixture
def account() -> AccountId:
    """Return an account with nothing in it."""
    return AccountId(f"account-{uuid4()}")


@pytest.fixture(scope="module")
def everywhere(
    on_sqlite: Engine, sqlite_file: Path, on_postgres: Engine, module_database: Database
) -> Iterator[Everywhere]:
    """Return memory, SQLite and PostgreSQL beside each other."""
    with opened(on_sqlite, sqlite_file, on_postgres, module_database.url) as doors:
        yield doors
