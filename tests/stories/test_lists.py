"""A person at the seller's looks through orders and payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import pytest

from ordersales import (
    AnyShare,
    CustomerId,
    Event,
    EventKind,
    FixedShares,
    InFull,
    Operation,
    Order,
    OrderFilter,
    OrderStatus,
    PaymentType,
    Permission,
    Share,
    UserId,
)
from ordersales.testing import Play, a_customer, a_manager, an_actor, an_offer
from ordersales.testing.clock import START
from tests.drivers import ADA, BOSS, BUYER, CARDS, Shop, eur, key

ANY: Final = AnyShare()
PARTIAL: Final = OrderFilter(payment_type=PaymentType.PARTIAL)


def numbers(orders: Sequence[Order]) -> list[int]:
    """Return the numbers of some orders."""
    return [order.number for order in orders]


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Return a shop with six orders, placed an hour after one another, of every kind."""
    terms = [InFull(), ANY, InFull(), FixedShares((Share.percent(100),)), InFull(), ANY]
    for n, payment in enumerate(terms, 1):
        customer = ADA if n % 2 else a_customer("bob", "Bob")
        shop.office.orders.place(BUYER, an_offer(payment=payment), customer, key=key(f"cart-{n}"))
        shop.clock.advance(timedelta(hours=1))
    shop.gateway.then(Play.SUCCEED, Play.DECLINE, Play.OTHER_AMOUNT)
    for number in (2, 3, 5):
        shop.office.payments.charge(BOSS, number, CARDS, key=key(f"pay-{number}"))
    return shop


def test_newest_first_page_by_page(busy: Shop) -> None:
    """Each page ends where the next begins, until there is none."""
    first = busy.office.orders.page(BOSS, limit=4)
    second = busy.office.orders.page(BOSS, after=first.after, limit=4)

    assert ([6, 5, 4, 3], 3) == (numbers(first.rows), first.after)
    assert ([2, 1], None) == (numbers(second.rows), second.after)


def test_a_page_that_is_just_full(busy: Shop) -> None:
    """A last page that is just full says that it is the last."""
    page = busy.office.orders.page(BOSS, limit=6)

    assert (6, None) == (len(page.rows), page.after)


def test_orders_that_arrive_meanwhile(busy: Shop) -> None:
    """What is placed while somebody turns the page neither repeats nor hides anything."""
    first = busy.office.orders.page(BOSS, limit=3)
    busy.place(under="cart-7")
    second = busy.office.orders.page(BOSS, after=first.after, limit=3)

    assert [6, 5, 4, 3, 2, 1] == numbers([*first.rows, *second.rows])


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"statuses": {OrderStatus.OPEN}}, [6, 5, 4, 1]),
        ({"statuses": {OrderStatus.COMPLETED, OrderStatus.DECLINED}}, [3, 2]),
        ({"statuses": {OrderStatus.REFUND}}, []),
        ({"customer": CustomerId("bob")}, [6, 4, 2]),
        ({"customer": CustomerId("eve")}, []),
        ({"payment_type": PaymentType.PARTIAL}, [6, 4, 2]),
        ({"payment_type": PaymentType.FULL}, [5, 3, 1]),
        ({"needs_attention": True}, [5]),
        ({"needs_attention": False}, [6, 4, 3, 2, 1]),
        ({"placed_from": START + timedelta(hours=4)}, [6, 5]),
        ({"placed_before": START + timedelta(hours=1)}, [1]),
        (
            {
                "placed_from": datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=1))),
                "placed_before": START + timedelta(hours=3),
            },
            [3, 2],
        ),
        ({"customer": CustomerId("ada"), "statuses": {OrderStatus.OPEN}}, [5, 1]),
    ],
)
def test_filters(busy: Shop, wanted: dict[str, Any], expected: list[int]) -> None:
    """A filter lets through what passes all its fields, and the count tells how many."""
    found = OrderFilter(**wanted)

    assert expected == numbers(busy.office.orders.page(BOSS, found).rows)
    assert len(expected) == busy.office.orders.count(BOSS, found)


def test_filtered_page_by_page(busy: Shop) -> None:
    """Pages of a filtered list skip what does not belong in it."""
    bob = OrderFilter(customer=CustomerId("bob"))

    first = busy.office.orders.page(BOSS, bob, limit=2)
    second = busy.office.orders.page(BOSS, bob, after=first.after, limit=2)

    assert ([6, 4], [2]) == (numbers(first.rows), numbers(second.rows))


