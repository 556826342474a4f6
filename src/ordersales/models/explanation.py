"""Why something may not be done, or is as it is: reasons for a program and for a person (A5)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.models.actor import Permission
from ordersales.models.stage import PaymentError
from ordersales.values.identifiers import InvoiceNumber, UserId
from ordersales.values.money import Money


class ReasonCode(StrEnum):
    """The reasons, by names that stay the same between versions.

    What is refused has the code of the error that starting it raises.
    """

    # Why an operation may not be started, or is not offered.
    PERMISSION_MISSING = "permission_missing"
    PERSON_NEEDED = "person_needed"
    WRONG_STATUS = "wrong_status"
    WRONG_TERMS = "wrong_terms"
    PAYMENT_UNDER_WAY = "payment_under_way"
    EXCEEDS_OUTSTANDING = "exceeds_outstanding"
    AMOUNT_NOT_OFFERED = "amount_not_offered"
    NOTHING_TO_REFUND = "nothing_to_refund"
    NOTHING_PAID = "nothing_paid"
    SALE_CONFIRMED = "sale_confirmed"
    WRONG_INSTALLATION = "wrong_installation"
    ONLY_AMONG_PARTIAL = "only_among_partial"
    # Why an order is still open.
    OUTSTANDING = "outstanding"
    NOT_STARTED = "not_started"
    UNDERPAID = "underpaid"
    LAST_ATTEMPT_FAILED = "last_attempt_failed"
    LAST_ATTEMPT_CANCELED = "last_attempt_canceled"
    # What became of the asking of a pending invoice.
    AWAITS_MANAGER = "awaits_manager"
    AWAITS_BUYER = "awaits_buyer"
    AWAITS_PAYMENT_SYSTEM = "awaits_payment_system"
    IN_DOUBT = "in_doubt"
    RESERVED = "reserved"
    BLOCKED = "blocked"
    HELD = "held"
    # Why an order is not open any more.
    FREE = "free"
    PAID = "paid"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"
    ATTEMPTS_USED_UP = "attempts_used_up"
    RETURNED = "returned"
    # Why a recurring order was not charged, beside what became of the asking.
    NOT_DUE = "not_due"
    DUE = "due"
    WAITS_FOR_RETRY = "waits_for_retry"
    PAUSED = "paused"
    FAILED = "failed"
    ALL_PAID = "all_paid"
    ENDED_EARLY = "ended_early"
    METHOD_UNUSABLE = "method_unusable"
    NO_GATEWAY = "no_gateway"


class Awaited(StrEnum):
    """Whose turn it is."""

    BUYER = "the buyer"
    PAYMENT_SYSTEM = "the payment system"
    MANAGER = "a manager"
    #: The host: its program asks again under the same key, or it is configured for another store.
    HOST = "the host"


@frozen(kw_only=True)
class Reason:
    """One reason, with the facts that it rests on; a fact that has no part in it is None."""

    code: ReasonCode
    #: For a person, in English, without the moments below: their time zone is the host's.
    words: str
    #: The permission that is missing.
    permission: Permission | None = None
    #: The statuses in which it would be possible.
    allowed: tuple[str, ...] = ()
    #: The invoice that it is about.
    invoice: InvoiceNumber | None = None
    #: What is outstanding, may be paid next, is pending or was waived.
    amount: Money | None = None
    #: Whose turn it is.
    awaited: Awaited | None = None
    #: Since when it is so.
    since: datetime | None = None
    #: When it is looked after, if no word has come until then.
    until: datetime | None = None
    #: Who decided so; None is the system.
    by: UserId | None = None
    #: What the payment system said.
    error: PaymentError | None = None
    #: What the buyer has to do: the address of a page to open.
    buyer_action: str | None = None


@frozen(kw_only=True)
class Explanation:
    """Every reason at once why something is not possible, or why it is as it is (rule A5)."""

    #: What it is about: ``order 17`` or ``invoice 23``.
    record: str
    #: The status that it has.
    status: str
    #: Of an operation: none of them means that it is allowed.
    reasons: tuple[Reason, ...]

    @property
    def codes(self) -> tuple[ReasonCode, ...]:
        """The codes of the reasons."""
        return tuple(reason.code for reason in self.reasons)

    def __str__(self) -> str:
        """Return the words of every reason, a line each."""
        return "\n".join(reason.words for reason in self.reasons)
