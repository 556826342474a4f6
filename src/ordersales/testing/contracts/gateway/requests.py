"""The requests and messages that a host can make for its gateway, to see what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
from typing import Any, Final
from uuid import uuid4

from ordersales.models.charge import ChargeRequest, PaymentMethod
from ordersales.models.refund import RefundKind, RefundRequest
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    IdempotencyKey,
    OrderNumber,
)
from ordersales.values.money import Money

#: What a provider sends: the raw body, and the headers.
Message = tuple[bytes, Mapping[str, str]]
#: A request that is executed late, and what has it executed, awaited or not.
Late = tuple[ChargeRequest, Callable[[], object]]

#: Sandboxes remember references, so each run charges for an account of its own.
_RUN: Final = AccountId(f"contract-{uuid4()}")
_ORDERS: Final = count(1)


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

    def late(self, gateway: Any) -> Late | None:
        """Return a new request that is executed when its caller gave up, and what executes it."""
        return None

    def failed(self, gateway: Any) -> ChargeRequest | None:
        """Return a new request that will be executed, and answered with an error (5xx).

        If its provider keeps answers under keys, this one should be kept.
        """
        return None

    def duplicate(self, gateway: Any) -> ChargeRequest | None:
        """Return a new request that will be refused as a duplicate of another transaction."""
        return None

    def message(self, gateway: Any, request: ChargeRequest) -> Message | None:
        """Return a genuine message of the provider that tells what became of `request`."""
        return None

    def aged_message(self, gateway: Any, request: ChargeRequest, age: timedelta) -> Message | None:
        """Return a genuine message about `request` that was signed so long ago, or is to be."""
        return None

    def rotated_message(self, gateway: Any, request: ChargeRequest) -> Message | None:
        """Return a genuine message about `request`, signed with another secret that is current."""
        return None

    def charges(self, gateway: Any, request: ChargeRequest) -> int | None:
        """Return how many charges the provider's own book has under the request's reference."""
        return None

    def charges_of_order(self, gateway: Any, request: ChargeRequest) -> int | None:
        """Return how many charges that took money the provider has of the request's order."""
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
