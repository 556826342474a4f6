"""Read what has changed of the facts, so that copies of them elsewhere stay up to date (E1, T6)."""

from __future__ import annotations

from ordersales.models.actor import Actor
from ordersales.models.order import Order
from ordersales.reports.exported import FactChanges, changes
from ordersales.rules import permissions
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk
from ordersales.services.engine import ask, transaction
from ordersales.services.events import MOST_AT_ONCE
from ordersales.values import checks


async def changed(desk: Desk, actor: Actor, *, after: int, limit: int) -> FactChanges:
    """Return the facts of the orders that something happened to behind a position."""
    permissions.check(actor, Operation.REPORT)
    checks.refuse(
        checks.whole(after, "after"), checks.whole(limit, "limit", least=1, most=MOST_AT_ONCE)
    )
    async with transaction(desk.store, actor.account) as tx:
        recorded = await ask(tx.events.after, after, limit)
        happened = (item.event.order for item in recorded)
        numbers = dict.fromkeys(number for number in happened if number is not None)
        # Read behind the events: an order is as they tell, or newer, and told of again.
        found = [await ask(tx.orders.get, number) for number in numbers]
    position = recorded[-1].position if recorded else after
    orders: list[Order] = [order for order in found if order is not None]
    return changes(position, len(recorded), orders)
