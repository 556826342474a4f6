"""What an outcome does to an order: one function for answers, webhooks and look-ups (rule C4).

Applying the same outcome twice changes nothing. The first final word wins; another one that
contradicts it is flagged for a person and changes no status, unless a look-up has proven it. Money is
booked once: a charge that another payment of the order is paid by is never booked again.
"""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from ordersales.models.charge import (
    Accepted,
    Declined,
    Misconfigured,
    NotExecuted,
    Outcome,
    Succeeded,
    Withdrawn,
)
from ordersales.models.event import EventKind
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import InFull
from ordersales.models.order import Attention, AttentionReason, DecisionKind, Order, OrderStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import invoice_lifecycle, order_lifecycle, refund_lifecycle
from ordersales.rules.change import Change, told
from ordersales.rules.charge_policy import check_again, next_check
from ordersales.rules.invoice_lifecycle import What
from ordersales.values.identifiers import UserId
from ordersales.values.money import Money


def settle(
    order: Order,
    invoice: Invoice,
    outcome: Outcome,
    at: datetime,
    *,
    proven: bool = False,
    permit: int | None = None,
) -> Change | None:
    """Return `order` after `outcome` became known of its `invoice`; None if nothing changes.

    `proven` says that the outcome was just looked up at the gateway, and not merely told.
    `permit` says that it is the answer to the send that was permitted as the attempt's so manieth.
    """
    known = invoice_lifecycle.undisputed(invoice) if proven and _final(outcome) else invoice
    change = _settled(order, known, outcome, at, proven=proven, permit=permit)
    if change is None and known is not invoice:
        return _noted(order, known, EventKind.PAYMENT_CHECKED, at, note="it is as recorded")
    return change


def _final(outcome: Outcome) -> bool:
    return isinstance(outcome, Succeeded | Declined | Withdrawn)


def _settled(
    order: Order,
    invoice: Invoice,
    outcome: Outcome,
    at: datetime,
    *,
    proven: bool,
    permit: int | None,
) -> Change | None:
    match invoice.status:
        case InvoiceStatus.PENDING:
            return _first_word(order, invoice, outcome, at, permit)
        case _ if booked_already(order, invoice, outcome):
            return None  # the payment that it is booked for tells of it
        case InvoiceStatus.CANCELED if isinstance(outcome, Succeeded):
            return _succeeded(order, invoice, outcome, What.SUCCEEDED, at)
        case InvoiceStatus.FAILED if isinstance(outcome, Succeeded):
            book = _proven if proven else _too_late
            return book(order, invoice, outcome, at)
        case InvoiceStatus.PAID | InvoiceStatus.REFUNDED:
            return _after_success(order, invoice, outcome, at, proven=proven)
        case _:
            return None


def _proven(order: Order, invoice: Invoice, outcome: Succeeded, at: datetime) -> Change | None:
    return _succeeded(order, invoice, outcome, What.PROVEN, at)


def _too_late(order: Order, invoice: Invoice, _: Succeeded, at: datetime) -> Change | None:
    return _contradicted(order, invoice, "it succeeded, after it had failed", at)


def booked_already(order: Order, invoice: Invoice, outcome: Outcome) -> Invoice | None:
    """Return the other payment of `order` that is paid by the very charge that succeeded, if any.

    The same name at another payment system is another charge.
    """
    if not isinstance(outcome, Succeeded) or len(order.invoices) == 1:
        return None
    for other in order.invoices:
        same = (other.gateway_id, other.system) == (outcome.gateway_id, invoice.system)
        if same and other.captured and other.number != invoice.number:
            return other
    return None


def contradicts(order: Order, invoice: Invoice, outcome: Outcome) -> bool:
    """Tell whether `outcome` and an earlier final word can't both be true (rule C4)."""
    if invoice.status is InvoiceStatus.FAILED:
        known = booked_already(order, invoice, outcome)
        return isinstance(outcome, Succeeded) and known is None
    return invoice.captured and isinstance(outcome, Declined | Withdrawn)


def _first_word(
    order: Order, invoice: Invoice, outcome: Outcome, at: datetime, permit: int | None
) -> Change | None:
    match outcome:
        case Succeeded():
            return _succeeded(order, invoice, outcome, What.SUCCEEDED, at)
        case Declined(code=code, message=message, retry=retry):
            error = PaymentError(code=code, message=message, retry=retry)
            return failed(order, invoice, error, at)
        case Withdrawn():
            return withdrawn(order, invoice, at)
        case _:
            return _not_final(order, invoice, outcome, at, permit)


