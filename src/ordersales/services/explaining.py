"""Tell why something may not be done, and why an order is still open (rule A5)."""

from __future__ import annotations

from ordersales.models.actor import Actor
from ordersales.models.explanation import Explanation
from ordersales.models.filters import OrderFilter
from ordersales.models.installation import Installation
from ordersales.models.order import Order, Payment
from ordersales.rules import explain, permissions
from ordersales.rules.permissions import Operation
from ordersales.services.desk import Desk, installation_of, order_of, returns_of
from ordersales.services.engine import transaction
from ordersales.services.settling import invoice_of
from ordersales.values import checks
from ordersales.values.identifiers import InvoiceNumber, OrderNumber


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


async def _seen(desk: Desk, actor: Actor, number: OrderNumber) -> tuple[Order, Installation]:
    async with transaction(desk.store, actor.account) as tx:
        return await order_of(tx, number), await installation_of(desk, tx)
