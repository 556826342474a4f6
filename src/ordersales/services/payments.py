"""Paying an order: through a gateway by the two-commit protocol, or by hand."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from ordersales.errors import KeyReused, PaymentUnderWay, Problem, WrongTerms
from ordersales.models.actor import Actor
from ordersales.models.charge import Outcome, PaymentMethod
from ordersales.models.filters import OrderFilter, Page, PaymentSort
from ordersales.models.installation import Gap
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Order, Payment
from ordersales.models.rows import PaymentRow
from ordersales.ports.gateway import PaymentGateway
from ordersales.ports.payment_systems import PaymentSystem
from ordersales.ports.storage import Transaction
from ordersales.rules import attempts, lost, manual_payments, payment_terms, permissions, rows
from ordersales.rules.permissions import Operation
from ordersales.services.cursors import Bookmark
from ordersales.services.desk import (
    Desk,
    check_installation,
    gateway_of,
    in_transaction,
    installation_of,
    keep,
    order_of,
    payment_system_of,
    recurring_of_order,
    returns_of,
)
from ordersales.services.engine import ask, transaction
from ordersales.services.orders import check_filter, check_page
from ordersales.services.settling import charged, held_up, invoice_of, settle
from ordersales.values import checks
from ordersales.values.identifiers import (
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
)
from ordersales.values.moment import utc
from ordersales.values.money import Money


@frozen(kw_only=True)
class Wish:
    """What the caller asks to be paid, before the order's terms fill in what is left out."""

    order: OrderNumber
    system: SystemName
    key: IdempotencyKey
    covers: Money | None
    amount: Money | None
    method: PaymentMethod | None = None
    comment: str = ""


async def charge(desk: Desk, actor: Actor, wish: Wish) -> Payment:
    """Take money through a gateway, with its reservation committed before it is asked (C1)."""
    _check(actor, wish)
    begun, now = await ask(desk.clock.monotonic), utc(await ask(desk.clock.now), "clock")
    system = await payment_system_of(desk, actor.account, wish.system)
    gateway = gateway_of(system)
    if gateway is None:
        record = f"the payment system {wish.system!r}"
        raise WrongTerms("charge", record, "payment systems with a gateway; use pay_manually")

    async def reserve(tx: Transaction) -> tuple[Payment, bool]:
        order, earlier = await _read(tx, wish)
        if earlier is not None:
            return await _again(desk, tx, earlier, wish, now)
        gap = await check_installation(desk, tx, Operation.PAY)
        within = lost.of(gap, order, await recurring_of_order(tx, order))
        payment = await _begun(tx, actor, wish, system, order, now=now, within=within)
        return payment, within is None

    payment, permitted = await in_transaction(desk, actor.account, reserve)
    return await send(desk, payment, gateway, now, begun) if permitted else payment


async def _read(tx: Transaction, wish: Wish) -> tuple[Order, Order | None]:
    """Return the order to pay, and the one that the wish's key was already used for.

    In this sequence: a twin of this call that is faster is then found by its key, or makes saving
    a conflict. The other way round, its payment could be met as somebody else's (rule C5).
    """
    order = await order_of(tx, wish.order, "order")
    return order, await ask(tx.orders.find_by_payment_key, wish.key)


async def _begun(
    tx: Transaction,
    actor: Actor,
    wish: Wish,
    system: PaymentSystem,
    order: Order,
    *,
    now: datetime,
    within: Gap | None = None,
) -> Payment:
    """Reserve the payment: a pending invoice, before anybody is asked for money."""
    covers, amount = _amounts(order, wish)
    gateway = gateway_of(system)
    if gateway is None and order.offer.recurring is not None and order.occurrence is None:
        allowed = "payment systems with a gateway, which can charge it again"
        raise WrongTerms("begin a recurring order", f"the payment system {system.name!r}", allowed)
    stored = wish.method is not None and wish.method.stored
    attempt = attempts.first_attempt(order, wish.method, now, within=within)
    change = attempts.start(
        order,
        number=await ask(tx.orders.next_invoice_number),
        at=now,
        covers=covers,
        amount=amount,
        system=system.name,
        key=wish.key,
        attempt=None if gateway is None else attempt,
        can=None if gateway is None else gateway.capabilities,
        one_click=stored and gateway is not None and gateway.capabilities.one_click,
        extra=order.occurrence is not None,
        comment=wish.comment,
        by=actor.user,
    )
    order = await keep(tx, change)
    return Payment(order, order.invoices[-1])


