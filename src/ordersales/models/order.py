"""One purchase of one offer by one customer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import Customer, Offer
from ordersales.models.refund import Refund
from ordersales.models.sale import Sale
from ordersales.values.identifiers import (
    AccountId,
    AttemptReference,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    UserId,
)
from ordersales.values.moment import earlier
from ordersales.values.money import Money
from ordersales.values.share import Share


class OrderStatus(StrEnum):
    """The statuses of an order; derived, never set by hand (rule O5)."""

    OPEN = "Open"
    COMPLETED = "Completed"
    DECLINED = "Declined"
    REFUND = "Refund"


class DecisionKind(StrEnum):
    """What somebody decided about an open order."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"


@frozen(kw_only=True)
class Decision:
    """A decision that ended an order's being open: who, when and why."""

    kind: DecisionKind
    at: datetime
    #: None is the host's own code.
    by: UserId | None
    reason: str = ""


class AttentionReason(StrEnum):
    """Why a person has to look at an order (rule O6)."""

    PAID_AFTER_DECLINE = "money arrived after a person declined the order"
    PAID_AFTER_REFUND = "money arrived after everything had been returned"
    UNDERPAID = "less was paid than the price, and no other payment may follow"
    OVERPAID = "more was paid than the price"
    AMOUNT_DIFFERS = "the payment system took another amount than was asked for"
    CHARGED_TWICE = "the payment system took the money twice"
    BOOKED_ALREADY = "the payment system answered with a charge that is booked already"
    CONTRADICTION = "the payment system said two different final words"
    RETURNED_TOO_MUCH = "more went back than was left to return"
    REFUNDED_TWICE = "the payment system returned the money twice"
    PAID_AFTER_GIVING_UP = "money arrived after the recurring order had failed"
    HELD = "no final word came, and a person has to find out what became of it"
    BLOCKED = "the payment system could not be reached for days; nothing was sent"
    MISCONFIGURED = "the payment system can't carry out the payment as it is set up"


@frozen(kw_only=True)
class Attention:
    """One reason to look at an order, kept until a person has dealt with it."""

    reason: AttentionReason
    at: datetime
    invoice: InvoiceNumber
    #: What was found, in words.
    detail: str


@frozen(kw_only=True)
class Occurrence:
    """Which payment of a recurring order this order is."""

    #: The number of the recurring order: that of its first order, unless it was imported.
    recurring_order: OrderNumber
    #: 1 for the first; every order of it has the next one, whether it was paid or not.
    index: int
    #: When it fell due; None for the first, which its customer paid by themselves.
    due_at: datetime | None = None
    #: How many failed attempts use up the occurrence (rule R6).
    attempts_allowed: int = 3
    #: Whether an attempt follows even on a decline that the payment system calls final (R6).
    retry_final_declines: bool = False


@frozen(kw_only=True)
class Order:
    """One purchase, with a snapshot of what the customer saw (rule O1).

    Its money always adds up: ``price = paid + outstanding + waived - surplus``.
    """

    account: AccountId
    number: OrderNumber
    #: The host's key of the placing (rule C5).
    key: IdempotencyKey
    placed_at: datetime
    customer: Customer
    #: The offer as it was when the order was placed: changing the offer changes no order.
    offer: Offer
    quantity: int
    price: Money
    status: OrderStatus
    sale: Sale = Sale()
    invoices: tuple[Invoice, ...] = ()
    decision: Decision | None = None
    attention: tuple[Attention, ...] = ()
    occurrence: Occurrence | None = None
    #: When a person last found that no restored backup has lost an attempt of it (rule C6).
    searched_at: datetime | None = None
    #: Rises by one with every save; storage refuses a save of anything older (rule C3).
    version: int = 0

    @property
    def unit_price(self) -> Money:
        """The price of one."""
        return self.offer.unit_price

    @property
    def paid(self) -> Money:
        """What paid invoices cover of the price, returned since or not."""
        return Money(self._paid, self.price.currency)

    @property
    def _paid(self) -> int:
        return sum([item.covers.minor for item in self.invoices if item.captured])

    @property
    def pending(self) -> Money:
        """What invoices without a final answer would cover."""
        waiting = [item for item in self.invoices if item.status is InvoiceStatus.PENDING]
        return Money(sum([item.covers.minor for item in waiting]), self.price.currency)

    @property
    def surplus(self) -> Money:
        """What was paid beyond the price; the order is flagged when it arrives (rule O6)."""
        return Money(max(0, self._paid - self.price.minor), self.price.currency)

    @property
    def _rest(self) -> int:
        return max(0, self.price.minor - self._paid)

    @property
    def _confirmed(self) -> bool:
        return self.decision is not None and self.decision.kind is DecisionKind.CONFIRMED

    @property
    def outstanding(self) -> Money:
        """What is not paid and not waived; on a declined order nobody asks for it any more."""
        return Money(0 if self._confirmed else self._rest, self.price.currency)

    @property
    def waived(self) -> Money:
        """What a person gave up by confirming the order before all was paid (rule P2)."""
        return Money(self._rest if self._confirmed else 0, self.price.currency)

    @property
    def refunds(self) -> tuple[Refund, ...]:
        """The refunds of all its invoices, in the invoices' order."""
        return tuple([refund for item in self.invoices for refund in item.refunds])

    @property
    def newest_payments(self) -> tuple[Invoice, ...]:
        """Its invoices whose money was taken, the one paid last first."""
        captured = [item for item in self.invoices if item.captured]
        captured.sort(key=lambda item: (item.settled_at or item.attempted_at, item.number))
        return tuple(reversed(captured))

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look at it (rule O6)."""
        return bool(self.attention)

    @property
    def next_check(self) -> datetime | None:
        """When the first of its attempts and refunds is to be looked after, if any is (rule C2)."""
        first: datetime | None = None
        for invoice in self.invoices:
            first = earlier(first, invoice.next_check)
        return first

    def invoice(self, number: InvoiceNumber) -> Invoice | None:
        """Return its invoice with that number, or None."""
        for item in self.invoices:
            if item.number == number:
                return item
        return None

    def attempted(self, reference: AttemptReference) -> Invoice | None:
        """Return its invoice that a gateway was asked for under `reference`, or None."""
        for item in self.invoices:
            if item.attempt is not None and item.attempt.reference == reference:
                return item
        return None

    def refunds_under(self, key: IdempotencyKey) -> tuple[InvoiceRefund, ...]:
        """Return what was asked to be refunded under the host's `key`, newest payment first."""
        return tuple(
            InvoiceRefund(invoice, refund)
            for invoice in self.newest_payments
            for refund in invoice.refunds
            if refund.key == key
        )

    def share(self, invoice: Invoice) -> Share:
        """Return which part of the price `invoice` covers, exactly (rule I4)."""
        return Share.of(invoice.covers, self.price)


@frozen
class Payment:
    """One invoice together with the order it belongs to, as both now stand."""

    order: Order
    invoice: Invoice


@frozen
class InvoiceRefund:
    """One refund together with the invoice it returns money of, as both now stand."""

    invoice: Invoice
    refund: Refund


@frozen(kw_only=True)
class RefundResult:
    """What became of all that was asked to be refunded under one key (rule F1)."""

    order: Order
    #: One for each payment that money goes back of, the newest first. Look at each one's status.
    refunds: tuple[InvoiceRefund, ...]

    @property
    def ask_to_stop(self) -> OrderNumber | None:
        """The recurring order whose first payment this is; ask the person whether to stop it.

        None where there is nothing to ask.
        """
        occurrence = self.order.occurrence
        return occurrence.recurring_order if occurrence and occurrence.index == 1 else None
