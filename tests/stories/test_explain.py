"""A seller's people ask why: why can't I do this, and why is it still open. Behind each door."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from ordersales import (
    AnyShare,
    Awaited,
    InvoiceNumber,
    Operation,
    OrderFilter,
    OrderNumber,
    PaymentType,
    Permission,
    ReasonCode,
)
from ordersales.errors import InvalidInput, NotFound, PermissionMissing
from ordersales.models.charge import Accepted
from ordersales.rules.charge_policy import next_check
from ordersales.testing import Play, an_actor
from ordersales.testing.clock import START
from ordersales.values.identifiers import GatewayId
from tests.drivers import BOSS, BUYER, Shop, eur, key, reference_of, snapshot

pytestmark = pytest.mark.rule("A5")

CLERK: Final = an_actor(Permission.SEE_ORDERS, user="clerk")
PARTIAL: Final = OrderFilter(payment_type=PaymentType.PARTIAL)


@pytest.mark.rule("A2", "P4")
def test_the_clerk_asks_why_confirm_is_not_there(shop: Shop) -> None:
    """The clerk learns at once that a permission is missing and the list is not filtered."""
    number = shop.place(AnyShare())

    told = shop.office.orders.explain_action(CLERK, number, Operation.CONFIRM)

    missing, hidden = told.reasons
    assert (ReasonCode.PERMISSION_MISSING, ReasonCode.ONLY_AMONG_PARTIAL) == told.codes
    assert Permission.DECIDE_ORDERS is missing.permission
    assert "Partial" in hidden.words
    assert ("order 1", "Open") == (told.record, told.status)


@pytest.mark.rule("A3", "P4")
def test_nothing_speaks_against_it(shop: Shop) -> None:
    """Where nothing is told the row offers it, and it can be done."""
    number = shop.place(AnyShare())

    told = shop.office.orders.explain_action(BOSS, number, Operation.CONFIRM, PARTIAL)

    assert () == told.reasons
    assert "" == str(told)
    assert Operation.CONFIRM in shop.office.orders.offered(BOSS, number, PARTIAL)
    assert "Completed" == shop.office.orders.confirm(BOSS, number).status


@pytest.mark.rule("O5")
def test_cancel_has_to_wait(shop: Shop) -> None:
    """The boss can't cancel, since the buyer is still at the bank's page; once it has, she can."""
    shop.gateway.then(Play.PEND)
    number = shop.place(AnyShare())
    payment = shop.charge(number, "40.00")
    waiting = shop.office.orders.explain_action(BOSS, number, Operation.CANCEL)
    shop.gateway.finish(reference_of(payment))
    shop.hear(reference_of(payment))

    free = shop.office.orders.explain_action(BOSS, number, Operation.CANCEL)

    (reason,) = waiting.reasons
    assert ReasonCode.PAYMENT_UNDER_WAY is reason.code
    assert (payment.invoice.number, Awaited.BUYER) == (reason.invoice, reason.awaited)
    assert (START, next_check(START, 0)) == (reason.since, reason.until)
    assert () == free.reasons


@pytest.mark.rule("M1", "F1")
def test_why_not_on_one_payment(shop: Shop) -> None:
    """What is asked about one payment is answered by the rules of that payment."""
    number = shop.place(AnyShare())
    shop.announce(number, "40.00")
    taken = shop.charge(number, "60.00").invoice.number

    def codes(operation: Operation, invoice: InvoiceNumber) -> tuple[ReasonCode, ...]:
        told = shop.office.orders.explain_action(BOSS, number, operation, invoice=invoice)
        assert f"invoice {invoice}" == told.record
        return told.codes

    announced = shop.look(number).invoices[0].number
    assert () == codes(Operation.CONFIRM_PAYMENT, announced)
    assert (ReasonCode.WRONG_STATUS,) == codes(Operation.REFUND, announced)
    assert () == codes(Operation.REFUND, taken)
    assert {ReasonCode.WRONG_TERMS, ReasonCode.WRONG_STATUS} == {
        *codes(Operation.REJECT_PAYMENT, taken)
    }


@pytest.mark.rule("I6")
def test_why_can_the_buyer_not_pay(shop: Shop) -> None:
    """Support asks on the buyer's behalf: a second payment has to wait for the first."""
    shop.gateway.then(Play.TIME_OUT_AFTER)
    number = shop.place()
    shop.charge(number)

    told = shop.office.orders.explain_action(CLERK, number, Operation.PAY)

    (reason,) = told.reasons
    assert ReasonCode.PAYMENT_UNDER_WAY is reason.code
    assert Awaited.PAYMENT_SYSTEM is reason.awaited


