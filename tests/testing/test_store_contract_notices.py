"""For each promise of the storage contract, a store that breaks it, and that the suite notices."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from types import TracebackType
from typing import Any, TypeVar

import pytest
from attrs import evolve

from ordersales.adapters.memory.store import (
    MemoryEvents,
    MemoryInbox,
    MemoryOrders,
    MemoryStore,
    MemoryTransaction,
)
from ordersales.errors import Conflict
from ordersales.models.charge import WebhookEvent
from ordersales.models.event import Event
from ordersales.models.filters import EVERYTHING, OrderFilter, Page
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order, Payment
from ordersales.rules.filtering import matches
from ordersales.testing.contracts import AsyncStoreContract, StoreContract
from ordersales.testing.contracts.drivers import TaskDriver, ThreadDriver
from ordersales.testing.contracts.storage.books import Books
from ordersales.values.identifiers import (
    AccountId,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
)
from tests.drivers import AwaitedStore

Breaker = Callable[[], MemoryStore]
Row = TypeVar("Row")


class BrokenStore(MemoryStore):
    """A memory store some part of which is replaced by a broken one."""

    def __init__(self, part: str, kind: type) -> None:
        super().__init__()
        self._part, self._kind = part, kind

    def transaction(self, account: AccountId) -> MemoryTransaction:
        """Return a transaction with the broken part in it."""
        made = super().transaction(account)
        if self._part == "transaction":
            return self._kind(made._account)
        setattr(made, self._part, self._kind(made._account))
        return made


def broken(part: str, base: type, methods: dict[str, Any]) -> Breaker:
    """Return a maker of stores in which `part` has other `methods`."""
    return lambda: BrokenStore(part, type(f"Broken{base.__name__}", (base,), methods))


def orders(**methods: Any) -> Breaker:
    """Break what keeps orders."""
    return broken("orders", MemoryOrders, methods)


def events(**methods: Any) -> Breaker:
    """Break what keeps events."""
    return broken("events", MemoryEvents, methods)


def inbox(**methods: Any) -> Breaker:
    """Break what keeps messages."""
    return broken("inbox", MemoryInbox, methods)


def leaving(leave: Callable[..., None]) -> Breaker:
    """Break what happens on leaving a transaction."""
    return broken("transaction", MemoryTransaction, {"__exit__": leave})


commit = MemoryTransaction.__exit__


def only_errors(
    self: MemoryTransaction,
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: TracebackType | None,
) -> None:
    """Roll back for errors, and not for what is none, such as a script's being dropped."""
    rolls_back = kind is not None and issubclass(kind, Exception)
    commit(self, kind if rolls_back else None, error, trace)


def conflicts_commit(
    self: MemoryTransaction,
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: TracebackType | None,
) -> None:
    """Take a conflict for a success: what did not conflict is written."""
    commit(self, None if kind is Conflict else kind, error, trace)


class OneForAll(MemoryStore):
    """A store that looks at no account."""

    def transaction(self, account: AccountId) -> MemoryTransaction:
        """Return the same records for every account."""
        return super().transaction(AccountId("all"))


def known_everywhere() -> MemoryStore:
    """Return a store that knows a message in every account."""
    seen: set[tuple[SystemName, str]] = set()

    def add(self: MemoryInbox, system: SystemName, event: WebhookEvent, at: datetime) -> bool:
        if (system, event.event_id) in seen:
            return False
        seen.add((system, event.event_id))
        return MemoryInbox.add(self, system, event, at)

    return inbox(add=add)()


def to_the_second(self: MemoryOrders, order: Order) -> Order:
    """Keep no microseconds."""
    return MemoryOrders.add(self, evolve(order, placed_at=order.placed_at.replace(microsecond=0)))


def without_refunds(self: MemoryOrders, order: Order) -> Order:
    """Keep invoices without their refunds."""
    invoices = tuple(evolve(invoice, refunds=()) for invoice in order.invoices)
    return MemoryOrders.save(self, evolve(order, invoices=invoices))


def once_a_transaction(self: MemoryOrders, order: Order, read_at: int) -> Order:
    """Raise the version once in a transaction, however often an order is saved in it."""
    saved = evolve(order, version=read_at + 1)
    self._written[order.number] = saved
    self._read_at[order.number] = read_at
    return saved


