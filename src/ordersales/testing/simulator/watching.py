"""A host's store, watched: what is committed is checked at once, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, cast

from attrs import define, field, frozen

from ordersales.models.event import Event
from ordersales.models.order import Order
from ordersales.ports.storage import Store, Transaction
from ordersales.values.identifiers import AccountId


@define
class Written:
    """What one transaction wrote, to be looked at when it was committed."""

    account: AccountId
    orders: list[Order] = field(factory=list[Order])
    events: list[Event] = field(factory=list[Event])


class Watcher(Protocol):
    """Is told of every transaction."""

    def opened(self, account: AccountId) -> None:
        """Hear that a transaction on the records of `account` begins."""
        ...

    def committed(self, written: Written, stored: Sequence[object]) -> None:
        """Hear what was committed, and what the store then reads of the same orders."""
        ...


@frozen
class WatchedStore:
    """A store that tells a watcher of everything that is committed in it."""

    store: Store
    watcher: Watcher

    def transaction(self, account: AccountId) -> WatchedTransaction:
        """Return a transaction of the store, watched."""
        self.watcher.opened(account)
        return WatchedTransaction(self, Written(account), self.store.transaction(account))

    def due_accounts(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return what the store says is due."""
        return self.store.due_accounts(now, limit)

    def tell(self, written: Written) -> None:
        """Read back what was committed, and tell of it."""
        with self.store.transaction(written.account) as tx:
            stored = [tx.orders.get(order.number) for order in written.orders]
        self.watcher.committed(written, stored)


@define
class WatchedTransaction(AbstractContextManager[Transaction]):
    """A transaction whose writes are noted; whatever else it has passes through."""

    _watched: WatchedStore
    _written: Written
    _context: AbstractContextManager[Transaction]
    _inside: Any = None
    orders: Any = None
    events: Any = None

    def __enter__(self) -> Transaction:
        """Enter the transaction."""
        self._inside = self._context.__enter__()
        self.orders = _Orders(self._inside.orders, self._written.orders)
        self.events = _Events(self._inside.events, self._written.events)
        return cast("Transaction", self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave it, and tell what was committed."""
        self._context.__exit__(kind, error, trace)
        if kind is None and (self._written.orders or self._written.events):
            self._watched.tell(self._written)

    def __getattr__(self, name: str) -> Any:
        """Return another part of the transaction, as it is."""
        return getattr(self._inside, name)


@define
class _Orders:
    """The orders of a transaction, with what is written noted."""

    _orders: Any
    _written: list[Order]

    def add(self, order: Order) -> Order:
        """Note a new order."""
        return self._noted(self._orders.add(order))

    def save(self, order: Order) -> Order:
        """Note what an order has become."""
        return self._noted(self._orders.save(order))

    def _noted(self, saved: Order) -> Order:
        self._written.append(saved)
        return saved

    def __getattr__(self, name: str) -> Any:
        """Return a method that writes nothing, as it is."""
        return getattr(self._orders, name)


@define
class _Events:
    """The events of a transaction, with what is told noted."""

    _events: Any
    _written: list[Event]

    def append(self, events: Sequence[Event]) -> None:
        """Note what is told."""
        self._written.extend(events)
        self._events.append(events)

    def __getattr__(self, name: str) -> Any:
        """Return another method, as it is."""
        return getattr(self._events, name)
