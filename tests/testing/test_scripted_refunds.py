"""The refunds of the scripted gateway: every play, its book, what it refuses, its messages."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ordersales.errors import InvalidInput, NotSent, OutcomeUnknown
from ordersales.models.charge import ChargeRequest, Withdrawn
from ordersales.models.refund import (
    ChargebackWon,
    RefundAccepted,
    RefundAnswer,
    RefundKind,
    RefundReference,
    RefundRefused,
    RefundRequest,
    RefundSucceeded,
    RefundTold,
    ReturnReported,
)
from ordersales.testing import Play, ScriptedGateway
from ordersales.testing.scripted_refunds import RefundPlay, Returned
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    GatewayId,
    IdempotencyKey,
    OrderNumber,
)
from ordersales.values.money import Money

ATTEMPT = AttemptReference(AccountId("acme"), OrderNumber(1), 1)
CHARGE = ChargeRequest(
    reference=ATTEMPT,
    key=IdempotencyKey("acme/1/1~0"),
    amount=Money.of("10.00", "EUR"),
    method=None,
    description="Course",
)
DONE = RefundSucceeded(gateway_id=GatewayId("re_1"))
OPEN = RefundAccepted(gateway_id=GatewayId("re_1"))
NO_CHARGE = RefundRefused(code="no_such_charge", message="There is no such charge.")
TOO_MUCH = RefundRefused(code="exceeds_charge", message="More than was charged.")
CLOSED = RefundRefused(code="account_closed", message="The account was closed.")


def asked(amount: str = "10.00", currency: str = "EUR", number: int = 1) -> RefundRequest:
    """Return the request for a refund of the charge."""
    return RefundRequest(
        reference=RefundReference(ATTEMPT, number),
        charge=GatewayId("ch_1"),
        amount=Money.of(amount, currency),
        reason="sent back",
    )


FIRST = asked().reference


def charged(*plays: RefundPlay, as_told: Play = Play.SUCCEED) -> ScriptedGateway:
    """Return a gateway that was asked for the charge, and has these plays for its refunds."""
    gateway = ScriptedGateway(as_told)
    gateway.charge(CHARGE)
    gateway.refunds.then(*plays)
    return gateway


#: What each play answers or raises, and what the gateway's own book then says.
PLAYS: dict[RefundPlay, tuple[RefundAnswer | type[Exception], RefundAnswer | None]] = {
    RefundPlay.SUCCEED: (DONE, DONE),
    RefundPlay.PEND: (OPEN, OPEN),
    RefundPlay.REFUSE: (CLOSED, CLOSED),
    RefundPlay.TIME_OUT_AFTER: (OutcomeUnknown, DONE),
    RefundPlay.TIME_OUT_BEFORE: (OutcomeUnknown, None),
    RefundPlay.NOT_SENT: (NotSent, None),
    RefundPlay.BREAK: (RuntimeError, None),
}


@pytest.mark.parametrize("play", RefundPlay)
def test_every_play(play: RefundPlay) -> None:
    """Each play answers or raises as it says, and the book tells what really happened."""
    gateway = charged(play)
    told, kept = PLAYS[play]

    if isinstance(told, type):
        with pytest.raises(told):
            gateway.refund(asked())
    else:
        assert told == gateway.refund(asked())

    assert kept == gateway.look_up_refund(FIRST)
    assert 1 == gateway.refunds.calls
    assert (() if kept is None else (Returned(asked(), kept),)) == gateway.refunds.book


def test_plays_come_in_order_and_then_the_default() -> None:
    """What is still to be played comes first."""
    gateway = charged(RefundPlay.REFUSE, RefundPlay.PEND)
    gateway.refunds.default = RefundPlay.REFUSE

    answers = [gateway.refund(asked("1.00", number=number)) for number in (1, 2, 3)]

    assert [CLOSED, evolve(OPEN, gateway_id=GatewayId("re_2")), CLOSED] == answers


def test_a_reference_is_played_once() -> None:
    """The same reference again gives the first answer and returns nothing again."""
    gateway = charged()

    assert [DONE, DONE] == [gateway.refund(asked("4.00")) for _ in range(2)]
    assert Money.of("4.00", "EUR") == gateway.returned("EUR")
    assert Money.of(0, "JPY") == gateway.returned("JPY")
    with pytest.raises(InvalidInput, match="reference"):
        gateway.refund(asked("5.00"))


@pytest.mark.parametrize(
    ("as_told", "request_made", "expected"),
    [
        (Play.SUCCEED, asked("10.01"), TOO_MUCH),
        (Play.SUCCEED, asked("10", "JPY"), NO_CHARGE),
        (Play.DECLINE, asked(), NO_CHARGE),
        (Play.MISCONFIGURED, asked(), NO_CHARGE),
    ],
)
def test_what_was_not_taken_is_not_returned(
    as_told: Play, request_made: RefundRequest, expected: RefundAnswer
) -> None:
    """More than was charged, another currency, and a charge that took nothing are refused."""
    assert expected == charged(as_told=as_told).refund(request_made)


def test_parts_use_up_the_charge() -> None:
    """What went back, or may yet, leaves less to return; what was refused does not."""
    gateway = charged(RefundPlay.REFUSE, RefundPlay.PEND)
    gateway.refund(asked("10.00", number=1))
    gateway.refund(asked("4.00", number=2))

    assert TOO_MUCH == gateway.refund(asked("6.01", number=3))
    assert isinstance(gateway.refund(asked("6.00", number=4)), RefundSucceeded)


@pytest.mark.parametrize("end", [None, CLOSED])
def test_a_pending_refund_ends(end: RefundAnswer | None) -> None:
    """It ends with success under its own id, or as it is told."""
    gateway = charged(RefundPlay.PEND)
    gateway.refund(asked())

    assert (end or DONE) == gateway.finish_refund(FIRST, end)
    assert (end or DONE) == gateway.look_up_refund(FIRST)


def test_a_refused_refund_can_be_made_to_contradict_itself() -> None:
    """A provider may change its mind; the money then goes back under an id that is new."""
    gateway = charged(RefundPlay.REFUSE)
    gateway.refund(asked())

    assert RefundSucceeded(gateway_id=GatewayId("re_late")) == gateway.finish_refund(FIRST)


def test_nothing_is_known_of_what_was_never_asked() -> None:
    """What was not asked for can't be found, ended or told."""
    gateway = charged()

    assert gateway.look_up_refund(FIRST) is None
    with pytest.raises(InvalidInput, match="reference"):
        gateway.finish_refund(FIRST)
    with pytest.raises(InvalidInput, match="reference"):
        gateway.refund_webhook(FIRST)


