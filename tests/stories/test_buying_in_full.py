"""A buyer pays the whole price at once."""

from __future__ import annotations

import pytest

from ordersales import (
    Category,
    CategoryNumber,
    InvoiceStatus,
    Manager,
    Money,
    Offer,
    OfferNumber,
    OrderStatus,
    Share,
    UserId,
)
from ordersales.errors import AmountNotOffered, InvalidInput, WrongStatus
from ordersales.models.stage import PaymentError, Retry
from ordersales.testing import Play, ScriptedGateway, a_manager, an_actor, an_offer
from ordersales.testing.clock import START
from tests.drivers import ADA, BOSS, BUYER, CARDS, Door, Shop, a_card, eur, key


@pytest.mark.rule("O1")
def test_an_order_keeps_what_the_buyer_saw(shop: Shop) -> None:
    """An order holds who bought what, when, for how much, and who is credited."""
    offer = Offer(
        number=OfferNumber("C-7"),
        name="Course",
        category=Category(number=CategoryNumber("9"), name="Learning"),
        unit_price=eur("100.00"),
    )

    order = shop.order_of(offer, "cart-7")

    assert (1, "acme", START, "cart-7") == (
        order.number, order.account, order.placed_at, order.key,
    )  # fmt: skip
    assert (ADA, offer) == (order.customer, order.offer)
    assert (eur("100.00"), 1, eur("100.00")) == (order.unit_price, order.quantity, order.price)
    assert OrderStatus.OPEN is order.status
    assert (None, False) == (order.sale.manager, order.sale.confirmed)
    assert ((), ()) == (order.invoices, order.refunds)
    assert order == shop.look(order.number)


@pytest.mark.rule("O1")
def test_a_changed_offer_changes_no_order(shop: Shop) -> None:
    """What was sold stays as it was sold, though the same offer is sold for more later."""
    early = shop.order_of(an_offer("100.00"), "cart-1")
    shop.order_of(an_offer("120.00"), "cart-2")

    assert eur("100.00") == shop.look(early.number).offer.unit_price


@pytest.mark.rule("O2", "O3")
@pytest.mark.parametrize(
    ("unit_price", "currency", "quantity", "price"),
    [
        ("19.99", "EUR", 3, "59.97"),
        ("0.01", "EUR", 1_000_000, "10000.00"),
        ("333", "JPY", 3, "999"),
        ("0.001", "KWD", 7, "0.007"),
        ("100.00", "EUR", 1, "100.00"),
    ],
)
def test_the_price_is_exact(
    shop: Shop, unit_price: str, currency: str, quantity: int, price: str
) -> None:
    """The price is the unit price times the quantity, in the offer's currency."""
    offer = an_offer(unit_price, currency, multiple_sales=True)

    assert Money.of(price, currency) == shop.order_of(offer, quantity=quantity).price


@pytest.mark.rule("O3")
def test_one_of_a_kind(shop: Shop) -> None:
    """More than one is refused where the offer does not allow multiple sales."""
    with pytest.raises(InvalidInput) as caught:
        shop.order_of(an_offer(), quantity=2)

    assert ["quantity"] == [problem.field for problem in caught.value.problems]
    assert 0 == shop.office.orders.count(BOSS)


@pytest.mark.rule("O4")
def test_orders_and_invoices_are_numbered_apart(shop: Shop) -> None:
    """Orders and invoices are two rising series, and each account has its own."""
    numbers = [shop.place(under=f"cart-{n}") for n in range(3)]
    paid = [shop.charge(number, under=f"pay-{number}").invoice.number for number in numbers[1:]]
    elsewhere = shop.office.orders.place(
        an_actor(account="globex"), an_offer(), ADA, key=key("cart-0")
    )

    assert [1, 2, 3] == numbers
    assert [1, 2] == paid
    assert 1 == elsewhere.number


@pytest.mark.rule("O7")
def test_something_free(shop: Shop) -> None:
    """What costs nothing is completed on placing, without an invoice, and can't be paid."""
    number = shop.place(price="0.00")

    assert (OrderStatus.COMPLETED, ()) == (shop.look(number).status, shop.look(number).invoices)
    with pytest.raises(WrongStatus):
        shop.charge(number)


