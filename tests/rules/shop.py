"""Orders in any state for the tests of the rules, brought there by the rules themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

import attrs

from ordersales.models.charge import Accepted, Declined, Outcome, PaymentMethod, Succeeded
from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.offer import AnyShare, FixedShares, InFull, PaymentTerms
from ordersales.models.order import DecisionKind, Occurrence, Order
from ordersales.models.refund import ChargebackWon, RefundKind, RefundSucceeded, ReturnReported
from ordersales.models.stage import Stage
from ordersales.rules import (
    attempts,
    decisions,
    payment_terms,
    placing,
    refund_settlement,
    refunds,
    settlement,
)
from ordersales.testing.builders import a_customer, an_offer
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    GatewayId,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money
from ordersales.values.share import Share

NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
LATER: Final = NOON + MINUTE

ACME: Final = AccountId("acme")
BOSS: Final = UserId("boss")
CARDS: Final = SystemName("Cards")
CARD: Final = PaymentMethod(token="tok-1", stored=True)  # noqa: S106 - a name the gateway gave, no secret
CHARGE: Final = GatewayId("ch-1")
OTHER_CHARGE: Final = GatewayId("ch-2")
DISPUTE: Final = GatewayId("dp-1")

IN_FULL: Final = InFull()
IN_PARTS: Final = AnyShare(Share.percent(10))
IN_THREE: Final = FixedShares((Share.percent(50), Share.percent(30), Share.percent(20)))
IN_THIRDS: Final = FixedShares((Share(Fraction(1, 3)),) * 3)

NO: Final = Declined(code="card_declined", message="The bank said no.")


def eur(amount: str | int) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


def usd(amount: str | int) -> Money:
    """Return so many dollars."""
    return Money.of(amount, "USD")


def an_order(
    price: str = "100.00",
    payment: PaymentTerms = IN_FULL,
    *,
    currency: str = "EUR",
    attempts_allowed: int | None = None,
) -> Order:
    """Return order 7, just placed; one that allows so many attempts is an occurrence."""
    occurrence = None
    if attempts_allowed is not None:
        occurrence = Occurrence(
            recurring_order=OrderNumber(3), index=1, attempts_allowed=attempts_allowed
        )
    change = placing.place(
        account=ACME,
        number=OrderNumber(7),
        key=IdempotencyKey("cart-7"),
        at=NOON,
        customer=a_customer(),
        offer=an_offer(price, currency, payment=payment),
        quantity=1,
        occurrence=occurrence,
    )
    return change.order


def started(
    order: Order, covers: Money | None = None, *, amount: Money | None = None, manual: bool = False
) -> Order:
    """Return `order` with one more payment started: invoice 501, 502 and so on."""
    covers = covers or payment_terms.default_amount(order)
    count = len(order.invoices) + 1
    change = attempts.start(
        order,
        number=InvoiceNumber(500 + count),
        at=NOON,
        covers=covers,
        amount=amount or covers,
        system=CARDS,
        key=IdempotencyKey(f"pay-{count}"),
        attempt=None if manual else attempts.first_attempt(order, CARD, NOON),
    )
    return change.order


def took(
    invoice: Invoice, charge: GatewayId | None = None, *, fee: Money | None = None
) -> Succeeded:
    """Return that exactly what `invoice` asked for was taken, by a charge of its own."""
    return Succeeded(gateway_id=charge or charge_of(invoice), amount=invoice.amount, fee=fee)


def charge_of(invoice: Invoice) -> GatewayId:
    """Return the charge of `invoice`, if nothing else is said: of 501 it is `CHARGE`."""
    return CHARGE if invoice.number == 501 else GatewayId(f"ch-{invoice.number}")


def settled(order: Order, outcome: Outcome, at: int = -1, *, proven: bool = False) -> Order:
    """Return `order` after `outcome` of its invoice `at`, by default the last, did something."""
    change = settlement.settle(order, order.invoices[at], outcome, LATER, proven=proven)
    assert change is not None
    return change.order


def arrived(order: Order, at: int = -1, *, proven: bool = False) -> Order:
    """Return `order` after the money of its invoice `at` was taken."""
    return settled(order, took(order.invoices[at]), at, proven=proven)


def paid(order: Order, covers: Money | None = None) -> Order:
    """Return `order` with one more payment, which succeeded."""
    return arrived(started(order, covers))


def failed(order: Order, covers: Money | None = None) -> Order:
    """Return `order` with one more payment, which failed."""
    return settled(started(order, covers), NO)


def decided(order: Order, kind: DecisionKind, at: datetime = LATER) -> Order:
    """Return `order` after the boss decided about it."""
    return decisions.decide(order, kind, at, by=BOSS, reason="so").order


def returned(order: Order, at: int = -1, amount: Money | None = None) -> Order:
    """Return `order` after all that is left, or `amount`, of its invoice `at` went back."""
    invoice = order.invoices[at]
    part, key = refunds.part(invoice, amount), IdempotencyKey(f"back-{len(invoice.refunds) + 1}")
    asked = refunds.start(order, [(invoice, part)], at=LATER, key=key, reason="so", by=BOSS).order
    invoice = asked.invoices[at]
    refund = invoice.refunds[-1]
    if refund.reference is None:
        return asked  # by hand: it went back with the asking
    done = RefundSucceeded(gateway_id=GatewayId(f"re-{invoice.number}-{refund.number}"))
    change = refund_settlement.settle(asked, invoice, refund, done, LATER)
    assert change is not None
    return change.order


def charged_back(order: Order, at: int = -1, amount: Money | None = None) -> Order:
    """Return `order` after the buyer's bank took all, or `amount`, of its invoice `at` back."""
    invoice = order.invoices[at]
    said = ReturnReported(
        kind=RefundKind.CHARGEBACK, gateway_id=DISPUTE, amount=amount or invoice.amount
    )
    change = refund_settlement.report(order, invoice, said, LATER)
    assert change is not None
    return change.order


