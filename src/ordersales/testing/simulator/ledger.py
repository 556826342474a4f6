"""What was committed, as the simulator saw it, and the checks that each commit goes through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.stage import Stage
from ordersales.rules.telling import sentence
from ordersales.testing.simulator import order_checks, recurring_checks
from ordersales.testing.simulator.watching import Written
from ordersales.testing.simulator.world import World
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
)


class Ledger:
    """Keeps every order as last committed, and holds each change of it to the invariants."""

    def __init__(self, world: World, due: Callable[[datetime], None] = lambda _: None) -> None:
        """Start with nothing committed; `due` is told when something is to be looked after."""
        self._world = world
        self._due = due
        self.orders: dict[tuple[AccountId, OrderNumber], Order] = {}
        self.recurring: dict[tuple[AccountId, OrderNumber], RecurringOrder] = {}
        #: The orders of each recurring order, by their index.
        self.occurrences: dict[tuple[AccountId, OrderNumber], dict[int, OrderNumber]] = {}
        #: Who is at work: the name and the account of the process.
        self.at_work: tuple[str, AccountId | None] = ("nobody", None)
        self._by_key: dict[tuple[AccountId, IdempotencyKey], OrderNumber] = {}
        self._order_of: dict[tuple[AccountId, InvoiceNumber], OrderNumber] = {}

    def opened(self, account: AccountId) -> None:
        """Hold that a process touches the records of its own account (15)."""
        name, own = self.at_work
        if own is not None and own != account:
            self._world.broken(15, f"{name} works for {own} and opened the records of {account}")

    def committed(self, written: Written, stored: Sequence[object]) -> None:
        """Hold what was committed to the invariants, and remember it."""
        for recurring in {item.number: item for item in written.recurring}.values():
            self._moved(recurring)
        last = {order.number: order for order in written.orders}
        for saved, read in zip(written.orders, stored, strict=True):
            if saved is last[saved.number]:
                self._changed(written, saved, read)
        for until in written.put_off:
            self._due(until)
        if self._world.story is not None:
            for event in written.events:
                self._world.tell(self.at_work[0], f"commits: {sentence(event)}")

    def _moved(self, saved: RecurringOrder) -> None:
        """Hold what a recurring order has become."""
        place = (saved.account, saved.number)
        before = self.recurring.get(place)
        self.recurring[place] = saved
        for number, check in recurring_checks.CHECKS:
            found = check(before, saved)
            if found is not None:
                self._world.broken(number, f"recurring order {saved.number}: {found}")
        if saved.next_action is not None:
            self._due(saved.next_action)
        current = None if saved.current is None else self.orders.get((saved.account, saved.current))
        if current is not None and current.next_check is not None:
            self._to_check(current, current.next_check)

    def _changed(self, written: Written, saved: Order, read: object) -> None:
        place = (saved.account, saved.number)
        before = self.orders.get(place)
        self.orders[place] = saved
        self._by_key[saved.account, saved.key] = saved.number
        if read != saved:
            self._world.broken(16, f"order {saved.number} was committed, and is read as {read!r}")
        for number, check in order_checks.CHECKS:
            found = check(before, saved)
            if found is not None:
                self._world.broken(number, f"order {saved.number}: {found}")
        self._of_recurring(before, saved)
        events = [event for event in written.events if event.order == saved.number]
        found = order_checks.told(before, saved, events)
        if found is not None:
            self._world.broken(12, found)
        if saved.next_check is not None:
            self._to_check(saved, saved.next_check)
        self._number(saved, 0 if before is None else len(before.invoices))

    def _to_check(self, order: Order, at: datetime) -> None:
        """Let a worker come, unless all that it would do is wait, each day, for an activation."""
        if not (self._world.chances.calm and self._waits_for_activation(order)):
            self._due(at)

    def _waits_for_activation(self, order: Order) -> bool:
        which = order.occurrence
        if which is None:
            return False
        recurring = self.recurring[order.account, which.recurring_order]
        stages = [item.attempt.stage for item in order.invoices if item.attempt and item.next_check]
        return recurring.status is RecurringStatus.PAUSED and stages == [Stage.RESERVED]

    def _of_recurring(self, before: Order | None, saved: Order) -> None:
        """Hold a payment of a recurring order to what holds of all of them (1, 7)."""
        which = saved.occurrence
        if which is None:
            return
        place = (saved.account, which.recurring_order)
        numbers = self.occurrences.setdefault(place, {})
        if numbers.setdefault(which.index, saved.number) != saved.number:
            self._world.broken(
                3, f"occurrence {which.index} of {which.recurring_order} is there twice"
            )
        theirs = [self.orders[saved.account, number] for number in numbers.values()]
        for number, found in recurring_checks.of_orders(
            self.recurring[place], before, saved, theirs
        ):
            self._world.broken(number, found)

    def _number(self, order: Order, known: int) -> None:
        """Hold that an account's invoices share no number (14)."""
        for invoice in order.invoices[known:]:
            place = (order.account, invoice.number)
            if self._order_of.setdefault(place, order.number) != order.number:
                self._world.broken(14, f"two invoices have the number {invoice.number}")

    def under(self, account: AccountId, key: IdempotencyKey) -> Order | None:
        """Return the order that was placed under `key`, or None."""
        number = self._by_key.get((account, key))
        return None if number is None else self.orders[account, number]

    def attempted(self, reference: AttemptReference) -> Invoice | None:
        """Return the invoice that a gateway was asked for under `reference`, or None."""
        order = self.order_under(reference)
        return None if order is None else order.attempted(reference)

    def order_under(self, reference: AttemptReference) -> Order | None:
        """Return the order that an attempt is to pay, or None."""
        number: OrderNumber | None = reference.order
        if reference.occurrence is not None:
            theirs = self.occurrences.get((reference.account, reference.order), {})
            number = theirs.get(reference.occurrence)
        return None if number is None else self.orders.get((reference.account, number))
