"""Starting a payment: an invoice that a gateway, or a person, is then asked about."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from ordersales.errors import (
    BrokenInvariant,
    PaymentUnderWay,
    RuleRefused,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.capabilities import Capabilities
from ordersales.models.charge import ChargeRequest, PaymentMethod
from ordersales.models.event import EventKind
from ordersales.models.installation import Gap
from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.offer import InFull
from ordersales.models.order import Order, OrderStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import invoice_lifecycle, lost, order_lifecycle, payment_terms
from ordersales.rules.change import Change, told
from ordersales.rules.charge_policy import next_check
from ordersales.values.identifiers import (
    AttemptReference,
    IdempotencyKey,
    InvoiceNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money


def refusal(order: Order) -> RuleRefused | None:
    """Return why no payment of `order` may be started now, or None if one may (rules I3, O5)."""
    if order.status is not OrderStatus.OPEN:
        return WrongStatus("pay", f"order {order.number}", order.status, (OrderStatus.OPEN,))
    one_at_a_time = order.occurrence is not None or isinstance(order.offer.payment, InFull)
    for invoice in order.invoices:
        if one_at_a_time and invoice.status is InvoiceStatus.PENDING:
            return PaymentUnderWay("pay", order.number, invoice.number)
    return None


def gateway_refusal(
    order: Order, can: Capabilities, system: SystemName, covers: Money
) -> RuleRefused | None:
    """Return why a gateway can't take `covers` of the price, or None if it can (rule P1).

    One that has a single object for the order would answer a second charge with the first, whose
    money is then not taken again: it is asked only for all that is left, and once.
    """
    if can.takes_parts:
        return None
    there = (item for item in order.invoices if item.system == system)
    first = not any(item.captured or _pending(item) for item in there)
    if first and covers == payment_terms.available(order):
        return None
    allowed = "gateways with an object for each attempt; this takes all that is left, at once"
    return WrongTerms("charge a part", f"the payment system {system!r}", allowed)


def first_attempt(
    order: Order,
    method: PaymentMethod | None,
    at: datetime,
    *,
    within: Gap | None = None,
) -> Attempt:
    """Return what a gateway is asked under: a reference derived from the order (rule C1).

    Where a restored backup may have lost that very attempt, it was made `within` that time. It is
    not sent then, but looked after at once as if no answer had come (rule C6).
    """
    if within is not None:
        begun = first_attempt(order, method, at)
        return lost.doubted(evolve(begun, first_sent_at=within.since), within, at)
    return Attempt(
        reference=_reference(order, len(order.invoices) + 1),
        epoch=0,
        stage=Stage.IN_DOUBT,
        method=method,
        sent_at=at,
        next_check=next_check(at, 0),
    )


def _reference(order: Order, attempt: int) -> AttemptReference:
    which = order.occurrence
    if which is None:
        return AttemptReference(order.account, order.number, attempt)
    return AttemptReference(order.account, which.recurring_order, attempt, which.index)


def start(
    order: Order,
    *,
    number: InvoiceNumber,
    at: datetime,
    covers: Money,
    amount: Money,
    system: SystemName,
    key: IdempotencyKey,
    attempt: Attempt | None,
    can: Capabilities | None = None,
    unusable: PaymentError | None = None,
    one_click: bool = False,
    extra: bool = False,
    comment: str = "",
    by: UserId | None = None,
) -> Change:
    """Return `order` with one more pending invoice, to be committed before anybody is asked.

    `attempt` is what a gateway is asked, and `can` what that can do; None for a manual payment
    system. `unusable` says why that may not be sent, but only looked up (rule C6).

    Raises:
        WrongStatus: The order is not Open.
        PaymentUnderWay: Only one payment at a time is allowed, and one has no final answer.
        ExceedsOutstanding: With what is paid and pending it would exceed the price (rule I6).
        AmountNotOffered: The terms don't allow this amount (rule P1).
        WrongTerms: The gateway has one object for the order, and this would be one charge of
            several (rule P1).
    """
    refused = (
        refusal(order)
        or payment_terms.refusal(order, covers)
        or (None if can is None else gateway_refusal(order, can, system, covers))
    )
    if refused is not None:
        raise refused
    invoice = Invoice(
        number=number,
        attempted_at=at,
        status=InvoiceStatus.PENDING,
        amount=amount,
        covers=covers,
        system=system,
        key=key,
        one_click=one_click,
        extra=extra,
        comment=comment,
        attempt=attempt,
        error=unusable,
    )
    after = order_lifecycle.changed(
        order,
        None,
        invoices=(*order.invoices, invoice),
        decision=order.decision,
        attention=order.attention,
    )
    return told(order, after, EventKind.PAYMENT_STARTED, at, by=by, invoice=number, amount=amount)


def resumable(order: Order, invoice: Invoice) -> bool:
    """Tell whether `invoice` certainly never reached its gateway and may be sent again."""
    stopped = invoice.status is InvoiceStatus.PENDING and not invoice.in_flight
    return stopped and invoice.attempt is not None and order.status is OrderStatus.OPEN


def resume(order: Order, invoice: Invoice, at: datetime, *, within: Gap | None = None) -> Change:
    """Return `order` with a `resumable` invoice about to be sent again, under the same key.

    What may have been sent `within` a time that was lost is looked up first (rule C6).
    """
    return _sent_again(order, invoice, at, within)


def _sent_again(
    order: Order, invoice: Invoice, at: datetime, within: Gap | None, by: UserId | None = None
) -> Change:
    if within is None or invoice.attempt is None:
        changed = _with(order, invoice_lifecycle.permitted(invoice, at, next_check(at, 0)))
        return told(order, changed, EventKind.PAYMENT_SENT_AGAIN, at, by=by, invoice=invoice.number)
    doubted = lost.doubted(invoice.attempt, within, at)
    changed, note = _with(order, evolve(invoice, attempt=doubted, error=None)), lost.NOTE
    kind = EventKind.PAYMENT_CHECKED
    return told(order, changed, kind, at, by=by, invoice=invoice.number, note=note)


def take_over(
    order: Order,
    invoice: Invoice,
    at: datetime,
    *,
    key: IdempotencyKey,
    by: UserId | None,
    within: Gap | None = None,
) -> Change:
    """Return `order` with the timer's `resumable` invoice about to be sent for a person.

    The gateway's key stays, under which nothing was executed. Of the host the invoice takes the
    person's `key`, so that a second click finds it (rule C5), and it uses up no attempt (R6).
    """
    return _sent_again(order, evolve(invoice, key=key, extra=True), at, within, by)


def hurried(order: Order, at: datetime) -> Change | None:
    """Return `order` with its open attempt looked after at once, and not at the next daily check.

    None if there is nothing to hurry.
    """
    for invoice in order.invoices:
        attempt = invoice.attempt
        if attempt is None or attempt.next_check is None or not _pending(invoice):
            continue
        # Whoever sent it last may still be waiting for the answer.
        soon = max(at, next_check(attempt.sent_at, 0) or at)
        if soon < attempt.next_check:
            stage = attempt.stage
            after = invoice_lifecycle.asked(
                invoice, stage, soon, buyer_action=attempt.buyer_action, error=invoice.error
            )
            changed, note = _with(order, after), "its recurring order was activated"
            kind = EventKind.PAYMENT_CHECKED
            return told(order, changed, kind, at, invoice=invoice.number, note=note)
    return None


def _pending(invoice: Invoice) -> bool:
    return invoice.status is InvoiceStatus.PENDING


def _with(order: Order, after: Invoice) -> Order:
    return order_lifecycle.changed(
        order,
        None,
        invoices=tuple(after if item.number == after.number else item for item in order.invoices),
        decision=order.decision,
        attention=order.attention,
    )


def request(order: Order, invoice: Invoice) -> ChargeRequest:
    """Return what the gateway is asked for `invoice`: the same every time it is sent.

    Raises:
        BrokenInvariant: It is a manual payment.
    """
    attempt = invoice.attempt
    if attempt is None:
        raise BrokenInvariant("C1", f"invoice {invoice.number} has no attempt to send")
    return ChargeRequest(
        reference=attempt.reference,
        key=attempt.key,
        amount=invoice.amount,
        method=attempt.method,
        description=_described(order, attempt.reference),
        keep_method=order.offer.recurring is not None,
    )


def _described(order: Order, reference: AttemptReference) -> str:
    """Return what is paid for, by what its reference names.

    What an order after a restored backup asks for under the key of a lost one has to be the same as
    was asked then, and its own number is another one (rule C6).
    """
    which = "" if reference.occurrence is None else f", payment {reference.occurrence}"
    return f"{order.offer.name}, order {reference.order}{which}"
