"""Orders, placed and paid by the rules themselves, for the tests of who sold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ordersales.models.charge import Declined, Outcome, Succeeded
from ordersales.models.offer import AnyShare, InFull, PaymentTerms
from ordersales.models.order import DecisionKind, Order
from ordersales.models.sale import Manager, SalesPlan
from ordersales.rules import attempts, decisions, payment_terms, placing, settlement
from ordersales.testing import a_customer, an_offer
from ordersales.values.identifiers import (
    AccountId,
    CustomerId,
    GatewayId,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money

NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER: Final = NOON + timedelta(minutes=1)
LATEST: Final = LATER + timedelta(minutes=1)
BOSS: Final = UserId("boss")
CLERK: Final = UserId("clerk")
MIRA: Final = Manager(user=UserId("mira"), name="Mira")
NOAH: Final = Manager(user=UserId("noah"), name="Noah")
IN_FULL: Final = InFull()
IN_PARTS: Final = AnyShare()
NO: Final = Declined(code="card_declined")


def eur(amount: str) -> Money:
    """Return so many euros."""
    return Money.of(amount, "EUR")


def a_plan(manager: Manager = MIRA) -> SalesPlan:
    """Return the plan by which Ada buys the course thanks to a manager."""
    return SalesPlan(
        customer=CustomerId("cust-1"),
        offer=OfferNumber("C-1"),
        manager=manager,
        stated_at=NOON,
        stated_by=BOSS,
        version=3,
    )


def placed(
    payment: PaymentTerms = IN_FULL,
    price: str = "100.00",
    *,
    manager: Manager | None = None,
    plan: SalesPlan | None = None,
) -> Order:
    """Return order 7, just placed."""
    return placing.place(
        account=AccountId("acme"),
        number=OrderNumber(7),
        key=IdempotencyKey("cart-7"),
        at=NOON,
        customer=a_customer(),
        offer=an_offer(price, payment=payment),
        quantity=1,
        manager=manager,
        plan=plan,
    ).order


def started(order: Order, covers: Money | None = None, *, manual: bool = False) -> Order:
    """Return `order` with one more payment that has no final answer."""
    number = len(order.invoices) + 1
    covers = covers or payment_terms.default_amount(order)
    return attempts.start(
        order,
        number=InvoiceNumber(500 + number),
        at=NOON,
        covers=covers,
        amount=covers,
        system=SystemName("Bank transfer" if manual else "Cards"),
        key=IdempotencyKey(f"pay-{number}"),
        attempt=None if manual else attempts.first_attempt(order, None, NOON),
    ).order


def settled(order: Order, outcome: Outcome) -> Order:
    """Return `order` after the outcome of its last payment became known."""
    change = settlement.settle(order, order.invoices[-1], outcome, LATER)
    assert change is not None
    return change.order


def paid(order: Order, covers: Money | None = None) -> Order:
    """Return `order` with one more payment, which succeeded."""
    order = started(order, covers)
    amount = order.invoices[-1].amount
    return settled(order, Succeeded(gateway_id=GatewayId("ch-1"), amount=amount))


def failed(order: Order, covers: Money | None = None) -> Order:
    """Return `order` with one more payment, which failed."""
    return settled(started(order, covers), NO)


def decided(order: Order, kind: DecisionKind) -> Order:
    """Return `order` after the boss decided about it."""
    return decisions.decide(order, kind, LATER, by=BOSS, reason="so").order
