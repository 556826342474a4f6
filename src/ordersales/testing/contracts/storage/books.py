"""One account of the store under test, and the few scripts that many checks need."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from attrs import evolve, frozen

from ordersales.errors import Conflict
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.ports.storage import Store, Transaction
from ordersales.services.engine import ask, transaction
from ordersales.testing.contracts.drivers import Driver
from ordersales.testing.contracts.promises import holds
from ordersales.testing.contracts.samples import an_invoice, an_order
from ordersales.values.identifiers import AccountId, OrderNumber

T = TypeVar("T")

#: How often work that meets a conflict is begun again; more than there are rivals.
_TRIES: Final = 100


@frozen
class Books:
    """One account of a store, another one beside it, and what runs scripts on them."""

    store: Store
    account: AccountId
    other_account: AccountId
    drive: Driver

    @property
    def elsewhere(self) -> Books:
        """The other account's books."""
        return evolve(self, account=self.other_account, other_account=self.account)

    def open(self) -> transaction:
        """Return a transaction, to be entered by ``async with`` in a script."""
        return transaction(self.store, self.account)

    async def new(self, tx: Transaction, **changes: Any) -> Order:
        """Add an order with the next number to an open transaction."""
        number = await ask(tx.orders.next_number)
        return await ask(tx.orders.add, an_order(self.account, number, **changes))

    async def placed(self, **changes: Any) -> Order:
        """Add an order in a transaction of its own."""
        async with self.open() as tx:
            return await self.new(tx, **changes)

    async def placed_with_invoices(self, count: int) -> Order:
        """Add an order with so many invoices in a transaction of its own."""
        async with self.open() as tx:
            invoices = [await self.invoice(tx) for _ in range(count)]
            return await self.new(tx, invoices=tuple(invoices))

    async def invoice(self, tx: Transaction, **changes: Any) -> Invoice:
        """Return an invoice with the next number, not yet kept."""
        return an_invoice(await ask(tx.orders.next_invoice_number), **changes)

    async def invoiced(self, tx: Transaction, order: Order, **changes: Any) -> Order:
        """Save `order` with one more invoice, in an open transaction."""
        invoice = await self.invoice(tx, **changes)
        return await ask(tx.orders.save, evolve(order, invoices=(*order.invoices, invoice)))

    async def saved(self, order: Order) -> Order:
        """Save `order` in a transaction of its own."""
        async with self.open() as tx:
            return await ask(tx.orders.save, order)

    async def get(self, number: OrderNumber) -> Order | None:
        """Read an order in a transaction of its own."""
        async with self.open() as tx:
            return await ask(tx.orders.get, number)

    async def open_and(self, work: Callable[[Transaction], Coroutine[Any, Any, T]]) -> T:
        """Do `work` in a transaction of its own."""
        async with self.open() as tx:
            return await work(tx)

    async def again(self, work: Callable[[Transaction], Coroutine[Any, Any, T]]) -> T:
        """Do `work` in a transaction, from the start after each conflict, as services do."""
        for _ in range(_TRIES):
            try:
                return await self.open_and(work)
            except Conflict:
                await ask(self.drive.pause)
        raise AssertionError(f"a transaction met a conflict {_TRIES} times over")


async def the_order(tx: Transaction, number: OrderNumber) -> Order:
    """Return an order that must be there."""
    order = await ask(tx.orders.get, number)
    if order is None:
        raise AssertionError(f"order {number} is gone")
    return order


async def conflicts(script: Coroutine[Any, Any, object], says: str) -> None:
    """Hold that `script` raises `Conflict`, at the write or on leaving the transaction."""
    try:
        await script
    except Conflict:
        return
    holds(False, f"{says} was let through")  # noqa: FBT003 - it reads as what it says
