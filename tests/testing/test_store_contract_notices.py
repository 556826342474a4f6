"""For each promise of the storage contract, a store that breaks it, and that the suite notices."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from random import Random
from types import TracebackType
from typing import Any, TypeVar

import pytest
from attrs import evolve

from ordersales.adapters.memory.account import Waiting
from ordersales.adapters.memory.events import MemoryEvents
from ordersales.adapters.memory.inbox import MemoryInbox
from ordersales.adapters.memory.installation import House, MemoryInstallation
from ordersales.adapters.memory.recurring_orders import MemoryRecurringOrders
from ordersales.adapters.memory.sales_plans import MemorySalesPlans
from ordersales.adapters.memory.store import (
    MemoryOrders,
    MemoryStore,
    MemoryTransaction,
)
from ordersales.errors import Conflict
from ordersales.models.charge import WebhookEvent
from ordersales.models.event import Event, RecordedEvent
from ordersales.models.filters import (
    EVERYTHING,
    OrderColumn,
    OrderFilter,
    OrderSort,
    PaymentColumn,
    PaymentSort,
    Place,
    RecurringColumn,
    RecurringSort,
    Slice,
)
from ordersales.models.inbox import KeptMessage
from ordersales.models.installation import Mark
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order, Payment
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.sale import SalesPlan
from ordersales.rules.filtering import (
    _OF_A_RECURRING,
    _OF_AN_INVOICE,
    _OF_THE_ORDER,
    asked,
    asked_of_invoices,
    asked_of_recurring,
    matches,
    matches_payment,
    matches_recurring,
)
from ordersales.rules.sorting import order_place, payment_place, recurring_place
from ordersales.testing.contracts import AsyncStoreContract, StoreContract
from ordersales.testing.contracts.drivers import TaskDriver, ThreadDriver
from ordersales.testing.contracts.recurring_samples import recurring_filters
from ordersales.testing.contracts.samples import filters
from ordersales.testing.contracts.storage.books import Books
from ordersales.testing.contracts.storage.lists import _random_orders
from ordersales.testing.contracts.storage.recurring_lists import _added
from ordersales.values.identifiers import (
    AccountId,
    CustomerId,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
)
from tests.drivers import AwaitedStore
from tests.testing import broken_recurring, broken_sums

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


def plans(**methods: Any) -> Breaker:
    """Break what keeps sales plans."""
    return broken("sales_plans", MemorySalesPlans, methods)


def recurring(**methods: Any) -> Breaker:
    """Break what keeps recurring orders."""
    return broken("recurring_orders", MemoryRecurringOrders, methods)


def inbox(**methods: Any) -> Breaker:
    """Break what keeps messages."""
    return broken("inbox", MemoryInbox, methods)


def marks(**methods: Any) -> Breaker:
    """Break what keeps the installation mark."""
    return broken("installation", MemoryInstallation, methods)


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


class MarkOfOneAccount(MemoryStore):
    """A store that keeps a mark, and skips numbers, for each account alone."""

    def transaction(self, account: AccountId) -> MemoryTransaction:
        """Return a transaction in a house of the account's own."""
        kept = super().transaction(account)._account
        if kept.house is self._house:
            kept.house = House()
        return MemoryTransaction(kept)


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


def under_old_keys(self: MemoryOrders, order: Order) -> Order:
    """Keep each invoice under the key that it was added with."""
    known = {invoice.number: invoice.key for invoice in self._account.orders[order.number].invoices}
    invoices = [evolve(item, key=known.get(item.number, item.key)) for item in order.invoices]
    return MemoryOrders.save(self, evolve(order, invoices=tuple(invoices)))


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


def only_keys(self: MemoryOrders, new: Sequence[Invoice], renamed: Sequence[Invoice] = ()) -> None:
    """Compare the keys of invoices, and not their numbers."""
    keys = [invoice.key for invoice in new]
    if len({*keys}) < len(keys) or self._account.by_payment_key.keys() & keys:
        raise Conflict("a key")


def committed_keys(self: MemoryOrders, order: Order) -> Order:
    """Forget the keys of the same transaction."""
    if order.key in self._account.by_key:
        raise Conflict(f"the key {order.key!r}")
    return self._write(order, 0)


def but_for_the_same_order(
    self: MemoryOrders, new: Sequence[Invoice], renamed: Sequence[Invoice] = ()
) -> None:
    """Compare keys with those of orders that are not written to."""
    taken = self._account.by_payment_key
    if {taken[invoice.key] for invoice in new if invoice.key in taken} - self._written.keys():
        raise Conflict("a key")


def only_with_committed(
    self: MemoryOrders, new: Sequence[Invoice], renamed: Sequence[Invoice] = ()
) -> None:
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


def listed(self: MemoryOrders) -> list[Order]:
    """Return all orders there are."""
    everything = MemoryOrders.page(self, EVERYTHING, OrderSort(), after=None, limit=10**6)
    return [*everything.rows]


def invoices_of(found: Sequence[Order]) -> list[Payment]:
    """Return the invoices of orders."""
    return [Payment(order, invoice) for order in found for invoice in order.invoices]


def paging(**ways: Any) -> Callable[..., Slice[Any]]:
    """Return a page of orders that is naive, and wrong in one of the `ways`."""

    def page(
        self: MemoryOrders, wanted: OrderFilter, sort: OrderSort, *, after: Place | None, limit: int
    ) -> Slice[Order]:
        rows = [order for order in listed(self) if matches(order, wanted)]
        return naively(rows, lambda row: order_place(row, sort.column), sort, after, limit, **ways)

    return page


