"""A payment gateway that says what a test tells it to, and keeps a book of its own."""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import count
from threading import RLock
from typing import Final

from attrs import evolve, frozen

from ordersales.errors import InvalidInput, NotSent, OutcomeUnknown, WebhookRejected
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
from ordersales.models.refund import RefundAnswer, RefundReference, RefundRequest, RefundTold
from ordersales.models.stage import Retry
from ordersales.ports.gateway import Capabilities
from ordersales.testing import webhook_format
from ordersales.testing.scripted_refunds import ScriptedRefunds
from ordersales.testing.webhook_format import Told
from ordersales.values.identifiers import AttemptReference, GatewayId, IdempotencyKey
from ordersales.values.money import Money


class Play(StrEnum):
    """What the gateway does with the next charge."""

    SUCCEED = "takes the money"
    DECLINE = "declines; trying again may help"
    DECLINE_METHOD = "declines this method"
    DECLINE_FINALLY = "declines for good"
    PEND = "accepts, and answers later"
    TIME_OUT_AFTER = "takes the money, and the answer is lost"
    TIME_OUT_BEFORE = "never gets the request, and the caller can't tell"
    NOT_SENT = "certainly never gets the request"
    MISCONFIGURED = "refuses: repeating can't help"
    OTHER_AMOUNT = "takes one minor unit too much"
    BREAK = "fails in a way that its adapter did not foresee"


_DECLINES: Final = {
    Play.DECLINE: ("insufficient_funds", Retry.ALLOWED),
    Play.DECLINE_METHOD: ("expired_card", Retry.ANOTHER_METHOD),
    Play.DECLINE_FINALLY: ("stolen_card", Retry.FINAL),
}
#: A gateway that can do all there is.
EVERYTHING: Final = Capabilities(
    keys_kept_for=timedelta(hours=24),
    look_up=True,
    cancel=True,
    refund=True,
    partial_refund=True,
    one_click=True,
)


@frozen
class Charged:
    """One charge in the gateway's own book."""

    request: ChargeRequest
    answer: Answer


