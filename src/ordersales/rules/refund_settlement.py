"""What becomes known of money that goes back: answers, webhooks, look-ups (rules F1, F2, C4).

As for charges, applying the same word twice changes nothing, the first final word wins, and
another one that contradicts it is flagged for a person and changes no status, unless a look-up
has proven it. What went back is always recorded, in whatever order it is told: what exceeds what
there is to return is kept with its refund and booked as soon as there is room.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import evolve

from ordersales.models.charge import NotExecuted, Unknown
from ordersales.models.event import EventKind
from ordersales.models.invoice import Invoice
from ordersales.models.order import Attention, AttentionReason, Order
from ordersales.models.refund import (
    ChargebackWon,
    Refund,
    RefundAccepted,
    RefundAnswer,
    RefundKind,
    RefundRefused,
    RefundStatus,
    RefundSucceeded,
    ReturnReported,
)
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import refund_lifecycle
from ordersales.rules.change import Change, told
from ordersales.rules.charge_policy import check_again, next_check
from ordersales.rules.refund_lifecycle import What
from ordersales.rules.refunds import replaced
from ordersales.values.identifiers import GatewayId
from ordersales.values.money import Money

#: What becomes known of a refund, an answer or the lack of one.
RefundOutcome = RefundAnswer | NotExecuted | Unknown

#: Where the payment system's word that it has taken the request is news.
_UNANSWERED: Final = (Stage.IN_DOUBT, Stage.RESERVED, Stage.BLOCKED)


def settle(
    order: Order,
    invoice: Invoice,
    refund: Refund,
    outcome: RefundOutcome,
    at: datetime,
    *,
    proven: bool = False,
    permit: int | None = None,
) -> Change | None:
    """Return `order` after `outcome` became known of a refund asked for here; None if nothing new.

    A certain refusal frees what was reserved; the lack of an answer keeps it reserved. `proven`
    says that the outcome was just looked up at the gateway, and not merely told; `permit`, that
    it is the answer to the send that was permitted as the refund's so manieth.
    """
    final = isinstance(outcome, RefundSucceeded | RefundRefused)
    known = refund_lifecycle.undisputed(refund) if proven and final else refund
    change = _settled(order, invoice, known, outcome, at, proven=proven, permit=permit)
    if change is None and known is not refund:
        kind, note = EventKind.REFUND_CHECKED, "it is as recorded"
        refunds, amount = replaced(invoice, known), refund.amount
        return _changed(order, invoice, refunds, kind, at, amount=amount, note=note)
    return change


def _settled(
    order: Order,
    invoice: Invoice,
    refund: Refund,
    outcome: RefundOutcome,
    at: datetime,
    *,
    proven: bool,
    permit: int | None,
) -> Change | None:
    if refund.status is RefundStatus.PENDING:
        return _first_word(order, invoice, refund, outcome, at, permit=permit)
    match refund.status, outcome:
        case RefundStatus.SUCCEEDED, RefundSucceeded(gateway_id=name):
            return _once_more(order, invoice, refund, name, at)
        case RefundStatus.SUCCEEDED, RefundRefused() if proven:
            return _refused(order, invoice, refund, outcome, what=What.DISPROVEN, at=at)
        case RefundStatus.FAILED, RefundSucceeded(gateway_id=name) if proven:
            again = refund_lifecycle.unbooked(refund)
            return _succeeded(order, invoice, again, name, what=What.PROVEN, at=at)
        case (RefundStatus.SUCCEEDED, RefundRefused()) | (RefundStatus.FAILED, RefundSucceeded()):
            detail = f"refund {refund.number} is {refund.status}, and the opposite was told"
            # Should who heard it stop before looking it up, it is found by its next check.
            disputed = replaced(invoice, refund_lifecycle.disputed(refund, next_check(at, 0)))
            reason = AttentionReason.CONTRADICTION
            return _flagged(order, invoice, reason, detail, at, refunds=disputed)
        case _:
            return None


def contradicts(refund: Refund, answer: RefundAnswer) -> bool:
    """Tell whether `answer` and an earlier final word can't both be true (rule C4)."""
    if refund.status is RefundStatus.FAILED:
        return isinstance(answer, RefundSucceeded)
    return refund.status is RefundStatus.SUCCEEDED and isinstance(answer, RefundRefused)


