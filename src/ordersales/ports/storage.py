"""Where orders are kept: a store, its transaction, and what is read and written inside one.

The whole contract stands here, and `ordersales.testing` ships the suite that holds an adapter to
it. Every protocol has an async twin that differs in nothing but ``await``.

*Atomic.* What is written in one transaction becomes visible at once when it is left, or not at
all when an error leaves it. A transaction that nobody leaves (a crash) has written nothing.

*Versioned.* A record carries the version it was read at. Saving it raises `Conflict` when the
stored one has moved on; so does a key or a number that is already taken. The error comes at the
write or, at the latest, on leaving the transaction.

*Apart.* A transaction sees one account's records and no other's (rule A4); only the installation
mark is the whole store's (rule C6).

*Read what was written.* Inside a transaction, reading shows its own writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Protocol

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
            Conflict: Its number or its key is taken, or its recurring order has another
                occurrence of that index.
        """
        ...

    def get(self, number: OrderNumber) -> Order | None:
        """Return the order with that number, or None."""
        ...

    def save(self, order: Order) -> Order:
        """Keep what an order has become and return it at the next version.

        Raises:
            Conflict: The stored order is not at the version of `order` any more, or the number
                or the key of a new invoice, or the key of a new refund by another order, is taken
                in the account.
        """
        ...

    def find_by_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order that was placed under that key (rule C5), or None."""
        ...

    def find_by_payment_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order that has an invoice under that key (rule C5), or None."""
        ...

    def find_by_refund_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order that has a refund under that key (rules F1, C5), or None."""
        ...

    def find_occurrence(self, recurring_order: OrderNumber, index: int) -> Order | None:
        """Return that occurrence of a recurring order, or None."""
        ...

    def occurrences(self, recurring_order: OrderNumber) -> tuple[Order, ...]:
        """Return all orders of a recurring order, by their index (rule R9)."""
        ...

    def to_check(self, now: datetime, limit: int) -> tuple[OrderNumber, ...]:
        """Return up to `limit` orders whose `Order.next_check` has come (rule C2).

        The one whose check came first stands first. Asking claims nothing: whoever looks after an
        order moves its next check by the order's version. It costs what is due, and not what is
        there.
        """
        ...

    def page(
        self, wanted: OrderFilter, sort: OrderSort, *, after: Place | None, limit: int
    ) -> Slice[Order]:
        """Return up to `limit` orders that match, in the order of `sort`, behind `after` (L4).

        What matches is `ordersales.rules.filtering.matches`, what a row is sorted by
        `ordersales.rules.sorting.order_place`; a page costs the same wherever it begins.
        """
        ...

    def payments(
        self, wanted: OrderFilter, sort: PaymentSort, *, after: Place | None, limit: int
    ) -> Slice[Payment]:
        """Return up to `limit` invoices that match, likewise (rules L1, L4).

        By `ordersales.rules.filtering.matches_payment` and
        `ordersales.rules.sorting.payment_place`.
        """
        ...

    def count(self, wanted: OrderFilter) -> int:
        """Return how many orders match."""
        ...

    def count_payments(self, wanted: OrderFilter) -> int:
        """Return how many invoices match."""
        ...

    def summed(self, dimensions: Sequence[Dimension], scope: ReportScope) -> tuple[Cell, ...]:
        """Return the sums of all facts in `scope`, by `dimensions`, in any order (rules T2, T6).

        The facts are those that `ordersales.reports.facts.facts_of` makes of each order, of
        invoices that match `scope.wanted` (`ordersales.rules.filtering.matches_payment`), counted
        at their `at`, or by `DateBasis.PAID` at their `paid`, from `scope.since` on and before
        `scope.before`. A cell's key holds what `ordersales.reports.cells.fields_of` names, and
        its sums what `Sums` says; there is a cell for each key that a fact has, and none without.

        A day is the number of the day that begins last at or before that moment, as
        `ordersales.values.zone.day_start` says and `ordersales.reports.days.Days.edges` lists
        for the zone; a week or month goes by its first day. All facts are read as of one moment.
        """
        ...

    def facts(self, scope: ReportScope, *, after: tuple[int, int], limit: int) -> tuple[Fact, ...]:
        """Return up to `limit` of the facts that `summed` adds up (rule T8).

        They come by the numbers of their invoice and their refund, those behind `after`, of
        which (0, 0) is before all. A page costs the same wherever it begins.
        """
        ...


class RecurringOrders(Protocol):
    """The recurring orders of one account; their orders are among its `Orders`."""

    def add(self, recurring: RecurringOrder) -> RecurringOrder:
        """Keep a new recurring order and return it at version 1.

        Raises:
            Conflict: Its number or its key is taken.
        """
        ...

    def get(self, number: OrderNumber) -> RecurringOrder | None:
        """Return the recurring order with that number, or None."""
        ...

    def save(self, recurring: RecurringOrder) -> RecurringOrder:
        """Keep what it has become, claimed by nobody any more, and return it at the next version.

        Raises:
            Conflict: The stored one is not at the version of `recurring` any more.
        """
        ...

    def find_by_key(self, key: IdempotencyKey) -> RecurringOrder | None:
        """Return the one that was imported under that key (rules R15, C5), or None."""
        ...

    def of_customer(self, customer: CustomerId) -> tuple[RecurringOrder, ...]:
        """Return a customer's recurring orders, oldest first."""
        ...

    def page(
        self, wanted: OrderFilter, sort: RecurringSort, *, after: Place | None, limit: int
    ) -> Slice[RecurringOrder]:
        """Return up to `limit` that match, in the order of `sort`, behind `after` (L1, L4).

        By `ordersales.rules.filtering.matches_recurring` and
        `ordersales.rules.sorting.recurring_place`, as `Orders.page` does.
        """
        ...

    def count(self, wanted: OrderFilter) -> int:
        """Return how many match."""
        ...

    def claim_due(self, now: datetime, until: datetime, limit: int) -> tuple[RecurringOrder, ...]:
        """Return up to `limit` whose `next_action` has come and that nobody else has claimed.

        Those just activated come first (rule R5), then those due longest. A claim keeps them
        from every other claim until `until` has come or they are saved; two transactions at the
        same time never both claim one (rule C3). It does not raise their versions. A claim is
        written like all else: of a transaction that is not committed, nothing remains of it.
        """
        ...

    def overdue(self, since: datetime, limit: int) -> tuple[Overdue, ...]:
        """Return up to `limit` whose `next_action` had come by `since`, longest due first (C7).

        Whether they are claimed makes no difference here, nor that they were just activated.
        """
        ...


