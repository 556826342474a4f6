"""A buyer pays a share now and the rest later."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from attrs import evolve

from ordersales import AnyShare, FixedShares, InvoiceStatus, OrderStatus, Share, shown_shares
from ordersales.errors import AmountNotOffered, ExceedsOutstanding, PaymentUnderWay, WrongTerms
from ordersales.models.capabilities import GatewayKind
from ordersales.models.offer import PaymentTerms
from ordersales.models.order import Order
from ordersales.testing import PROFILES, Play, ScriptedGateway
from tests.drivers import BANK, BOSS, BUYER, DOORS, Door, Shop, eur, key

ANY: Final = AnyShare()
TENTHS: Final = AnyShare(Share.percent(10))
FIXED: Final = FixedShares((Share.percent(50), Share.percent(30), Share.percent(20)))


def balances(order: Order) -> bool:
    """Tell whether price = paid + outstanding + waived - surplus."""
    return order.price == order.paid + order.outstanding + order.waived - order.surplus


@pytest.mark.rule("I3", "P1", "O5")
def test_a_share_now_and_the_rest_later(shop: Shop) -> None:
    """Two payments complete an order, which stays open between them and says what is left."""
    number = shop.place(TENTHS)

    first = shop.charge(number, "30.00", "pay-1").order
    second = shop.charge(number, under="pay-2").order

    assert (eur("30.00"), eur("70.00"), OrderStatus.OPEN) == (
        first.paid, first.outstanding, first.status,
    )  # fmt: skip
    assert (eur("100.00"), eur("0.00"), OrderStatus.COMPLETED) == (
        second.paid, second.outstanding, second.status,
    )  # fmt: skip
    assert [eur("30.00"), eur("70.00")] == [item.amount for item in second.invoices]
    assert balances(first)
    assert balances(second)


@pytest.mark.rule("I4")
def test_the_shown_shares_add_up(shop: Shop) -> None:
    """The shares of a fully paid order are kept exact and shown so that they make 100.00."""
    number = shop.place(ANY, "9.99")
    for n in range(3):
        shop.charge(number, "3.33", f"pay-{n}")

    order = shop.look(number)

    exact = [order.share(invoice) for invoice in order.invoices]
    assert [Share.of(eur("3.33"), eur("9.99"))] * 3 == exact
    assert Decimal("100.00") == sum(shown_shares(exact))


@pytest.mark.rule("P1")
def test_a_share_below_the_minimum(shop: Shop) -> None:
    """A share below the minimum is refused, and the last one may be smaller."""
    number = shop.place(TENTHS)

    with pytest.raises(AmountNotOffered) as caught:
        shop.charge(number, "9.99")
    shop.charge(number, "90.01", "pay-2")
    last = shop.charge(number, "9.99", "pay-3")

    allowed = "at least 10.00 EUR, or the rest, 100.00 EUR"
    assert AmountNotOffered(number, eur("9.99"), allowed) == caught.value
    assert OrderStatus.COMPLETED is last.order.status


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("price", "instalments"),
    [
        ("100.00", ["50.00", "30.00", "20.00"]),
        ("99.99", ["49.99", "30.00", "20.00"]),
        ("0.05", ["0.03", "0.01", "0.01"]),
    ],
)
def test_fixed_shares(shop: Shop, price: str, instalments: list[str]) -> None:
    """Instalments come by themselves, in their order, and add up exactly to the price."""
    number = shop.place(FIXED, price)

    payments = [shop.charge(number, under=f"pay-{n}") for n in range(3)]

    assert [*map(eur, instalments)] == [payment.invoice.amount for payment in payments]
    assert [OrderStatus.OPEN, OrderStatus.OPEN, OrderStatus.COMPLETED] == [
        payment.order.status for payment in payments
    ]


@pytest.mark.rule("P1")
def test_fixed_shares_ahead(shop: Shop) -> None:
    """Several instalments may be paid at once; half of one may not."""
    number = shop.place(FIXED)

    with pytest.raises(AmountNotOffered) as caught:
        shop.charge(number, "25.00")
    ahead = shop.charge(number, "80.00", "pay-2")
    last = shop.charge(number, under="pay-3")

    allowed = "50.00 EUR or 80.00 EUR or 100.00 EUR"
    assert AmountNotOffered(number, eur("25.00"), allowed) == caught.value
    assert OrderStatus.OPEN is ahead.order.status
    assert (eur("20.00"), OrderStatus.COMPLETED) == (last.invoice.amount, last.order.status)


@pytest.mark.rule("I3", "O5")
def test_a_share_that_fails(shop: Shop) -> None:
    """A declined share leaves the order open, and the buyer tries again with a new key."""
    shop.gateway.then(Play.DECLINE)
    number = shop.place(ANY)

    failed = shop.charge(number, "40.00", "pay-1")
    again = shop.charge(number, "40.00", "pay-2")

    assert (InvoiceStatus.FAILED, OrderStatus.OPEN) == (failed.invoice.status, failed.order.status)
    assert (InvoiceStatus.PAID, eur("60.00")) == (again.invoice.status, again.order.outstanding)
    assert [InvoiceStatus.FAILED, InvoiceStatus.PAID] == [
        item.status for item in again.order.invoices
    ]


@pytest.mark.rule("I6")
@pytest.mark.parametrize("play", [Play.SUCCEED, Play.PEND, Play.TIME_OUT_AFTER])
def test_more_than_is_left(shop: Shop, play: Play) -> None:
    """What is paid, what is pending and what is in doubt all count against the price."""
    shop.gateway.then(play)
    number = shop.place(ANY)
    shop.charge(number, "60.00", "pay-1")

    with pytest.raises(ExceedsOutstanding) as caught:
        shop.charge(number, "40.01", "pay-2")

    assert ExceedsOutstanding(number, eur("40.01"), eur("40.00")) == caught.value
    assert 1 == shop.gateway.calls


@pytest.mark.rule("I6")
@pytest.mark.parametrize("terms", [ANY, FIXED], ids=["any share", "fixed shares"])
def test_everything_is_under_way(shop: Shop, terms: AnyShare | FixedShares) -> None:
    """Paying what is left, while all of it is pending, has to wait for those answers."""
    number = shop.place(terms)
    pending = shop.announce(number, "100.00")

    with pytest.raises(PaymentUnderWay) as caught:
        shop.charge(number)

    assert PaymentUnderWay("pay", number, pending.invoice.number) == caught.value
    assert 0 == shop.gateway.calls


@pytest.mark.rule("I6")
def test_less_than_nothing_is_left(shop: Shop) -> None:
    """A transfer that brought more than was announced leaves nothing to ask for meanwhile."""
    number = shop.place(ANY)
    generous = shop.announce(number, "50.00", "wire-1")
    other = shop.announce(number, "50.00", "wire-2")
    shop.office.payments.confirm(BOSS, number, generous.invoice.number, received=eur("80.00"))

    with pytest.raises(PaymentUnderWay) as caught:
        shop.charge(number)

    assert PaymentUnderWay("pay", number, other.invoice.number) == caught.value


def test_by_card_and_by_bank(shop: Shop) -> None:
    """One order may be paid through several payment systems."""
    number = shop.place(ANY)

    shop.charge(number, "30.00")
    announced = shop.announce(number)
    confirmed = shop.office.payments.confirm(BOSS, number, announced.invoice.number)

    assert (eur("70.00"), BANK) == (confirmed.invoice.amount, confirmed.invoice.system)
    assert OrderStatus.COMPLETED is confirmed.order.status


@pytest.mark.rule("P2")
def test_confirming_what_is_not_all_paid(shop: Shop) -> None:
    """A manager completes the order; what is outstanding is waived and never was revenue."""
    number = shop.place(ANY)
    shop.charge(number, "30.00")

    order = shop.office.orders.confirm(BOSS, number, reason="a good customer")

    assert OrderStatus.COMPLETED is order.status
    assert (eur("30.00"), eur("0.00"), eur("70.00")) == (
        order.paid, order.outstanding, order.waived,
    )  # fmt: skip
    assert balances(order)
    assert order.decision is not None
    assert ("boss", "a good customer") == (order.decision.by, order.decision.reason)


@pytest.mark.rule("P2", "O6")
def test_money_after_confirming(shop: Shop) -> None:
    """What still arrives after confirming is recorded, and so much less is waived."""
    shop.gateway.then(Play.PEND)
    number = shop.place(ANY)
    pending = shop.charge(number, "30.00")
    confirmed = shop.office.orders.confirm(BOSS, number)
    attempt = pending.invoice.attempt
    assert attempt is not None

    shop.gateway.finish(attempt.reference)
    shop.hear(attempt.reference)

    order = shop.look(number)
    assert [InvoiceStatus.PENDING] == [invoice.status for invoice in confirmed.invoices]
    assert (eur("100.00"), eur("70.00")) == (confirmed.waived, order.waived)
    assert (OrderStatus.COMPLETED, False) == (order.status, order.needs_attention)
    assert balances(order)


def test_the_buyer_needs_no_permission(shop: Shop) -> None:
    """Placing and paying is the buyer's, whom the host lets in."""
    number = shop.place(ANY)

    payment = shop.office.payments.pay_manually(BUYER, number, BANK, key=key("wire-1"))

    assert InvoiceStatus.PENDING is payment.invoice.status


