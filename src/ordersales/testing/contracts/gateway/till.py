"""The gateway under test, what it is asked, and which promises it does not make."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final, TypeVar, get_args

import pytest
from attrs import evolve, field, frozen

from ordersales.errors import NotSent, OutcomeUnknown
from ordersales.models.charge import Answer, ChargeRequest, Succeeded
from ordersales.models.refund import RefundAnswer, RefundKind, RefundReference, RefundRequest
from ordersales.ports.gateway import PaymentGateway
from ordersales.services.engine import ask
from ordersales.testing.contracts.drivers import Driver
from ordersales.testing.contracts.gateway.requests import Late, Message, Requests
from ordersales.testing.contracts.promises import holds
from ordersales.values.identifiers import AttemptReference, IdempotencyKey
from ordersales.values.money import Money

T = TypeVar("T")

ANSWERS: Final = get_args(Answer)
REFUND_ANSWERS: Final = get_args(RefundAnswer)


def not_held(because: str) -> Any:
    """Skip a check whose promise the gateway does not make, in a way that is seen."""
    pytest.skip(f"not held: {because}")


@frozen
class Till:
    """The gateway, the host's ways to make requests, and what runs scripts."""

    gateway: PaymentGateway
    requests: Requests
    drive: Driver
    #: The gateway as the host made it, for `Requests`.
    own: Any = field(repr=False)

    def succeeding(self) -> ChargeRequest:
        """Return a new request that succeeds."""
        return self.requests.succeeding(self.own)

    def declining(self) -> ChargeRequest:
        """Return a new request that is declined, or skip the check."""
        return _there(self.requests.declining(self.own), "declining")

    def pending(self) -> ChargeRequest:
        """Return a new request that stays without a final answer, or skip the check."""
        return _there(self.requests.pending(self.own), "pending")

    def unsent(self) -> ChargeRequest:
        """Return a new request that is not executed, or skip the check."""
        return _there(self.requests.unsent(self.own), "unsent")

    def lost(self) -> ChargeRequest:
        """Return a new request whose answer is lost, or skip the check."""
        return _there(self.requests.lost(self.own), "lost")

    def late(self) -> Late:
        """Return a new request that is executed late, and what executes it, or skip the check."""
        return _there(self.requests.late(self.own), "late")

    def failed(self) -> ChargeRequest:
        """Return a new request that is answered with an error, or skip the check."""
        return _there(self.requests.failed(self.own), "failed")

    def duplicate(self) -> ChargeRequest:
        """Return a new request that is called a duplicate, or skip the check."""
        return _there(self.requests.duplicate(self.own), "duplicate")

    def further(self, earlier: ChargeRequest, attempt: int = 2) -> ChargeRequest:
        """Return a new request that succeeds, as a further attempt on the order of another."""
        return self._under(evolve(earlier.reference, attempt=attempt))

    def occurrence(self, order: AttemptReference, index: int) -> ChargeRequest:
        """Return a new request that succeeds, as one payment of a recurring order."""
        return self._under(evolve(order, occurrence=index))

    def on_an_object(self, request: ChargeRequest) -> ChargeRequest:
        """Return `request` so that further attempts on its order are made on the same object."""
        if not self.gateway.capabilities.once_per_attempt:
            return request
        reference = evolve(request.reference, occurrence=1)
        return evolve(request, reference=reference, key=_key(reference))

    def _under(self, reference: AttemptReference) -> ChargeRequest:
        return evolve(self.succeeding(), reference=reference, key=_key(reference))

    def message(self, request: ChargeRequest) -> Message:
        """Return a genuine message about `request`, or skip the check."""
        return _there(self.requests.message(self.own, request), "message")

    def aged_message(self, request: ChargeRequest, age: timedelta) -> Message:
        """Return a genuine message that was signed so long ago, or skip the check."""
        return _there(self.requests.aged_message(self.own, request, age), "aged_message")

    def rotated_message(self, request: ChargeRequest) -> Message:
        """Return a genuine message signed with another current secret, or skip the check."""
        return _there(self.requests.rotated_message(self.own, request), "rotated_message")

    def charges(self, request: ChargeRequest) -> int:
        """Return how many charges were made under the request's reference, or skip the check."""
        return _there(self.requests.charges(self.own, request), "charges")

    def charges_of_order(self, request: ChargeRequest) -> int:
        """Return how many charges of the request's order took money, or skip the check."""
        return _there(self.requests.charges_of_order(self.own, request), "charges_of_order")

    def pending_refund(self, refund: RefundRequest) -> RefundRequest:
        """Return a refund that stays without a final answer, or skip the check."""
        return _there(self.requests.pending_refund(self.own, refund), "pending_refund")

    def lost_refund(self, refund: RefundRequest) -> RefundRequest:
        """Return a refund whose answer is lost, or skip the check."""
        return _there(self.requests.lost_refund(self.own, refund), "lost_refund")

    def refund_message(self, refund: RefundRequest) -> Message:
        """Return a genuine message about `refund`, or skip the check."""
        return _there(self.requests.refund_message(self.own, refund), "refund_message")

    def return_message(self, request: ChargeRequest, kind: RefundKind) -> Message:
        """Return a genuine message about money that went back, or skip the check."""
        return _there(self.requests.return_message(self.own, request, kind), "return_message")

    def won_message(self, request: ChargeRequest) -> Message:
        """Return a genuine message about a chargeback that was won back, or skip the check."""
        return _there(self.requests.won_message(self.own, request), "won_message")

    def needs_once_only(self) -> None:
        """Skip the check if the provider makes no objects that succeed only once."""
        self._needs(self.gateway.capabilities.once_only, "once-only objects")

    def needs_parts(self) -> None:
        """Skip the check if an order has one object for all its charges."""
        self._needs(self.gateway.capabilities.takes_parts, "payment in parts")

    def needs_keys(self) -> None:
        """Skip the check if the gateway knows no keys."""
        self._needs(self.gateway.capabilities.keys_kept_for is not None, "keys")

    def needs_look_up(self) -> None:
        """Skip the check if charges can't be found by reference."""
        self._needs(self.gateway.capabilities.look_up, "look-up")

    def needs_one_click(self) -> None:
        """Skip the check if no stored method can be charged."""
        self._needs(self.gateway.capabilities.one_click, "one-click")

    def needs_cancel(self) -> None:
        """Skip the check if charges can't be canceled."""
        self._needs(self.gateway.capabilities.cancel, "cancel")

    def needs_refund(self) -> None:
        """Skip the check if money can't be returned."""
        self._needs(self.gateway.capabilities.refund, "refund")

    def needs_partial_refund(self) -> None:
        """Skip the check if no part of a charge can be returned."""
        self.needs_refund()
        self._needs(self.gateway.capabilities.partial_refund, "partial refund")

    def _needs(self, declared: bool, what: str) -> None:  # noqa: FBT001 - a fact about it
        if not declared:
            not_held(f"the gateway declares no {what}")

    async def charge(self, request: ChargeRequest) -> Answer:
        """Charge, and hold that it was answered with a record."""
        answer = await ask(self.gateway.charge, request)
        holds(isinstance(answer, ANSWERS), f"it answered with {answer!r}, which is no Answer")
        return answer

    async def charge_anyhow(self, request: ChargeRequest) -> Answer | None:
        """Charge, and return None where the gateway could not tell."""
        return await anyhow(self.charge(request))

    async def taken(self) -> Taken:
        """Charge a new request that succeeds."""
        request = self.succeeding()
        answer = await self.charge(request)
        if not isinstance(answer, Succeeded):
            raise AssertionError(f"it answered a charge with {answer!r}")
        return Taken(request, answer)

    async def refund(self, request: RefundRequest) -> RefundAnswer:
        """Ask for a refund, and hold that it was answered with a record."""
        answer = await ask(self.gateway.refund, request)
        holds(isinstance(answer, REFUND_ANSWERS), f"it answered {answer!r}, no RefundAnswer")
        return answer


@frozen
class Taken:
    """A charge that succeeded, and how to ask for its money back."""

    request: ChargeRequest
    answer: Succeeded

    def refund(self, minor: int | None = None, *, number: int = 1) -> RefundRequest:
        """Return the request for a refund of so much, by default of all, not yet made."""
        amount = self.answer.amount
        return RefundRequest(
            reference=RefundReference(self.request.reference, number),
            charge=self.answer.gateway_id,
            amount=amount if minor is None else Money(minor, amount.currency),
            reason="A refund of the contract suite",
        )


async def anyhow(script: Coroutine[Any, Any, T]) -> T | None:
    """Return what `script` does; None where it raised one of the two errors of a gateway."""
    try:
        return await script
    except (NotSent, OutcomeUnknown):
        return None


def _key(reference: AttemptReference) -> IdempotencyKey:
    return IdempotencyKey(f"{reference}~0")


def _there(made: T | None, name: str) -> T:
    return not_held(f"the suite overrides no `{name}`") if made is None else made
