"""Asking for a refund, what becomes known of it, and money that goes back by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import attrs
import pytest

from ordersales.errors import (
    BrokenInvariant,
    ExceedsRefundable,
    InvalidInput,
    NothingToRefund,
    RuleRefused,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.charge import Declined, NotExecuted, Unknown
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Attention, AttentionReason, DecisionKind, Order, OrderStatus
from ordersales.models.refund import (
    Refund,
    RefundAccepted,
    RefundKind,
    RefundRequest,
    RefundStatus,
    RefundSucceeded,
    Returns,
)
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import (
    attention,
    order_lifecycle,
    refund_lifecycle,
    refund_settlement,
    refunds,
    settlement,
)
from ordersales.rules.refund_lifecycle import TRANSITIONS, What
from ordersales.rules.refund_settlement import RefundOutcome, contradicts
from ordersales.values.identifiers import GatewayId, IdempotencyKey, InvoiceNumber, OrderNumber
from ordersales.values.money import Money
from tests.rules.refunding import (
    ACME,
    AFTER,
    BOSS,
    DISPUTE,
    DONE,
    IN_PARTS,
    KEY,
    LATER,
    NO,
    NOON,
    RE,
    TAKEN_ON,
    an_order,
    arrived,
    asked,
    asking,
    begun,
    decided,
    eur,
    known,
    paid,
    reference,
    report,
    reported,
    the,
    usd,
    winning,
    won,
    word,
)

pytestmark = pytest.mark.rule("F1")

OPEN, COMPLETED, DECLINED, REFUND = OrderStatus
PENDING, SUCCEEDED, FAILED, REVERSED = RefundStatus
EXTERNAL, CHARGEBACK = RefundKind.EXTERNAL, RefundKind.CHARGEBACK
OTHER = GatewayId("re_2")
NOT_SENT = NotExecuted(reason="no connection")
TIMED_OUT = Unknown(reason="timed out")


def stands(order: Order, at: int = -1) -> tuple[InvoiceStatus, OrderStatus, str, str]:
    """Return the statuses of an invoice and its order, and what is returned and reserved."""
    invoice = order.invoices[at]
    return invoice.status, order.status, str(invoice.returned), str(invoice.reserved)


def not_taken() -> Order:
    """Return an order whose one payment failed."""
    order = begun(an_order())
    change = settlement.settle(order, order.invoices[0], Declined(code="no"), LATER)
    assert change is not None
    return change.order


def in_two() -> Order:
    """Return an order paid in two parts: 60 first, 40 a minute later."""
    first = paid(an_order(IN_PARTS), eur(60))
    return paid(first, eur(40), when=LATER + timedelta(minutes=1))


def flags(order: Order) -> list[AttentionReason]:
    """Return why an order needs attention."""
    return [flag.reason for flag in order.attention]


# The table


@pytest.mark.rule("F2")
@pytest.mark.parametrize("what", What)
@pytest.mark.parametrize("status", RefundStatus)
def test_a_step_outside_the_table_raises(status: RefundStatus, what: What) -> None:
    """A refund changes its status only by a row of the table."""
    refund = attrs.evolve(the(asked())[1], status=status)
    then = {
        (PENDING, What.SUCCEEDED): SUCCEEDED,
        (PENDING, What.REFUSED): FAILED,
        (FAILED, What.PROVEN): SUCCEEDED,
        (SUCCEEDED, What.DISPROVEN): FAILED,
        (SUCCEEDED, What.WON_BACK): REVERSED,
        (SUCCEEDED, What.OURS): REVERSED,
    }

    assert then == TRANSITIONS
    if (status, what) in then:
        assert then[status, what] is refund_lifecycle.moved(refund, what, AFTER).status
        return
    with pytest.raises(BrokenInvariant) as caught:
        refund_lifecycle.moved(refund, what, AFTER)
    assert BrokenInvariant("F1", f"refund 1 is {status} and {what}") == caught.value


# Asking


def test_asking_reserves() -> None:
    """What is asked for is recorded and reserved before anybody is asked, and nothing else is."""
    before = paid()

    change = asking(before, eur(30))

    refund = Refund(
        number=1,
        kind=RefundKind.REFUND,
        amount=eur(30),
        status=PENDING,
        requested_at=AFTER,
        reference=reference(before),
        key=KEY,
        stage=Stage.IN_DOUBT,
        next_check=AFTER + timedelta(minutes=2),
        sends=1,
        permits=1,
        by=BOSS,
        reason="late",
    )
    event = Event(
        account=ACME,
        order=OrderNumber(7),
        kind=EventKind.REFUND_STARTED,
        at=AFTER,
        by=BOSS,
        invoice=InvoiceNumber(501),
        before=COMPLETED,
        after=COMPLETED,
        amount=eur(30),
        note="late",
    )
    expected = attrs.evolve(before.invoices[0], refunds=(refund,))
    assert attrs.evolve(before, invoices=(expected,)) == change.order
    assert (event,) == change.events
    assert eur(70) == expected.refundable


def test_what_the_gateway_is_asked() -> None:
    """The gateway is told which charge, how much, why, and under which reference."""
    order = asked(amount=eur(30))

    assert RefundRequest(
        reference=reference(order), charge=GatewayId("ch_501"), amount=eur(30), reason="late"
    ) == refunds.request(order, reference(order))


def test_by_hand() -> None:
    """Of a manual payment a refund is recorded, and has succeeded: a person returns it by hand."""
    change = asking(paid(manual=True), eur(30))

    invoice, refund = the(change.order)
    assert (SUCCEEDED, AFTER, None, None, Stage.CLOSED, 0) == (
        refund.status, refund.settled_at, refund.reference, refund.next_check, refund.stage,
        refund.sends,
    )  # fmt: skip
    assert (eur(30), eur(70)) == (invoice.returned, invoice.refundable)
    assert [EventKind.REFUND_SUCCEEDED] == [event.kind for event in change.events]
    assert REFUND is asked(change.order, key=IdempotencyKey("back-2")).status


def test_all_that_is_left() -> None:
    """Without an amount, all that neither went back nor is on its way back is asked for."""
    order = known(asked(asked(amount=eur(30)), eur(20)), DONE)

    assert [eur(30), eur(20), eur(50)] == [item.amount for item in asked(order).refunds]


@pytest.mark.parametrize(
    ("order", "amount", "error"),
    [
        (lambda: begun(an_order()), 1, WrongStatus("refund", "invoice 501", "Pending", ("Paid",))),
        (not_taken, 1, WrongStatus("refund", "invoice 501", "Failed", ("Paid",))),
        (lambda: known(asked(), DONE), 1,
         WrongStatus("refund", "invoice 501", "Refunded", ("Paid",))),
        (paid, 101, ExceedsRefundable("invoice 501", eur(101), eur(100))),
        (lambda: asked(amount=eur(40)), 61, ExceedsRefundable("invoice 501", eur(61), eur(60))),
        (lambda: known(asked(amount=eur(40)), DONE), 61,
         ExceedsRefundable("invoice 501", eur(61), eur(60))),
        (asked, 1, NothingToRefund("invoice 501")),
        (asked, None, NothingToRefund("invoice 501")),
    ],
)  # fmt: skip
def test_what_is_not_left(
    order: Callable[[], Order], amount: int | None, error: RuleRefused
) -> None:
    """Only a paid invoice is refunded, and never more of it than is left."""
    money = None if amount is None else eur(amount)

    with pytest.raises(type(error)) as caught:
        asking(order(), money)

    assert error == caught.value
    if money is not None:
        part = [(order().invoices[-1], money)]
        with pytest.raises(type(error)):
            refunds.start(order(), part, at=AFTER, key=KEY, reason="late", by=BOSS)


def test_all_but_nothing_may_be_refunded() -> None:
    """What is left may be refunded to the last cent, and down to one."""
    invoice = known(asked(amount=eur(40)), DONE).invoices[0]

    assert refunds.refusal(invoice) is None
    assert refunds.refusal(invoice, eur(60)) is None
    assert eur("0.01") == refunds.part(invoice, eur("0.01"))


@pytest.mark.rule("B1")
@pytest.mark.parametrize("amount", [usd(10), eur(0), eur(-1)], ids=str)
def test_no_amount_to_refund(amount: Money) -> None:
    """A refund is positive and in the currency that was charged."""
    with pytest.raises(InvalidInput) as of_one:
        asking(paid(), amount)
    with pytest.raises(InvalidInput) as of_all:
        refunds.spread(paid(), amount)

    for caught in (of_one, of_all):
        (problem,) = caught.value.problems
        in_euros = amount.currency == eur(0).currency
        allowed = "money of at least 0.01 EUR" if in_euros else "money in EUR"
        assert ("amount", allowed) == (problem.field, problem.allowed)


def test_in_the_charged_currency() -> None:
    """What was charged in dollars goes back in dollars, and all of it is all of the payment."""
    order = known(asked(paid(amount=usd(117)), usd(117)), DONE)

    assert (InvoiceStatus.REFUNDED, REFUND, "117.00 USD", "0.00 USD") == stands(order)


def test_a_refund_reopens_nothing() -> None:
    """What a payment covers of the price stays covered: a refund never makes the buyer owe it."""
    order = known(asked(in_two(), eur(40)), DONE)

    assert (eur(100), eur(0), COMPLETED) == (order.paid, order.outstanding, order.status)


# The first word


def test_it_went_back() -> None:
    """A success is booked with the payment system's name for it; a second one changes nothing."""
    order = known(asked(amount=eur(30)), DONE)

    _, refund = the(order)
    assert (SUCCEEDED, RE, AFTER, Stage.CLOSED, None) == (
        refund.status, refund.gateway_id, refund.settled_at, refund.stage, refund.next_check,
    )  # fmt: skip
    assert (InvoiceStatus.PAID, COMPLETED, "30.00 EUR", "0.00 EUR") == stands(order)
    assert word(order, DONE) is None


