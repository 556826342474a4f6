"""What only a person can settle: held or blocked, until somebody finds out what became of it (C2).

A person looks at the payment system's own pages and says what is so there. It is booked as if the
payment system had told it, and the history shows who said it and on what evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, cast

from attrs import evolve

from ordersales.errors import BrokenInvariant, InvalidInput, RuleRefused, WrongStatus, WrongTerms
from ordersales.models.charge import Declined, Succeeded, Withdrawn
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Order
from ordersales.models.refund import Refund, RefundRefused, RefundStatus, RefundSucceeded
from ordersales.models.stage import Stage
from ordersales.rules import refund_settlement, settlement
from ordersales.rules.change import Change
from ordersales.rules.manual_payments import covered
from ordersales.rules.permissions import Operation
from ordersales.values import checks
from ordersales.values.identifiers import UserId
from ordersales.values.money import Money

#: What a person can have found out about a payment: it was taken, refused, or never executed.
Evidence = Succeeded | Declined | Withdrawn
#: What a person can have found out about a refund.
RefundEvidence = RefundSucceeded | RefundRefused

#: Where nobody looks any more by themselves.
STOPPED: Final = (Stage.HELD, Stage.BLOCKED)


def refusals(invoice: Invoice) -> Iterator[RuleRefused]:
    """Yield why a person may not settle the payment of `invoice`."""
    operation, record = Operation.SETTLE_PAYMENT, f"invoice {invoice.number}"
    if invoice.attempt is None:
        yield WrongTerms(operation, record, "payments that a gateway makes")
    elif invoice.status is not InvoiceStatus.PENDING:
        yield WrongStatus(operation, record, invoice.status, STOPPED)
    elif invoice.attempt.stage not in STOPPED:
        yield WrongStatus(operation, record, invoice.attempt.stage, STOPPED)


def settle(
    order: Order,
    invoice: Invoice,
    evidence: Evidence,
    at: datetime,
    *,
    by: UserId | None,
    reason: str,
    covers: Money | None = None,
) -> Change:
    """Return `order` with the payment of `invoice` settled by what a person has found out.

    Money that came is booked as it came, also if it is not what was asked for: it covers as much
    of the price where both are in one currency, otherwise the person says what it `covers` (I5).
    That nothing was executed is said of later attempts of the order as well, which a restored
    backup may have lost (C6).

    Raises:
        WrongTerms: A person confirms this invoice, and no gateway charges it.
        WrongStatus: It is not held, and not blocked.
        InvalidInput: `covers` is missing, in another currency, or contradicts what came; or the
            charge is the one that another payment of the order is paid by.
    """
    for refused in refusals(invoice):
        raise refused
    if isinstance(evidence, Succeeded):
        _not_booked(order, invoice, evidence)
        invoice = _as_it_came(order, invoice, evidence.amount, covers)
    change = _told(settlement.settle(order, invoice, evidence, at), by, reason)
    if not isinstance(evidence, Withdrawn):
        return change
    return evolve(change, order=evolve(change.order, searched_at=at))


def _not_booked(order: Order, invoice: Invoice, evidence: Succeeded) -> None:
    other = settlement.booked_already(order, invoice, evidence)
    if other is not None:
        allowed = f"another charge than that of invoice {other.number}, whose money is booked there"
        raise InvalidInput.of("outcome.gateway_id", evidence.gateway_id, allowed)


def _as_it_came(order: Order, invoice: Invoice, amount: Money, covers: Money | None) -> Invoice:
    price = order.price.currency
    checks.refuse(
        checks.money(amount, "outcome.amount", least=1),
        checks.optional(checks.money, covers, "covers", least=1, currency=price),
    )
    if covers is not None and amount.currency is price and covers != amount:
        allowed = f"{amount}, as it came, since both are in {price}"
        raise InvalidInput.of("covers", covers, allowed)
    return evolve(invoice, amount=amount, covers=covers or covered(invoice, amount))


def refund_refusals(invoice: Invoice, refund: Refund | None = None) -> Iterator[RuleRefused]:
    """Yield why a person may not settle `refund`, or any refund of `invoice`."""
    operation, record = Operation.SETTLE_REFUND, f"invoice {invoice.number}"
    if refund is None:
        if stopped(invoice) is None:
            yield WrongStatus(operation, record, "without a held refund", ("with a held refund",))
    elif not _stopped(refund):
        pending = refund.status is RefundStatus.PENDING
        state = refund.stage if pending else refund.status
        yield WrongStatus(operation, f"refund {refund.number} of {record}", state, STOPPED)


def stopped(invoice: Invoice) -> Refund | None:
    """Return the first refund of `invoice` that only a person can settle."""
    return next(filter(_stopped, invoice.refunds), None)


def _stopped(refund: Refund) -> bool:
    return refund.status is RefundStatus.PENDING and refund.stage in STOPPED


def settle_refund(
    order: Order,
    invoice: Invoice,
    refund: Refund | None,
    evidence: RefundEvidence,
    at: datetime,
    *,
    by: UserId | None,
    reason: str,
) -> Change:
    """Return `order` with a refund settled likewise; None is the first one that waits for it.

    Raises:
        WrongStatus: It is not held, and not blocked.
    """
    for refused in refund_refusals(invoice, refund):
        raise refused
    found = refund or cast("Refund", stopped(invoice))  # where there is none, it was refused
    return _told(refund_settlement.settle(order, invoice, found, evidence, at), by, reason)


def _told(change: Change | None, by: UserId | None, reason: str) -> Change:
    """Return `change` as a person's, with the evidence they gave."""
    if change is None:
        raise BrokenInvariant("C2", "what was held is settled by any final word")
    events = tuple(
        evolve(event, by=by, note=f"{reason}; {event.note}" if event.note else reason)
        for event in change.events
    )
    return evolve(change, events=events)