def test_the_payments_list(busy: Shop) -> None:
    """Every invoice is listed with its order, newest first, page by page and filtered alike."""
    payments = busy.office.payments

    first = payments.page(BOSS, limit=2)
    second = payments.page(BOSS, after=first.after, limit=2)
    partial = payments.page(BOSS, PARTIAL)

    shown = [(row.invoice.number, row.order.number) for row in [*first.rows, *second.rows]]
    assert [(3, 5), (2, 3), (1, 2)] == shown
    assert [(1, 2)] == [(row.invoice.number, row.order.number) for row in partial.rows]
    assert all(row.invoice in row.order.invoices for row in first.rows)


@pytest.mark.rule("A4")
def test_another_account_sees_nothing_of_it(busy: Shop) -> None:
    """Lists show one account's records and no other's."""
    other = a_manager("globex")

    assert () == busy.office.orders.page(other).rows
    assert () == busy.office.payments.page(other).rows
    assert 0 == busy.office.orders.count(other)


@pytest.mark.rule("P4")
def test_what_a_row_offers(shop: Shop) -> None:
    """Confirm and Decline are offered only while the list is filtered to partial orders."""
    number = shop.place(ANY)
    offered = shop.office.orders.offered

    assert (Operation.CONFIRM, Operation.DECLINE) == offered(BOSS, number, PARTIAL)
    assert () == offered(BOSS, number)
    assert () == offered(BOSS, number, OrderFilter(payment_type=PaymentType.FULL))


@pytest.mark.rule("P4")
def test_what_a_row_does_not_offer(shop: Shop) -> None:
    """Nothing is offered that would be refused: to this person, on these terms, at this stage."""
    open_, whole, done = shop.place(ANY), shop.place(under="c-2"), shop.place(ANY, under="c-3")
    shop.charge(done)
    clerk = an_actor(Permission.SEE_ORDERS)

    assert () == shop.office.orders.offered(clerk, open_, PARTIAL)
    assert () == shop.office.orders.offered(BOSS, whole, PARTIAL)
    assert () == shop.office.orders.offered(BOSS, done, PARTIAL)


def test_history(shop: Shop) -> None:
    """Every change has left an event: what, when, who, before and after."""
    shop.gateway.then(Play.SUCCEED, Play.NOT_SENT, Play.SUCCEED)
    number = shop.place(ANY)
    shop.clock.advance(timedelta(minutes=1))
    shop.charge(number, "30.00", "pay-1")
    shop.clock.advance(timedelta(minutes=1))
    shop.charge(number, "30.00", "pay-2")
    shop.charge(number, "30.00", "pay-2")
    shop.clock.advance(timedelta(minutes=1))
    shop.office.orders.confirm(BOSS, number, reason="Enough")

    def event(kind: EventKind, minute: int, **more: Any) -> Event:
        at = START + timedelta(minutes=minute)
        told = {"before": OrderStatus.OPEN, "after": OrderStatus.OPEN, **more}
        return Event(account=BOSS.account, order=number, kind=kind, at=at, **told)

    ada, thirty = UserId("ada"), eur("30.00")
    first, second = {"invoice": 1, "amount": thirty}, {"invoice": 2, "amount": thirty}
    expected = (
        event(EventKind.ORDER_PLACED, 0, by=ada, amount=eur("100.00"), before=None),
        event(EventKind.PAYMENT_STARTED, 1, by=ada, **first),
        event(EventKind.PAYMENT_SUCCEEDED, 1, **first),
        event(EventKind.PAYMENT_STARTED, 2, by=ada, **second),
        event(EventKind.PAYMENT_NOT_SENT, 2, invoice=2, note="connection refused"),
        event(EventKind.PAYMENT_SENT_AGAIN, 2, invoice=2),
        event(EventKind.PAYMENT_SUCCEEDED, 2, **second),
        event(
            EventKind.ORDER_CONFIRMED,
            3,
            by=UserId("boss"),
            amount=eur("40.00"),
            note="Enough",
            after=OrderStatus.COMPLETED,
        ),
    )
    assert expected == shop.office.orders.history(BOSS, number)
