"""What a buyer or a person at the seller's does with an order."""

from __future__ import annotations

from typing import Final

from ordersales.errors import KeyReused
from ordersales.models.actor import Actor
from ordersales.models.event import Event
from ordersales.models.filters import OrderFilter, OrderSort, Page
from ordersales.models.offer import Customer, Offer
from ordersales.models.order import DecisionKind, Order
from ordersales.models.rows import OrderRow
from ordersales.models.sale import Manager
from ordersales.ports.storage import Transaction
from ordersales.rules import (
    attention,
    decisions,
    filtering,
    installation,
    offered_actions,
    permissions,
    placing,
    rows,
)
from ordersales.rules.permissions import Operation
from ordersales.services import cancelling
from ordersales.services.cursors import Bookmark
from ordersales.services.desk import (
    Desk,
    in_transaction,
    installation_of,
    keep,
    order_of,
    returns_of,
)
from ordersales.services.engine import ask, transaction
from ordersales.values import checks
from ordersales.values.identifiers import IdempotencyKey, OrderNumber
from ordersales.values.moment import utc

#: The operation that each decision is.
DECISIONS: Final = {
    DecisionKind.CONFIRMED: Operation.CONFIRM,
    DecisionKind.DECLINED: Operation.DECLINE,
    DecisionKind.CANCELED: Operation.CANCEL,
    DecisionKind.EXPIRED: Operation.EXPIRE,
}

#: The longest page that may be asked for.
LONGEST_PAGE: Final = 1000


async def place(
    desk: Desk,
    actor: Actor,
    offer: Offer,
    customer: Customer,
    *,
    key: IdempotencyKey,
    quantity: int,
    manager: Manager | None,
) -> Order:
    """Place an order, or return the one already placed under `key` (rules O1-O4, O7, C5)."""
    permissions.check(actor, Operation.PLACE)
    checks.refuse(
        checks.instance(offer, "offer", Offer),
        checks.instance(customer, "customer", Customer),
        checks.key(key),
        checks.optional(checks.instance, manager, "manager", kind=Manager),
    )
    checks.refuse(placing.check_quantity(offer, quantity))
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Order:
        earlier = await ask(tx.orders.find_by_key, key)
        if earlier is not None:
            return _same_order(earlier, offer, customer, quantity)
        change = placing.place(
            account=actor.account,
            number=await ask(tx.orders.next_number),
            key=key,
            at=now,
            customer=customer,
            offer=offer,
            quantity=quantity,
            manager=manager,
            plan=await ask(tx.sales_plans.get, customer.id, offer.number),
            by=actor.user,
        )
        placed = await ask(tx.orders.add, change.order)
        await ask(tx.events.append, change.events)
        return placed

    return await in_transaction(desk, actor.account, work)


def _same_order(earlier: Order, offer: Offer, customer: Customer, quantity: int) -> Order:
    """Return the earlier order if it is what is asked for again (rule C5).

    The manager and the customer's name are not compared: they may have been mended meanwhile.
    """
    same = {
        "offer": earlier.offer == offer,
        "customer": earlier.customer.id == customer.id,
        "quantity": earlier.quantity == quantity,
    }
    if not all(same.values()):
        raise KeyReused(earlier.key, tuple(name for name, fits in same.items() if not fits))
    return earlier


async def get(desk: Desk, actor: Actor, number: OrderNumber) -> Order:
    """Return one order."""
    permissions.check(actor, Operation.SEE)
    async with transaction(desk.store, actor.account) as tx:
        return await order_of(tx, number)


