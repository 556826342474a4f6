"""PostgreSQL keeps the contract of storage, for hosts of either kind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import create_async_engine

from ordersales.adapters.sqlalchemy import AsyncSqlStore, SqlStore
from ordersales.testing.contracts import AsyncStoreContract, StoreContract
from tests.postgres import Database


@pytest.mark.thorough
class TestInThreads(StoreContract):
    """As a synchronous host uses it."""

    @pytest.fixture
    def store(self, on_postgres: Engine) -> SqlStore:
        """Return a store on the database that all checks share."""
        return SqlStore(on_postgres)


class TestInTasks(AsyncStoreContract):
    """As an asynchronous host uses it."""

    @pytest.fixture
    def store(
        self, on_postgres: Engine, module_database: Database, runner: asyncio.Runner
    ) -> Iterator[AsyncSqlStore]:
        """Return a store on the same database."""
        engine = create_async_engine(module_database.url)
        yield AsyncSqlStore(engine)
        runner.run(engine.dispose())
