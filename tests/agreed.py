"""Recurring orders made directly, for tests of lists and forecasts, and how hypothesis makes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import attrs
from hypothesis import strategies as st

from ordersales.models.charge import PaymentMethod
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.offer import Offer
from ordersales.models.order import Occurrence, Order
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.rules import recurring_lifecycle
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.currency import Currency
from ordersales.values.identifiers import OrderNumber, SystemName
from ordersales.values.money import Money
from tests.listed import ACME, ADA, CUSTOMERS, MIRA, NOAH, NOON, OFFERS, an_order, moments

MONTHLY: Final = Cadence(1, Unit.MONTH)
CARD: Final = PaymentMethod(token="tok-1", stored=True)  # noqa: S106 - names a card, opens nothing
STORED: Final = tuple(item for item in RecurringStatus if item is not RecurringStatus.PROCESSING)


def recurring_offer(offer: Offer | None = None, **terms: Any) -> Offer:
    """Return an offer that is paid again and again, by default each month until it is stopped."""
    offer = offer or OFFERS[0]
    return attrs.evolve(offer, recurring=RecurringTerms(**{"cadence": MONTHLY, **terms}))


def a_recurring(number: int = 7, **changed: Any) -> RecurringOrder:
    """Return a recurring order that was paid once, at its anchor, and has `slot` as its next date."""
    offer, slot = changed.pop("offer", recurring_offer()), changed.pop("slot", 1)
    given = {
        "account": ACME,
        "number": OrderNumber(number),
        "status": RecurringStatus.ACTIVE,
        "started_at": NOON,
        "customer": ADA,
        "offer": offer,
        "quantity": 1,
        "terms": offer.recurring,
        "system": SystemName("Cards"),
        "method": CARD,
        "anchor": NOON,
        "slot": 0,
        "due_at": NOON,
        "payments_made": 1,
        "occurrences": 1,
    }
    return recurring_lifecycle.on_slot(RecurringOrder(**{**given, **changed}), slot)


def its_order(recurring: RecurringOrder, number: int, **changed: Any) -> Order:
    """Return an order of a recurring order."""
    changed = {"offer": recurring.offer, "quantity": recurring.quantity, **changed}
    index = changed.pop("index", recurring.occurrences)
    which = Occurrence(recurring_order=recurring.number, index=index, due_at=recurring.due_at)
    return an_order(number, occurrence=which, **changed)


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"])
cadences = st.builds(Cadence, st.integers(1, 40), st.sampled_from(Unit))


@st.composite
def terms(draw: st.DrawFn) -> RecurringTerms:
    """Make terms."""
    return RecurringTerms(
        cadence=draw(cadences), payments=draw(st.none() | st.integers(1, 30)), zone=draw(zones)
    )


@st.composite
def recurring_orders(
    draw: st.DrawFn, number: int, *, anchors: st.SearchStrategy[datetime] = moments
) -> RecurringOrder:
    """Make a recurring order of that number, wherever it stands."""
    agreed = draw(terms())
    status = draw(st.sampled_from(STORED))
    most = 30 if agreed.payments is None else agreed.payments
    anchor, current = draw(anchors), draw(st.booleans())
    return a_recurring(
        number,
        customer=draw(st.sampled_from(CUSTOMERS)),
        offer=attrs.evolve(draw(st.sampled_from([OFFERS[0], OFFERS[2]])), recurring=agreed),
        quantity=draw(st.integers(1, 3)),
        started_at=draw(moments),
        status=status,
        manager=draw(st.sampled_from([None, MIRA, NOAH])),
        system=draw(st.sampled_from(["Cards", "Wallet"])),
        anchor=anchor,
        slot=draw(st.integers(0, 20)),
        payments_made=draw(st.integers(0, most)),
        current=OrderNumber(number + 5000) if current else None,
        retry_at=draw(st.none() | moments) if current else None,
    )


def agreements(most: int = 12) -> st.SearchStrategy[list[RecurringOrder]]:
    """Make the recurring orders of one shop, with numbers in more than one block."""
    numbers = st.lists(
        st.one_of(st.integers(1, 8), st.integers(1020, 1030)), unique=True, max_size=most
    )
    return numbers.flatmap(lambda drawn: st.tuples(*map(recurring_orders, drawn)).map(list))


_FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "number": st.integers(1, 8),
    "recurring_statuses": st.frozensets(st.sampled_from(STORED), min_size=1, max_size=3),
    "customer": st.sampled_from(["ada", "zoe", "nobody"]),
    "offer": st.sampled_from(["C-1", "B-1"]),
    "category": st.sampled_from(["7", "9"]),
    "placed_from": moments,
    "placed_before": moments,
    "system": st.sampled_from(["Cards", "Wallet", "Bank"]),
    "currency": st.sampled_from(["EUR", "JPY"]).map(Currency.of),
    "price_from": st.integers(0, 300).map(lambda amount: Money.of(amount, "EUR")),
    "price_to": st.integers(0, 300).map(lambda amount: Money.of(amount, "EUR")),
    "manager": st.sampled_from(["mira", "noah"]),
    "system_sale": st.booleans(),
    "payment_type": st.sampled_from(PaymentType),
    "recurring": st.booleans(),
    "text": st.sampled_from(["zoe", "LOVELACE", "creme ada", "course", "zoe book"]),
}


@st.composite
def recurring_filters(draw: st.DrawFn) -> OrderFilter:
    """Make a filter of up to three fields that ask something of recurring orders."""
    names = draw(st.lists(st.sampled_from(sorted(_FIELDS)), unique=True, max_size=3))
    return OrderFilter(**{name: draw(_FIELDS[name]) for name in names})


DAY: Final = timedelta(days=1)
