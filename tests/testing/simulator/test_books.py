"""The comparison of the two books finds every difference, and knows which a person sees."""

from __future__ import annotations

import attrs
import pytest

from ordersales import AccountId, AnyShare, BackOffice
from ordersales.models.charge import Answer, Declined, Succeeded, Withdrawn
from ordersales.models.order import Attention, AttentionReason, Order
from ordersales.models.refund import RefundAnswer, RefundRefused, RefundSucceeded
from ordersales.models.stage import Stage
from ordersales.testing import Play, RefundPlay
from ordersales.testing.clock import START
from ordersales.testing.simulator.books import compared
from ordersales.testing.simulator.truth import Charge, Return, TruthBook
from ordersales.values.identifiers import AttemptReference, GatewayId, InvoiceNumber, OrderNumber
from tests.drivers import BOSS, Shop, eur, key


def lived(*plays: Play, refund: RefundPlay | None = None) -> tuple[Shop, Order, TruthBook]:
    """Return a shop with an order that was paid while the gateway played, and the truth of it."""
    shop = Shop.behind(BackOffice)
    shop.gateway.then(*plays)
    number = shop.place(AnyShare())
    payment = shop.charge(number, "40.00")
    if refund is not None:
        shop.gateway.refunds.then(refund)
        shop.office.refunds.refund(
            BOSS, number, payment.invoice.number, key=key("b"), amount=eur("5.00"), reason="Late"
        )
    book = TruthBook()
    for item in shop.gateway.charged:
        name = getattr(item.answer, "gateway_id", GatewayId("ch_1"))
        book.add(Charge(item.request, name, item.answer, 0))
    for back in shop.gateway.refunds.book:
        book.returns.append(Return(back.request, GatewayId("re_1"), back.answer, 0))
    return shop, shop.look(number), book


def differences(book: TruthBook, *orders: Order) -> list[tuple[str, bool]]:
    """Return what differs, and whether a person sees it."""
    seen = {place for order in orders for place in _shown(order)}
    return [(item.what, item.seen) for item in compared(book, orders, seen.__contains__)]


def _shown(order: Order) -> set[tuple[AccountId, OrderNumber, InvoiceNumber]]:
    """Return the invoices that a person is shown: flagged ones, and those held or blocked."""
    flagged = {flag.invoice for flag in order.attention}
    stages = (Stage.HELD, Stage.BLOCKED)
    flagged |= {i.number for i in order.invoices if i.attempt and i.attempt.stage in stages}
    return {(order.account, order.number, invoice) for invoice in flagged}


def flagged(order: Order) -> Order:
    """Return the order with its first invoice flagged."""
    flag = Attention(
        reason=AttentionReason.CONTRADICTION, at=START, invoice=order.invoices[0].number, detail=""
    )
    return attrs.evolve(order, attention=(flag,))


def staged(order: Order, stage: Stage) -> Order:
    """Return the order with its first attempt at another stage, which nobody looks at."""
    first = order.invoices[0]
    assert first.attempt is not None
    attempt = attrs.evolve(first.attempt, stage=stage, next_check=None)
    return attrs.evolve(order, invoices=(attrs.evolve(first, attempt=attempt),))


def answered(book: TruthBook, answer: Answer) -> TruthBook:
    """Return the book with another answer to its first charge."""
    book.charges[0].answer = answer
    return book


OTHER = Succeeded(gateway_id=GatewayId("ch_9"), amount=eur("40.00"))


@pytest.mark.parametrize("play", [Play.SUCCEED, Play.DECLINE, Play.PEND])
def test_books_that_agree(play: Play) -> None:
    """What both know alike is no difference."""
    _, order, book = lived(play, refund=RefundPlay.SUCCEED if play is Play.SUCCEED else None)

    assert [] == differences(book, order)


def test_a_manual_payment_is_in_our_book_alone() -> None:
    """What was paid by bank concerns no gateway."""
    shop = Shop.behind(BackOffice)
    number = shop.place()
    shop.announce(number)

    assert [] == differences(TruthBook(), shop.look(number))


def test_money_that_we_know_nothing_of() -> None:
    """What the gateway took and we don't have as paid is a difference; flagged, it is seen."""
    _, order, book = lived(Play.DECLINE)
    book = answered(book, Succeeded(gateway_id=GatewayId("ch_1"), amount=eur("40.00")))
    expected = [
        ("ch_1 took 40.00 EUR, and invoice 1 is Failed", False),
        ("invoice 1 failed, and nothing was declined", False),
    ]

    assert expected == differences(book, order)
    assert True is differences(book, flagged(order))[0][1]
    assert [("acme/1/1 is charged and not known", False)] == differences(book)