async def _again(
    desk: Desk, tx: Transaction, order: Order, wish: Wish, now: datetime
) -> tuple[Payment, bool]:
    """Return the payment that this key already stands for (C5), and whether to send it again.

    Only what certainly never reached the gateway is sent again, under the gateway's same key. What
    a restored backup may have lost is looked up first (rule C6).
    """
    invoice = _same_payment(order, wish)
    if not attempts.resumable(order, invoice):
        return Payment(order, invoice), False
    gap = await check_installation(desk, tx, Operation.PAY)
    within = lost.within(gap, invoice)
    order = await keep(tx, attempts.resume(order, invoice, now, within=within))
    return Payment(order, invoice_of(order, invoice.number)), within is None


def _same_payment(order: Order, wish: Wish) -> Invoice:
    """Return the invoice under the wish's key, if it is what is wished for again (rule C5)."""
    invoice = next(item for item in order.invoices if item.key == wish.key)
    method = None if invoice.attempt is None else invoice.attempt.method
    # A manager may have confirmed another amount than was asked for; that is not the buyer's.
    as_asked = invoice.attempt is not None or not invoice.captured
    same = {
        "order": order.number == wish.order,
        "system": invoice.system == wish.system,
        "covers": not as_asked or wish.covers in (None, invoice.covers),
        "amount": not as_asked or wish.amount in (None, invoice.amount),
        # What was erased can't be compared any more (rule E2).
        "method": order.customer.erased or method == wish.method,
        "comment": order.customer.erased or invoice.comment == wish.comment,
    }
    if not all(same.values()):
        raise KeyReused(wish.key, tuple(name for name, fits in same.items() if not fits))
    return invoice


async def send(
    desk: Desk, payment: Payment, gateway: PaymentGateway, reserved_at: datetime, begun: float
) -> Payment:
    """Ask the gateway outside any transaction, unless it has become too late, and book it."""
    order, invoice = payment.order, payment.invoice
    outcome: Outcome | None = await held_up(desk, reserved_at, begun)
    if outcome is None:
        outcome = await charged(gateway, attempts.request(order, invoice))
    permit = None if invoice.attempt is None else invoice.attempt.permits
    return await settle(desk, order.account, order.number, invoice.number, outcome, permit=permit)


async def pay_manually(desk: Desk, actor: Actor, wish: Wish) -> Payment:
    """Note that a buyer pays through a manual payment system, until a person confirms (M1)."""
    _check(actor, wish)
    now = utc(await ask(desk.clock.now), "clock")
    system = await payment_system_of(desk, actor.account, wish.system)
    if system.automatic:
        record = f"the payment system {wish.system!r}"
        raise WrongTerms("pay manually", record, "payment systems without a gateway; use charge")

    async def work(tx: Transaction) -> Payment:
        order, earlier = await _read(tx, wish)
        if earlier is not None:
            return Payment(earlier, _same_payment(earlier, wish))
        return await _begun(tx, actor, wish, system, order, now=now)

    return await in_transaction(desk, actor.account, work)


def _check(actor: Actor, wish: Wish) -> None:
    permissions.check(actor, Operation.PAY)
    checks.refuse(
        checks.key(wish.key),
        checks.optional(checks.money, wish.covers, "covers", least=1),
        checks.optional(checks.money, wish.amount, "amount", least=1),
        checks.optional(checks.instance, wish.method, "method", kind=PaymentMethod),
        checks.text(wish.comment, "comment", max_length=2000, empty=True, lines=True),
    )


