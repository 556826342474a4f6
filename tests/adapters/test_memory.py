"""The memory store keeps the contract."""

import pytest
from ordersales.adapters.memory import MemoryStore
from ordersales.testing.contracts import AsyncStoreContract, StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self):
        return MemoryStore()


class TestMemoryStoreAsync(AsyncStoreContract):
    @pytest.fixture
    def store(self):
        return MemoryStore()
