"""Gateways that break a promise each, and how to make more of them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import uuid4

from attrs import evolve

from ordersales.errors import NotSent, OutcomeUnknown, WebhookRejected
from ordersales.models.charge import (
    Accepted,
    Answer,
    ChargeRequest,
    Declined,
    Succeeded,
    WebhookEvent,
    Withdrawn,
)
from ordersales.models.refund import (
    RefundAnswer,
    RefundReference,
    RefundRefused,
    RefundRequest,
    RefundSucceeded,
    ReturnReported,
)
from ordersales.ports.gateway import Capabilities, GatewayKind
from ordersales.testing import PROFILES, MovableClock, Play, ScriptedGateway, webhook_format
from ordersales.testing.webhook_signature import Signatures
from ordersales.values.identifiers import AttemptReference, GatewayId
from ordersales.values.money import Money

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


def declines_what_is_stored(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Take a method only from whoever enters it."""
    if request.method is not None and request.method.stored:
        return Declined(code="authentication_required")
    return charge(self, request)


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


def charges_late_whatever_came_meanwhile(self: ScriptedGateway) -> None:
    """Execute what is late without a look at its key."""
    for late in self._underway:
        self.book.enter(late.request, self._answer(late.request))


def declines_a_kept_error(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Take an error that is given again for the bank's word."""
    known = self.book.find(request.reference) is not None
    try:
        return charge(self, request)
    except OutcomeUnknown:
        if known:
            return Declined(code="processing_error")
        raise


# Objects that succeed only once


def declaring(**able: Any) -> Breaker:
    """Return a maker of gateways that do as many do, and declare something else."""

    def gateway() -> ScriptedGateway:
        made = ScriptedGateway()
        made.capabilities = Capabilities(**able)
        return made

    return gateway


def object_with(charge: Callable[[ScriptedGateway, ChargeRequest], Answer]) -> Breaker:
    """Return a maker of gateways with once-only objects that charge otherwise."""
    kind = type("BrokenObject", (ScriptedGateway,), {"charge": charge})
    return lambda: kind(capabilities=PROFILES[GatewayKind.ONCE_ONLY])


def object_an_order() -> ScriptedGateway:
    """Make one object for each order, and declare one for each attempt."""
    made = ScriptedGateway(capabilities=PROFILES[GatewayKind.ONCE_ONLY])
    made.capabilities = evolve(made.capabilities, once_per_attempt=True)
    return made


def without_object(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Make an object for each attempt, and not for each order."""
    kept = self.book._keys.recall(request)
    if kept is not None and kept.answer is not None:
        return kept.answer.charged.answer
    return self._play(self._plays.popleft() if self._plays else self.default, request)


def takes_what_is_pending_for_nothing(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Charge again unless the order was paid."""
    if any(isinstance(charged.answer, Accepted) for charged in self.charged):
        return self._play(Play.SUCCEED, request)
    return charge(self, request)


def knows_its_object_by_the_answer(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Keep the object's name only when it was answered, so that a lost one is forgotten."""
    try:
        return charge(self, request)
    except OutcomeUnknown:
        self.book._by_object.clear()
        raise


def declines_a_second(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Turn "already succeeded" into a decline, and read nothing."""
    return Declined(code="already_paid") if self.charged else charge(self, request)


def never_charges_again(self: ScriptedGateway, request: ChargeRequest) -> Answer:
    """Answer each further attempt with the first, declined or not."""
    return self.charged[0].answer if self.charged else charge(self, request)


# Look-ups, messages, refunds


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


def believes(within: Callable[[timedelta], bool]) -> Breaker:
    """Believe messages of an age of its own."""

    def read(self: ScriptedGateway, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        written = re.findall("t=([0-9]+)", headers.get("Signature", ""))
        moment = datetime.fromtimestamp(int((written or [0])[0]), UTC)
        if not within(self._clock.now() - moment):
            raise WebhookRejected("not now")
        Signatures(self._signatures.secrets, MovableClock(moment)).verify(
            body, headers.get("Signature", "")
        )
        return webhook_format.read(body)

    return broken(read_webhook=read)


def believes_the_newest_secret(
    self: ScriptedGateway, body: bytes, headers: Mapping[str, str]
) -> WebhookEvent | None:
    """Have one secret only."""
    self._signatures.secrets = self._signatures.secrets[:1]
    return ScriptedGateway.read_webhook(self, body, headers)


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
