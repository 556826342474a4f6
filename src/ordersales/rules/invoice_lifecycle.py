"""All transitions of an invoice's status (rule I2), and the only place where one is set."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve

from ordersales.errors import BrokenInvariant
from ordersales.models.charge import PaymentMethod
from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.values.identifiers import GatewayId
from ordersales.values.money import Money


class What(StrEnum):
    """What happens to an invoice."""

    SUCCEEDED = "the money was taken"
    DECLINED = "the answer was no"
    WITHDRAWN = "it was canceled before any money moved"
    PROVEN = "a look-up proves that the money was taken after all"
    RETURNED = "all of it was returned"
    REGAINED = "some of what was returned is ours again"


#: The transitions of rule I2; there are no others. *Failed* and *Canceled* are left only for money
#: that did arrive (rule O6).
TRANSITIONS: Final = {
    (InvoiceStatus.PENDING, What.SUCCEEDED): InvoiceStatus.PAID,
    (InvoiceStatus.PENDING, What.DECLINED): InvoiceStatus.FAILED,
    (InvoiceStatus.PENDING, What.WITHDRAWN): InvoiceStatus.CANCELED,
    (InvoiceStatus.FAILED, What.PROVEN): InvoiceStatus.PAID,
    (InvoiceStatus.CANCELED, What.SUCCEEDED): InvoiceStatus.PAID,
    (InvoiceStatus.PAID, What.RETURNED): InvoiceStatus.REFUNDED,
    (InvoiceStatus.REFUNDED, What.REGAINED): InvoiceStatus.PAID,
}


def moved(
    invoice: Invoice,
    what: What,
    at: datetime,
    *,
    amount: Money | None = None,
    covers: Money | None = None,
    gateway_id: GatewayId | None = None,
    fee: Money | None = None,
    error: PaymentError | None = None,
    kept_method: PaymentMethod | None = None,
) -> Invoice:
    """Return `invoice` after `what`, its attempt closed; facts not given stay as they are.

    Raises:
        BrokenInvariant: The step is not in `TRANSITIONS`.
    """
    status = TRANSITIONS.get((invoice.status, what))
    if status is None:
        raise BrokenInvariant("I2", f"invoice {invoice.number} is {invoice.status} and {what}")
    attempt = invoice.attempt
    # By the constructor: even our `evolve` costs a fifth more, and this is the hot path.
    return Invoice(
        number=invoice.number,
        attempted_at=invoice.attempted_at,
        status=status,
        amount=amount or invoice.amount,
        covers=covers or invoice.covers,
        system=invoice.system,
        key=invoice.key,
        one_click=invoice.one_click,
        extra=invoice.extra,
        comment=invoice.comment,
        attempt=attempt and _closed(attempt, kept_method),
        gateway_id=gateway_id or invoice.gateway_id,
        fee=invoice.fee if fee is None else fee,
        error=error,
        settled_at=at,
        refunds=invoice.refunds,
    )


def _closed(attempt: Attempt, kept_method: PaymentMethod | None) -> Attempt:
    return Attempt(
        reference=attempt.reference,
        epoch=attempt.epoch,
        stage=Stage.CLOSED,
        method=attempt.method,
        sent_at=attempt.sent_at,
        next_check=None,
        sends=attempt.sends,
        first_sent_at=attempt.first_sent_at,
        permits=attempt.permits,
        checks=attempt.checks,
        kept_method=kept_method or attempt.kept_method,
    )


def asked(
    invoice: Invoice,
    stage: Stage,
    next_check: datetime | None,
    *,
    gateway_id: GatewayId | None = None,
    buyer_action: str | None = None,
    error: PaymentError | None = None,
) -> Invoice:
    """Return a pending `invoice` whose asking got as far as `stage`, with what was learned.

    Raises:
        BrokenInvariant: It is not pending at a gateway.
    """
    attempt = invoice.attempt
    if attempt is None or invoice.status is not InvoiceStatus.PENDING:
        raise BrokenInvariant("I2", f"invoice {invoice.number} is not pending at a gateway")
    return evolve(
        invoice,
        gateway_id=gateway_id or invoice.gateway_id,
        error=error,
        attempt=evolve(
            attempt,
            stage=stage,
            next_check=next_check,
            buyer_action=buyer_action,
        ),
    )


def permitted(invoice: Invoice, at: datetime, next_check: datetime | None) -> Invoice:
    """Return an `invoice` that certainly was not executed, permitted to be sent once more.

    It is looked after from the start: nobody has waited for a word on this send.
    """
    after = asked(invoice, Stage.IN_DOUBT, next_check)
    sent = after.attempt and evolve(
        after.attempt,
        sent_at=at,
        first_sent_at=at,
        sends=max(1, after.attempt.sends),
        permits=after.attempt.permits + 1,
        checks=0,
    )
    return evolve(after, attempt=sent)


def disputed(invoice: Invoice, next_check: datetime | None) -> Invoice:
    """Return `invoice`, of which two final words were told, to be looked up then if not before."""
    attempt = invoice.attempt
    if attempt is None or attempt.next_check is not None:
        return invoice
    return evolve(invoice, attempt=evolve(attempt, next_check=next_check, checks=0))


def undisputed(invoice: Invoice) -> Invoice:
    """Return `invoice` with no look-up of two final words ahead; the very same if there is none."""
    attempt = invoice.attempt
    if attempt is None or attempt.stage is not Stage.CLOSED or attempt.next_check is None:
        return invoice
    return evolve(invoice, attempt=evolve(attempt, next_check=None))
