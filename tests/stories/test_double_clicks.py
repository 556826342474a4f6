"""A buyer clicks twice, or a host sends a call twice because its answer got lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from ordersales import (
    AnyShare,
    InvoiceStatus,
    Manager,
    Money,
    Order,
    OrderNumber,
    OrderStatus,
    Payment,
    PaymentMethod,
    UserId,
)
from ordersales.errors import KeyReused
from ordersales.testing import Play, a_customer, an_actor, an_offer
from tests.drivers import ADA, BANK, BOSS, BUYER, CARDS, Shop, a_card, eur, key, snapshot

pytestmark = pytest.mark.rule("C5")

ANY: Final = AnyShare()
CLICKS: Final = 8


def all_at_once(click: Callable[[int], object]) -> list[object]:
    """Click many times in as many threads."""
    with ThreadPoolExecutor(CLICKS) as pool:
        return list(pool.map(click, range(CLICKS)))


def test_placing_twice(shop: Shop) -> None:
    """The same key gives the same order, as it stands by then, and changes nothing."""
    first = shop.order_of(an_offer(payment=ANY))
    shop.charge(first.number, "30.00")
    before = snapshot(shop.store)

    again = shop.order_of(an_offer(payment=ANY))

    assert first.number == again.number
    assert eur("30.00") == again.paid
    assert before == snapshot(shop.store)


@pytest.mark.parametrize(
    ("differs", "offer_price", "customer", "quantity"),
    [
        (("offer",), "101.00", "ada", 1),
        (("customer",), "100.00", "bob", 1),
        (("quantity",), "100.00", "ada", 2),
        (("offer", "customer", "quantity"), "101.00", "bob", 2),
    ],
)
def test_placing_something_else_under_the_same_key(
    shop: Shop, differs: tuple[str, ...], offer_price: str, customer: str, quantity: int
) -> None:
    """Another offer, customer or quantity under a used key is an error that names them."""
    shop.order_of(an_offer(multiple_sales=True))
    before = snapshot(shop.store)

    with pytest.raises(KeyReused) as caught:
        shop.office.orders.place(
            BUYER,
            an_offer(offer_price, multiple_sales=True),
            a_customer(customer),
            key=key("cart-1"),
            quantity=quantity,
        )

    assert KeyReused("cart-1", differs) == caught.value
    assert before == snapshot(shop.store)


def test_what_may_be_mended_between_two_clicks(shop: Shop) -> None:
    """A customer's new name and another manager make no other order of it."""
    first = shop.order_of(an_offer())
    mira = Manager(user=UserId("mira"), name="Mira")

    again = shop.office.orders.place(
        BUYER, an_offer(), a_customer("ada", "Ada King"), key=key("cart-1"), manager=mira
    )

    assert first == again


def test_each_account_has_its_own_keys(shop: Shop) -> None:
    """The same key in another account is another order."""
    other = an_actor(account="globex")
    mine = shop.order_of(an_offer())
    theirs = shop.office.orders.place(other, an_offer("7.00"), ADA, key=key("cart-1"))

    assert ("acme", "globex") == (mine.account, theirs.account)


@pytest.mark.parametrize(
    ("play", "status"),
    [
        (Play.SUCCEED, InvoiceStatus.PAID),
        (Play.DECLINE, InvoiceStatus.FAILED),
        (Play.PEND, InvoiceStatus.PENDING),
        (Play.TIME_OUT_AFTER, InvoiceStatus.PENDING),
        (Play.TIME_OUT_BEFORE, InvoiceStatus.PENDING),
        (Play.BREAK, InvoiceStatus.PENDING),
    ],
)
def test_charging_twice(shop: Shop, play: Play, status: InvoiceStatus) -> None:
    """The same key gives the same invoice, and the gateway is called once, whatever it said."""
    shop.gateway.then(play)
    number = shop.place()
    first = shop.charge(number)
    before = snapshot(shop.store)

    again = shop.charge(number)

    assert first == again
    assert status is again.invoice.status
    assert before == snapshot(shop.store)
    assert 1 == shop.gateway.calls


def test_charging_again_with_the_amount_said(shop: Shop) -> None:
    """Saying the amount that was left out the first time is the same payment."""
    number = shop.place()
    first = shop.charge(number)

    assert first == shop.charge(number, "100.00")


