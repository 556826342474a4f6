"""Who made a sale: *Check*, confirming, *Add user*, sales plans and the customer's card (S1-S6)."""

from __future__ import annotations

from attrs import evolve

from ordersales.errors import NotFound
from ordersales.models.actor import Actor
from ordersales.models.customer_card import CustomerCard
from ordersales.models.filters import (
    NEWEST_ORDERS,
    NEWEST_PAYMENTS,
    NEWEST_RECURRING,
    OrderFilter,
)
from ordersales.models.order import Order
from ordersales.models.sale import Manager, Proposal, SalesPlan
from ordersales.ports.storage import Transaction
from ordersales.rules import permissions, rows, sale_confirmation
from ordersales.rules.permissions import Operation
from ordersales.services.desk import (
    Desk,
    in_transaction,
    installation_of,
    keep,
    order_of,
    returns_of,
)
from ordersales.services.engine import ask, transaction
from ordersales.services.orders import LONGEST_PAGE, check_filter
from ordersales.services.recurring_reading import with_current
from ordersales.values import checks
from ordersales.values.identifiers import CustomerId, OfferNumber, OrderNumber
from ordersales.values.moment import utc


async def check(desk: Desk, actor: Actor, number: OrderNumber) -> Proposal:
    """Return what the confirmation of a paid order proposes (rule S3)."""
    permissions.check(actor, Operation.CHECK_SALE)
    async with transaction(desk.store, actor.account) as tx:
        order = await order_of(tx, number)
        return sale_confirmation.propose(order, await _plan_of(tx, order))


async def _plan_of(tx: Transaction, order: Order) -> SalesPlan | None:
    return await ask(tx.sales_plans.get, order.customer.id, order.offer.number)


async def confirm(
    desk: Desk, actor: Actor, number: OrderNumber, *, manager: Manager | None
) -> Order:
    """Confirm who made the sale of an order, or correct what was confirmed (rules S2, S3, S5)."""
    person = permissions.person(actor, Operation.CHECK_SALE)
    checks.refuse(checks.optional(checks.instance, manager, "manager", kind=Manager))
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Order:
        order = await order_of(tx, number)
        plan = await _plan_of(tx, order)
        return await keep(tx, sale_confirmation.confirm(order, plan, manager, now, by=person))

    return await in_transaction(desk, actor.account, work)


async def add_user(desk: Desk, actor: Actor, number: OrderNumber, manager: Manager) -> Order:
    """Assign a manager to an order whose sale is not confirmed yet (rule S4)."""
    permissions.check(actor, Operation.ADD_USER)
    checks.refuse(checks.instance(manager, "manager", Manager))
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Order:
        order = await order_of(tx, number)
        change = sale_confirmation.add_user(order, manager, now, by=actor.user)
        return order if change is None else await keep(tx, change)

    return await in_transaction(desk, actor.account, work)


async def state_plan(
    desk: Desk, actor: Actor, customer: CustomerId, offer: OfferNumber, manager: Manager
) -> SalesPlan:
    """Keep a manager's statement that a customer pays for an offer thanks to them (rule S1)."""
    permissions.check(actor, Operation.KEEP_PLANS)
    checks.refuse(
        checks.text(customer, "customer"),
        checks.text(offer, "offer"),
        checks.instance(manager, "manager", Manager),
    )
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> SalesPlan:
        standing = await ask(tx.sales_plans.get, customer, offer)
        plan = sale_confirmation.stated(
            standing, customer=customer, offer=offer, manager=manager, at=now, by=actor.user
        )
        if plan is standing:
            return plan
        kept = await ask(tx.sales_plans.save, plan)
        told = sale_confirmation.plan_told(actor.account, standing, kept, now, by=actor.user)
        await ask(tx.events.append, told)
        return kept

    return await in_transaction(desk, actor.account, work)


async def withdraw_plan(
    desk: Desk, actor: Actor, customer: CustomerId, offer: OfferNumber
) -> SalesPlan:
    """Forget a sales plan, and return what it was."""
    permissions.check(actor, Operation.KEEP_PLANS)
    checks.refuse(checks.text(customer, "customer"), checks.text(offer, "offer"))
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> SalesPlan:
        plan = await ask(tx.sales_plans.get, customer, offer)
        if plan is None:
            raise NotFound("sales plan", (customer, offer))
        await ask(tx.sales_plans.remove, plan)
        told = sale_confirmation.plan_told(actor.account, plan, None, now, by=actor.user)
        await ask(tx.events.append, told)
        return plan

    return await in_transaction(desk, actor.account, work)


async def plans_of(desk: Desk, actor: Actor, customer: CustomerId) -> tuple[SalesPlan, ...]:
    """Return the sales plans that name a customer, by offer number."""
    permissions.check(actor, Operation.SEE)
    checks.refuse(checks.text(customer, "customer"))
    async with transaction(desk.store, actor.account) as tx:
        return await ask(tx.sales_plans.of_customer, customer)


async def customer_card(
    desk: Desk, actor: Actor, customer: CustomerId, wanted: OrderFilter, *, limit: int
) -> CustomerCard:
    """Return what there is to see of one customer, read at one moment (rule S6)."""
    permissions.check(actor, Operation.SEE)
    checks.refuse(
        checks.text(customer, "customer"),
        checks.instance(wanted, "wanted", OrderFilter),
        checks.whole(limit, "limit", least=1, most=LONGEST_PAGE),
    )
    check_filter(wanted)
    theirs, all_theirs = evolve(wanted, customer=customer), OrderFilter(customer=customer)
    now = utc(await ask(desk.clock.now), "clock")
    async with transaction(desk.store, actor.account) as tx:
        recurring = await ask(
            tx.recurring_orders.page, all_theirs, NEWEST_RECURRING, after=None, limit=limit
        )
        going = await with_current(tx, recurring.rows)
        orders = await ask(tx.orders.page, theirs, NEWEST_ORDERS, after=None, limit=limit)
        payments = await ask(tx.orders.payments, theirs, NEWEST_PAYMENTS, after=None, limit=limit)
        invoices = [invoice for order in orders.rows for invoice in order.invoices]
        shown = [*invoices, *(payment.invoice for payment in payments.rows)]
        returns = await returns_of(desk, actor.account, shown)
        here = await installation_of(desk, tx)
        names = [order.customer.name for order in orders.rows]
        names += [item.customer.name for item in recurring.rows]
        return CustomerCard(
            customer=customer,
            name=next(iter(names), None),
            orders=tuple(
                rows.order_row(actor, order, theirs, returns, here=here) for order in orders.rows
            ),
            order_count=await ask(tx.orders.count, theirs),
            payments=tuple(
                rows.payment_row(actor, payment, returns, here=here) for payment in payments.rows
            ),
            payment_count=await ask(tx.orders.count_payments, theirs),
            recurring=tuple(
                rows.recurring_row(actor, item, current, now, here=here) for item, current in going
            ),
            recurring_count=await ask(tx.recurring_orders.count, all_theirs),
            plans=await ask(tx.sales_plans.of_customer, customer),
        )
