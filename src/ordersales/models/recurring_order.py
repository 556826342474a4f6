"""An agreement to pay for an offer again and again; each payment of it is an order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.models.charge import PaymentMethod
from ordersales.models.offer import Customer, Offer
from ordersales.models.order import Payment
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.models.sale import Manager
from ordersales.values.identifiers import AccountId, IdempotencyKey, OrderNumber, SystemName
from ordersales.values.money import Money


class RecurringStatus(StrEnum):
    """The statuses of a recurring order (rule R3)."""

    ACTIVE = "Active"
    PAUSED = "Paused"
    #: A payment is under way: shown in place of the others, and never kept.
    PROCESSING = "Processing"
    COMPLETED = "Completed"
    FAILED = "Failed"


@frozen(kw_only=True)
class ImportedAs:
    """What an imported one was when it came, so that the same row is known again (rule R15)."""

    #: Of one; how many, of what and for whom the recurring order says itself, and never changes.
    price: Money
    terms: RecurringTerms
    anchor: datetime
    payments_made: int
    paid_until: datetime | None
    system: SystemName


@frozen(kw_only=True)
class RecurringOrder:
    """What is agreed, how far it got, and when the timer has to act next (rules R1, R9, R12).

    Offer and terms are those of the day it started: changing the offer changes only new ones.
    """

    account: AccountId
    #: The number of its first order; an imported one has one of the same series for itself.
    number: OrderNumber
    #: The host's key of an imported one (rule R15).
    key: IdempotencyKey | None = None
    imported_as: ImportedAs | None = None
    #: Never *Processing*.
    status: RecurringStatus
    started_at: datetime
    customer: Customer
    offer: Offer
    quantity: int
    terms: RecurringTerms
    #: Through which payment system it is charged, and what there.
    system: SystemName
    #: None until somebody gives one: then nothing can be charged.
    method: PaymentMethod | None
    #: Who is credited with its orders where no sales plan names the customer and the offer (S1).
    manager: Manager | None = None
    #: The date that the others are counted from (rule R8).
    anchor: datetime
    #: Which of its dates is being paid, or comes next; 0 is the anchor.
    slot: int
    #: That date.
    due_at: datetime
    #: How many payments succeeded, the first included (rule R14).
    payments_made: int
    #: How many orders there are of it, with the payments made before an import; the next one has
    #: the index behind.
    occurrences: int
    #: The order that this date is paid by, from its first attempt until it is paid or given up.
    current: OrderNumber | None = None
    #: When `current` is attempted again; None while an attempt of it has no final word.
    retry_at: datetime | None = None
    #: The order that was given up when it failed or was completed, as long as its date is not paid.
    given_up: OrderNumber | None = None
    #: Whether it was activated and has not been charged since: those go first (rule R5).
    just_activated: bool = False
    #: When its present method was charged lately; too often is not allowed (rule R6).
    method_charged: tuple[datetime, ...] = ()
    #: The first of its dates that were missed when it was activated, until a payment is made anew.
    missed_since: datetime | None = None
    #: Rises by one with every save; storage refuses a save of anything older.
    version: int = 0

    @property
    def price(self) -> Money:
        """What each payment brings."""
        return self.offer.unit_price * self.quantity

    @property
    def payments_remaining(self) -> int | None:
        """How many payments are still to succeed; None where it goes on until it is stopped."""
        total = self.terms.payments
        return None if total is None else max(0, total - self.payments_made)

    @property
    def ended(self) -> bool:
        """Whether it is *Completed*: nothing is charged any more, whatever happens."""
        return self.status is RecurringStatus.COMPLETED

    @property
    def unpaid_since(self) -> datetime:
        """The date that is paid next, or the one in whose place that came by an activation."""
        return self.missed_since or self.due_at

    @property
    def next_action(self) -> datetime | None:
        """When the timer has something to do for it; None while it has nothing to do.

        While an attempt has no final word, that attempt is looked after, and nothing is begun.
        """
        if self.status is not RecurringStatus.ACTIVE:
            return None
        return self.due_at if self.current is None else self.retry_at


@frozen(kw_only=True)
class RecurringResult:
    """A recurring order after what a person did to it (rule R4)."""

    recurring: RecurringOrder
    #: What is shown: *Processing* while a payment is under way.
    status: RecurringStatus
    #: The payment that was permitted before and may still finish; nothing further is sent.
    under_way: Payment | None
