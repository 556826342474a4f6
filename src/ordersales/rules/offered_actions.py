"""What a row of a list offers, computed from the same rules as the checks (rules A3, P4).

The tables name what can be started on an order, a payment or a recurring order that is there,
each with the rule that refuses it; the services raise what these rules return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from attrs import frozen

from ordersales.errors import RuleRefused
from ordersales.models.actor import Actor
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.installation import Gap, Installation
from ordersales.models.order import DecisionKind, Order, Payment
from ordersales.models.recurring_order import RecurringOrder
from ordersales.rules import (
    attention,
    decisions,
    held,
    installation,
    manual_payments,
    permissions,
    recurring_charging,
    recurring_decisions,
    refunds,
    sale_confirmation,
)
from ordersales.rules.installation import UNMARKED
from ordersales.rules.permissions import Operation
from ordersales.rules.recurring_lifecycle import What
from ordersales.rules.refunds import UNKNOWN, ReturnsOf


def _one(refused: RuleRefused | None) -> Iterator[RuleRefused]:
    return iter(()) if refused is None else iter((refused,))


#: What is started on an order, and every reason why it may not be started on one now.
ON_ORDERS: Final[dict[Operation, Callable[[Order, ReturnsOf], Iterator[RuleRefused]]]] = {
    Operation.CONFIRM: lambda order, _: decisions.refusals(order, DecisionKind.CONFIRMED),
    Operation.DECLINE: lambda order, _: decisions.refusals(order, DecisionKind.DECLINED),
    Operation.CANCEL: lambda order, _: decisions.refusals(order, DecisionKind.CANCELED),
    Operation.EXPIRE: lambda order, _: decisions.refusals(order, DecisionKind.EXPIRED),
    Operation.CHECK_SALE: lambda order, _: _one(sale_confirmation.check_refusal(order)),
    Operation.ADD_USER: lambda order, _: _one(sale_confirmation.add_user_refusal(order)),
    Operation.REFUND: lambda order, returns: _one(refunds.order_refusal(order, returns)),
    Operation.CLEAR_ATTENTION: lambda order, _: _one(attention.refusal(order)),
}

#: What is started on a payment, likewise.
ON_PAYMENTS: Final[dict[Operation, Callable[[Payment, ReturnsOf], Iterator[RuleRefused]]]] = {
    Operation.CONFIRM_PAYMENT: lambda payment, _: manual_payments.refusals(
        payment.invoice, Operation.CONFIRM_PAYMENT
    ),
    Operation.REJECT_PAYMENT: lambda payment, _: manual_payments.refusals(
        payment.invoice, Operation.REJECT_PAYMENT
    ),
    Operation.SETTLE_PAYMENT: lambda payment, _: held.refusals(payment.invoice),
    Operation.REFUND: lambda payment, returns: _one(
        refunds.refusal(payment.invoice, None, returns)
    ),
    Operation.SETTLE_REFUND: lambda payment, _: held.refund_refusals(payment.invoice),
}


@frozen
class Now:
    """What decides about a recurring order besides itself."""

    #: Its open order, if any.
    current: Order | None
    at: datetime
    #: The time that the store has lost, if any (rule C6).
    gap: Gap | None


#: What is started on a recurring order, likewise.
ON_RECURRING: Final[dict[Operation, Callable[[RecurringOrder, Now], Iterator[RuleRefused]]]] = {
    Operation.PAUSE: lambda recurring, _: _one(recurring_decisions.refusal(recurring, What.PAUSED)),
    Operation.ACTIVATE: lambda recurring, _: _one(
        recurring_decisions.refusal(recurring, What.ACTIVATED)
    ),
    Operation.COMPLETE: lambda recurring, _: _one(
        recurring_decisions.refusal(recurring, What.COMPLETED)
    ),
    Operation.RETRY: lambda recurring, now: iter(
        recurring_charging.ask_again_refusals(recurring, now.current, now.at, now.gap)
    ),
    Operation.REPLACE_METHOD: lambda recurring, _: _one(
        recurring_decisions.ended_refusal(recurring, Operation.REPLACE_METHOD)
    ),
    Operation.MOVE_TERMS: lambda recurring, _: _one(
        recurring_decisions.ended_refusal(recurring, Operation.MOVE_TERMS)
    ),
}

#: What a list offers only while its filter "payment type" is Partial (rule P4).
ONLY_AMONG_PARTIAL: Final = frozenset({Operation.CONFIRM, Operation.DECLINE})


def listed(operation: Operation, wanted: OrderFilter) -> bool:
    """Tell whether the list filtered by `wanted` offers `operation` at all.

    *Confirm* and *Decline* only while the filter "payment type" is Partial (rule P4).
    """
    return operation not in ONLY_AMONG_PARTIAL or wanted.payment_type is PaymentType.PARTIAL


def refusal(
    actor: Actor,
    operation: Operation,
    order: Order,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> RuleRefused | None:
    """Return why `actor` may not start `operation` on `order` now, or None if they may."""
    refused = permissions.refusal(actor, operation)
    refused = refused or next(ON_ORDERS[operation](order, returns), None)
    return refused or installation.order_refusal(operation, order, here)


def payment_refusal(
    actor: Actor,
    operation: Operation,
    payment: Payment,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> RuleRefused | None:
    """Return why `actor` may not start `operation` on `payment` now, or None if they may."""
    refused = permissions.refusal(actor, operation)
    refused = refused or next(ON_PAYMENTS[operation](payment, returns), None)
    return refused or installation.payment_refusal(operation, payment.invoice, here)


def for_order(
    actor: Actor,
    order: Order,
    wanted: OrderFilter,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> tuple[Operation, ...]:
    """Return what the list filtered by `wanted` offers `actor` on the row of `order` (P4)."""
    return tuple(
        operation
        for operation in ON_ORDERS
        if listed(operation, wanted)
        and refusal(actor, operation, order, returns, here=here) is None
    )


def for_payment(
    actor: Actor,
    payment: Payment,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> tuple[Operation, ...]:
    """Return what the Payments list offers `actor` on the row of `payment` (rule A3)."""
    return tuple(
        operation
        for operation in ON_PAYMENTS
        if payment_refusal(actor, operation, payment, returns, here=here) is None
    )


def recurring_refusal(
    actor: Actor,
    operation: Operation,
    recurring: RecurringOrder,
    current: Order | None,
    at: datetime,
    *,
    here: Installation = UNMARKED,
) -> RuleRefused | None:
    """Return why `actor` may not start `operation` on `recurring` at `at`, or None if they may.

    `current` is its open order, if it has one.
    """
    refused = permissions.refusal(actor, operation)
    refused = refused or next(ON_RECURRING[operation](recurring, Now(current, at, here.gap)), None)
    return refused or installation.recurring_refusal(operation, here)


def for_recurring(
    actor: Actor,
    recurring: RecurringOrder,
    current: Order | None,
    at: datetime,
    *,
    here: Installation = UNMARKED,
) -> tuple[Operation, ...]:
    """Return what the list of recurring orders offers `actor` on the row of `recurring` (A3)."""
    return tuple(
        operation
        for operation in ON_RECURRING
        if recurring_refusal(actor, operation, recurring, current, at, here=here) is None
    )