def paging_payments(**ways: Any) -> Callable[..., Slice[Any]]:
    """Return a page of payments that is naive, and wrong in one of the `ways`."""

    def payments(
        self: MemoryOrders,
        wanted: OrderFilter,
        sort: PaymentSort,
        *,
        after: Place | None,
        limit: int,
    ) -> Slice[Payment]:
        rows = [row for row in invoices_of(listed(self)) if matches_payment(row, wanted)]
        return naively(
            rows, lambda row: payment_place(row, sort.column), sort, after, limit, **ways
        )

    return payments


def naively(
    rows: list[Row],
    place: Callable[[Row], Place],
    sort: OrderSort | PaymentSort,
    after: Place | None,
    limit: int,
    *,
    key: Callable[[Place], Any] = lambda place: (place.value, place.number),
    last: Callable[[list[Row], bool, Place], Place | None] | None = None,
    begin: Callable[[list[Row], Place], int] | None = None,
) -> Slice[Row]:
    """Sort all rows by `key`, begin where `begin` says, and tell the `last` place."""
    rows = sorted(rows, key=lambda row: key(place(row)), reverse=sort.descending)
    start = 0
    if after is not None and begin is not None:
        start = begin(rows, after)
    elif after is not None:
        edge = key(after)
        passed = [(key(place(row)) >= edge) is sort.descending or key(place(row)) == edge
                  for row in rows]  # fmt: skip
        start = passed.index(False) if False in passed else len(rows)
    shown = rows[start : start + limit]
    more = start + limit < len(rows)
    end = place(shown[-1]) if shown else Place(0, 0)
    if last is not None:
        return Slice(tuple(shown), last(shown, more, end))
    return Slice(tuple(shown), end if more else None)


def ties_newest_first(place: Place) -> Any:
    """Sort by the value alone: what is equal stays as it came, whichever way round."""
    return place.value


def by_text(place: Place) -> Any:
    """Sort numbers as text, and money by the currency."""
    return str(place.value), place.number


def without_end(shown: list[Any], more: bool, end: Place) -> Place | None:
    """Promise another page after the last one."""
    return end if shown else None


def by_count(shown: list[Any], more: bool, end: Place) -> Place | None:
    """Tell how many rows were shown, in place of where the last one stands."""
    return Place(end.value, len(shown)) if more else None


def behind_the_number(rows: list[Any], after: Place) -> int:
    """Begin behind the row of that number, wherever it now stands."""
    numbers = [row.number for row in rows]
    return numbers.index(after.number) + 1 if after.number in numbers else len(rows)


def sum_of_offsets(method: str) -> Breaker:
    """Page by how many rows were shown."""

    def page(
        self: MemoryOrders, wanted: OrderFilter, sort: Any, *, after: Place | None, limit: int
    ) -> Slice[Any]:
        start = 0 if after is None else after.number
        whole = getattr(MemoryOrders, method)(self, wanted, sort, after=None, limit=10**6).rows
        shown, more = whole[start : start + limit], start + limit < len(whole)
        return Slice(shown, Place(0, start + limit) if more else None)

    return orders(**{method: page})


def recurring_pages(**ways: Any) -> Callable[..., Slice[Any]]:
    """Return a page of recurring orders that is naive, and wrong in one of the `ways`."""

    def page(
        self: MemoryRecurringOrders,
        wanted: OrderFilter,
        sort: RecurringSort,
        *,
        after: Place | None,
        limit: int,
    ) -> Slice[RecurringOrder]:
        there = {**self._account.recurring.by_number, **self._written}.values()
        rows = [row for row in there if matches_recurring(row, wanted)]
        return naively(
            rows, lambda row: recurring_place(row, sort.column), sort, after, limit, **ways
        )

    return page


def recurring_offsets(
    self: MemoryRecurringOrders, wanted: OrderFilter, sort: Any, *, after: Any, limit: int
) -> Slice[Any]:
    """Page by how many rows were shown."""
    start = 0 if after is None else after.number
    whole = MemoryRecurringOrders.page(self, wanted, sort, after=None, limit=10**6).rows
    shown, more = whole[start : start + limit], start + limit < len(whole)
    return Slice(shown, Place(0, start + limit) if more else None)


def every_recurring(method: str) -> Breaker:
    """Show, or count, every recurring order."""

    def all_there_is(self: Any, wanted: OrderFilter, *sort: Any, **limits: Any) -> object:
        return getattr(MemoryRecurringOrders, method)(self, EVERYTHING, *sort, **limits)

    return recurring(**{method: all_there_is})


def recurring_as_committed(
    self: MemoryRecurringOrders, wanted: OrderFilter, sort: Any, **limits: Any
) -> Slice[Any]:
    """Overlook what the transaction has written."""
    return MemoryRecurringOrders.page(MemoryRecurringOrders(self._account), wanted, sort, **limits)


def recurring_count_as_committed(self: MemoryRecurringOrders, wanted: OrderFilter) -> int:
    """Overlook what the transaction has written."""
    return MemoryRecurringOrders.count(MemoryRecurringOrders(self._account), wanted)


def only_committed_recurring_notes(self: MemoryEvents, number: OrderNumber) -> None:
    """Forget the notes that were written in the same transaction."""
    self._erased_recurring.add(number)


def notes_of_the_order_too(self: MemoryEvents, number: OrderNumber) -> None:
    """Take the recurring order for the order of its number."""
    MemoryEvents.erase_recurring_notes(self, number)
    MemoryEvents.erase_notes(self, number)


def notes_of_all_recurring(self: MemoryEvents, _: OrderNumber) -> None:
    """Blank the events of every recurring order."""
    for erased in self._account.positions_of_recurring:
        MemoryEvents.erase_recurring_notes(self, erased)


def oldest_first(
    self: MemoryOrders, wanted: OrderFilter, sort: OrderSort, *, after: Place | None, limit: int
) -> Slice[Order]:
    """Turn each page around."""
    page = MemoryOrders.page(self, wanted, sort, after=after, limit=limit)
    return Slice(page.rows[::-1], page.last)