class ScriptedGateway:
    """A gateway for tests: it plays what it is told, in order, and then `default`.

    >>> gateway = ScriptedGateway(Play.DECLINE, Play.TIME_OUT_AFTER)

    Its book, `charged`, tells what it really did, which after a lost answer is more than the
    caller knows. The same key gives the same answer and takes nothing again.
    """

    def __init__(
        self,
        *plays: Play,
        default: Play = Play.SUCCEED,
        capabilities: Capabilities = EVERYTHING,
        fee_per_mille: int | None = None,
        secret: bytes = b"scripted",
    ) -> None:
        """Play `plays` first; a `fee_per_mille` of 29 keeps 2.9 % of each charge."""
        self.capabilities: Capabilities = capabilities
        self.default: Play = default
        #: How often `charge` was called, answered or not.
        self.calls: int = 0
        self._plays = deque(plays)
        self._fee_per_mille = fee_per_mille
        self._secret = secret
        self._book: dict[IdempotencyKey, Charged] = {}
        #: What it was asked to return, with a script of its own: `then`, `book`, `calls`.
        self.refunds: ScriptedRefunds = ScriptedRefunds()
        self._first_key: dict[AttemptReference, IdempotencyKey] = {}
        self._ids = count(1)
        self._lock = RLock()

    def then(self, *plays: Play) -> None:
        """Play these after what is still to be played."""
        self._plays.extend(plays)

    @property
    def charged(self) -> tuple[Charged, ...]:
        """Every charge that reached it, as it now stands, in their order."""
        return tuple(self._book.values())

    def taken(self, currency: str) -> Money:
        """Return all the money of one currency that it really took."""
        answers = [item.answer for item in self.charged if isinstance(item.answer, Succeeded)]
        amounts = [item.amount for item in answers if item.amount.currency.code == currency]
        return Money.total(amounts, currency)

    def charge(self, request: ChargeRequest) -> Answer:
        """Play the next thing, once for each key.

        Raises:
            NotSent: Where the play says so.
            OutcomeUnknown: Where the play says so.
            InvalidInput: The key was used with other contents: a bug in the caller (rule C1).
        """
        with self._lock:
            self.calls += 1
            earlier = self._book.get(request.key) if self.capabilities.keys_kept_for else None
            if earlier is not None:
                return _same(earlier, request)
            play = self._plays.popleft() if self._plays else self.default
            return self._play(play, request)

    def _play(self, play: Play, request: ChargeRequest) -> Answer:
        if play is Play.NOT_SENT:
            raise NotSent("connection refused")
        if play is Play.TIME_OUT_BEFORE:
            raise OutcomeUnknown("timed out")
        if play is Play.BREAK:
            raise RuntimeError("the adapter stumbled")
        if play is Play.MISCONFIGURED:
            return Misconfigured(code="no_such_customer", message="The customer was deleted.")
        answer = self._answer(play, request, self._new_id())
        # Without keys, a second charge under the same one is a second charge.
        name = request.key if request.key not in self._book else f"{request.key}#{self.calls}"
        self._book[IdempotencyKey(name)] = Charged(request, answer)
        self._first_key.setdefault(request.reference, IdempotencyKey(name))
        if play is Play.TIME_OUT_AFTER:
            raise OutcomeUnknown("timed out")
        return answer

    def _new_id(self) -> GatewayId:
        return GatewayId(f"ch_{next(self._ids)}")

    def _answer(self, play: Play, request: ChargeRequest, gateway_id: GatewayId) -> Answer:
        if play in _DECLINES:
            code, retry = _DECLINES[play]
            message = f"The bank said: {code.replace('_', ' ')}."
            return Declined(code=code, message=message, retry=retry, gateway_id=gateway_id)
        if play is Play.PEND:
            return Accepted(gateway_id=gateway_id, buyer_action="https://bank.example/3ds")
        taken = request.amount
        if play is Play.OTHER_AMOUNT:
            taken = Money(taken.minor + 1, taken.currency)
        return Succeeded(gateway_id=gateway_id, amount=taken, fee=self._fee(taken))

    def _fee(self, amount: Money) -> Money | None:
        if self._fee_per_mille is None:
            return None
        return Money(amount.minor * self._fee_per_mille // 1000, amount.currency)

    def finish(self, reference: AttemptReference, answer: Answer | None = None) -> Answer:
        """Let a pending charge end, by default with success, and return its final answer.

        Raises:
            InvalidInput: There is no charge with that reference.
        """
        with self._lock:
            key, charged = self._find(reference)
            if key is None or charged is None:
                allowed = "that of a charge it was asked for"
                raise InvalidInput.of("reference", str(reference), allowed)
            before = charged.answer
            known = None if isinstance(before, Withdrawn | Misconfigured) else before.gateway_id
            final = answer or self._answer(Play.SUCCEED, charged.request, known or self._new_id())
            if isinstance(final, Succeeded) and isinstance(before, Accepted):
                final = evolve(final, gateway_id=before.gateway_id)
            self._book[key] = Charged(charged.request, final)
            return final

    def _find(
        self, reference: AttemptReference
    ) -> tuple[IdempotencyKey, Charged] | tuple[None, None]:
        key = self._first_key.get(reference)
        return (None, None) if key is None else (key, self._book[key])

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Return what its book says."""
        with self._lock:
            charged = self._find(reference)[1]
        return None if charged is None else charged.answer

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Cancel a pending charge; any other answers what it is."""
        with self._lock:
            found = self.look_up(reference)
            return self.finish(reference, Withdrawn()) if isinstance(found, Accepted) else found

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Play the next thing of its script for refunds, once for each reference.

        What was never taken, and what exceeds what is left of it, is refused.
        """
        with self._lock:
            charged = self._find(request.reference.attempt)[1]
            answer = None if charged is None else charged.answer
            taken = answer.amount if isinstance(answer, Succeeded) else None
            return self.refunds.play(request, taken)

    def returned(self, currency: str) -> Money:
        """Return all the money of one currency that it really returned when it was asked to."""
        return self.refunds.returned(currency)

    def look_up_refund(self, reference: RefundReference) -> RefundAnswer | None:
        """Return what its book says."""
        return self.refunds.find(reference)

    def finish_refund(
        self, reference: RefundReference, answer: RefundAnswer | None = None
    ) -> RefundAnswer:
        """Let a pending refund end, by default with success, and return its final answer.

        Raises:
            InvalidInput: There is no refund with that reference.
        """
        return self.refunds.finish(reference, answer)

    def refund_webhook(
        self,
        reference: RefundReference,
        answer: RefundAnswer | None = None,
        *,
        event_id: str | None = None,
    ) -> tuple[bytes, dict[str, str]]:
        """Return the signed message that tells of a refund, by default what the book says.

        Raises:
            InvalidInput: No answer is given, and there is no refund with that reference.
        """
        told = answer or self.refunds.find(reference)
        if told is None:
            raise InvalidInput.of("reference", str(reference), "that of a refund it was asked for")
        outcome = RefundTold(reference=str(reference), answer=told)
        return self.webhook(reference.attempt, outcome, event_id=event_id)

    def webhook(
        self,
        reference: AttemptReference | str | None,
        answer: Told | None = None,
        *,
        event_id: str | None = None,
    ) -> tuple[bytes, dict[str, str]]:
        """Return the signed message that tells of a charge, to be delivered as often as wanted.

        Without an `answer` it tells what the book says; `ReturnReported` and `ChargebackWon` tell
        of money of that charge that goes back, or comes back, by itself. Two messages with one `event_id` are two
        deliveries of the same one; without it, the same word has the same number.

        Raises:
            InvalidInput: No answer is given, and there is no charge with that reference.
        """
        told: Told | None = answer
        if told is None and isinstance(reference, AttemptReference):
            told = self.look_up(reference)
        if told is None:
            raise InvalidInput.of("reference", reference, "that of a charge it was asked for")
        body = webhook_format.written(None if reference is None else str(reference), told, event_id)
        return body, {"Signature": self._signature(body)}

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """Verify and read a message that `webhook` made.

        Raises:
            WebhookRejected: It is not signed with the secret.
        """
        given = {name.lower(): value for name, value in headers.items()}.get("signature", "")
        # A header may hold anything, half of a surrogate pair included.
        if not hmac.compare_digest(
            given.encode("utf-8", "replace"), self._signature(body).encode()
        ):
            raise WebhookRejected("the signature is not that of the body")
        return webhook_format.read(body)

    def _signature(self, body: bytes) -> str:
        return hmac.new(self._secret, body, sha256).hexdigest()


def _same(earlier: Charged, request: ChargeRequest) -> Answer:
    """Return the first answer under a key; other contents would be another charge (rule C1)."""
    if earlier.request != request:
        raise InvalidInput.of("key", request.key, "a key not yet used with other contents")
    return earlier.answer
