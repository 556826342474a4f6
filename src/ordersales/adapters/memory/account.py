"""The committed records of one account, and the indexes over them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterator
from itertools import count
from threading import Lock

from ordersales.models.charge import WebhookEvent
from ordersales.models.event import Event
from ordersales.models.order import Order
from ordersales.values.identifiers import (
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
)


class NumberIndex:
    """Numbers in order, read from the highest down."""

    def __init__(self) -> None:
        """Start empty."""
        self._numbers: list[int] = []

    def add(self, number: int) -> None:
        """Add a number; a transaction may be committed after a later one, so not just append."""
        insort(self._numbers, number)

    def below(self, bound: int | None, more: Collection[int]) -> Iterator[int]:
        """Yield its numbers and those in `more` that are below `bound`, from the highest down."""
        while True:
            own = (number for number in more if bound is None or number < bound)
            highest = max(self._highest_below(bound), max(own, default=0))
            if not highest:
                return
            yield (bound := highest)

    def _highest_below(self, bound: int | None) -> int:
        """Return the number next below `bound`, or 0."""
        at = len(self._numbers) if bound is None else bisect_left(self._numbers, bound)
        return self._numbers[at - 1] if at else 0


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
        self.order_index: NumberIndex = NumberIndex()
        self.by_key: dict[IdempotencyKey, OrderNumber] = {}
        self.by_payment_key: dict[IdempotencyKey, OrderNumber] = {}
        self.order_of_invoice: dict[InvoiceNumber, OrderNumber] = {}
        self.invoice_index: NumberIndex = NumberIndex()
        self.events_of: dict[OrderNumber, list[Event]] = {}
        self.inbox: dict[tuple[SystemName, str], WebhookEvent] = {}
        self.unmatched: dict[tuple[SystemName, str], WebhookEvent] = {}

    def keep(self, order: Order) -> None:
        """Keep an order and index what is new of it."""
        before = self.orders.get(order.number)
        self.orders[order.number] = order
        if before is None:
            self.order_index.add(order.number)
            self.by_key[order.key] = order.number
        for invoice in order.invoices[0 if before is None else len(before.invoices) :]:
            self.by_payment_key[invoice.key] = order.number
            self.order_of_invoice[invoice.number] = order.number
            self.invoice_index.add(invoice.number)