def of_newest_orders(
    self: MemoryOrders, wanted: OrderFilter, sort: PaymentSort, *, after: Place | None, limit: int
) -> Slice[Payment]:
    """Sort payments by their orders."""
    page = MemoryOrders.payments(self, wanted, sort, after=after, limit=limit)
    return Slice(tuple(sorted(page.rows, key=lambda row: -row.order.number)), page.last)


def of_all(method: str) -> Breaker:
    """Show, or count, everything."""

    def all_there_is(self: MemoryOrders, wanted: OrderFilter, *sort: Any, **limits: Any) -> object:
        return getattr(MemoryOrders, method)(self, EVERYTHING, *sort, **limits)

    return orders(**{method: all_there_is})


def limited_then_filtered(
    self: MemoryOrders, wanted: OrderFilter, sort: OrderSort, *, after: Place | None, limit: int
) -> Slice[Order]:
    """Look at as many rows as are wanted."""
    page = MemoryOrders.page(self, EVERYTHING, sort, after=after, limit=limit)
    return Slice(tuple(row for row in page.rows if matches(row, wanted)), page.last)


def of_different_invoices(self: MemoryOrders, wanted: OrderFilter) -> int:
    """Let one invoice pass one field of the filter, and another one another."""
    each = [OrderFilter(**{name: asked(wanted)[name]}) for name in asked_of_invoices(wanted)]
    rest = evolve(wanted, **{name: getattr(EVERYTHING, name) for name in asked_of_invoices(wanted)})
    return sum(all(matches(order, one) for one in [*each, rest]) for order in listed(self))


def told_at_once(self: MemoryEvents, new: Sequence[Event]) -> None:
    """Keep events without waiting for the commit."""
    for event in new:
        self._account.keep_event(event)


def place_taken_at_once(self: MemoryEvents, new: Sequence[Event]) -> None:
    """Give positions away before the commit, as a database's own counters do."""
    MemoryEvents.append(self, new)
    gaps = vars(self).setdefault("gaps", [])
    gaps.append((len(self._account.events), len(new)))
    blank = [evolve(event, note="not there yet") for event in new]
    told_at_once(self, blank)


def filled_later(self: MemoryEvents) -> None:
    """Put the events where their positions were taken."""
    written, self._written = self._written, []
    MemoryEvents.apply(self)
    for start, length in vars(self).get("gaps", []):
        self._account.events[start : start + length] = written[:length]
        del written[:length]


def but_for_gaps(self: MemoryEvents, position: int, limit: int) -> tuple[RecordedEvent, ...]:
    """Leave out what is not committed yet."""
    found = MemoryEvents.after(self, position, limit)
    return tuple(item for item in found if item.event.note != "not there yet")


def after_and_at(self: MemoryEvents, position: int, limit: int) -> tuple[RecordedEvent, ...]:
    """Take the position itself along."""
    return MemoryEvents.after(self, max(0, position - 1), limit)


def newest_of(self: MemoryEvents, position: int, limit: int) -> tuple[RecordedEvent, ...]:
    """Return the newest that are behind a position, and not the oldest of them."""
    return MemoryEvents.after(self, position, 10**6)[-limit:]


def with_its_own(self: MemoryEvents, position: int, limit: int) -> tuple[RecordedEvent, ...]:
    """Show what is not committed as well."""
    there = [*self._account.events, *self._written]
    found = [RecordedEvent(at, event) for at, event in enumerate(there, 1) if at > position]
    return tuple(found[:limit])


def where_it_said(self: MemoryEvents, follower: str, position: int) -> None:
    """Take a follower's last word, also if it goes back."""
    self._acknowledged[follower] = position


def keeps_the_last_word(self: MemoryEvents) -> None:
    """Overwrite a position that another transaction acknowledged meanwhile."""
    acknowledged, self._acknowledged = self._acknowledged, {}
    MemoryEvents.apply(self)
    self._account.acknowledged.update(acknowledged)


def newest_last(self: MemoryEvents, limit: int) -> tuple[RecordedEvent, ...]:
    """Return the newest events, the oldest of them first."""
    return MemoryEvents.newest(self, limit)[::-1]


def newest_with_its_own(self: MemoryEvents, limit: int) -> tuple[RecordedEvent, ...]:
    """Show what is not committed as well."""
    return with_its_own(self, 0, 10**6)[::-1][:limit]


def waiting_for_a_try(self: MemoryInbox, moment: datetime, limit: int) -> tuple[KeptMessage, ...]:
    """Name those messages alone that are tried again."""
    found = MemoryInbox.waiting_since(self, moment, limit)
    return tuple(kept for kept in found if not kept.tries)


def waiting_for_longer(self: MemoryInbox, moment: datetime, limit: int) -> tuple[KeptMessage, ...]:
    """Leave those that came at the very moment."""
    return MemoryInbox.waiting_since(self, moment - timedelta(microseconds=1), limit)


def waiting_as_committed(
    self: MemoryInbox, moment: datetime, limit: int
) -> tuple[KeptMessage, ...]:
    """Look at what is committed, and not at what was written since."""
    return MemoryInbox(self._account).waiting_since(moment, limit)


def waiting_without_end(self: MemoryInbox, moment: datetime, limit: int) -> tuple[KeptMessage, ...]:
    """Return all there are."""
    return MemoryInbox.waiting_since(self, moment, 10**6)


def erased_for_ever(self: MemoryEvents) -> None:
    """Blank also the notes that came after erasing."""
    erased = self._erased
    MemoryEvents.apply(self)
    again = MemoryEvents(self._account)
    again._erased = erased
    MemoryEvents.apply(again)


def only_committed_notes(self: MemoryEvents, number: OrderNumber) -> None:
    """Forget the notes that were written in the same transaction."""
    self._erased.add(number)


