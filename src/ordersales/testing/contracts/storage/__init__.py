"""The contract of `ordersales.ports.storage` as tests, for a store of either kind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import cast
from uuid import uuid4

import pytest

from ordersales.ports.storage import AsyncStore, Store
from ordersales.testing.contracts.drivers import Driver, TaskDriver, ThreadDriver
from ordersales.testing.contracts.storage.books import Books
from ordersales.testing.contracts.storage.commits import CommitPromises
from ordersales.testing.contracts.storage.due import CheckPromises, TryPromises
from ordersales.testing.contracts.storage.lists import FilterPromises, PagePromises
from ordersales.testing.contracts.storage.marks import MarkPromises
from ordersales.testing.contracts.storage.messages import EventPromises, InboxPromises
from ordersales.testing.contracts.storage.numbers import NumberPromises
from ordersales.testing.contracts.storage.plans import PlanPromises
from ordersales.testing.contracts.storage.races import RacePromises
from ordersales.testing.contracts.storage.recurring import ClaimPromises, RecurringPromises
from ordersales.testing.contracts.storage.recurring_lists import RecurringListPromises
from ordersales.testing.contracts.storage.sums import SumPromises
from ordersales.testing.contracts.storage.versions import KeyPromises, VersionPromises
from ordersales.values.identifiers import AccountId

__all__ = ["AsyncStoreContract", "StoreContract"]


class _Promises(
    CommitPromises,
    VersionPromises,
    KeyPromises,
    PlanPromises,
    NumberPromises,
    PagePromises,
    FilterPromises,
    SumPromises,
    RecurringListPromises,
    EventPromises,
    InboxPromises,
    MarkPromises,
    CheckPromises,
    TryPromises,
    RecurringPromises,
    ClaimPromises,
    RacePromises,
):
    """Every promise, whichever kind of store."""

    @pytest.fixture
    def accounts(self) -> tuple[AccountId, AccountId]:
        """Two accounts with nothing in them; override it where an account must be made first."""
        return AccountId(f"contract-{uuid4()}"), AccountId(f"contract-{uuid4()}")

    @pytest.fixture
    def books(
        self, store: Store | AsyncStore, accounts: tuple[AccountId, AccountId], drive: Driver
    ) -> Books:
        """What every check works on."""
        # A script is written to the synchronous face, and its driver awaits where need be.
        return Books(cast("Store", store), *accounts, drive)


class StoreContract(_Promises):
    """Holds a store to the contract of `ordersales.ports.storage`: inherit, and give the store.

    In a test module of the host::

        import pytest

        from ordersales.testing.contracts import StoreContract


        class TestOurStore(StoreContract):
            @pytest.fixture
            def store(self, tmp_path):
                return OurStore(tmp_path / "orders.db")

    Each check uses two new accounts of its own, so one database may serve all of them, one after
    the other: the installation mark is the store's, and is put back after each check. The store
    is used from several threads at once.
    """

    @pytest.fixture
    def store(self) -> Store:
        """The store under test; override it."""
        raise NotImplementedError("override the fixture `store` with one that returns yours")

    @pytest.fixture
    def drive(self) -> Driver:
        """What runs the checks' scripts: threads."""
        return ThreadDriver()


class AsyncStoreContract(_Promises):
    """Holds an asynchronous store to the same contract; no pytest plugin is needed.

    In a test module of the host::

        import pytest

        from ordersales.testing.contracts import AsyncStoreContract


        class TestOurStore(AsyncStoreContract):
            @pytest.fixture
            def store(self, runner, tmp_path):
                store = runner.run(OurStore.connect(tmp_path / "orders.db"))
                yield store
                runner.run(store.close())

    All of a check runs in the loop of the fixture `runner`, an `asyncio.Runner`. For another
    library than asyncio, override the fixture `drive` with a
    `ordersales.testing.contracts.drivers.Driver` of your own.
    """

    @pytest.fixture
    def store(self) -> AsyncStore:
        """The store under test; override it."""
        raise NotImplementedError("override the fixture `store` with one that returns yours")

    @pytest.fixture
    def runner(self) -> Iterator[asyncio.Runner]:
        """The event loop of one check."""
        with asyncio.Runner() as runner:
            yield runner

    @pytest.fixture
    def drive(self, runner: asyncio.Runner) -> Driver:
        """What runs the checks' scripts: tasks in one loop."""
        return TaskDriver(runner)
