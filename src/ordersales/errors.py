"""Every error this library raises, as frozen records under one root.

The second level says whose turn it is to act::

    OrdersalesError
    ├── CallerError            the call itself is wrong; mend it      (HTTP 400, 404, 409)
    │   ├── InvalidInput           one or more fields, each with what is allowed  400
    │   ├── NotFound               no such record in this account                 404
    │   └── KeyReused              an idempotency key sent with other contents    409
    ├── RuleRefused            the call is well formed, a rule says no (HTTP 403, 409, 503)
    │   ├── PermissionMissing      the actor may not do this                      403
    │   ├── PersonNeeded           only a person may do this, not the system      403
    │   ├── WrongStatus            not while the record is in that status         409
    │   ├── WrongTerms             not under the order's payment terms            409
    │   ├── PaymentUnderWay        an earlier attempt has no final answer yet     409
    │   ├── ExceedsOutstanding     more than is left to be asked for              409
    │   ├── AmountNotOffered       not an amount the payment terms allow          409
    │   ├── NothingToRefund        all that was paid went back, or is on its way  409
    │   ├── ExceedsRefundable      more than is left to refund                    409
    │   ├── MethodUnusable         the stored payment method can't be charged     409
    │   ├── NothingPaid            not before something of the order is paid      409
    │   ├── SaleConfirmed          a person has confirmed who made the sale       409
    │   ├── PlanTaken              another manager's sales plan stands            409
    │   └── WrongInstallation      a copy of the database sends nothing           503
    ├── OutsideFailed          storage or a payment system failed      (HTTP 503)
    │   ├── Conflict               somebody else changed the record first
    │   ├── StorageFailed          the database failed, or can't be reached
    │   ├── NotSent                the request certainly never reached the gateway
    │   ├── OutcomeUnknown         the gateway may or may not have acted
    │   ├── WebhookRejected        a message that the gateway did not sign        400
    │   └── RateMissing            the host's rate source has none for a day
    └── BrokenInvariant        a bug in this library or in an adapter  (HTTP 500)

Errors compare by value, can be pickled, and keep their facts as fields; the message is made
from the fields. Nothing has been changed when one is raised (rule B1).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import attrs
from attrs import frozen

if TYPE_CHECKING:
    from ordersales.values.money import Money

_LONGEST_SHOWN: Final = 80


class OrdersalesError(Exception):
    """The root of every error raised by this library."""

    #: A short name that stays the same between versions, for HTTP bodies and logs.
    code: ClassVar[str] = "ordersales_error"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by fields, since a frozen exception keeps nothing in ``args``."""
        kind = type(self)
        names = [item.name for item in attrs.fields(kind)] if attrs.has(kind) else []
        return _rebuild, (kind, {name: getattr(self, name) for name in names})


def _rebuild(kind: type[OrdersalesError], fields: dict[str, object]) -> OrdersalesError:
    return kind(**fields)


class CallerError(OrdersalesError):
    """The call is wrong and will stay wrong until the caller mends it."""


class RuleRefused(OrdersalesError):
    """The call is well formed; a rule of the shop refuses it as things stand."""


class OutsideFailed(OrdersalesError):
    """Storage or a payment system failed; the same call may work later."""


@frozen
class Problem:
    """What is wrong with one field of the input."""

    #: The field's name, with dots for what lies inside another: ``offer.unit_price``.
    field: str
    #: What was given, as it can be shown: its ``repr``, shortened.
    given: str
    #: What would have been accepted, in words.
    allowed: str

    @classmethod
    def of(cls, field: str, given: object, allowed: str) -> Self:
        """Describe `given`; anything over 80 characters is cut so that logs stay readable."""
        try:
            shown = repr(given)
        except Exception:  # noqa: BLE001 - whatever a host's object raises; an int of 5,000 digits does
            shown = f"<{type(given).__name__}>"
        if len(shown) > _LONGEST_SHOWN:
            shown = f"{shown[: _LONGEST_SHOWN - 3]}..."
        return cls(field, shown, allowed)

    def __str__(self) -> str:
        """Return the field, what was given and what is allowed, in one line."""
        return f"{self.field}: {self.given} was given; allowed is {self.allowed}"


