"""By what the lists are sorted."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.models.filters import OrderColumn, PaymentColumn, Place, SortValue
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Order, OrderStatus, Payment
from ordersales.models.sale import Sale
from ordersales.rules.sorting import order_place, payment_place
from ordersales.values.money import Money
from tests.listed import MIRA, NOON, OFFERS, ZOE, an_invoice, an_offer, an_order, orders

pytestmark = pytest.mark.rule("L4")

NOON_IN_MICROSECONDS = 1_769_860_800_000_000


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (OrderColumn.NUMBER, 7),
        (OrderColumn.PLACED_AT, NOON_IN_MICROSECONDS),
        (OrderColumn.CUSTOMER, "zoe angstrom"),
        (OrderColumn.STATUS, "Declined"),
        (OrderColumn.OFFER, "creme brulee course"),
        (OrderColumn.OFFER_NUMBER, "C-1"),
        (OrderColumn.CATEGORY, "7"),
        (OrderColumn.PRICE, ("EUR", 30_000)),
        (OrderColumn.UNIT_PRICE, ("EUR", 10_000)),
        (OrderColumn.QUANTITY, 3),
        (OrderColumn.MANAGER, "mira"),
    ],
)
def test_the_columns_of_orders(column: OrderColumn, value: SortValue) -> None:
    """Each column sorts by what it shows, folded where it is a name; equal ones by number."""
    order = an_order(
        7, customer=ZOE, quantity=3, status=OrderStatus.DECLINED, sale=Sale(manager=MIRA)
    )

    place = order_place(order, column)

    assert Place(value, 7) == place
    assert type(value) is type(place.value)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (PaymentColumn.NUMBER, 501),
        (PaymentColumn.ATTEMPTED_AT, NOON_IN_MICROSECONDS),
        (PaymentColumn.STATUS, "Failed"),
        (PaymentColumn.AMOUNT, ("EUR", 1_000)),
        (PaymentColumn.SYSTEM, "Cards"),
    ],
)
def test_the_columns_of_payments(column: PaymentColumn, value: SortValue) -> None:
    """Each column sorts by what it shows; equal ones by the invoice's number."""
    invoice = an_invoice(status=InvoiceStatus.FAILED)
    place = payment_place(Payment(an_order(invoices=(invoice,)), invoice), column)

    assert Place(value, 501) == place
    assert type(value) is type(place.value)


def test_a_moment_is_the_same_in_every_zone() -> None:
    """Moments stand by when they are, to the microsecond, also before 1970."""
    later = NOON + timedelta(microseconds=1)
    elsewhere = [at.astimezone(timezone(timedelta(hours=9))) for at in (NOON, later)]
    placed = [an_order(placed_at=at) for at in [*elsewhere, NOON.replace(year=1969)]]

    values: list[Any] = [order_place(order, OrderColumn.PLACED_AT).value for order in placed]

    assert [NOON_IN_MICROSECONDS, NOON_IN_MICROSECONDS + 1] == values[:2]
    assert values[2] < 0


def test_money_stands_by_currency_then_amount() -> None:
    """Amounts of two currencies are not compared: each currency stands by itself."""
    prices = [("9", "USD"), ("10", "USD"), ("500", "EUR"), ("0.5", "EUR"), ("7", "JPY")]
    placed = [an_order(offer=an_offer(price=price, currency=code)) for price, code in prices]

    placed.sort(key=lambda order: _value(order, OrderColumn.PRICE))

    shown = [Money.of(amount, code) for amount, code in
             [("0.5", "EUR"), ("500", "EUR"), ("7", "JPY"), ("9", "USD"), ("10", "USD")]]  # fmt: skip
    assert shown == [order.price for order in placed]


def test_the_system_stands_before_every_manager() -> None:
    """Orders that no manager is credited with stand together, before the others."""
    assert "" == order_place(an_order(), OrderColumn.MANAGER).value


@given(orders(1), orders(2), st.sampled_from(OrderColumn))
def test_the_order_is_total(one: Order, other: Order, column: OrderColumn) -> None:
    """No two orders have the same place, and any two can be compared."""
    places = [(_value(order, column), order.number) for order in (one, other)]

    assert places[0] < places[1] or places[1] < places[0]


def _value(order: Order, column: OrderColumn) -> Any:
    return order_place(order, column).value


def test_every_column_is_known() -> None:
    """There is no column that a list can't be sorted by."""
    payment = Payment(an_order(offer=OFFERS[1]), an_invoice())

    assert len(OrderColumn) == len(
        {column: order_place(payment.order, column) for column in OrderColumn}
    )
    assert len(PaymentColumn) == len(
        {column: payment_place(payment, column) for column in PaymentColumn}
    )