def _not_final(
    order: Order, invoice: Invoice, outcome: Outcome, at: datetime, permit: int | None
) -> Change | None:
    attempt = invoice.attempt
    if attempt is None or attempt.stage is Stage.HELD:
        return None
    # What a message tells may be about any send; about the newest only if there was one alone.
    newest = attempt.permits == (1 if permit is None else permit)
    # Only a single send can be proven not executed: an earlier one may still be under way.
    unanswered = attempt.stage in (Stage.IN_DOUBT, Stage.RESERVED)
    certain = unanswered and attempt.sends == 1 and newest
    again = check_again(at, attempt.checks)
    match outcome:
        case Accepted(gateway_id=gateway_id, buyer_action=action):
            if attempt.stage is Stage.ACCEPTED:
                return None
            after = invoice_lifecycle.asked(
                invoice, Stage.ACCEPTED, again, gateway_id=gateway_id, buyer_action=action
            )
            return _noted(order, after, EventKind.PAYMENT_ACCEPTED, at)
        case NotExecuted(reason=reason) if certain and attempt.stage is Stage.IN_DOUBT:
            after = invoice_lifecycle.asked(invoice, Stage.RESERVED, again)
            return _noted(order, after, EventKind.PAYMENT_NOT_SENT, at, note=reason)
        case Misconfigured(code=code, message=message) if (
            newest and attempt.stage is not Stage.BLOCKED
        ):
            error = PaymentError(code=code, message=message)
            stage = Stage.BLOCKED if certain else Stage.HELD
            after = invoice_lifecycle.asked(invoice, stage, None, error=error)
            return flagged(order, after, AttentionReason.MISCONFIGURED, f"{code}: {message}", at)
        case _:
            return None


def _succeeded(
    order: Order, invoice: Invoice, outcome: Succeeded, what: What, at: datetime
) -> Change | None:
    other = booked_already(order, invoice, outcome)
    if other is not None:
        return _answered_with_another(order, invoice, outcome, other, at)
    if outcome.amount != invoice.amount:
        return _amount_differs(order, invoice, outcome, at)
    after = invoice_lifecycle.moved(
        invoice,
        what,
        at,
        gateway_id=outcome.gateway_id,
        fee=outcome.fee,
        kept_method=outcome.kept_method,
    )
    return paid(order, after, at)


def paid(order: Order, after: Invoice, at: datetime, by: UserId | None = None) -> Change:
    """Return `order` with its invoice `after` paid, flagged where that can't complete it (O6)."""
    # Money may have been told to have gone back before it was known to have come (rule C4).
    after = refund_lifecycle.booked(after) if after.refunds else after
    invoices = _with(order, after)
    reasons = _reasons_for_attention(order, invoices)
    attention = [
        Attention(reason=reason, at=at, invoice=after.number, detail=f"{after.amount} arrived")
        for reason in reasons
    ]
    changed = order_lifecycle.changed(
        order,
        order_lifecycle.What.PAID,
        invoices=invoices,
        decision=order.decision,
        attention=(*order.attention, *attention),
    )
    return told(
        order,
        changed,
        EventKind.PAYMENT_SUCCEEDED,
        at,
        by=by,
        invoice=after.number,
        amount=after.amount,
        note="; ".join(reasons),
    )


def _reasons_for_attention(order: Order, invoices: tuple[Invoice, ...]) -> list[AttentionReason]:
    """Return why money that just arrived leaves work for a person."""
    reasons: list[AttentionReason] = []
    covered = sum(item.covers.minor for item in invoices if item.captured)
    no_more = order.status is OrderStatus.DECLINED or isinstance(order.offer.payment, InFull)
    if order.status is OrderStatus.REFUND:
        reasons.append(AttentionReason.PAID_AFTER_REFUND)
    elif order.decision is not None and order.decision.kind is DecisionKind.DECLINED:
        reasons.append(AttentionReason.PAID_AFTER_DECLINE)
    elif covered < order.price.minor and no_more:
        reasons.append(AttentionReason.UNDERPAID)
    if covered > order.price.minor:
        reasons.append(AttentionReason.OVERPAID)
    return reasons


def failed(
    order: Order, invoice: Invoice, error: PaymentError, at: datetime, by: UserId | None = None
) -> Change:
    """Return `order` with `invoice` failed, and declined if no further attempt is allowed."""
    after = invoice_lifecycle.moved(invoice, What.DECLINED, at, error=error)
    note = f"{error.code}: {error.message}" if error.message else error.code
    return _ended(order, after, EventKind.PAYMENT_FAILED, at, by=by, note=note)


