"""Records for the contract suites: plain ones, one with every field filled, and random ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any, Final

from attrs import evolve

from ordersales.models.charge import PaymentMethod, Succeeded, WebhookEvent
from ordersales.models.event import Event, EventKind
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.offer import AnyShare, Category, FixedShares, InFull
from ordersales.models.order import (
    Attention,
    AttentionReason,
    Decision,
    DecisionKind,
    Occurrence,
    Order,
    OrderStatus,
)
from ordersales.models.recurring_terms import RecurringTerms, ResumePolicy
from ordersales.models.refund import Refund, RefundKind, RefundReference, RefundStatus
from ordersales.models.sale import Basis, Manager, Sale, SaleChange, SalesPlan
from ordersales.models.stage import PaymentError, Retry, Stage
from ordersales.rules.placing import place
from ordersales.testing.builders import a_customer, an_offer
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.currency import Currency
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    CategoryNumber,
    CustomerId,
    GatewayId,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import MOST_MINOR, Money
from ordersales.values.share import Share

#: To the microsecond, as clocks tell it.
NOON: Final = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
BANK: Final = SystemName("Bank")
MAX: Final = Manager(user=UserId("m1"), name="Max")
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


def a_refund(key: str | None, /, **changes: Any) -> Refund:
    """Return a refund of one cent that was asked for under `key`."""
    refund = Refund(
        number=1,
        kind=RefundKind.REFUND,
        amount=Money(1, Currency.of("EUR")),
        status=RefundStatus.PENDING,
        requested_at=NOON,
        key=None if key is None else IdempotencyKey(key),
    )
    return evolve(refund, **changes)


def a_plan(customer: str = "cust-1", offer: str = "C-1", /, **changes: Any) -> SalesPlan:
    """Return a sales plan with every field filled, not kept yet."""
    plan = SalesPlan(
        customer=CustomerId(customer),
        offer=OfferNumber(offer),
        manager=MAX,
        stated_at=NOON,
        stated_by=UserId("boss"),
    )
    return evolve(plan, **changes)


def an_event(order: Order, note: str = "") -> Event:
    """Return an event that tells of `order`, with every field filled that one of an order has."""
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
        sale=SaleChange(before=Sale(), after=Sale(manager=MAX, basis=Basis.PLAN)),
        note=note,
    )


def an_event_of_a_plan(account: AccountId, plan: SalesPlan) -> Event:
    """Return an event that tells of a sales plan, and of no order."""
    return Event(
        account=account,
        customer=plan.customer,
        offer=plan.offer,
        kind=EventKind.PLAN_STATED,
        at=NOON,
    )


def a_message(event_id: str = "evt_1", reference: str | None = "acme/1/1") -> WebhookEvent:
    """Return a message that tells of money taken."""
    outcome = Succeeded(
        gateway_id=GatewayId("ch_1"), amount=Money.of(1000, "JPY"), fee=Money.of(29, "JPY")
    )
    return WebhookEvent(event_id=event_id, reference=reference, outcome=outcome)


def a_full_order(account: AccountId, number: OrderNumber, *numbers: InvoiceNumber) -> Order:
    """Return an order in which every field is filled, with an invoice for each of `numbers`.

    All but one: what may be paid in parts is not sold again and again (`a_full_occurrence`).
    """
    thirds = FixedShares((Share(Fraction(1, 3)), Share(Fraction(2, 3))))
    return an_order(
        account,
        number,
        customer=a_customer("c/7", "Zoë 'Straße' 山田"),
        offer=an_offer("9.999", "KWD", payment=thirds, multiple_sales=True),
        quantity=3,
        price=Money(MOST_MINOR, Money.of(0, "KWD").currency),
        status=OrderStatus.COMPLETED,
        sale=Sale(manager=MAX, basis=Basis.CHOSEN, confirmed_at=NOON, confirmed_by=UserId("boss")),
        invoices=tuple(a_full_invoice(account, number, item) for item in numbers),
        decision=Decision(
            kind=DecisionKind.CONFIRMED, at=NOON, by=UserId("boss"), reason="known\nfor years"
        ),
        attention=(_ATTENTION, evolve(_ATTENTION, reason=AttentionReason.OVERPAID)),
        occurrence=Occurrence(
            recurring_order=OrderNumber(4),
            index=number,
            due_at=NOON,
            attempts_allowed=5,
            retry_final_declines=True,
        ),
        searched_at=NOON,
    )


def a_full_occurrence(account: AccountId, number: OrderNumber, *numbers: InvoiceNumber) -> Order:
    """Return an order likewise, of an offer all of whose recurring terms are filled."""
    terms = RecurringTerms(
        cadence=Cadence(2, Unit.WEEK),
        payments=12,
        first_retry=timedelta(hours=12),
        second_retry=timedelta(days=5, seconds=1),
        zone="America/St_Johns",
        on_resume=ResumePolicy.COLLECT_ALL,
        retry_final_declines=True,
    )
    offer = an_offer("9.999", "KWD", multiple_sales=True, recurring=terms)
    return evolve(a_full_order(account, number, *numbers), offer=offer)


def a_full_invoice(account: AccountId, order: OrderNumber, number: InvoiceNumber) -> Invoice:
    """Return an invoice in which every field is filled."""
    reference = AttemptReference(account, OrderNumber(4), number, occurrence=order)
    error = PaymentError(code="odd", message="It said “no”.", retry=Retry.ANOTHER_METHOD)
    return an_invoice(
        number,
        status=InvoiceStatus.REFUNDED,
        amount=Money.of(1000, "JPY"),
        covers=Money.of("1.234", "KWD"),
        one_click=True,
        extra=True,
        comment="from my\nbrother",
        attempt=Attempt(
            reference=reference,
            epoch=1,
            stage=Stage.HELD,
            method=PaymentMethod(token="tok_1", stored=True),
            sent_at=NOON,
            next_check=NOON + timedelta(minutes=2),
            first_sent_at=NOON - timedelta(minutes=3),
            sends=2,
            permits=4,
            checks=3,
            buyer_action="https://bank.example/3ds?a=1&b=2",
            kept_method=PaymentMethod(token="tok_2", stored=True),
        ),
        gateway_id=GatewayId("ch_1"),
        fee=Money.of(29, "JPY"),
        error=error,
        settled_at=NOON + timedelta(days=1),
        refunds=(
            Refund(
                number=1,
                kind=RefundKind.REFUND,
                amount=Money.of(900, "JPY"),
                status=RefundStatus.SUCCEEDED,
                requested_at=NOON,
                reference=RefundReference(reference, 1),
                key=IdempotencyKey(f"refund of {order}"),
                spread=True,
                stage=Stage.ACCEPTED,
                next_check=NOON + timedelta(minutes=9),
                first_sent_at=NOON + timedelta(minutes=1),
                sent_at=NOON + timedelta(minutes=4),
                sends=1,
                permits=2,
                checks=4,
                excess=Money.of(7, "JPY"),
                by=UserId("boss"),
                reason="sent\nback",
                gateway_id=GatewayId("re_1"),
                error=error,
                settled_at=NOON + timedelta(hours=1),
            ),
            a_refund(None, number=2, kind=RefundKind.CHARGEBACK, amount=Money.of(100, "JPY")),
        ),
    )


# Values that are easily confused: two cases of one name, numbers as text, currencies, ties.
_CUSTOMERS: Final = (
    a_customer(),
    a_customer("cust-2", "Zoë Straße"),
    a_customer("Cust-2", "ZOE STRASSE"),
    a_customer("cust-10", "ada lovelace"),
)
_OFFERS: Final = (
    an_offer("40", payment=InFull()),
    an_offer("100", number="C-10", name="Ödland", payment=AnyShare(Share.percent(10))),
    evolve(
        an_offer("2000", "JPY", number="C-2", name="Book of the course", payment=AnyShare()),
        category=Category(number=CategoryNumber("10"), name="Books"),
    ),
)
_MANAGERS: Final = (None, MAX, Manager(user=UserId("m2"), name="Ärmel"))
_SYSTEMS: Final = (BANK, SystemName("Cards"))
_HOURS: Final = range(5)


def a_random_order(random: Random, account: AccountId, number: OrderNumber) -> Order:
    """Return an order whose listed and filtered fields are drawn from a few values each."""
    offer, quantity = random.choice(_OFFERS), random.choice((1, 2, 10))
    return an_order(
        account,
        number,
        status=random.choice(list(OrderStatus)),
        customer=random.choice(_CUSTOMERS),
        offer=offer,
        quantity=quantity,
        price=quantity * offer.unit_price,
        sale=Sale(manager=random.choice(_MANAGERS), confirmed_at=random.choice((None, NOON))),
        attention=random.choice([(), (_ATTENTION,)]),
        occurrence=random.choice((None, _an_occurrence(number))),
        placed_at=_a_moment(random),
    )


def a_random_invoice(random: Random, number: InvoiceNumber) -> Invoice:
    """Return an invoice whose listed and filtered fields are drawn from a few values each."""
    status, currency = random.choice(list(InvoiceStatus)), random.choice(("EUR", "JPY"))
    return an_invoice(
        number,
        attempted_at=_a_moment(random),
        status=status,
        amount=Money(random.choice((900, 1000, 10000)), Currency.of(currency)),
        system=random.choice(_SYSTEMS),
        settled_at=None if status is InvoiceStatus.PENDING else _a_moment(random),
    )


def _an_occurrence(number: OrderNumber) -> Occurrence:
    # Of one recurring order, which has each index only once.
    return Occurrence(recurring_order=OrderNumber(4), index=number)


def _a_moment(random: Random) -> datetime:
    return NOON + timedelta(hours=random.choice(_HOURS))


def filters(random: Random, orders: Sequence[Order]) -> Iterator[OrderFilter]:
    """Yield a filter for each value of each field, and many with two fields filled."""
    moments = [NOON + timedelta(hours=hour) for hour in _HOURS]
    # Just after a moment, so that a store that drops microseconds is found out.
    moments.append(moments[2] + timedelta(microseconds=1))
    prices = [Money.of(*price) for price in ((80, "EUR"), (100, "EUR"), (2000, "JPY"))]
    invoices = [invoice for order in orders for invoice in order.invoices]
    flags = [True, False]
    of_invoices: dict[str, list[Any]] = {
        "invoice": [random.choice(invoices).number, invoices[0].number, 10**9],
        "payment_statuses": [{status} for status in InvoiceStatus],
        "paid_from": moments,
        "paid_before": moments,
        "system": [*_SYSTEMS, "Cash"],
    }
    values: dict[str, list[Any]] = of_invoices | {
        "number": [random.choice(orders).number, orders[0].number, 10**9],
        "statuses": [*({status} for status in OrderStatus), {OrderStatus.OPEN, OrderStatus.REFUND}],
        "customer": [customer.id for customer in _CUSTOMERS],
        "offer": [offer.number for offer in _OFFERS],
        "category": ["7", "10"],
        "placed_from": moments,
        "placed_before": moments,
        "currency": [Currency.of("EUR"), Currency.of("JPY")],
        "price_from": prices,
        "price_to": prices,
        "manager": [item.user for item in _MANAGERS if item is not None],
        "system_sale": flags,
        "confirmed": flags,
        "payment_type": list(PaymentType),
        "recurring": flags,
        "needs_attention": flags,
        "text": ["zoe", "STRASSE", "of ada", "odland", "course zoe", "nobody", "%", "C_urse"],
    }
    yield OrderFilter()
    for name, choices in values.items():
        yield from (OrderFilter(**{name: choice}) for choice in choices)
    # What is asked of invoices has to be so of one and the same.
    pairs = [*combinations(of_invoices, 2)] * 3 + [*combinations(values, 2)][::5]
    for one, other in pairs:
        asked = {name: random.choice(values[name]) for name in (one, other)}
        if asked.keys() != {"price_from", "price_to"}:  # they must be of one currency
            yield OrderFilter(**asked)