def _first_word(
    order: Order,
    invoice: Invoice,
    refund: Refund,
    outcome: RefundOutcome,
    at: datetime,
    *,
    permit: int | None,
) -> Change | None:
    again = check_again(at, refund.checks)
    match outcome:
        case RefundSucceeded(gateway_id=name):
            return _succeeded(order, invoice, refund, name, what=What.SUCCEEDED, at=at)
        case RefundRefused() if permit in (None, refund.permits):
            return _refused(order, invoice, refund, outcome, what=What.REFUSED, at=at)
        case RefundRefused():
            return None  # of a send before the last one, which may still return the money
        case RefundAccepted(gateway_id=name) if invoice.returned_as(name) not in (None, refund):
            # Reported already, as if made elsewhere: the money is back.
            return _succeeded(order, invoice, refund, name, what=What.SUCCEEDED, at=at)
        case RefundAccepted(gateway_id=name) if refund.stage in _UNANSWERED:
            after = refund_lifecycle.asked(refund, Stage.ACCEPTED, again, gateway_id=name)
            kind, note = EventKind.REFUND_ACCEPTED, ""
        case NotExecuted(reason=note) if _certain(refund, permit):
            after = refund_lifecycle.asked(refund, Stage.RESERVED, again)
            kind = EventKind.REFUND_NOT_SENT
        case _:
            return None
    return _changed(
        order, invoice, replaced(invoice, after), kind, at, amount=refund.amount, note=note
    )


def _certain(refund: Refund, permit: int | None) -> bool:
    """Tell whether that its newest send was not executed says so of the refund as a whole.

    Only a single send can be proven not executed: an earlier one may be under way.
    """
    newest = refund.permits == (1 if permit is None else permit)
    return refund.stage is Stage.IN_DOUBT and refund.sends == 1 and newest


def _succeeded(
    order: Order,
    invoice: Invoice,
    refund: Refund,
    gateway_id: GatewayId,
    *,
    what: What,
    at: datetime,
) -> Change:
    after = refund_lifecycle.moved(refund, what, at, gateway_id=gateway_id)
    refunds = tuple(_unless_ours(item, after, at) for item in replaced(invoice, after))
    kind = EventKind.REFUND_SUCCEEDED
    return _changed(order, invoice, refunds, kind, at, amount=refund.whole, by_now=after)


def _unless_ours(item: Refund, ours: Refund, at: datetime) -> Refund:
    """Return `item`, which counts no more if it is the report of a refund of `ours`."""
    same = item.gateway_id == ours.gateway_id and item.kind is RefundKind.EXTERNAL
    if not same or item.status is not RefundStatus.SUCCEEDED:
        return item
    return refund_lifecycle.moved(item, What.OURS, at)


def _refused(
    order: Order,
    invoice: Invoice,
    refund: Refund,
    said: RefundRefused,
    *,
    what: What,
    at: datetime,
) -> Change:
    error = PaymentError(code=said.code, message=said.message)
    after = refund_lifecycle.moved(refund, what, at, error=error)
    note = f"{error.code}: {error.message}" if error.message else error.code
    refunds, kind = replaced(invoice, after), EventKind.REFUND_FAILED
    return _changed(order, invoice, refunds, kind, at, amount=refund.amount, note=note)


def _once_more(
    order: Order, invoice: Invoice, refund: Refund, gateway_id: GatewayId, at: datetime
) -> Change | None:
    if refund.gateway_id in (None, gateway_id):
        return None
    detail = f"refund {refund.number} as {refund.gateway_id} and {gateway_id}"
    return _flagged(order, invoice, AttentionReason.REFUNDED_TWICE, detail, at)


def report(order: Order, invoice: Invoice, said: ReturnReported, at: datetime) -> Change | None:
    """Return `order` after money went back by itself, told once for each name it has (F1, F2).

    More than what is left is kept as the refund's `excess`, and flagged. A refund that was asked
    for here, and is told as if it were made elsewhere, has succeeded.
    """
    known = invoice.returned_as(said.gateway_id)
    if known is not None and known.reference is not None:
        return settle(order, invoice, known, RefundSucceeded(gateway_id=said.gateway_id), at)
    if known is not None and not known.whole.is_zero:
        return _told_again(order, invoice, known, said, at)
    # Whatever there is room for is booked of it below.
    new = evolve(_reported(invoice, said.kind, said.gateway_id, at), excess=said.amount)
    refunds = (*invoice.refunds, new)
    if known is not None:  # won back before it was told, so there is nothing to book
        same = said.amount.currency == known.amount.currency
        new = evolve(known, excess=None if same else said.amount)
        new = evolve(new, amount=said.amount) if same else new
        refunds = replaced(invoice, new)
    kind, note = EventKind.RETURN_REPORTED, f"{said.kind} {said.gateway_id}"
    return _changed(order, invoice, refunds, kind, at, amount=said.amount, note=note, by_now=new)


