"""A host's store, watched: what is committed is checked at once, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, cast

from attrs import define, field, frozen

from ordersales.models.charge import WebhookEvent
from ordersales.models.event import Event
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.ports.storage import Store, Transaction
from ordersales.values.identifiers import AccountId, SystemName


@define
class Written:
    """What one transaction wrote, to be looked at when it was committed."""

    account: AccountId
    orders: list[Order] = field(factory=list[Order])
    events: list[Event] = field(factory=list[Event])
    #: When messages are looked after again, and claims end.
    put_off: list[datetime] = field(factory=list[datetime])
    recurring: list[RecurringOrder] = field(factory=list[RecurringOrder])

    @property
    def anything(self) -> bool:
        """Whether anything was written that has to be looked at."""
        return bool(self.orders or self.recurring or self.events or self.put_off)


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

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return where the store says that something is to be looked after."""
        return self.store.accounts_to_check(now, limit)

    def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return where the store says that something is to be charged."""
        return self.store.accounts_to_charge(now, limit)

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
    recurring_orders: Any = None
    events: Any = None
    inbox: Any = None

    def __enter__(self) -> Transaction:
        """Enter the transaction."""
        self._inside = self._context.__enter__()
        self.orders = _Orders(self._inside.orders, self._written.orders)
        self.recurring_orders = _Recurring(
            self._inside.recurring_orders, self._written.recurring, self._written.put_off
        )
        self.events = _Events(self._inside.events, self._written.events)
        self.inbox = _Inbox(self._inside.inbox, self._written.put_off)
        return cast("Transaction", self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave it, and tell what was committed."""
        self._context.__exit__(kind, error, trace)
        if kind is None and self._written.anything:
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
class _Recurring:
    """The recurring orders of a transaction, with what is written and claimed noted."""

    _recurring: Any
    _written: list[RecurringOrder]
    _claimed: list[datetime]

    def add(self, recurring: RecurringOrder) -> RecurringOrder:
        """Note a new one."""
        return self._noted(self._recurring.add(recurring))

    def save(self, recurring: RecurringOrder) -> RecurringOrder:
        """Note what one has become."""
        return self._noted(self._recurring.save(recurring))

    def _noted(self, saved: RecurringOrder) -> RecurringOrder:
        self._written.append(saved)
        return saved

    def claim_due(self, now: datetime, until: datetime, limit: int) -> tuple[RecurringOrder, ...]:
        """Note when the claims end."""
        found: tuple[RecurringOrder, ...] = self._recurring.claim_due(now, until, limit)
        if found:
            self._claimed.append(until)
        return found

    def __getattr__(self, name: str) -> Any:
        """Return a method that writes nothing, as it is."""
        return getattr(self._recurring, name)


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


@define
class _Inbox:
    """The messages of a transaction, with when to look after them noted."""

    _inbox: Any
    _put_off: list[datetime]

    def put_off(self, system: SystemName, event: WebhookEvent, until: datetime | None) -> None:
        """Note when to look again."""
        if until is not None:
            self._put_off.append(until)
        self._inbox.put_off(system, event, until)

    def __getattr__(self, name: str) -> Any:
        """Return another method, as it is."""
        return getattr(self._inbox, name)
