"""For each promise of the gateway contract, a gateway that breaks it, and that the suite notices."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from attrs import evolve

from ordersales.errors import NotSent, OutcomeUnknown
from ordersales.models.charge import (
    Accepted,
    Answer,
    ChargeRequest,
    Declined,
    Misconfigured,
    Succeeded,
    WebhookEvent,
    Withdrawn,
)
from ordersales.models.refund import (
    ChargebackWon,
    RefundAnswer,
    RefundKind,
    RefundReference,
    RefundRefused,
    RefundRequest,
    RefundSucceeded,
    RefundTold,
    ReturnReported,
)
from ordersales.ports.gateway import Capabilities
from ordersales.testing import Play, ScriptedGateway, webhook_format
from ordersales.testing.contracts import AsyncGatewayContract, GatewayContract
from ordersales.testing.contracts.drivers import TaskDriver, ThreadDriver
from ordersales.testing.contracts.gateway.till import Requests, Till
from ordersales.testing.scripted_refunds import RefundPlay
from ordersales.values.identifiers import AttemptReference, GatewayId
from ordersales.values.money import Money
from tests.drivers import AwaitedPort
from tests.testing.scripted import Scripted

Breaker = Callable[[], ScriptedGateway]


def broken(**methods: Any) -> Breaker:
    """Return a maker of scripted gateways with other `methods`."""
    return type("BrokenGateway", (ScriptedGateway,), methods)


charge = ScriptedGateway.charge


def answering(change: Callable[[Any], Any]) -> Breaker:
    """Answer a charge with something else than what was booked."""
    return broken(charge=lambda self, request: change(charge(self, request)))


def raising(kind: type[Exception], other: Callable[[], Any]) -> Breaker:
    """Do something else where a charge raises a certain error."""

    def instead(self: ScriptedGateway, request: ChargeRequest) -> Answer:
        try:
            return charge(self, request)
        except kind:
            return other()

    return broken(charge=instead)


def not_sent() -> NoReturn:
    """Say that a request was not sent."""
    raise NotSent("timed out")


def forgets_what_it_can(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Declare nothing any more after a charge."""
    answer = charge(self, request)
    self.capabilities = Capabilities()
    return answer


def one_cent_less(answer: Any) -> Answer:
    """Tell another amount than was taken."""
    return evolve(answer, amount=answer.amount - Money(1, answer.amount.currency))


def always_new(answer: Any) -> Answer:
    """Give each answer another id."""
    return evolve(answer, gateway_id=GatewayId(str(uuid4())))