# -- gateways whose objects succeed only once ------------------------------------------------------

HALVES: Final = FixedShares((Share.percent(50), Share.percent(50)))


def with_objects(door: Door, *, per_attempt: bool = False) -> Shop:
    """Open a shop whose card merchant makes once-only objects."""
    able = evolve(PROFILES[GatewayKind.ONCE_ONLY], once_per_attempt=per_attempt)
    return Shop.behind(door, ScriptedGateway(capabilities=able))


@pytest.mark.rule("P1", "I6")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("terms", [ANY, HALVES], ids=["any share", "two halves"])
def test_one_object_for_an_order_takes_no_parts(door: Door, terms: PaymentTerms) -> None:
    """Its second charge would be the first again: no part is asked for, and all of it is."""
    shop = with_objects(door)
    number = shop.place(terms)

    with pytest.raises(WrongTerms):
        shop.charge(number, "50.00")
    assert (0, ()) == (shop.gateway.calls, shop.look(number).invoices)
    payment = shop.charge(number, "100.00")

    assert (OrderStatus.COMPLETED, eur("100.00")) == (payment.order.status, payment.order.paid)
    assert eur("100.00") == shop.gateway.taken("EUR")


@pytest.mark.rule("P1")
@pytest.mark.parametrize("door", DOORS)
def test_one_object_for_an_order_takes_what_the_bank_left(door: Door) -> None:
    """The rest of what came otherwise is one charge, and again one after it was declined."""
    shop = with_objects(door)
    number = shop.place(ANY)
    sent = shop.announce(number, "40.00")
    shop.office.payments.confirm(BOSS, number, sent.invoice.number)
    shop.gateway.then(Play.DECLINE)

    shop.charge(number, under="pay-1")
    payment = shop.charge(number, under="pay-2")

    assert (OrderStatus.COMPLETED, eur("100.00")) == (payment.order.status, payment.order.paid)
    assert eur("60.00") == shop.gateway.taken("EUR")


@pytest.mark.rule("P1")
@pytest.mark.parametrize("door", DOORS)
def test_an_object_for_each_attempt_takes_parts(door: Door) -> None:
    """Two halves are two charges, and what is booked was taken."""
    shop = with_objects(door, per_attempt=True)
    number = shop.place(HALVES)

    shop.charge(number, under="pay-1")
    order = shop.charge(number, under="pay-2").order

    assert (OrderStatus.COMPLETED, eur("100.00")) == (order.status, order.paid)
    assert eur("100.00") == shop.gateway.taken("EUR")
    assert 2 == len({invoice.gateway_id for invoice in order.invoices})
