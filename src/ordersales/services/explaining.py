"""Tell why something may not be done, and why an order is still open (rule A5)."""

from __future__ import annotations

from ordersales.models.actor import Actor
from ordersales.models.explanation import Explanation
from ordersales.models.filters import OrderFilter
from ordersales.models.installation import Installation
from ordersales.models.order import Order, Payment
from ordersales.rules import explain, explain_recurring, permissions
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk, gateway_of, installation_of, order_of, returns_of
from ordersales.services.engine import ask, transaction
from ordersales.services.recurring import current_of, recurring_of
from ordersales.services.settling import invoice_of
from ordersales.values import checks
from ordersales.values.identifiers import InvoiceNumber, OrderNumber
from ordersales.values.moment import utc


async def why_not(
    desk: Desk,
    actor: Actor,
    number: OrderNumber,
    operation: Operation,
    wanted: OrderFilter,
    *,
    invoice: InvoiceNumber | None,
) -> Explanation:
    """Return why an operation is not offered on an order, or on one invoice of it."""
    permissions.check(actor, Operation.SEE)
    checks.refuse(
        checks.instance(operation, "operation", Operation),
        checks.instance(wanted, "wanted", OrderFilter),
    )
    checks.refuse(explain.problem(operation, invoice))
    order, here = await _seen(desk, actor, number)
    returns = await returns_of(desk, actor.account, order.invoices)
    if invoice is None:
        return explain.why_not(actor, operation, order, wanted, returns, here=here)
    payment = Payment(order, invoice_of(order, invoice))
    return explain.why_not_on_payment(actor, operation, payment, returns, here=here)


async def why_open(desk: Desk, actor: Actor, number: OrderNumber) -> Explanation:
    """Return why an order is still open, or why it is not open any more."""
    permissions.check(actor, Operation.SEE)
    order, here = await _seen(desk, actor, number)
    return explain.why_open(order, here)


async def why_not_on_recurring(
    desk: Desk, actor: Actor, number: OrderNumber, operation: Operation
) -> Explanation:
    """Return why an operation is not offered on a recurring order."""
    permissions.check(actor, Operation.SEE)
    checks.refuse(checks.instance(operation, "operation", Operation))
    checks.refuse(explain_recurring.problem(operation))
    now = utc(await ask(desk.clock.now), "clock")
    async with transaction(desk.store, actor.account) as tx:
        recurring = await recurring_of(tx, number)
        current, here = await current_of(tx, recurring), await installation_of(desk, tx)
    return explain_recurring.why_not(actor, operation, recurring, current, now, here=here)


async def why_not_charged(desk: Desk, actor: Actor, number: OrderNumber) -> Explanation:
    """Return why a recurring order is not charged now."""
    permissions.check(actor, Operation.SEE)
    now = utc(await ask(desk.clock.now), "clock")
    async with transaction(desk.store, actor.account) as tx:
        recurring = await recurring_of(tx, number)
        last = recurring.current or recurring.given_up
        order = None if last is None else await ask(tx.orders.get, last)
        here = await installation_of(desk, tx)
    system = await ask(desk.payment_systems.find, actor.account, recurring.system)
    gateway = system is not None and gateway_of(system) is not None
    return explain_recurring.why_not_charged(recurring, order, now, gateway=gateway, here=here)


async def _seen(desk: Desk, actor: Actor, number: OrderNumber) -> tuple[Order, Installation]:
    async with transaction(desk.store, actor.account) as tx:
        return await order_of(tx, number), await installation_of(desk, tx)
