"""The same store for asynchronous hosts: the synchronous one, run where its driver can be awaited.

SQLAlchemy runs synchronous code in a greenlet, which hands the control back to the event loop
whenever the driver has to be awaited. So nothing is written twice but the names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import ParamSpec, Self, TypeVar
from weakref import finalize

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util import greenlet_spawn

from ordersales.adapters.sqlalchemy.bulk import Loaded, Progress
from ordersales.adapters.sqlalchemy.events import SqlEvents
from ordersales.adapters.sqlalchemy.inbox import SqlInbox
from ordersales.adapters.sqlalchemy.installation import SqlInstallation
from ordersales.adapters.sqlalchemy.orders import SqlOrders
from ordersales.adapters.sqlalchemy.recurring_orders import SqlRecurringOrders
from ordersales.adapters.sqlalchemy.sales_plans import SqlSalesPlans
from ordersales.adapters.sqlalchemy.store import SqlStore, Transactions
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.adapters.sqlalchemy.transaction import SqlTransaction
from ordersales.errors import InvalidInput
from ordersales.models.charge import WebhookEvent
from ordersales.models.due import Overdue
from ordersales.models.event import Event, RecordedEvent
from ordersales.models.filters import (
    OrderFilter,
    OrderSort,
    PaymentSort,
    Place,
    RecurringSort,
    Slice,
)
from ordersales.models.inbox import KeptMessage
from ordersales.models.installation import Mark
from ordersales.models.order import Order, Payment
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.report import Dimension, ReportScope
from ordersales.models.sale import SalesPlan
from ordersales.reports.cells import Cell
from ordersales.reports.facts import Fact
from ordersales.values.identifiers import (
    AccountId,
    CustomerId,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
)

P = ParamSpec("P")
T = TypeVar("T")

#: Transactions that are being rolled back since nobody left them: kept until that is done.
_dropped: set[asyncio.Task[None]] = set()


async def awaited(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do synchronous work whose driver is awaited."""
    return await greenlet_spawn(partial(work, *args, **kwargs))


class AsyncTransactions:
    """As `Transactions`, awaited."""

    def __init__(self, inner: Transactions) -> None:
        """Await what these do."""
        self._inner = inner

    @property
    def joined(self) -> bool:
        """Whether they are parts of a transaction of the host's."""
        return self._inner.joined

    def transaction(self, account: AccountId) -> AsyncSqlTransaction:
        """Return a transaction on the records of `account`."""
        return AsyncSqlTransaction(self._inner.transaction(account))

    async def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which a recurring order is due."""
        return await awaited(self._inner.accounts_to_charge, now, limit)

    async def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which something is due."""
        return await awaited(self._inner.accounts_to_check, now, limit)


class AsyncSqlStore(AsyncTransactions):
    """As `SqlStore`, for an asynchronous engine: of aiosqlite, or of psycopg.

    Raises:
        InvalidInput: As there.
    """

    def __init__(self, engine: AsyncEngine, tables: Tables | None = None) -> None:
        """Keep the records in these tables; left out, in those that `tables()` makes."""
        if not isinstance(engine, AsyncEngine):
            raise InvalidInput.of("engine", engine, "an AsyncEngine of SQLite or PostgreSQL")
        self._store = SqlStore(engine.sync_engine, tables)
        super().__init__(self._store)

    async def create_tables(self) -> None:
        """Make those of the tables that are not there; for hosts that have no migrations."""
        await awaited(self._store.create_tables)

    async def load(
        self,
        account: AccountId,
        orders: Iterable[Order],
        *,
        on_progress: Progress | None = None,
    ) -> Loaded:
        """As `SqlStore.load`; between two waits the event loop stands still for a batch."""
        return await awaited(self._store.load, account, orders, on_progress=on_progress)

    def joining(self, connection: AsyncConnection) -> AsyncTransactions:
        """Return the same store on a connection of the host's, as `SqlStore.joining` does."""
        return AsyncTransactions(self._store.joining(_sync(connection)))


