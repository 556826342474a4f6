"""The two-commit protocol: reserve, ask the gateway outside any transaction, settle."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest

from ordersales import (
    AccountId,
    AnyShare,
    AsyncBackOffice,
    BackOffice,
    InvoiceStatus,
    OrderNumber,
    OrderStatus,
    PaymentSystem,
)
from ordersales.errors import BrokenInvariant, PaymentUnderWay
from ordersales.models.charge import Answer, ChargeRequest, Declined, Succeeded
from ordersales.models.order import AttentionReason
from ordersales.models.stage import PaymentError, Stage
from ordersales.services import desk as desks
from ordersales.services import settling
from ordersales.testing import Play, ScriptedGateway
from ordersales.testing.clock import START
from ordersales.testing.gateway import EVERYTHING
from ordersales.values.identifiers import AttemptReference, GatewayId
from tests.drivers import BOSS, BUYER, CARDS, ByHand, Shop, a_card, eur, key, reference_of, snapshot
from tests.services.watched import Watched

ANY: Final = AnyShare()


@pytest.mark.rule("C1")
@pytest.mark.parametrize(
    "play", [Play.SUCCEED, Play.DECLINE, Play.PEND, Play.NOT_SENT, Play.MISCONFIGURED]
)
def test_two_commits_and_the_call_between_them(stage: Watched, play: Play) -> None:
    """One payment takes exactly two commits, and the gateway is asked between them."""
    number = stage.shop.place()
    stage.gateway.then(play)
    stage.written_down()

    stage.shop.charge(number)

    assert ["begin", "commit", "charge", "begin", "commit"] == stage.written_down()


@pytest.mark.rule("C1")
def test_the_reservation_is_committed_before_the_gateway_is_called(stage: Watched) -> None:
    """While the gateway is asked, everybody can read the attempt, in doubt, with its key."""
    number = stage.shop.place()
    seen = []

    def look() -> None:
        with stage.store.plain.transaction(AccountId("acme")) as tx:
            seen.append(tx.orders.get(number))

    stage.gateway.meanwhile = look
    stage.shop.charge(number, method=a_card())

    (order,) = seen
    assert order is not None
    (invoice,) = order.invoices
    assert (InvoiceStatus.PENDING, "pay-1", eur("100.00")) == (
        invoice.status, invoice.key, invoice.amount,
    )  # fmt: skip
    attempt = invoice.attempt
    assert attempt is not None
    assert (Stage.IN_DOUBT, 0, 1) == (attempt.stage, attempt.epoch, attempt.sends)
    assert (START, START + timedelta(minutes=2)) == (attempt.sent_at, attempt.next_check)
    assert AttemptReference(AccountId("acme"), number, 1) == attempt.reference
    (charged,) = stage.gateway.charged
    expected = ChargeRequest(
        reference=attempt.reference,
        key=attempt.key,
        amount=eur("100.00"),
        method=a_card(),
        description="Course, order 1",
    )
    assert expected == charged.request


def test_a_gateway_is_not_called_inside_a_transaction(shop: Shop) -> None:
    """A bug that would call the gateway inside a transaction is found before it is sent."""

    async def careless() -> None:
        async with desks.transaction(shop.store, AccountId("acme")):
            request = ChargeRequest(
                reference=AttemptReference(AccountId("acme"), OrderNumber(1), 1),
                key=key("k"),
                amount=eur("1.00"),
                method=None,
                description="",
            )
            await settling.charged(shop.gateway, request)

    script = ByHand(careless())
    script.finish()

    assert isinstance(script.error, BrokenInvariant)
    assert 0 == shop.gateway.calls


class Broken(ScriptedGateway):
    """A gateway that finds a bug of ours, whatever it is asked."""

    def charge(self, request: ChargeRequest) -> Answer:
        """Find it."""
        raise BrokenInvariant("C1", "a bug")

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Find it."""
        raise BrokenInvariant("C1", "a bug")

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Find it."""
        raise BrokenInvariant("C1", "a bug")


@pytest.mark.rule("C1")
@pytest.mark.parametrize(
    ("play", "status", "stage", "order_status", "reached"),
    [
        (Play.SUCCEED, InvoiceStatus.PAID, Stage.CLOSED, OrderStatus.COMPLETED, 1),
        (Play.DECLINE, InvoiceStatus.FAILED, Stage.CLOSED, OrderStatus.DECLINED, 1),
        (Play.DECLINE_METHOD, InvoiceStatus.FAILED, Stage.CLOSED, OrderStatus.DECLINED, 1),
        (Play.DECLINE_FINALLY, InvoiceStatus.FAILED, Stage.CLOSED, OrderStatus.DECLINED, 1),
        (Play.PEND, InvoiceStatus.PENDING, Stage.ACCEPTED, OrderStatus.OPEN, 1),
        (Play.TIME_OUT_AFTER, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 1),
        (Play.TIME_OUT_BEFORE, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 0),
        (Play.EXECUTE_LATE, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 0),
        (Play.SERVER_ERROR_AFTER, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 1),
        (Play.SERVER_ERROR_BEFORE, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 0),
        (Play.DUPLICATE, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 0),
        (Play.BREAK, InvoiceStatus.PENDING, Stage.IN_DOUBT, OrderStatus.OPEN, 0),
        (Play.NOT_SENT, InvoiceStatus.PENDING, Stage.RESERVED, OrderStatus.OPEN, 0),
        (Play.MISCONFIGURED, InvoiceStatus.PENDING, Stage.BLOCKED, OrderStatus.OPEN, 0),
        (Play.OTHER_AMOUNT, InvoiceStatus.PENDING, Stage.HELD, OrderStatus.OPEN, 1),
    ],
)
def test_whatever_the_gateway_does(
    shop: Shop,
    play: Play,
    *,
    status: InvoiceStatus,
    stage: Stage,
    order_status: OrderStatus,
    reached: int,
) -> None:
    """Only what the gateway says for certain is booked; no word is never a failure."""
    shop.gateway.then(play)
    number = shop.place()

    payment = shop.charge(number)

    assert payment.invoice.attempt is not None
    assert (status, stage, order_status) == (
        payment.invoice.status, payment.invoice.attempt.stage, payment.order.status,
    )  # fmt: skip
    assert (1, reached) == (shop.gateway.calls, len(shop.gateway.charged))
    assert payment.order == shop.look(number)


def test_every_play_is_tried() -> None:
    """The table above knows all that the scripted gateway can do."""
    (table,) = [
        mark.args[1]
        for mark in test_whatever_the_gateway_does.pytestmark  # type: ignore[attr-defined]
        if mark.name == "parametrize"
    ]

    assert set(Play) == {row[0] for row in table}


def test_repeating_is_no_use(shop: Shop) -> None:
    """A set-up that can't work is flagged for a person, with the gateway's own words."""
    shop.gateway.then(Play.MISCONFIGURED)

    payment = shop.charge(shop.place())

    error = PaymentError(code="no_such_customer", message="The customer was deleted.")
    assert error == payment.invoice.error
    assert [(AttentionReason.MISCONFIGURED, "no_such_customer: The customer was deleted.")] == [
        (flag.reason, flag.detail) for flag in payment.order.attention
    ]


@pytest.mark.rule("C1")
def test_a_bug_is_no_outcome(shop: Shop) -> None:
    """A broken invariant is not taken for a lost answer, wherever it is found."""
    broken = Shop.behind(BackOffice, Broken())
    number = broken.place(ANY)

    with pytest.raises(BrokenInvariant):
        broken.charge(number)
    with pytest.raises(BrokenInvariant):
        broken.office.orders.decline(BOSS, number, reason="No")
    with pytest.raises(BrokenInvariant):
        broken_look_up(broken, number)

    (invoice,) = broken.look(number).invoices
    assert InvoiceStatus.PAID is not invoice.status


def broken_look_up(shop: Shop, number: OrderNumber) -> None:
    """Let a contradiction be looked up."""
    (invoice,) = shop.look(number).invoices
    assert invoice.attempt is not None
    shop.hear(invoice.attempt.reference, Declined(code="no"))
    taken = Succeeded(gateway_id=GatewayId("ch_1"), amount=invoice.amount)
    shop.hear(invoice.attempt.reference, taken)


@pytest.mark.rule("C1", "C5")
@pytest.mark.parametrize("play", [Play.NOT_SENT, Play.MISCONFIGURED])
def test_certainly_not_executed(shop: Shop, play: Play) -> None:
    """The same host key sends it again, under the same gateway key, as the same invoice."""
    shop.gateway.then(play, play)
    number = shop.place()
    first = shop.charge(number, method=a_card())
    shop.clock.advance(timedelta(minutes=5))

    second = shop.charge(number, method=a_card())
    third = shop.charge(number, method=a_card())

    assert [InvoiceStatus.PENDING, InvoiceStatus.PENDING, InvoiceStatus.PAID] == [
        payment.invoice.status for payment in (first, second, third)
    ]
    assert 1 == len({payment.invoice.number for payment in (first, second, third)})
    assert first.invoice.attempt is not None
    assert third.invoice.attempt is not None
    assert [first.invoice.attempt.key] == [item.request.key for item in shop.gateway.charged]
    assert (START + timedelta(minutes=5), 3) == (
        third.invoice.attempt.sent_at, shop.gateway.calls,
    )  # fmt: skip
    assert third.invoice.error is None


@pytest.mark.rule("C1", "C5")
def test_certainly_not_executed_and_given_up(shop: Shop) -> None:
    """After its order was given up, the same host key sends nothing."""
    shop.gateway.then(Play.NOT_SENT)
    number = shop.place()
    shop.charge(number)
    order = shop.office.orders.cancel(BOSS, number, reason="Enough")

    again = shop.charge(number)

    assert (order, InvoiceStatus.CANCELED) == (again.order, again.invoice.status)
    assert 1 == shop.gateway.calls


@pytest.mark.rule("C1", "C5")
@pytest.mark.parametrize(
    "play",
    [
        Play.TIME_OUT_AFTER,
        Play.TIME_OUT_BEFORE,
        Play.EXECUTE_LATE,
        Play.SERVER_ERROR_AFTER,
        Play.SERVER_ERROR_BEFORE,
        Play.DUPLICATE,
        Play.BREAK,
    ],
)
def test_no_word(shop: Shop, play: Play) -> None:
    """What may have been executed stays in doubt, and the same host key does not send it again."""
    shop.gateway.then(play)
    number = shop.place()

    first = shop.charge(number)
    shop.clock.advance(timedelta(days=1))
    again = shop.charge(number)

    assert first == again
    assert (InvoiceStatus.PENDING, 1) == (again.invoice.status, shop.gateway.calls)
    with pytest.raises(PaymentUnderWay):
        shop.charge(number, under="pay-2")


@pytest.mark.rule("C1")
def test_a_wrong_answer_is_no_word(shop: Shop) -> None:
    """A gateway that breaks its contract has given no word."""

    class Confused(ScriptedGateway):
        def charge(self, request: ChargeRequest) -> Answer:
            return None  # type: ignore[return-value]

    confused = Shop.behind(BackOffice, Confused())

    payment = confused.charge(confused.place())

    assert payment.invoice.attempt is not None
    assert Stage.IN_DOUBT is payment.invoice.attempt.stage


class Hanging(ScriptedGateway):
    """A gateway that takes the money and never answers."""

    async def wait(self, request: ChargeRequest) -> Answer:
        """Take the money, and hang."""
        super().charge(request)
        await asyncio.sleep(3600)
        raise AssertionError


@pytest.mark.rule("C1")
def test_a_host_that_loses_patience() -> None:
    """A task that is canceled while the gateway is asked leaves the attempt in doubt."""
    shop = Shop.behind(BackOffice, Hanging())
    number = shop.place()
    port: Any = SimpleNamespace(capabilities=EVERYTHING, charge=cast("Hanging", shop.gateway).wait)
    office = AsyncBackOffice(shop.store, [PaymentSystem(CARDS, port)], shop.clock)

    async def hurry() -> None:
        async with asyncio.timeout(0.01):
            await office.payments.charge(BUYER, number, CARDS, key=key("pay-1"))

    with pytest.raises(TimeoutError):
        asyncio.run(hurry())

    again = shop.charge(number)
    assert again.invoice.attempt is not None
    assert (InvoiceStatus.PENDING, Stage.IN_DOUBT) == (
        again.invoice.status, again.invoice.attempt.stage,
    )  # fmt: skip
    assert 1 == shop.gateway.calls


@pytest.mark.rule("C1")
def test_each_attempt_has_its_own_key(shop: Shop) -> None:
    """Attempts of one order are told apart at the gateway, by a reference that is never random."""
    shop.gateway.then(Play.DECLINE)
    number = shop.place(ANY)
    for n in (1, 2, 3):
        shop.charge(number, "30.00", f"pay-{n}")

    assert ["acme/1/1~0", "acme/1/2~0", "acme/1/3~0"] == [
        charged.request.key for charged in shop.gateway.charged
    ]
    order = shop.look(number)
    assert ["acme/1/1", "acme/1/2", "acme/1/3"] == [
        str(invoice.attempt.reference) for invoice in order.invoices if invoice.attempt is not None
    ]


@pytest.mark.rule("C4")
def test_an_outcome_applied_twice(shop: Shop) -> None:
    """Settling the same outcome again changes nothing."""
    payment = shop.charge(shop.place())
    (charged,) = shop.gateway.charged
    before = snapshot(shop.store)

    script = ByHand(
        settling.settle(
            shop.desk,
            AccountId("acme"),
            payment.order.number,
            payment.invoice.number,
            charged.answer,
        )
    )
    script.finish()

    assert payment == script.result
    assert before == snapshot(shop.store)
    assert reference_of(payment) == charged.request.reference
