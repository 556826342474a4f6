"""What a payment gateway is asked, and what it promises about its answers.

A gateway answers with records and raises two errors only: `NotSent`, when the request certainly
was not executed, and `OutcomeUnknown`, when it can't tell. Any other exception is taken for
`OutcomeUnknown`, since a payment that may have been taken must never be booked as failed. It never
turns an answer it can't read into `Declined`, and where it is told "already succeeded" it reads
the charge and answers `Succeeded`.

It is called outside any transaction, and may be called from several threads or tasks at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from ordersales.models.charge import Answer, ChargeRequest, WebhookEvent
from ordersales.models.refund import RefundAnswer, RefundReference, RefundRequest
from ordersales.values.identifiers import AttemptReference


class GatewayKind(StrEnum):
    """The kinds of gateways: what can be promised of an attempt in doubt (rule C2)."""

    ONCE_ONLY = "once-only object"
    KEY_AND_LOOK_UP = "key and look-up"
    KEY_ONLY = "key only"
    LOOK_UP_ONLY = "look-up only"
    NEITHER = "neither"


@frozen(kw_only=True)
class Capabilities:
    """What a gateway can do; how an attempt in doubt is recovered follows from it (rule C2).

    >>> Capabilities(look_up=True).kind
    <GatewayKind.LOOK_UP_ONLY: 'look-up only'>
    """

    #: Whether the provider takes the money of one order, or of one occurrence, at most once,
    #: whatever it is asked: the adapter makes one object for each that can succeed only once.
    once_only: bool = False
    #: How long a repeated key is answered with the first answer; None if keys are not known.
    keys_kept_for: timedelta | None = None
    #: Whether a charge, and a refund, can be found by its reference.
    look_up: bool = False
    #: Whether a charge that has no final answer can be canceled.
    cancel: bool = False
    #: Whether money can be returned, and whether a part of a charge can.
    refund: bool = False
    partial_refund: bool = False
    #: Whether a stored method can be charged without card entry (rule I7).
    one_click: bool = False

    @property
    def kind(self) -> GatewayKind:
        """Which kind of gateway this is."""
        keys = self.keys_kept_for is not None
        if self.once_only and keys and self.look_up:
            return GatewayKind.ONCE_ONLY
        if self.look_up:
            return GatewayKind.KEY_AND_LOOK_UP if keys else GatewayKind.LOOK_UP_ONLY
        return GatewayKind.KEY_ONLY if keys else GatewayKind.NEITHER


class PaymentGateway(Protocol):
    """Takes money through one merchant account of a payment provider."""

    @property
    def capabilities(self) -> Capabilities:
        """What this gateway can do; it never changes while the host runs."""
        ...

    def charge(self, request: ChargeRequest) -> Answer:
        """Take the money, or say why not, within 30 seconds.

        The provider is given the request's key to de-duplicate on and its reference to be found
        by. The same key again gives the same answer and takes nothing again, for as long as
        `Capabilities.keys_kept_for` says.

        Raises:
            NotSent: Certainly not executed: connection refused, not authenticated, throttled.
            OutcomeUnknown: A timeout, a reset connection, a 5xx, an answer that can't be read.
        """
        ...

    def look_up(self, reference: AttemptReference) -> Answer | None:
        """Return what became of the charge with that reference; None if there is none.

        Asked only where `Capabilities.look_up` is true. It reads consistently: a charge made a
        moment ago may be missing only as long as it is still being executed.

        Raises:
            NotSent: The question could not be asked.
            OutcomeUnknown: No answer, or one that can't be read.
        """
        ...

    def cancel(self, reference: AttemptReference) -> Answer | None:
        """Cancel a charge that has no final answer, and return what it now is.

        `Withdrawn` if no money moved nor will; whatever else it turned out to be (it may have
        just succeeded); None if it can't be canceled any more and has no answer yet. Asked only
        where `Capabilities.cancel` is true.

        Raises:
            NotSent: The question could not be asked.
            OutcomeUnknown: No answer, or one that can't be read.
        """
        ...

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Return money of a charge, or say why not, within 30 seconds (rule F1).

        The provider is given the request's reference to de-duplicate on: the same again gives
        the same answer and returns nothing again. Asked only where `Capabilities.refund` is true.

        Raises:
            NotSent: Certainly not executed.
            OutcomeUnknown: A timeout, a reset connection, a 5xx, an answer that can't be read.
        """
        ...

    def look_up_refund(self, reference: RefundReference) -> RefundAnswer | None:
        """Return what became of the refund with that reference; None if there is none.

        Asked only where `Capabilities.look_up` is true.

        Raises:
            NotSent: The question could not be asked.
            OutcomeUnknown: No answer, or one that can't be read.
        """
        ...

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """Verify a message on its raw bytes, and return what it says.

        Its outcome is what it says of the charge, of a refund that was asked for here
        (`RefundTold`), or of money that went back by itself: a refund made at the provider, a
        chargeback (`ReturnReported`) or one won back (`ChargebackWon`). None for a message that
        is genuine and says nothing about any of these.

        Raises:
            WebhookRejected: It is not signed with a current secret, or too old.
        """
        ...


class AsyncPaymentGateway(Protocol):
    """As `PaymentGateway`, awaited."""

    @property
    def capabilities(self) -> Capabilities:
        """As `PaymentGateway.capabilities`."""
        ...

    async def charge(self, request: ChargeRequest) -> Answer:
        """As `PaymentGateway.charge`."""
        ...

    async def look_up(self, reference: AttemptReference) -> Answer | None:
        """As `PaymentGateway.look_up`."""
        ...

    async def cancel(self, reference: AttemptReference) -> Answer | None:
        """As `PaymentGateway.cancel`."""
        ...

    async def refund(self, request: RefundRequest) -> RefundAnswer:
        """As `PaymentGateway.refund`."""
        ...

    async def look_up_refund(self, reference: RefundReference) -> RefundAnswer | None:
        """As `PaymentGateway.look_up_refund`."""
        ...

    async def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """As `PaymentGateway.read_webhook`."""
        ...