@frozen(auto_exc=False)
class InvalidInput(CallerError):
    """Input refused at the edge, with every problem found (rule B1)."""

    code: ClassVar[str] = "invalid_input"

    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, field: str, given: object, allowed: str) -> Self:
        """Return the error for one field."""
        return cls((Problem.of(field, given, allowed),))

    @classmethod
    def unless_empty(cls, problems: Sequence[Problem]) -> None:
        """Raise one error with all `problems`, or return if there are none."""
        if problems:
            raise cls(tuple(problems))

    def __str__(self) -> str:
        """Return every problem, a line each."""
        return "\n".join(map(str, self.problems))


@frozen(auto_exc=False)
class NotFound(CallerError):
    """No such record in this account; another account's records look the same (rule A4)."""

    code: ClassVar[str] = "not_found"

    #: What was looked for: ``order``, ``invoice``, ``payment system``.
    kind: str
    #: What it was looked for by.
    given: object

    def __str__(self) -> str:
        """Return what was looked for, and by what."""
        return f"there is no {self.kind} {self.given!r} in this account"


@frozen(auto_exc=False)
class KeyReused(CallerError):
    """An idempotency key came a second time with other contents (rule C5)."""

    code: ClassVar[str] = "key_reused"

    key: str
    #: The names of the arguments that differ from the first time.
    differs: tuple[str, ...]

    def __str__(self) -> str:
        """Return the key and what differs."""
        names = ", ".join(self.differs)
        return f"the key {self.key!r} was already used with other contents ({names}); use a new key"


@frozen(auto_exc=False)
class PermissionMissing(RuleRefused):
    """The actor lacks a permission that the operation asks for (rule A2)."""

    code: ClassVar[str] = "permission_missing"

    operation: str
    #: The value of the missing `Permission`.
    permission: str

    def __str__(self) -> str:
        """Return the operation and the missing permission."""
        return f"{self.operation} needs the permission {self.permission!r}"


@frozen(auto_exc=False)
class PersonNeeded(RuleRefused):
    """The operation is a person's word, and the system asked for it (rule S2)."""

    code: ClassVar[str] = "person_needed"

    operation: str

    def __str__(self) -> str:
        """Return the operation and who may start it."""
        return f"{self.operation} is for a person; the system itself can't do it"


@frozen(auto_exc=False)
class WrongStatus(RuleRefused):
    """The operation is not possible while the record is in its present status (rules O5, I2)."""

    code: ClassVar[str] = "wrong_status"

    operation: str
    #: ``order 17`` or ``invoice 23``.
    record: str
    status: str
    #: The statuses in which it is possible.
    allowed: tuple[str, ...]

    def __str__(self) -> str:
        """Return the operation, the status, and the statuses that would do."""
        return (
            f"{self.operation} is not possible: {self.record} is {self.status}, "
            f"and it has to be {' or '.join(self.allowed)}"
        )


@frozen(auto_exc=False)
class WrongTerms(RuleRefused):
    """The order's payment terms, or the payment system's kind, don't know this operation."""

    code: ClassVar[str] = "wrong_terms"

    operation: str
    record: str
    #: What it applies to, in words.
    allowed: str

    def __str__(self) -> str:
        """Return the operation and what it applies to."""
        return f"{self.operation} is not possible for {self.record}: it applies to {self.allowed}"


@frozen(auto_exc=False)
class PaymentUnderWay(RuleRefused):
    """An attempt has no final answer yet, so this has to wait for it (rules O5, I3)."""

    code: ClassVar[str] = "payment_under_way"

    operation: str
    order: int
    #: The number of the invoice whose answer is awaited.
    invoice: int

    def __str__(self) -> str:
        """Return the operation and the invoice it has to wait for."""
        return (
            f"{self.operation} has to wait: invoice {self.invoice} of order {self.order} "
            "has no final answer yet"
        )


