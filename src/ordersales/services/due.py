"""Charge what is due: any number of workers, at any pace, each attempt at most once (rule C3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from ordersales.errors import BrokenInvariant, Conflict
from ordersales.models.due import Did, DueResult
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Payment
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.stage import Stage
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules import recurring_charging
from ordersales.rules.change import Change, RecurringChange
from ordersales.rules.recurring_charging import Begun
from ordersales.rules.recurring_following import follow
from ordersales.services.desk import Desk, always, check_installation, gateway_of, keep_both
from ordersales.services.engine import ask, transaction
from ordersales.services.payments import send
from ordersales.values import checks
from ordersales.values.identifiers import AccountId
from ordersales.values.moment import utc

#: How many are claimed at a time. Few, so that one just activated waits for few others, even
#: where each of them takes the gateway's 30 seconds (rule R5).
BATCH: Final = 10

#: What is refused from a copy of the database (rule C6).
CHARGE: Final = "charge what is due"

#: How long a claim keeps other workers away; as long as an attempt's lease.
CLAIMED_FOR: Final = timedelta(minutes=2)


async def run_due(
    desk: Desk, *, limit: int, carry_on: Callable[[], bool] | None = None
) -> tuple[DueResult, ...]:
    """Charge up to `limit` recurring orders that are due, in whatever accounts they are.

    Before each charge `carry_on` is asked. What was claimed and is left undone then is anybody's
    again when the claim ends.
    """
    checks.refuse(checks.whole(limit, "limit", least=1))
    done, going = list[DueResult](), carry_on or always
    while len(done) < limit and going():
        batch = await _batch(desk, limit - len(done))
        for recurring in batch:
            if not going():
                return tuple(done)
            done.append(await _charged(desk, recurring))
        if not batch:
            break
    return tuple(done)


async def _batch(desk: Desk, limit: int) -> list[RecurringOrder]:
    """Claim a few of what is due, of the accounts in which it has been due longest."""
    now = utc(await ask(desk.clock.now), "clock")
    size, batch = min(BATCH, limit), list[RecurringOrder]()
    for account in await ask(desk.store.accounts_to_charge, now, size):
        if len(batch) < size:
            batch += await _claimed(desk, account, size - len(batch), now)
    return batch


async def _claimed(
    desk: Desk, account: AccountId, limit: int, now: datetime
) -> tuple[RecurringOrder, ...]:
    try:
        async with transaction(desk.store, account) as tx:
            # Or a copy's host that reaches the real store would keep the real workers waiting.
            await check_installation(desk, tx, CHARGE)
            return await ask(tx.recurring_orders.claim_due, now, now + CLAIMED_FOR, limit)
    except Conflict:
        return ()


@frozen
class Reserved:
    """An attempt that is committed, and since when it may be sent (rule C1)."""

    payment: Payment
    send: bool


async def _charged(desk: Desk, recurring: RecurringOrder) -> DueResult:
    """Charge one recurring order, if it is still due; what may be lost is not sent yet."""
    begun, now = await ask(desk.clock.monotonic), utc(await ask(desk.clock.now), "clock")
    account, number = recurring.account, recurring.number
    system = await ask(desk.payment_systems.find, account, recurring.system)
    gateway = None if system is None else gateway_of(system)
    if gateway is None:
        return DueResult(account=account, recurring_order=number, did=Did.NO_GATEWAY)
    try:
        async with transaction(desk.store, account) as tx:
            reserved = await _reserve(desk, tx, recurring, gateway, now=now)
    except Conflict:
        reserved = None
    if reserved is None:
        return DueResult(account=account, recurring_order=number, did=Did.MOVED_ON)
    payment = reserved.payment
    if reserved.send:
        payment = await send(desk, payment, gateway, now, begun)
    skipped = not reserved.send and payment.invoice.status is InvoiceStatus.FAILED
    return _told(recurring, payment, skipped=skipped)


async def _reserve(
    desk: Desk,
    tx: Transaction,
    claimed: RecurringOrder,
    gateway: PaymentGateway,
    *,
    now: datetime,
) -> Reserved | None:
    """Commit the next attempt before anybody is asked; None if it is not due any more."""
    recurring = await ask(tx.recurring_orders.get, claimed.number)
    if recurring is None or not recurring_charging.due(recurring, now):
        return None
    if recurring.system != claimed.system:
        return None  # replaced meanwhile: it is due again at once, through the other one
    gap = await check_installation(desk, tx, CHARGE)
    begun = recurring_charging.begin(
        recurring,
        await _placed(tx, recurring, now),
        now,
        invoice=await ask(tx.orders.next_invoice_number),
        one_click=one_click(recurring, gateway),
        gap=gap,
    )
    return await reserve(tx, begun, now)


async def _placed(tx: Transaction, recurring: RecurringOrder, now: datetime) -> Change:
    """Return the order that is waiting for its next attempt, or a new one for the date due."""
    if recurring.current is not None:
        order = await ask(tx.orders.get, recurring.current)
        if order is None:
            detail = f"recurring order {recurring.number} has no order {recurring.current}"
            raise BrokenInvariant("R6", detail)
        return Change(order, (), order)
    plan = await ask(tx.sales_plans.get, recurring.customer.id, recurring.offer.number)
    return recurring_charging.place(recurring, await ask(tx.orders.next_number), now, plan)


def one_click(recurring: RecurringOrder, gateway: PaymentGateway) -> bool:
    """Tell whether a stored method is charged without card entry (rule I7)."""
    stored = recurring.method is not None and recurring.method.stored
    return stored and gateway.capabilities.one_click


async def reserve(tx: Transaction, begun: Begun, now: datetime) -> Reserved:
    """Save an attempt that was begun, with the recurring order beside it."""
    followed = follow(begun.order, begun.recurring, now)
    beside = followed.recurring or RecurringChange(begun.recurring, ())
    order = await keep_both(tx, followed.order, beside)
    return Reserved(Payment(order, order.invoices[-1]), begun.send)


#: What is told of an attempt that has no final word, by how far it got.
_SO_FAR: Final = {
    Stage.ACCEPTED: Did.ACCEPTED,
    Stage.IN_DOUBT: Did.IN_DOUBT,
    Stage.RESERVED: Did.NOT_SENT,
    Stage.BLOCKED: Did.HELD,
    Stage.HELD: Did.HELD,
}


def _told(recurring: RecurringOrder, payment: Payment, *, skipped: bool) -> DueResult:
    order, invoice = payment.order, payment.invoice
    return DueResult(
        account=recurring.account,
        recurring_order=recurring.number,
        did=Did.SKIPPED if skipped else _did(invoice),
        order=order.number,
        invoice=invoice.number,
    )


def _did(invoice: Invoice) -> Did:
    if invoice.captured:
        return Did.PAID
    if invoice.attempt is None or invoice.status is not InvoiceStatus.PENDING:
        return Did.DECLINED
    return _SO_FAR[invoice.attempt.stage]
