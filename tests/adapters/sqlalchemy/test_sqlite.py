"""SQLite keeps the contract of storage, for hosts of either kind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ordersales.adapters.sqlalchemy import AsyncSqlStore, SqlStore, async_sqlite_engine
from ordersales.testing.contracts import AsyncStoreContract, StoreContract


class TestInThreads(StoreContract):
    """As a synchronous host uses it."""

    @pytest.fixture
    def store(self, on_sqlite: Engine) -> SqlStore:
        """Return a store on the database that all checks share."""
        return SqlStore(on_sqlite)


@pytest.mark.thorough
class TestInTasks(AsyncStoreContract):
    """As an asynchronous host uses it."""

    @pytest.fixture
    def store(
        self, on_sqlite: Engine, sqlite_file: Path, runner: asyncio.Runner
    ) -> Iterator[AsyncSqlStore]:
        """Return a store on the same database."""
        engine = async_sqlite_engine(sqlite_file)
        yield AsyncSqlStore(engine)
        runner.run(engine.dispose())
