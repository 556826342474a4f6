"""What is asked of a payment system, and what it may say to it."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from ordersales.models.refund import ChargebackWon, RefundTold, ReturnReported
from ordersales.models.stage import Retry
from ordersales.values import checks
from ordersales.values.identifiers import AttemptReference, GatewayId, IdempotencyKey
from ordersales.values.money import Money


@frozen(kw_only=True)
class PaymentMethod:
    """What is charged: the payment system's own token, never a card number.

    Raises:
        InvalidInput: The token is no text that can be shown, or `stored` no bool (rule B1).
    """

    token: str
    #: True for a method kept from before, used without the buyer entering a card (rule I7).
    stored: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse text that can't be shown."""
        checks.refuse(checks.text(self.token, "token"), checks.flag(self.stored, "stored"))


@frozen(kw_only=True)
class ChargeRequest:
    """One charge, as it is sent; what is asked under one key never changes."""

    #: What the payment system stores with the charge and can find it by.
    reference: AttemptReference
    #: What the payment system de-duplicates on: the reference and its epoch.
    key: IdempotencyKey
    amount: Money
    method: PaymentMethod | None
    #: What the buyer reads on the statement or the payment page.
    description: str
    #: Whether the method will be charged again later without its owner, so that the payment
    #: system has to keep it (rule R1).
    keep_method: bool = False


@frozen(kw_only=True)
class Succeeded:
    """The money was taken.

    Raises:
        InvalidInput: An amount is no money, or the fee is in another currency (rule B1).
    """

    gateway_id: GatewayId
    #: What was really taken; anything but what was asked for is held for a person.
    amount: Money
    #: The payment system's commission in the charged currency; None until it is known.
    fee: Money | None = None
    #: What later payments can be charged on, where the payment system was asked to keep the
    #: method and names it anew; None where the method that was charged serves again.
    kept_method: PaymentMethod | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse amounts that could not be booked."""
        checks.refuse(checks.money(self.amount, "amount"))
        checks.refuse(
            checks.optional(checks.money, self.fee, "fee", currency=self.amount.currency),
            checks.optional(checks.instance, self.kept_method, "kept_method", kind=PaymentMethod),
        )


@frozen(kw_only=True)
class Declined:
    """The bank said no, for certain."""

    #: The payment system's own code: ``insufficient_funds``.
    code: str
    message: str = ""
    retry: Retry = Retry.ALLOWED
    gateway_id: GatewayId | None = None


@frozen(kw_only=True)
class Accepted:
    """The payment system took the request and answers later."""

    gateway_id: GatewayId
    #: What the buyer has to do meanwhile: the address of a page to open, or nothing.
    buyer_action: str | None = None


@frozen
class Withdrawn:
    """The payment system canceled the charge before it was executed; no money moved."""


@frozen(kw_only=True)
class Misconfigured:
    """Certainly not executed, and repeating can't help: no such customer, account closed."""

    code: str
    message: str = ""


@frozen(kw_only=True)
class NotExecuted:
    """Certainly not executed: the gateway raised `NotSent`. It uses up nothing."""

    reason: str


@frozen(kw_only=True)
class Unknown:
    """No word: the charge may or may not have been executed, and is never counted as failed."""

    reason: str


#: What a payment system says of a charge when it answers.
Answer = Succeeded | Declined | Accepted | Withdrawn | Misconfigured
#: What becomes known of a charge, an answer or the lack of one.
Outcome = Answer | NotExecuted | Unknown


@frozen(kw_only=True)
class WebhookEvent:
    """A message of a payment system, verified and understood by its adapter."""

    #: The payment system's own number of the message; a second delivery carries the same.
    event_id: str
    #: The reference the payment system stored with the charge; None where it carries none.
    reference: str | None
    #: What it tells of the charge, of a refund of it, or of money that went back by itself.
    outcome: Answer | RefundTold | ReturnReported | ChargebackWon


class WebhookResult(StrEnum):
    """What became of a message; each of them is answered with success (HTTP 200)."""

    APPLIED = "applied"
    #: Delivered before: nothing was done.
    REPEATED = "repeated"
    #: It told nothing new.
    UNCHANGED = "unchanged"
    #: It contradicts an earlier final word: flagged, and looked up where the gateway can.
    CONTRADICTED = "contradicted"
    #: No attempt of this payment system has that reference: kept for a person.
    UNMATCHED = "unmatched"
    #: It says nothing about a charge.
    IRRELEVANT = "irrelevant"