def charges_again(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Answer alike, and charge again."""
    return self.book.enter(request, charge(self, request))


def charges_what_was_declined(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Try again under a key that was declined."""
    if isinstance(self.book.already(request), Declined):
        return self._play(Play.SUCCEED, request)
    return charge(self, request)


def never_answers_a_repeated_key(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Raise for a key that it knows."""
    if self.book.already(request) is not None:
        raise OutcomeUnknown("a duplicate")
    return charge(self, request)


def looks_then_charges(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Look whether the key is known, and charge a moment later."""
    known = self.book.already(request)
    if known is not None:
        return known
    time.sleep(0.005)
    return self._play(Play.SUCCEED, request)


def finds(what: Callable[[Any], Any]) -> Breaker:
    """Find something else than is in the book."""
    look_up = ScriptedGateway.look_up
    return broken(look_up=lambda self, reference: what(look_up(self, reference)))


def finds_the_last_one(self: ScriptedGateway, reference: AttemptReference) -> Answer:
    """Take any charge for the one that is asked for."""
    return self.charged[-1].answer


def cancels_in_words_only(self: ScriptedGateway, reference: AttemptReference) -> Answer:
    """Say that a charge is withdrawn, and leave it."""
    return Withdrawn()


def reads(change: Callable[[Any], Any]) -> Breaker:
    """Read a message, and understand it otherwise."""
    read = ScriptedGateway.read_webhook
    return broken(read_webhook=lambda self, body, headers: change(read(self, body, headers)))


def believes_a_missing_signature(
    self: ScriptedGateway, body: bytes, headers: Mapping[str, str]
) -> WebhookEvent | None:
    """Verify the signature if there is one."""
    if not headers.get("Signature"):
        return webhook_format.read(body)
    return ScriptedGateway.read_webhook(self, body, headers)


def verifies_what_it_understood(
    self: ScriptedGateway, body: bytes, headers: Mapping[str, str]
) -> WebhookEvent | None:
    """Verify the message as it would be written again, and not its raw bytes."""
    try:
        again = json.dumps(json.loads(body)).encode()
    except ValueError:
        again = body
    return ScriptedGateway.read_webhook(self, again, headers)


refund = ScriptedGateway.refund


def refunding(change: Callable[[Any], Any]) -> Breaker:
    """Answer a refund with something else than was booked."""
    return broken(refund=lambda self, request: change(refund(self, request)))


def refuses_a_known_reference(self: ScriptedGateway, request: RefundRequest) -> RefundAnswer:
    """Say of a repeated refund that there is nothing left to return."""
    if self.look_up_refund(request.reference) is not None:
        return RefundRefused(code="already_returned")
    return refund(self, request)


def returns_again(self: ScriptedGateway, request: RefundRequest) -> RefundAnswer:
    """Answer alike, and return the money again."""
    known = self.look_up_refund(request.reference)
    if known is None:
        return refund(self, request)
    refund(self, evolve(request, reference=evolve(request.reference, refund=99)))
    return known


def pays_what_is_asked(self: ScriptedGateway, request: RefundRequest) -> RefundAnswer:
    """Look at nothing that was taken or returned."""
    return RefundSucceeded(gateway_id=GatewayId(str(request.reference)))


def asks_only_what_was_taken(self: ScriptedGateway, request: RefundRequest) -> RefundAnswer:
    """Overlook what went back before."""
    charged = self.look_up(request.reference.attempt)
    if isinstance(charged, Succeeded) and request.amount > charged.amount:
        return RefundRefused(code="exceeds_charge")
    return RefundSucceeded(gateway_id=GatewayId(str(request.reference)))


def reserves_what_it_refuses(self: ScriptedGateway, request: RefundRequest) -> RefundAnswer:
    """Refuse everything of a charge that a refund was refused of."""
    if any(isinstance(item.answer, RefundRefused) for item in self.refunds.book):
        return RefundRefused(code="locked")
    return refund(self, request)


def losing(other: Callable[[], Any]) -> Breaker:
    """Do something else where the answer to a refund got lost."""

    def instead(self: ScriptedGateway, request: RefundRequest) -> RefundAnswer:
        try:
            return refund(self, request)
        except OutcomeUnknown:
            return other()

    return broken(refund=instead)


def gives_up_on_what_was_lost(self: ScriptedGateway, request: RefundRequest) -> RefundAnswer:
    """Call a refund failed that was asked for before."""
    if self.look_up_refund(request.reference) is not None:
        return RefundRefused(code="duplicate")
    return refund(self, request)


def finds_refunds(what: Callable[[Any], Any]) -> Breaker:
    """Find another refund than the one in the book."""
    look_up = ScriptedGateway.look_up_refund
    return broken(look_up_refund=lambda self, reference: what(look_up(self, reference)))


def finds_the_last_refund(self: ScriptedGateway, reference: RefundReference) -> RefundAnswer:
    """Take any refund for the one that is asked for."""
    return self.refunds.book[-1].answer


def understands(kind: type, change: Callable[[Any], Any]) -> Breaker:
    """Read what is told of one kind, and understand it otherwise."""

    def otherwise(event: WebhookEvent) -> WebhookEvent:
        told = event.outcome
        return evolve(event, outcome=change(told)) if isinstance(told, kind) else event

    return reads(otherwise)


def in_another_currency(told: ReturnReported) -> ReturnReported:
    """Tell so many yen for so many cents."""
    return evolve(told, amount=Money.of(told.amount.minor, "JPY"))


#: Each check of the suite, and a gateway that breaks what it promises.
BREAKERS: dict[str, Breaker] = {
    "test_capabilities_never_change": broken(charge=forgets_what_it_can),
    "test_a_success_tells_what_was_taken": answering(one_cent_less),
    "test_charges_are_told_apart": answering(
        lambda answer: evolve(answer, gateway_id=GatewayId("ch_1"))
    ),
    "test_a_decline_is_told_as_one": answering(lambda answer: Misconfigured(code=answer.code)),
    "test_what_is_pending_is_accepted": answering(
        lambda answer: Succeeded(gateway_id=answer.gateway_id, amount=Money.of("12.34", "EUR"))
    ),
    "test_what_was_not_sent_is_told": raising(NotSent, lambda: Declined(code="network")),
    "test_a_lost_answer_is_unknown": raising(OutcomeUnknown, not_sent),
    "test_a_key_is_answered_alike": answering(always_new),
    "test_a_key_takes_money_once": broken(charge=charges_again),
    "test_a_declined_key_stays_declined": broken(charge=charges_what_was_declined),
    "test_a_lost_answer_is_given_under_its_key": broken(charge=never_answers_a_repeated_key),
    "test_a_key_that_is_sent_at_once_takes_money_once": broken(charge=looks_then_charges),
    "test_a_success_is_found": finds(lambda _: None),
    "test_a_lost_answer_is_found": finds(lambda _: None),
    "test_a_pending_charge_is_found": finds(
        lambda found: None if isinstance(found, Accepted) else found
    ),
    "test_nothing_is_found_of_what_was_never_asked": broken(look_up=finds_the_last_one),
    "test_a_pending_charge_can_be_canceled": broken(cancel=ScriptedGateway.look_up),
    "test_a_withdrawn_charge_takes_nothing": broken(cancel=cancels_in_words_only),
    "test_what_was_taken_is_not_withdrawn": broken(cancel=cancels_in_words_only),
    "test_money_is_returned": refunding(lambda _: RefundRefused(code="unclear")),
    "test_a_refund_is_answered_alike": broken(refund=refuses_a_known_reference),
    "test_a_refund_returns_money_once": broken(refund=returns_again),
    "test_parts_are_returned_apart": refunding(
        lambda answer: evolve(answer, gateway_id=GatewayId("re_1"))
    ),
    "test_more_than_was_taken_is_refused": broken(refund=pays_what_is_asked),
    "test_more_than_is_left_is_refused": broken(refund=asks_only_what_was_taken),
    "test_a_pending_refund_is_accepted": refunding(
        lambda answer: RefundSucceeded(gateway_id=answer.gateway_id)
    ),
    "test_a_lost_refund_is_unknown": losing(not_sent),
    "test_a_lost_refund_is_answered_under_its_reference": broken(refund=gives_up_on_what_was_lost),
    "test_a_refund_is_found": finds_refunds(lambda _: None),
    "test_a_lost_refund_is_found": finds_refunds(lambda _: None),
    "test_nothing_is_found_of_a_refund_that_was_never_asked": broken(
        look_up_refund=finds_the_last_refund
    ),
    "test_a_message_about_a_refund_is_read": understands(
        RefundTold, lambda told: evolve(told, reference="re_1")
    ),
    "test_a_refund_at_the_provider_is_read": understands(ReturnReported, in_another_currency),
    "test_a_chargeback_is_read": understands(
        ReturnReported, lambda told: evolve(told, kind=RefundKind.EXTERNAL)
    ),
    "test_a_chargeback_that_was_won_is_read": understands(
        ChargebackWon, lambda _: ChargebackWon(gateway_id=GatewayId("dp_2"))
    ),
    "test_a_genuine_message_is_read": reads(lambda event: evolve(event, reference="ch_1")),
    "test_a_message_keeps_its_number": reads(lambda event: evolve(event, event_id=str(uuid4()))),
    "test_an_altered_message_is_rejected": broken(read_webhook=verifies_what_it_understood),
    "test_a_forged_message_is_rejected": broken(read_webhook=believes_a_missing_signature),
}
#: Broken between two lines that no task can come between.
ONLY_THREADS = {"test_a_key_that_is_sent_at_once_takes_money_once"}
#: Further gateways that break the promise of a check in another way.
MORE: list[tuple[str, Breaker]] = [
    ("test_capabilities_never_change", answering(lambda _: "succeeded")),
    ("test_a_success_tells_what_was_taken", answering(lambda _: Withdrawn())),
    ("test_a_genuine_message_is_read", reads(lambda _: None)),
    ("test_a_message_keeps_its_number", reads(lambda _: None)),
    ("test_money_is_returned", refunding(lambda _: "returned")),
    ("test_more_than_was_taken_is_refused", broken(refund=reserves_what_it_refuses)),
    ("test_a_lost_refund_is_unknown", losing(lambda: RefundRefused(code="time_out"))),
    (
        "test_a_message_about_a_refund_is_read",
        understands(RefundTold, lambda told: evolve(told, answer=RefundRefused(code="odd"))),
    ),
    ("test_a_message_about_a_refund_is_read", understands(RefundTold, lambda told: told.answer)),
    ("test_a_chargeback_is_read", understands(ReturnReported, lambda _: Withdrawn())),
    ("test_a_chargeback_is_read", reads(lambda event: evolve(event, reference=None))),
    ("test_an_altered_message_is_rejected", broken(read_webhook=lambda *_: None)),
]


def checks(suite: type) -> dict[str, Callable[..., None]]:
    """Return the checks of a suite by their names."""
    return {name: getattr(suite, name) for name in dir(suite) if name.startswith("test_")}


class Suite(Scripted, GatewayContract):
    """The suite as it is run on the scripted gateway."""


class AsyncSuite(Scripted, AsyncGatewayContract):
    """The suite as it is run on the scripted gateway, awaited."""


def promised(check: Callable[..., None]) -> str:
    """Return the promise that a check holds."""
    return " ".join((check.__doc__ or "").split())


def assert_well_broken(error: BaseException) -> None:
    """Hold that a check failed for what it is about, and not for a slip in the broken one."""
    assert not isinstance(error.__cause__, TypeError | AttributeError | NameError), error


@pytest.mark.parametrize(
    ("name", "breaker"), [pytest.param(*item, id=item[0]) for item in [*BREAKERS.items(), *MORE]]
)
def test_a_broken_gateway_is_noticed(name: str, breaker: Breaker) -> None:
    """The suite fails for a gateway that breaks a promise, and names the promise."""
    check, gateway = checks(Suite)[name], breaker()

    with pytest.raises(AssertionError) as caught:
        check(Suite(), Till(gateway, Suite(), ThreadDriver(), gateway))

    assert str(caught.value).startswith(f"{promised(check)} But ")
    assert_well_broken(caught.value)


@pytest.mark.parametrize("name", [name for name in BREAKERS if name not in ONLY_THREADS])
def test_a_broken_asynchronous_gateway_is_noticed(name: str) -> None:
    """The asynchronous suite notices the same."""
    check, awaited = checks(AsyncSuite)[name], AwaitedPort(BREAKERS[name]())
    gateway: Any = awaited

    with asyncio.Runner() as runner, pytest.raises(AssertionError) as caught:
        check(AsyncSuite(), Till(gateway, AsyncSuite(), TaskDriver(runner), gateway))

    assert str(caught.value).startswith(f"{promised(check)} But ")
    assert_well_broken(caught.value)


@pytest.mark.parametrize("suite", [GatewayContract, AsyncGatewayContract])
def test_every_promise_has_its_breaker(suite: type) -> None:
    """No check is without a gateway that it must fail for, and each states what it promises."""
    assert BREAKERS.keys() == checks(suite).keys()
    assert all(promised(check).endswith(".") for check in checks(suite).values())


@pytest.mark.parametrize(
    "name", ["test_a_pending_charge_can_be_canceled", "test_a_withdrawn_charge_takes_nothing"]
)
def test_a_gateway_may_be_unable_to_cancel(name: str) -> None:
    """A charge that can't be canceled any more, and has no answer yet, breaks no promise."""
    gateway = broken(cancel=lambda *_: None)()

    checks(Suite)[name](Suite(), Till(gateway, Suite(), ThreadDriver(), gateway))


def test_a_refund_may_be_accepted_first_and_end_later() -> None:
    """A provider that returns money later breaks no promise, found or told before or after."""
    for end in (True, False):
        gateway = ScriptedGateway()
        gateway.refunds.default = RefundPlay.PEND
        till = Till(gateway, Suite(), ThreadDriver(), gateway)
        if end:
            gateway.look_up_refund = gateway.finish_refund  # type: ignore[method-assign]
        for name in ("test_money_is_returned", "test_a_refund_is_found"):
            checks(Suite)[name](Suite(), till)


def test_a_charge_that_fails_is_told_before_its_refund() -> None:
    """Where the request that should succeed does not, that is what is said."""
    gateway = ScriptedGateway()
    till = Till(gateway, Requests(), ThreadDriver(), gateway)
    declining = type("Declining", (Scripted,), {"succeeding": Scripted.declining})()

    with pytest.raises(AssertionError, match="it answered a charge with Declined"):
        checks(Suite)["test_money_is_returned"](Suite(), evolve(till, requests=declining))