def last_one_wins(self: MemoryOrders, order: Order) -> Order:
    """Save over whatever is there."""
    stored = self.get(order.number)
    return self._write(order, 0 if stored is None else stored.version)


def committed_version(self: MemoryOrders, order: Order) -> Order:
    """Compare with what is committed, and not with what was written since."""
    stored = self._account.orders.get(order.number)
    if stored is None or stored.version != order.version:
        raise Conflict(f"order {order.number}")
    return self._write(order, order.version)


def unless_there(self: MemoryOrders, order: Order) -> Order:
    """Save what was never added as if it were new."""
    stored = self.get(order.number)
    if stored is None:
        return self._write(order, 0)
    return MemoryOrders.save(self, order)


def by_first_invoice(self: MemoryOrders, key: IdempotencyKey) -> Order | None:
    """Look at one invoice of each order."""
    for order in self._account.orders.values():
        if order.invoices and order.invoices[0].key == key:
            return order
    return None


def add_over(self: MemoryOrders, order: Order) -> Order:
    """Add over whatever is there."""
    stored = self.get(order.number)
    return self._write(order, 0 if stored is None else stored.version)


def add_unasked(self: MemoryOrders, order: Order) -> Order:
    """Ask only for the number, and not for the key."""
    if self.get(order.number) is not None:
        raise Conflict(f"order {order.number}")
    return self._write(order, 0)


def only_versions(self: MemoryOrders) -> None:
    """Compare versions at the end, and no keys."""
    for number in self._written:
        stored = self._account.orders.get(number)
        if (0 if stored is None else stored.version) != self._read_at[number]:
            raise Conflict(f"order {number}")


def only_keys(self: MemoryOrders, new: Sequence[Invoice]) -> None:
    """Compare the keys of invoices, and not their numbers."""
    keys = [invoice.key for invoice in new]
    if len({*keys}) < len(keys) or self._account.by_payment_key.keys() & keys:
        raise Conflict("a key")


def committed_keys(self: MemoryOrders, order: Order) -> Order:
    """Forget the keys of the same transaction."""
    if order.key in self._account.by_key:
        raise Conflict(f"the key {order.key!r}")
    return self._write(order, 0)


def but_for_the_same_order(self: MemoryOrders, new: Sequence[Invoice]) -> None:
    """Compare keys with those of orders that are not written to."""
    taken = self._account.by_payment_key
    if {taken[invoice.key] for invoice in new if invoice.key in taken} - self._written.keys():
        raise Conflict("a key")


def only_with_committed(self: MemoryOrders, new: Sequence[Invoice]) -> None:
    """Compare keys with what is committed, and not among themselves."""
    if self._account.by_payment_key.keys() & {invoice.key for invoice in new}:
        raise Conflict("a key")


def highest_and_one(self: MemoryOrders) -> OrderNumber:
    """Take the number after the highest committed one."""
    return OrderNumber(max(self._account.orders, default=0) + 1)


def numbers_again(
    self: MemoryTransaction,
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: TracebackType | None,
) -> None:
    """Roll the counter back as well."""
    if kind is not None:
        self._account.invoice_numbers = count(1)
    commit(self, kind, error, trace)


def looked_at_then_taken(self: MemoryOrders) -> InvoiceNumber:
    """Look at the counter, and step it a moment later."""
    number = getattr(self._account, "last", 0) + 1
    time.sleep(0.001)
    self._account.last = number
    return InvoiceNumber(number)


def filtered(self: MemoryOrders, wanted: OrderFilter) -> list[Order]:
    """Return all matching orders, newest first."""
    numbers = sorted({*self._account.orders, *self._written}, reverse=True)
    return [order for number in numbers if matches(order := self.get(number), wanted)]


def invoices_of(found: Sequence[Order]) -> list[Payment]:
    """Return the invoices of orders, newest first."""
    payments = [Payment(order, invoice) for order in found for invoice in order.invoices]
    return sorted(payments, key=lambda payment: payment.invoice.number, reverse=True)


def by_offset(rows: Sequence[Row], after: int | None, limit: int) -> Page[Row]:
    """Page by how many rows were shown."""
    start = after or 0
    more = start + limit < len(rows)
    return Page(tuple(rows[start : start + limit]), start + limit if more else None)


