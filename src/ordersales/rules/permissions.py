"""What a person can start, and which permission each of it asks for (rules A1, A2).

The checks, the offered actions, *explain* and the table in the docs are all read from `NEEDS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from ordersales.errors import PermissionMissing, PersonNeeded, RuleRefused
from ordersales.models.actor import Actor, Permission
from ordersales.values import checks
from ordersales.values.identifiers import UserId


class Operation(StrEnum):
    """What a person can start."""

    PLACE = "place an order"
    PAY = "pay"
    SEE = "see orders"
    CONFIRM = "confirm the order"
    DECLINE = "decline the order"
    CANCEL = "cancel the order"
    EXPIRE = "expire the order"
    CLEAR_ATTENTION = "clear what needs attention"
    CONFIRM_PAYMENT = "confirm the payment"
    REJECT_PAYMENT = "reject the payment"
    SETTLE_PAYMENT = "settle a held payment"
    HEAR = "hear a payment system"
    REFUND = "refund"
    SETTLE_REFUND = "settle a held refund"
    CHECK_SALE = "check who made the sale"
    ADD_USER = "add user"
    KEEP_PLANS = "keep sales plans"
    ERASE = "erase a customer's personal data"
    FOLLOW = "follow events"
    PAUSE = "pause the recurring order"
    ACTIVATE = "activate the recurring order"
    COMPLETE = "complete the recurring order"
    RETRY = "retry the payment now"
    REPLACE_METHOD = "replace the payment method"
    MOVE_TERMS = "move the recurring order to new terms"
    IMPORT = "import recurring orders"
    FORECAST = "forecast recurring orders"
    REPORT = "see reports"
    EXPORT = "export"
    ADOPT = "adopt the installation"


#: What each operation asks for. Placing and paying are the buyer's, whom the host lets in, and
#: messages are the payment system's, which signs them; they ask for nothing here.
NEEDS: Final[dict[Operation, Permission | None]] = {
    Operation.PLACE: None,
    Operation.PAY: None,
    Operation.SEE: Permission.SEE_ORDERS,
    Operation.CONFIRM: Permission.DECIDE_ORDERS,
    Operation.DECLINE: Permission.DECIDE_ORDERS,
    Operation.CANCEL: Permission.DECIDE_ORDERS,
    Operation.EXPIRE: Permission.DECIDE_ORDERS,
    Operation.CLEAR_ATTENTION: Permission.DECIDE_ORDERS,
    Operation.CONFIRM_PAYMENT: Permission.MANAGE_MANUAL_PAYMENTS,
    Operation.REJECT_PAYMENT: Permission.MANAGE_MANUAL_PAYMENTS,
    Operation.SETTLE_PAYMENT: Permission.MANAGE_MANUAL_PAYMENTS,
    Operation.HEAR: None,
    Operation.REFUND: Permission.MANAGE_REFUNDS,
    Operation.SETTLE_REFUND: Permission.MANAGE_REFUNDS,
    Operation.CHECK_SALE: Permission.MANAGE_SALES,
    Operation.ADD_USER: Permission.MANAGE_SALES,
    Operation.KEEP_PLANS: Permission.KEEP_SALES_PLANS,
    Operation.ERASE: Permission.ERASE_CUSTOMERS,
    Operation.FOLLOW: Permission.FOLLOW_EVENTS,
    Operation.PAUSE: Permission.MANAGE_RECURRING,
    Operation.ACTIVATE: Permission.MANAGE_RECURRING,
    Operation.COMPLETE: Permission.MANAGE_RECURRING,
    Operation.RETRY: Permission.MANAGE_RECURRING,
    Operation.REPLACE_METHOD: Permission.MANAGE_RECURRING,
    Operation.MOVE_TERMS: Permission.MANAGE_RECURRING,
    Operation.IMPORT: Permission.MANAGE_RECURRING,
    Operation.FORECAST: Permission.SEE_REPORTS,
    Operation.REPORT: Permission.SEE_REPORTS,
    Operation.EXPORT: Permission.SEE_REPORTS,
    Operation.ADOPT: Permission.ADOPT_INSTALLATION,
}

#: What is a person's word, so that the system itself may not start it (rules S2, C2).
ONLY_PEOPLE: Final = frozenset(
    {Operation.CHECK_SALE, Operation.SETTLE_PAYMENT, Operation.SETTLE_REFUND}
)


def refusals(actor: Actor, operation: Operation) -> Iterator[RuleRefused]:
    """Yield every reason why `actor` may never start `operation`, whatever the record."""
    needed = NEEDS[operation]
    if needed is not None and not actor.may(needed):
        yield PermissionMissing(operation.value, needed.value)
    if operation in ONLY_PEOPLE and actor.user is None:
        yield PersonNeeded(operation.value)


def refusal(actor: Actor, operation: Operation) -> RuleRefused | None:
    """Return the first of these reasons, or None if there is none."""
    return next(refusals(actor, operation), None)


def check(actor: Actor, operation: Operation) -> None:
    """Refuse `operation` to an actor who may not start it, before anything is read (rule A2).

    Raises:
        InvalidInput: `actor` is none.
        PermissionMissing: It names the permission.
        PersonNeeded: The system asked for what is a person's word.
    """
    checks.refuse(checks.instance(actor, "actor", Actor))
    refused = refusal(actor, operation)
    if refused is not None:
        raise refused


def person(actor: Actor, operation: Operation) -> UserId:
    """Return the person who starts `operation`, checked as by `check`.

    Raises:
        PermissionMissing: It names the permission.
        PersonNeeded: It is the system that asks.
    """
    check(actor, operation)
    if actor.user is None:
        raise PersonNeeded(operation.value)
    return actor.user
