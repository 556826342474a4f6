"""The committed records of one account, and the indexes over them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import count
from threading import Lock

import attrs

from ordersales.adapters.memory.lists import Lists
from ordersales.adapters.memory.recurring_book import RecurringBook
from ordersales.models.charge import WebhookEvent
from ordersales.models.event import Event
from ordersales.models.order import Order
from ordersales.models.sale import SalesPlan
from ordersales.values.identifiers import (
    CustomerId,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
)


class Account:
    """What is committed in one account; read and written under its `lock`.

    Also read, or a reader could see the first half of a commit that is being applied.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.lock: Lock = Lock()
        # `next` on a count is atomic, so numbers need no lock and never repeat (rule O4).
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
        self.positions_of: dict[OrderNumber, array[int]] = {}
        self.positions_of_recurring: dict[OrderNumber, array[int]] = {}
        self.acknowledged: dict[str, int] = {}
        # Which messages came; what they say is kept only until an attempt is found for them.
        self.inbox: set[tuple[SystemName, str]] = set()
        self.unmatched: dict[tuple[SystemName, str], WebhookEvent] = {}

    def keep(self, order: Order) -> None:
        """Keep an order and index what is new of it."""
        before = self.orders.get(order.number)
        self.orders[order.number] = order
        if before is None:
            self.by_key[order.key] = order.number
        if order.occurrence is not None:
            theirs = self.occurrences.setdefault(order.occurrence.recurring_order, {})
            theirs[order.occurrence.index] = order.number
        for invoice in order.invoices[0 if before is None else len(before.invoices) :]:
            self.by_payment_key[invoice.key] = order.number
            self.order_of_invoice[invoice.number] = order.number
        for refund in order.refunds:
            if refund.key is not None:
                self.by_refund_key[refund.key] = order.number
        self.lists.keep(before, order)

    def keep_event(self, event: Event) -> None:
        """Keep an event at the next position."""
        self.events.append(event)
        if event.order is not None:
            positions = self.positions_of.setdefault(event.order, array("q"))
            positions.append(len(self.events))
        if event.recurring is not None:
            number = event.recurring.number
            positions = self.positions_of_recurring.setdefault(number, array("q"))
            positions.append(len(self.events))

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


def without_note(event: Event) -> Event:
    """Return `event` without words that may name somebody."""
    return attrs.evolve(event, note="") if event.note else event
