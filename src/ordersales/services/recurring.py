"""What a person does with a recurring order (rules R4, R5, R6, R10, R11, R12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ordersales.errors import KeyReused, NotFound, WrongTerms
from ordersales.models.actor import Actor
from ordersales.models.charge import PaymentMethod, Withdrawn
from ordersales.models.event import Event
from ordersales.models.invoice import Invoice
from ordersales.models.offer import Offer
from ordersales.models.order import Order, Payment
from ordersales.models.recurring_order import RecurringOrder, RecurringResult
from ordersales.models.recurring_terms import ResumePolicy
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules import (
    attempts,
    lost,
    permissions,
    recurring_charging,
    recurring_decisions,
    recurring_lifecycle,
    settlement,
)
from ordersales.rules.change import Change, RecurringChange
from ordersales.rules.permissions import Operation
from ordersales.services.desk import (
    Desk,
    check_installation,
    gateway_of,
    hold_to_recurring,
    in_transaction,
    installation_of,
    keep,
    keep_recurring,
    payment_system_of,
)
from ordersales.services.due import Reserved, one_click, reserve
from ordersales.services.engine import ask, transaction
from ordersales.services.payments import send
from ordersales.values import checks
from ordersales.values.identifiers import IdempotencyKey, OrderNumber, SystemName
from ordersales.values.moment import utc

#: What becomes of a recurring order, given its open order if it has one, and the time.
_Step = Callable[[RecurringOrder, Order | None, datetime], RecurringChange]


async def recurring_of(tx: Transaction, number: OrderNumber) -> RecurringOrder:
    """Return the recurring order with that number.

    Raises:
        InvalidInput: It is no number (rule B1).
        NotFound: The account has none (rule A4).
    """
    checks.refuse(checks.whole(number, "number", least=1))
    recurring = await ask(tx.recurring_orders.get, number)
    if recurring is None:
        raise NotFound("recurring order", number)
    return recurring


async def current_of(tx: Transaction, recurring: RecurringOrder) -> Order | None:
    """Return the order of it that is open, if there is one."""
    return None if recurring.current is None else await ask(tx.orders.get, recurring.current)


async def get(desk: Desk, actor: Actor, number: OrderNumber) -> RecurringResult:
    """Return a recurring order as it stands."""
    permissions.check(actor, Operation.SEE)
    async with transaction(desk.store, actor.account) as tx:
        recurring = await recurring_of(tx, number)
        return _result(recurring, await current_of(tx, recurring))


async def history(desk: Desk, actor: Actor, number: OrderNumber) -> tuple[Event, ...]:
    """Return what happened to a recurring order as a whole, oldest first (rule E1)."""
    permissions.check(actor, Operation.SEE)
    async with transaction(desk.store, actor.account) as tx:
        await recurring_of(tx, number)
        return await ask(tx.events.of_recurring, number)


async def pause(desk: Desk, actor: Actor, number: OrderNumber, *, reason: str) -> RecurringResult:
    """Pause an active one (rule R4)."""
    _check(actor, Operation.PAUSE, reason)

    def step(recurring: RecurringOrder, _: Order | None, now: datetime) -> RecurringChange:
        return recurring_decisions.pause(recurring, now, by=actor.user, reason=reason)

    return await _changed(desk, actor, number, step)


async def activate(
    desk: Desk,
    actor: Actor,
    number: OrderNumber,
    *,
    policy: ResumePolicy | None,
    reason: str,
) -> RecurringResult:
    """Activate a paused or a failed one: what is due is charged by the timer (R4, R5, R10)."""
    _check(actor, Operation.ACTIVATE, reason)
    checks.refuse(checks.optional(checks.instance, policy, "policy", kind=ResumePolicy))

    def step(recurring: RecurringOrder, _: Order | None, now: datetime) -> RecurringChange:
        return recurring_decisions.activate(
            recurring, now, by=actor.user, reason=reason, policy=policy
        )

    return await _changed(desk, actor, number, step, beside=attempts.hurried)


async def complete(
    desk: Desk, actor: Actor, number: OrderNumber, *, reason: str
) -> RecurringResult:
    """Complete an active or a paused one early; its open order is given up (rule R4)."""
    _check(actor, Operation.COMPLETE, reason)

    def step(recurring: RecurringOrder, _: Order | None, now: datetime) -> RecurringChange:
        return recurring_decisions.complete(recurring, now, by=actor.user, reason=reason)

    def close(order: Order, now: datetime) -> Change | None:
        why = reason or "the recurring order was completed"
        return recurring_decisions.close(order, now, by=actor.user, reason=why)

    return await _changed(desk, actor, number, step, beside=close)


async def replace_method(
    desk: Desk,
    actor: Actor,
    number: OrderNumber,
    method: PaymentMethod,
    *,
    system: SystemName | None,
) -> RecurringResult:
    """Let the next attempt be charged on another method (rule R11)."""
    permissions.check(actor, Operation.REPLACE_METHOD)
    checks.refuse(checks.instance(method, "method", PaymentMethod))
    if system is not None:
        await _gateway(desk, actor, system)

    def step(recurring: RecurringOrder, _: Order | None, now: datetime) -> RecurringChange:
        return recurring_decisions.replace_method(
            recurring, method, system or recurring.system, now, by=actor.user
        )

    return await _changed(desk, actor, number, step)


async def move(
    desk: Desk, actor: Actor, number: OrderNumber, offer: Offer, *, reason: str
) -> RecurringResult:
    """Move a recurring order to what its offer now is (rule R12)."""
    _check(actor, Operation.MOVE_TERMS, reason)
    checks.refuse(checks.instance(offer, "offer", Offer))

    def step(recurring: RecurringOrder, _: Order | None, now: datetime) -> RecurringChange:
        return recurring_decisions.move(recurring, offer, now, by=actor.user, reason=reason)

    return await _changed(desk, actor, number, step)


async def retry_now(
    desk: Desk, actor: Actor, number: OrderNumber, *, key: IdempotencyKey
) -> Payment:
    """Attempt the open order of a recurring order at once; it uses up no attempt (rule R6)."""
    permissions.check(actor, Operation.RETRY)
    checks.refuse(checks.key(key))
    begun, now = await ask(desk.clock.monotonic), utc(await ask(desk.clock.now), "clock")
    async with transaction(desk.store, actor.account) as tx:
        system = (await recurring_of(tx, number)).system
    gateway = await _gateway(desk, actor, system)

    async def work(tx: Transaction) -> Reserved:
        return await _asked_again(desk, tx, actor, number, gateway, key=key, now=now)

    reserved = await in_transaction(desk, actor.account, work)
    if not reserved.send:
        return reserved.payment
    return await send(desk, reserved.payment, gateway, now, begun)


async def _asked_again(
    desk: Desk,
    tx: Transaction,
    actor: Actor,
    number: OrderNumber,
    gateway: PaymentGateway,
    *,
    key: IdempotencyKey,
    now: datetime,
) -> Reserved:
    recurring = await recurring_of(tx, number)
    earlier = await ask(tx.orders.find_by_payment_key, key)
    if earlier is not None:
        return Reserved(_same(earlier, number, key), send=False)
    order = await current_of(tx, recurring)
    here = await installation_of(desk, tx)
    refused = recurring_charging.ask_again_refusals(recurring, order, now, here.gap)
    if order is None or refused:
        raise refused[0]
    gap = await check_installation(desk, tx, Operation.RETRY)
    unsent = recurring_charging.unsent(order)
    if unsent is not None and recurring_charging.may_be_taken_over(unsent, recurring):
        within = lost.within(gap, unsent)
        taken = attempts.take_over(order, unsent, now, key=key, by=actor.user, within=within)
        order = await keep(tx, taken)
        await hold_to_recurring(tx, order)
        return Reserved(Payment(order, order.invoices[-1]), send=within is None)
    begun = recurring_charging.ask_again(
        recurring,
        _without(order, unsent, now),
        now,
        invoice=await ask(tx.orders.next_invoice_number),
        key=key,
        one_click=one_click(recurring, gateway),
        by=actor.user,
        gap=gap,
    )
    return await reserve(tx, begun, now)


def _same(earlier: Order, number: OrderNumber, key: IdempotencyKey) -> Payment:
    """Return the payment that the key already stands for, if it is one of this kind (C5)."""
    invoice = next(item for item in earlier.invoices if item.key == key)
    which = earlier.occurrence
    if which is None or which.recurring_order != number or not invoice.extra:
        raise KeyReused(key, ("number",))
    return Payment(earlier, invoice)


def _without(order: Order, unsent: Invoice | None, now: datetime) -> Change:
    """Return `order` without an attempt that was never sent, and is not to be any more."""
    if unsent is None:
        return Change(order, (), order)
    return settlement.settle(order, unsent, Withdrawn(), now) or Change(order, (), order)


async def _gateway(desk: Desk, actor: Actor, name: SystemName) -> PaymentGateway:
    system = await payment_system_of(desk, actor.account, name)
    gateway = gateway_of(system)
    if gateway is None:
        record = f"the payment system {name!r}"
        raise WrongTerms("charge again and again", record, "payment systems with a gateway")
    return gateway


def _check(actor: Actor, operation: Operation, reason: str) -> None:
    permissions.check(actor, operation)
    checks.refuse(checks.text(reason, "reason", max_length=2000, empty=True, lines=True))


async def _changed(
    desk: Desk,
    actor: Actor,
    number: OrderNumber,
    step: _Step,
    *,
    beside: Callable[[Order, datetime], Change | None] = lambda _, __: None,
) -> RecurringResult:
    """Change a recurring order, and what that means to its open order, in one transaction."""
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> RecurringResult:
        recurring = await recurring_of(tx, number)
        order = await current_of(tx, recurring)
        change = step(recurring, order, now)
        also = None if order is None else beside(order, now)
        return await _kept(tx, change, order, also)

    return await in_transaction(desk, actor.account, work)


async def _kept(
    tx: Transaction, change: RecurringChange, order: Order | None, also: Change | None
) -> RecurringResult:
    recurring = change.recurring
    await ask(tx.events.append, change.events)
    if also is not None:
        order = await ask(tx.orders.save, also.order)
        await ask(tx.events.append, also.events)
        recurring = recurring_decisions.after_closing(recurring, order)
    return _result(await keep_recurring(tx, recurring), order)


def _result(recurring: RecurringOrder, order: Order | None) -> RecurringResult:
    status = recurring_lifecycle.shown(recurring, order)
    open_ones = () if order is None else order.invoices
    under_way = next((item for item in open_ones if item.under_way), None)
    payment = None if order is None or under_way is None else Payment(order, under_way)
    return RecurringResult(recurring=recurring, status=status, under_way=payment)
