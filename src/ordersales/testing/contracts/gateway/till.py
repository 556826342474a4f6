"""The gateway under test, the requests that its host can make, and what it can't show."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from itertools import count
from typing import Any, Final, TypeVar, get_args
from uuid import uuid4

import pytest
from attrs import field, frozen

from ordersales.errors import NotSent, OutcomeUnknown
from ordersales.models.charge import Answer, ChargeRequest, PaymentMethod, Succeeded
from ordersales.models.refund import RefundAnswer, RefundKind, RefundReference, RefundRequest
from ordersales.ports.gateway import PaymentGateway
from ordersales.services.engine import ask
from ordersales.testing.contracts.drivers import Driver
from ordersales.testing.contracts.promises import holds
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    IdempotencyKey,
    OrderNumber,
)
from ordersales.values.money import Money

T = TypeVar("T")

#: What a provider sends: the raw body, and the headers.
Message = tuple[bytes, Mapping[str, str]]

ANSWERS: Final = get_args(Answer)
REFUND_ANSWERS: Final = get_args(RefundAnswer)
#: Sandboxes remember references, so each run charges for an account of its own.
_RUN: Final = AccountId(f"contract-{uuid4()}")
_ORDERS: Final = count(1)


def not_held(because: str) -> Any:
    """Skip a check whose promise the gateway does not make, in a way that is seen."""
    pytest.skip(f"not held: {because}")


class Requests:
    """How the host makes its gateway answer in a certain way; override what it can.

    A sandbox decides by the method's token or by the amount what becomes of a charge. A refund that
    is given may be returned with another amount or reason. What stays as it is here is shown as not
    held.
    """

    def request(self, **changes: Any) -> ChargeRequest:
        """Return a request under a reference and a key that were never used before."""
        reference = AttemptReference(_RUN, OrderNumber(next(_ORDERS)), 1)
        wanted: dict[str, Any] = {
            "reference": reference,
            "key": IdempotencyKey(f"{reference}~0"),
            "amount": Money.of("12.34", "EUR"),
            "method": PaymentMethod(token="tok_contract"),
            "description": "A charge of the contract suite",
        }
        return ChargeRequest(**wanted | changes)

    def succeeding(self, gateway: Any) -> ChargeRequest:
        """Return a new request that `gateway` will take money for, at once; always needed."""
        raise NotImplementedError("override `succeeding` with a request that succeeds")

    def declining(self, gateway: Any) -> ChargeRequest | None:
        """Return a new request that the bank will decline."""
        return None

    def pending(self, gateway: Any) -> ChargeRequest | None:
        """Return a new request that will be accepted and stay without a final answer."""
        return None

    def unsent(self, gateway: Any) -> ChargeRequest | None:
        """Return a new request that will certainly not be executed: a connection refused."""
        return None

    def lost(self, gateway: Any) -> ChargeRequest | None:
        """Return a new request that will be executed, and its answer lost: a timeout after it."""
        return None

    def message(self, gateway: Any, request: ChargeRequest) -> Message | None:
        """Return a genuine message of the provider that tells what became of `request`."""
        return None

    def charges(self, gateway: Any, request: ChargeRequest) -> int | None:
        """Return how many charges the provider's own book has under the request's reference."""
        return None

    def pending_refund(self, gateway: Any, refund: RefundRequest) -> RefundRequest | None:
        """Return `refund`, or another of it, that will be accepted and stay without an answer."""
        return None

    def lost_refund(self, gateway: Any, refund: RefundRequest) -> RefundRequest | None:
        """Return `refund`, or another of it, that will be executed, and its answer lost."""
        return None

    def refund_message(self, gateway: Any, refund: RefundRequest) -> Message | None:
        """Return a genuine message of the provider that tells what became of `refund`."""
        return None

    def return_message(
        self, gateway: Any, request: ChargeRequest, kind: RefundKind
    ) -> Message | None:
        """Return a genuine message that all money of `request` went back by itself.

        By a refund that somebody made at the provider (`EXTERNAL`), or by a `CHARGEBACK`.
        """
        return None

    def won_message(self, gateway: Any, request: ChargeRequest) -> Message | None:
        """Return a genuine message that the chargeback of `request` was won back."""
        return None


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

    def message(self, request: ChargeRequest) -> Message:
        """Return a genuine message about `request`, or skip the check."""
        return _there(self.requests.message(self.own, request), "message")

    def charges(self, request: ChargeRequest) -> int:
        """Return how many charges were made under the request's reference, or skip the check."""
        return _there(self.requests.charges(self.own, request), "charges")

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

    def needs_keys(self) -> None:
        """Skip the check if the gateway knows no keys."""
        self._needs(self.gateway.capabilities.keys_kept_for is not None, "keys")

    def needs_look_up(self) -> None:
        """Skip the check if charges can't be found by reference."""
        self._needs(self.gateway.capabilities.look_up, "look-up")

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


def _there(made: T | None, name: str) -> T:
    return not_held(f"the suite overrides no `{name}`") if made is None else made