def gone_with_the_notes(self: MemoryEvents, number: OrderNumber) -> None:
    """Blank the events of every order."""
    for erased in self._account.positions_of:
        MemoryEvents.erase_notes(self, erased)


def first_manager(self: MemorySalesPlans, plan: SalesPlan) -> SalesPlan:
    """Keep the manager that a plan was stated with."""
    stored = self.get(plan.customer, plan.offer)
    saved = MemorySalesPlans.save(self, plan)
    if stored is not None:
        self._write(plan.customer, plan.offer, evolve(saved, manager=stored.manager))
    return saved


def as_they_came(self: MemorySalesPlans, customer: CustomerId) -> tuple[SalesPlan, ...]:
    """Return the plans of a customer in the order in which they were stated."""
    offers = [*self._account.plans_of.get(customer, {})]
    offers += [offer for buyer, offer in self._written if buyer == customer]
    found = (self.get(customer, offer) for offer in dict.fromkeys(offers))
    return tuple(plan for plan in found if plan is not None)


def whatever_the_case(self: MemorySalesPlans, customer: CustomerId) -> tuple[SalesPlan, ...]:
    """Take customers for one whose identifiers differ in their case."""
    buyers = {*self._account.plans_of, *(buyer for buyer, _ in self._written)}
    same = sorted(buyer for buyer in buyers if buyer.lower() == customer.lower())
    return tuple(plan for buyer in same for plan in MemorySalesPlans.of_customer(self, buyer))


def save_over(self: MemorySalesPlans, plan: SalesPlan) -> SalesPlan:
    """Save over whatever is there."""
    saved = evolve(plan, version=plan.version + 1)
    self._write(plan.customer, plan.offer, saved)
    return saved


def state_over(self: MemorySalesPlans, plan: SalesPlan) -> SalesPlan:
    """Save a new plan over whatever is there."""
    return save_over(self, plan) if plan.version == 0 else MemorySalesPlans.save(self, plan)


def states_anew(self: MemorySalesPlans, plan: SalesPlan) -> SalesPlan:
    """Save what is gone as if it were new."""
    if self.get(plan.customer, plan.offer) is None:
        return save_over(self, plan)
    return MemorySalesPlans.save(self, plan)


def removed_unasked(self: MemorySalesPlans, plan: SalesPlan) -> None:
    """Remove whatever is there."""
    self._write(plan.customer, plan.offer, None)


def removed_for_ever(self: MemorySalesPlans, plan: SalesPlan) -> SalesPlan:
    """Count a plan's versions on after it was removed."""
    saved = MemorySalesPlans.save(self, plan)
    known = vars(self._account).setdefault("highest", {})
    name = plan.customer, plan.offer
    known[name] = known.get(name, 0) + 1
    counted = evolve(saved, version=known[name])
    self._write(*name, counted)
    return counted


def keeps_the_last(
    self: MemoryInbox, system: SystemName, event: WebhookEvent, at: datetime
) -> bool:
    """Overwrite a message by its second delivery."""
    name = (system, event.event_id)
    if name in self._account.inbox:
        kept = KeptMessage(system=system, event=event, kept_at=at)
        self._account.keep_message(name, Waiting(kept, None))
        return False
    return MemoryInbox.add(self, system, event, at)


def committed_only(
    self: MemoryInbox, system: SystemName, event: WebhookEvent, at: datetime
) -> bool:
    """Forget what came in the same transaction."""
    known = (system, event.event_id) in self._account.inbox
    self._added.discard((system, event.event_id))
    MemoryInbox.add(self, system, event, at)
    return not known


def of_any_system(self: MemoryInbox, system: SystemName, event: WebhookEvent) -> None:
    """Match every message of that number."""
    kept = {*self._account.inbox, *self._added}
    self._matched.update(name for name in kept if name[1] == event.event_id)


def by_number(self: MemoryInbox) -> tuple[tuple[SystemName, WebhookEvent], ...]:
    """Sort what waits by the payment system's numbers."""
    waiting = MemoryInbox.unmatched(self)
    return tuple(sorted(waiting, key=lambda kept: kept[1].event_id))


def matched_is_forgotten(self: MemoryInbox) -> None:
    """Drop a message once it is matched."""
    MemoryInbox.apply(self)
    for name in self._matched:
        self._account.inbox.discard(name)


def adopted_over(self: MemoryInstallation, mark: Mark, *, replacing: str | None) -> None:
    """Adopt a mark over whatever there is."""
    MemoryInstallation.adopt(self, mark, replacing=self.mark().name)


def adopted_by_name(self: MemoryInstallation, mark: Mark, *, replacing: str | None) -> None:
    """Adopt a mark without the time that was lost."""
    MemoryInstallation.adopt(self, Mark(mark.name), replacing=replacing)


def lost_for_good(self: MemoryInstallation, mark: Mark, *, replacing: str | None) -> None:
    """Keep the time that was lost, whatever mark comes after it."""
    kept = Mark(mark.name, mark.gap or self.mark().gap)
    MemoryInstallation.adopt(self, kept, replacing=replacing)


def adopted_at_once(self: MemoryInstallation, mark: Mark, *, replacing: str | None) -> None:
    """Adopt a mark without waiting for the commit."""
    MemoryInstallation.adopt(self, mark, replacing=replacing)
    self._house.mark = mark
    self._adopted = mark.name, mark


def skipped_at_once(self: MemoryInstallation, count: int) -> None:
    """Skip numbers without waiting for the commit."""
    self._house.skipped += count


def skipped_once(self: MemoryInstallation) -> None:
    """Skip as many numbers as one has to, however often it is asked for."""
    self._house.skipped = max(self._house.skipped, self._skipped)
    self._skipped = 0
    MemoryInstallation.apply(self)


