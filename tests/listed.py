"""Orders made directly, for the tests of lists, and how hypothesis makes them and filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import AnyShare, Category, Customer, InFull, Offer
from ordersales.models.order import (
    Attention,
    AttentionReason,
    Occurrence,
    Order,
    OrderStatus,
)
from ordersales.models.sale import Manager, Sale
from ordersales.values.currency import Currency
from ordersales.values.identifiers import (
    AccountId,
    CategoryNumber,
    CustomerId,
    IdempotencyKey,
    InvoiceNumber,
    OfferNumber,
    OrderNumber,
    SystemName,
    UserId,
)
from ordersales.values.money import Money

ACME: Final = AccountId("acme")
NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
MIRA: Final = Manager(user=UserId("mira"), name="Mira")
NOAH: Final = Manager(user=UserId("noah"), name="Noah")
ZOE: Final = Customer(id=CustomerId("zoe"), name="Zoë Ångström")
ADA: Final = Customer(id=CustomerId("ada"), name="Ada Lovelace")
CUSTOMERS: Final = (ADA, ZOE, Customer(id=CustomerId("ada-2"), name="ADA LOVELACE"))


def an_offer(
    number: str = "C-1",
    name: str = "Crème brûlée course",
    *,
    category: str = "7",
    price: str = "100",
    currency: str = "EUR",
    parts: bool = False,
) -> Offer:
    """Return an offer."""
    return Offer(
        number=OfferNumber(number),
        name=name,
        category=Category(number=CategoryNumber(category), name="Learning"),
        unit_price=Money.of(price, currency),
        multiple_sales=True,
        payment=AnyShare() if parts else InFull(),
    )


OFFERS: Final = (
    an_offer(),
    an_offer("C-2", "Bread course", parts=True, price="40"),
    an_offer("B-1", "Book", category="9", price="40", currency="JPY"),
)


def an_invoice(
    number: int = 501,
    status: InvoiceStatus = InvoiceStatus.PAID,
    *,
    system: str = "Cards",
    settled_at: datetime | None = NOON,
    covers: Money | None = None,
) -> Invoice:
    """Return an invoice."""
    covers = covers or Money.of(10, "EUR")
    return Invoice(
        number=InvoiceNumber(number),
        attempted_at=NOON,
        status=status,
        amount=covers,
        covers=covers,
        system=SystemName(system),
        key=IdempotencyKey(f"pay-{number}"),
        settled_at=settled_at,
    )


def an_order(number: int = 7, **changed: Any) -> Order:
    """Return an order; its price follows from its offer and quantity."""
    offer, quantity = changed.pop("offer", OFFERS[0]), changed.pop("quantity", 1)
    needs_attention, recurring = changed.pop("attention", False), changed.pop("recurring", False)
    told = Attention(
        reason=AttentionReason.OVERPAID, at=NOON, invoice=InvoiceNumber(501), detail="too much"
    )
    given = {
        "account": ACME,
        "number": OrderNumber(number),
        "key": IdempotencyKey(f"cart-{number}"),
        "placed_at": NOON,
        "customer": ADA,
        "offer": offer,
        "quantity": quantity,
        "price": quantity * offer.unit_price,
        "status": OrderStatus.OPEN,
        "attention": (told,) if needs_attention else (),
        "occurrence": Occurrence(recurring_order=OrderNumber(3), index=number)
        if recurring
        else None,
    }
    return Order(**{**given, **changed})


# Around two midnights, with moments on and beside them.
moments = st.integers(-72, 72).map(lambda hours: NOON + hours * HOUR)
sales = st.builds(
    Sale, manager=st.sampled_from([None, MIRA, NOAH]), confirmed_at=st.none() | moments
)


@st.composite
def invoices(draw: st.DrawFn, number: int) -> Invoice:
    """Make an invoice of that number."""
    return an_invoice(
        number,
        draw(st.sampled_from(InvoiceStatus)),
        system=draw(st.sampled_from(["Cards", "Bank"])),
        settled_at=draw(moments),
        covers=Money(draw(st.integers(0, 3)), Currency.of("EUR")),
    )


@st.composite
def orders(draw: st.DrawFn, number: int) -> Order:
    """Make an order of that number, with invoices numbered from ten times that on."""
    paid = [draw(invoices(number * 10 + at)) for at in range(draw(st.integers(0, 3)))]
    return an_order(
        number,
        customer=draw(st.sampled_from(CUSTOMERS)),
        offer=draw(st.sampled_from(OFFERS)),
        quantity=draw(st.integers(1, 3)),
        placed_at=draw(moments),
        status=draw(st.sampled_from(OrderStatus)),
        sale=draw(sales),
        attention=draw(st.booleans()),
        recurring=draw(st.booleans()),
        invoices=tuple(paid),
    )


def shops(most: int = 12) -> st.SearchStrategy[list[Order]]:
    """Make the orders of one shop, with numbers in more than one block, in any order."""
    numbers = st.lists(
        st.one_of(st.integers(1, 8), st.integers(1020, 1030)), unique=True, max_size=most
    )
    return numbers.flatmap(lambda drawn: st.tuples(*map(orders, drawn)).map(list))


_FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "number": st.integers(1, 8),
    "statuses": st.frozensets(st.sampled_from(OrderStatus), min_size=1, max_size=3),
    "customer": st.sampled_from(["ada", "zoe", "nobody"]),
    "offer": st.sampled_from(["C-1", "B-1"]),
    "category": st.sampled_from(["7", "9"]),
    "placed_from": moments,
    "placed_before": moments,
    "invoice": st.integers(10, 82),
    "payment_statuses": st.frozensets(st.sampled_from(InvoiceStatus), min_size=1, max_size=3),
    "paid_from": moments,
    "paid_before": moments,
    "system": st.sampled_from(["Cards", "Bank"]),
    "currency": st.sampled_from(["EUR", "JPY"]).map(Currency.of),
    "price_from": st.integers(0, 200).map(lambda amount: Money.of(amount, "EUR")),
    "price_to": st.integers(0, 200).map(lambda amount: Money.of(amount, "EUR")),
    "manager": st.sampled_from(["mira", "noah"]),
    "system_sale": st.booleans(),
    "confirmed": st.booleans(),
    "payment_type": st.sampled_from(PaymentType),
    "recurring": st.booleans(),
    "needs_attention": st.booleans(),
    "text": st.sampled_from(["zoe", "LOVELACE", "creme ada", "course", "zoe bread"]),
}


@st.composite
def filters(draw: st.DrawFn) -> OrderFilter:
    """Make a filter of up to three fields."""
    names = draw(st.lists(st.sampled_from(sorted(_FIELDS)), unique=True, max_size=3))
    return OrderFilter(**{name: draw(_FIELDS[name]) for name in names})