class AsyncSqlTransaction:
    """As `SqlTransaction`, awaited."""

    orders: AsyncSqlOrders
    recurring_orders: AsyncSqlRecurringOrders
    sales_plans: AsyncSqlSalesPlans
    events: AsyncSqlEvents
    inbox: AsyncSqlInbox
    installation: AsyncSqlInstallation

    def __init__(self, inner: SqlTransaction) -> None:
        """Open nothing yet."""
        self._inner = inner

    async def __aenter__(self) -> Self:
        """Open it."""
        inner = await awaited(self._inner.__enter__)
        # Also where nobody says that it was dropped.
        self._end = finalize(self, _drop, inner, asyncio.get_running_loop())
        self.orders = AsyncSqlOrders(inner.orders)
        self.recurring_orders = AsyncSqlRecurringOrders(inner.recurring_orders)
        self.sales_plans = AsyncSqlSalesPlans(inner.sales_plans)
        self.events = AsyncSqlEvents(inner.events)
        self.inbox = AsyncSqlInbox(inner.inbox)
        self.installation = AsyncSqlInstallation(inner.installation)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit, or roll back if an error came."""
        self._end.detach()
        leaving = asyncio.ensure_future(awaited(self._inner.__exit__, kind, error, trace))
        try:
            await asyncio.shield(leaving)
        except asyncio.CancelledError:
            # What was begun comes to its end first: the connection is given back as it should be.
            await asyncio.wait([leaving])
            raise

    def drop(self) -> None:
        """Roll back soon: nobody is left who could await it."""
        self._end()


def _sync(connection: AsyncConnection) -> Connection:
    if connection.sync_connection is None:
        raise InvalidInput.of("connection", connection, "a connection that was opened")
    return connection.sync_connection


def _drop(inner: SqlTransaction, loop: asyncio.AbstractEventLoop) -> None:
    """Roll a transaction back in the loop that it belongs to, soon."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(_roll_back, inner)


def _roll_back(inner: SqlTransaction) -> None:
    task = asyncio.ensure_future(awaited(inner.__exit__, GeneratorExit, None, None))
    _dropped.add(task)
    task.add_done_callback(_dropped.discard)


class AsyncSqlOrders:
    """As `SqlOrders`, awaited."""

    def __init__(self, inner: SqlOrders) -> None:
        """Await what this one does."""
        self._inner = inner

    async def next_number(self) -> OrderNumber:
        """As `SqlOrders.next_number`."""
        return await awaited(self._inner.next_number)

    async def next_invoice_number(self) -> InvoiceNumber:
        """As `SqlOrders.next_invoice_number`."""
        return await awaited(self._inner.next_invoice_number)

    async def add(self, order: Order) -> Order:
        """As `SqlOrders.add`."""
        return await awaited(self._inner.add, order)

    async def get(self, number: OrderNumber) -> Order | None:
        """As `SqlOrders.get`."""
        return await awaited(self._inner.get, number)

    async def save(self, order: Order) -> Order:
        """As `SqlOrders.save`."""
        return await awaited(self._inner.save, order)

    async def find_by_key(self, key: IdempotencyKey) -> Order | None:
        """As `SqlOrders.find_by_key`."""
        return await awaited(self._inner.find_by_key, key)

    async def find_by_payment_key(self, key: IdempotencyKey) -> Order | None:
        """As `SqlOrders.find_by_payment_key`."""
        return await awaited(self._inner.find_by_payment_key, key)

    async def find_by_refund_key(self, key: IdempotencyKey) -> Order | None:
        """As `SqlOrders.find_by_refund_key`."""
        return await awaited(self._inner.find_by_refund_key, key)

    async def find_occurrence(self, recurring_order: OrderNumber, index: int) -> Order | None:
        """As `SqlOrders.find_occurrence`."""
        return await awaited(self._inner.find_occurrence, recurring_order, index)

    async def occurrences(self, recurring_order: OrderNumber) -> tuple[Order, ...]:
        """As `SqlOrders.occurrences`."""
        return await awaited(self._inner.occurrences, recurring_order)

    async def to_check(self, now: datetime, limit: int) -> tuple[OrderNumber, ...]:
        """As `SqlOrders.to_check`."""
        return await awaited(self._inner.to_check, now, limit)

    async def page(
        self, wanted: OrderFilter, sort: OrderSort, *, after: Place | None, limit: int
    ) -> Slice[Order]:
        """As `SqlOrders.page`."""
        return await awaited(self._inner.page, wanted, sort, after=after, limit=limit)

    async def payments(
        self, wanted: OrderFilter, sort: PaymentSort, *, after: Place | None, limit: int
    ) -> Slice[Payment]:
        """As `SqlOrders.payments`."""
        return await awaited(self._inner.payments, wanted, sort, after=after, limit=limit)

    async def count(self, wanted: OrderFilter) -> int:
        """As `SqlOrders.count`."""
        return await awaited(self._inner.count, wanted)

    async def count_payments(self, wanted: OrderFilter) -> int:
        """As `SqlOrders.count_payments`."""
        return await awaited(self._inner.count_payments, wanted)

    async def summed(self, dimensions: Sequence[Dimension], scope: ReportScope) -> tuple[Cell, ...]:
        """As `SqlOrders.summed`."""
        return await awaited(self._inner.summed, dimensions, scope)

    async def facts(
        self, scope: ReportScope, *, after: tuple[int, int], limit: int
    ) -> tuple[Fact, ...]:
        """As `SqlOrders.facts`."""
        return await awaited(self._inner.facts, scope, after=after, limit=limit)