@pytest.mark.parametrize("answer", [DONE, OPEN, CLOSED])
def test_a_message_about_a_refund_is_read_as_it_was_written(answer: RefundAnswer) -> None:
    """Whatever became of the refund, by the book or by what the test says."""
    gateway = charged()

    event = gateway.read_webhook(*gateway.refund_webhook(FIRST, answer, event_id="evt_1"))

    assert event is not None
    assert ("evt_1", str(ATTEMPT)) == (event.event_id, event.reference)
    assert RefundTold(reference="acme/1/1#1", answer=answer) == event.outcome


def test_a_message_tells_what_the_book_says() -> None:
    """Without an answer it tells what became of the refund."""
    gateway = charged(RefundPlay.PEND)
    gateway.refund(asked())

    event = gateway.read_webhook(*gateway.refund_webhook(FIRST))

    assert event is not None
    assert RefundTold(reference="acme/1/1#1", answer=OPEN) == event.outcome


@pytest.mark.parametrize(
    "told",
    [
        ReturnReported(
            kind=RefundKind.CHARGEBACK, gateway_id=GatewayId("dp_1"), amount=Money.of("3", "EUR")
        ),
        ReturnReported(
            kind=RefundKind.EXTERNAL, gateway_id=GatewayId("re_9"), amount=Money.of("3", "JPY")
        ),
        ChargebackWon(gateway_id=GatewayId("dp_1")),
        Withdrawn(),
    ],
)
def test_money_that_goes_back_by_itself_is_told(told: Any) -> None:
    """A return and a chargeback that was won back are read as they were written."""
    gateway = charged()

    event = gateway.read_webhook(*gateway.webhook(ATTEMPT, told))

    assert event is not None
    assert told == event.outcome