@pytest.mark.rule("O5", "I2")
def test_all_of_it_went_back() -> None:
    """All of a payment: Refunded, paid when it was paid; all of an order: Refund."""
    change = word(asked(), DONE)

    assert change is not None
    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == stands(change.order)
    assert LATER == change.order.invoices[0].settled_at
    (event,) = change.events
    assert (EventKind.REFUND_SUCCEEDED, COMPLETED, REFUND, eur(100)) == (
        event.kind, event.before, event.after, event.amount,
    )  # fmt: skip


@pytest.mark.rule("I2")
def test_what_was_known_is_kept() -> None:
    """Reference, commission and error stay; without a moment of settling there is the attempt's."""
    order = asked()
    error = PaymentError(code="late")
    invoice = attrs.evolve(order.invoices[0], fee=eur(3), error=error, settled_at=None)

    after = known(attrs.evolve(order, invoices=(invoice,)), DONE).invoices[0]

    assert InvoiceStatus.REFUNDED is after.status
    assert (invoice.gateway_id, eur(3), error) == (after.gateway_id, after.fee, after.error)
    assert invoice.attempted_at == after.settled_at


@pytest.mark.rule("I2")
def test_the_other_payment_stays() -> None:
    """Only the invoice whose money went back changes, be it a copy of the order's."""
    before = in_two()
    copy = attrs.evolve(before.invoices[0])

    part = [(copy, copy.amount)]
    order = refunds.start(before, part, at=AFTER, key=KEY, reason="late", by=BOSS).order
    after = known(order, DONE, at=0)

    assert InvoiceStatus.REFUNDED is after.invoices[0].status
    assert before.invoices[1] == after.invoices[1]