@frozen(auto_exc=False)
class ExceedsOutstanding(RuleRefused):
    """What is paid, pending and asked for together would exceed the price (rule I6)."""

    code: ClassVar[str] = "exceeds_outstanding"

    order: int
    asked: Money
    #: What may still be asked for: outstanding less pending.
    available: Money

    def __str__(self) -> str:
        """Return what was asked for and what may be."""
        return (
            f"order {self.order}: {self.asked} was asked for and at most {self.available} may be, "
            "counting what is paid and what is pending"
        )


@frozen(auto_exc=False)
class AmountNotOffered(RuleRefused):
    """The amount is not one that the order's payment terms allow (rule P1)."""

    code: ClassVar[str] = "amount_not_offered"

    order: int
    asked: Money
    #: What the terms allow now, in words with amounts.
    allowed: str

    def __str__(self) -> str:
        """Return what was asked for and what the terms allow."""
        return f"order {self.order}: {self.asked} was asked for; the terms allow {self.allowed}"


@frozen(auto_exc=False)
class NothingToRefund(RuleRefused):
    """Nothing is left to refund: it went back, is on its way back, or never came (rule F1)."""

    code: ClassVar[str] = "nothing_to_refund"

    #: ``order 17`` or ``invoice 23``.
    record: str

    def __str__(self) -> str:
        """Return the record, and why nothing is left of it."""
        return (
            f"nothing is left to refund of {self.record}: whatever was paid went back or is on "
            "its way back"
        )


@frozen(auto_exc=False)
class ExceedsRefundable(RuleRefused):
    """More was asked to be refunded than is left: captured less returned less reserved (F1)."""

    code: ClassVar[str] = "exceeds_refundable"

    #: ``order 17`` or ``invoice 23``.
    record: str
    asked: Money
    #: What is left to refund.
    available: Money

    def __str__(self) -> str:
        """Return what was asked for and what may be."""
        return (
            f"{self.record}: a refund of {self.asked} was asked for and at most {self.available} "
            "may be, counting what went back and what is on its way back"
        )


@frozen(auto_exc=False)
class MethodUnusable(RuleRefused):
    """The stored payment method of a recurring order can't be charged again (rule R6)."""

    code: ClassVar[str] = "method_unusable"

    recurring_order: int
    #: ``no_method``, ``method_not_replaced`` or ``charged_too_often``.
    why: str
    #: The same in words.
    detail: str

    def __str__(self) -> str:
        """Return which recurring order it is, why, and what to do."""
        return (
            f"recurring order {self.recurring_order} can't be charged now: {self.detail} "
            "Replace its payment method"
        )


@frozen(auto_exc=False)
class NothingPaid(RuleRefused):
    """The operation is for paid orders, and nothing of this one is paid (rule S3)."""

    code: ClassVar[str] = "nothing_paid"

    operation: str
    order: int

    def __str__(self) -> str:
        """Return the operation and the order."""
        return f"{self.operation} is not possible: nothing of order {self.order} is paid"


@frozen(auto_exc=False)
class SaleConfirmed(RuleRefused):
    """A person has confirmed who made the sale; only confirming again corrects it (rule S5)."""

    code: ClassVar[str] = "sale_confirmed"

    operation: str
    order: int
    #: Who confirmed it.
    by: str | None

    def __str__(self) -> str:
        """Return the operation, who had confirmed, and what to do instead."""
        return (
            f"{self.operation} is not possible: {self.by} has confirmed who made the sale of "
            f"order {self.order}; to correct it, check and confirm it again"
        )


@frozen(auto_exc=False)
class PlanTaken(RuleRefused):
    """Another manager's sales plan names the customer and the offer (rule S1)."""

    code: ClassVar[str] = "plan_taken"

    customer: str
    offer: str
    #: The user whose plan stands, and their name.
    manager: str
    name: str

    def __str__(self) -> str:
        """Return whose plan it is, and what to do about a wrong one."""
        return (
            f"the sales plan of {self.name} ({self.manager}) names customer {self.customer} and "
            f"offer {self.offer}; if it is wrong, withdraw it first"
        )