def won_back(order: Order, at: int = -1) -> Order:
    """Return `order` after that chargeback of its invoice `at` was won back."""
    said = ChargebackWon(gateway_id=DISPUTE)
    change = refund_settlement.win_back(order, order.invoices[at], said, LATER)
    assert change is not None
    return change.order


def on_its_way(order: Order, covers: Money | None = None) -> Order:
    """Return `order` with one more payment, accepted by its gateway."""
    return settled(started(order, covers), Accepted(gateway_id=CHARGE))


def staged(order: Order, stage: Stage, sends: int = 1) -> Order:
    """Return `order` with the attempt of its last invoice at `stage`, sent so often."""
    last = order.invoices[-1]
    assert last.attempt is not None
    attempt = attrs.evolve(last.attempt, stage=stage, sends=sends)
    return attrs.evolve(order, invoices=(*order.invoices[:-1], attrs.evolve(last, attempt=attempt)))


def an_invoice(
    status: InvoiceStatus = InvoiceStatus.PENDING,
    covers: str = "100.00",
    *,
    number: int = 501,
    stage: Stage | None = Stage.IN_DOUBT,
) -> Invoice:
    """Return an invoice made by hand, in any status; without a stage it is a manual one."""
    attempt = None
    if stage is not None:
        attempt = Attempt(
            reference=AttemptReference(ACME, OrderNumber(7), number - 500),
            epoch=0,
            stage=stage,
            method=CARD,
            sent_at=NOON,
            next_check=NOON + 2 * MINUTE,
        )
    return Invoice(
        number=InvoiceNumber(number),
        attempted_at=NOON,
        status=status,
        amount=eur(covers),
        covers=eur(covers),
        system=CARDS,
        key=IdempotencyKey(f"pay-{number - 500}"),
        attempt=attempt,
    )
