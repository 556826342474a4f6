"""The scripted gateway: every play, its book, its messages and its commission."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from attrs import evolve

from ordersales.errors import InvalidInput, NotSent, OutcomeUnknown, WebhookRejected
from ordersales.models.charge import (
    Accepted,
    Answer,
    ChargeRequest,
    Declined,
    Misconfigured,
    PaymentMethod,
    Retry,
    Succeeded,
    WebhookEvent,
    Withdrawn,
)
from ordersales.ports.gateway import Capabilities
from ordersales.testing import Charged, Play, ScriptedGateway, webhook_format
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    GatewayId,
    IdempotencyKey,
    OrderNumber,
)
from ordersales.values.money import Money

EUR_10 = Money.of("10.00", "EUR")


def request_for(order: int = 1, amount: Money = EUR_10, epoch: int = 0) -> ChargeRequest:
    """Return the request for the first attempt on an order."""
    reference = AttemptReference(AccountId("acme"), OrderNumber(order), 1)
    return ChargeRequest(
        reference=reference,
        key=IdempotencyKey(f"{reference}~{epoch}"),
        amount=amount,
        method=None,
        description="Course",
    )


REQUEST = request_for()
CH_1 = GatewayId("ch_1")
TAKEN = Succeeded(gateway_id=CH_1, amount=EUR_10)


def declined(code: str, retry: Retry) -> Declined:
    """Return the decline that the gateway writes for a code."""
    message = f"The bank said: {code.replace('_', ' ')}."
    return Declined(code=code, message=message, retry=retry, gateway_id=CH_1)


#: What each play answers or raises, and what the gateway's own book then says.
PLAYS: dict[Play, tuple[Answer | type[Exception], Answer | None]] = {
    Play.SUCCEED: (TAKEN, TAKEN),
    Play.DECLINE: (declined("insufficient_funds", Retry.ALLOWED),) * 2,
    Play.DECLINE_METHOD: (declined("expired_card", Retry.ANOTHER_METHOD),) * 2,
    Play.DECLINE_FINALLY: (declined("stolen_card", Retry.FINAL),) * 2,
    Play.PEND: (Accepted(gateway_id=CH_1, buyer_action="https://bank.example/3ds"),) * 2,
    Play.TIME_OUT_AFTER: (OutcomeUnknown, TAKEN),
    Play.TIME_OUT_BEFORE: (OutcomeUnknown, None),
    Play.EXECUTE_LATE: (OutcomeUnknown, None),
    Play.SERVER_ERROR_AFTER: (OutcomeUnknown, TAKEN),
    Play.SERVER_ERROR_BEFORE: (OutcomeUnknown, None),
    Play.DUPLICATE: (OutcomeUnknown, None),
    Play.NOT_SENT: (NotSent, None),
    Play.MISCONFIGURED: (
        Misconfigured(code="no_such_customer", message="The customer was deleted."),
        None,
    ),
    Play.OTHER_AMOUNT: (evolve(TAKEN, amount=Money.of("10.01", "EUR")),) * 2,
    Play.BREAK: (RuntimeError, None),
}


@pytest.mark.parametrize("play", Play)
def test_every_play(play: Play) -> None:
    """Each play is answered as it says, and is in the book if and only if it reached it."""
    expected, booked = PLAYS[play]
    gateway = ScriptedGateway(play)

    if isinstance(expected, type):
        with pytest.raises(expected):
            gateway.charge(REQUEST)
    else:
        assert expected == gateway.charge(REQUEST)

    assert booked == gateway.look_up(REQUEST.reference)
    assert (() if booked is None else (Charged(REQUEST, booked),)) == gateway.charged
    assert 1 == gateway.calls


def test_plays_come_in_order_and_then_the_default() -> None:
    """What is scripted is played first, what is added after it, and then always the default."""
    gateway = ScriptedGateway(Play.DECLINE, default=Play.PEND)
    gateway.then(Play.SUCCEED, Play.DECLINE_FINALLY)

    kinds = [type(gateway.charge(request_for(order))) for order in range(1, 6)]

    assert [Declined, Succeeded, Declined, Accepted, Accepted] == kinds


@pytest.mark.rule("C1")
def test_a_key_is_played_once() -> None:
    """The same key again gives the same answer, takes nothing again, and uses up no play."""
    gateway = ScriptedGateway(Play.SUCCEED, Play.DECLINE)

    first, second = gateway.charge(REQUEST), gateway.charge(REQUEST)

    assert first == second
    assert 2 == gateway.calls
    assert EUR_10 == gateway.taken("EUR")
    assert isinstance(gateway.charge(request_for(2)), Declined)


@pytest.mark.rule("C1")
def test_a_key_stands_for_one_request() -> None:
    """Another request under a used key is refused loudly: it would be another charge."""
    gateway = ScriptedGateway()
    gateway.charge(REQUEST)

    with pytest.raises(InvalidInput, match="a key not yet used with other contents"):
        gateway.charge(evolve(REQUEST, amount=Money.of("11.00", "EUR")))


def test_a_gateway_without_keys_charges_again() -> None:
    """Where keys are not known, the same request twice takes the money twice."""
    gateway = ScriptedGateway(capabilities=Capabilities())

    first, second = gateway.charge(REQUEST), gateway.charge(REQUEST)

    assert first != second
    assert Money.of("20.00", "EUR") == gateway.taken("EUR")


def test_what_was_taken_is_told_for_each_currency() -> None:
    """Only successes count, and only those of the currency."""
    gateway = ScriptedGateway(Play.SUCCEED, Play.DECLINE, Play.TIME_OUT_BEFORE)
    gateway.charge(REQUEST)
    gateway.charge(request_for(2))
    with pytest.raises(OutcomeUnknown):
        gateway.charge(request_for(3))
    gateway.charge(request_for(4, Money.of(500, "JPY")))

    assert EUR_10 == gateway.taken("EUR")
    assert Money.of(500, "JPY") == gateway.taken("JPY")
    assert Money.zero("CHF") == gateway.taken("CHF")


@pytest.mark.parametrize(
    ("per_mille", "fee"), [(None, None), (29, Money.of("0.29", "EUR")), (0, Money.of(0, "EUR"))]
)
def test_the_commission(per_mille: int | None, fee: Money | None) -> None:
    """It keeps its share of what it takes, rounded down, and tells none if it has none."""
    answer = ScriptedGateway(fee_per_mille=per_mille).charge(REQUEST)

    assert evolve(TAKEN, fee=fee) == answer


def test_a_pending_charge_ends_with_success() -> None:
    """What was pending succeeds under the same id, and the same key then says so."""
    gateway = ScriptedGateway(Play.PEND)
    gateway.charge(REQUEST)

    assert TAKEN == gateway.finish(REQUEST.reference)
    assert TAKEN == gateway.look_up(REQUEST.reference)
    assert TAKEN == gateway.charge(REQUEST)


def test_a_pending_charge_ends_as_it_is_told() -> None:
    """What was pending ends with a given answer; a success keeps the id it was accepted under."""
    gateway = ScriptedGateway(default=Play.PEND)
    gateway.charge(REQUEST)
    gateway.charge(request_for(2))
    no = Declined(code="do_not_honor")

    assert no == gateway.finish(REQUEST.reference, no)
    late = gateway.finish(request_for(2).reference, evolve(TAKEN, gateway_id=GatewayId("other")))
    assert evolve(TAKEN, gateway_id=GatewayId("ch_2")) == late


@pytest.mark.parametrize("before", [Withdrawn(), Declined(code="no"), TAKEN])
def test_a_final_charge_can_be_made_to_contradict_itself(before: Answer) -> None:
    """A gateway that says two final words has no two charges under one id."""
    gateway = ScriptedGateway(Play.PEND)
    gateway.charge(REQUEST)
    gateway.finish(REQUEST.reference, before)

    after = gateway.finish(REQUEST.reference)
    later = gateway.charge(request_for(2))

    assert isinstance(after, Succeeded)
    assert isinstance(later, Succeeded)
    assert after.gateway_id != later.gateway_id


def test_only_what_was_charged_can_end() -> None:
    """A reference that it was never asked for is refused."""
    with pytest.raises(InvalidInput, match="that of a charge it was asked for"):
        ScriptedGateway().finish(REQUEST.reference)


@pytest.mark.parametrize(
    ("play", "expected"),
    [
        (Play.PEND, Withdrawn()),
        (Play.SUCCEED, TAKEN),
        (Play.DECLINE_FINALLY, declined("stolen_card", Retry.FINAL)),
    ],
)
def test_canceling(play: Play, expected: Answer) -> None:
    """Only what is pending is withdrawn; what ended stays as it is."""
    gateway = ScriptedGateway(play)
    gateway.charge(REQUEST)

    assert expected == gateway.cancel(REQUEST.reference)
    assert expected == gateway.look_up(REQUEST.reference)


def test_nothing_is_found_or_canceled_of_what_was_never_asked() -> None:
    """An unknown reference is answered with None."""
    assert None is ScriptedGateway().cancel(REQUEST.reference)
    assert None is ScriptedGateway().look_up(REQUEST.reference)


ANSWERS = [
    TAKEN,
    evolve(TAKEN, fee=Money.of("0.29", "EUR")),
    evolve(TAKEN, kept_method=PaymentMethod(token="tok_2", stored=True)),  # noqa: S106 - names a card, opens nothing
    declined("stolen_card", Retry.FINAL),
    Declined(code="do_not_honor"),
    Accepted(gateway_id=CH_1, buyer_action="https://bank.example/3ds"),
    Accepted(gateway_id=CH_1),
    Withdrawn(),
    Misconfigured(code="closed", message="The account is closed."),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
def test_a_message_is_read_as_it_was_written(answer: Answer) -> None:
    """Every answer survives the way through a message."""
    gateway = ScriptedGateway()
    body, headers = gateway.webhook("acme/1/1", answer, event_id="evt_7")

    expected = WebhookEvent(event_id="evt_7", reference="acme/1/1", outcome=answer)
    assert expected == gateway.read_webhook(body, headers)


def test_a_message_tells_what_the_book_says() -> None:
    """Without an answer of its own, a message tells how the charge stands."""
    gateway = ScriptedGateway(Play.TIME_OUT_AFTER)
    with pytest.raises(OutcomeUnknown):
        gateway.charge(REQUEST)

    event = gateway.read_webhook(*gateway.webhook(REQUEST.reference))

    assert event is not None
    assert (str(REQUEST.reference), TAKEN) == (event.reference, event.outcome)


@pytest.mark.parametrize("reference", [REQUEST.reference, "acme/1/1", None])
def test_a_message_about_nothing_can_not_be_written(reference: AttemptReference | None) -> None:
    """Without an answer, and without a charge in the book, there is nothing to tell."""
    with pytest.raises(InvalidInput, match="that of a charge it was asked for"):
        ScriptedGateway().webhook(reference)


def test_the_same_word_has_the_same_number() -> None:
    """Two messages of one word are one delivered twice; another word has another number."""
    gateway = ScriptedGateway()

    def number(reference: str | None, answer: Answer) -> str:
        event = gateway.read_webhook(*gateway.webhook(reference, answer))
        assert event is not None
        return event.event_id

    assert number("acme/1/1", TAKEN) == number("acme/1/1", TAKEN)
    assert 4 == len(
        {
            number("acme/1/1", TAKEN),
            number("acme/2/1", TAKEN),
            number(None, TAKEN),
            number("acme/1/1", Withdrawn()),
        }
    )


def test_a_message_may_be_about_no_charge() -> None:
    """A genuine message without a status says nothing about a charge."""
    gateway = ScriptedGateway()
    body = json.dumps({"id": "evt_1", "type": "payout"}).encode()

    assert None is gateway.read_webhook(body, gateway.signed(body))


@pytest.mark.rule("C4")
@pytest.mark.parametrize(
    "headers",
    [{}, {"Signature": ""}, {"Signature": "0" * 64}, {"Signature": "\udc80"}, {"Other": "x"}],
    ids=["none", "empty", "wrong", "no-text", "another"],
)
def test_a_message_that_is_not_signed_is_rejected(headers: dict[str, str]) -> None:
    """A message without the right signature is rejected, whatever stands in its place."""
    gateway = ScriptedGateway()
    body, _ = gateway.webhook("acme/1/1", TAKEN)

    with pytest.raises(WebhookRejected):
        gateway.read_webhook(body, headers)


@pytest.mark.rule("C4")
def test_a_message_of_another_merchant_is_rejected() -> None:
    """A message that is signed with another secret is no message of this merchant."""
    message = ScriptedGateway(secret=b"theirs").webhook("acme/1/1", TAKEN)

    with pytest.raises(WebhookRejected):
        ScriptedGateway(secret=b"ours").read_webhook(*message)


def test_a_header_is_found_however_it_is_written() -> None:
    """The names of headers have no upper or lower case."""
    gateway = ScriptedGateway()
    body, headers = gateway.webhook("acme/1/1", TAKEN)

    assert gateway.read_webhook(body, {name.upper(): text for name, text in headers.items()})


def test_messages_are_json() -> None:
    """A message can be read by a person who mends a test."""
    body = webhook_format.written("acme/1/1", TAKEN, "evt_1")

    assert {
        "id": "evt_1",
        "reference": "acme/1/1",
        "status": "succeeded",
        "charge": "ch_1",
        "minor": 1000,
        "currency": "EUR",
        "fee": None,
        "kept": None,
    } == json.loads(body)


def test_threads_share_it() -> None:
    """Charged, looked up and canceled from many threads, each key is charged once."""
    gateway = ScriptedGateway()

    def work(order: int) -> object:
        request = request_for(order)
        gateway.charge(request)
        return gateway.look_up(request.reference), gateway.cancel(request.reference)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [order for order in range(1, 51) for _ in range(4)]))

    assert 200 == gateway.calls
    assert 50 == len(gateway.charged)
    assert 50 == len({charged.answer for charged in gateway.charged})
