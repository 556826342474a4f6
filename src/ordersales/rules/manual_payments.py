"""Payments that a person confirms or rejects, such as bank transfers (rule M1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ordersales.errors import InvalidInput, RuleRefused, WrongStatus, WrongTerms
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Order
from ordersales.models.stage import PaymentError
from ordersales.rules import invoice_lifecycle, settlement
from ordersales.rules.change import Change
from ordersales.values import checks
from ordersales.values.identifiers import UserId
from ordersales.values.money import Money

#: The error code of a payment that a manager rejected.
REJECTED = "rejected"


def refusals(invoice: Invoice, operation: str) -> Iterator[RuleRefused]:
    """Yield every reason why a person may not confirm or reject `invoice`."""
    record = f"invoice {invoice.number}"
    if invoice.attempt is not None:
        yield WrongTerms(operation, record, "payments of manual payment systems")
    if invoice.status is not InvoiceStatus.PENDING:
        yield WrongStatus(operation, record, invoice.status, (InvoiceStatus.PENDING,))


def refusal(invoice: Invoice, operation: str) -> RuleRefused | None:
    """Return the first of these reasons, or None if a person may confirm or reject `invoice`."""
    return next(refusals(invoice, operation), None)


def confirm(
    order: Order,
    invoice: Invoice,
    at: datetime,
    *,
    by: UserId | None,
    received: Money | None = None,
    covers: Money | None = None,
    commission: Money | None = None,
) -> Change:
    """Return `order` with the manual `invoice` paid.

    `received` is what really came, in the invoice's currency, if it is not what was asked for.
    It covers as much of the price where both are in one currency; otherwise the person says what
    it `covers` (rule I5). More than the price is recorded and flagged (rule O6).

    Raises:
        WrongTerms: A gateway charges this invoice.
        WrongStatus: It is not Pending.
        InvalidInput: An amount is not positive or in the wrong currency, the commission exceeds
            what was received, or `covers` is missing or contradicts what was received.
    """
    refused = refusal(invoice, "confirm the payment")
    if refused is not None:
        raise refused
    asked, price = invoice.amount, order.price
    checks.refuse(
        checks.optional(checks.money, received, "received", least=1, currency=asked.currency),
        checks.optional(checks.money, covers, "covers", least=1, currency=price.currency),
        checks.optional(checks.money, commission, "commission", currency=asked.currency),
    )
    amount = received or asked
    if covers is not None and covers.currency == amount.currency and covers != amount:
        allowed = f"{amount}, as was received, since both are in {price.currency}"
        raise InvalidInput.of("covers", covers, allowed)
    if commission is not None and commission > amount:
        raise InvalidInput.of("commission", commission, f"at most what was received, {amount}")
    after = invoice_lifecycle.moved(
        invoice,
        invoice_lifecycle.What.SUCCEEDED,
        at,
        amount=amount,
        covers=covers or covered(invoice, amount),
        fee=commission,
    )
    return settlement.paid(order, after, at, by)


def covered(invoice: Invoice, received: Money) -> Money:
    """Return what `received` covers of the price, where nobody said so (rule I5).

    Raises:
        InvalidInput: It can't be told: another amount came, in another currency than the price.
    """
    if received == invoice.amount:
        return invoice.covers
    if received.currency != invoice.covers.currency:
        raise InvalidInput.of(
            "covers",
            None,
            f"what {received} covers of the price, in {invoice.covers.currency}, "
            "since another amount was received than was asked for",
        )
    return received


def reject(
    order: Order, invoice: Invoice, at: datetime, *, by: UserId | None, reason: str
) -> Change:
    """Return `order` with the manual `invoice` failed for `reason`.

    Raises:
        WrongTerms: A gateway charges this invoice.
        WrongStatus: It is not Pending.
    """
    refused = refusal(invoice, "reject the payment")
    if refused is not None:
        raise refused
    error = PaymentError(code=REJECTED, message=reason)
    return settlement.failed(order, invoice, error, at, by)
