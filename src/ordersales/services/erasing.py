"""Erase a customer's personal data, a batch of orders at a time (rule E2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from ordersales.models.actor import Actor
from ordersales.models.event import Event
from ordersales.models.filters import OrderColumn, OrderFilter, OrderSort, Place, Slice
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.ports.storage import Transaction
from ordersales.rules import erasing, permissions
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk, in_transaction, keep, keep_recurring
from ordersales.services.engine import ask, transaction
from ordersales.services.recurring import recurring_of
from ordersales.values import checks
from ordersales.values.identifiers import CustomerId, OrderNumber
from ordersales.values.moment import utc

#: How many orders one transaction erases at most.
BATCH: Final = 100

# What is placed meanwhile comes last, and so is reached as well.
_OLDEST_FIRST: Final = OrderSort(OrderColumn.NUMBER, descending=False)


@frozen
class _Batch:
    """How many orders a transaction erased, and behind which place the next ones come."""

    erased: int
    last: Place | None


async def erase(desk: Desk, actor: Actor, customer: CustomerId) -> int:
    """Erase what is personal of a customer's orders, and return of how many (rule E2).

    Recurring orders are counted as well, and come first: no order is placed with the name after.
    Every batch is committed by itself; who runs it again goes on where it stopped.
    """
    theirs = _theirs(actor, customer)
    now = utc(await ask(desk.clock.now), "clock")
    erased = await _recurring_orders(desk, actor, customer, now)
    batch = await _batch(desk, actor, theirs, now, None)
    erased += batch.erased
    while batch.last is not None:
        batch = await _batch(desk, actor, theirs, now, batch.last)
        erased += batch.erased
    return erased


async def unerased(desk: Desk, actor: Actor, customer: CustomerId) -> tuple[OrderNumber, ...]:
    """Return the customer's orders that hold personal data, oldest first (rule E2).

    Recurring orders among them; one may have the number of its first order.
    """
    theirs, found = _theirs(actor, customer), set[OrderNumber]()
    async with transaction(desk.store, actor.account) as tx:
        for recurring in await ask(tx.recurring_orders.of_customer, customer):
            if await _recurring_personal(tx, recurring, unfinished=True):
                found.add(recurring.number)
    last: Place | None = None
    while True:
        async with transaction(desk.store, actor.account) as tx:
            orders = await _page(tx, theirs, last)
            for order in orders.rows:
                if await _personal(tx, order, unfinished=True):
                    found.add(order.number)
        if orders.last is None:
            return tuple(sorted(found))
        last = orders.last


def _theirs(actor: Actor, customer: CustomerId) -> OrderFilter:
    """Return what lists every order of a customer, for an actor who may erase."""
    permissions.check(actor, Operation.ERASE)
    checks.refuse(checks.text(customer, "customer"))
    return OrderFilter(customer=customer)


async def _page(tx: Transaction, theirs: OrderFilter, after: Place | None) -> Slice[Order]:
    return await ask(tx.orders.page, theirs, _OLDEST_FIRST, after=after, limit=BATCH)


async def _batch(
    desk: Desk, actor: Actor, theirs: OrderFilter, now: datetime, after: Place | None
) -> _Batch:
    async def work(tx: Transaction) -> _Batch:
        orders, erased = await _page(tx, theirs, after), 0
        for order in orders.rows:
            if await _personal(tx, order):
                await ask(tx.events.erase_notes, order.number)
                await keep(tx, erasing.erase(order, now, by=actor.user))
                erased += 1
        return _Batch(erased, orders.last)

    return await in_transaction(desk, actor.account, work)


async def _recurring_orders(desk: Desk, actor: Actor, customer: CustomerId, now: datetime) -> int:
    """Erase what is personal of a customer's recurring orders, each in its own transaction."""
    async with transaction(desk.store, actor.account) as tx:
        theirs = await ask(tx.recurring_orders.of_customer, customer)
    return sum([await _recurring(desk, actor, item.number, now) for item in theirs])


async def _recurring(desk: Desk, actor: Actor, number: OrderNumber, now: datetime) -> bool:
    async def work(tx: Transaction) -> bool:
        recurring = await recurring_of(tx, number)
        if not await _recurring_personal(tx, recurring):
            return False
        change = erasing.erase_recurring(recurring, now, by=actor.user)
        await ask(tx.events.erase_recurring_notes, number)
        await ask(tx.events.append, change.events)
        await keep_recurring(tx, change.recurring)
        return True

    return await in_transaction(desk, actor.account, work)


async def _recurring_personal(
    tx: Transaction, recurring: RecurringOrder, *, unfinished: bool = False
) -> bool:
    """Tell whether there is something to erase of a recurring order, or of its history."""
    if erasing.erased_recurring(recurring, unfinished=unfinished) is not recurring:
        return True
    events: Sequence[Event] = await ask(tx.events.of_recurring, recurring.number)
    return any(event.note for event in events)


async def _personal(tx: Transaction, order: Order, *, unfinished: bool = False) -> bool:
    """Tell whether there is something to erase of an order, or of what happened to it."""
    if erasing.erased(order, unfinished=unfinished) is not order:
        return True
    events: Sequence[Event] = await ask(tx.events.of_order, order.number)
    return any(event.note for event in events)