@pytest.mark.parametrize(
    ("differs", "order", "covers", "amount", "method"),
    [
        (("order",), 2, "30.00", None, a_card()),
        (("covers",), 1, "40.00", None, a_card()),
        (("amount",), 1, None, "40.00", a_card()),
        (("method",), 1, "30.00", None, a_card(stored=True)),
        (("method",), 1, "30.00", None, None),
        (("order", "covers", "method"), 2, "40.00", None, None),
    ],
)
def test_charging_something_else_under_the_same_key(
    shop: Shop,
    differs: tuple[str, ...],
    *,
    order: int,
    covers: str | None,
    amount: str | None,
    method: PaymentMethod | None,
) -> None:
    """Another order, amount or method under a used key is an error that names them."""
    shop.charge(shop.place(ANY), "30.00", method=a_card())
    shop.place(ANY, under="cart-2")
    before = snapshot(shop.store)

    with pytest.raises(KeyReused) as caught:
        shop.office.payments.charge(
            BUYER,
            OrderNumber(order),
            CARDS,
            key=key("pay-1"),
            covers=None if covers is None else eur(covers),
            amount=None if amount is None else eur(amount),
            method=method,
        )

    assert KeyReused("pay-1", differs) == caught.value
    assert before == snapshot(shop.store)
    assert 1 == shop.gateway.calls


def test_announcing_twice(shop: Shop) -> None:
    """The same key gives the same pending transfer."""
    number = shop.place(ANY)
    first = shop.announce(number, "30.00")

    assert first == shop.announce(number, "30.00")
    assert 1 == len(shop.look(number).invoices)


def test_announcing_again_what_has_come(shop: Shop) -> None:
    """Though another amount came than was announced, the repeated call is the same payment."""
    number = shop.place(ANY)
    invoice = shop.announce(number, "30.00").invoice.number
    confirmed = shop.office.payments.confirm(BOSS, number, invoice, received=eur("29.00"))

    assert confirmed == shop.announce(number, "30.00")


@pytest.mark.parametrize(
    ("differs", "order", "covers", "amount", "comment"),
    [
        (("order",), 2, eur("30.00"), None, "Today"),
        (("covers",), 1, eur("40.00"), None, "Today"),
        (("amount",), 1, eur("30.00"), Money.of("33.00", "USD"), "Today"),
        (("comment",), 1, eur("30.00"), None, "Yesterday"),
    ],
)
def test_announcing_something_else_under_the_same_key(
    shop: Shop,
    differs: tuple[str, ...],
    *,
    order: int,
    covers: Money,
    amount: Money | None,
    comment: str,
) -> None:
    """Another order, amount or comment under a used key is an error that names them."""
    numbers = [shop.place(ANY), shop.place(ANY, under="cart-2")]
    pay = shop.office.payments.pay_manually
    pay(BUYER, numbers[0], BANK, key=key("wire-1"), covers=eur("30.00"), comment="Today")
    before = snapshot(shop.store)

    with pytest.raises(KeyReused) as caught:
        pay(
            BUYER,
            OrderNumber(order),
            BANK,
            key=key("wire-1"),
            covers=covers,
            amount=amount,
            comment=comment,
        )

    assert KeyReused("wire-1", differs) == caught.value
    assert before == snapshot(shop.store)


def test_one_key_for_two_payment_systems(shop: Shop) -> None:
    """A key that was used for a transfer does not charge a card, nor the other way round."""
    number = shop.place(ANY)
    shop.office.payments.pay_manually(BUYER, number, BANK, key=key("k-1"), covers=eur("10.00"))
    shop.charge(number, "10.00", "k-2")

    with pytest.raises(KeyReused) as charged:
        shop.charge(number, "10.00", "k-1")
    with pytest.raises(KeyReused) as announced:
        shop.office.payments.pay_manually(BUYER, number, BANK, key=key("k-2"))

    assert KeyReused("k-1", ("system",)) == charged.value
    assert KeyReused("k-2", ("system",)) == announced.value
    assert 1 == shop.gateway.calls


def test_many_clicks_place_one_order(shop: Shop) -> None:
    """Clicks that arrive at once place one order."""
    placed = all_at_once(lambda _: shop.order_of(an_offer()))

    assert 1 == len({order.number for order in placed if isinstance(order, Order)})
    assert 1 == shop.office.orders.count(BOSS)


@pytest.mark.rule("C1", "I6")
def test_many_clicks_charge_once(shop: Shop) -> None:
    """Clicks that arrive at once charge once; the others may see the payment still pending."""
    number = shop.place()

    paid = all_at_once(lambda _: shop.charge(number))

    assert 1 == len({payment.invoice.number for payment in paid if isinstance(payment, Payment)})
    assert (OrderStatus.COMPLETED, 1) == (shop.look(number).status, shop.gateway.calls)


@pytest.mark.rule("I6")
def test_many_keys_never_pay_too_much(shop: Shop) -> None:
    """Many payments at once, each under its own key, take no more than the price."""
    number = shop.place(ANY)

    def click(n: int) -> object:
        try:
            return shop.charge(number, "30.00", f"pay-{n}")
        except Exception as refused:  # noqa: BLE001 - who comes too late is refused, each in a way
            return refused

    all_at_once(click)

    assert eur("90.00") == shop.look(number).paid == shop.gateway.taken("EUR")