def test_one_of_two_payments_went_back() -> None:
    """An order of which another payment stands keeps its status."""
    order = known(asked(in_two()), DONE)

    assert (InvoiceStatus.REFUNDED, COMPLETED, "40.00 EUR", "0.00 EUR") == stands(order)
    assert REFUND is known(asked(order, at=0), RefundSucceeded(gateway_id=OTHER), at=0).status


def test_a_refusal_frees() -> None:
    """A certain no frees what was reserved, keeps the error, and says so."""
    change = word(asked(), NO)

    assert change is not None
    invoice, refund = the(change.order)
    assert (InvoiceStatus.PAID, COMPLETED, "0.00 EUR", "0.00 EUR") == stands(change.order)
    assert eur(100) == invoice.refundable
    error = PaymentError(code="account_closed", message="The account was closed.")
    assert (FAILED, error, AFTER) == (refund.status, refund.error, refund.settled_at)
    assert (
        EventKind.REFUND_FAILED, "account_closed: The account was closed.", eur(100),
    ) == (change.events[0].kind, change.events[0].note, change.events[0].amount)  # fmt: skip
    assert word(change.order, NO) is None
    assert "x" == (word(asked(), attrs.evolve(NO, code="x", message="")) or change).events[0].note


def test_accepted() -> None:
    """A refund that is answered later stays reserved, with the payment system's name for it."""
    change = word(asked(), TAKEN_ON)

    assert change is not None
    _, refund = the(change.order)
    assert (PENDING, Stage.ACCEPTED, RE, AFTER + timedelta(minutes=2)) == (
        refund.status, refund.stage, refund.gateway_id, refund.next_check,
    )  # fmt: skip
    assert [(EventKind.REFUND_ACCEPTED, "", eur(100))] == [
        (event.kind, event.note, event.amount) for event in change.events
    ]
    assert (InvoiceStatus.PAID, COMPLETED, "0.00 EUR", "100.00 EUR") == stands(change.order)
    assert word(change.order, TAKEN_ON) is None
    assert RE == the(known(change.order, NO))[1].gateway_id


def test_certainly_not_sent() -> None:
    """What never reached the gateway stays reserved and may be sent under the same reference."""
    change = word(asked(), NOT_SENT)

    assert change is not None
    assert (InvoiceStatus.PAID, COMPLETED, "0.00 EUR", "100.00 EUR") == stands(change.order)
    assert (EventKind.REFUND_NOT_SENT, "no connection") == (
        change.events[0].kind, change.events[0].note,
    )  # fmt: skip
    assert (reference(change.order),) == refunds.unsent(change.order, KEY)
    assert AFTER + timedelta(minutes=2) == the(change.order)[1].next_check
    assert word(change.order, NOT_SENT) is None
    again = refunds.permit(change.order, reference(change.order), AFTER + timedelta(hours=1))
    _, refund = the(again.order)
    assert (Stage.IN_DOUBT, 1, AFTER + timedelta(hours=1, minutes=2)) == (
        refund.stage, refund.sends, refund.next_check,
    )  # fmt: skip
    assert again.events == (
        Event(
            account=ACME,
            order=OrderNumber(7),
            kind=EventKind.REFUND_SENT_AGAIN,
            at=AFTER + timedelta(hours=1),
            invoice=InvoiceNumber(501),
            before=COMPLETED,
            after=COMPLETED,
            amount=eur(100),
        ),
    )
    assert () == refunds.unsent(again.order, KEY)


def test_only_a_single_send_is_proven_not_sent() -> None:
    """After an earlier send, which may be under way, "not sent" proves nothing."""
    order = asked()
    invoice, refund = the(order)
    twice = attrs.evolve(invoice, refunds=(attrs.evolve(refund, sends=2),))

    assert word(attrs.evolve(order, invoices=(twice,)), NOT_SENT) is None


@pytest.mark.parametrize("stage", Stage)
def test_no_word(stage: Stage) -> None:
    """No word changes nothing, however far the asking got: it stays reserved."""
    order = asked()
    invoice, refund = the(order)
    staged = attrs.evolve(invoice, refunds=(attrs.evolve(refund, stage=stage),))

    assert word(attrs.evolve(order, invoices=(staged,)), TIMED_OUT) is None


