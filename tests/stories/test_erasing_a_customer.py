"""A customer asks to be forgotten, as the seller's people live it, behind each door."""

from __future__ import annotations

from typing import Final

import pytest

from ordersales import AnyShare, OrderFilter, Permission, sentence
from ordersales.errors import PermissionMissing
from ordersales.testing import Play, an_actor
from tests.drivers import ADA, BOSS, Shop, eur, reference_of

OFFICER: Final = an_actor(Permission.ERASE_CUSTOMERS, Permission.SEE_ORDERS, user="officer")


@pytest.mark.rule("E2")
def test_a_customer_is_forgotten_and_the_books_stay(shop: Shop) -> None:
    """Ada's name is nowhere, and her orders, payments and sums are where they were."""
    number = shop.place(AnyShare())
    shop.charge(number, "60.00")
    invoice = shop.announce(number, "40.00").invoice
    shop.office.payments.confirm(BOSS, number, invoice.number)

    assert 1 == shop.office.customers.erase(OFFICER, ADA.id)

    order = shop.look(number)
    card = shop.office.sales.customer_card(BOSS, ADA.id)
    assert ("(erased)", "(erased)") == (order.customer.name, card.name)
    assert (ADA.id, eur("100.00"), "Completed") == (order.customer.id, order.paid, order.status)
    assert (1, 2) == (card.order_count, card.payment_count)
    assert ["", ""] == [row.comment for row in card.payments]


@pytest.mark.rule("E2")
def test_nobody_finds_the_name_any_more(shop: Shop) -> None:
    """Free text finds no order by the name, in the list of orders and in that of payments."""
    number = shop.place()
    shop.charge(number)
    by_name = OrderFilter(text="lovelace")
    assert 1 == shop.office.orders.count(BOSS, by_name)

    shop.office.customers.erase(OFFICER, ADA.id)

    assert 0 == shop.office.orders.count(BOSS, by_name)
    assert 0 == shop.office.payments.count(BOSS, by_name)
    assert 1 == shop.office.orders.count(BOSS, OrderFilter(customer=ADA.id))


@pytest.mark.rule("E1", "E2")
def test_the_history_tells_that_it_was_erased(shop: Shop) -> None:
    """A person reads what happened, without anybody's words, and who erased it."""
    shop.gateway.then(Play.DECLINE)
    number = shop.place()
    shop.charge(number)

    shop.office.customers.erase(OFFICER, ADA.id)

    history = shop.office.orders.history(BOSS, number)
    assert [
        "Order 1 was placed for 100.00 EUR.",
        "Payment 1 of 100.00 EUR was started.",
        "Payment 1 of 100.00 EUR failed: the order was Open and is Declined.",
        "The customer's personal data was erased.",
    ] == [sentence(event) for event in history]
    assert OFFICER.user == history[-1].by


@pytest.mark.rule("E2")
def test_a_payment_under_way_ends_before_all_is_forgotten(shop: Shop) -> None:
    """What is still needed is named, and goes when it is erased again after the last word."""
    shop.gateway.then(Play.PEND)
    number = shop.place()
    payment = shop.charge(number)

    assert 1 == shop.office.customers.erase(OFFICER, ADA.id)
    assert (number,) == shop.office.customers.unerased(OFFICER, ADA.id)
    shop.gateway.finish(reference_of(payment))
    shop.hear(reference_of(payment))
    shop.office.customers.erase(OFFICER, ADA.id)

    assert () == shop.office.customers.unerased(OFFICER, ADA.id)
    assert "Completed" == shop.look(number).status


@pytest.mark.rule("E1", "E2")
def test_programs_hear_of_it(shop: Shop) -> None:
    """A follower with a copy of its own is told which orders to erase there."""
    number = shop.place()
    shop.office.customers.erase(OFFICER, ADA.id)

    last = shop.office.events.read(BOSS, "search")[-1].event

    assert ("customer erased", number, "") == (last.kind, last.order, last.note)


@pytest.mark.rule("A2", "E2")
def test_a_clerk_may_not_erase(shop: Shop) -> None:
    """It is refused, and the name stands."""
    number = shop.place()

    with pytest.raises(PermissionMissing):
        shop.office.customers.erase(an_actor(Permission.SEE_ORDERS), ADA.id)

    assert ADA == shop.look(number).customer
