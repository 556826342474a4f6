"""Money of a paid invoice that goes back: asked for by us, or reported to us (rules F1, F2)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.models.stage import PaymentError, Stage
from ordersales.values import checks
from ordersales.values.identifiers import (
    AttemptReference,
    GatewayId,
    IdempotencyKey,
    UserId,
)
from ordersales.values.money import Money


class RefundStatus(StrEnum):
    """The statuses of a refund (rules F1, F2)."""

    #: Asked, no final answer; the amount is reserved.
    PENDING = "Pending"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    #: A chargeback that was won back: the money is ours again.
    REVERSED = "Reversed"


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
    """

    attempt: AttemptReference
    #: Which refund of that attempt it is, counted from 1.
    refund: int

    def __str__(self) -> str:
        """Return the attempt's reference and the refund's number."""
        return f"{self.attempt}#{self.refund}"


@frozen(kw_only=True)
class Refund:
    """One return of money of one invoice."""

    kind: RefundKind
    #: In the invoice's currency.
    amount: Money
    status: RefundStatus
    requested_at: datetime
    #: The key that the gateway de-duplicates on; None where no gateway is asked by us.
    reference: RefundReference | None = None
    #: The host's key (rule C5); None for what was reported to us.
    key: IdempotencyKey | None = None
    stage: Stage = Stage.CLOSED
    #: When somebody has to look after it if no word has come until then.
    next_check: datetime | None = None
    sends: int = 1
    #: Who asked for it; None is the system.
    by: UserId | None = None
    reason: str = ""
    gateway_id: GatewayId | None = None
    error: PaymentError | None = None
    settled_at: datetime | None = None


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
    """A webhook about money that went back without our asking (rules F1, F2)."""

    #: `EXTERNAL` or `CHARGEBACK`.
    kind: RefundKind
    #: The payment system's own name of the refund or dispute.
    gateway_id: GatewayId
    amount: Money

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be booked."""
        checks.refuse(checks.money(self.amount, "amount", least=1))


@frozen(kw_only=True)
class ChargebackWon:
    """A webhook about a chargeback that was won back (rule F2)."""

    #: The payment system's own name of the dispute.
    gateway_id: GatewayId