@pytest.mark.parametrize("stage", Stage)
def test_what_may_not_be_sent(stage: Stage) -> None:
    """Only what certainly never reached its gateway is permitted to be sent again."""
    order = asked()
    invoice, refund = the(order)
    staged = attrs.evolve(invoice, refunds=(attrs.evolve(refund, stage=stage),))
    order = attrs.evolve(order, invoices=(staged,))

    if stage is Stage.RESERVED:
        assert refunds.permit(order, reference(order), AFTER)
        return
    with pytest.raises(BrokenInvariant) as caught:
        refunds.permit(order, reference(order), AFTER)
    detail = f"refund acme/7/1#1 is {stage} and may not be sent"
    assert BrokenInvariant("F1", detail) == caught.value


def test_no_such_refund() -> None:
    """A reference that the order has no refund under, or none that a gateway was asked for."""
    with pytest.raises(BrokenInvariant) as caught:
        refunds.found(paid(), reference(paid()))
    assert BrokenInvariant("F1", "order 7 has no refund acme/7/1#1") == caught.value
    with pytest.raises(BrokenInvariant):
        refunds.found(an_order(), reference(paid()))
    with pytest.raises(BrokenInvariant):
        refunds.found(reported(paid(), eur(1)), reference(paid()))
    for refund in (the(reported(paid(), eur(1)))[1], the(known(asked(), DONE))[1]):
        with pytest.raises(BrokenInvariant) as caught:
            refund_lifecycle.asked(refund, Stage.RESERVED, None)
        assert BrokenInvariant("F1", "refund 1 is not pending at a gateway") == caught.value


# Another final word


@pytest.mark.rule("C4")
@pytest.mark.parametrize(
    ("first", "then", "status"), [(DONE, NO, SUCCEEDED), (NO, DONE, FAILED)], ids=["yes", "no"]
)
def test_two_final_words(first: RefundOutcome, then: RefundOutcome, status: RefundStatus) -> None:
    """The first final word stands; the opposite one is flagged, once."""
    order = known(asked(), first)
    change = word(order, then)

    assert change is not None
    disputed = attrs.evolve(the(order)[1], next_check=AFTER + timedelta(minutes=2))
    assert disputed == the(change.order)[1]
    assert status is disputed.status
    assert [
        Attention(
            reason=AttentionReason.CONTRADICTION,
            at=AFTER,
            invoice=InvoiceNumber(501),
            detail=f"refund 1 is {status}, and the opposite was told",
        )
    ] == [*change.order.attention]
    assert [EventKind.ATTENTION_RAISED] == [event.kind for event in change.events]
    assert word(change.order, then) is None
    later = refund_settlement.settle(
        change.order, *the(change.order), then, AFTER + timedelta(days=1)
    )
    assert later is None
    assert contradicts(the(order)[1], then)  # type: ignore[arg-type]
    assert not contradicts(the(order)[1], first)  # type: ignore[arg-type]


@pytest.mark.rule("C4")
def test_a_contradiction_that_is_looked_up() -> None:
    """What is proven as it was recorded waits no more; told once more, it is looked up once more."""
    order = known(known(asked(), DONE), NO)
    change = word(order, DONE, proven=True)

    assert change is not None
    invoice, refund = the(order)
    assert attrs.evolve(refund, next_check=None) == the(change.order)[1]
    told = [(event.kind, event.amount, event.note) for event in change.events]
    assert [(EventKind.REFUND_CHECKED, refund.amount, "it is as recorded")] == told
    again = word(change.order, NO)
    assert again is not None
    assert (invoice, refund) == the(again.order)
    assert order.attention == again.order.attention


@pytest.mark.rule("C4")
def test_a_success_that_is_disproven() -> None:
    """Where a look-up proves that the money never went back, it is ours, and the order too."""
    order = known(known(asked(), DONE), NO, proven=True)

    assert (InvoiceStatus.PAID, COMPLETED, "0.00 EUR", "0.00 EUR") == stands(order)
    assert (FAILED, []) == (the(order)[1].status, flags(order))
    assert word(order, NO, proven=True) is None


@pytest.mark.rule("C4")
def test_a_refusal_that_is_disproven() -> None:
    """Where a look-up proves that the money did go back after all, it is booked."""
    order = known(known(asked(), NO), DONE, proven=True)

    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == stands(order)
    refund = the(order)[1]
    assert (SUCCEEDED, None, RE, []) == (
        refund.status, refund.error, refund.gateway_id, flags(order),
    )  # fmt: skip


@pytest.mark.rule("C4", "O6")
def test_a_refusal_that_is_disproven_too_late() -> None:
    """Where what it freed is spoken for, only what is left is booked, and the order is flagged."""
    freed = known(asked(), NO)
    order = known(asked(freed, eur(70)), DONE, which=0, proven=True)

    refund = the(order, which=0)[1]
    assert (eur(30), eur(70), eur(100)) == (refund.amount, refund.excess, refund.whole)
    assert [AttentionReason.RETURNED_TOO_MUCH] == flags(order)
    order = known(order, NO)
    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == stands(order)
    assert the(order, which=0)[1].excess is None