def test_a_manager_named_at_checkout(shop: Shop) -> None:
    """A manager named at checkout is credited, and nobody has confirmed it yet."""
    mira = Manager(user=UserId("mira"), name="Mira")

    order = shop.office.orders.place(BUYER, an_offer(), ADA, key=key("cart-1"), manager=mira)

    assert (mira, False) == (order.sale.manager, order.sale.confirmed)


@pytest.mark.rule("O5", "I1", "I2", "I3")
def test_paying_by_card(door: Door) -> None:
    """A payment that succeeds completes the order; its invoice tells all there is to tell."""
    shop = Shop.behind(door, ScriptedGateway(fee_per_mille=29))

    payment = shop.charge(shop.place(), method=a_card())

    order, invoice = payment.order, payment.invoice
    assert OrderStatus.COMPLETED is order.status
    assert (eur("100.00"), eur("0.00")) == (order.paid, order.outstanding)
    assert (1, START, START) == (invoice.number, invoice.attempted_at, invoice.settled_at)
    assert InvoiceStatus.PAID is invoice.status
    assert (eur("100.00"), eur("100.00")) == (invoice.amount, invoice.covers)
    assert Share.percent(100) == order.share(invoice)
    assert (eur("2.90"), eur("97.10")) == (invoice.fee, invoice.credited)
    assert (CARDS, "pay-1", "ch_1") == (invoice.system, invoice.key, invoice.gateway_id)
    assert (False, "", None, ()) == (
        invoice.one_click, invoice.comment, invoice.error, invoice.refunds,
    )  # fmt: skip
    assert order == shop.look(order.number)
    assert eur("100.00") == shop.gateway.taken("EUR")


@pytest.mark.rule("I1")
def test_a_commission_that_nobody_told(shop: Shop) -> None:
    """What is credited is unknown until the payment system tells its commission."""
    assert shop.charge(shop.place()).invoice.credited is None


@pytest.mark.rule("O5", "I1", "I2", "I3")
@pytest.mark.parametrize(
    ("play", "code", "message", "retry"),
    [
        (
            Play.DECLINE,
            "insufficient_funds",
            "The bank said: insufficient funds.",
            Retry.ALLOWED,
        ),
        (
            Play.DECLINE_METHOD,
            "expired_card",
            "The bank said: expired card.",
            Retry.ANOTHER_METHOD,
        ),
        (Play.DECLINE_FINALLY, "stolen_card", "The bank said: stolen card.", Retry.FINAL),
    ],
)
def test_a_card_that_is_declined(
    shop: Shop, play: Play, code: str, message: str, retry: Retry
) -> None:
    """The only payment fails, and with it the order; no second one may be started."""
    shop.gateway.then(play)
    number = shop.place()

    payment = shop.charge(number)

    assert InvoiceStatus.FAILED is payment.invoice.status
    assert PaymentError(code=code, message=message, retry=retry) == payment.invoice.error
    assert OrderStatus.DECLINED is payment.order.status
    assert (eur("0.00"), eur("100.00")) == (payment.order.paid, payment.order.outstanding)
    with pytest.raises(WrongStatus) as caught:
        shop.charge(number, under="pay-2")
    assert WrongStatus("pay", "order 1", "Declined", ("Open",)) == caught.value
    assert 1 == shop.gateway.calls


@pytest.mark.rule("I3")
def test_half_of_it_is_not_on_offer(shop: Shop) -> None:
    """Less than the price is refused where the terms say in full."""
    number = shop.place()

    with pytest.raises(AmountNotOffered) as caught:
        shop.charge(number, "50.00")

    assert AmountNotOffered(number, eur("50.00"), "100.00 EUR at once") == caught.value
    assert 0 == shop.gateway.calls


@pytest.mark.parametrize("said", ["covers", "amount", "both"])
def test_saying_the_price_oneself(shop: Shop, said: str) -> None:
    """The host may name the amount, or leave it to the order, to the same effect."""
    covers, amount = eur("100.00"), eur("100.00")

    payment = shop.office.payments.charge(
        a_manager(),
        shop.place(),
        CARDS,
        key=key("pay-1"),
        covers=None if said == "amount" else covers,
        amount=None if said == "covers" else amount,
    )

    assert (covers, amount) == (payment.invoice.covers, payment.invoice.amount)
    assert OrderStatus.COMPLETED is payment.order.status
