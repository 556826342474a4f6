"""What a row of a list offers, computed from the same rules as the checks (rules A3, P4)."""

from __future__ import annotations

from typing import Final

from ordersales.models.actor import Actor
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.order import DecisionKind, Order
from ordersales.rules import decisions, permissions
from ordersales.rules.permissions import Operation

_DECISIONS: Final = {
    Operation.CONFIRM: DecisionKind.CONFIRMED,
    Operation.DECLINE: DecisionKind.DECLINED,
}


def for_order(actor: Actor, order: Order, wanted: OrderFilter) -> tuple[Operation, ...]:
    """Return what the list filtered by `wanted` offers `actor` on the row of `order`.

    *Confirm* and *Decline* only while the filter "payment type" is Partial (rule P4).
    """
    if wanted.payment_type is not PaymentType.PARTIAL:
        return ()
    return tuple(
        operation
        for operation, kind in _DECISIONS.items()
        if permissions.refusal(actor, operation) is None and decisions.refusal(order, kind) is None
    )