@pytest.mark.rule("C4")
def test_returned_twice() -> None:
    """Two names for one refund are two refunds: flagged, and nothing is booked again."""
    order = known(asked(amount=eur(30)), DONE)
    change = word(order, RefundSucceeded(gateway_id=OTHER))

    assert change is not None
    expected = Attention(
        reason=AttentionReason.REFUNDED_TWICE,
        at=AFTER,
        invoice=InvoiceNumber(501),
        detail="refund 1 as re_1 and re_2",
    )
    assert (expected,) == change.order.attention
    assert "the payment system returned the money twice: refund 1 as re_1 and re_2" == (
        change.events[0].note
    )
    assert eur(30) == change.order.invoices[0].returned


def test_words_that_change_nothing() -> None:
    """After the final word, what is not final is no news."""
    for order in (known(asked(), DONE), known(asked(), NO)):
        for outcome in (TAKEN_ON, NOT_SENT, TIMED_OUT):
            assert word(order, outcome) is None
            assert word(order, outcome, proven=True) is None
    assert not contradicts(the(asked())[1], NO)
    assert not contradicts(the(asked())[1], DONE)


# By itself


@pytest.mark.rule("F2")
@pytest.mark.parametrize("kind", [EXTERNAL, CHARGEBACK])
def test_money_that_goes_back_by_itself(kind: RefundKind) -> None:
    """What the payment system reports is a refund of that kind, once for each name."""
    change = report(paid(), eur(100), kind)

    assert change is not None
    expected = Refund(
        number=1,
        kind=kind,
        amount=eur(100),
        status=SUCCEEDED,
        requested_at=AFTER,
        gateway_id=DISPUTE,
        settled_at=AFTER,
    )
    assert (expected,) == change.order.refunds
    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == stands(change.order)
    assert [(EventKind.RETURN_REPORTED, eur(100), f"{kind} dp_1")] == [
        (event.kind, event.amount, event.note) for event in change.events
    ]
    assert report(change.order, eur(100), kind) is None


@pytest.mark.rule("F2", "O6")
def test_more_than_there_is() -> None:
    """More than is left is booked as far as possible; the rest is kept, told and flagged."""
    order = asked(amount=eur(30))
    change = report(order, eur(100))

    assert change is not None
    refund = the(change.order)[1]
    assert (eur(70), eur(30), eur(100)) == (refund.amount, refund.excess, refund.whole)
    assert (InvoiceStatus.PAID, COMPLETED, "70.00 EUR", "30.00 EUR") == stands(change.order)
    expected = Attention(
        reason=AttentionReason.RETURNED_TOO_MUCH,
        at=AFTER,
        invoice=InvoiceNumber(501),
        detail="30.00 EUR of 100.00 EUR",
    )
    assert (expected,) == change.order.attention
    assert (
        "chargeback dp_1; more went back than was left to return: 30.00 EUR of 100.00 EUR"
        == change.events[0].note
    )
    assert report(change.order, eur(100)) is None


@pytest.mark.rule("F2")
def test_room_for_the_rest() -> None:
    """What could not be booked is, as soon as something else turns out not to go back."""
    order = reported(asked(amount=eur(30)), eur(100))

    refused = known(order, NO, which=0)

    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == stands(refused)
    assert the(refused)[1].excess is None
    later = known(order, DONE, which=0)
    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == stands(later)
    assert eur(30) == the(later)[1].excess


@pytest.mark.rule("F2")
def test_room_for_a_part_of_the_rest() -> None:
    """Room that comes free is used once, by what was told first."""
    order = reported(asked(amount=eur(30)), eur(90))
    order = reported(order, eur(25), EXTERNAL, OTHER)

    order = known(order, NO, which=0)

    booked = [(item.amount, item.excess) for item in order.refunds[1:]]
    assert [(eur(90), None), (eur(10), eur(15))] == booked
    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == stands(order)


@pytest.mark.rule("F2", "O6")
def test_in_another_currency() -> None:
    """What is told in another currency can't be booked at all: it is kept and flagged."""
    order = reported(paid(), usd(10))

    refund = the(order)[1]
    assert (eur(0), usd(10), usd(10)) == (refund.amount, refund.excess, refund.whole)
    assert [AttentionReason.RETURNED_TOO_MUCH] == flags(order)
    assert report(order, usd(10)) is None
    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == (
        stands(known(asked(order), DONE))
    )


@pytest.mark.rule("F2", "O6")
def test_another_amount_under_the_same_name() -> None:
    """A report that is repeated with another amount is flagged, once, and changes no money."""
    order = reported(paid(), eur(40))
    change = report(order, eur(50))

    assert change is not None
    assert [AttentionReason.AMOUNT_DIFFERS] == flags(change.order)
    assert "50.00 EUR went back as dp_1, not 40.00 EUR" == change.order.attention[0].detail
    assert order.invoices == change.order.invoices
    assert report(change.order, eur(50)) is None
    assert report(change.order, eur(51)) is not None


@pytest.mark.rule("C4", "O5")
def test_it_went_back_before_it_came() -> None:
    """A return told before the payment's own success is booked when that success is."""
    early = reported(begun(an_order()), eur(100))

    assert (InvoiceStatus.PENDING, OPEN, "0.00 EUR", "0.00 EUR") == stands(early)
    assert [AttentionReason.RETURNED_TOO_MUCH] == flags(early)
    order = arrived(early)
    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == stands(order)
    assert COMPLETED is won(order).status


