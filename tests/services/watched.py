"""A shop all of whose commits and calls of the gateway are written down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType

from ordersales import AccountId, BackOffice, PaymentSystem
from ordersales.adapters.memory import MemoryStore
from ordersales.errors import Conflict
from ordersales.models.charge import Answer, ChargeRequest
from ordersales.ports.storage import Transaction
from ordersales.testing import MovableClock, Play, ScriptedGateway
from tests.drivers import BANK, CARDS, Shop


def nothing() -> None:
    """Do nothing."""


class WatchedTransaction:
    """A transaction that is written down, with room for something to happen around it."""

    def __init__(self, store: WatchedStore, context: AbstractContextManager[Transaction]) -> None:
        self._store = store
        self._context = context

    def __enter__(self) -> Transaction:
        self._store.log.append("begin")
        return self._context.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        happens, self._store.before_commit = self._store.before_commit, nothing
        happens()
        try:
            self._context.__exit__(kind, error, trace)
        except Conflict:
            self._store.log.append("conflict")
            raise
        self._store.log.append("commit" if kind is None else "roll back")
        happens, self._store.after_commit = self._store.after_commit, nothing
        happens()


class WatchedStore:
    """A store that writes down each transaction, and lets something happen once around one."""

    def __init__(self) -> None:
        self.plain = MemoryStore()
        self.log: list[str] = []
        self.before_commit: Callable[[], None] = nothing
        self.after_commit: Callable[[], None] = nothing

    def transaction(self, account: AccountId) -> WatchedTransaction:
        """Return a transaction that is written down."""
        return WatchedTransaction(self, self.plain.transaction(account))

    def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which a recurring order is due."""
        return self.plain.accounts_to_charge(now, limit)

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which something is due."""
        return self.plain.accounts_to_check(now, limit)


class WatchedGateway(ScriptedGateway):
    """A gateway that writes down each call, and lets something happen during it."""

    def __init__(self, log: list[str], *plays: Play) -> None:
        super().__init__(*plays)
        self._log = log
        self.meanwhile: Callable[[], None] = nothing

    def charge(self, request: ChargeRequest) -> Answer:
        """Write it down."""
        self._log.append("charge")
        self.meanwhile()
        return super().charge(request)


class Watched:
    """A shop all of whose commits and calls are written down."""

    def __init__(self, *plays: Play) -> None:
        self.store = WatchedStore()
        self.gateway = WatchedGateway(self.store.log, *plays)
        self.clock = MovableClock()
        systems = [PaymentSystem(CARDS, self.gateway), PaymentSystem(BANK)]
        office = BackOffice(self.store, systems, self.clock)
        self.shop = Shop(office, self.store.plain, self.gateway, self.clock)

    def written_down(self) -> list[str]:
        """Return what was written down since the last time."""
        log = list(self.store.log)
        self.store.log.clear()
        return log
