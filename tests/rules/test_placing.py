"""Placing an order: its price, its quantity, and what it is from the start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import InvalidInput, Problem
from ordersales.models.event import Event, EventKind
from ordersales.models.offer import Offer
from ordersales.models.order import Occurrence, Order, OrderStatus
from ordersales.models.sale import Basis, Manager, Sale
from ordersales.rules import order_lifecycle, placing
from ordersales.rules.change import Change
from ordersales.testing.builders import a_customer, an_offer
from ordersales.values.identifiers import IdempotencyKey, OrderNumber
from ordersales.values.money import MOST_MINOR, Money
from tests.rules.shop import ACME, BOSS, IN_PARTS, NOON, eur


def place(offer: Offer, quantity: int = 1) -> Change:
    """Return what placing order 7 for `quantity` of `offer` changes."""
    return placing.place(
        account=ACME,
        number=OrderNumber(7),
        key=IdempotencyKey("cart-7"),
        at=NOON,
        customer=a_customer(),
        offer=offer,
        quantity=quantity,
    )


@pytest.mark.rule("O1", "O2")
def test_place() -> None:
    """An order is Open, holds what the customer saw, and one event tells that it was placed."""
    offer = an_offer("33.33", multiple_sales=True, payment=IN_PARTS)
    manager = Manager(user=BOSS, name="Boss")
    occurrence = Occurrence(recurring_order=3, index=2)

    change = placing.place(
        account=ACME,
        number=OrderNumber(7),
        key=IdempotencyKey("cart-7"),
        at=NOON,
        customer=a_customer(),
        offer=offer,
        quantity=3,
        manager=manager,
        occurrence=occurrence,
        by=BOSS,
    )

    order = Order(
        account=ACME,
        number=OrderNumber(7),
        key=IdempotencyKey("cart-7"),
        placed_at=NOON,
        customer=a_customer(),
        offer=offer,
        quantity=3,
        price=eur("99.99"),
        status=OrderStatus.OPEN,
        sale=Sale(manager=manager, basis=Basis.CHECKOUT),
        occurrence=occurrence,
    )
    event = Event(
        account=ACME,
        order=OrderNumber(7),
        kind=EventKind.ORDER_PLACED,
        at=NOON,
        by=BOSS,
        before=None,
        after=OrderStatus.OPEN,
        amount=eur("99.99"),
    )
    assert Change(order, (event,), None) == change
    assert eur("33.33") == change.order.unit_price
    assert () == change.order.invoices == change.order.refunds


@pytest.mark.rule("O1")
def test_credited_to_the_system() -> None:
    """Where no manager is named, the system is credited, unconfirmed."""
    sale = place(an_offer()).order.sale

    assert Sale(manager=None, basis=Basis.SYSTEM, confirmed_at=None, confirmed_by=None) == sale


@pytest.mark.rule("O2")
@given(st.integers(0, 10**9), st.integers(1, 10**6), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_price_is_exact(minor: int, quantity: int, currency: str) -> None:
    """Price = unit price times quantity, in the offer's currency, to the last minor unit."""
    unit = Money(minor, Money.zero(currency).currency)

    order = place(an_offer(str(unit.amount), currency, multiple_sales=True), quantity).order

    assert Money(minor * quantity, unit.currency) == order.price
    assert order.status is order_lifecycle.derive_status(order, (), None)


@pytest.mark.rule("O7")
@pytest.mark.parametrize("quantity", [1, 5])
def test_a_free_order_completes_on_placing(quantity: int) -> None:
    """What costs nothing is Completed at once, and needs no invoice."""
    change = place(an_offer("0.00", multiple_sales=True), quantity)

    assert OrderStatus.COMPLETED is change.order.status
    assert OrderStatus.COMPLETED is change.events[0].after
    assert () == change.order.invoices
    assert eur(0) == change.order.outstanding


@pytest.mark.rule("O7")
def test_the_least_price_is_not_free() -> None:
    """A single cent has to be paid."""
    assert OrderStatus.OPEN is place(an_offer("0.01")).order.status


LARGEST = MOST_MINOR


@pytest.mark.rule("O3")
@pytest.mark.parametrize(
    ("offer", "quantity"),
    [
        (an_offer(), 1),
        (an_offer(multiple_sales=True), 1),
        (an_offer(multiple_sales=True), 2),
        (an_offer(multiple_sales=True), LARGEST // 10_000),
        (an_offer("0.00", multiple_sales=True), LARGEST),
        (an_offer("0.01", multiple_sales=True), LARGEST),
        (an_offer("0.02", multiple_sales=True), LARGEST // 2),
    ],
)
def test_quantities(offer: Offer, quantity: int) -> None:
    """One always; more where the offer allows it, up to what a store can keep the price of."""
    assert placing.check_quantity(offer, quantity) is None
    assert quantity == place(offer, quantity).order.quantity


@pytest.mark.rule("O3", "B1")
@pytest.mark.parametrize(
    ("offer", "quantity", "allowed"),
    [
        (an_offer(), 2, "1, since the offer does not allow multiple sales"),
        (an_offer(), 0, "1, since the offer does not allow multiple sales"),
        (an_offer(), 1.0, "1, since the offer does not allow multiple sales"),
        (an_offer(multiple_sales=True), 0, f"a whole number from 1 to {LARGEST // 10_000}"),
        (an_offer(multiple_sales=True), -1, f"a whole number from 1 to {LARGEST // 10_000}"),
        (an_offer(multiple_sales=True), True, f"a whole number from 1 to {LARGEST // 10_000}"),
        (an_offer(multiple_sales=True), "2", f"a whole number from 1 to {LARGEST // 10_000}"),
        (
            an_offer(multiple_sales=True),
            LARGEST // 10_000 + 1,
            f"a whole number from 1 to {LARGEST // 10_000}",
        ),
        (
            an_offer("0.02", multiple_sales=True),
            LARGEST // 2 + 1,
            f"a whole number from 1 to {LARGEST // 2}",
        ),
        (an_offer("0.00", multiple_sales=True), 0, f"a whole number from 1 to {LARGEST}"),
        (an_offer("0.01", multiple_sales=True), 0, f"a whole number from 1 to {LARGEST}"),
    ],
)
def test_quantities_that_are_refused(offer: Offer, quantity: int, allowed: str) -> None:
    """Nothing, less, what is no whole number, and more than is allowed is refused."""
    expected = Problem("quantity", repr(quantity), allowed)

    assert expected == placing.check_quantity(offer, quantity)
    with pytest.raises(InvalidInput) as caught:
        place(offer, quantity)
    assert InvalidInput((expected,)) == caught.value