@frozen(auto_exc=False)
class WrongInstallation(RuleRefused):
    """The store is not the one this host charges from, so nothing is sent (rule C6)."""

    code: ClassVar[str] = "wrong_installation"

    operation: str
    #: The mark that the store carries, and the one that the host's configuration gives.
    carried: str | None
    configured: str | None

    def __str__(self) -> str:
        """Return the operation, both marks, and what they mean."""
        carried = "no installation mark"
        if self.carried is not None:
            carried = f"the installation mark {self.carried!r}"
        configured = "without one" if self.configured is None else f"as {self.configured!r}"
        return (
            f"{self.operation} is not possible: the store carries {carried}, and this host is "
            f"configured {configured}; a copy of the database sends nothing to a payment system"
        )


@frozen(auto_exc=False)
class Conflict(OutsideFailed):
    """A record was changed by somebody else since it was read; nothing was written."""

    code: ClassVar[str] = "conflict"

    #: ``order 17``, or the unique value that is already taken.
    record: str

    def __str__(self) -> str:
        """Return which record it was."""
        return f"{self.record} was changed by somebody else; read it again and retry"


@frozen(auto_exc=False)
class StorageFailed(OutsideFailed):
    """The database failed or can't be reached; nothing is half-written, and it may be tried again.

    Where it failed while *committing*, it may be that everything was written nevertheless: look,
    or send the same key again (rule C5).
    """

    code: ClassVar[str] = "storage_failed"

    #: What it was asked for, in words: ``writing ordersales_orders``, ``committing``.
    asked: str
    #: The database's own words.
    reason: str

    def __str__(self) -> str:
        """Return what was asked for, and the database's words."""
        return f"the database failed at {self.asked}: {self.reason}"


@frozen(auto_exc=False)
class NotSent(OutsideFailed):
    """Raised by a gateway when the request certainly was not executed.

    For example: connection refused, not authenticated, too many requests.
    """

    code: ClassVar[str] = "not_sent"

    reason: str

    def __str__(self) -> str:
        """Return the reason."""
        return f"the payment system was not reached: {self.reason}"


@frozen(auto_exc=False)
class OutcomeUnknown(OutsideFailed):
    """Raised by a gateway when it can't tell whether the request was executed.

    For example: a timeout, a reset connection, a 5xx answer, an unreadable one.
    """

    code: ClassVar[str] = "outcome_unknown"

    reason: str

    def __str__(self) -> str:
        """Return the reason."""
        return f"the payment system gave no certain answer: {self.reason}"


@frozen(auto_exc=False)
class WebhookRejected(OutsideFailed):
    """Raised by a gateway for a message that it can't verify as its own; answer it with 400."""

    code: ClassVar[str] = "webhook_rejected"

    reason: str

    def __str__(self) -> str:
        """Return the reason."""
        return f"the message was not accepted: {self.reason}"


@frozen(auto_exc=False)
class RateMissing(OutsideFailed):
    """The host's rate source has no rate for a day on which money moved (rule T2)."""

    code: ClassVar[str] = "rate_missing"

    #: From which currency to which, by their codes.
    source: str
    target: str
    day: date

    def __str__(self) -> str:
        """Return which rate it is."""
        return f"there is no rate of {self.source} in {self.target} for {self.day}"


@frozen(auto_exc=False)
class BrokenInvariant(OrdersalesError):
    """Something that the rules exclude has happened: a bug, in this library or in an adapter."""

    code: ClassVar[str] = "broken_invariant"

    #: The rule that does not hold, by its name: ``O5``.
    rule: str
    detail: str

    def __str__(self) -> str:
        """Return the rule and what was found."""
        return f"rule {self.rule} does not hold: {self.detail}"
