"""What was committed, as the simulator saw it, and the checks that each commit goes through."""

from __future__ import annotations

from collections.abc import Sequence

from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.rules.telling import sentence
from ordersales.testing.simulator import order_checks
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

    def __init__(self, world: World) -> None:
        """Start with nothing committed."""
        self._world = world
        self.orders: dict[tuple[AccountId, OrderNumber], Order] = {}
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
        last = {order.number: order for order in written.orders}
        for saved, read in zip(written.orders, stored, strict=True):
            if saved is last[saved.number]:
                self._changed(written, saved, read)
        if self._world.story is not None:
            for event in written.events:
                self._world.tell(self.at_work[0], f"commits: {sentence(event)}")

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
        events = [event for event in written.events if event.order == saved.number]
        found = order_checks.told(before, saved, events)
        if found is not None:
            self._world.broken(12, found)
        self._number(saved, 0 if before is None else len(before.invoices))

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
        order = self.orders.get((reference.account, reference.order))
        return None if order is None else order.attempted(reference)
