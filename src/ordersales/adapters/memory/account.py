"""The committed records of one account, and the indexes over them."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count
from threading import Lock

from attrs import evolve, frozen

from ordersales.adapters.memory.due import Board, Due
from ordersales.adapters.memory.installation import House
from ordersales.adapters.memory.lists import Lists
from ordersales.adapters.memory.recurring_book import RecurringBook
from ordersales.models.event import Event
from ordersales.models.inbox import KeptMessage
from ordersales.models.order import Order
from ordersales.models.sale import SalesPlan
from ordersales.values.identifiers import (
    AccountId,
    CustomerId,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
)
from ordersales.values.moment import earlier

#: A payment system's message, by that system's own number.
MessageName = tuple[SystemName, str]


@frozen
class Waiting:
    """A message that waits for its attempt, and when that is looked for again, if ever."""

    message: KeptMessage
    until: datetime | None


class Account:
    """What is committed in one account; read and written under its `lock`.

    Also read, or a reader could see the first half of a commit that is being applied.
    """

    def __init__(self, name: AccountId, to_check: Board, to_charge: Board, house: House) -> None:
        """Start empty; what becomes due here is noted on the store's boards.

        What all accounts have in common is in `house`.
        """
        self._to_check = to_check.enter(name)
        self._to_charge = to_charge.enter(name)
        self.lock: Lock = Lock()
        self.house = house
        # To both series is added what the house has skipped (rule C6).
        self.order_numbers: Iterator[int] = count(1)
        self.invoice_numbers: Iterator[int] = count(1)
        self.orders: dict[OrderNumber, Order] = {}
        self.by_key: dict[IdempotencyKey, OrderNumber] = {}
        self.by_payment_key: dict[IdempotencyKey, OrderNumber] = {}
        self.by_refund_key: dict[IdempotencyKey, OrderNumber] = {}
        self.occurrences: dict[OrderNumber, dict[int, OrderNumber]] = {}
        self.recurring: RecurringBook = RecurringBook()
        self.order_of_invoice: dict[InvoiceNumber, OrderNumber] = {}
        self.lists: Lists = Lists(self.orders, self.order_of_invoice)
        self.plans_of: dict[CustomerId, dict[OfferNumber, SalesPlan]] = {}
        #: Every event, in the order of the commits: the first has position 1.
        self.events: list[Event] = []
        self.positions_of: dict[OrderNumber, array[int]] = defaultdict(_no_positions)
        self.positions_of_recurring: dict[OrderNumber, array[int]] = defaultdict(_no_positions)
        self.acknowledged: dict[str, int] = {}
        # Which messages came; what they say is kept only until an attempt is found for them.
        self.inbox: set[MessageName] = set()
        self.unmatched: dict[MessageName, Waiting] = {}
        #: By order number, when its attempts and refunds are looked after.
        self.checks: Due = Due()
        # By a number of their own, when the attempts of messages are looked for.
        self._tries: Due = Due()
        self._numbers: dict[MessageName, int] = {}
        self._names: dict[int, MessageName] = {}
        self._message_numbers = count(1)

    def keep(self, order: Order) -> None:
        """Keep an order and index what is new of it."""
        before = self.orders.get(order.number)
        self.orders[order.number] = order
        if before is None:
            self.by_key[order.key] = order.number
        if order.occurrence is not None:
            theirs = self.occurrences.setdefault(order.occurrence.recurring_order, {})
            theirs[order.occurrence.index] = order.number
        known = () if before is None else before.invoices
        for was, invoice in zip(known, order.invoices, strict=False):
            if invoice.key != was.key:
                del self.by_payment_key[was.key]
                self.by_payment_key[invoice.key] = order.number
        for invoice in order.invoices[len(known) :]:
            self.by_payment_key[invoice.key] = order.number
            self.order_of_invoice[invoice.number] = order.number
        for refund in order.refunds:
            if refund.key is not None:
                self.by_refund_key[refund.key] = order.number
        self.checks.put(order.number, order.next_check)
        self.lists.keep(before, order)

    def keep_message(self, name: MessageName, kept: Waiting | None) -> None:
        """Keep a message that waits for its attempt, or None when that was found."""
        number = self._numbers.pop(name, None) or next(self._message_numbers)
        self._tries.put(number, None if kept is None else kept.until)
        if kept is None:
            self.unmatched.pop(name, None)
            self._names.pop(number, None)
            return
        self.unmatched[name] = kept
        self._numbers[name] = number
        self._names[number] = name

    def messages_due(self, now: datetime) -> Iterator[tuple[MessageName, Waiting]]:
        """Yield the messages whose next try has come, that which waits longest first."""
        for _, number in self._tries.until(now):
            name = self._names[number]
            yield name, self.unmatched[name]

    def tell_boards(self) -> None:
        """Note on the store's boards when the first thing here is due."""
        self._to_check.tell(earlier(self.checks.first, self._tries.first))
        self._to_charge.tell(self.recurring.first)

    def keep_event(self, event: Event) -> None:
        """Keep an event at the next position."""
        self.events.append(event)
        if event.order is not None:
            self.positions_of[event.order].append(len(self.events))
        if event.recurring is not None:
            self.positions_of_recurring[event.recurring.number].append(len(self.events))

    def erase_notes(self, positions: Iterable[int]) -> None:
        """Keep the events at these positions without their notes."""
        for at in positions:
            self.events[at - 1] = without_note(self.events[at - 1])

    def keep_plan(self, customer: CustomerId, offer: OfferNumber, plan: SalesPlan | None) -> None:
        """Keep a sales plan, or None in its place; what is being read elsewhere is replaced."""
        others = {
            name: kept for name, kept in self.plans_of.get(customer, {}).items() if name != offer
        }
        self.plans_of[customer] = others if plan is None else {**others, offer: plan}


def _no_positions() -> array[int]:
    return array("q")


def without_note(event: Event) -> Event:
    """Return `event` without words that may name somebody."""
    return evolve(event, note="") if event.note else event