def where_numbers_were_given(self: MemoryOrders, series: Iterator[int]) -> int:
    """Skip numbers in those accounts alone that had some already."""
    before = vars(self._account).setdefault("before", self._account.house.skipped)
    return next(series) + self._account.house.skipped - before


def orders_alone(self: MemoryOrders) -> InvoiceNumber:
    """Skip no invoice numbers."""
    return InvoiceNumber(next(self._account.invoice_numbers))


def without_refunds_checks(self: MemoryOrders, now: datetime, limit: int) -> Any:
    """Look at the attempts of orders, and not at their refunds."""
    found = [
        (invoice.attempt.next_check, order.number)
        for order in listed(self)
        for invoice in order.invoices
        if invoice.attempt is not None
        and invoice.attempt.next_check is not None
        and invoice.attempt.next_check <= now
    ]
    return tuple(number for _, number in sorted(found)[:limit])


def newest_checks(self: MemoryOrders, now: datetime, limit: int) -> Any:
    """Begin with what was due last."""
    return MemoryOrders.to_check(self, now, 10**6)[::-1][:limit]


def not_on_the_dot(self: MemoryOrders, now: datetime, limit: int) -> Any:
    """Leave what is due this very moment for the next time."""
    return MemoryOrders.to_check(self, now - timedelta(microseconds=1), limit)


def checked_as_committed(self: MemoryOrders, now: datetime, limit: int) -> Any:
    """Look at what is committed, and not at what was written since."""
    return MemoryOrders(self._account).to_check(now, limit)


def tried_once(
    self: MemoryInbox, system: SystemName, event: WebhookEvent, until: datetime | None
) -> None:
    """Count no tries."""
    name = (system, event.event_id)
    kept = self._waiting.get(name) or self._account.unmatched[name]
    self._waiting[name] = Waiting(kept.message, until)


def from_now_on(self: MemoryInbox, now: datetime, limit: int) -> tuple[KeptMessage, ...]:
    """Return every message, whatever it was put off until."""
    kept = {**self._account.unmatched, **self._waiting}.values()
    return tuple(item.message for item in kept)[:limit]


def put_off_is_dropped(
    self: MemoryInbox, system: SystemName, event: WebhookEvent, until: datetime | None
) -> None:
    """Forget a message that is not to be tried again."""
    if until is None:
        self.match(system, event)
    else:
        MemoryInbox.put_off(self, system, event, until)


class ByName(MemoryStore):
    """A store that names accounts in which something is due by their names."""

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Sort them."""
        return tuple(sorted(super().accounts_to_check(now, 10**6))[:limit])


class Unlimited(MemoryStore):
    """A store that names all accounts at once."""

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Name all."""
        return super().accounts_to_check(now, 10**6)


class AllEver(MemoryStore):
    """A store that names every account there is."""

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Name those that wait longest, and then the others."""
        found = super().accounts_to_check(now, limit)
        return tuple(dict.fromkeys([*found, *self._accounts]))[:limit]


class OrdersAlone(MemoryStore):
    """A store that names accounts with orders to check, and forgets the messages."""

    def accounts_to_check(self, now: datetime, limit: int) -> tuple[AccountId, ...]:
        """Look at the orders."""
        found = super().accounts_to_check(now, limit)
        return tuple(name for name in found if [*self._accounts[name].checks.until(now)])


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


def found_by(keys: Callable[[Order], Sequence[object]]) -> Callable[..., Order | None]:
    """Find an order by some of its keys."""

    def find(self: MemoryOrders, key: IdempotencyKey) -> Order | None:
        return next((order for order in listed(self) if key in keys(order)), None)

    return find


def of_last_invoices(order: Order) -> list[object]:
    """Return the keys of the refunds of an order's newest invoice."""
    return [refund.key for invoice in order.invoices[-1:] for refund in invoice.refunds]


def of_first_refunds(order: Order) -> list[object]:
    """Return the key of the first refund of each invoice."""
    return [refund.key for invoice in order.invoices for refund in invoice.refunds[:1]]


def of_anything(order: Order) -> list[object]:
    """Return every key there is."""
    paid = [invoice.key for invoice in order.invoices]
    return [*paid, *(refund.key for refund in order.refunds)]


def but_for_refunds(self: MemoryOrders) -> None:
    """Compare everything but the keys of refunds."""
    only_versions(self)
    self._check_unique(
        [invoice for order in self._written.values() for invoice in order.invoices
         if invoice.number not in self._account.order_of_invoice]
    )  # fmt: skip


def refunds_with_committed(self: MemoryOrders) -> None:
    """Compare the keys of refunds with what is committed, and not among themselves."""
    for number, order in self._written.items():
        for refund in order.refunds:
            if self._account.by_refund_key.get(refund.key, number) != number:
                raise Conflict("a key")
    but_for_refunds(self)


def one_refund_a_key(self: MemoryOrders) -> None:
    """Let no two refunds have one key, not even of one order."""
    for order in self._written.values():
        keys = [refund.key for refund in order.refunds if refund.key is not None]
        if len({*keys}) < len(keys):
            raise Conflict("a key")
    MemoryOrders.check(self)