def oldest_first(
    self: MemoryOrders, wanted: OrderFilter, *, after: int | None, limit: int
) -> Page[Order]:
    """Turn each page around."""
    page = MemoryOrders.page(self, wanted, after=after, limit=limit)
    return Page(page.rows[::-1], page.after)


def of_newest_orders(
    self: MemoryOrders, wanted: OrderFilter, *, after: int | None, limit: int
) -> Page[Payment]:
    """Sort payments by their orders."""
    page = MemoryOrders.payments(self, wanted, after=after, limit=limit)
    return Page(tuple(sorted(page.rows, key=lambda row: -row.order.number)), page.after)


def page_without_end(
    self: MemoryOrders, wanted: OrderFilter, *, after: int | None, limit: int
) -> Page[Order]:
    """Promise another page after the last one."""
    page = MemoryOrders.page(self, wanted, after=after, limit=limit)
    return Page(page.rows, page.rows[-1].number if page.rows else None)


def payments_without_end(
    self: MemoryOrders, wanted: OrderFilter, *, after: int | None, limit: int
) -> Page[Payment]:
    """Promise another page after the last one."""
    page = MemoryOrders.payments(self, wanted, after=after, limit=limit)
    return Page(page.rows, page.rows[-1].invoice.number if page.rows else None)


def page_by_offset(
    self: MemoryOrders, wanted: OrderFilter, *, after: int | None, limit: int
) -> Page[Order]:
    """Page by how many orders were shown."""
    return by_offset(filtered(self, wanted), after, limit)


def payments_by_offset(
    self: MemoryOrders, wanted: OrderFilter, *, after: int | None, limit: int
) -> Page[Payment]:
    """Page by how many payments were shown."""
    return by_offset(invoices_of(filtered(self, wanted)), after, limit)


def page_of_all(
    self: MemoryOrders, wanted: OrderFilter, *, after: int | None, limit: int
) -> Page[Order]:
    """Show every order."""
    return MemoryOrders.page(self, EVERYTHING, after=after, limit=limit)


def payments_of_all(
    self: MemoryOrders, wanted: OrderFilter, *, after: int | None, limit: int
) -> Page[Payment]:
    """Show every payment."""
    return MemoryOrders.payments(self, EVERYTHING, after=after, limit=limit)


def limited_then_filtered(
    self: MemoryOrders, wanted: OrderFilter, *, after: int | None, limit: int
) -> Page[Order]:
    """Look at as many rows as are wanted."""
    page = MemoryOrders.page(self, EVERYTHING, after=after, limit=limit)
    return Page(tuple(row for row in page.rows if matches(row, wanted)), page.after)


def told_at_once(self: MemoryEvents, new: Sequence[Event]) -> None:
    """Keep events without waiting for the commit."""
    for event in new:
        self._account.events_of.setdefault(event.order, []).append(event)


def keeps_the_last(
    self: MemoryInbox, system: SystemName, event: WebhookEvent, at: datetime
) -> bool:
    """Overwrite a message by its second delivery."""
    name = (system, event.event_id)
    if name in self._account.inbox:
        self._account.unmatched[name] = event
        return False
    return MemoryInbox.add(self, system, event, at)


def committed_only(
    self: MemoryInbox, system: SystemName, event: WebhookEvent, at: datetime
) -> bool:
    """Forget what came in the same transaction."""
    name = (system, event.event_id)
    self._added[name] = event
    return name not in self._account.inbox


def of_any_system(self: MemoryInbox, system: SystemName, event: WebhookEvent) -> None:
    """Match every message of that number."""
    kept = {**self._account.inbox, **self._added}
    self._matched.update(name for name in kept if name[1] == event.event_id)


def by_number(self: MemoryInbox) -> tuple[tuple[SystemName, WebhookEvent], ...]:
    """Sort what waits by the payment system's numbers."""
    waiting = MemoryInbox.unmatched(self)
    return tuple(sorted(waiting, key=lambda kept: kept[1].event_id))


def matched_is_forgotten(self: MemoryInbox) -> None:
    """Drop a message once it is matched."""
    MemoryInbox.apply(self)
    for name in self._matched:
        self._account.inbox.pop(name, None)


def written_at_once(self: MemoryOrders, order: Order, read_at: int) -> Order:
    """Show a write before the commit."""
    saved = MemoryOrders._write(self, order, read_at)
    self._account.keep(saved)
    return saved