def _told_again(
    order: Order, invoice: Invoice, known: Refund, said: ReturnReported, at: datetime
) -> Change | None:
    if known.whole == said.amount:
        return None
    detail = f"{said.amount} went back as {said.gateway_id}, not {known.whole}"
    return _flagged(order, invoice, AttentionReason.AMOUNT_DIFFERS, detail, at)


def win_back(order: Order, invoice: Invoice, said: ChargebackWon, at: datetime) -> Change | None:
    """Return `order` after a chargeback was won back: the money is ours again (rule F2).

    Told before the chargeback itself, it is kept, and the chargeback then changes nothing.
    """
    known = invoice.returned_as(said.gateway_id)
    if known is None:
        early = _reported(invoice, RefundKind.CHARGEBACK, said.gateway_id, at)
        early = evolve(early, status=RefundStatus.REVERSED)
        refunds = (*invoice.refunds, early)
    elif known.kind is RefundKind.CHARGEBACK and known.status is RefundStatus.SUCCEEDED:
        refunds = replaced(invoice, refund_lifecycle.moved(known, What.WON_BACK, at))
    else:
        return None
    amount = None if known is None else known.amount
    kind, note = EventKind.CHARGEBACK_WON, str(said.gateway_id)
    return _changed(order, invoice, refunds, kind, at, amount=amount, note=note)


def _reported(invoice: Invoice, kind: RefundKind, gateway_id: GatewayId, at: datetime) -> Refund:
    return Refund(
        number=len(invoice.refunds) + 1,
        kind=kind,
        amount=Money(0, invoice.amount.currency),
        status=RefundStatus.SUCCEEDED,
        requested_at=at,
        gateway_id=gateway_id,
        settled_at=at,
    )


def _changed(
    order: Order,
    invoice: Invoice,
    refunds: tuple[Refund, ...],
    kind: EventKind,
    at: datetime,
    *,
    amount: Money | None,
    note: str = "",
    by_now: Refund | None = None,
) -> Change:
    """Return `order` with these refunds, flagged if not all of `by_now` could be booked."""
    after = refund_lifecycle.changed(order, invoice, refunds)
    left_over = None if by_now is None else _left_over(after, invoice, by_now)
    if left_over is not None:
        reason = AttentionReason.RETURNED_TOO_MUCH
        detail = f"{left_over} of {amount}"
        note = f"{note}; {reason}: {detail}" if note else f"{reason}: {detail}"
        flag = Attention(reason=reason, at=at, invoice=invoice.number, detail=detail)
        after = evolve(after, attention=(*after.attention, flag))
    return told(order, after, kind, at, invoice=invoice.number, amount=amount, note=note)


def _left_over(after: Order, invoice: Invoice, refund: Refund) -> Money | None:
    """Return what of a refund that did go back could not be booked."""
    now = after.invoice(invoice.number)
    booked = None if now is None else now.refund(refund.number)
    if booked is None or booked.status is not RefundStatus.SUCCEEDED:
        return None
    return booked.excess


def _flagged(
    order: Order,
    invoice: Invoice,
    reason: AttentionReason,
    detail: str,
    at: datetime,
    *,
    refunds: tuple[Refund, ...] | None = None,
) -> Change | None:
    """Return `order` flagged for a person; None if it already is, for just this."""
    refunds = invoice.refunds if refunds is None else refunds
    flag = Attention(reason=reason, at=at, invoice=invoice.number, detail=detail)
    flags = (*order.attention, flag)
    if any(evolve(item, at=at) == flag for item in order.attention):
        if refunds == invoice.refunds:
            return None
        flags = order.attention
    after = refund_lifecycle.changed(order, invoice, refunds, attention=flags)
    note = f"{reason}: {detail}"
    return told(order, after, EventKind.ATTENTION_RAISED, at, invoice=invoice.number, note=note)