#: Each check of the suite, and a store that breaks what it promises.
BREAKERS: dict[str, Breaker] = {
    **{name: broken(*parts) for name, parts in broken_recurring.PARTS.items()},
    **broken_recurring.STORES,
    **{name: orders(**methods) for name, methods in broken_sums.ORDERS.items()},
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
    "test_orders_are_found_by_a_new_payment_key": orders(save=under_old_keys),
    "test_a_new_payment_key_that_is_taken_conflicts": orders(check=only_versions),
    "test_orders_are_found_by_refund_key": orders(find_by_refund_key=found_by(of_last_invoices)),
    "test_a_taken_order_number_conflicts": orders(add=add_over),
    "test_a_taken_order_key_conflicts": orders(add=add_unasked, check=only_versions),
    "test_two_new_orders_under_one_key_conflict": orders(add=committed_keys, check=only_versions),
    "test_a_payment_key_of_another_order_conflicts": orders(_check_unique=nothing),
    "test_a_payment_key_of_the_same_order_conflicts": orders(_check_unique=but_for_the_same_order),
    "test_two_new_invoices_under_one_key_conflict": orders(_check_unique=only_with_committed),
    "test_an_invoice_number_of_another_order_conflicts": orders(_check_unique=only_keys),
    "test_an_invoice_number_of_the_same_order_conflicts": orders(_check_unique=only_keys),
    "test_a_refund_key_of_another_order_conflicts": orders(check=but_for_refunds),
    "test_two_new_refunds_under_one_key_conflict": orders(check=refunds_with_committed),
    "test_a_sales_plan_is_kept_whole": plans(save=first_manager),
    "test_the_plans_of_a_customer_come_by_offer": plans(of_customer=as_they_came),
    "test_a_removed_plan_is_gone": plans(remove=nothing),
    "test_a_stale_plan_conflicts": plans(save=save_over),
    "test_a_second_new_plan_conflicts": plans(save=state_over),
    "test_a_save_of_a_plan_that_is_gone_conflicts": plans(save=states_anew),
    "test_a_stale_removal_conflicts": plans(remove=removed_unasked),
    "test_numbers_rise": orders(next_number=highest_and_one),
    "test_numbers_are_never_reused": leaving(numbers_again),
    "test_orders_come_newest_first": orders(page=oldest_first),
    "test_orders_come_in_the_order_of_each_column": orders(page=paging(key=ties_newest_first)),
    "test_pages_of_orders_meet": orders(page=paging(last=without_end)),
    "test_orders_that_arrive_hide_and_repeat_none": sum_of_offsets("page"),
    "test_a_page_begins_behind_its_place": orders(page=paging(begin=behind_the_number)),
    "test_payments_come_newest_first": orders(payments=of_newest_orders),
    "test_payments_come_in_the_order_of_each_column": orders(
        payments=paging_payments(key=ties_newest_first)
    ),
    "test_pages_of_payments_meet": orders(payments=paging_payments(last=without_end)),
    "test_payments_that_arrive_hide_and_repeat_none": sum_of_offsets("payments"),
    "test_pages_filter": of_all("page"),
    "test_pages_of_payments_filter": of_all("payments"),
    "test_a_limit_counts_what_matches": orders(page=limited_then_filtered),
    "test_count_filters": of_all("count"),
    "test_count_of_payments_filters": of_all("count_payments"),
    "test_recurring_orders_come_in_the_order_of_each_column": recurring(
        page=recurring_pages(key=ties_newest_first)
    ),
    "test_recurring_orders_are_listed_as_they_stand": recurring(page=recurring_as_committed),
    "test_recurring_orders_that_arrive_hide_and_repeat_none": recurring(page=recurring_offsets),
    "test_pages_of_recurring_orders_filter": every_recurring("page"),
    "test_count_of_recurring_orders_filters": every_recurring("count"),
    "test_notes_of_a_recurring_order_are_erased": events(
        erase_recurring_notes=only_committed_recurring_notes
    ),
    "test_events_come_in_order": events(
        of_order=lambda self, number: MemoryEvents.of_order(self, number)[::-1]
    ),
    "test_events_are_kept_with_the_change_or_not_at_all": events(append=told_at_once),
    "test_events_have_rising_positions": events(after=after_and_at),
    "test_events_are_read_up_to_a_limit": events(after=newest_of),
    "test_the_newest_events_come_newest_first": events(newest=newest_last),
    "test_only_committed_events_are_followed": events(after=with_its_own),
    "test_a_follower_never_goes_back": events(acknowledge=where_it_said),
    "test_notes_are_erased": events(erase_notes=only_committed_notes),
    "test_a_message_is_kept_once": inbox(add=keeps_the_last),
    "test_a_message_is_kept_once_in_a_transaction": inbox(add=committed_only),
    "test_payment_systems_number_their_messages_apart": inbox(match=of_any_system),
    "test_unmatched_messages_wait_oldest_first": inbox(unmatched=by_number),
    "test_a_matched_message_waits_no_more": inbox(apply=matched_is_forgotten),
    "test_every_account_sees_the_mark": MarkOfOneAccount,
    "test_a_mark_is_adopted_only_over_the_one_it_replaces": marks(adopt=adopted_over),
    "test_a_mark_is_adopted_with_its_transaction_or_not_at_all": marks(adopt=adopted_at_once),
    "test_one_mark_is_adopted_once": marks(check=nothing),
    "test_numbers_are_skipped_in_every_account": marks(apply=skipped_once),
    "test_orders_to_check_come_longest_due_first": orders(to_check=newest_checks),
    "test_refunds_are_checked_as_attempts_are": orders(to_check=without_refunds_checks),
    "test_what_was_looked_after_is_not_named_again": orders(to_check=checked_as_committed),
    "test_accounts_in_which_something_is_due_are_named": AllEver,
    "test_accounts_come_longest_due_first": ByName,
    "test_a_message_that_was_put_off_is_tried_again": inbox(to_match=from_now_on),
    "test_tries_of_a_message_are_counted": inbox(put_off=tried_once),
    "test_messages_that_wait_long_are_named": inbox(waiting_since=waiting_for_a_try),
    "test_a_message_that_is_not_tried_again_is_kept": inbox(put_off=put_off_is_dropped),
    "test_no_update_is_lost": orders(check=nothing),
    "test_numbers_taken_at_once_are_unique": orders(next_invoice_number=looked_at_then_taken),
    "test_one_payment_key_is_won_once": orders(_check_unique=nothing),
    "test_one_order_key_is_won_once": orders(check=only_versions),
    "test_one_refund_key_is_won_once": orders(check=but_for_refunds),
    "test_one_sales_plan_is_stated_once": plans(check=nothing),
    "test_a_follower_misses_nothing": events(
        append=place_taken_at_once, apply=filled_later, after=but_for_gaps
    ),
    "test_a_follower_goes_back_for_nobody": events(apply=keeps_the_last_word),
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
    ("test_orders_to_check_come_longest_due_first", orders(to_check=not_on_the_dot)),
    ("test_accounts_in_which_something_is_due_are_named", OrdersAlone),
    ("test_accounts_come_longest_due_first", Unlimited),
    ("test_no_update_is_lost", orders(get=nothing)),
    ("test_orders_are_found_by_refund_key", orders(check=one_refund_a_key)),
    ("test_orders_are_found_by_refund_key", orders(find_by_refund_key=found_by(of_first_refunds))),
    ("test_orders_are_found_by_refund_key", orders(find_by_refund_key=found_by(of_anything))),
    ("test_orders_are_found_by_refund_key", orders(find_by_payment_key=found_by(of_anything))),
    ("test_the_plans_of_a_customer_come_by_offer", plans(of_customer=whatever_the_case)),
    ("test_a_removed_plan_is_gone", plans(save=removed_for_ever)),
    ("test_orders_come_in_the_order_of_each_column", orders(page=paging(key=by_text))),
    ("test_orders_come_in_the_order_of_each_column", orders(page=paging(last=by_count))),
    ("test_orders_come_in_the_order_of_each_column", sum_of_offsets("page")),
    (
        "test_payments_come_in_the_order_of_each_column",
        orders(payments=paging_payments(key=by_text)),
    ),
    ("test_count_filters", orders(count=of_different_invoices)),
    (
        "test_recurring_orders_come_in_the_order_of_each_column",
        recurring(page=recurring_pages(key=by_text)),
    ),
    (
        "test_recurring_orders_come_in_the_order_of_each_column",
        recurring(page=recurring_pages(last=without_end)),
    ),
    (
        "test_recurring_orders_are_listed_as_they_stand",
        recurring(count=recurring_count_as_committed),
    ),
    ("test_recurring_orders_are_listed_as_they_stand", OneForAll),
    (
        "test_notes_of_a_recurring_order_are_erased",
        events(erase_recurring_notes=notes_of_the_order_too),
    ),
    (
        "test_notes_of_a_recurring_order_are_erased",
        events(erase_recurring_notes=notes_of_all_recurring),
    ),
    ("test_notes_of_a_recurring_order_are_erased", events(erase_recurring_notes=nothing)),
    ("test_only_committed_events_are_followed", events(append=told_at_once)),
    ("test_the_newest_events_come_newest_first", events(newest=newest_with_its_own)),
    ("test_messages_that_wait_long_are_named", inbox(waiting_since=waiting_for_longer)),
    ("test_messages_that_wait_long_are_named", inbox(waiting_since=waiting_as_committed)),
    ("test_messages_that_wait_long_are_named", inbox(waiting_since=waiting_without_end)),
    ("test_notes_are_erased", events(erase_notes=gone_with_the_notes)),
    ("test_notes_are_erased", events(apply=erased_for_ever)),
    *((name, broken(*parts)) for name, parts in broken_recurring.MORE),
    *((name, orders(**methods)) for name, methods in broken_sums.MORE),
    (
        "test_every_account_sees_the_mark",
        marks(mark=lambda self: self._house.mark),
    ),
    ("test_every_account_sees_the_mark", marks(apply=nothing)),
    ("test_every_account_sees_the_mark", marks(adopt=adopted_by_name)),
    ("test_every_account_sees_the_mark", marks(adopt=lost_for_good)),
    (
        "test_a_mark_is_adopted_with_its_transaction_or_not_at_all",
        marks(skip_numbers=skipped_at_once),
    ),
    ("test_numbers_are_skipped_in_every_account", orders(next_invoice_number=orders_alone)),
    ("test_numbers_are_skipped_in_every_account", MarkOfOneAccount),
    ("test_numbers_are_skipped_in_every_account", orders(_next=where_numbers_were_given)),
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


def assert_well_broken(error: BaseException) -> None:
    """Hold that a check failed for what it is about, and not for a slip in the broken one."""
    assert not isinstance(error.__cause__, TypeError | AttributeError | NameError), error


@pytest.mark.parametrize(
    ("name", "breaker"), [pytest.param(*item, id=item[0]) for item in [*BREAKERS.items(), *MORE]]
)
def test_a_broken_store_is_noticed(name: str, breaker: Breaker) -> None:
    """The suite fails for a store that breaks a promise, and names the promise."""
    check = checks(StoreContract)[name]

    with by_threads(breaker()) as books, pytest.raises(AssertionError) as caught:
        check(StoreContract(), books)

    assert str(caught.value).startswith(f"{promised(check)} But ")
    assert_well_broken(caught.value)


@pytest.mark.parametrize("name", OF_TASKS)
def test_a_broken_asynchronous_store_is_noticed(name: str) -> None:
    """The asynchronous suite notices the same."""
    check = checks(AsyncStoreContract)[name]

    with by_tasks(OF_TASKS[name]()) as books, pytest.raises(AssertionError) as caught:
        check(AsyncStoreContract(), books)

    assert str(caught.value).startswith(f"{promised(check)} But ")
    assert_well_broken(caught.value)


@pytest.mark.parametrize("suite", [StoreContract, AsyncStoreContract])
def test_every_promise_has_its_breaker(suite: type) -> None:
    """No check is without a store that it must fail for, and each states what it promises."""
    assert BREAKERS.keys() == checks(suite).keys()
    assert all(promised(check).endswith(".") for check in checks(suite).values())


FIELDS = [*_OF_THE_ORDER, *_OF_AN_INVOICE]


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    ("method", "check"),
    [
        ("page", "test_pages_filter"),
        ("payments", "test_pages_of_payments_filter"),
        ("count", "test_count_filters"),
        ("count_payments", "test_count_of_payments_filters"),
    ],
)
def test_a_filter_that_is_overlooked_is_noticed(name: str, method: str, check: str) -> None:
    """The suite fails for a store that overlooks any one field of the filter, in any list."""

    def overlooking(self: MemoryOrders, wanted: OrderFilter, *sort: Any, **limits: Any) -> object:
        passes = evolve(wanted, **{name: getattr(EVERYTHING, name)})
        return getattr(MemoryOrders, method)(self, passes, *sort, **limits)

    with (
        by_threads(orders(**{method: overlooking})()) as books,
        pytest.raises(AssertionError, match=name) as caught,
    ):
        checks(StoreContract)[check](StoreContract(), books)
    assert_well_broken(caught.value)