@pytest.mark.rule("C4")
def test_our_own_told_as_if_made_elsewhere() -> None:
    """A report under the name of a refund asked for here is that refund's success."""
    order = known(asked(amount=eur(30)), TAKEN_ON)

    after = reported(order, eur(30), EXTERNAL, RE)

    assert [SUCCEEDED] == [item.status for item in after.refunds]
    assert report(after, eur(30), EXTERNAL, RE) is None


@pytest.mark.rule("C4")
@pytest.mark.parametrize("answer", [DONE, TAKEN_ON], ids=["succeeded", "accepted"])
def test_the_report_comes_before_the_answer(answer: RefundOutcome) -> None:
    """A report of our own refund that comes before its answer counts no more after it."""
    early = reported(asked(amount=eur(30)), eur(30), EXTERNAL, RE)
    assert eur(30) == early.invoices[0].returned

    order = known(early, answer, which=0)

    assert [SUCCEEDED, REVERSED] == [item.status for item in order.refunds]
    assert (InvoiceStatus.PAID, COMPLETED, "30.00 EUR", "0.00 EUR") == stands(order)
    assert report(order, eur(30), EXTERNAL, RE) is None


@pytest.mark.rule("C4")
def test_two_refunds_by_two_names() -> None:
    """A refund made elsewhere under another name, and a chargeback, are not ours."""
    order = reported(asked(amount=eur(30)), eur(30), EXTERNAL, OTHER)
    order = reported(order, eur(30), CHARGEBACK, DISPUTE)

    assert [SUCCEEDED] * 3 == [item.status for item in known(order, DONE, which=0).refunds]


# Won back


@pytest.mark.rule("F2", "O5")
def test_a_chargeback_won_back() -> None:
    """The money is ours again: Refunded becomes Paid, and Refund what it was before."""
    change = winning(reported(paid(), eur(100)))

    assert change is not None
    assert (InvoiceStatus.PAID, COMPLETED, "0.00 EUR", "0.00 EUR") == stands(change.order)
    assert [(EventKind.CHARGEBACK_WON, REFUND, COMPLETED, eur(100), "dp_1")] == [
        (event.kind, event.before, event.after, event.amount, event.note) for event in change.events
    ]
    assert (REVERSED, LATER) == (the(change.order)[1].status, change.order.invoices[0].settled_at)
    assert winning(change.order) is None
    assert report(change.order, eur(100)) is None


@pytest.mark.rule("F2", "O5")
@pytest.mark.parametrize(
    ("kind", "status"),
    [(DecisionKind.DECLINED, DECLINED), (DecisionKind.CONFIRMED, COMPLETED)],
)
def test_back_to_what_it_was(kind: DecisionKind, status: OrderStatus) -> None:
    """Which status an order gets back to follows from its records, as everywhere."""
    order = decided(paid(an_order(IN_PARTS), eur(40)), kind)
    back = reported(order, eur(40))

    assert (REFUND, status) == (back.status, won(back).status)


@pytest.mark.rule("F2", "O5")
def test_a_part_is_won_back() -> None:
    """With a part of the money ours again, not everything paid has been returned."""
    order = reported(known(asked(amount=eur(60)), DONE), eur(40))

    assert (InvoiceStatus.REFUNDED, REFUND, "100.00 EUR", "0.00 EUR") == stands(order)
    assert (InvoiceStatus.PAID, COMPLETED, "60.00 EUR", "0.00 EUR") == stands(won(order))


@pytest.mark.rule("F2", "O5")
def test_an_open_order_stays_open() -> None:
    """An open order stays Open when all of it went back, and when it is won back."""
    order = reported(paid(an_order(IN_PARTS), eur(40)), eur(40))

    assert (InvoiceStatus.REFUNDED, OPEN, "40.00 EUR", "0.00 EUR") == stands(order)
    assert (InvoiceStatus.PAID, OPEN, "0.00 EUR", "0.00 EUR") == stands(won(order))


@pytest.mark.rule("F2", "O5")
@pytest.mark.parametrize("kind", DecisionKind)
def test_an_open_order_given_up_after_all_went_back(kind: DecisionKind) -> None:
    """As soon as it is decided, an order of which all had gone back is at Refund."""
    order = decided(reported(paid(an_order(IN_PARTS), eur(40)), eur(40)), kind)

    assert REFUND is order.status


@pytest.mark.rule("F2", "O5")
def test_money_that_comes_after_leaves_refund_alone() -> None:
    """Money that comes after Refund changes no status; only what is won back does."""
    order = begun(paid(an_order(IN_PARTS), eur(40)), eur(30))
    order = reported(decided(order, DecisionKind.CONFIRMED), eur(40), at=0)

    late = arrived(order)

    assert (REFUND, REFUND) == (order.status, late.status)
    assert AttentionReason.PAID_AFTER_REFUND in flags(late)
    assert COMPLETED is won(late, at=0).status