def _amounts(order: Order, wish: Wish) -> tuple[Money, Money]:
    """Return what is covered of the price and what is charged for it (rule I5)."""
    price = order.price.currency
    foreign = wish.amount is not None and wish.amount.currency is not price
    if foreign and wish.covers is None:
        allowed = f"what {wish.amount} covers of the price, in {price}"
        checks.refuse(Problem.of("covers", None, allowed))
    covers = wish.covers or wish.amount or _left(order)
    checks.refuse(checks.money(covers, "covers", currency=price))
    if wish.amount is None or foreign:
        return covers, wish.amount or covers
    allowed = f"{covers}, as it covers, since both are in {price}"
    differs = wish.amount != covers
    checks.refuse(Problem.of("amount", wish.amount, allowed) if differs else None)
    return covers, covers


def _left(order: Order) -> Money:
    """Return what a payment covers that names no amount, if anything may still be asked for."""
    amount = payment_terms.default_amount(order)
    if amount.minor > 0:
        return amount
    # Nothing is left of an open order only while answers are awaited (rule I6).
    waiting = [item for item in order.invoices if item.status is InvoiceStatus.PENDING]
    raise attempts.refusal(order) or PaymentUnderWay("pay", order.number, waiting[0].number)


async def confirm(
    desk: Desk,
    actor: Actor,
    order: OrderNumber,
    invoice: InvoiceNumber,
    *,
    received: Money | None,
    covers: Money | None,
    commission: Money | None,
) -> Payment:
    """Confirm that the money of a manual payment came (rule M1)."""
    permissions.check(actor, Operation.CONFIRM_PAYMENT)
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Payment:
        before = await order_of(tx, order, "order")
        change = manual_payments.confirm(
            before,
            invoice_of(before, invoice),
            now,
            by=actor.user,
            received=received,
            covers=covers,
            commission=commission,
        )
        after = await keep(tx, change)
        return Payment(after, invoice_of(after, invoice))

    return await in_transaction(desk, actor.account, work)


async def reject(
    desk: Desk, actor: Actor, order: OrderNumber, invoice: InvoiceNumber, *, reason: str
) -> Payment:
    """Reject a manual payment: the money did not come (rule M1)."""
    permissions.check(actor, Operation.REJECT_PAYMENT)
    checks.refuse(checks.text(reason, "reason", max_length=2000, lines=True))
    now = utc(await ask(desk.clock.now), "clock")

    async def work(tx: Transaction) -> Payment:
        before = await order_of(tx, order, "order")
        target = invoice_of(before, invoice)
        change = manual_payments.reject(before, target, now, by=actor.user, reason=reason)
        after = await keep(tx, change)
        return Payment(after, invoice_of(after, invoice))

    return await in_transaction(desk, actor.account, work)


async def page(
    desk: Desk,
    actor: Actor,
    wanted: OrderFilter,
    sort: PaymentSort,
    *,
    after: str | None,
    limit: int,
) -> Page[PaymentRow]:
    """Return a page of the Payments list (rules L1, L4)."""
    permissions.check(actor, Operation.SEE)
    check_page(wanted, sort, PaymentSort, limit)
    bookmark = Bookmark(desk.cursor_secret, actor.account, "payments", wanted, sort)
    place = bookmark.read(after)
    async with transaction(desk.store, actor.account) as tx:
        found = await ask(tx.orders.payments, wanted, sort, after=place, limit=limit)
        here = await installation_of(desk, tx)
    returns = await returns_of(desk, actor.account, [row.invoice for row in found.rows])
    shown = tuple(rows.payment_row(actor, payment, returns, here=here) for payment in found.rows)
    return Page(shown, bookmark.write(found.last))


async def count(desk: Desk, actor: Actor, wanted: OrderFilter) -> int:
    """Return how many rows the Payments list has (rule L1)."""
    permissions.check(actor, Operation.SEE)
    check_filter(wanted)
    async with transaction(desk.store, actor.account) as tx:
        return await ask(tx.orders.count_payments, wanted)
