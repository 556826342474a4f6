"""Money of a paid invoice that goes back: asked for by us, or reported to us (rules F1, F2)."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import Factory, field, frozen

from ordersales.errors import InvalidInput, Problem
from ordersales.models.stage import PaymentError, Stage
from ordersales.values import checks
from ordersales.values.identifiers import (
    AttemptReference,
    GatewayId,
    IdempotencyKey,
    UserId,
)
from ordersales.values.money import Money

_NUMBER: Final = re.compile("[1-9][0-9]{0,18}")


class RefundStatus(StrEnum):
    """The statuses of a refund (rules F1, F2)."""

    #: Asked, no final answer; the amount is reserved.
    PENDING = "Pending"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    #: It counts no more: a chargeback that was won back, so that the money is ours again; or the
    #: report of a refund that turned out to be one of ours.
    REVERSED = "Reversed"


class Returns(StrEnum):
    """What a payment system can send back (rule F1)."""

    NOTHING = "nothing"
    WHOLE = "whole payments"
    PARTS = "parts of payments"


class RefundKind(StrEnum):
    """Where a refund came from."""

    #: A person asked for it here.
    REFUND = "refund"
    #: Made at the payment system and only reported to us.
    EXTERNAL = "external"
    #: The buyer's bank took it back.
    CHARGEBACK = "chargeback"


@frozen
class RefundReference:
    """Names one refund the same way to every payment system: the attempt, and which of it.

    >>> from ordersales.values.identifiers import AccountId, OrderNumber
    >>> str(RefundReference(AttemptReference(AccountId("acme"), OrderNumber(17), 2), 1))
    'acme/17/2#1'

    Raises:
        InvalidInput: The number is below 1 (rule B1).
    """

    attempt: AttemptReference
    #: Which refund of that attempt it is, counted from 1.
    refund: int

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read back."""
        checks.refuse(checks.whole(self.refund, "refund", least=1))

    @classmethod
    def parse(cls, text: str) -> RefundReference:
        """Return the reference that is written as `text`, and that writes itself so again.

        >>> RefundReference.parse("acme/17/2#1").refund
        1

        Raises:
            InvalidInput: It is not attempt#refund, with numbers from 1 and without leading zeros
                (rule B1).
        """
        attempt, _, number = text.rpartition("#") if type(text) is str else ("", "", "")
        if not _NUMBER.fullmatch(number):
            raise InvalidInput.of("reference", text, "attempt#refund, as in 'acme/17/2#1'")
        return cls(AttemptReference.parse(attempt), int(number))

    def __str__(self) -> str:
        """Return the attempt's reference and the refund's number."""
        return f"{self.attempt}#{self.refund}"


@frozen(kw_only=True)
class Refund:
    """One return of money of one invoice."""

    #: Which refund of its invoice it is, counted from 1.
    number: int
    kind: RefundKind
    #: What is booked, in the invoice's currency.
    amount: Money
    status: RefundStatus
    requested_at: datetime
    #: The key that the gateway de-duplicates on; None where no gateway is asked by us.
    reference: RefundReference | None = None
    #: The host's key (rule C5); None for what was reported to us.
    key: IdempotencyKey | None = None
    #: Whether it is its payment's part of a refund of the whole order.
    spread: bool = False
    stage: Stage = Stage.CLOSED
    #: When somebody has to look after it if no word has come until then.
    next_check: datetime | None = None
    #: When it was last permitted to be sent, and when first since it was last certain that it was
    #: not executed; before that, when it was asked for.
    sent_at: datetime = field(default=Factory(lambda self: self.requested_at, takes_self=True))
    first_sent_at: datetime = field(default=Factory(lambda self: self.sent_at, takes_self=True))
    #: How often it was sent; only a single send can be proven not executed.
    sends: int = 0
    #: How often it was permitted to be sent, what was certainly not executed included.
    permits: int = 0
    #: How often it was looked after without a final word.
    checks: int = 0
    #: What went back, as the payment system says, beyond what there was to return; the order is
    #: flagged, and it is booked as soon as there is room for it.
    excess: Money | None = None
    #: Who asked for it; None is the system.
    by: UserId | None = None
    reason: str = ""
    gateway_id: GatewayId | None = None
    error: PaymentError | None = None
    settled_at: datetime | None = None

    @property
    def whole(self) -> Money:
        """What was asked for, or told, whether all of it could be booked or not."""
        if self.excess is None:
            return self.amount
        # What is told in another currency can't be booked, not even in part.
        same = self.excess.currency == self.amount.currency
        return self.amount + self.excess if same else self.excess


@frozen(kw_only=True)
class RefundRequest:
    """One refund, as it is sent; what is asked under one reference never changes."""

    #: What the payment system de-duplicates on, and can find it by.
    reference: RefundReference
    #: The charge to return money of, by the payment system's own name and by ours.
    charge: GatewayId | None
    amount: Money
    reason: str


@frozen(kw_only=True)
class RefundSucceeded:
    """The money went back."""

    gateway_id: GatewayId


@frozen(kw_only=True)
class RefundAccepted:
    """The payment system took the request and answers later."""

    gateway_id: GatewayId


@frozen(kw_only=True)
class RefundRefused:
    """The payment system said no, for certain; the reservation is freed."""

    code: str
    message: str = ""


#: What a payment system says of a refund when it answers.
RefundAnswer = RefundSucceeded | RefundAccepted | RefundRefused


@frozen(kw_only=True)
class RefundTold:
    """A webhook about a refund that we asked for, by its reference."""

    #: The text of a `RefundReference`.
    reference: str
    answer: RefundAnswer


@frozen(kw_only=True)
class ReturnReported:
    """A webhook about money that went back without our asking (rules F1, F2).

    Raises:
        InvalidInput: The kind is that of a refund asked for here, or the amount is not positive
            (rule B1).
    """

    #: `EXTERNAL` or `CHARGEBACK`; for a refund that was asked for here there is `RefundTold`.
    kind: RefundKind
    #: The payment system's own name of the refund or dispute.
    gateway_id: GatewayId
    amount: Money

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be booked."""
        by_itself = (RefundKind.EXTERNAL, RefundKind.CHARGEBACK)
        checks.refuse(
            None
            if self.kind in by_itself
            else Problem.of("kind", self.kind, "RefundKind.EXTERNAL or RefundKind.CHARGEBACK"),
            checks.money(self.amount, "amount", least=1),
        )


@frozen(kw_only=True)
class ChargebackWon:
    """A webhook about a chargeback that was won back (rule F2)."""

    #: The payment system's own name of the dispute.
    gateway_id: GatewayId
