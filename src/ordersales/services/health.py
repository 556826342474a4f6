"""Look at everything of an account that somebody has to look after (rule C7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import frozen

from ordersales.models.actor import Actor
from ordersales.models.filters import (
    OrderColumn,
    OrderFilter,
    OrderSort,
    PaymentColumn,
    PaymentSort,
)
from ordersales.models.health import Finding, Findings, Health, Trouble
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Order, Payment
from ordersales.ports.storage import Transaction
from ordersales.rules import health, permissions
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk, installation_of
from ordersales.services.engine import ask, transaction
from ordersales.values import checks
from ordersales.values.identifiers import OrderNumber
from ordersales.values.moment import utc

#: The most of one kind that may be shown, and the most orders that may be audited at once.
MOST: Final = 1000

_PENDING: Final = OrderFilter(payment_statuses=frozenset({InvoiceStatus.PENDING}))
_FLAGGED: Final = OrderFilter(needs_attention=True)
# By number, which is the order in which they came, and the cheapest to read.
_OLDEST_PAYMENTS: Final = PaymentSort(PaymentColumn.NUMBER, descending=False)
_OLDEST_ORDERS: Final = OrderSort(OrderColumn.NUMBER, descending=False)


@frozen
class _Look:
    """One look at an account."""

    tx: Transaction
    now: datetime
    limit: int


async def look(desk: Desk, actor: Actor, *, limit: int, audit: int) -> Health:
    """Return how the account fares, as read at one moment."""
    permissions.check(actor, Operation.SEE)
    checks.refuse(
        checks.whole(limit, "limit", least=1, most=MOST),
        checks.whole(audit, "audit", most=MOST),
    )
    now = utc(await ask(desk.clock.now), "clock")
    async with transaction(desk.store, actor.account) as tx:
        this = _Look(tx, now, limit)
        pending, complete = await _pending(tx)
        late = await _overdue(this)
        audited = await _changed_last(tx, audit)
        return Health(
            at=now,
            due_unclaimed=_of(Trouble.DUE_UNCLAIMED, late, limit),
            claimed_too_long=_of(Trouble.CLAIMED_TOO_LONG, late, limit),
            pending_too_long=health.limited(_too_long(pending, now), limit),
            held=health.limited(filter(None, map(health.held, pending)), limit),
            disagreeing=health.limited(_disagreeing(audited), limit),
            flagged=await _flagged(this),
            unmatched=await _unmatched(this),
            installation=await installation_of(desk, tx),
            audited=len(audited),
            complete=complete,
        )


async def _pending(tx: Transaction) -> tuple[tuple[Payment, ...], bool]:
    """Return the oldest pending payments, and whether they are all there are."""
    found = await ask(tx.orders.payments, _PENDING, _OLDEST_PAYMENTS, after=None, limit=MOST)
    return found.rows, found.last is None


def _too_long(pending: tuple[Payment, ...], now: datetime) -> Iterator[Finding]:
    found = (health.pending_too_long(payment, now) for payment in pending)
    return filter(None, found)


async def _overdue(this: _Look) -> list[Finding]:
    """Return what should have been looked after, or charged, by a worker, longest due first."""
    # One more than is shown: that there are more is worth knowing.
    since, most = this.now - health.DUE_TOO_LONG, this.limit + 1
    numbers = await ask(this.tx.orders.to_check, since, most)
    found = [*filter(None, map(health.unclaimed, await _orders(this.tx, numbers)))]
    # All there are, or those of one trouble could hide those of the other.
    late = await ask(this.tx.recurring_orders.overdue, since, MOST)
    found += [health.overdue(item) for item in late if not item.recurring.just_activated]
    # Their dates say nothing of how long they have been active, and their histories do.
    for item in [item for item in late if item.recurring.just_activated][:most]:
        told = await ask(this.tx.events.of_recurring, item.recurring.number)
        if not health.activated_since(told, since):
            found.append(health.overdue(item))
    return sorted(found, key=lambda finding: finding.since)


def _of(trouble: Trouble, found: list[Finding], limit: int) -> Findings:
    return health.limited((item for item in found if item.trouble is trouble), limit)


async def _flagged(this: _Look) -> Findings:
    orders = this.tx.orders
    found = await ask(orders.page, _FLAGGED, _OLDEST_ORDERS, after=None, limit=this.limit)
    count = await ask(orders.count, _FLAGGED)
    return health.limited(map(health.flagged, found.rows), this.limit, count)


async def _unmatched(this: _Look) -> Findings:
    since = this.now - health.UNMATCHED_TOO_LONG
    found = await ask(this.tx.inbox.waiting_since, since, this.limit + 1)
    return health.limited(map(health.unmatched, found), this.limit)


async def _changed_last(tx: Transaction, audit: int) -> list[tuple[Order, datetime]]:
    """Return the orders that the newest `audit` events are about, and when they changed last."""
    if not audit:
        return []
    changed = health.changed_last(await ask(tx.events.newest, audit))
    orders = await _orders(tx, tuple(changed))
    return [(order, changed[order.number]) for order in orders]


def _disagreeing(audited: list[tuple[Order, datetime]]) -> Iterator[Finding]:
    return filter(None, (health.disagreement(order, since) for order, since in audited))


async def _orders(tx: Transaction, numbers: tuple[OrderNumber, ...]) -> list[Order]:
    found = [await ask(tx.orders.get, number) for number in numbers]
    return [order for order in found if order is not None]