def withdrawn(order: Order, invoice: Invoice, at: datetime, by: UserId | None = None) -> Change:
    """Return `order` with `invoice` canceled: no money moved, and none will."""
    after = invoice_lifecycle.moved(invoice, What.WITHDRAWN, at)
    return _ended(order, after, EventKind.PAYMENT_CANCELED, at, by=by)


def _ended(
    order: Order,
    after: Invoice,
    kind: EventKind,
    at: datetime,
    *,
    by: UserId | None = None,
    note: str = "",
) -> Change:
    changed = order_lifecycle.changed(
        order,
        order_lifecycle.What.ATTEMPT_FAILED,
        invoices=_with(order, after),
        decision=order.decision,
        attention=order.attention,
    )
    return told(
        order, changed, kind, at, by=by, invoice=after.number, amount=after.amount, note=note
    )


def _after_success(
    order: Order, invoice: Invoice, outcome: Outcome, at: datetime, *, proven: bool
) -> Change | None:
    match outcome:
        case Succeeded(gateway_id=gateway_id) if invoice.gateway_id not in (None, gateway_id):
            detail = f"charges {invoice.gateway_id} and {gateway_id}"
            return flagged(order, invoice, AttentionReason.CHARGED_TWICE, detail, at)
        case Succeeded(amount=amount) if amount != invoice.amount:
            return _amount_differs(order, invoice, outcome, at)
        case Succeeded(fee=fee) if fee is not None and invoice.fee is None:
            after = evolve(invoice, fee=fee)
            return _noted(order, after, EventKind.FEE_TOLD, at, amount=fee)
        case Declined() | Withdrawn():
            word = "it was declined" if isinstance(outcome, Declined) else "it was canceled"
            detail = f"{word}, after it had succeeded"
            return _contradicted(order, invoice, detail, at, proven=proven)
        case _:
            return None


def _amount_differs(
    order: Order, invoice: Invoice, outcome: Succeeded, at: datetime
) -> Change | None:
    detail = f"{outcome.amount} was taken by {outcome.gateway_id}, not {invoice.amount}"
    if invoice.status is InvoiceStatus.PENDING:
        known = invoice.gateway_id or outcome.gateway_id
        invoice = invoice_lifecycle.asked(invoice, Stage.HELD, None, gateway_id=known)
    return flagged(order, invoice, AttentionReason.AMOUNT_DIFFERS, detail, at)


def _answered_with_another(
    order: Order, invoice: Invoice, outcome: Succeeded, other: Invoice, at: datetime
) -> Change | None:
    """Hold a payment that was answered with a charge another one is paid by (rule O6).

    Most likely nothing was taken for it; should the payment system call two charges alike, it was.
    """
    detail = f"{outcome.gateway_id} is booked for invoice {other.number}"
    after = invoice_lifecycle.asked(invoice, Stage.HELD, None)
    return flagged(order, after, AttentionReason.BOOKED_ALREADY, detail, at)


def _contradicted(
    order: Order, invoice: Invoice, detail: str, at: datetime, *, proven: bool = False
) -> Change | None:
    # Whoever heard it looks it up at once; should they stop before, it is found by its next check.
    after = invoice if proven else invoice_lifecycle.disputed(invoice, next_check(at, 0))
    return flagged(order, after, AttentionReason.CONTRADICTION, detail, at)


def flagged(
    order: Order, after: Invoice, reason: AttentionReason, detail: str, at: datetime
) -> Change | None:
    """Return `order` flagged for a person, once for each reason; None if nothing changes."""
    flags = order.attention
    if not any(flag.reason is reason and flag.invoice == after.number for flag in flags):
        flags = (*flags, Attention(reason=reason, at=at, invoice=after.number, detail=detail))
    elif after == order.invoice(after.number):
        return None
    changed = order_lifecycle.changed(
        order, None, invoices=_with(order, after), decision=order.decision, attention=flags
    )
    note = f"{reason}: {detail}"
    return told(order, changed, EventKind.ATTENTION_RAISED, at, invoice=after.number, note=note)


def _noted(
    order: Order,
    after: Invoice,
    kind: EventKind,
    at: datetime,
    *,
    amount: Money | None = None,
    note: str = "",
) -> Change:
    """Return `order` with its invoice `after`, where no status can change."""
    changed = order_lifecycle.changed(
        order,
        None,
        invoices=_with(order, after),
        decision=order.decision,
        attention=order.attention,
    )
    return told(order, changed, kind, at, invoice=after.number, amount=amount, note=note)


def _with(order: Order, after: Invoice) -> tuple[Invoice, ...]:
    # By way of a list: half again as fast as a generator for the few invoices of an order.
    return tuple([after if item.number == after.number else item for item in order.invoices])