def bit_by_bit(
    self: MemoryTransaction,
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: TracebackType | None,
) -> None:
    """Apply a commit in two steps with a pause between them."""
    if kind is None:
        with self._account.lock:
            self.orders.check()
            self.orders.apply()
        time.sleep(0.005)
        self.events.apply()


def nothing(*_: object) -> None:
    """Do nothing."""


#: Each check of the suite, and a store that breaks what it promises.
BREAKERS: dict[str, Breaker] = {
    "test_a_commit_shows_all_of_it": leaving(nothing),
    "test_an_error_leaves_nothing_written": leaving(
        lambda self, *_: commit(self, None, None, None)
    ),
    "test_a_crash_leaves_nothing_written": leaving(only_errors),
    "test_a_conflict_leaves_nothing_written": leaving(conflicts_commit),
    "test_a_transaction_reads_its_own_writes": orders(
        get=lambda self, number: self._account.orders.get(number)
    ),
    "test_accounts_are_apart": OneForAll,
    "test_accounts_share_no_keys": known_everywhere,
    "test_an_order_is_kept_whole": orders(add=to_the_second),
    "test_a_save_is_kept_whole": orders(save=without_refunds),
    "test_every_save_raises_the_version": orders(_write=once_a_transaction),
    "test_a_stale_save_conflicts": orders(save=last_one_wins),
    "test_a_stale_save_conflicts_with_its_own_transaction": orders(save=committed_version),
    "test_a_save_of_what_was_never_added_conflicts": orders(save=unless_there),
    "test_orders_are_found_by_key": orders(find_by_key=nothing),
    "test_orders_are_found_by_payment_key": orders(find_by_payment_key=by_first_invoice),
    "test_a_taken_order_number_conflicts": orders(add=add_over),
    "test_a_taken_order_key_conflicts": orders(add=add_unasked, check=only_versions),
    "test_two_new_orders_under_one_key_conflict": orders(add=committed_keys, check=only_versions),
    "test_a_payment_key_of_another_order_conflicts": orders(_check_unique=nothing),
    "test_a_payment_key_of_the_same_order_conflicts": orders(_check_unique=but_for_the_same_order),
    "test_two_new_invoices_under_one_key_conflict": orders(_check_unique=only_with_committed),
    "test_an_invoice_number_of_another_order_conflicts": orders(_check_unique=only_keys),
    "test_an_invoice_number_of_the_same_order_conflicts": orders(_check_unique=only_keys),
    "test_numbers_rise": orders(next_number=highest_and_one),
    "test_numbers_are_never_reused": leaving(numbers_again),
    "test_orders_come_newest_first": orders(page=oldest_first),
    "test_pages_of_orders_meet": orders(page=page_without_end),
    "test_orders_that_arrive_hide_and_repeat_none": orders(page=page_by_offset),
    "test_payments_come_newest_first": orders(payments=of_newest_orders),
    "test_pages_of_payments_meet": orders(payments=payments_without_end),
    "test_payments_that_arrive_hide_and_repeat_none": orders(payments=payments_by_offset),
    "test_pages_filter": orders(page=page_of_all),
    "test_pages_of_payments_filter": orders(payments=payments_of_all),
    "test_a_limit_counts_what_matches": orders(page=limited_then_filtered),
    "test_count_filters": orders(count=lambda self, _: len(self._account.orders)),
    "test_events_come_in_order": events(
        of_order=lambda self, number: MemoryEvents.of_order(self, number)[::-1]
    ),
    "test_events_are_kept_with_the_change_or_not_at_all": events(append=told_at_once),
    "test_a_message_is_kept_once": inbox(add=keeps_the_last),
    "test_a_message_is_kept_once_in_a_transaction": inbox(add=committed_only),
    "test_payment_systems_number_their_messages_apart": inbox(match=of_any_system),
    "test_unmatched_messages_wait_oldest_first": inbox(unmatched=by_number),
    "test_a_matched_message_waits_no_more": inbox(apply=matched_is_forgotten),
    "test_no_update_is_lost": orders(check=nothing),
    "test_numbers_taken_at_once_are_unique": orders(next_invoice_number=looked_at_then_taken),
    "test_one_payment_key_is_won_once": orders(_check_unique=nothing),
    "test_one_order_key_is_won_once": orders(check=only_versions),
    "test_one_message_is_new_once": inbox(check=nothing),
    "test_what_is_not_committed_is_not_seen": orders(_write=written_at_once),
    "test_a_commit_is_seen_whole": leaving(bit_by_bit),
}
#: Broken between two lines that no task can come between.
ONLY_THREADS = {"test_numbers_taken_at_once_are_unique", "test_a_commit_is_seen_whole"}
#: An asynchronous store is not told when a script is dropped, so it can't be wrong about it.
OF_TASKS = {
    **{name: breaker for name, breaker in BREAKERS.items() if name not in ONLY_THREADS},
    "test_a_crash_leaves_nothing_written": orders(_write=written_at_once),
}