class SalesPlans(Protocol):
    """The sales plans of one account (rule S1)."""

    def get(self, customer: CustomerId, offer: OfferNumber) -> SalesPlan | None:
        """Return the plan that names this customer and offer, or None."""
        ...

    def of_customer(self, customer: CustomerId) -> tuple[SalesPlan, ...]:
        """Return the plans that name this customer, by offer number."""
        ...

    def save(self, plan: SalesPlan) -> SalesPlan:
        """Keep a plan, new at version 0 or as it has become, and return it at the next version.

        Raises:
            Conflict: The stored plan is at another version, or there is one where the plan is new.
        """
        ...

    def remove(self, plan: SalesPlan) -> None:
        """Forget a plan.

        Raises:
            Conflict: The stored plan is at another version, or is gone.
        """
        ...


class Events(Protocol):
    """What happened in one account, in the order of the commits (rule E1).

    Every event has a position: higher than that of every event committed before, so that who has
    read up to one position misses nothing by reading on from there.
    """

    def append(self, events: Sequence[Event]) -> None:
        """Keep `events` with the changes of this transaction."""
        ...

    def of_order(self, number: OrderNumber) -> tuple[Event, ...]:
        """Return the events of one order, oldest first."""
        ...

    def of_recurring(self, number: OrderNumber) -> tuple[Event, ...]:
        """Return the events of one recurring order, oldest first; not those of its orders."""
        ...

    def after(self, position: int, limit: int) -> tuple[RecordedEvent, ...]:
        """Return up to `limit` committed events behind `position`, in the order of position."""
        ...

    def newest(self, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the last `limit` committed events, the newest first."""
        ...

    def acknowledged(self, follower: str) -> int:
        """Return the position up to which `follower` has acknowledged; 0 for a new one."""
        ...

    def acknowledge(self, follower: str, position: int) -> None:
        """Note that `follower` is done with everything up to `position`; never goes back."""
        ...

    def erase_notes(self, number: OrderNumber) -> None:
        """Blank the notes that one order's events have so far; they may hold personal data (E2).

        Positions stay, and no copy of the notes is left.
        """
        ...

    def erase_recurring_notes(self, number: OrderNumber) -> None:
        """Blank the notes of the events that `of_recurring` returns, likewise (E2)."""
        ...


class Inbox(Protocol):
    """The messages of payment systems, each kept once (rule C4)."""

    def add(self, system: SystemName, event: WebhookEvent, at: datetime) -> bool:
        """Keep a message; False, and no change, if this system's message is kept already."""
        ...

    def unmatched(self) -> tuple[tuple[SystemName, WebhookEvent], ...]:
        """Return the kept messages that no attempt has been found for, oldest first."""
        ...

    def put_off(self, system: SystemName, event: WebhookEvent, until: datetime | None) -> None:
        """Note that no attempt was found for a kept message, and when to look again.

        It counts as one more try. None is never by itself, as it is before this is first said;
        nothing is noted of a message that is matched.
        """
        ...

    def to_match(self, now: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """Return up to `limit` messages that were put off until now or before, earliest first."""
        ...

    def waiting_since(self, moment: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """Return up to `limit` unmatched messages that came then or before, oldest first.

        It costs what it returns: those that are about somebody else's charges are kept for ever.
        """
        ...

    def match(self, system: SystemName, event: WebhookEvent) -> None:
        """Note that the attempt of a kept message was found, and the message applied.

        From then on it is only kept that it came: what it said may be personal data (rule E2).
        """
        ...


class Installation(Protocol):
    """Which installation the whole store belongs to (rule C6).

    It is the one thing that all accounts share: every transaction reads the same, and a change is
    one for all of them.
    """

    def mark(self) -> Mark:
        """Return the mark that the store carries; an empty one while it carries none.

        It is read from storage in each transaction that asks, and never kept between two: behind
        a running process, the database may have been swapped for a copy of it.
        """
        ...

    def adopt(self, mark: Mark, *, replacing: str | None) -> None:
        """Let the store carry `mark`, with the time that it has lost.

        Raises:
            Conflict: It carries a mark of another name than `replacing`.
        """
        ...

    def skip_numbers(self, count: int) -> None:
        """Leave out `count` numbers of both series in every account, those of later ones too.

        From the commit on, each number is at least `count` above what it would have been, so that
        the orders which a restored backup has lost are not met again by their numbers.
        """
        ...


class Transaction(Protocol):
    """What is read and written together, or not at all."""

    @property
    def orders(self) -> Orders:
        """The account's orders."""
        ...

    @property
    def recurring_orders(self) -> RecurringOrders:
        """The account's recurring orders."""
        ...

    @property
    def sales_plans(self) -> SalesPlans:
        """Which managers brought which customers."""
        ...

    @property
    def events(self) -> Events:
        """What happened to them."""
        ...

    @property
    def inbox(self) -> Inbox:
        """What payment systems told of them."""
        ...

    @property
    def installation(self) -> Installation:
        """Which installation may charge from here."""
        ...


class Store(Protocol):
    """Keeps the records of many accounts.

    One whose transactions are parts of a transaction of the host's says so by an attribute
    `joined` that is true: nothing is sent to a payment system from there (rule C1).
    """

    def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return up to `limit` accounts in which `RecurringOrders.claim_due` would find something.

        Those waiting longest come first; what it costs follows what is due, not what is kept.
        """
        ...

    def transaction(self, account: AccountId) -> AbstractContextManager[Transaction]:
        """Return a context in which the account's records are read and written together.

        Raises:
            Conflict: On leaving, where another transaction was faster; nothing was written.
        """
        ...

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return up to `limit` accounts in which something is due, as committed (rules C2, C3).

        That is an order to check (`Orders.to_check`) or a message to match (`Inbox.to_match`);
        recurring orders are asked about by `accounts_to_charge`.
        The account with what has been due longest stands first. It costs what is due, and not
        what is there.
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

    async def find_by_refund_key(self, key: IdempotencyKey) -> Order | None:
        """As `Orders.find_by_refund_key`."""
        ...

    async def find_occurrence(self, recurring_order: OrderNumber, index: int) -> Order | None:
        """As `Orders.find_occurrence`."""
        ...

    async def occurrences(self, recurring_order: OrderNumber) -> tuple[Order, ...]:
        """As `Orders.occurrences`."""
        ...

    async def to_check(self, now: datetime, limit: int) -> tuple[OrderNumber, ...]:
        """As `Orders.to_check`."""
        ...

    async def page(
        self, wanted: OrderFilter, sort: OrderSort, *, after: Place | None, limit: int
    ) -> Slice[Order]:
        """As `Orders.page`."""
        ...

    async def payments(
        self, wanted: OrderFilter, sort: PaymentSort, *, after: Place | None, limit: int
    ) -> Slice[Payment]:
        """As `Orders.payments`."""
        ...

    async def count(self, wanted: OrderFilter) -> int:
        """As `Orders.count`."""
        ...

    async def count_payments(self, wanted: OrderFilter) -> int:
        """As `Orders.count_payments`."""
        ...

    async def summed(self, dimensions: Sequence[Dimension], scope: ReportScope) -> tuple[Cell, ...]:
        """As `Orders.summed`."""
        ...

    async def facts(
        self, scope: ReportScope, *, after: tuple[int, int], limit: int
    ) -> tuple[Fact, ...]:
        """As `Orders.facts`."""
        ...


class AsyncRecurringOrders(Protocol):
    """As `RecurringOrders`, awaited."""

    async def add(self, recurring: RecurringOrder) -> RecurringOrder:
        """As `RecurringOrders.add`."""
        ...

    async def get(self, number: OrderNumber) -> RecurringOrder | None:
        """As `RecurringOrders.get`."""
        ...

    async def save(self, recurring: RecurringOrder) -> RecurringOrder:
        """As `RecurringOrders.save`."""
        ...

    async def find_by_key(self, key: IdempotencyKey) -> RecurringOrder | None:
        """As `RecurringOrders.find_by_key`."""
        ...

    async def of_customer(self, customer: CustomerId) -> tuple[RecurringOrder, ...]:
        """As `RecurringOrders.of_customer`."""
        ...

    async def page(
        self, wanted: OrderFilter, sort: RecurringSort, *, after: Place | None, limit: int
    ) -> Slice[RecurringOrder]:
        """As `RecurringOrders.page`."""
        ...

    async def count(self, wanted: OrderFilter) -> int:
        """As `RecurringOrders.count`."""
        ...

    async def claim_due(
        self, now: datetime, until: datetime, limit: int
    ) -> tuple[RecurringOrder, ...]:
        """As `RecurringOrders.claim_due`."""
        ...

    async def overdue(self, since: datetime, limit: int) -> tuple[Overdue, ...]:
        """As `RecurringOrders.overdue`."""
        ...


class AsyncSalesPlans(Protocol):
    """As `SalesPlans`, awaited."""

    async def get(self, customer: CustomerId, offer: OfferNumber) -> SalesPlan | None:
        """As `SalesPlans.get`."""
        ...

    async def of_customer(self, customer: CustomerId) -> tuple[SalesPlan, ...]:
        """As `SalesPlans.of_customer`."""
        ...

    async def save(self, plan: SalesPlan) -> SalesPlan:
        """As `SalesPlans.save`."""
        ...

    async def remove(self, plan: SalesPlan) -> None:
        """As `SalesPlans.remove`."""
        ...


class AsyncEvents(Protocol):
    """As `Events`, awaited."""

    async def append(self, events: Sequence[Event]) -> None:
        """As `Events.append`."""
        ...

    async def of_order(self, number: OrderNumber) -> tuple[Event, ...]:
        """As `Events.of_order`."""
        ...

    async def of_recurring(self, number: OrderNumber) -> tuple[Event, ...]:
        """As `Events.of_recurring`."""
        ...

    async def after(self, position: int, limit: int) -> tuple[RecordedEvent, ...]:
        """As `Events.after`."""
        ...

    async def newest(self, limit: int) -> tuple[RecordedEvent, ...]:
        """As `Events.newest`."""
        ...

    async def acknowledged(self, follower: str) -> int:
        """As `Events.acknowledged`."""
        ...

    async def acknowledge(self, follower: str, position: int) -> None:
        """As `Events.acknowledge`."""
        ...

    async def erase_notes(self, number: OrderNumber) -> None:
        """As `Events.erase_notes`."""
        ...

    async def erase_recurring_notes(self, number: OrderNumber) -> None:
        """As `Events.erase_recurring_notes`."""
        ...


class AsyncInbox(Protocol):
    """As `Inbox`, awaited."""

    async def add(self, system: SystemName, event: WebhookEvent, at: datetime) -> bool:
        """As `Inbox.add`."""
        ...

    async def unmatched(self) -> tuple[tuple[SystemName, WebhookEvent], ...]:
        """As `Inbox.unmatched`."""
        ...

    async def put_off(
        self, system: SystemName, event: WebhookEvent, until: datetime | None
    ) -> None:
        """As `Inbox.put_off`."""
        ...

    async def to_match(self, now: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """As `Inbox.to_match`."""
        ...

    async def waiting_since(self, moment: datetime, limit: int) -> tuple[KeptMessage, ...]:
        """As `Inbox.waiting_since`."""
        ...

    async def match(self, system: SystemName, event: WebhookEvent) -> None:
        """As `Inbox.match`."""
        ...


class AsyncInstallation(Protocol):
    """As `Installation`, awaited."""

    async def mark(self) -> Mark:
        """As `Installation.mark`."""
        ...

    async def adopt(self, mark: Mark, *, replacing: str | None) -> None:
        """As `Installation.adopt`."""
        ...

    async def skip_numbers(self, count: int) -> None:
        """As `Installation.skip_numbers`."""
        ...


class AsyncTransaction(Protocol):
    """As `Transaction`, awaited."""

    @property
    def orders(self) -> AsyncOrders:
        """As `Transaction.orders`."""
        ...

    @property
    def recurring_orders(self) -> AsyncRecurringOrders:
        """As `Transaction.recurring_orders`."""
        ...

    @property
    def sales_plans(self) -> AsyncSalesPlans:
        """As `Transaction.sales_plans`."""
        ...

    @property
    def events(self) -> AsyncEvents:
        """As `Transaction.events`."""
        ...

    @property
    def inbox(self) -> AsyncInbox:
        """As `Transaction.inbox`."""
        ...

    @property
    def installation(self) -> AsyncInstallation:
        """As `Transaction.installation`."""
        ...


class AsyncStore(Protocol):
    """As `Store`, awaited."""

    async def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """As `Store.accounts_to_charge`."""
        ...

    def transaction(self, account: AccountId) -> AbstractAsyncContextManager[AsyncTransaction]:
        """As `Store.transaction`.

        Where a script is dropped inside it, nobody is left to await its end. The context may have
        a plain method `drop` to be told so, and then rolls back as soon as it can.
        """
        ...

    async def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """As `Store.accounts_to_check`."""
        ...
