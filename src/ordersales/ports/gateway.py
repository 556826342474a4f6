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
from typing import Protocol

from ordersales.models.capabilities import Capabilities, GatewayKind
from ordersales.models.charge import Answer, ChargeRequest, WebhookEvent
from ordersales.models.refund import RefundAnswer, RefundReference, RefundRequest
from ordersales.values.identifiers import AttemptReference

__all__ = ["AsyncPaymentGateway", "Capabilities", "GatewayKind", "PaymentGateway"]


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
