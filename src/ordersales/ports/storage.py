"""Where orders are kept: a store, its transaction, and what is read and written inside one.

The whole contract stands here, and `ordersales.testing` ships the suite that holds an adapter to
it. Every protocol has an async twin that differs in nothing but ``await``.

*Atomic.* What is written in one transaction becomes visible at once when it is left, or not at
all when an error leaves it. A transaction that nobody leaves (a crash) has written nothing.

*Versioned.* A record carries the version it was read at. Saving it raises `Conflict` when the
stored one has moved on; so does a key or a number that is already taken. The error comes at the
write or, at the latest, on leaving the transaction.

*Apart.* A transaction sees one account's records and no other's (rule A4).

*Read what was written.* Inside a transaction, reading shows its own writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Protocol

from ordersales.models.charge import WebhookEvent
from ordersales.models.event import Event
from ordersales.models.filters import OrderFilter, Page
from ordersales.models.order import Order, Payment
from ordersales.values.identifiers import (
    AccountId,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
)


class Orders(Protocol):
    """The orders of one account, each with its invoices."""

    def next_number(self) -> OrderNumber:
        """Return a number above every committed one, and never the same to two (rule O4).

        One that was handed out in a transaction that wrote nothing may come again or be left out.
        """
        ...

    def next_invoice_number(self) -> InvoiceNumber:
        """Return the next number of the account's second series, by the same promise (O4)."""
        ...

    def add(self, order: Order) -> Order:
        """Keep a new order and return it at version 1.

        Raises:
            Conflict: Its number or its key is taken.
        """
        ...

    def get(self, number: OrderNumber) -> Order | None:
        """Return the order with that number, or None."""
        ...

    def save(self, order: Order) -> Order:
        """Keep what an order has become and return it at the next version.

        Raises:
            Conflict: The stored order is not at the version of `order` any more, or the number
                or the key of a new invoice is taken in the account.
        """
        ...

    def find_by_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order that was placed under that key (rule C5), or None."""
        ...

    def find_by_payment_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order that has an invoice under that key (rule C5), or None."""
        ...

    def page(self, wanted: OrderFilter, *, after: int | None, limit: int) -> Page[Order]:
        """Return up to `limit` orders that match, highest number first, below `after` (L4)."""
        ...

    def payments(self, wanted: OrderFilter, *, after: int | None, limit: int) -> Page[Payment]:
        """Return up to `limit` invoices of orders that match, highest number first (L1, L4)."""
        ...

    def count(self, wanted: OrderFilter) -> int:
        """Return how many orders match."""
        ...


class Events(Protocol):
    """What happened in one account, in the order of the commits (rule E1)."""

    def append(self, events: Sequence[Event]) -> None:
        """Keep `events` with the changes of this transaction."""
        ...

    def of_order(self, number: OrderNumber) -> tuple[Event, ...]:
        """Return the events of one order, oldest first."""
        ...


class Inbox(Protocol):
    """The messages of payment systems, each kept once (rule C4)."""

    def add(self, system: SystemName, event: WebhookEvent, at: datetime) -> bool:
        """Keep a message; False, and no change, if this system's message is kept already."""
        ...

    def unmatched(self) -> tuple[tuple[SystemName, WebhookEvent], ...]:
        """Return the kept messages that no attempt has been found for, oldest first."""
        ...

    def match(self, system: SystemName, event: WebhookEvent) -> None:
        """Note that the attempt of a kept message was found, and the message applied."""
        ...


class Transaction(Protocol):
    """What is read and written together, or not at all."""

    @property
    def orders(self) -> Orders:
        """The account's orders."""
        ...

    @property
    def events(self) -> Events:
        """What happened to them."""
        ...

    @property
    def inbox(self) -> Inbox:
        """What payment systems told of them."""
        ...


class Store(Protocol):
    """Keeps the records of many accounts."""

    def transaction(self, account: AccountId) -> AbstractContextManager[Transaction]:
        """Return a context in which the account's records are read and written together.

        Raises:
            Conflict: On leaving, where another transaction was faster; nothing was written.
        """
        ...


class AsyncOrders(Protocol):
    """As `Orders`, awaited."""

    async def next_number(self) -> OrderNumber:
        """As `Orders.next_number`."""
        ...

    async def next_invoice_number(self) -> InvoiceNumber:
        """As `Orders.next_invoice_number`."""
        ...

    async def add(self, order: Order) -> Order:
        """As `Orders.add`."""
        ...

    async def get(self, number: OrderNumber) -> Order | None:
        """As `Orders.get`."""
        ...

    async def save(self, order: Order) -> Order:
        """As `Orders.save`."""
        ...

    async def find_by_key(self, key: IdempotencyKey) -> Order | None:
        """As `Orders.find_by_key`."""
        ...

    async def find_by_payment_key(self, key: IdempotencyKey) -> Order | None:
        """As `Orders.find_by_payment_key`."""
        ...

    async def page(self, wanted: OrderFilter, *, after: int | None, limit: int) -> Page[Order]:
        """As `Orders.page`."""
        ...

    async def payments(
        self, wanted: OrderFilter, *, after: int | None, limit: int
    ) -> Page[Payment]:
        """As `Orders.payments`."""
        ...

    async def count(self, wanted: OrderFilter) -> int:
        """As `Orders.count`."""
        ...


class AsyncEvents(Protocol):
    """As `Events`, awaited."""

    async def append(self, events: Sequence[Event]) -> None:
        """As `Events.append`."""
        ...

    async def of_order(self, number: OrderNumber) -> tuple[Event, ...]:
        """As `Events.of_order`."""
        ...


class AsyncInbox(Protocol):
    """As `Inbox`, awaited."""

    async def add(self, system: SystemName, event: WebhookEvent, at: datetime) -> bool:
        """As `Inbox.add`."""
        ...

    async def unmatched(self) -> tuple[tuple[SystemName, WebhookEvent], ...]:
        """As `Inbox.unmatched`."""
        ...

    async def match(self, system: SystemName, event: WebhookEvent) -> None:
        """As `Inbox.match`."""
        ...


class AsyncTransaction(Protocol):
    """As `Transaction`, awaited."""

    @property
    def orders(self) -> AsyncOrders:
        """As `Transaction.orders`."""
        ...

    @property
    def events(self) -> AsyncEvents:
        """As `Transaction.events`."""
        ...

    @property
    def inbox(self) -> AsyncInbox:
        """As `Transaction.inbox`."""
        ...


class AsyncStore(Protocol):
    """As `Store`, awaited."""

    def transaction(self, account: AccountId) -> AbstractAsyncContextManager[AsyncTransaction]:
        """As `Store.transaction`."""
        ...
