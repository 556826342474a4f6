"""Money goes back: a part, all of it, later, not at all, by itself, and back again."""

from __future__ import annotations

from typing import Final

import pytest

from ordersales import (
    AnyShare,
    InvoiceNumber,
    InvoiceStatus,
    Money,
    OrderNumber,
    OrderStatus,
    RefundKind,
    RefundResult,
    RefundStatus,
    WebhookResult,
)
from ordersales.errors import (
    ExceedsRefundable,
    KeyReused,
    NothingToRefund,
    PermissionMissing,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.event import EventKind
from ordersales.models.order import Order
from ordersales.models.refund import (
    ChargebackWon,
    RefundReference,
    RefundRefused,
    ReturnReported,
)
from ordersales.testing import Play, RefundPlay
from ordersales.values.identifiers import GatewayId
from tests.drivers import BANK, BOSS, BUYER, CARDS, Shop, eur, key, reference_of

pytestmark = pytest.mark.rule("F1")

ANY: Final = AnyShare()
DISPUTE: Final = GatewayId("dp_1")


def sold(shop: Shop) -> tuple[OrderNumber, InvoiceNumber]:
    """Sell one course for 100, paid by card, and return its order and invoice."""
    payment = shop.charge(shop.place())
    return payment.order.number, payment.invoice.number


def give_back(
    shop: Shop,
    of: tuple[OrderNumber, InvoiceNumber],
    amount: str | None = None,
    under: str = "back-1",
) -> RefundResult:
    """Let the boss refund an invoice."""
    money = None if amount is None else eur(amount)
    return shop.office.refunds.refund(
        BOSS, *of, key=key(under), amount=money, reason="Did not like it"
    )


def hear(shop: Shop, message: tuple[bytes, dict[str, str]]) -> WebhookResult:
    """Deliver a message of the card gateway to the host's webhook route."""
    return shop.office.payments.hear(BOSS, CARDS, *message)


def by_itself(
    shop: Shop, order: OrderNumber, amount: str, kind: RefundKind = RefundKind.CHARGEBACK
) -> WebhookResult:
    """Let the card gateway report money that went back without our asking."""
    said = ReturnReported(kind=kind, gateway_id=DISPUTE, amount=eur(amount))
    return hear(shop, shop.gateway.webhook(f"acme/{order}/1", said))


def stands(order: Order) -> tuple[OrderStatus, InvoiceStatus, Money]:
    """Return the status of an order, that of its first invoice, and what went back of it."""
    invoice = order.invoices[0]
    return order.status, invoice.status, invoice.returned


def test_a_part_goes_back(shop: Shop) -> None:
    """A partial refund leaves the invoice Paid and the order Completed, and shows how much."""
    of = sold(shop)

    result = give_back(shop, of, "30.00")

    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID, eur("30.00")) == stands(result.order)
    assert [RefundStatus.SUCCEEDED] == [item.refund.status for item in result.refunds]
    assert eur("70.00") == result.refunds[0].invoice.refundable
    assert eur("30.00") == shop.gateway.returned("EUR")
    assert result.order == shop.look(of[0])


@pytest.mark.rule("O5", "I2")
def test_all_of_it_goes_back(shop: Shop) -> None:
    """A refund of all of it makes the invoice Refunded and the order Refund."""
    of = sold(shop)

    result = give_back(shop, of)

    assert (OrderStatus.REFUND, InvoiceStatus.REFUNDED, eur("100.00")) == stands(result.order)
    assert result.ask_to_stop is None
    with pytest.raises(WrongStatus):
        give_back(shop, of, under="back-2")


def test_little_by_little(shop: Shop) -> None:
    """Parts go back until nothing is left, and never more."""
    of = sold(shop)
    give_back(shop, of, "30.00", "back-1")

    with pytest.raises(ExceedsRefundable):
        give_back(shop, of, "70.01", "back-2")
    result = give_back(shop, of, under="back-3")

    assert (OrderStatus.REFUND, InvoiceStatus.REFUNDED, eur("100.00")) == stands(result.order)
    assert eur("100.00") == shop.gateway.returned("EUR")


@pytest.mark.rule("C5")
def test_a_double_click(shop: Shop) -> None:
    """The same key twice returns the money once; with another amount it is an error."""
    of = sold(shop)

    first, second = give_back(shop, of, "30.00"), give_back(shop, of, "30.00")

    assert first == second
    assert eur("30.00") == shop.gateway.returned("EUR")
    with pytest.raises(KeyReused):
        give_back(shop, of, "40.00")


@pytest.mark.rule("A2")
def test_not_everybody_may(shop: Shop) -> None:
    """Whoever lacks the permission gives no money back."""
    order, invoice = sold(shop)

    with pytest.raises(PermissionMissing):
        shop.office.refunds.refund(BUYER, order, invoice, key=key("b"), reason="I want it")
    with pytest.raises(PermissionMissing):
        shop.office.refunds.refund_order(BUYER, order, key=key("b"), reason="I want it")

    assert 0 == shop.gateway.refunds.calls


