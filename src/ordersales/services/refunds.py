"""Returning money: by the two-commit protocol of charges, or by hand (rules F1, C1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from ordersales.errors import BrokenInvariant, KeyReused, NotSent
from ordersales.models.actor import Actor
from ordersales.models.charge import NotExecuted, Unknown
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order, RefundResult
from ordersales.models.refund import RefundReference, RefundRequest
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.storage import Transaction
from ordersales.rules import lost, permissions, refund_settlement, refunds
from ordersales.rules.permissions import Operation
from ordersales.rules.refund_settlement import RefundOutcome
from ordersales.services.desk import (
    Desk,
    check_installation,
    gateway_named,
    in_transaction,
    keep,
    order_of,
    returns_of,
)
from ordersales.services.engine import ask, ask_outside
from ordersales.services.settling import TRIES, held_up, invoice_of, reason_of
from ordersales.values import checks
from ordersales.values.identifiers import IdempotencyKey, InvoiceNumber, OrderNumber
from ordersales.values.moment import utc
from ordersales.values.money import Money


@frozen(kw_only=True)
class RefundWish:
    """What the caller asks to be returned."""

    order: OrderNumber
    #: The payment to return money of; None spreads it over the order's payments.
    invoice: InvoiceNumber | None
    key: IdempotencyKey
    #: None is all that is left.
    amount: Money | None
    reason: str


@frozen
class _Permit:
    """A refund that the commit just made permits to be sent, and since when (rule C1)."""

    order: Order
    #: None where nothing is to be sent.
    reference: RefundReference | None
    since: datetime
    begun: float


async def refund(desk: Desk, actor: Actor, wish: RefundWish) -> RefundResult:
    """Return money, with its reservation committed before any gateway is asked (rules F1, C1).

    Several payments are asked for one after the other, each by a permission of its own, so that
    a slow gateway makes none of them late. A crash in between leaves the rest certainly unsent:
    the same key again sends them.
    """
    _check(actor, wish)
    begun, now = await ask(desk.clock.monotonic), utc(await ask(desk.clock.now), "clock")

    async def reserve(tx: Transaction) -> _Permit:
        # In this sequence: a twin of this call that is faster is then found by its key, or makes
        # saving a conflict. The other way round, both could return money (rule C5).
        order = await order_of(tx, wish.order, "order")
        earlier = await ask(tx.orders.find_by_refund_key, wish.key)
        if earlier is not None:
            _check_same(earlier, wish)
            return await _permitted(desk, tx, earlier, wish.key, now=now, begun=begun)
        parts = _parts(order, wish)
        returns = await returns_of(desk, order.account, order.invoices)
        for invoice, amount in parts:
            refused = refunds.refusal(invoice, amount, returns)
            if refused is not None:
                raise refused
        change = refunds.start(
            order,
            parts,
            at=now,
            key=wish.key,
            reason=wish.reason,
            by=actor.user,
            spread=wish.invoice is None,
        )
        first = refunds.sent_first(change.order, wish.key)
        if first is not None:
            await check_installation(desk, tx, Operation.REFUND)
        return _Permit(await keep(tx, change), first, now, begun)

    permit, asked = await in_transaction(desk, actor.account, reserve), list[RefundReference]()
    while permit.reference is not None:
        order = await _sent(desk, permit, permit.reference)
        asked.append(permit.reference)
        permit = await _next(desk, order, wish.key, asked)
    return RefundResult(order=permit.order, refunds=permit.order.refunds_under(wish.key))


def _check(actor: Actor, wish: RefundWish) -> None:
    permissions.check(actor, Operation.REFUND)
    checks.refuse(
        checks.key(wish.key),
        checks.optional(checks.money, wish.amount, "amount", least=1),
        checks.text(wish.reason, "reason", max_length=2000, lines=True),
    )


def _parts(order: Order, wish: RefundWish) -> tuple[tuple[Invoice, Money], ...]:
    """Return which payments give how much."""
    if wish.invoice is None:
        return refunds.spread(order, wish.amount)
    invoice = invoice_of(order, wish.invoice)
    return ((invoice, refunds.part(invoice, wish.amount)),)


def _check_same(order: Order, wish: RefundWish) -> None:
    """Refuse another refund under the key of an earlier one (rule C5)."""
    earlier = order.refunds_under(wish.key)
    total = Money.total((item.refund.whole for item in earlier), earlier[0].refund.amount.currency)
    same = {
        "order": order.number == wish.order,
        "invoice": wish.invoice
        in [None if item.refund.spread else item.invoice.number for item in earlier],
        "amount": wish.amount in (None, total),
        # What was erased can't be compared any more (rule E2).
        "reason": order.customer.erased
        or all(item.refund.reason == wish.reason for item in earlier),
    }
    if not all(same.values()):
        raise KeyReused(wish.key, tuple(name for name, fits in same.items() if not fits))


async def _permitted(
    desk: Desk,
    tx: Transaction,
    order: Order,
    key: IdempotencyKey,
    *,
    now: datetime,
    begun: float,
    asked: Sequence[RefundReference] = (),
) -> _Permit:
    """Permit the next refund under `key` that certainly never reached its gateway."""
    waiting = [item for item in refunds.unsent(order, key) if item not in asked]
    if not waiting:
        return _Permit(order, None, now, begun)
    gap = await check_installation(desk, tx, Operation.REFUND)
    if lost.asked(gap, refunds.found(order, waiting[0])[1]):
        return _Permit(order, None, now, begun)  # recovery looks it up first (rule C6)
    order = await keep(tx, refunds.permit(order, waiting[0], now))
    return _Permit(order, waiting[0], now, begun)


async def _next(
    desk: Desk, order: Order, key: IdempotencyKey, asked: Sequence[RefundReference]
) -> _Permit:
    begun, now = await ask(desk.clock.monotonic), utc(await ask(desk.clock.now), "clock")
    if set(refunds.unsent(order, key)) <= {*asked}:
        return _Permit(order, None, now, begun)

    async def work(tx: Transaction) -> _Permit:
        found = await order_of(tx, order.number)
        return await _permitted(desk, tx, found, key, now=now, begun=begun, asked=asked)

    return await in_transaction(desk, order.account, work)


async def _sent(desk: Desk, permit: _Permit, reference: RefundReference) -> Order:
    """Ask the gateway outside any transaction, unless it has become too late, and book it."""
    order = permit.order
    invoice, refund = refunds.found(order, reference)
    gateway = await gateway_named(desk, order.account, invoice.system)
    outcome: RefundOutcome | None = await held_up(desk, permit.since, permit.begun)
    if gateway is None:
        outcome = NotExecuted(reason=f"{invoice.system!r} has no gateway any more")
    elif outcome is None:
        outcome = await returned(gateway, refunds.request(order, reference))
    return await settle(desk, order, reference, outcome, permit=refund.permits)


async def returned(gateway: PaymentGateway, request: RefundRequest) -> RefundOutcome:
    """Return what the gateway says of `request`; an error of any kind is an outcome as well."""
    try:
        return await ask_outside(gateway.refund, request)
    except NotSent as error:
        return NotExecuted(reason=error.reason)
    except BrokenInvariant:
        raise  # a bug of ours, found before anything was sent
    except Exception as error:
        return Unknown(reason=reason_of(error))


async def looked_up(gateway: PaymentGateway, reference: RefundReference) -> RefundOutcome | None:
    """Return what the gateway has under `reference`: None if nothing, `Unknown` without a word."""
    if not gateway.capabilities.look_up:
        return Unknown(reason="the payment system can't be asked")
    try:
        return await ask_outside(gateway.look_up_refund, reference)
    except BrokenInvariant:
        raise
    except Exception as error:
        return Unknown(reason=reason_of(error))


async def settle(
    desk: Desk,
    order: Order,
    reference: RefundReference,
    outcome: RefundOutcome,
    *,
    proven: bool = False,
    permit: int | None = None,
) -> Order:
    """Apply `outcome` to a refund, and return its order as it then stands.

    `proven` says that it was looked up, `permit` to which send it is the answer.
    """
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Order:
        before = await order_of(tx, order.number)
        invoice, asked = refunds.found(before, reference)
        change = refund_settlement.settle(
            before, invoice, asked, outcome, now, proven=proven, permit=permit
        )
        return before if change is None else await keep(tx, change)

    return await in_transaction(desk, order.account, work, tries=TRIES)
