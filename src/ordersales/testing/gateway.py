"""A payment gateway that says what a test tells it to, and keeps a book of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from threading import RLock
from typing import Final

from attrs import frozen

from ordersales.errors import OutcomeUnknown
from ordersales.models.charge import (
    Accepted,
    Answer,
    ChargeRequest,
    Misconfigured,
    Succeeded,
    Withdrawn,
)
from ordersales.models.refund import RefundAnswer, RefundReference, RefundRequest
from ordersales.ports.clock import Clock
from ordersales.ports.gateway import Capabilities
from ordersales.testing.charge_book import ChargeBook, Charged
from ordersales.testing.clock import MovableClock
from ordersales.testing.gateway_profiles import EVERYTHING
from ordersales.testing.plays import NOTHING_DONE, REFUSAL, Play, answer_to
from ordersales.testing.scripted_messages import ScriptedMessages
from ordersales.testing.scripted_refunds import ScriptedRefunds
from ordersales.testing.webhook_signature import Signatures
from ordersales.values.identifiers import AttemptReference, GatewayId
from ordersales.values.money import Money

__all__ = ["EVERYTHING", "Charged", "Play", "ScriptedGateway"]

#: How long after it was asked for a late charge is executed, by the gateway's clock.
_LATE: Final = timedelta(minutes=2)


@frozen
class _Underway:
    """A request whose caller gave up, and that will be executed all the same."""

    request: ChargeRequest
    due: datetime


class ScriptedGateway(ScriptedMessages):
    """A gateway for tests: it plays what it is told, in order, and then `default`.

    >>> gateway = ScriptedGateway(Play.DECLINE, Play.TIME_OUT_AFTER)

    Its book, `charged`, tells what it really did, which after a lost answer is more than the
    caller knows. What is asked again is answered as its kind of gateway would, and there is a
    profile of each kind:

    >>> from ordersales.ports.gateway import GatewayKind
    >>> from ordersales.testing import PROFILES
    >>> gateway = ScriptedGateway(capabilities=PROFILES[GatewayKind.ONCE_ONLY])
    """

    def __init__(
        self,
        *plays: Play,
        default: Play = Play.SUCCEED,
        capabilities: Capabilities = EVERYTHING,
        fee_per_mille: int | None = None,
        secret: bytes = b"scripted",
        clock: Clock | None = None,
        look_up_lag: timedelta = timedelta(),
    ) -> None:
        """Play `plays` first; a `fee_per_mille` of 29 keeps 2.9 % of each charge.

        By its `clock` it forgets keys, executes what is late and refuses old messages; without
        one, time stands still. A charge is found only `look_up_lag` after it was executed.
        """
        self._clock: Clock = clock or MovableClock()
        signatures = Signatures((secret,), self._clock)
        super().__init__(ScriptedRefunds(), signatures)
        self._book = ChargeBook(capabilities, self._clock, look_up_lag=look_up_lag)
        #: What it declares; what it does was settled when it was made.
        self.capabilities: Capabilities = capabilities
        self.default: Play = default
        #: How often `charge` was called, answered or not.
        self.calls: int = 0
        self._plays = deque(plays)
        self._fee_per_mille = fee_per_mille
        self._underway: list[_Underway] = []
        self._lock = RLock()

    def then(self, *plays: Play) -> None:
        """Play these after what is still to be played."""
        self._plays.extend(plays)

    @property
    def book(self) -> ChargeBook:
        """What it keeps of the charges that it executed until now."""
        with self._lock:
            now = self._clock.now()
            self._execute([late for late in self._underway if late.due <= now])
        return self._book

    @property
    def charged(self) -> tuple[Charged, ...]:
        """Every charge that it executed, as it now stands, in their order."""
        with self._lock:
            return self.book.charges

    def taken(self, currency: str) -> Money:
        """Return all the money of one currency that it really took."""
        answers = [item.answer for item in self.charged if isinstance(item.answer, Succeeded)]
        amounts = [item.amount for item in answers if item.amount.currency.code == currency]
        return Money.total(amounts, currency)

    def charge(self, request: ChargeRequest) -> Answer:
        """Play the next thing, unless something answers the request already.

        Raises:
            NotSent: Where the play says so.
            OutcomeUnknown: Where the play says so, or the key keeps an error.
            InvalidInput: The key was used with other contents: a bug in the caller (rule C1).
        """
        with self._lock:
            self.calls += 1
            known = self.book.already(request)
            if known is not None:
                return known
            return self._play(self._plays.popleft() if self._plays else self.default, request)

    def _play(self, play: Play, request: ChargeRequest) -> Answer:
        if play in NOTHING_DONE:
            kind, words = NOTHING_DONE[play]
            raise kind(words)
        if play is Play.MISCONFIGURED:
            return REFUSAL
        if play is Play.EXECUTE_LATE:
            self._underway.append(_Underway(request, self._clock.now() + _LATE))
            raise OutcomeUnknown("timed out")
        if play is Play.SERVER_ERROR_BEFORE:
            self._book.fail(request)
        answer = self._answer(request, play)
        if play is Play.SERVER_ERROR_AFTER:
            self._book.fail(request, answer)
        self._book.enter(request, answer)
        if play is Play.TIME_OUT_AFTER:
            raise OutcomeUnknown("timed out")
        return answer

    def _answer(
        self, request: ChargeRequest, play: Play = Play.SUCCEED, gateway_id: GatewayId | None = None
    ) -> Answer:
        name = gateway_id or self._book.id_for(request)
        return answer_to(request, play, name, fee_per_mille=self._fee_per_mille)

    def execute_late(self) -> None:
        """Execute now what was played as `EXECUTE_LATE`, two minutes after which it would be.

        What its key or its object answers meanwhile is not executed again.
        """
        with self._lock:
            self._execute(self._underway)

    def _execute(self, late: Sequence[_Underway]) -> None:
        self._underway = [item for item in self._underway if item not in late]
        for item in late:
            # Nobody hears its answer, an error that its key keeps included.
            with suppress(OutcomeUnknown):
                self._book.execute(item.request, self._answer(item.request))

    def finish(self, reference: AttemptReference, answer: Answer | None = None) -> Answer:
        """Let a pending charge end, by default with success, and return its final answer.

        Raises:
            InvalidInput: There is no charge with that reference.
        """

        def final(charged: Charged) -> Answer:
            said = charged.answer
            known = None if isinstance(said, Withdrawn | Misconfigured) else said.gateway_id
            return answer or self._answer(charged.request, gateway_id=known)

        with self._lock:
            return self.book.end(reference, final)

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Return what it finds; of a kind without look-up, it can't be asked.

        Raises:
            OutcomeUnknown: It can't be asked.
        """
        self._needs_look_up()
        with self._lock:
            charged = self.book.look_up(reference)
        return None if charged is None else charged.answer

    def _needs_look_up(self) -> None:
        if not self.capabilities.look_up:
            raise OutcomeUnknown("it has no look-up")

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Cancel a pending charge; any other answers what it is."""
        with self._lock:
            charged = self.book.find(reference)
            if charged is not None and isinstance(charged.answer, Accepted):
                return self.finish(reference, Withdrawn())
        return None if charged is None else charged.answer

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Play the next thing of its script for refunds, once for each reference.

        What was never taken, and what exceeds what is left of it, is refused.
        """
        with self._lock:
            charged = self.book.find(request.reference.attempt, request.charge)
            answer = None if charged is None else charged.answer
            return self.refunds.play(request, answer if isinstance(answer, Succeeded) else None)

    def returned(self, currency: str) -> Money:
        """Return all the money of one currency that it really returned when it was asked to."""
        return self.refunds.returned(currency)

    def look_up_refund(self, reference: RefundReference) -> RefundAnswer | None:
        """Return what it finds; of a kind without look-up, it can't be asked.

        Raises:
            OutcomeUnknown: It can't be asked.
        """
        self._needs_look_up()
        return self.refunds.find(reference)

    def finish_refund(
        self, reference: RefundReference, answer: RefundAnswer | None = None
    ) -> RefundAnswer:
        """Let a pending refund end, by default with success, and return its final answer.

        Raises:
            InvalidInput: There is no refund with that reference.
        """
        return self.refunds.finish(reference, answer)