def test_money_that_was_taken_twice_or_otherwise() -> None:
    """A second charge, and another amount, are differences."""
    _, order, book = lived(Play.SUCCEED)
    other = attrs.evolve(OTHER, amount=eur("41.00"))
    book.add(Charge(book.charges[0].request, GatewayId("ch_9"), other, 0))

    assert [("ch_9 took 41.00 EUR as well", False)] == differences(book, order)
    assert [("ch_9 took 41.00 EUR as well", True)] == differences(book, flagged(order))


def test_money_that_was_never_taken() -> None:
    """What we have as paid, or as failed, has to be so in the gateway's book."""
    _, order, book = lived(Play.SUCCEED)
    paid = "invoice 1 is paid, and no money was taken"
    assert [(paid, False)] == differences(answered(book, Declined(code="no")), order)

    _, order, book = lived(Play.DECLINE)
    failed = "invoice 1 failed, and nothing was declined"
    assert [(failed, False)] == differences(answered(book, Withdrawn()), order)


@pytest.mark.parametrize("stage", [Stage.HELD, Stage.BLOCKED])
def test_what_waits_for_nothing(stage: Stage) -> None:
    """A payment that waits has something to wait for at the gateway, or a person sees it."""
    _, order, book = lived(Play.PEND)
    nothing = "invoice 1 is pending, and the gateway has nothing"
    gone = "invoice 1 is pending, and the gateway has Withdrawn()"

    assert [(nothing, False)] == differences(TruthBook(), staged(order, Stage.IN_DOUBT))
    assert [(nothing, True)] == differences(TruthBook(), staged(order, stage))
    assert [] == differences(TruthBook(), staged(order, Stage.RESERVED))
    assert [(gone, False)] == differences(
        answered(book, Withdrawn()), staged(order, Stage.ACCEPTED)
    )


def with_answer(book: TruthBook, answer: RefundAnswer) -> TruthBook:
    """Return the book with another answer to its first refund."""
    book.returns[0].answer = answer
    return book


def test_money_that_went_back() -> None:
    """What went back in one book alone is a difference, unless a person sees it."""
    _, order, book = lived(Play.SUCCEED, refund=RefundPlay.REFUSE)
    book = with_answer(book, RefundSucceeded(gateway_id=GatewayId("re_1")))
    unknown = "5.00 EUR went back as re_1, and invoice 1 has None"
    assert [(unknown, False)] == differences(book, order)
    assert [(unknown, True)] == differences(book, flagged(order))

    _, order, book = lived(Play.SUCCEED, refund=RefundPlay.TIME_OUT_AFTER)
    assert [(unknown, False)] == differences(book, order)

    _, order, book = lived(Play.SUCCEED, refund=RefundPlay.SUCCEED)
    book = with_answer(book, RefundRefused(code="no"))
    never = "refund re_1 of invoice 1 did not go back"
    assert [(never, False)] == differences(book, order)
    assert [(never, True)] == differences(book, flagged(order))


def test_money_that_went_back_by_itself() -> None:
    """What went back without our asking has to be known as well, unless it was won back."""
    _, order, book = lived(Play.SUCCEED)
    book.charges[0].back_by_itself[GatewayId("dp_1")] = eur("7.00")
    assert ["7.00 EUR went back as dp_1, and invoice 1 has None"] == told(book, order)
    assert 3300 == book.left(book.charges[0])

    book.charges[0].back_by_itself[GatewayId("dp_1")] = eur("0.00")
    assert [] == told(book, order)


def told(book: TruthBook, *orders: Order) -> list[str]:
    """Return what differs."""
    return [what for what, _ in differences(book, *orders)]


def test_what_the_book_says_of_a_charge() -> None:
    """A charge was executed, took money, or may still; what is named nothing is not found."""
    _, _, book = lived(Play.PEND)
    charge = book.charges[0]

    assert (None, True, True, 0) == (
        charge.taken, charge.may_take, charge.executed, book.left(charge),
    )  # fmt: skip
    charge.answer = Withdrawn()
    assert (False, False) == (charge.may_take, charge.executed)
    assert book.named(None) is book.named(GatewayId("ch_9")) is None
    assert [] == book.under(AttemptReference(AccountId("acme"), 9, 9))
