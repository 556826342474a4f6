"""The refunds of the scripted gateway: a script of plays, and a book of what it really did."""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from attrs import frozen

from ordersales.errors import InvalidInput, NotSent, OutcomeUnknown
from ordersales.models.charge import Succeeded
from ordersales.models.refund import (
    RefundAccepted,
    RefundAnswer,
    RefundReference,
    RefundRefused,
    RefundRequest,
    RefundSucceeded,
)
from ordersales.values.identifiers import GatewayId
from ordersales.values.money import Money


class RefundPlay(StrEnum):
    """What the gateway does with the next refund."""

    SUCCEED = "returns the money"
    PEND = "accepts, and answers later"
    REFUSE = "refuses, for certain"
    TIME_OUT_AFTER = "returns the money, and the answer is lost"
    TIME_OUT_BEFORE = "never gets the request, and the caller can't tell"
    NOT_SENT = "certainly never gets the request"
    BREAK = "fails in a way that its adapter did not foresee"


@frozen
class Returned:
    """One refund in the gateway's own book."""

    request: RefundRequest
    answer: RefundAnswer


class ScriptedRefunds:
    """Plays what it is told, in order, and then `default`; the same reference plays once."""

    def __init__(self) -> None:
        """Start with nothing to play but success."""
        self.default: RefundPlay = RefundPlay.SUCCEED
        #: How often a refund was asked for, answered or not.
        self.calls: int = 0
        self._plays = deque[RefundPlay]()
        self._book: dict[RefundReference, Returned] = {}
        self._charge_of: dict[RefundReference, GatewayId] = {}

    def then(self, *plays: RefundPlay) -> None:
        """Play these after what is still to be played."""
        self._plays.extend(plays)

    @property
    def book(self) -> tuple[Returned, ...]:
        """Every refund that reached it, as it now stands, in their order."""
        return tuple(self._book.values())

    def returned(self, currency: str) -> Money:
        """Return all the money of one currency that it really returned."""
        done = [item.request.amount for item in self.book if _succeeded(item)]
        return Money.total((item for item in done if item.currency.code == currency), currency)

    def play(self, request: RefundRequest, charge: Succeeded | None) -> RefundAnswer:
        """Play the next thing with a charge that took money; None where there is none."""
        self.calls += 1
        earlier = self._book.get(request.reference)
        if earlier is not None:
            return _same(earlier, request)
        play = self._plays.popleft() if self._plays else self.default
        if play is RefundPlay.NOT_SENT:
            raise NotSent("connection refused")
        if play is RefundPlay.TIME_OUT_BEFORE:
            raise OutcomeUnknown("timed out")
        if play is RefundPlay.BREAK:
            raise RuntimeError("the adapter stumbled")
        answer = self._answer(play, request, charge)
        self._book[request.reference] = Returned(request, answer)
        if charge is not None:
            self._charge_of[request.reference] = charge.gateway_id
        if play is RefundPlay.TIME_OUT_AFTER:
            raise OutcomeUnknown("timed out")
        return answer

    def _answer(
        self, play: RefundPlay, request: RefundRequest, charge: Succeeded | None
    ) -> RefundAnswer:
        if charge is None or charge.amount.currency != request.amount.currency:
            return RefundRefused(code="no_such_charge", message="There is no such charge.")
        if self._gone(charge.gateway_id) + request.amount.minor > charge.amount.minor:
            return RefundRefused(code="exceeds_charge", message="More than was charged.")
        if play is RefundPlay.REFUSE:
            return RefundRefused(code="account_closed", message="The account was closed.")
        gateway_id = GatewayId(f"re_{len(self._book) + 1}")
        if play is RefundPlay.PEND:
            return RefundAccepted(gateway_id=gateway_id)
        return RefundSucceeded(gateway_id=gateway_id)

    def _gone(self, charge: GatewayId) -> int:
        """Return how much of a charge earlier refunds return or may return."""
        return sum(
            item.request.amount.minor
            for item in self.book
            if self._charge_of.get(item.request.reference) == charge
            and not isinstance(item.answer, RefundRefused)
        )

    def find(self, reference: RefundReference) -> RefundAnswer | None:
        """Return what the book says."""
        found = self._book.get(reference)
        return None if found is None else found.answer

    def finish(self, reference: RefundReference, answer: RefundAnswer | None) -> RefundAnswer:
        """Let a pending refund end, by default with success, and return its final answer.

        Raises:
            InvalidInput: There is no refund with that reference.
        """
        found = self._book.get(reference)
        if found is None:
            raise InvalidInput.of("reference", str(reference), "that of a refund it was asked for")
        known = getattr(found.answer, "gateway_id", GatewayId("re_late"))
        final = answer or RefundSucceeded(gateway_id=known)
        self._book[reference] = Returned(found.request, final)
        return final


def _succeeded(item: Returned) -> bool:
    return isinstance(item.answer, RefundSucceeded)


def _same(earlier: Returned, request: RefundRequest) -> RefundAnswer:
    """Return the first answer under a reference; other contents would be another refund."""
    if earlier.request != request:
        allowed = "a reference not yet used with other contents"
        raise InvalidInput.of("reference", str(request.reference), allowed)
    return earlier.answer
