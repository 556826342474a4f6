"""What must hold of an order after each change: pure functions of before and after.

Each returns what is wrong, in words, or None. They are cheap: they look at one order, each time
that it was committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from attrs import evolve

from ordersales.models.event import Event
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import InFull
from ordersales.models.order import Order, OrderStatus
from ordersales.models.refund import Refund, RefundStatus
from ordersales.models.stage import Stage
from ordersales.rules.order_lifecycle import derive_status

#: Where a status of an invoice may lead: rule I2, with nothing that is final undone.
_INVOICE_MAY_BECOME: Final = {
    InvoiceStatus.PENDING: set(InvoiceStatus),
    InvoiceStatus.PAID: {InvoiceStatus.PAID, InvoiceStatus.REFUNDED},
    # Only for money that did arrive, which the comparison of the books holds them to.
    InvoiceStatus.FAILED: {InvoiceStatus.FAILED, InvoiceStatus.PAID, InvoiceStatus.REFUNDED},
    InvoiceStatus.CANCELED: {InvoiceStatus.CANCELED, InvoiceStatus.PAID, InvoiceStatus.REFUNDED},
    InvoiceStatus.REFUNDED: {InvoiceStatus.REFUNDED, InvoiceStatus.PAID},
}
#: So many attempts of an occurrence may count (rule R6).
_MOST_ATTEMPTS: Final = 3
#: The stages in which somebody has to look again by himself.
LOOKED_AFTER: Final = (Stage.RESERVED, Stage.IN_DOUBT, Stage.ACCEPTED)


def one_at_a_time(_: Order | None, after: Order) -> str | None:
    """Find two payments without a final word where one at a time is allowed (1)."""
    if after.occurrence is None and not isinstance(after.offer.payment, InFull):
        return None
    waiting = [item.number for item in after.invoices if item.status is InvoiceStatus.PENDING]
    return f"invoices {waiting} are all pending" if len(waiting) > 1 else None


def numbered(_: Order | None, after: Order) -> str | None:
    """Find an attempt out of its place, or one too many (2)."""
    allowed = 1 if isinstance(after.offer.payment, InFull) else None
    if after.occurrence is not None:
        allowed = _MOST_ATTEMPTS
    for place, invoice in enumerate(after.invoices, 1):
        if invoice.attempt is not None and invoice.attempt.reference.attempt != place:
            return f"{invoice.attempt.reference} is the attempt in place {place}"
    failed = [item for item in after.invoices if item.status is InvoiceStatus.FAILED]
    count = [item for item in failed if not item.extra]
    return f"{len(count)} attempts failed" if allowed and len(count) > allowed else None


def keys_unique(before: Order | None, after: Order) -> str | None:
    """Find a key that means two things, or has come to mean another (5)."""
    keys = [item.attempt.key for item in after.invoices if item.attempt is not None]
    if len(set(keys)) < len(keys):
        return f"two attempts share a key: {', '.join(keys)}"
    for invoice in after.invoices:
        refunded = [refund.key for refund in invoice.refunds if refund.key is not None]
        if len(set(refunded)) < len(refunded):
            return f"two refunds of invoice {invoice.number} share a key: {', '.join(refunded)}"
    changed = (_key_changed(was, now) for was, now in _pairs(before, after))
    return next((found for found in changed if found is not None), None)


def _key_changed(was: Invoice, now: Invoice) -> str | None:
    if was.attempt is None:
        return None
    if now.attempt is None or now.attempt.reference != was.attempt.reference:
        return f"invoice {now.number} is not {was.attempt.reference} any more"
    if now.attempt.epoch < was.attempt.epoch:
        return f"the epoch of {now.attempt.reference} fell to {now.attempt.epoch}"
    if now.attempt.epoch == was.attempt.epoch and now.amount != was.amount:
        return f"{now.attempt.key} asks for {now.amount}, and asked for {was.amount}"
    return None


def final_words_stay(before: Order | None, after: Order) -> str | None:
    """Find a final word that was taken back (6)."""
    for earlier, now in _pairs(before, after):
        if now.status not in _INVOICE_MAY_BECOME[earlier.status]:
            return f"invoice {now.number} was {earlier.status} and is {now.status}"
        for was, refund in zip(earlier.refunds, now.refunds, strict=False):
            if refund.status is RefundStatus.PENDING and was.status is not RefundStatus.PENDING:
                return f"refund {was.number} of invoice {now.number} was {was.status} and is open"
    return None


def permitted(before: Order | None, after: Order) -> str | None:
    """Find a permission to send that the order's status does not allow (7)."""
    if before is None or before.status is OrderStatus.OPEN:
        return None
    known = {item.number: _permits(item) for item in before.invoices}
    for invoice in after.invoices:
        if _permits(invoice) > known.get(invoice.number, 0):
            return f"invoice {invoice.number} was permitted while the order was {before.status}"
    return None


