"""What a host has: the library as a wheel, and tests that inherit the contract suites.

No test of ours by itself: `nox -s package` copies it, and the server that it starts, to where
nothing of this house is, and runs it there.
"""

from __future__ import annotations

import asyncio
import json
import sysconfig
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

import ordersales
from ordersales.adapters.memory import MemoryStore
from ordersales.adapters.sqlalchemy import (
    AsyncSqlStore,
    SqlStore,
    async_sqlite_engine,
    sqlite_engine,
)
from ordersales.testing.contracts import AsyncStoreContract, StoreContract
from tests.postgres import Database, module_database, postgres

#: Fixtures, found here by what asks for them.
__all__ = ["module_database", "postgres"]


def test_the_library_comes_from_a_wheel() -> None:
    """What is held to the contract is what is published, and nothing beside it."""
    told = distribution("ordersales").read_text("direct_url.json")

    assert told is not None
    assert json.loads(told)["url"].endswith(".whl")
    assert Path(ordersales.__file__).is_relative_to(sysconfig.get_path("purelib"))


class TestInMemory(StoreContract):
    """As a synchronous host begins."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        """Return an empty one."""
        return MemoryStore()


class TestInMemoryAwaited(AsyncStoreContract):
    """As an asynchronous host begins."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        """Return an empty one."""
        return MemoryStore()


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the tables in it."""
    file = tmp_path_factory.mktemp("sqlite") / "shop.sqlite"
    engine = sqlite_engine(file)
    SqlStore(engine).create_tables()
    engine.dispose()
    return file


class TestOnSQLite(StoreContract):
    """Where a shop has a file."""

    @pytest.fixture
    def store(self, sqlite_file: Path) -> Iterator[SqlStore]:
        """Return a store in the file that all checks share."""
        engine = sqlite_engine(sqlite_file)
        yield SqlStore(engine)
        engine.dispose()


class TestOnSQLiteAwaited(AsyncStoreContract):
    """The same, awaited."""

    @pytest.fixture
    def store(self, sqlite_file: Path, runner: asyncio.Runner) -> Iterator[AsyncSqlStore]:
        """Return a store in the same file."""
        engine = async_sqlite_engine(sqlite_file)
        yield AsyncSqlStore(engine)
        runner.run(engine.dispose())


@pytest.fixture(scope="module")
def address(module_database: Database) -> str:
    """Return where a PostgreSQL database with the tables in it is."""
    engine = create_engine(module_database.url)
    SqlStore(engine).create_tables()
    engine.dispose()
    return module_database.url


class TestOnPostgreSQL(StoreContract):
    """Where a shop has a server."""

    @pytest.fixture
    def store(self, address: str) -> Iterator[SqlStore]:
        """Return a store in the database that all checks share."""
        engine = create_engine(address)
        yield SqlStore(engine)
        engine.dispose()


class TestOnPostgreSQLAwaited(AsyncStoreContract):
    """The same, awaited."""

    @pytest.fixture
    def store(self, address: str, runner: asyncio.Runner) -> Iterator[AsyncSqlStore]:
        """Return a store in the same database."""
        engine = create_async_engine(address)
        yield AsyncSqlStore(engine)
        runner.run(engine.dispose())
