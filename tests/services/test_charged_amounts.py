"""What is charged, in which currency, and whether a card had to be entered."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from ordersales import AnyShare, BackOffice, Money, OrderStatus, PaymentMethod, Share
from ordersales.errors import InvalidInput
from ordersales.testing import ScriptedGateway
from ordersales.testing.gateway import EVERYTHING
from tests.drivers import BUYER, CARDS, Shop, a_card, eur, key, snapshot

ANY: Final = AnyShare()


@pytest.mark.rule("I5")
def test_charged_in_another_currency(shop: Shop) -> None:
    """The buyer's currency is charged; the price is settled by what that covers."""
    number = shop.place(ANY)
    first, second = Money.of("32.55", "USD"), Money.of(11_340, "JPY")
    pay = shop.office.payments.charge

    pay(BUYER, number, CARDS, key=key("pay-1"), covers=eur("30.00"), amount=first)
    payment = pay(BUYER, number, CARDS, key=key("pay-2"), covers=eur("70.00"), amount=second)

    assert [(first, eur("30.00")), (second, eur("70.00"))] == [
        (invoice.amount, invoice.covers) for invoice in payment.order.invoices
    ]
    assert (OrderStatus.COMPLETED, eur("100.00")) == (payment.order.status, payment.order.paid)
    assert Share.percent(30) == payment.order.share(payment.order.invoices[0])
    assert (first, second) == (shop.gateway.taken("USD"), shop.gateway.taken("JPY"))


@pytest.mark.rule("I5", "B1")
@pytest.mark.parametrize(
    ("covers", "amount", "field", "allowed"),
    [
        (None, Money.of("32.55", "USD"), "covers", "what 32.55 USD covers of the price, in EUR"),
        (Money.of("30.00", "USD"), None, "covers", "money in EUR"),
        (Money.of("30.00", "USD"), Money.of("30.00", "USD"), "covers", "money in EUR"),
        (
            eur("30.00"),
            eur("31.00"),
            "amount",
            "30.00 EUR, as it covers, since both are in EUR",
        ),
    ],
)
def test_two_currencies_that_say_too_little(
    shop: Shop, covers: Money | None, amount: Money | None, *, field: str, allowed: str
) -> None:
    """What a foreign amount covers has to be said, and one currency has one amount."""
    number = shop.place(ANY)
    before = snapshot(shop.store)

    with pytest.raises(InvalidInput) as caught:
        shop.office.payments.charge(
            BUYER, number, CARDS, key=key("pay-1"), covers=covers, amount=amount
        )

    assert [(field, allowed)] == [(item.field, item.allowed) for item in caught.value.problems]
    assert before == snapshot(shop.store)


@pytest.mark.rule("I7")
@pytest.mark.parametrize(
    ("offers", "method", "one_click"),
    [
        (True, a_card(stored=True), True),
        (True, a_card(stored=False), False),
        (True, None, False),
        (False, a_card(stored=True), False),
        (False, a_card(stored=False), False),
    ],
)
def test_one_click(offers: bool, method: PaymentMethod | None, one_click: bool) -> None:
    """One-click needs a payment system that offers it and a stored method."""
    gateway = ScriptedGateway(capabilities=evolve(EVERYTHING, one_click=offers))
    shop = Shop.behind(BackOffice, gateway)

    payment = shop.charge(shop.place(), method=method)

    assert one_click is payment.invoice.one_click


@pytest.mark.rule("I7")
def test_a_transfer_is_never_one_click(shop: Shop) -> None:
    """A manual payment system has no stored methods."""
    assert False is shop.announce(shop.place()).invoice.one_click