@pytest.mark.parametrize("name", FIELDS)
def test_a_filter_that_is_overlooked_in_sums_is_noticed(name: str) -> None:
    """The suite fails for a store that overlooks any one field of the filter in its sums."""
    overlooking = broken_sums.asked_otherwise(
        lambda scope: evolve(
            scope, wanted=evolve(scope.wanted, **{name: getattr(EVERYTHING, name)})
        )
    )

    with (
        by_threads(orders(summed=overlooking)()) as books,
        pytest.raises(AssertionError, match=name) as caught,
    ):
        checks(StoreContract)["test_sums_of_a_filter"](StoreContract(), books)
    assert_well_broken(caught.value)


@pytest.mark.parametrize("column", [*OrderColumn, *PaymentColumn])
def test_a_column_that_is_not_known_is_noticed(column: OrderColumn | PaymentColumn) -> None:
    """The suite fails for a store that sorts by number where it is asked for another column."""
    of_orders = isinstance(column, OrderColumn)
    method = "page" if of_orders else "payments"
    check = f"test_{'orders' if of_orders else 'payments'}_come_in_the_order_of_each_column"

    def unknown(self: MemoryOrders, wanted: OrderFilter, sort: Any, **limits: Any) -> object:
        if sort.column is column:
            other = "status" if column == "number" else "number"
            sort = evolve(sort, column=type(column)(other))
        return getattr(MemoryOrders, method)(self, wanted, sort, **limits)

    with (
        by_threads(orders(**{method: unknown})()) as books,
        pytest.raises(AssertionError, match=f"<{type(column).__name__}.{column.name}") as caught,
    ):
        checks(StoreContract)[check](StoreContract(), books)
    assert_well_broken(caught.value)