@pytest.mark.rule("C4")
def test_a_refund_that_takes_its_time(shop: Shop) -> None:
    """A refund that the bank takes days for stays reserved until the word comes."""
    shop.gateway.refunds.then(RefundPlay.PEND)
    of = sold(shop)
    pending = give_back(shop, of)

    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID, eur("0.00")) == stands(pending.order)
    with pytest.raises(NothingToRefund):
        give_back(shop, of, "1.00", "back-2")

    reference = pending.refunds[0].refund.reference
    assert reference is not None
    shop.gateway.finish_refund(reference)
    assert WebhookResult.APPLIED is hear(shop, shop.gateway.refund_webhook(reference))
    assert (OrderStatus.REFUND, InvoiceStatus.REFUNDED, eur("100.00")) == (stands(shop.look(of[0])))


def test_a_refund_that_fails_at_last(shop: Shop) -> None:
    """A refund that the bank refuses after days frees the money, which is returned by hand."""
    shop.gateway.refunds.then(RefundPlay.PEND)
    of = sold(shop)
    reference = give_back(shop, of).refunds[0].refund.reference
    assert reference is not None

    shop.gateway.finish_refund(reference, RefundRefused(code="account_closed"))
    hear(shop, shop.gateway.refund_webhook(reference))

    order = shop.look(of[0])
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID, eur("0.00")) == stands(order)
    assert (RefundStatus.FAILED, eur("100.00")) == (
        order.refunds[0].status, order.invoices[0].refundable,
    )  # fmt: skip
    assert OrderStatus.REFUND is give_back(shop, of, under="back-2").order.status


@pytest.mark.rule("C1")
def test_an_answer_that_got_lost(shop: Shop) -> None:
    """A lost answer leaves the refund in doubt and reserved; the gateway's message settles it."""
    shop.gateway.refunds.then(RefundPlay.TIME_OUT_AFTER)
    of = sold(shop)

    doubtful = give_back(shop, of, "60.00")
    again = give_back(shop, of, "60.00")

    assert doubtful == again
    assert RefundStatus.PENDING is doubtful.refunds[0].refund.status
    with pytest.raises(ExceedsRefundable):
        give_back(shop, of, "60.00", "back-2")
    hear(shop, shop.gateway.refund_webhook(RefundReference.parse(f"acme/{of[0]}/1#1")))
    assert (eur("60.00"), eur("60.00")) == (
        shop.look(of[0]).invoices[0].returned, shop.gateway.returned("EUR"),
    )  # fmt: skip


def test_of_a_bank_transfer(shop: Shop) -> None:
    """Of a bank transfer a refund is recorded; the person sends the money back by hand."""
    number = shop.place()
    invoice = shop.announce(number).invoice.number
    shop.office.payments.confirm(BOSS, number, invoice)

    result = give_back(shop, (number, invoice), "25.00")

    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID, eur("25.00")) == stands(result.order)
    assert (RefundStatus.SUCCEEDED, "boss", BANK) == (
        result.refunds[0].refund.status, result.refunds[0].refund.by,
        result.refunds[0].invoice.system,
    )  # fmt: skip


def test_of_several_payments(shop: Shop) -> None:
    """A refund of an order goes back over its payments, newest first, and adds up exactly."""
    number = shop.place(ANY, "99.99")
    for n, share in enumerate(["33.33", "33.33", "33.33"]):
        shop.charge(number, share, f"pay-{n}")

    some = shop.office.refunds.refund_order(
        BOSS, number, key=key("back-1"), amount=eur("50.00"), reason="Half of it"
    )
    rest = shop.office.refunds.refund_order(BOSS, number, key=key("back-2"), reason="The rest")

    assert [eur("33.33"), eur("16.67")] == [item.refund.amount for item in some.refunds]
    assert [3, 2] == [item.invoice.number for item in some.refunds]
    assert [eur("16.66"), eur("33.33")] == [item.refund.amount for item in rest.refunds]
    assert OrderStatus.REFUND is rest.order.status
    assert eur("99.99") == shop.gateway.returned("EUR")


@pytest.mark.rule("B1")
def test_of_payments_in_two_currencies(shop: Shop) -> None:
    """What was paid in two currencies is refunded payment by payment."""
    number = shop.place(ANY)
    dollars = Money.of("47.00", "USD")
    shop.charge(number, "60.00")
    foreign = shop.office.payments.charge(
        BUYER, number, CARDS, key=key("pay-2"), covers=eur("40.00"), amount=dollars
    )

    with pytest.raises(WrongTerms):
        shop.office.refunds.refund_order(BOSS, number, key=key("back-1"), reason="All of it")
    result = shop.office.refunds.refund(
        BOSS, number, foreign.invoice.number, key=key("back-1"), reason="All of it"
    )

    assert dollars == result.refunds[0].refund.amount == shop.gateway.returned("USD")
    assert OrderStatus.COMPLETED is result.order.status


