"""Records for the contract suites: plain ones, one with every field filled, and random ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any, Final

from attrs import evolve

from ordersales.models.charge import PaymentMethod, Succeeded, WebhookEvent
from ordersales.models.event import Event, EventKind
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.invoice import (
    Attempt,
    Invoice,
    InvoiceStatus,
    PaymentError,
    Refund,
    RefundStatus,
    Stage,
)
from ordersales.models.offer import AnyShare, FixedShares, InFull
from ordersales.models.order import (
    Attention,
    AttentionReason,
    Decision,
    DecisionKind,
    Occurrence,
    Order,
    OrderStatus,
)
from ordersales.models.sale import Manager, Sale
from ordersales.rules.placing import place
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
from ordersales.values.money import MOST_MINOR, Money
from ordersales.values.share import Share

#: To the microsecond, as clocks tell it.
NOON: Final = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
BANK: Final = SystemName("Bank")
_ATTENTION: Final = Attention(
    reason=AttentionReason.AMOUNT_DIFFERS,
    at=NOON,
    invoice=InvoiceNumber(1),
    detail="took ¥ 1,001 — “too much”",
)


def an_order(account: AccountId, number: OrderNumber, /, **changes: Any) -> Order:
    """Return an open order that may be paid in parts, with a key of its own."""
    order = place(
        account=account,
        number=number,
        key=IdempotencyKey(f"order-{number}"),
        at=NOON,
        customer=a_customer(),
        offer=an_offer(payment=AnyShare()),
        quantity=1,
    ).order
    return evolve(order, **changes)


def an_invoice(number: InvoiceNumber, /, **changes: Any) -> Invoice:
    """Return a pending invoice with a key of its own."""
    invoice = Invoice(
        number=number,
        attempted_at=NOON,
        status=InvoiceStatus.PENDING,
        amount=Money.of("1.00", "EUR"),
        covers=Money.of("1.00", "EUR"),
        system=BANK,
        key=IdempotencyKey(f"payment-{number}"),
    )
    return evolve(invoice, **changes)


def an_event(order: Order, note: str = "") -> Event:
    """Return an event that tells of `order`, with every field filled."""
    return Event(
        account=order.account,
        order=order.number,
        kind=EventKind.PAYMENT_STARTED,
        at=NOON,
        by=UserId("boss"),
        invoice=InvoiceNumber(1),
        before=OrderStatus.OPEN,
        after=order.status,
        amount=Money.of("12.345", "KWD"),
        note=note,
    )


def a_message(event_id: str = "evt_1", reference: str | None = "acme/1/1") -> WebhookEvent:
    """Return a message that tells of money taken."""
    outcome = Succeeded(
        gateway_id=GatewayId("ch_1"), amount=Money.of(1000, "JPY"), fee=Money.of(29, "JPY")
    )
    return WebhookEvent(event_id=event_id, reference=reference, outcome=outcome)


def a_full_order(account: AccountId, number: OrderNumber, *numbers: InvoiceNumber) -> Order:
    """Return an order in which every field is filled, with an invoice for each of `numbers`."""
    thirds = FixedShares((Share(Fraction(1, 3)), Share(Fraction(2, 3))))
    return an_order(
        account,
        number,
        customer=a_customer("c/7", "Zoë 'Straße' 山田"),
        offer=an_offer("9.999", "KWD", payment=thirds, multiple_sales=True),
        quantity=3,
        price=Money(MOST_MINOR, Money.of(0, "KWD").currency),
        status=OrderStatus.COMPLETED,
        sale=Sale(
            manager=Manager(user=UserId("m1"), name="Max"),
            confirmed_at=NOON,
            confirmed_by=UserId("boss"),
        ),
        invoices=tuple(a_full_invoice(account, number, item) for item in numbers),
        decision=Decision(
            kind=DecisionKind.CONFIRMED, at=NOON, by=UserId("boss"), reason="known\nfor years"
        ),
        attention=(_ATTENTION, evolve(_ATTENTION, reason=AttentionReason.OVERPAID)),
        occurrence=Occurrence(recurring_order=4, index=2, attempts_allowed=5),
    )


def a_full_invoice(account: AccountId, order: OrderNumber, number: InvoiceNumber) -> Invoice:
    """Return an invoice in which every field is filled."""
    return an_invoice(
        number,
        status=InvoiceStatus.REFUNDED,
        amount=Money.of(1000, "JPY"),
        covers=Money.of("1.234", "KWD"),
        one_click=True,
        comment="from my\nbrother",
        attempt=Attempt(
            reference=AttemptReference(account, order, number),
            epoch=1,
            stage=Stage.HELD,
            method=PaymentMethod(token="tok_1", stored=True),
            sent_at=NOON,
            next_check=NOON + timedelta(minutes=2),
            sends=2,
            checks=3,
            buyer_action="https://bank.example/3ds?a=1&b=2",
        ),
        gateway_id=GatewayId("ch_1"),
        fee=Money.of(29, "JPY"),
        error=PaymentError(code="odd", message="It said “no”."),
        settled_at=NOON + timedelta(days=1),
        refunds=(
            Refund(
                amount=Money.of(1000, "JPY"),
                status=RefundStatus.SUCCEEDED,
                requested_at=NOON,
                settled_at=NOON + timedelta(hours=1),
                reason="sent back",
            ),
        ),
    )


_CUSTOMERS: Final = (a_customer(), a_customer("cust-2", "Grace Hopper"))
_TERMS: Final = (InFull(), AnyShare(Share.percent(10)), FixedShares((Share.percent(100),)))
_HOURS: Final = range(5)


def a_random_order(random: Random, account: AccountId, number: OrderNumber) -> Order:
    """Return an order whose filtered fields are drawn from a few values each."""
    return an_order(
        account,
        number,
        status=random.choice(list(OrderStatus)),
        customer=random.choice(_CUSTOMERS),
        offer=an_offer(payment=random.choice(_TERMS)),
        attention=random.choice([(), (_ATTENTION,)]),
        placed_at=NOON + timedelta(hours=random.choice(_HOURS)),
    )


def filters(random: Random, combined: int) -> Iterator[OrderFilter]:
    """Yield a filter for each value of each field, and so many with several fields filled."""
    moments = [NOON + timedelta(hours=hour) for hour in _HOURS]
    # Just after a moment, so that a store that drops microseconds is found out.
    moments.append(moments[2] + timedelta(microseconds=1))
    values: dict[str, list[Any]] = {
        "statuses": [{status} for status in OrderStatus],
        "customer": [customer.id for customer in _CUSTOMERS],
        "payment_type": list(PaymentType),
        "needs_attention": [True, False],
        "placed_from": moments,
        "placed_before": moments,
    }
    yield OrderFilter()
    yield OrderFilter(statuses={OrderStatus.OPEN, OrderStatus.REFUND})
    for name, choices in values.items():
        yield from (OrderFilter(**{name: choice}) for choice in choices)
    for _ in range(combined):
        names = random.sample(list(values), 2)
        yield OrderFilter(**{name: random.choice(values[name]) for name in names})
