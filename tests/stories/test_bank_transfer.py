"""A buyer sends money by bank, and a person at the seller's sees it come, or not."""

from __future__ import annotations

from typing import Final

import pytest

from ordersales import AnyShare, FixedShares, InvoiceStatus, Money, OrderStatus, Share
from ordersales.errors import (
    AmountNotOffered,
    InvalidInput,
    NotFound,
    PaymentUnderWay,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.order import AttentionReason
from ordersales.models.stage import PaymentError
from ordersales.testing.clock import START
from ordersales.values.identifiers import InvoiceNumber
from tests.drivers import BANK, BOSS, BUYER, CARDS, Shop, eur, key

ANY: Final = AnyShare()


@pytest.mark.rule("M1", "I1", "I2")
def test_the_buyer_says_that_it_was_sent(shop: Shop) -> None:
    """The invoice is pending with the buyer's words, and nothing is paid yet."""
    payment = shop.announce(shop.place())

    assert (InvoiceStatus.PENDING, "Sent this morning", BANK) == (
        payment.invoice.status, payment.invoice.comment, payment.invoice.system,
    )  # fmt: skip
    assert (None, None) == (payment.invoice.attempt, payment.invoice.settled_at)
    assert (OrderStatus.OPEN, eur("0.00"), eur("100.00")) == (
        payment.order.status, payment.order.paid, payment.order.pending,
    )  # fmt: skip
    assert 0 == shop.gateway.calls


@pytest.mark.rule("M1", "O5")
def test_the_money_came(shop: Shop) -> None:
    """A manager confirms it, with what the bank kept, and the order is completed."""
    number = shop.place()
    invoice = shop.announce(number).invoice

    payment = shop.office.payments.confirm(BOSS, number, invoice.number, commission=eur("1.50"))

    assert (InvoiceStatus.PAID, OrderStatus.COMPLETED) == (
        payment.invoice.status, payment.order.status,
    )  # fmt: skip
    assert (eur("98.50"), START) == (payment.invoice.credited, payment.invoice.settled_at)
    assert payment.order == shop.look(number)


@pytest.mark.rule("M1")
def test_less_came_than_was_announced(shop: Shop) -> None:
    """What really came is what is paid, and the rest stays outstanding."""
    number = shop.place(ANY)
    invoice = shop.announce(number).invoice

    payment = shop.office.payments.confirm(BOSS, number, invoice.number, received=eur("99.00"))

    assert (eur("99.00"), eur("99.00")) == (payment.invoice.amount, payment.invoice.covers)
    assert (OrderStatus.OPEN, eur("1.00")) == (payment.order.status, payment.order.outstanding)
    assert OrderStatus.COMPLETED is shop.charge(number).order.status


@pytest.mark.rule("P1")
def test_less_came_of_a_fixed_share(shop: Shop) -> None:
    """The next payment first makes up what was missing of a fixed share."""
    number = shop.place(FixedShares((Share.percent(50), Share.percent(50))))
    invoice = shop.announce(number).invoice
    shop.office.payments.confirm(BOSS, number, invoice.number, received=eur("45.00"))

    assert eur("5.00") == shop.charge(number).invoice.amount


@pytest.mark.rule("M1", "I3", "O6")
def test_less_came_of_what_is_paid_at_once(shop: Shop) -> None:
    """What came is recorded, and a person has to see to the rest: no second payment may follow."""
    number = shop.place()
    invoice = shop.announce(number).invoice.number

    order = shop.office.payments.confirm(BOSS, number, invoice, received=eur("80.00")).order

    assert (OrderStatus.OPEN, eur("80.00"), eur("20.00")) == (
        order.status, order.paid, order.outstanding,
    )  # fmt: skip
    assert [AttentionReason.UNDERPAID] == [flag.reason for flag in order.attention]
    with pytest.raises(AmountNotOffered):
        shop.charge(number)
    canceled = shop.office.orders.cancel(BOSS, number, reason="To be returned")
    assert (OrderStatus.DECLINED, eur("80.00")) == (canceled.status, canceled.paid)


@pytest.mark.rule("M1", "O6")
def test_more_came_than_the_price(shop: Shop) -> None:
    """All that came is recorded; the order is completed and asks for attention."""
    number = shop.place()
    invoice = shop.announce(number).invoice

    order = shop.office.payments.confirm(BOSS, number, invoice.number, received=eur("120.00")).order

    assert (eur("120.00"), eur("20.00"), eur("0.00")) == (
        order.paid, order.surplus, order.outstanding,
    )  # fmt: skip
    assert OrderStatus.COMPLETED is order.status
    assert [(AttentionReason.OVERPAID, invoice.number, "120.00 EUR arrived")] == [
        (flag.reason, flag.invoice, flag.detail) for flag in order.attention
    ]


@pytest.mark.rule("M1", "I5")
def test_it_came_in_another_currency(shop: Shop) -> None:
    """Where another amount came in another currency, the manager says what it covers."""
    number = shop.place(ANY)
    dollars = Money.of("110.00", "USD")
    invoice = shop.office.payments.pay_manually(
        BUYER, number, BANK, key=key("wire-1"), covers=eur("100.00"), amount=dollars
    ).invoice
    less = Money.of("99.00", "USD")

    with pytest.raises(InvalidInput) as caught:
        shop.office.payments.confirm(BOSS, number, invoice.number, received=less)
    payment = shop.office.payments.confirm(
        BOSS, number, invoice.number, received=less, covers=eur("90.00")
    )

    assert ["covers"] == [problem.field for problem in caught.value.problems]
    assert (less, eur("90.00")) == (payment.invoice.amount, payment.invoice.covers)
    assert eur("10.00") == payment.order.outstanding


@pytest.mark.rule("M1", "O5")
@pytest.mark.parametrize(
    ("partial", "status"), [(False, OrderStatus.DECLINED), (True, OrderStatus.OPEN)]
)
def test_the_money_did_not_come(shop: Shop, partial: bool, status: OrderStatus) -> None:
    """A manager rejects the payment with a reason; an order to be paid in full ends with it."""
    number = shop.place(ANY) if partial else shop.place()
    invoice = shop.announce(number).invoice

    payment = shop.office.payments.reject(BOSS, number, invoice.number, reason="Nothing came")

    assert (InvoiceStatus.FAILED, status) == (payment.invoice.status, payment.order.status)
    assert PaymentError(code="rejected", message="Nothing came") == payment.invoice.error


@pytest.mark.rule("M1", "I2")
def test_a_word_once_given(shop: Shop) -> None:
    """A payment that was confirmed or rejected is neither confirmed nor rejected again."""
    number = shop.place(ANY)
    kept = shop.announce(number, "40.00", "wire-1").invoice.number
    lost = shop.announce(number, "40.00", "wire-2").invoice.number
    shop.office.payments.confirm(BOSS, number, kept)
    shop.office.payments.reject(BOSS, number, lost, reason="Nothing came")

    with pytest.raises(WrongStatus) as confirmed:
        shop.office.payments.reject(BOSS, number, kept, reason="Nothing came")
    with pytest.raises(WrongStatus) as rejected:
        shop.office.payments.confirm(BOSS, number, lost)

    expected = WrongStatus("reject the payment", f"invoice {kept}", "Paid", ("Pending",))
    assert expected == confirmed.value
    expected = WrongStatus("confirm the payment", f"invoice {lost}", "Failed", ("Pending",))
    assert expected == rejected.value


@pytest.mark.rule("M1")
def test_nobody_confirms_a_card(shop: Shop) -> None:
    """A person can neither confirm nor reject what a gateway charges."""
    number = shop.place()
    invoice = shop.charge(number).invoice.number
    terms = f"invoice {invoice}", "payments of manual payment systems"

    with pytest.raises(WrongTerms) as confirmed:
        shop.office.payments.confirm(BOSS, number, invoice)
    with pytest.raises(WrongTerms) as rejected:
        shop.office.payments.reject(BOSS, number, invoice, reason="No")

    assert WrongTerms("confirm the payment", *terms) == confirmed.value
    assert WrongTerms("reject the payment", *terms) == rejected.value


@pytest.mark.rule("M1")
def test_each_payment_system_in_its_own_way(shop: Shop) -> None:
    """A bank is not charged, and a card is not announced."""
    number = shop.place()

    with pytest.raises(WrongTerms) as charged:
        shop.office.payments.charge(BUYER, number, BANK, key=key("pay-1"))
    with pytest.raises(WrongTerms) as announced:
        shop.office.payments.pay_manually(BUYER, number, CARDS, key=key("pay-1"))

    assert ("charge", "the payment system 'Bank transfer'") == (
        charged.value.operation, charged.value.record,
    )  # fmt: skip
    assert ("pay manually", "the payment system 'Cards'") == (
        announced.value.operation, announced.value.record,
    )  # fmt: skip
    assert () == shop.look(number).invoices


@pytest.mark.rule("I3")
def test_one_at_a_time_where_it_is_paid_in_full(shop: Shop) -> None:
    """While a transfer is awaited, an order to be paid in full takes no second payment."""
    number = shop.place()
    awaited = shop.announce(number).invoice

    with pytest.raises(PaymentUnderWay) as caught:
        shop.charge(number)

    assert PaymentUnderWay("pay", number, awaited.number) == caught.value
    assert 0 == shop.gateway.calls


def test_an_invoice_of_another_order(shop: Shop) -> None:
    """An invoice is found only on the order it belongs to."""
    mine, other = shop.place(under="cart-1"), shop.place(under="cart-2")
    invoice = shop.announce(other).invoice.number

    with pytest.raises(NotFound) as caught:
        shop.office.payments.confirm(BOSS, mine, invoice)

    assert NotFound("invoice", invoice) == caught.value
    assert InvoiceStatus.PENDING is shop.look(other).invoices[0].status


@pytest.mark.rule("M1", "B1")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"received": Money.of("100.00", "USD")}, "received"),
        ({"received": eur("0.00")}, "received"),
        ({"covers": Money.of("100.00", "USD")}, "covers"),
        ({"covers": eur("-1.00")}, "covers"),
        ({"commission": Money.of("1.00", "USD")}, "commission"),
        ({"commission": eur("100.01")}, "commission"),
        ({"received": 100}, "received"),
    ],
    ids=repr,
)
def test_amounts_that_can_not_be(shop: Shop, given: dict[str, Money], field: str) -> None:
    """An amount in the wrong currency, or a commission beyond what came, is refused."""
    number = shop.place(ANY)
    invoice = shop.announce(number).invoice.number

    with pytest.raises(InvalidInput) as caught:
        shop.office.payments.confirm(BOSS, number, invoice, **given)

    assert [field] == [problem.field for problem in caught.value.problems]
    assert InvoiceStatus.PENDING is shop.look(number).invoices[0].status


@pytest.mark.rule("P1")
def test_the_terms_bind_a_transfer_too(shop: Shop) -> None:
    """A transfer of a share that the terms don't allow can't be announced."""
    number = shop.place(AnyShare(Share.percent(50)))

    with pytest.raises(AmountNotOffered):
        shop.announce(number, "49.99")


def test_an_invoice_that_never_was(shop: Shop) -> None:
    """An invoice that the order does not have is not found."""
    number = shop.place()

    with pytest.raises(NotFound) as caught:
        shop.office.payments.reject(BOSS, number, InvoiceNumber(99), reason="No")

    assert NotFound("invoice", 99) == caught.value
