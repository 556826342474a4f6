"""Look once after a payment or a refund that has no final word: begin, ask, and book (rule C2).

A look begins with a commit by the order's version, which keeps others away until the next check;
where something is to be sent it is the permission, and the deadline counts from before it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final, cast

from attrs import evolve, frozen

from ordersales.errors import BrokenInvariant, Conflict
from ordersales.models.charge import Unknown
from ordersales.models.installation import Gap
from ordersales.models.invoice import Attempt
from ordersales.models.order import Order
from ordersales.models.reconciled import Checked
from ordersales.models.refund import Refund
from ordersales.models.stage import Stage
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules import lost, recovering, recovery
from ordersales.rules.change import Change
from ordersales.rules.recovering import Subject
from ordersales.rules.recovery import Chargeable, Step
from ordersales.services import asking
from ordersales.services.asking import Said
from ordersales.services.cancelling import canceled
from ordersales.services.desk import (
    Desk,
    check_installation,
    gateway_named,
    hold_to_recurring,
    keep,
    order_of,
    recurring_of_order,
)
from ordersales.services.engine import ask, transaction
from ordersales.services.settling import held_up
from ordersales.values.identifiers import AccountId, OrderNumber, SystemName
from ordersales.values.moment import utc

#: What this is, where it may not be done: in a copy of the database (rule C6).
RECONCILE: Final = "reconcile"

#: What a step that was carried out is called; looking up and calling back tell more themselves.
_DID: Final = {
    Step.SEND: Checked.SENT,
    Step.WAIT: Checked.WAITED,
    Step.HOLD: Checked.HELD,
    Step.BLOCK: Checked.BLOCKED,
    Step.WITHDRAW: Checked.WITHDREW,
    Step.LEAVE: Checked.LEFT,
}
#: What is done about what certainly was not executed, since it was looked up and is not there.
_ABSENT: Final = {
    Chargeable.NOW: Checked.SENT_ANEW,
    Chargeable.LATER: Checked.SET_ASIDE,
    Chargeable.NO_MORE: Checked.WITHDREW,
    Chargeable.NEVER: Checked.SKIPPED,
}


@frozen
class Look:
    """A look that was begun: what it is about, and what is to be done."""

    order: Order
    subject: Subject
    step: Step
    gateway: PaymentGateway | None
    #: What the clock's two faces said before it was permitted.
    since: datetime
    begun: float

    @property
    def asked(self) -> Attempt | Refund:
        """What has no final word, as it was when the look was begun."""
        return self.subject.asked_of(self.order)


async def look_after(
    desk: Desk, account: AccountId, number: OrderNumber
) -> tuple[Subject, Checked] | None:
    """Look once after what of an order has been due longest; None if somebody else does."""
    begun, now = await ask(desk.clock.monotonic), utc(await ask(desk.clock.now), "clock")
    try:
        async with transaction(desk.store, account) as tx:
            gap = await check_installation(desk, tx, RECONCILE)
            look = await _begun(desk, tx, account, number, gap=gap, now=now, begun=begun)
    except Conflict:
        return None
    return None if look is None else (look.subject, await _done(desk, look))


async def _begun(
    desk: Desk,
    tx: Transaction,
    account: AccountId,
    number: OrderNumber,
    *,
    gap: Gap | None,
    now: datetime,
    begun: float,
) -> Look | None:
    order = await ask(tx.orders.get, number)
    subject = None if order is None else recovering.due(order, now)
    if order is None or subject is None:
        return None
    order = recovering.doubted(order, subject, gap)
    gateway = await _gateway(desk, account, subject.invoice_of(order).system)
    plan = recovery.plan(
        None if gateway is None else gateway.capabilities,
        subject.asked_of(order),
        await _chargeable(tx, order, subject),
        now,
        call_back=subject.refund is None and recovery.called_back(order),
        lost=lost.asked(gap, subject.asked_of(order)),
    )
    order = await keep(tx, recovering.taken(order, subject, plan, now))
    if plan.step is Step.SEND:
        await hold_to_recurring(tx, order)
    return Look(order, subject, plan.step, gateway, now, begun)


async def _gateway(desk: Desk, account: AccountId, name: SystemName) -> PaymentGateway | None:
    try:
        return await gateway_named(desk, account, name)
    except BrokenInvariant:
        raise
    except Exception:
        return None  # one merchant that can't be found must not keep all others waiting


async def _chargeable(tx: Transaction, order: Order, subject: Subject) -> Chargeable:
    """Return whether it may still be sent; what is to go back may go back at any time."""
    if subject.refund is not None:
        return Chargeable.NOW
    recurring = await recurring_of_order(tx, order)
    return recovery.chargeable(order, recurring, subject.invoice_of(order))


async def _done(desk: Desk, look: Look) -> Checked:
    """Carry out what was begun."""
    if look.gateway is not None:
        match look.step:
            case Step.SEND:
                await _send(desk, look, look.gateway)
            case Step.LOOK_UP:
                return await _look_up(desk, look, look.gateway)
            case Step.CANCEL:
                return await _call_back(desk, look, look.gateway)
            case _:
                pass
    return _DID[look.step]


async def _send(desk: Desk, look: Look, gateway: PaymentGateway) -> None:
    """Ask the gateway outside any transaction, unless it has become too late, and book it."""
    said: Said | None = await held_up(desk, look.since, look.begun)
    if said is None:
        said = await asking.sent(gateway, look.order, look.subject)
    await asking.book(desk, look.order, look.subject, said)


async def _look_up(desk: Desk, look: Look, gateway: PaymentGateway) -> Checked:
    said = await asking.found(gateway, look.order, look.subject)
    if said is None and look.asked.stage is Stage.IN_DOUBT:
        return await _absent(desk, look, gateway)
    if said is not None and not isinstance(said, Unknown):
        await asking.book(desk, look.order, look.subject, said, proven=True)
    return Checked.LOOKED_UP


async def _absent(desk: Desk, look: Look, gateway: PaymentGateway) -> Checked:
    """Go on with what certainly was not executed, unless somebody else moved meanwhile."""
    may = Chargeable.NO_MORE

    async def work(tx: Transaction, order: Order, now: datetime) -> Change:
        nonlocal may
        may = await _chargeable(tx, order, look.subject)
        return recovering.absent(order, look.subject, may, now)

    moved = await _moved(desk, look, work)
    if moved is None:
        return Checked.LOOKED_UP
    if may is Chargeable.NOW:
        await _send(desk, moved, gateway)
    return _ABSENT[may]


async def _call_back(desk: Desk, look: Look, gateway: PaymentGateway) -> Checked:
    """Have it canceled; where that brings no word, go on as for any other."""
    answer = await canceled(gateway, cast("Attempt", look.asked).reference)
    if answer is not None:
        await asking.book(desk, look.order, look.subject, answer, proven=True)
        return Checked.CALLED_BACK
    plan = recovery.plan(gateway.capabilities, look.asked, Chargeable.NO_MORE, look.since)
    if plan.step is Step.LOOK_UP:
        return await _look_up(desk, look, gateway)
    if plan.step is not Step.HOLD:
        return Checked.CALLED_BACK

    async def work(_: Transaction, order: Order, now: datetime) -> Change:
        return recovering.held(order, look.subject, Step.HOLD, now)

    return Checked.CALLED_BACK if await _moved(desk, look, work) is None else Checked.HELD


async def _moved(
    desk: Desk,
    look: Look,
    work: Callable[[Transaction, Order, datetime], Coroutine[Any, Any, Change]],
) -> Look | None:
    """Change the order further, if what was looked after is as it was; None if it is not."""
    begun, now = await ask(desk.clock.monotonic), utc(await ask(desk.clock.now), "clock")
    try:
        async with transaction(desk.store, look.order.account) as tx:
            await check_installation(desk, tx, RECONCILE)
            order = await order_of(tx, look.order.number)
            if not recovering.unmoved(order, look.subject, look.asked):
                return None
            order = await keep(tx, await work(tx, order, now))
            await hold_to_recurring(tx, order)
    except Conflict:
        return None
    return evolve(look, order=order, since=now, begun=begun)
