"""One payment attempt on an order; the *Payments* list shows all of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import Factory, field, frozen

from ordersales.models.charge import PaymentMethod
from ordersales.models.refund import Refund, RefundStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.values.identifiers import (
    AttemptReference,
    GatewayId,
    IdempotencyKey,
    InvoiceNumber,
    SystemName,
)
from ordersales.values.moment import earlier
from ordersales.values.money import Money


class InvoiceStatus(StrEnum):
    """The statuses of an invoice (rule I2)."""

    #: Asked, no final answer: the buyer's bank, a manager, or an answer that got lost.
    PENDING = "Pending"
    PAID = "Paid"
    FAILED = "Failed"
    CANCELED = "Canceled"
    #: All of it was returned; partly returned stays Paid.
    REFUNDED = "Refunded"


#: Those of an invoice whose money was taken, returned since or not.
CAPTURED: Final = (InvoiceStatus.PAID, InvoiceStatus.REFUNDED)


@frozen(kw_only=True)
class Attempt:
    """The part of an invoice that a gateway was asked for (rule C1)."""

    reference: AttemptReference
    #: Grows only after proof that the earlier key was never executed.
    epoch: int
    stage: Stage
    method: PaymentMethod | None
    #: When it was last permitted to be sent.
    sent_at: datetime
    #: When somebody has to look after it if no word has come until then; None once closed.
    next_check: datetime | None
    #: How often it was sent in this epoch; only a single send can be proven not executed.
    sends: int = 1
    #: When it was first permitted to be sent in this epoch: keys are kept from then on.
    first_sent_at: datetime = field(default=Factory(lambda self: self.sent_at, takes_self=True))
    #: How often it was permitted to be sent, in all epochs: the word on an earlier send tells
    #: nothing certain of a later one.
    permits: int = 1
    #: How often it was looked after without a final word.
    checks: int = 0
    #: What the buyer has to do: the address of a page to open.
    buyer_action: str | None = None
    #: What later payments can be charged on, where the payment system named it anew.
    kept_method: PaymentMethod | None = None

    @property
    def key(self) -> IdempotencyKey:
        """The key that the gateway de-duplicates on."""
        return IdempotencyKey(f"{self.reference}~{self.epoch}")


@frozen(kw_only=True)
class Invoice:
    """One payment attempt, with what it covers of the price and what became of it (rule I1)."""

    number: InvoiceNumber
    attempted_at: datetime
    status: InvoiceStatus
    #: What is charged, in the charged currency.
    amount: Money
    #: What that settles of the price, in the offer's currency (rule I5).
    covers: Money
    system: SystemName
    #: The host's key of this payment (rule C5).
    key: IdempotencyKey
    one_click: bool = False
    #: Asked for by a person, where the timer would have asked later: of an occurrence it uses up
    #: no attempt (rule R6).
    extra: bool = False
    #: The buyer's words to a manual payment system.
    comment: str = ""
    #: What a gateway was asked; None for a manual payment system.
    attempt: Attempt | None = None
    gateway_id: GatewayId | None = None
    #: The payment system's commission; None until it is told.
    fee: Money | None = None
    error: PaymentError | None = None
    #: When the final word came: for a paid one, when it was paid.
    settled_at: datetime | None = None
    refunds: tuple[Refund, ...] = ()

    @property
    def credited(self) -> Money | None:
        """Amount less the payment system's commission; None until that is known."""
        return None if self.fee is None else self.amount - self.fee

    @property
    def in_flight(self) -> bool:
        """Whether a gateway was asked and may still take the money."""
        if self.attempt is None or self.status is not InvoiceStatus.PENDING:
            return False
        return self.attempt.stage not in (Stage.RESERVED, Stage.BLOCKED)

    @property
    def under_way(self) -> bool:
        """Whether a gateway, or a person, was asked and may still say that the money came."""
        manual = self.attempt is None and self.status is InvoiceStatus.PENDING
        return manual or self.in_flight

    @property
    def captured(self) -> bool:
        """Whether the money was taken, returned since or not."""
        return self.status in CAPTURED

    def _refunds_that_are(self, status: RefundStatus) -> Money:
        amounts = [item.amount for item in self.refunds if item.status is status]
        return Money.total(amounts, self.amount.currency)

    @property
    def returned(self) -> Money:
        """What went back so far, in the invoice's currency."""
        return self._refunds_that_are(RefundStatus.SUCCEEDED)

    @property
    def reserved(self) -> Money:
        """What refunds without a final answer would return."""
        return self._refunds_that_are(RefundStatus.PENDING)

    @property
    def refundable(self) -> Money:
        """What is left to refund: captured less returned less reserved (rule F1)."""
        if not self.captured:
            return Money(0, self.amount.currency)
        return self.amount - self.returned - self.reserved

    @property
    def next_check(self) -> datetime | None:
        """When its attempt, or the first of its refunds, is to be looked after, if any is (C2)."""
        first = None if self.attempt is None else self.attempt.next_check
        for refund in self.refunds:
            first = earlier(first, refund.next_check)
        return first

    def refund(self, number: int) -> Refund | None:
        """Return its refund with that number, or None."""
        return next((item for item in self.refunds if item.number == number), None)

    def returned_as(self, gateway_id: GatewayId) -> Refund | None:
        """Return its refund that the payment system calls `gateway_id`, or None.

        One that was asked for here comes before the report of the same.
        """
        known = [item for item in self.refunds if item.gateway_id == gateway_id]
        return next((item for item in known if item.reference is not None), next(iter(known), None))
