"""The store and the transaction; the contract is that of `ordersales.ports.storage`.

A transaction holds no lock while it is open: each reading takes the account's lock for itself,
writes are kept aside, and on leaving they are applied under the lock if nobody was faster. A
script that is dropped halfway therefore leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from threading import Lock
from types import TracebackType
from typing import Self

from attrs import evolve

from ordersales.adapters.memory import figures
from ordersales.adapters.memory.account import Account
from ordersales.adapters.memory.due import Board
from ordersales.adapters.memory.events import MemoryEvents
from ordersales.adapters.memory.inbox import MemoryInbox
from ordersales.adapters.memory.installation import House, MemoryInstallation
from ordersales.adapters.memory.recurring_orders import MemoryRecurringOrders
from ordersales.adapters.memory.sales_plans import MemorySalesPlans
from ordersales.errors import Conflict
from ordersales.models.filters import OrderFilter, OrderSort, PaymentSort, Place, Slice
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order, Payment
from ordersales.models.report import Dimension, ReportScope
from ordersales.reports.cells import Cell
from ordersales.reports.facts import Fact
from ordersales.values.identifiers import (
    AccountId,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
)


class MemoryStore:
    """Keeps every account's records in this process, usable from many threads.

    >>> store = MemoryStore()
    >>> with store.transaction(AccountId("acme")) as tx:
    ...     tx.orders.next_number()
    1
    """

    def __init__(self) -> None:
        """Start empty."""
        self._house = House()
        self._accounts: dict[AccountId, Account] = {}
        self._creating = Lock()
        self._to_check = Board()
        self._to_charge = Board()

    def transaction(self, account: AccountId) -> MemoryTransaction:
        """Return a transaction on the records of `account`."""
        return MemoryTransaction(self._accounts.get(account) or self._opened(account))

    def _opened(self, name: AccountId) -> Account:
        """Return an account that is new, unless another thread has made it meanwhile."""
        with self._creating:
            return self._accounts.get(name) or self._accounts.setdefault(
                name, Account(name, self._to_check, self._to_charge, self._house)
            )

    def accounts_to_charge(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which a recurring order is due."""
        return self._to_charge.due(now, limit)

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Return the accounts in which something is due."""
        return self._to_check.due(now, limit)


class MemoryTransaction:
    """One transaction: the account as committed, under its own writes."""

    def __init__(self, account: Account) -> None:
        """Start with nothing written."""
        self._account = account
        self.orders: MemoryOrders = MemoryOrders(account)
        self.recurring_orders: MemoryRecurringOrders = MemoryRecurringOrders(account)
        self.sales_plans: MemorySalesPlans = MemorySalesPlans(account)
        self.events: MemoryEvents = MemoryEvents(account)
        self.inbox: MemoryInbox = MemoryInbox(account)
        self.installation: MemoryInstallation = MemoryInstallation(account)

    def __enter__(self) -> Self:
        """Open it; nothing is locked."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit all writes at once, or forget them if an error came."""
        with self._account.lock, self._account.house.lock:
            if kind is not None:
                self.recurring_orders.give_back()
                return
            try:
                self._check()
            except Conflict:
                self.recurring_orders.give_back()
                raise
            self.orders.apply()
            self.recurring_orders.apply()
            self.sales_plans.apply()
            self.events.apply()
            self.inbox.apply()
            self.installation.apply()
            self._account.tell_boards()

    def _check(self) -> None:
        self.orders.check()
        self.recurring_orders.check()
        self.sales_plans.check()
        self.inbox.check()
        self.installation.check()