@pytest.mark.rule("F2", "C4")
@pytest.mark.parametrize("amount", [eur(100), usd(117)], ids=str)
def test_won_back_before_it_was_told(amount: Money) -> None:
    """A win told before its chargeback is kept, and the chargeback then changes no money."""
    early = won(paid())
    assert winning(early) is None

    order = reported(early, amount)

    assert (InvoiceStatus.PAID, COMPLETED, "0.00 EUR", "0.00 EUR") == stands(order)
    refund = the(order)[1]
    assert (REVERSED, CHARGEBACK, amount, 1) == (
        refund.status, refund.kind, refund.whole, len(order.refunds),
    )  # fmt: skip
    same = amount.currency == eur(0).currency
    assert (amount if same else eur(0), None if same else amount) == (
        refund.amount, refund.excess,
    )  # fmt: skip
    assert [] == flags(order)
    assert report(order, amount) is None


@pytest.mark.rule("F2")
def test_only_a_chargeback_is_won_back() -> None:
    """A refund made elsewhere is not won back, nor one asked for here."""
    assert winning(reported(paid(), eur(40), EXTERNAL)) is None
    assert winning(known(asked(), RefundSucceeded(gateway_id=DISPUTE))) is None


@pytest.mark.rule("O5", "F2")
def test_the_way_back_is_in_the_table() -> None:
    """A step out of Refund by anything but what was won back does not exist."""
    out = {what: then for (was, what), then in order_lifecycle.TRANSITIONS.items() if was is REFUND}

    assert {
        order_lifecycle.What.REGAINED: COMPLETED,
        order_lifecycle.What.REGAINED_DECLINED: DECLINED,
    } == out


@pytest.mark.rule("O5")
def test_a_way_back_that_the_records_deny_raises() -> None:
    """A way back to another status than the records imply is a bug that raises."""
    order = reported(paid(), eur(100))
    back = attrs.evolve(order.invoices[0], status=InvoiceStatus.PAID)

    with pytest.raises(BrokenInvariant):
        order_lifecycle.changed(
            order,
            order_lifecycle.What.REGAINED_DECLINED,
            invoices=(back,),
            decision=None,
            attention=(),
        )


# Over several payments


def test_spread_over_the_newest_first() -> None:
    """A refund of the order takes all that is left of its newest payment before the next."""
    order = in_two()
    first, second = order.invoices

    assert ((second, eur(40)), (first, eur(10))) == refunds.spread(order, eur(50))
    assert ((second, eur(40)),) == refunds.spread(order, eur(40))
    assert ((second, eur("39.99")),) == refunds.spread(order, eur("39.99"))
    assert ((second, eur(40)), (first, eur(60))) == refunds.spread(order, None)


def test_newest_is_what_was_paid_last() -> None:
    """A transfer that was announced first and came last is the newest payment."""
    order = begun(an_order(IN_PARTS), eur(60), manual=True)
    order = paid(order, eur(40))
    order = arrived(order, at=0, when=LATER + timedelta(days=2))

    assert ((order.invoices[0], eur(10)),) == refunds.spread(order, eur(10))


def test_spread_over_what_is_left() -> None:
    """What went back, and what is on its way back, is not given again."""
    order = known(asked(in_two(), eur(30)), DONE)
    order = asked(order, eur(50), at=0)
    first, second = order.invoices

    assert ((second, eur(10)), (first, eur(10))) == refunds.spread(order, None)
    with pytest.raises(ExceedsRefundable) as caught:
        refunds.spread(order, eur("20.01"))
    assert ExceedsRefundable("order 7", eur("20.01"), eur(20)) == caught.value


@pytest.mark.parametrize("amount", [None, eur(1)])
@pytest.mark.parametrize(
    "order", [an_order, lambda: begun(an_order()), asked, lambda: known(asked(), DONE)]
)
def test_nothing_to_spread(order: Callable[[], Order], amount: Money | None) -> None:
    """Where nothing was paid, or all of it goes back, there is nothing to refund."""
    with pytest.raises(NothingToRefund) as caught:
        refunds.spread(order(), amount)

    assert NothingToRefund("order 7") == caught.value


@pytest.mark.rule("F1")
@pytest.mark.parametrize("amount", [None, eur(1), usd(1)], ids=str)
def test_two_currencies(amount: Money | None) -> None:
    """Payments in two currencies are refunded one by one; once one is all back, the other is."""
    order = paid(paid(an_order(IN_PARTS), eur(60)), eur(40), amount=usd(47))
    allowed = "orders paid in one currency, not EUR and USD; refund each payment"

    with pytest.raises(WrongTerms) as caught:
        refunds.spread(order, amount)

    assert WrongTerms("refund", "order 7", allowed) == caught.value == refunds.order_refusal(order)
    order = known(asked(order), DONE)
    assert ((order.invoices[0], eur(60)),) == refunds.spread(order, None)


CARDS_RETURN_NOTHING: Final = WrongTerms(
    "refund",
    "invoice 501, paid through 'Cards'",
    "payments of payment systems that can return money",
)
CARDS_RETURN_NO_PART: Final = WrongTerms(
    "refund a part",
    "invoice 501, paid through 'Cards'",
    "payments of payment systems that can do so",
)


