"""Paid orders and what goes back of them, for the tests of the rules of refunds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ordersales.models.charge import Succeeded
from ordersales.models.invoice import Invoice
from ordersales.models.offer import AnyShare, InFull, PaymentTerms
from ordersales.models.order import DecisionKind, Occurrence, Order
from ordersales.models.refund import (
    ChargebackWon,
    Refund,
    RefundAccepted,
    RefundKind,
    RefundReference,
    RefundRefused,
    RefundSucceeded,
    ReturnReported,
)
from ordersales.rules import (
    attempts,
    decisions,
    manual_payments,
    placing,
    refund_settlement,
    refunds,
    settlement,
)
from ordersales.rules.change import Change
from ordersales.rules.refund_settlement import RefundOutcome
from ordersales.testing import a_customer, an_offer
from ordersales.values.identifiers import (
    AccountId,
    GatewayId,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money

NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER: Final = NOON + timedelta(minutes=1)
AFTER: Final = NOON + timedelta(days=3)

ACME: Final = AccountId("acme")
BOSS: Final = UserId("boss")
KEY: Final = IdempotencyKey("back-1")
RE: Final = GatewayId("re_1")
DISPUTE: Final = GatewayId("dp_1")

IN_FULL: Final = InFull()
IN_PARTS: Final = AnyShare()

DONE: Final = RefundSucceeded(gateway_id=RE)
TAKEN_ON: Final = RefundAccepted(gateway_id=RE)
NO: Final = RefundRefused(code="account_closed", message="The account was closed.")


def eur(amount: str | int) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


def usd(amount: str | int) -> Money:
    """Return so many dollars."""
    return Money.of(amount, "USD")


def an_order(payment: PaymentTerms = IN_FULL, *, occurrence: int | None = None) -> Order:
    """Return order 7 of 100 EUR, just placed; maybe the occurrence of that index."""
    change = placing.place(
        account=ACME,
        number=OrderNumber(7),
        key=IdempotencyKey("cart-7"),
        at=NOON,
        customer=a_customer(),
        offer=an_offer("100.00", payment=payment),
        quantity=1,
        occurrence=occurrence and Occurrence(recurring_order=3, index=occurrence),
    )
    return change.order


def begun(
    order: Order, covers: Money | None = None, *, amount: Money | None = None, manual: bool = False
) -> Order:
    """Return `order` with one more payment under way: invoice 501, 502 and so on."""
    covers, count = covers or order.price, len(order.invoices) + 1
    change = attempts.start(
        order,
        number=InvoiceNumber(500 + count),
        at=NOON,
        covers=covers,
        amount=amount or covers,
        system=SystemName("Bank" if manual else "Cards"),
        key=IdempotencyKey(f"pay-{count}"),
        attempt=None if manual else attempts.first_attempt(order, None, NOON),
    )
    return change.order


def arrived(order: Order, at: int = -1, when: datetime = LATER) -> Order:
    """Return `order` after the money of its invoice `at` came."""
    invoice = order.invoices[at]
    if invoice.attempt is None:
        return manual_payments.confirm(order, invoice, when, by=BOSS).order
    came = Succeeded(gateway_id=GatewayId(f"ch_{invoice.number}"), amount=invoice.amount)
    change = settlement.settle(order, invoice, came, when)
    assert change is not None
    return change.order


def paid(
    order: Order | None = None,
    covers: Money | None = None,
    *,
    amount: Money | None = None,
    manual: bool = False,
    when: datetime = LATER,
) -> Order:
    """Return `order`, by default one paid in full, with one more payment that came."""
    return arrived(begun(order or an_order(), covers, amount=amount, manual=manual), when=when)


def decided(order: Order, kind: DecisionKind) -> Order:
    """Return `order` after the boss decided about it."""
    return decisions.decide(order, kind, LATER, by=BOSS, reason="so").order


def asking(
    order: Order, amount: Money | None = None, at: int = -1, key: IdempotencyKey = KEY
) -> Change:
    """Return what it changes to ask for a refund of invoice `at`."""
    invoice = order.invoices[at]
    part = refunds.part(invoice, amount)
    return refunds.start(order, [(invoice, part)], at=AFTER, key=key, reason="late", by=BOSS)


def asked(
    order: Order | None = None,
    amount: Money | None = None,
    at: int = -1,
    key: IdempotencyKey = KEY,
) -> Order:
    """Return `order`, by default one paid in full, with a refund on its way."""
    return asking(order or paid(), amount, at, key).order


def the(order: Order, at: int = -1, which: int = -1) -> tuple[Invoice, Refund]:
    """Return an invoice and a refund of it, by default the last of the last."""
    return order.invoices[at], order.invoices[at].refunds[which]


def word(
    order: Order, outcome: RefundOutcome, at: int = -1, which: int = -1, *, proven: bool = False
) -> Change | None:
    """Return what it changes that `outcome` became known of a refund."""
    invoice, refund = the(order, at, which)
    return refund_settlement.settle(order, invoice, refund, outcome, AFTER, proven=proven)


def known(
    order: Order, outcome: RefundOutcome, at: int = -1, which: int = -1, *, proven: bool = False
) -> Order:
    """Return `order` after `outcome` of a refund became known, which changes something."""
    change = word(order, outcome, at, which, proven=proven)
    assert change is not None
    return change.order


def report(
    order: Order,
    amount: Money,
    kind: RefundKind = RefundKind.CHARGEBACK,
    name: GatewayId = DISPUTE,
    at: int = -1,
) -> Change | None:
    """Return what it changes that the payment system reports money that went back."""
    said = ReturnReported(kind=kind, gateway_id=name, amount=amount)
    return refund_settlement.report(order, order.invoices[at], said, AFTER)


def reported(
    order: Order,
    amount: Money,
    kind: RefundKind = RefundKind.CHARGEBACK,
    name: GatewayId = DISPUTE,
    at: int = -1,
) -> Order:
    """Return `order` after such a report, which changes something."""
    change = report(order, amount, kind, name, at)
    assert change is not None
    return change.order


def winning(order: Order, name: GatewayId = DISPUTE, at: int = -1) -> Change | None:
    """Return what it changes that a chargeback was won back."""
    said = ChargebackWon(gateway_id=name)
    return refund_settlement.win_back(order, order.invoices[at], said, AFTER)


def won(order: Order, name: GatewayId = DISPUTE, at: int = -1) -> Order:
    """Return `order` after a chargeback was won back, which changes something."""
    change = winning(order, name, at)
    assert change is not None
    return change.order


def reference(order: Order, at: int = -1, number: int = 1) -> RefundReference:
    """Return the reference that a refund of invoice `at` has."""
    attempt = order.invoices[at].attempt
    assert attempt is not None
    return RefundReference(attempt.reference, number)