class AsyncSqlRecurringOrders:
    """As `SqlRecurringOrders`, awaited."""

    def __init__(self, inner: SqlRecurringOrders) -> None:
        """Await what this one does."""
        self._inner = inner

    async def add(self, recurring: RecurringOrder) -> RecurringOrder:
        """As `SqlRecurringOrders.add`."""
        return await awaited(self._inner.add, recurring)

    async def get(self, number: OrderNumber) -> RecurringOrder | None:
        """As `SqlRecurringOrders.get`."""
        return await awaited(self._inner.get, number)

    async def save(self, recurring: RecurringOrder) -> RecurringOrder:
        """As `SqlRecurringOrders.save`."""
        return await awaited(self._inner.save, recurring)

    async def find_by_key(self, key: IdempotencyKey) -> RecurringOrder | None:
        """As `SqlRecurringOrders.find_by_key`."""
        return await awaited(self._inner.find_by_key, key)

    async def of_customer(self, customer: CustomerId) -> tuple[RecurringOrder, ...]:
        """As `SqlRecurringOrders.of_customer`."""
        return await awaited(self._inner.of_customer, customer)

    async def page(
        self, wanted: OrderFilter, sort: RecurringSort, *, after: Place | None, limit: int
    ) -> Slice[RecurringOrder]:
        """As `SqlRecurringOrders.page`."""
        return await awaited(self._inner.page, wanted, sort, after=after, limit=limit)

    async def count(self, wanted: OrderFilter) -> int:
        """As `SqlRecurringOrders.count`."""
        return await awaited(self._inner.count, wanted)

    async def claim_due(
        self, now: datetime, until: datetime, limit: int
    ) -> tuple[RecurringOrder, ...]:
        """As `SqlRecurringOrders.claim_due`."""
        return await awaited(self._inner.claim_due, now, until, limit)

    async def overdue(self, since: datetime, limit: int) -> tuple[Overdue, ...]:
        """As `SqlRecurringOrders.overdue`."""
        return await awaited(self._inner.overdue, since, limit)


class AsyncSqlSalesPlans:
    """As `SqlSalesPlans`, awaited."""

    def __init__(self, inner: SqlSalesPlans) -> None:
        """Await what this one does."""
        self._inner = inner

    async def get(self, customer: CustomerId, offer: OfferNumber) -> SalesPlan | None:
        """As `SqlSalesPlans.get`."""
        return await awaited(self._inner.get, customer, offer)

    async def of_customer(self, customer: CustomerId) -> tuple[SalesPlan, ...]:
        """As `SqlSalesPlans.of_customer`."""
        return await awaited(self._inner.of_customer, customer)

    async def save(self, plan: SalesPlan) -> SalesPlan:
        """As `SqlSalesPlans.save`."""
        return await awaited(self._inner.save, plan)

    async def remove(self, plan: SalesPlan) -> None:
        """As `SqlSalesPlans.remove`."""
        await awaited(self._inner.remove, plan)


