"""Recurring orders for the contract suites: plain ones, and random ones with their filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any, Final

from attrs import evolve

from ordersales.models.charge import PaymentMethod
from ordersales.models.event import Event, EventKind, RecurringMove
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.offer import Category
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.rules import recurring_lifecycle
from ordersales.testing.builders import a_customer, an_offer
from ordersales.testing.contracts.samples import MAX, NOON
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.currency import Currency
from ordersales.values.identifiers import AccountId, CategoryNumber, OrderNumber, SystemName
from ordersales.values.money import Money

_CARDS: Final = SystemName("Cards")
_SYSTEMS: Final = (_CARDS, SystemName("Wallet"))
_STATUSES: Final = tuple(item for item in RecurringStatus if item is not RecurringStatus.PROCESSING)
_HOURS: Final = range(5)
# Values that are easily confused: two cases of one name, numbers as text, currencies, ties.
_CUSTOMERS: Final = (
    a_customer(),
    a_customer("cust-2", "Zoë Straße"),
    a_customer("Cust-2", "ZOE STRASSE"),
)
_MONTHLY: Final = RecurringTerms(cadence=Cadence(1, Unit.MONTH), payments=12, zone="Europe/Berlin")
_WEEKLY: Final = RecurringTerms(cadence=Cadence(1, Unit.WEEK))
_OFFERS: Final = (
    evolve(an_offer("40", multiple_sales=True), recurring=_MONTHLY),
    evolve(an_offer("100", number="C-10", name="Ödland", multiple_sales=True), recurring=_WEEKLY),
    evolve(
        an_offer("2000", "JPY", number="C-2", name="Book of the course", multiple_sales=True),
        category=Category(number=CategoryNumber("10"), name="Books"),
        recurring=_WEEKLY,
    ),
)


def a_recurring_order(
    account: AccountId, number: OrderNumber, /, slot: int = 1, **changes: Any
) -> RecurringOrder:
    """Return an active recurring order that was paid once and waits for date `slot`."""
    recurring = RecurringOrder(
        account=account,
        number=number,
        status=RecurringStatus.ACTIVE,
        started_at=NOON,
        customer=a_customer(),
        offer=_OFFERS[0],
        quantity=1,
        terms=_MONTHLY,
        system=_CARDS,
        method=PaymentMethod(token="tok_1", stored=True),
        anchor=NOON,
        slot=0,
        due_at=NOON,
        payments_made=1,
        occurrences=1,
    )
    changed = evolve(recurring, **changes)
    terms = changed.offer.recurring or changed.terms
    return recurring_lifecycle.on_slot(evolve(changed, terms=terms), slot)


def a_random_recurring_order(
    random: Random, account: AccountId, number: OrderNumber
) -> RecurringOrder:
    """Return one whose listed and filtered fields are drawn from a few values each."""
    waits = random.random() < 1 / 3
    return a_recurring_order(
        account,
        number,
        slot=random.choice((1, 2, 10)),
        status=random.choice(_STATUSES),
        started_at=_a_moment(random),
        customer=random.choice(_CUSTOMERS),
        offer=random.choice(_OFFERS),
        quantity=random.choice((1, 2, 10)),
        system=random.choice(_SYSTEMS),
        manager=random.choice((None, MAX)),
        payments_made=random.choice((1, 2, 10)),
        current=OrderNumber(10**9) if waits else None,
        retry_at=_a_moment(random) if waits else None,
    )


def _a_moment(random: Random) -> datetime:
    return NOON + timedelta(hours=random.choice(_HOURS))


def recurring_filters(random: Random, there: Sequence[RecurringOrder]) -> Iterator[OrderFilter]:
    """Yield a filter for each value of each field that asks something, and many with two."""
    moments = [NOON + timedelta(hours=hour) for hour in _HOURS]
    # Just after a moment, so that a store that drops microseconds is found out.
    moments.append(moments[2] + timedelta(microseconds=1))
    prices = [Money.of(*price) for price in ((80, "EUR"), (100, "EUR"), (2000, "JPY"))]
    values: dict[str, list[Any]] = {
        "number": [random.choice(there).number, there[0].number, 10**9],
        "recurring_statuses": [*({status} for status in _STATUSES), set(_STATUSES[:2])],
        "customer": [customer.id for customer in _CUSTOMERS],
        "offer": [offer.number for offer in _OFFERS],
        "category": ["7", "10"],
        "placed_from": moments,
        "placed_before": moments,
        "system": [*_SYSTEMS, "Cash"],
        "currency": [Currency.of("EUR"), Currency.of("JPY")],
        "price_from": prices,
        "price_to": prices,
        "manager": [MAX.user, "nobody"],
        "system_sale": [True, False],
        "payment_type": list(PaymentType),
        "recurring": [True, False],
        "text": ["zoe", "STRASSE", "of ada", "odland", "course zoe", "nobody", "%", "C_urse"],
    }
    yield OrderFilter()
    for name, choices in values.items():
        yield from (OrderFilter(**{name: choice}) for choice in choices)
    for one, other in combinations(values, 2):
        asked = {name: random.choice(values[name]) for name in (one, other)}
        if asked.keys() != {"price_from", "price_to"}:  # they must be of one currency
            yield OrderFilter(**asked)


def an_event_of_a_recurring_order(recurring: RecurringOrder, note: str = "") -> Event:
    """Return an event that tells of a recurring order as a whole."""
    move = RecurringMove(number=recurring.number, before=None, after=recurring.status)
    return Event(
        account=recurring.account,
        recurring=move,
        kind=EventKind.RECURRING_STARTED,
        at=NOON,
        note=note,
    )