class MemoryOrders:
    """The orders as this transaction sees them."""

    def __init__(self, account: Account) -> None:
        """Start with nothing written."""
        self._account = account
        self._written: dict[OrderNumber, Order] = {}
        # The version each written order was read at; 0 for a new one.
        self._read_at: dict[OrderNumber, int] = {}

    def next_number(self) -> OrderNumber:
        """Return the next order number; it is used up even if the transaction is not committed."""
        return OrderNumber(self._next(self._account.order_numbers))

    def next_invoice_number(self) -> InvoiceNumber:
        """Return the next invoice number; it is used up like an order number."""
        return InvoiceNumber(self._next(self._account.invoice_numbers))

    def _next(self, series: Iterator[int]) -> int:
        # Locked, or one who counts first and adds second could meet the number of another (O4).
        with self._account.lock:
            return next(series) + self._account.house.skipped

    def add(self, order: Order) -> Order:
        """Write a new order."""
        if self.get(order.number) is not None:
            raise Conflict(f"order {order.number}")
        if self.find_by_key(order.key) is not None:
            raise Conflict(f"the key {order.key!r}")
        return self._write(order, 0)

    def get(self, number: OrderNumber) -> Order | None:
        """Return an order as written here, or else as committed."""
        with self._account.lock:
            return self._get(number)

    def _get(self, number: OrderNumber) -> Order | None:
        return self._written.get(number) or self._account.orders.get(number)

    def save(self, order: Order) -> Order:
        """Write what an order has become."""
        stored = self.get(order.number)
        if stored is None or stored.version != order.version:
            raise Conflict(f"order {order.number}")
        return self._write(order, self._read_at.get(order.number, order.version))

    def _write(self, order: Order, read_at: int) -> Order:
        saved = evolve(order, version=order.version + 1)
        self._written[order.number] = saved
        self._read_at[order.number] = read_at
        return saved

    def find_by_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order placed under `key`."""
        for order in self._written.values():
            if order.key == key:
                return order
        with self._account.lock:
            number = self._account.by_key.get(key)
            return None if number is None else self._get(number)

    def find_by_payment_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order with an invoice under `key`."""
        for order in self._written.values():
            if any(invoice.key == key for invoice in order.invoices):
                return order
        with self._account.lock:
            number = self._account.by_payment_key.get(key)
            return None if number is None else self._get(number)

    def find_by_refund_key(self, key: IdempotencyKey) -> Order | None:
        """Return the order with a refund under `key`."""
        for order in self._written.values():
            if any(refund.key == key for refund in order.refunds):
                return order
        with self._account.lock:
            number = self._account.by_refund_key.get(key)
            return None if number is None else self._get(number)

    def find_occurrence(self, recurring_order: OrderNumber, index: int) -> Order | None:
        """Return that occurrence of a recurring order."""
        found = (item for item in self.occurrences(recurring_order) if _index(item) == index)
        return next(found, None)

    def occurrences(self, recurring_order: OrderNumber) -> tuple[Order, ...]:
        """Return all orders of a recurring order."""
        with self._account.lock:
            numbers = dict(self._account.occurrences.get(recurring_order, {}))
            for order in self._written.values():
                which = order.occurrence
                if which is not None and which.recurring_order == recurring_order:
                    numbers[which.index] = order.number
            found = [self._get(numbers[index]) for index in sorted(numbers)]
        return tuple(order for order in found if order is not None)

    def to_check(self, now: datetime, limit: int) -> tuple[OrderNumber, ...]:
        """Return the orders whose next check has come."""
        with self._account.lock:
            committed = (
                (at, OrderNumber(number)) for at, number in self._account.checks.until(now)
            )
            found = [*islice((kept for kept in committed if kept[1] not in self._written), limit)]
        for order in self._written.values():
            at = order.next_check
            if at is not None and at <= now:
                found.append((at, order.number))
        return tuple(number for _, number in sorted(found)[:limit])

    def page(
        self, wanted: OrderFilter, sort: OrderSort, *, after: Place | None, limit: int
    ) -> Slice[Order]:
        """Return matching orders in the order of `sort`."""
        with self._account.lock:
            return self._account.lists.orders.page(
                wanted,
                sort.column,
                descending=sort.descending,
                after=after,
                limit=limit,
                own=self._written.values(),
            )

    def payments(
        self, wanted: OrderFilter, sort: PaymentSort, *, after: Place | None, limit: int
    ) -> Slice[Payment]:
        """Return matching invoices in the order of `sort`."""
        with self._account.lock:
            return self._account.lists.payments.page(
                wanted,
                sort.column,
                descending=sort.descending,
                after=after,
                limit=limit,
                own=_payments_of(self._written.values()),
            )

    def count(self, wanted: OrderFilter) -> int:
        """Return how many orders match."""
        with self._account.lock:
            own, replaced = self._written.values(), self._replaced()
            return self._account.lists.orders.count(wanted, own, replaced)

    def count_payments(self, wanted: OrderFilter) -> int:
        """Return how many invoices match."""
        with self._account.lock:
            own, replaced = _payments_of(self._written.values()), _payments_of(self._replaced())
            return self._account.lists.payments.count(wanted, own, replaced)

    def summed(self, dimensions: Sequence[Dimension], scope: ReportScope) -> tuple[Cell, ...]:
        """Return the sums of all facts in `scope`."""
        return figures.summed(self._account, self._written, dimensions, scope)

    def facts(self, scope: ReportScope, *, after: tuple[int, int], limit: int) -> tuple[Fact, ...]:
        """Return facts in `scope`, by invoice and refund."""
        own = _payments_of(self._written.values())
        return figures.facts(self._account, own, scope, after, limit)

    def _replaced(self) -> list[Order]:
        """Return the committed orders that the written ones stand in for."""
        committed = self._account.orders
        return [committed[number] for number in self._written if number in committed]

    def check(self) -> None:
        """Raise `Conflict` if another transaction was faster; called under the lock."""
        account = self._account
        new: list[Invoice] = []
        renamed: list[Invoice] = []
        returned_by: dict[IdempotencyKey, OrderNumber] = {}
        for number, order in self._written.items():
            stored = account.orders.get(number)
            if (0 if stored is None else stored.version) != self._read_at[number]:
                raise Conflict(f"order {number}")
            if account.by_key.get(order.key, number) != number:
                raise Conflict(f"the key {order.key!r}")
            for key in {refund.key for refund in order.refunds if refund.key is not None}:
                rival = returned_by.setdefault(key, number)
                if account.by_refund_key.get(key, rival) != number:
                    raise Conflict(f"the key {key!r}")
            self._check_occurrence(order)
            known = () if stored is None else stored.invoices
            new += order.invoices[len(known) :]
            pairs = zip(known, order.invoices, strict=False)
            renamed += [invoice for was, invoice in pairs if invoice.key != was.key]
        self._check_unique(new, renamed)

    def _check_occurrence(self, order: Order) -> None:
        which = order.occurrence
        if which is not None:
            theirs = self._account.occurrences.get(which.recurring_order, {})
            if theirs.get(which.index, order.number) != order.number:
                raise Conflict(f"occurrence {which.index} of {which.recurring_order}")

    def _check_unique(self, new: list[Invoice], renamed: Sequence[Invoice] = ()) -> None:
        keys: set[IdempotencyKey] = set()
        numbers: set[InvoiceNumber] = set()
        for invoice in (*new, *renamed):
            if invoice.key in keys or invoice.key in self._account.by_payment_key:
                raise Conflict(f"the key {invoice.key!r}")
            keys.add(invoice.key)
        for invoice in new:
            if invoice.number in numbers or invoice.number in self._account.order_of_invoice:
                raise Conflict(f"invoice {invoice.number}")
            numbers.add(invoice.number)

    def apply(self) -> None:
        """Make the writes visible; called under the lock."""
        for order in self._written.values():
            self._account.keep(order)


def _index(order: Order) -> int | None:
    return None if order.occurrence is None else order.occurrence.index


def _payments_of(orders: Iterable[Order]) -> list[Payment]:
    return [Payment(order, invoice) for order in orders for invoice in order.invoices]
