"""Databases with the tables in them, each shared by the tests of one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine
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
