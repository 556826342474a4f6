"""Which operation asks for which permission (rules A1, A2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ordersales.errors import PermissionMissing
from ordersales.models.actor import Actor, Permission
from ordersales.values import checks


class Operation(StrEnum):
    """What a person can start."""

    PLACE = "place an order"
    PAY = "pay"
    SEE = "see orders"
    CONFIRM = "confirm the order"
    DECLINE = "decline the order"
    CANCEL = "cancel the order"
    EXPIRE = "expire the order"
    CONFIRM_PAYMENT = "confirm the payment"
    REJECT_PAYMENT = "reject the payment"
    HEAR = "hear a payment system"


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
    Operation.CONFIRM_PAYMENT: Permission.MANAGE_MANUAL_PAYMENTS,
    Operation.REJECT_PAYMENT: Permission.MANAGE_MANUAL_PAYMENTS,
    Operation.HEAR: None,
}


def refusal(actor: Actor, operation: Operation) -> PermissionMissing | None:
    """Return the error for what `actor` lacks for `operation`, or None."""
    needed = NEEDS[operation]
    if needed is None or actor.may(needed):
        return None
    return PermissionMissing(operation.value, needed.value)


def check(actor: Actor, operation: Operation) -> None:
    """Refuse `operation` to an actor without its permission, before anything is read (rule A2).

    Raises:
        InvalidInput: `actor` is none.
        PermissionMissing: It names the permission.
    """
    checks.refuse(checks.instance(actor, "actor", Actor))
    refused = refusal(actor, operation)
    if refused is not None:
        raise refused