#: Further stores that break the promise of a check in another way.
MORE: list[tuple[str, Breaker]] = [
    ("test_no_update_is_lost", orders(get=nothing)),
]


def checks(suite: type) -> dict[str, Callable[..., None]]:
    """Return the checks of a suite by their names."""
    return {name: getattr(suite, name) for name in dir(suite) if name.startswith("test_")}


@contextmanager
def by_threads(store: MemoryStore) -> Iterator[Books]:
    """Yield books on a store, as `StoreContract` uses it."""
    yield Books(store, AccountId("acme"), AccountId("other"), ThreadDriver())


@contextmanager
def by_tasks(store: MemoryStore) -> Iterator[Books]:
    """Yield books on a store that has to be awaited, as `AsyncStoreContract` uses it."""
    with asyncio.Runner() as runner:
        awaited: Any = AwaitedStore(store)
        yield Books(awaited, AccountId("acme"), AccountId("other"), TaskDriver(runner))


def promised(check: Callable[..., None]) -> str:
    """Return the promise that a check holds."""
    return " ".join((check.__doc__ or "").split())


@pytest.mark.parametrize(
    ("name", "breaker"), [pytest.param(*item, id=item[0]) for item in [*BREAKERS.items(), *MORE]]
)
def test_a_broken_store_is_noticed(name: str, breaker: Breaker) -> None:
    """The suite fails for a store that breaks a promise, and names the promise."""
    check = checks(StoreContract)[name]

    with by_threads(breaker()) as books, pytest.raises(AssertionError) as caught:
        check(StoreContract(), books)

    assert str(caught.value).startswith(f"{promised(check)} But ")


@pytest.mark.parametrize("name", OF_TASKS)
def test_a_broken_asynchronous_store_is_noticed(name: str) -> None:
    """The asynchronous suite notices the same."""
    check = checks(AsyncStoreContract)[name]

    with by_tasks(OF_TASKS[name]()) as books, pytest.raises(AssertionError) as caught:
        check(AsyncStoreContract(), books)

    assert str(caught.value).startswith(f"{promised(check)} But ")


@pytest.mark.parametrize("suite", [StoreContract, AsyncStoreContract])
def test_every_promise_has_its_breaker(suite: type) -> None:
    """No check is without a store that it must fail for, and each states what it promises."""
    assert BREAKERS.keys() == checks(suite).keys()
    assert all(promised(check).endswith(".") for check in checks(suite).values())


FIELDS = ["statuses", "customer", "payment_type", "needs_attention", "placed_from", "placed_before"]


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    ("method", "check"),
    [
        ("page", "test_pages_filter"),
        ("payments", "test_pages_of_payments_filter"),
        ("count", "test_count_filters"),
    ],
)
def test_a_filter_that_is_overlooked_is_noticed(name: str, method: str, check: str) -> None:
    """The suite fails for a store that overlooks any one field of the filter, in any list."""

    def overlooking(self: MemoryOrders, wanted: OrderFilter, **limits: Any) -> object:
        passes = getattr(EVERYTHING, name)
        return getattr(MemoryOrders, method)(self, evolve(wanted, **{name: passes}), **limits)

    with (
        by_threads(orders(**{method: overlooking})()) as books,
        pytest.raises(AssertionError, match=name),
    ):
        checks(StoreContract)[check](StoreContract(), books)


def test_the_filter_has_no_further_fields() -> None:
    """A new field of the filter needs an overlooking store here, and values in the suite."""
    assert FIELDS == [item.name for item in OrderFilter.__attrs_attrs__]