def test_a_morning_at_the_shop(shop: Shop) -> None:
    """One order stays open all morning, and each time somebody asks, another reason is told."""
    number, orders = shop.place(AnyShare()), shop.office.orders

    def why() -> list[ReasonCode]:
        outstanding, *rest = orders.explain_open(CLERK, number).reasons
        assert ReasonCode.OUTSTANDING is outstanding.code
        assert outstanding.amount == shop.look(number).outstanding
        return [reason.code for reason in rest]

    assert [ReasonCode.NOT_STARTED] == why()

    shop.announce(number, "20.00")
    assert [ReasonCode.AWAITS_MANAGER, ReasonCode.NOT_STARTED] == why()

    shop.gateway.then(Play.DECLINE)
    shop.charge(number, "30.00", "pay-1")
    assert [
        ReasonCode.AWAITS_MANAGER,
        ReasonCode.LAST_ATTEMPT_FAILED,
        ReasonCode.NOT_STARTED,
    ] == why()

    shop.gateway.then(Play.TIME_OUT_BEFORE)
    shop.clock.advance(timedelta(hours=1))
    shop.charge(number, "80.00", "pay-2")
    assert [ReasonCode.AWAITS_MANAGER, ReasonCode.IN_DOUBT] == why()
    doubt = orders.explain_open(CLERK, number).reasons[-1]
    hour = START + timedelta(hours=1)
    assert (eur("80.00"), hour, next_check(hour, 0)) == (doubt.amount, doubt.since, doubt.until)

    lost = shop.look(number).invoices[-1]
    assert lost.attempt is not None
    page = Accepted(gateway_id=GatewayId("ch_9"), buyer_action="https://pay.example/9")
    shop.hear(lost.attempt.reference, page)
    assert [ReasonCode.AWAITS_MANAGER, ReasonCode.AWAITS_BUYER] == why()
    assert "https://pay.example/9" == orders.explain_open(CLERK, number).reasons[-1].buyer_action

    orders.confirm(BOSS, number, reason="She is a friend")
    (ended,) = orders.explain_open(CLERK, number).reasons
    assert ReasonCode.CONFIRMED is ended.code
    assert ("boss", hour, eur("100.00")) == (ended.by, ended.since, ended.amount)
    assert ended.words.endswith("before all was paid (She is a friend)")


@pytest.mark.rule("C1")
@pytest.mark.parametrize(
    ("play", "code", "awaited"),
    [
        (Play.NOT_SENT, ReasonCode.RESERVED, Awaited.HOST),
        (Play.MISCONFIGURED, ReasonCode.BLOCKED, Awaited.MANAGER),
        (Play.OTHER_AMOUNT, ReasonCode.HELD, Awaited.MANAGER),
        (Play.BREAK, ReasonCode.IN_DOUBT, Awaited.PAYMENT_SYSTEM),
        (Play.PEND, ReasonCode.AWAITS_BUYER, Awaited.BUYER),
    ],
)
def test_what_the_card_gateway_did(
    shop: Shop, play: Play, code: ReasonCode, awaited: Awaited
) -> None:
    """Whatever a gateway does short of an answer has its own reason, and says whose turn it is."""
    shop.gateway.then(play)
    number = shop.place()
    shop.charge(number)

    _, waiting = shop.office.orders.explain_open(CLERK, number).reasons

    assert (code, awaited) == (waiting.code, waiting.awaited)


@pytest.mark.rule("M1")
def test_less_money_came(shop: Shop) -> None:
    """Of an order to be paid at once less came: it says so, and what a manager should do works."""
    number = shop.place()
    invoice = shop.announce(number).invoice.number
    shop.office.payments.confirm(BOSS, number, invoice, received=eur("99.00"))

    _, short = shop.office.orders.explain_open(CLERK, number).reasons

    assert (ReasonCode.UNDERPAID, eur("1.00")) == (short.code, short.amount)
    assert Awaited.MANAGER is short.awaited
    shop.office.orders.cancel(BOSS, number, reason="One euro is missing")
    shop.office.refunds.refund_order(BOSS, number, key=key("back"), reason="One euro is missing")
    assert (ReasonCode.RETURNED,) == shop.office.orders.explain_open(CLERK, number).codes


def test_asking_changes_nothing(shop: Shop) -> None:
    """Nothing is written, and no payment system is asked."""
    shop.gateway.then(Play.PEND)
    number = shop.place(AnyShare())
    shop.charge(number, "40.00")
    before, calls = snapshot(shop.store), shop.gateway.calls

    shop.office.orders.explain_open(CLERK, number)
    shop.office.orders.explain_action(CLERK, number, Operation.REFUND)

    assert (before, calls) == (snapshot(shop.store), shop.gateway.calls)


@pytest.mark.rule("A2", "A4", "B1")
def test_what_can_not_be_asked(shop: Shop) -> None:
    """Asking needs leave to see, an order and an invoice that are there, and an operation."""
    number, orders = shop.place(AnyShare()), shop.office.orders
    nowhere = OrderNumber(99)
    for ask in (
        lambda: orders.explain_open(BUYER, number),
        lambda: orders.explain_action(BUYER, number, Operation.CONFIRM),
    ):
        with pytest.raises(PermissionMissing, match="see orders"):
            ask()
    for ask in (
        lambda: orders.explain_open(CLERK, nowhere),
        lambda: orders.explain_action(CLERK, nowhere, Operation.CONFIRM),
        lambda: orders.explain_action(CLERK, number, Operation.REFUND, invoice=InvoiceNumber(99)),
    ):
        with pytest.raises(NotFound):
            ask()
    for field, operation, wanted, invoice in [
        ("operation", Operation.FOLLOW, PARTIAL, None),
        ("operation", "confirm the order", PARTIAL, None),
        ("operation", Operation.CANCEL, PARTIAL, InvoiceNumber(1)),
        ("invoice", Operation.CONFIRM_PAYMENT, PARTIAL, None),
        ("wanted", Operation.CONFIRM, "Partial", None),
    ]:
        with pytest.raises(InvalidInput) as caught:
            orders.explain_action(CLERK, number, operation, wanted, invoice=invoice)  # type: ignore[arg-type]
        assert [field] == [problem.field for problem in caught.value.problems]
