"""What is too long, and which records contradict each other (rule C7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from ordersales.models.due import Overdue
from ordersales.models.event import Event, EventKind, RecordedEvent
from ordersales.models.health import Finding, Findings, Trouble
from ordersales.models.inbox import KeptMessage
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.models.stage import Stage
from ordersales.rules.charge_policy import MATCHED_WITHIN
from ordersales.rules.order_lifecycle import derive_status
from ordersales.values.identifiers import OrderNumber

#: How long a pending payment may wait, by how far its asking got. What is not named here waits
#: for a person, from the first moment on.
PENDING_TOO_LONG: Final[dict[Stage | None, timedelta]] = {
    # A manual payment: money takes days from bank to bank, and a manager has a weekend.
    None: timedelta(days=7),
    # Certainly not sent: whoever asked may come back and ask again.
    Stage.RESERVED: timedelta(days=1),
    # By then it was looked after five times.
    Stage.IN_DOUBT: timedelta(hours=1),
    # Direct debits take most of a week.
    Stage.ACCEPTED: timedelta(days=7),
}

#: So late is too late to begin with what is due: R5 promises ten minutes.
DUE_TOO_LONG: Final = timedelta(minutes=10)

#: By then nobody tries any more to find what a message is about: it is for a person.
UNMATCHED_TOO_LONG: Final = MATCHED_WITHIN


def limited(found: Iterable[Finding], limit: int, at_least: int = 0) -> Findings:
    """Return up to `limit` of what was found; there may be known to be more."""
    everything = tuple(found)
    return Findings(everything[:limit], max(at_least, len(everything)))


def held(payment: Payment) -> Finding | None:
    """Return that a pending payment waits for a person, if it does."""
    attempt = payment.invoice.attempt
    if attempt is None or attempt.stage in PENDING_TOO_LONG:
        return None
    return _about(payment, Trouble.HELD, attempt.sent_at, _said(payment.invoice, attempt.stage))


def pending_too_long(payment: Payment, now: datetime) -> Finding | None:
    """Return that a payment has been pending for longer than what it waits for may take."""
    invoice = payment.invoice
    stage = None if invoice.attempt is None else invoice.attempt.stage
    allowed = PENDING_TOO_LONG.get(stage)
    if allowed is None or now - invoice.attempted_at <= allowed:
        return None
    said = _said(invoice, stage or "a manager has neither confirmed nor rejected it")
    return _about(payment, Trouble.PENDING_TOO_LONG, invoice.attempted_at, said)


def _about(payment: Payment, trouble: Trouble, since: datetime, detail: str) -> Finding:
    return Finding(
        trouble=trouble,
        since=since,
        order=payment.order.number,
        invoice=payment.invoice.number,
        system=payment.invoice.system,
        detail=detail,
    )


def _said(invoice: Invoice, so_far: str) -> str:
    return so_far if invoice.error is None else f"{so_far} ({invoice.error.code})"


def unclaimed(order: Order) -> Finding | None:
    """Return that an attempt or a refund of `order` should have been looked after, and was not."""
    since = order.next_check
    if since is None:
        return None
    detail = "a payment or a refund was to be looked after; does a worker run?"
    return Finding(trouble=Trouble.DUE_UNCLAIMED, since=since, order=order.number, detail=detail)


def overdue(late: Overdue) -> Finding:
    """Return that a recurring order should have been charged, and whether a worker claimed it."""
    since = late.recurring.next_action or late.recurring.due_at
    claimed = late.claimed_until is not None
    trouble = Trouble.CLAIMED_TOO_LONG if claimed else Trouble.DUE_UNCLAIMED
    detail = "it was to be charged, and nobody claims it; does a worker run?"
    if claimed:
        detail = "it was claimed, and not charged; is its payment system still there?"
    number = late.recurring.number
    return Finding(trouble=trouble, since=since, recurring_order=number, detail=detail)


def activated_since(told: Sequence[Event], moment: datetime) -> bool:
    """Tell whether a recurring order, of which this was told, was activated after `moment`.

    What it was due for before that is no fault of any worker (rule R5).
    """
    activated = (event.at for event in told if event.kind is EventKind.RECURRING_ACTIVATED)
    return any(at > moment for at in activated)


def flagged(order: Order) -> Finding:
    """Return that `order` needs attention, with every reason."""
    first = order.attention[0]
    detail = "; ".join(f"{flag.reason}: {flag.detail}" for flag in order.attention)
    return Finding(
        trouble=Trouble.FLAGGED,
        since=first.at,
        order=order.number,
        invoice=first.invoice,
        detail=detail,
    )


def unmatched(kept: KeptMessage) -> Finding:
    """Return that no attempt was found for a message."""
    event = kept.event
    named = "nothing of ours" if event.reference is None else event.reference
    return Finding(
        trouble=Trouble.UNMATCHED,
        since=kept.kept_at,
        system=kept.system,
        detail=f"message {event.event_id} names {named}",
    )


def changed_last(newest: Sequence[RecordedEvent]) -> dict[OrderNumber, datetime]:
    """Return the orders that the newest events are about, each with when it changed last."""
    changed: dict[OrderNumber, datetime] = {}
    for recorded in newest:
        order = recorded.event.order
        if order is not None:
            changed.setdefault(order, recorded.event.at)
    return changed


def disagreement(order: Order, since: datetime) -> Finding | None:
    """Return in what the records of `order` contradict each other, if they do."""
    found = "; ".join(disagreements(order))
    if not found:
        return None
    return Finding(trouble=Trouble.DISAGREES, since=since, order=order.number, detail=found)


def disagreements(order: Order) -> Iterator[str]:
    """Yield each contradiction between the status of `order`, its money and its attempts."""
    derived = derive_status(order, order.invoices, order.decision)
    if order.status is not derived:
        yield f"the order is {order.status}, and its records say {derived}"
    returned = any(item.status is InvoiceStatus.REFUNDED for item in order.invoices)
    if order.status is OrderStatus.REFUND and not returned:
        yield "the order is Refund, and no payment of it was returned"
    for invoice in order.invoices:
        for said in _of_invoice(invoice):
            yield f"invoice {invoice.number} {said}"


def _of_invoice(invoice: Invoice) -> Iterator[str]:
    status = invoice.status
    all_returned = invoice.returned == invoice.amount
    if invoice.captured and all_returned is not (status is InvoiceStatus.REFUNDED):
        yield f"is {status}, and {invoice.returned} of {invoice.amount} went back"
    if invoice.captured and invoice.refundable.minor < 0:
        yield f"is to give back more than the {invoice.amount} that were taken"
    attempt = invoice.attempt
    if attempt is None:
        return
    if (attempt.stage is Stage.CLOSED) is (status is InvoiceStatus.PENDING):
        yield f"is {status}, and its attempt is {attempt.stage}"
    looked_after = attempt.stage not in (Stage.IN_DOUBT, Stage.ACCEPTED)
    if not looked_after and attempt.next_check is None:
        yield f"is {attempt.stage}, and is never looked after"
