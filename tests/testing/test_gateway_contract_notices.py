"""For each promise of the gateway contract, a gateway that breaks it, and that the suite notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve

from ordersales.errors import NotSent, OutcomeUnknown
from ordersales.models.charge import (
    Accepted,
    Declined,
    Misconfigured,
    PaymentMethod,
    Succeeded,
    Withdrawn,
)
from ordersales.models.refund import (
    ChargebackWon,
    RefundKind,
    RefundRefused,
    RefundSucceeded,
    RefundTold,
    ReturnReported,
)
from ordersales.testing import ScriptedGateway
from ordersales.testing.contracts import AsyncGatewayContract, GatewayContract
from ordersales.testing.contracts.drivers import TaskDriver, ThreadDriver
from ordersales.testing.contracts.gateway.requests import Requests
from ordersales.testing.contracts.gateway.till import Till
from ordersales.testing.scripted_refunds import RefundPlay
from ordersales.values.identifiers import GatewayId
from ordersales.values.money import Money
from tests.drivers import AwaitedPort
from tests.testing.broken_gateways import (
    Breaker,
    always_new,
    answering,
    asks_only_what_was_taken,
    believes,
    believes_a_missing_signature,
    believes_the_newest_secret,
    broken,
    cancels_in_words_only,
    charges_again,
    charges_late_whatever_came_meanwhile,
    charges_what_was_declined,
    declaring,
    declines_a_kept_error,
    declines_a_second,
    declines_what_is_stored,
    finds,
    finds_refunds,
    finds_the_last_one,
    finds_the_last_refund,
    forgets_what_it_can,
    gives_up_on_what_was_lost,
    in_another_currency,
    knows_its_object_by_the_answer,
    looks_then_charges,
    losing,
    never_answers_a_repeated_key,
    never_charges_again,
    not_sent,
    object_an_order,
    object_with,
    one_cent_less,
    pays_what_is_asked,
    raising,
    reads,
    refunding,
    refuses_a_known_reference,
    reserves_what_it_refuses,
    returns_again,
    takes_what_is_pending_for_nothing,
    understands,
    verifies_what_it_understood,
    without_object,
)
from tests.testing.scripted import Scripted

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
    "test_what_is_declared_fits_together": declaring(once_only=True, look_up=True),
    "test_a_kept_method_is_charged_again": answering(
        lambda answer: evolve(answer, kept_method=PaymentMethod(token="tok_2"))  # noqa: S106 - names a card, opens nothing
    ),
    "test_each_part_is_charged": object_an_order,
    "test_each_occurrence_is_charged": object_with(never_charges_again),
    "test_a_server_error_is_unknown": raising(OutcomeUnknown, not_sent),
    "test_a_duplicate_is_no_decline": raising(OutcomeUnknown, lambda: Declined(code="duplicate")),
    "test_a_further_attempt_is_answered_with_the_first": object_with(without_object),
    "test_an_order_takes_money_once": object_with(charges_again),
    "test_a_pending_charge_answers_a_further_attempt": object_with(
        takes_what_is_pending_for_nothing
    ),
    "test_a_lost_charge_answers_a_further_attempt": object_with(knows_its_object_by_the_answer),
    "test_a_declined_order_can_be_paid_again": object_with(never_charges_again),
    "test_attempts_that_are_sent_at_once_take_money_once": object_with(looks_then_charges),
    "test_an_error_under_a_key_stays_unknown": broken(charge=declines_a_kept_error),
    "test_a_key_that_is_executed_late_takes_money_once": broken(
        execute_late=charges_late_whatever_came_meanwhile
    ),
    "test_a_late_charge_is_found": finds(lambda _: None),
    "test_a_message_may_come_late": believes(lambda age: age < timedelta(minutes=1)),
    "test_an_old_message_is_rejected": believes(lambda age: age > timedelta(minutes=-5)),
    "test_a_message_from_the_future_is_rejected": believes(lambda age: age < timedelta(minutes=5)),
    "test_every_current_secret_is_believed": broken(read_webhook=believes_the_newest_secret),
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
ONLY_THREADS = {
    "test_a_key_that_is_sent_at_once_takes_money_once",
    "test_attempts_that_are_sent_at_once_take_money_once",
}
#: Further gateways that break the promise of a check in another way.
MORE: list[tuple[str, Breaker]] = [
    ("test_a_kept_method_is_charged_again", broken(charge=declines_what_is_stored)),
    ("test_capabilities_never_change", answering(lambda _: "succeeded")),
    ("test_what_is_declared_fits_together", declaring(keys_kept_for=timedelta())),
    ("test_what_is_declared_fits_together", declaring(partial_refund=True)),
    ("test_a_server_error_is_unknown", raising(OutcomeUnknown, lambda: Declined(code="500"))),
    ("test_a_duplicate_is_no_decline", raising(OutcomeUnknown, not_sent)),
    *(
        (name, object_with(without_object))
        for name in (
            "test_an_order_takes_money_once",
            "test_a_lost_charge_answers_a_further_attempt",
            "test_attempts_that_are_sent_at_once_take_money_once",
        )
    ),
    ("test_a_further_attempt_is_answered_with_the_first", object_with(declines_a_second)),
    ("test_a_pending_charge_answers_a_further_attempt", object_with(declines_a_second)),
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
