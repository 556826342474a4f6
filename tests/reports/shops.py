"""How hypothesis makes shops whose money went every way, and what may be asked of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import Category, Offer
from ordersales.models.order import Decision, DecisionKind, Occurrence, Order, OrderStatus
from ordersales.models.refund import Refund, RefundKind, RefundStatus
from ordersales.models.report import DateBasis, Dimension, ReportScope
from ordersales.models.sale import Manager, Sale
from ordersales.values.currency import Currency
from ordersales.values.identifiers import (
    AccountId,
    CategoryNumber,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money
from tests.listed import ADA, ZOE, an_offer

ACME: Final = AccountId("acme")
#: Around the ends of a month, and around clocks that go forward and back in several zones.
_BASES: Final = tuple(
    datetime(2026, month, day, 12, tzinfo=UTC)
    for month, day in ((1, 31), (3, 8), (3, 29), (10, 25), (12, 31))
)
ZONES: Final = (
    "UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "America/Havana",
)  # fmt: skip
moments = st.builds(
    lambda base, quarters: base + quarters * timedelta(minutes=15),
    st.sampled_from(_BASES),
    st.integers(-120, 120),
)
currencies = st.sampled_from(["EUR", "USD", "JPY", "KWD"]).map(Currency.of)


def _renamed(number: str, name: str, category: str, category_name: str) -> Offer:
    offer = an_offer(number, name, parts=True, price="40")
    kind = Category(number=CategoryNumber(category), name=category_name)
    return Offer(
        number=OfferNumber(number),
        name=name,
        category=kind,
        unit_price=offer.unit_price,
        multiple_sales=True,
        payment=offer.payment,
    )


#: Two offers in one category, one that was renamed, and one that went to another category.
OFFERS: Final = (
    _renamed("C-1", "Course", "7", "Learning"),
    _renamed("C-1", "Great course", "7", "Learning"),
    _renamed("C-1", "Course", "9", "Books and more"),
    _renamed("C-2", "Bread course", "7", "To learn"),
    an_offer("B-1", "Book", category="9", price="40", currency="JPY"),
)
MANAGERS: Final = (
    None,
    Manager(user=UserId("mira"), name="Mira"),
    Manager(user=UserId("mira"), name="Mira Lund"),
    Manager(user=UserId("noah"), name="Noah"),
)


@st.composite
def refunds(draw: st.DrawFn, number: int, currency: Currency) -> Refund:
    """Make a refund of any kind, wherever it stands: a chargeback may be lost, or won back."""
    status = draw(st.sampled_from([*RefundStatus, RefundStatus.SUCCEEDED]))
    requested = draw(moments)
    return Refund(
        number=number,
        kind=draw(st.sampled_from(RefundKind)),
        amount=Money(draw(st.integers(1, 300)), currency),
        status=status,
        requested_at=requested,
        settled_at=None
        if status is RefundStatus.PENDING
        else requested + timedelta(hours=draw(st.integers(0, 30))),
    )


@st.composite
def invoices(draw: st.DrawFn, number: int) -> Invoice:
    """Make an invoice of any status, charged in any currency."""
    currency = draw(currencies)
    status = draw(st.sampled_from([*InvoiceStatus, InvoiceStatus.PAID, InvoiceStatus.REFUNDED]))
    amount = Money(draw(st.integers(1, 2000)), currency)
    captured = status in (InvoiceStatus.PAID, InvoiceStatus.REFUNDED)
    returned: tuple[Refund, ...] = ()
    if captured:
        returned = tuple(draw(refunds(at + 1, currency)) for at in range(draw(st.integers(0, 2))))
    paid_at = draw(moments)
    return Invoice(
        number=InvoiceNumber(number),
        attempted_at=paid_at,
        status=status,
        amount=amount,
        covers=Money(draw(st.integers(1, 2000)), Currency.of("EUR")),
        system=SystemName(draw(st.sampled_from(["Cards", "Bank"]))),
        key=IdempotencyKey(f"pay-{number}"),
        fee=Money(draw(st.integers(0, 50)), currency) if captured and draw(st.booleans()) else None,
        settled_at=None if status is InvoiceStatus.PENDING else paid_at,
        refunds=returned,
    )


@st.composite
def orders(draw: st.DrawFn, number: int) -> Order:
    """Make an order that was paid in parts or not at all, maybe with a rest that was waived."""
    offer, placed = draw(st.sampled_from(OFFERS)), draw(moments)
    quantity = draw(st.integers(1, 3))
    # Numbered against the order of payment, which is drawn: the first is not always number one.
    paid = tuple(draw(invoices(number * 10 + at)) for at in range(draw(st.integers(0, 3))))
    waived = Decision(kind=DecisionKind.CONFIRMED, at=placed, by=UserId("boss"))
    manager = draw(st.sampled_from(MANAGERS))
    occurrence = Occurrence(recurring_order=OrderNumber(3), index=number)
    return Order(
        account=ACME,
        number=OrderNumber(number),
        key=IdempotencyKey(f"cart-{number}"),
        placed_at=placed,
        customer=draw(st.sampled_from([ADA, ZOE])),
        offer=offer,
        quantity=quantity,
        price=quantity * offer.unit_price,
        status=draw(st.sampled_from(OrderStatus)),
        sale=Sale(manager=manager, confirmed_at=draw(st.none() | moments)),
        invoices=paid,
        decision=draw(st.sampled_from([None, waived])),
        occurrence=draw(st.sampled_from([None, None, occurrence])),
    )


def shops(most: int = 8) -> st.SearchStrategy[list[Order]]:
    """Make the orders of one shop."""
    numbers = st.lists(st.integers(1, 30), unique=True, max_size=most)
    return numbers.flatmap(lambda drawn: st.tuples(*map(orders, drawn)).map(list))


_FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "statuses": st.frozensets(st.sampled_from(OrderStatus), min_size=1),
    "payment_statuses": st.frozensets(st.sampled_from(InvoiceStatus), min_size=1),
    "customer": st.sampled_from(["ada", "zoe"]),
    "offer": st.sampled_from(["C-1", "B-1"]),
    "category": st.sampled_from(["7", "9"]),
    "system": st.sampled_from(["Cards", "Bank"]),
    "paid_from": moments,
    "paid_before": moments,
    "placed_from": moments,
    "manager": st.sampled_from(["mira", "noah"]),
    "system_sale": st.booleans(),
    "confirmed": st.booleans(),
    "payment_type": st.sampled_from(PaymentType),
    "recurring": st.booleans(),
    "currency": currencies,
    "text": st.sampled_from(["zoe", "great"]),
}


@st.composite
def filters(draw: st.DrawFn) -> OrderFilter:
    """Make a filter, which mostly lets everything through."""
    names = draw(st.lists(st.sampled_from(sorted(_FIELDS)), unique=True, max_size=2))
    if draw(st.booleans()):
        names = []
    return OrderFilter(**{name: draw(_FIELDS[name]) for name in names})


@st.composite
def scopes(draw: st.DrawFn) -> ReportScope:
    """Make what a report counts."""
    days = st.none() | moments.map(datetime.date)
    first, last = draw(days), draw(days)
    if first and last and last < first:
        first, last = last, first
    return ReportScope(
        wanted=draw(filters()),
        zone=draw(st.sampled_from(ZONES)),
        basis=draw(st.sampled_from(DateBasis)),
        first_day=first,
        last_day=last,
    )


@st.composite
def breakdowns(draw: st.DrawFn) -> tuple[Dimension, ...]:
    """Make the dimensions of a report, the currency among them."""
    plain = [
        item for item in Dimension if item not in (Dimension.DAY, Dimension.WEEK, Dimension.MONTH)
    ]
    found = draw(st.lists(st.sampled_from(plain), unique=True, max_size=3))
    time = draw(st.sampled_from([None, Dimension.DAY, Dimension.WEEK, Dimension.MONTH]))
    if time is not None:
        found.insert(draw(st.integers(0, len(found))), time)
    return tuple(found) if Dimension.CURRENCY in found else (*found, Dimension.CURRENCY)


def monday(day: date) -> date:
    """Return the Monday of its week."""
    return day - timedelta(days=day.weekday())
