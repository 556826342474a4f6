"""Starting a refund: money is reserved first, and then a gateway, or a person, returns it (F1).

A refund is of one invoice, in the currency that was charged, and never exceeds what is left of
it: captured less returned less reserved. It returns money and reopens nothing: what the invoice
covers of the price stays covered, so that a refund never makes the buyer owe the price again
(decision 6). What has to be paid again is a new order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from attrs import evolve

from ordersales.errors import (
    BrokenInvariant,
    ExceedsRefundable,
    NothingToRefund,
    RuleRefused,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Order
from ordersales.models.refund import (
    Refund,
    RefundKind,
    RefundReference,
    RefundRequest,
    RefundStatus,
    Returns,
)
from ordersales.models.stage import Stage
from ordersales.rules import refund_lifecycle
from ordersales.rules.change import Change, told
from ordersales.rules.charge_policy import next_check
from ordersales.values import checks
from ordersales.values.identifiers import IdempotencyKey, SystemName, UserId
from ordersales.values.money import Money

#: What each payment system can send back; one that is not named here can send back parts.
ReturnsOf = Mapping[SystemName, Returns]
UNKNOWN: Final[ReturnsOf] = MappingProxyType({})


def refusal(
    invoice: Invoice, amount: Money | None = None, returns: ReturnsOf = UNKNOWN
) -> RuleRefused | None:
    """Return why `amount`, or anything, of `invoice` may not be refunded, or None if it may.

    `amount` is in the invoice's currency; `returns` says what its payment system can send back.
    """
    record, left = f"invoice {invoice.number}", invoice.refundable
    if invoice.status is not InvoiceStatus.PAID:
        return WrongStatus("refund", record, invoice.status, (InvoiceStatus.PAID,))
    if not left.is_positive:
        return NothingToRefund(record)
    if amount is not None and amount > left:
        return ExceedsRefundable(record, amount, left)
    return _unless_returned(invoice, amount, returns)


def _unless_returned(
    invoice: Invoice, amount: Money | None, returns: ReturnsOf
) -> WrongTerms | None:
    """Return why the payment system can't send `amount`, or anything that is left, back."""
    record = f"invoice {invoice.number}, paid through {invoice.system!r}"
    # What came through a manual payment system, a person returns by hand.
    able = Returns.PARTS if invoice.attempt is None else returns.get(invoice.system, Returns.PARTS)
    if able is Returns.NOTHING:
        return WrongTerms("refund", record, "payments of payment systems that can return money")
    if able is Returns.WHOLE and (amount or invoice.refundable) < invoice.amount:
        return WrongTerms("refund a part", record, "payments of payment systems that can do so")
    return None


def order_refusal(order: Order, returns: ReturnsOf = UNKNOWN) -> RuleRefused | None:
    """Return why nothing may be refunded of `order` as a whole, or None if something may.

    The newest payment gives first (see `spread`), so it is the one that has to be able to.
    """
    record = f"order {order.number}"
    payments = [item for item in order.newest_payments if item.refundable.is_positive]
    if not payments:
        return NothingToRefund(record)
    newest = payments[0]
    if any(item.amount.currency is not newest.amount.currency for item in payments):
        codes = " and ".join(sorted({item.amount.currency.code for item in payments}))
        allowed = f"orders paid in one currency, not {codes}; refund each payment"
        return WrongTerms("refund", record, allowed)
    return refusal(newest, None, returns)


def part(invoice: Invoice, amount: Money | None) -> Money:
    """Return `amount` if it may be refunded of `invoice`; None means all that is left of it.

    Raises:
        InvalidInput: The amount is not positive, or not in the invoice's currency (rule B1).
        WrongStatus: The invoice is not Paid.
        NothingToRefund: All of it went back, or is on its way back.
        ExceedsRefundable: More than what is left of it.
    """
    currency = invoice.amount.currency
    checks.refuse(checks.optional(checks.money, amount, "amount", least=1, currency=currency))
    refused = refusal(invoice, amount)
    if refused is not None:
        raise refused
    return amount or invoice.refundable


def spread(order: Order, amount: Money | None) -> tuple[tuple[Invoice, Money], ...]:
    """Return `amount`, or all that is left, as parts of the order's payments, newest first.

    Each payment gives all that is left of it before the next one gives anything, so the parts
    add up exactly and are as few as can be. The newest gives first because it is the one that its
    payment system is surest to take back, many of which refuse old ones; and because the earlier
    payments then stay as they were, as if the last ones had been smaller.

    Raises:
        InvalidInput: The amount is not positive, or in another currency (rule B1).
        WrongTerms: What is left was paid in several currencies.
        NothingToRefund: All that was paid went back, or is on its way back, or nothing was.
        ExceedsRefundable: More than what is left of all payments.
    """
    refused = order_refusal(order)
    if refused is not None:
        raise refused
    payments = [item for item in order.newest_payments if item.refundable.is_positive]
    currency = payments[0].amount.currency
    left = Money.total((item.refundable for item in payments), currency)
    checks.refuse(checks.optional(checks.money, amount, "amount", least=1, currency=currency))
    if amount is not None and amount > left:
        raise ExceedsRefundable(f"order {order.number}", amount, left)
    return _taken(payments, amount or left)