async def page(
    desk: Desk,
    actor: Actor,
    wanted: OrderFilter,
    sort: OrderSort,
    *,
    after: str | None,
    limit: int,
) -> Page[OrderRow]:
    """Return a page of the All-orders list (rules L1, L2, L4)."""
    permissions.check(actor, Operation.SEE)
    check_page(wanted, sort, OrderSort, limit)
    wanted = filtering.all_orders(wanted)
    bookmark = Bookmark(desk.cursor_secret, actor.account, "orders", wanted, sort)
    place = bookmark.read(after)
    async with transaction(desk.store, actor.account) as tx:
        found = await ask(tx.orders.page, wanted, sort, after=place, limit=limit)
        here = await installation_of(desk, tx)
    invoices = [invoice for order in found.rows for invoice in order.invoices]
    returns = await returns_of(desk, actor.account, invoices)
    shown = tuple(rows.order_row(actor, order, wanted, returns, here=here) for order in found.rows)
    return Page(shown, bookmark.write(found.last))


async def count(desk: Desk, actor: Actor, wanted: OrderFilter) -> int:
    """Return how many rows the All-orders list has (rule L1)."""
    permissions.check(actor, Operation.SEE)
    check_filter(wanted)
    async with transaction(desk.store, actor.account) as tx:
        return await ask(tx.orders.count, filtering.all_orders(wanted))


async def history(desk: Desk, actor: Actor, number: OrderNumber) -> tuple[Event, ...]:
    """Return what happened to one order, oldest first (rule E1)."""
    permissions.check(actor, Operation.SEE)
    async with transaction(desk.store, actor.account) as tx:
        await order_of(tx, number)
        return await ask(tx.events.of_order, number)


async def offered(
    desk: Desk, actor: Actor, number: OrderNumber, wanted: OrderFilter
) -> tuple[Operation, ...]:
    """Return what the list filtered by `wanted` offers on one order's row (rules A3, P4)."""
    permissions.check(actor, Operation.SEE)
    checks.refuse(checks.instance(wanted, "wanted", OrderFilter))
    async with transaction(desk.store, actor.account) as tx:
        order, here = await order_of(tx, number), await installation_of(desk, tx)
    returns = await returns_of(desk, actor.account, order.invoices)
    return offered_actions.for_order(actor, order, wanted, returns, here=here)


async def decide(
    desk: Desk, actor: Actor, number: OrderNumber, kind: DecisionKind, *, reason: str
) -> Order:
    """Confirm, decline, cancel or expire an order (rules O5, P2, P3)."""
    permissions.check(actor, DECISIONS[kind])
    may_be_empty = kind is DecisionKind.CONFIRMED
    checks.refuse(checks.text(reason, "reason", max_length=2000, empty=may_be_empty, lines=True))
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Order:
        order = await order_of(tx, number)
        change = decisions.decide(order, kind, now, by=actor.user, reason=reason)
        here = await installation_of(desk, tx)
        refused = installation.order_refusal(DECISIONS[kind], order, here)
        if refused is not None:
            raise refused
        return await keep(tx, change)

    order = await in_transaction(desk, actor.account, work)
    if kind is DecisionKind.DECLINED:
        return await cancelling.cancel_in_flight(desk, order)
    return order


async def clear_attention(desk: Desk, actor: Actor, number: OrderNumber, *, reason: str) -> Order:
    """Take the flags off an order that a person dealt with (rule O6)."""
    permissions.check(actor, Operation.CLEAR_ATTENTION)
    checks.refuse(checks.text(reason, "reason", max_length=2000, lines=True))
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Order:
        order = await order_of(tx, number)
        return await keep(tx, attention.clear(order, now, by=actor.user, reason=reason))

    return await in_transaction(desk, actor.account, work)


def check_page(wanted: OrderFilter, sort: object, kind: type, limit: int) -> None:
    """Refuse a page that can't be read."""
    checks.refuse(
        checks.instance(wanted, "wanted", OrderFilter),
        checks.instance(sort, "sort", kind),
        checks.whole(limit, "limit", least=1, most=LONGEST_PAGE),
    )
    check_filter(wanted)


def check_filter(wanted: OrderFilter) -> None:
    """Refuse what is no filter, or asks what orders and payments know nothing of."""
    checks.refuse(checks.instance(wanted, "wanted", OrderFilter))
    checks.refuse(*filtering.meaningless_on_orders(wanted))