@pytest.mark.rule("F1", "A3")
@pytest.mark.parametrize(
    ("able", "already", "amount", "refused"),
    [
        pytest.param(None, None, eur(1), None, id="unknown"),
        pytest.param(Returns.PARTS, None, eur(1), None, id="a part"),
        pytest.param(Returns.PARTS, eur(1), None, None, id="the rest"),
        pytest.param(Returns.WHOLE, None, None, None, id="all of it"),
        pytest.param(Returns.WHOLE, None, eur(100), None, id="all of it, named"),
        pytest.param(Returns.WHOLE, None, eur(99), CARDS_RETURN_NO_PART, id="no part"),
        pytest.param(Returns.WHOLE, eur(1), None, CARDS_RETURN_NO_PART, id="no rest"),
        pytest.param(Returns.NOTHING, None, None, CARDS_RETURN_NOTHING, id="nothing"),
    ],
)
def test_what_the_payment_system_can_return(
    able: Returns | None, already: Money | None, amount: Money | None, refused: RuleRefused | None
) -> None:
    """A payment is refunded only as far as the payment system that took it can return it."""
    order = paid() if already is None else known(asked(paid(), already), DONE)
    returns = {} if able is None else {order.invoices[0].system: able}

    assert refused == refunds.refusal(order.invoices[0], amount, returns)


def test_a_person_returns_by_hand() -> None:
    """What came through a manual payment system goes back in any part."""
    order = paid(manual=True)
    returns = dict.fromkeys([order.invoices[0].system], Returns.NOTHING)

    assert refunds.refusal(order.invoices[0], eur(1), returns) is None


@pytest.mark.rule("F1", "A3")
def test_the_newest_payment_has_to_be_returnable() -> None:
    """An order is refunded from its newest payment on, so that one decides what is offered."""
    order = paid(paid(an_order(IN_PARTS), eur(60)), eur(40), manual=True, when=AFTER)
    returns = {order.invoices[0].system: Returns.NOTHING}
    turned = paid(paid(an_order(IN_PARTS), eur(60), manual=True), eur(40), when=AFTER)
    returns_of_turned = {turned.invoices[1].system: Returns.NOTHING}

    assert refunds.order_refusal(order, returns) is None
    assert isinstance(refunds.order_refusal(turned, returns_of_turned), WrongTerms)


def test_starting_several_at_once() -> None:
    """All parts are reserved at once; the first may be sent, and each other needs a permission."""
    order = paid(in_two_by_hand_and_card(), eur(30), when=LATER + timedelta(seconds=2))
    change = refunds.start(
        order,
        refunds.spread(order, None),
        at=AFTER,
        key=KEY,
        reason="late",
        by=BOSS,
        spread=True,
    )

    stages = [item.refund.stage for item in change.order.refunds_under(KEY)]
    assert [Stage.IN_DOUBT, Stage.CLOSED, Stage.RESERVED] == stages
    assert [1, 0, 0] == [item.refund.sends for item in change.order.refunds_under(KEY)]
    assert all(item.refund.spread for item in change.order.refunds_under(KEY))
    assert [EventKind.REFUND_STARTED, EventKind.REFUND_SUCCEEDED, EventKind.REFUND_STARTED] == [
        event.kind for event in change.events
    ]
    assert reference(order, 2) == refunds.sent_first(change.order, KEY)
    assert (reference(order, 0),) == refunds.unsent(change.order, KEY)
    permitted = refunds.permit(change.order, reference(order, 0), AFTER)
    assert [EventKind.REFUND_SENT] == [event.kind for event in permitted.events]
    assert 1 == the(permitted.order, 0)[1].sends
    assert () == refunds.unsent(change.order, IdempotencyKey("other"))


def in_two_by_hand_and_card() -> Order:
    """Return an order of which 40 were paid by card and then 30 by hand."""
    return paid(
        paid(an_order(IN_PARTS), eur(40)), eur(30), manual=True, when=LATER + timedelta(seconds=1)
    )


def test_by_hand_nothing_is_sent() -> None:
    """Where all was paid by hand no gateway is asked."""
    order = asked(paid(manual=True))

    assert refunds.sent_first(order, KEY) is None


# What needs attention


@pytest.mark.rule("O6")
def test_a_person_dealt_with_it() -> None:
    """Clearing takes the flags off and changes nothing else; the history keeps what they were."""
    order = reported(asked(amount=eur(30)), eur(100))

    change = attention.clear(order, AFTER, by=BOSS, reason="Called the bank")

    assert attrs.evolve(order, attention=()) == change.order
    assert [
        (
            EventKind.ATTENTION_CLEARED,
            BOSS,
            AFTER,
            COMPLETED,
            "Called the bank (more went back than was left to return: 30.00 EUR of 100.00 EUR)",
        )
    ] == [(event.kind, event.by, event.at, event.before, event.note) for event in change.events]


@pytest.mark.rule("O6")
def test_nothing_to_clear() -> None:
    """An order that is not flagged can't be cleared."""
    with pytest.raises(WrongStatus) as caught:
        attention.clear(paid(), NOON, by=BOSS, reason="so")

    assert (
        WrongStatus("clear what needs attention", "order 7", "not flagged", ("flagged",))
        == caught.value
    )
    assert attention.refusal(reported(paid(), usd(1))) is None


def test_accepted_after_not_sent() -> None:
    """A message about a refund that was taken for unsent is believed."""
    order = known(known(asked(), NOT_SENT), RefundAccepted(gateway_id=RE))

    assert Stage.ACCEPTED is the(order)[1].stage