def _taken(payments: Sequence[Invoice], amount: Money) -> tuple[tuple[Invoice, Money], ...]:
    parts: list[tuple[Invoice, Money]] = []
    for invoice in payments:
        taken = min(amount, invoice.refundable)
        amount -= taken
        if taken.is_positive:
            parts.append((invoice, taken))
    return tuple(parts)


def start(
    order: Order,
    parts: Sequence[tuple[Invoice, Money]],
    *,
    at: datetime,
    key: IdempotencyKey,
    reason: str,
    by: UserId | None,
    spread: bool = False,
) -> Change:
    """Return `order` with these parts reserved, to be committed before a gateway is asked (F1).

    With the commit the first part at a gateway may be sent; the others have to be permitted one
    by one (`permit`), so that none is sent long after its permission. What went through a manual
    payment system is recorded as returned at once: the person who asks returns it by hand.

    Raises:
        WrongStatus: An invoice is not Paid.
        NothingToRefund: All of it went back, or is on its way back.
        ExceedsRefundable: More than what is left of it.
    """
    after, events, sent = order, list[Event](), False
    for invoice, amount in parts:
        refused = refusal(invoice, amount)
        if refused is not None:
            raise refused
        refund = _begun(invoice, amount, at=at, key=key, reason=reason, by=by, spread=spread)
        if refund.reference is not None and not sent:
            refund, sent = evolve(refund, stage=Stage.IN_DOUBT, sends=1, permits=1), True
        before = after
        after = refund_lifecycle.changed(before, invoice, (*invoice.refunds, refund))
        at_once = refund.reference is None
        change = told(
            before,
            after,
            EventKind.REFUND_SUCCEEDED if at_once else EventKind.REFUND_STARTED,
            at,
            by=by,
            invoice=invoice.number,
            amount=amount,
            note=reason,
        )
        events.extend(change.events)
    return Change(after, tuple(events), order)


def _begun(
    invoice: Invoice,
    amount: Money,
    *,
    at: datetime,
    key: IdempotencyKey,
    reason: str,
    by: UserId | None,
    spread: bool,
) -> Refund:
    number, attempt = len(invoice.refunds) + 1, invoice.attempt
    return Refund(
        number=number,
        kind=RefundKind.REFUND,
        amount=amount,
        status=RefundStatus.SUCCEEDED if attempt is None else RefundStatus.PENDING,
        requested_at=at,
        reference=None if attempt is None else RefundReference(attempt.reference, number),
        key=key,
        spread=spread,
        stage=Stage.CLOSED if attempt is None else Stage.RESERVED,
        next_check=None if attempt is None else next_check(at, 0),
        by=by,
        reason=reason,
        settled_at=at if attempt is None else None,
    )


def sent_first(order: Order, key: IdempotencyKey) -> RefundReference | None:
    """Return the refund under `key` that was started with permission to be sent, if any was."""
    under = [item.refund for item in order.refunds_under(key)]
    return next((item.reference for item in under if item.stage is Stage.IN_DOUBT), None)


def unsent(order: Order, key: IdempotencyKey) -> tuple[RefundReference, ...]:
    """Return the refunds under `key` that certainly never reached their gateway.

    They may be sent, each after a `permit`.
    """
    return tuple(
        item.refund.reference
        for item in order.refunds_under(key)
        if item.refund.reference is not None and item.refund.stage is Stage.RESERVED
    )


def permit(order: Order, reference: RefundReference, at: datetime) -> Change:
    """Return `order` with an `unsent` refund about to be sent, always under one reference.

    Raises:
        BrokenInvariant: It is not one that may be sent.
    """
    invoice, refund = found(order, reference)
    if refund.stage is not Stage.RESERVED:
        raise BrokenInvariant("F1", f"refund {reference} is {refund.stage} and may not be sent")
    permitted = refund_lifecycle.asked(refund, Stage.IN_DOUBT, next_check(at, 0))
    permitted = evolve(
        permitted,
        sent_at=at,
        first_sent_at=at,
        sends=max(1, refund.sends),
        permits=refund.permits + 1,
        checks=0,
    )
    after = refund_lifecycle.changed(order, invoice, replaced(invoice, permitted))
    kind = EventKind.REFUND_SENT_AGAIN if refund.sends else EventKind.REFUND_SENT
    return told(order, after, kind, at, invoice=invoice.number, amount=refund.amount)


def request(order: Order, reference: RefundReference) -> RefundRequest:
    """Return what the gateway is asked for a refund: the same every time it is sent."""
    invoice, refund = found(order, reference)
    return RefundRequest(
        reference=reference,
        charge=invoice.gateway_id,
        amount=refund.amount,
        reason=refund.reason,
    )


def found(order: Order, reference: RefundReference) -> tuple[Invoice, Refund]:
    """Return the refund with that reference, and its invoice.

    Raises:
        BrokenInvariant: The order has none.
    """
    invoice = order.attempted(reference.attempt)
    refund = None if invoice is None else invoice.refund(reference.refund)
    if invoice is None or refund is None or refund.reference is None:
        raise BrokenInvariant("F1", f"order {order.number} has no refund {reference}")
    return invoice, refund


def replaced(invoice: Invoice, after: Refund) -> tuple[Refund, ...]:
    """Return the refunds of `invoice` with `after` in the place of what it was before."""
    return tuple(after if item.number == after.number else item for item in invoice.refunds)