def _permits(invoice: Invoice) -> int:
    """Return how often it was permitted to send the attempt."""
    return 0 if invoice.attempt is None else invoice.attempt.permits


def looked_after(_: Order | None, after: Order) -> str | None:
    """Find an open attempt that nobody will look at, or a held one that nobody sees (9)."""
    for invoice in after.invoices:
        attempt = invoice.attempt
        if attempt is None or invoice.status is not InvoiceStatus.PENDING:
            continue
        if attempt.stage is Stage.CLOSED:
            return f"invoice {invoice.number} is pending, and its attempt closed"
        if attempt.stage in LOOKED_AFTER and attempt.next_check is None:
            return f"{attempt.reference} is {attempt.stage} and has no next check"
    for invoice, refund in _refunds(after):
        open_ = refund.status is RefundStatus.PENDING and refund.stage in LOOKED_AFTER
        if open_ and refund.next_check is None:
            return f"refund {refund.number} of invoice {invoice.number} has no next check"
    return None


def sums(before: Order | None, after: Order) -> str | None:
    """Find sums that don't add up (10)."""
    if after.price.minor != after.unit_price.minor * after.quantity:
        return f"{after.price} is not {after.quantity} times {after.unit_price}"
    if after.price != after.paid + after.outstanding + after.waived - after.surplus:
        return f"{after.price} is not paid, outstanding and waived less surplus"
    for invoice in after.invoices:
        if invoice.captured and invoice.returned + invoice.reserved > invoice.amount:
            back = invoice.returned + invoice.reserved
            return f"{back} goes back of invoice {invoice.number} over {invoice.amount}"
    started = before is not None and len(after.invoices) > len(before.invoices)
    if started and after.paid + after.pending > after.price:
        return f"{after.paid} paid and {after.pending} pending exceed {after.price}"
    return None


def charges_apart(_: Order | None, after: Order) -> str | None:
    """Find one charge that is booked as the money of two payments (10)."""
    seen: dict[tuple[str, str], Invoice] = {}
    for invoice in after.invoices:
        if invoice.captured and invoice.gateway_id is not None:
            first = seen.setdefault((invoice.system, invoice.gateway_id), invoice)
            if first is not invoice:
                return (
                    f"invoices {first.number} and {invoice.number} are paid by {first.gateway_id}"
                )
    return None


def derived(before: Order | None, after: Order) -> str | None:
    """Find a status that is not the derived one, or a version that did not rise by one (14)."""
    due = 1 if before is None else before.version + 1
    if after.version != due:
        return f"version {after.version} follows {due - 1}"
    status = derive_status(after, after.invoices, after.decision)
    if status is not after.status:
        return f"the order is {after.status}, and its records make it {status}"
    if before is not None and len(after.invoices) < len(before.invoices):
        return "an invoice is gone"
    return None


#: Every check of an order with the number of the invariant that it holds.
CHECKS: Final[tuple[tuple[int, Callable[[Order | None, Order], str | None]], ...]] = (
    (1, one_at_a_time),
    (2, numbered),
    (5, keys_unique),
    (6, final_words_stay),
    (7, permitted),
    (9, looked_after),
    (10, sums),
    (10, charges_apart),
    (14, derived),
)


def told(before: Order | None, after: Order, events: Sequence[Event]) -> str | None:
    """Find a change without its event, or events that don't begin where the last ones ended (12)."""
    if not events:
        if before is not None and _put_off(before, after) == after:
            return (
                None  # it waits for its recurring order to be activated, and nothing has happened
            )
        return f"order {after.number} changed without an event"
    chain = [None if before is None else before.status, *(event.after for event in events)]
    if chain[:-1] != [event.before for event in events] or chain[-1] is not after.status:
        kinds = ", ".join(event.kind for event in events)
        return f"the events of order {after.number} don't lead to {after.status}: {kinds}"
    return None


def _put_off(before: Order, after: Order) -> Order:
    """Return `before` as it is after nothing but the next check of what was not sent has moved."""
    waits = [
        evolve(was, attempt=evolve(was.attempt, next_check=now.attempt.next_check))
        if was.attempt and now.attempt and was.attempt.stage is Stage.RESERVED
        else was
        for was, now in _pairs(before, after)
    ]
    return evolve(before, invoices=tuple(waits), version=before.version + 1)


def _pairs(before: Order | None, after: Order) -> Iterator[tuple[Invoice, Invoice]]:
    """Return each invoice as it was, with what it has become."""
    if before is not None:
        yield from zip(before.invoices, after.invoices, strict=False)


def _refunds(order: Order) -> Iterator[tuple[Invoice, Refund]]:
    for invoice in order.invoices:
        for refund in invoice.refunds:
            yield invoice, refund
