"""SQLite keeps the contract of storage, for hosts of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ordersales.adapters.sqlalchemy import SqlStore, sqlite_engine
from ordersales.testing.contracts import StoreContract


class TestInThreads(StoreContract):
    """As a synchronous host uses it."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqlStore]:
        """Return an empty one."""
        engine = sqlite_engine(tmp_path / "shop.sqlite")
        store = SqlStore(engine)
        store.create_tables()
        yield store
        engine.dispose()