def test_filters_of_the_suite_let_something_through() -> None:
    """Of each field of the filter, the suite asks for values that some orders have, and not all."""
    with by_threads(MemoryStore()) as books:
        (there,) = books.drive(_random_orders(books))
    told: set[str] = set()
    for wanted in filters(Random(2), there):  # noqa: S311 - opens nothing
        found = [order for order in there if matches(order, wanted)]
        if len(asked(wanted)) == 1 and 0 < len(found) < len(there):
            told |= asked(wanted).keys()

    assert {*FIELDS} == told


@pytest.mark.parametrize("name", _OF_A_RECURRING)
@pytest.mark.parametrize(
    ("method", "check"),
    [
        ("page", "test_pages_of_recurring_orders_filter"),
        ("count", "test_count_of_recurring_orders_filters"),
    ],
)
def test_a_filter_of_recurring_orders_that_is_overlooked_is_noticed(
    name: str, method: str, check: str
) -> None:
    """The suite fails for a store that overlooks a field in the list of recurring orders."""

    def overlooking(self: Any, wanted: OrderFilter, *sort: Any, **limits: Any) -> object:
        passes = evolve(wanted, **{name: getattr(EVERYTHING, name)})
        return getattr(MemoryRecurringOrders, method)(self, passes, *sort, **limits)

    with (
        by_threads(recurring(**{method: overlooking})()) as books,
        pytest.raises(AssertionError, match=name) as caught,
    ):
        checks(StoreContract)[check](StoreContract(), books)
    assert_well_broken(caught.value)


@pytest.mark.parametrize("column", RecurringColumn)
def test_a_column_of_recurring_orders_that_is_not_known_is_noticed(column: RecurringColumn) -> None:
    """The suite fails for a store that sorts recurring orders by number in place of a column."""

    def unknown(self: Any, wanted: OrderFilter, sort: Any, **limits: Any) -> object:
        if sort.column is column:
            other = "status" if column == "number" else "number"
            sort = evolve(sort, column=RecurringColumn(other))
        return MemoryRecurringOrders.page(self, wanted, sort, **limits)

    check = "test_recurring_orders_come_in_the_order_of_each_column"
    with (
        by_threads(recurring(page=unknown)()) as books,
        pytest.raises(AssertionError, match=f"<RecurringColumn.{column.name}") as caught,
    ):
        checks(StoreContract)[check](StoreContract(), books)
    assert_well_broken(caught.value)


def test_filters_of_recurring_orders_let_something_through() -> None:
    """Of each field, the suite asks for values that some recurring orders have, and not all."""
    with by_threads(MemoryStore()) as books:
        (there,) = books.drive(_added(books, Random(6)))  # noqa: S311 - opens nothing
    told: set[str] = set()
    for wanted in recurring_filters(Random(7), there):  # noqa: S311 - opens nothing
        found = [row for row in there if matches_recurring(row, wanted)]
        if len(asked_of_recurring(wanted)) == 1 and 0 < len(found) < len(there):
            told |= asked_of_recurring(wanted).keys()

    # Every recurring order is one, and each of its payments is made in full.
    assert {*_OF_A_RECURRING} - {"recurring", "payment_type"} == told