@pytest.mark.rule("P3", "O5")
def test_of_a_declined_order(shop: Shop) -> None:
    """Money of a declined order stays recorded until it is refunded, and then it is Refund."""
    number = shop.place(ANY)
    invoice = shop.charge(number, "40.00").invoice.number
    shop.office.orders.decline(BOSS, number, reason="Can't deliver")

    result = give_back(shop, (number, invoice))

    assert (OrderStatus.REFUND, InvoiceStatus.REFUNDED, eur("40.00")) == stands(result.order)


@pytest.mark.rule("O5")
def test_of_an_open_order(shop: Shop) -> None:
    """An open order stays Open when its money goes back, and is Refund once it is given up."""
    number = shop.place(ANY)
    invoice = shop.charge(number, "40.00").invoice.number

    result = give_back(shop, (number, invoice))

    assert (OrderStatus.OPEN, InvoiceStatus.REFUNDED, eur("40.00")) == stands(result.order)
    given_up = shop.office.orders.decline(BOSS, number, reason="Changed their mind")
    assert OrderStatus.REFUND is given_up.status


@pytest.mark.rule("F2")
def test_a_refund_made_at_the_payment_system(shop: Shop) -> None:
    """A refund that somebody made at the payment system's own site is recorded as such."""
    order, _ = sold(shop)

    assert WebhookResult.APPLIED is by_itself(shop, order, "30.00", RefundKind.EXTERNAL)
    assert WebhookResult.REPEATED is by_itself(shop, order, "30.00", RefundKind.EXTERNAL)

    seen = shop.look(order)
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID, eur("30.00")) == stands(seen)
    assert [RefundKind.EXTERNAL] == [item.kind for item in seen.refunds]


@pytest.mark.rule("F2", "O5")
def test_a_chargeback_and_back(shop: Shop) -> None:
    """A chargeback takes the order to Refund; won back, it is Completed again."""
    order, _ = sold(shop)

    by_itself(shop, order, "100.00")
    lost = shop.look(order)
    won = hear(shop, shop.gateway.webhook(f"acme/{order}/1", ChargebackWon(gateway_id=DISPUTE)))
    seen = shop.look(order)

    assert (OrderStatus.REFUND, InvoiceStatus.REFUNDED, eur("100.00")) == stands(lost)
    assert WebhookResult.APPLIED is won
    assert (OrderStatus.COMPLETED, InvoiceStatus.PAID, eur("0.00")) == stands(seen)
    assert [RefundStatus.REVERSED] == [item.status for item in seen.refunds]
    history = shop.office.orders.history(BOSS, order)
    assert [EventKind.RETURN_REPORTED, EventKind.CHARGEBACK_WON] == [
        event.kind for event in history[-2:]
    ]


@pytest.mark.rule("F2", "O5")
def test_a_chargeback_before_its_payment_is_known(shop: Shop) -> None:
    """A manager completes the order meanwhile: once the payment is known, all of it is gone."""
    order = shop.place(ANY)
    shop.gateway.then(Play.TIME_OUT_AFTER)
    reference = reference_of(shop.charge(order, "40.00"))
    shop.office.orders.confirm(BOSS, order)
    by_itself(shop, order, "40.00")

    told = hear(shop, shop.gateway.webhook(reference))

    assert WebhookResult.APPLIED is told
    assert (OrderStatus.REFUND, InvoiceStatus.REFUNDED, eur("40.00")) == stands(shop.look(order))


@pytest.mark.rule("F2", "O6")
def test_a_chargeback_after_a_refund(shop: Shop) -> None:
    """More than was left goes back: it is kept and flagged, until a person has dealt with it."""
    of = sold(shop)
    give_back(shop, of, "60.00")

    by_itself(shop, of[0], "100.00")

    seen = shop.look(of[0])
    assert (OrderStatus.REFUND, InvoiceStatus.REFUNDED, eur("100.00")) == stands(seen)
    assert seen.needs_attention
    assert eur("60.00") == seen.refunds[1].excess
    cleared = shop.office.orders.clear_attention(BOSS, of[0], reason="The buyer paid it back")
    assert not cleared.needs_attention
    (last,) = shop.office.orders.history(BOSS, of[0])[-1:]
    assert (EventKind.ATTENTION_CLEARED, "boss") == (last.kind, last.by)
    assert last.note.startswith("The buyer paid it back (more went back than was left to return")


@pytest.mark.rule("F2", "A4")
def test_a_chargeback_of_something_else(shop: Shop) -> None:
    """A chargeback of a payment that is not ours is kept for a person, and changes nothing."""
    payment = shop.charge(shop.place())
    said = ReturnReported(kind=RefundKind.CHARGEBACK, gateway_id=DISPUTE, amount=eur("100.00"))

    for elsewhere in (None, "acme/9/1", "globex/1/1", "shop order 17"):
        message = shop.gateway.webhook(elsewhere, said, event_id=f"evt {elsewhere}")
        assert WebhookResult.UNMATCHED is hear(shop, message)

    assert payment.order == shop.look(payment.order.number)
    assert reference_of(payment).order == payment.order.number