class AsyncSqlEvents:
    """As `SqlEvents`, awaited."""

    def __init__(self, inner: SqlEvents) -> None:
        """Await what this one does."""
        self._inner = inner

    async def append(self, events: Sequence[Event]) -> None:
        """As `SqlEvents.append`."""
        await awaited(self._inner.append, events)

    async def of_order(self, number: OrderNumber) -> tuple[Event, ...]:
        """As `SqlEvents.of_order`."""
        return await awaited(self._inner.of_order, number)

    async def of_recurring(self, number: OrderNumber) -> tuple[Event, ...]:
        """As `SqlEvents.of_recurring`."""
        return await awaited(self._inner.of_recurring, number)

    async def after(self, position: int, limit: int) -> tuple[RecordedEvent, ...]:
        """As `SqlEvents.after`."""
        return await awaited(self._inner.after, position, limit)

    async def newest(self, limit: int) -> tuple[RecordedEvent, ...]:
        """As `SqlEvents.newest`."""
        return await awaited(self._inner.newest, limit)

    async def acknowledged(self, follower: str) -> int:
        """As `SqlEvents.acknowledged`."""
        return await awaited(self._inner.acknowledged, follower)

    async def acknowledge(self, follower: str, position: int) -> None:
        """As `SqlEvents.acknowledge`."""
        await awaited(self._inner.acknowledge, follower, position)

    async def erase_notes(self, number: OrderNumber) -> None:
        """As `SqlEvents.erase_notes`."""
        await awaited(self._inner.erase_notes, number)

    async def erase_recurring_notes(self, number: OrderNumber) -> None:
        """As `SqlEvents.erase_recurring_notes`."""
        await awaited(self._inner.erase_recurring_notes, number)


class AsyncSqlInbox:
    """As `SqlInbox`, awaited."""

    def __init__(self, inner: SqlInbox) -> None:
        """Await what this one does."""
        self._inner = inner

    async def add(self, system: SystemName, event: WebhookEvent, at: datetime) -> bool:
        """As `SqlInbox.add`."""
        return await awaited(self._inner.add, system, event, at)

    async def unmatched(self) -> tuple[tuple[SystemName, WebhookEvent], ...]:
        """As `SqlInbox.unmatched`."""
        return await awaited(self._inner.unmatched)

    async def put_off(
        self, system: SystemName, event: WebhookEvent, until: datetime | None
    ) -> None:
        """As `SqlInbox.put_off`."""
        await awaited(self._inner.put_off, system, event, until)

    async def to_match(self, now: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """As `SqlInbox.to_match`."""
        return await awaited(self._inner.to_match, now, limit)

    async def waiting_since(self, moment: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """As `SqlInbox.waiting_since`."""
        return await awaited(self._inner.waiting_since, moment, limit)

    async def match(self, system: SystemName, event: WebhookEvent) -> None:
        """As `SqlInbox.match`."""
        await awaited(self._inner.match, system, event)


class AsyncSqlInstallation:
    """As `SqlInstallation`, awaited."""

    def __init__(self, inner: SqlInstallation) -> None:
        """Await what this one does."""
        self._inner = inner

    async def mark(self) -> Mark:
        """As `SqlInstallation.mark`."""
        return await awaited(self._inner.mark)

    async def adopt(self, mark: Mark, *, replacing: str | None) -> None:
        """As `SqlInstallation.adopt`."""
        await awaited(self._inner.adopt, mark, replacing=replacing)

    async def skip_numbers(self, count: int) -> None:
        """As `SqlInstallation.skip_numbers`."""
        await awaited(self._inner.skip_numbers, count)
