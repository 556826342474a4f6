"""All transitions of an order's status, and the only place where a status is set (rule O5).

A status is derived from what is recorded: the invoices and somebody's decision. Whatever changes
an order goes through `changed`, which derives the status anew and holds the step against the
table; a step that is not in the table is a bug and raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ordersales.errors import BrokenInvariant
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import InFull
from ordersales.models.order import (
    Attention,
    AttentionReason,
    Decision,
    DecisionKind,
    Occurrence,
    Order,
    OrderStatus,
)
from ordersales.models.stage import Retry, Stage


class What(StrEnum):
    """What happens to an order."""

    PAID = "paid covers the price"
    CONFIRMED = "a manager confirms"
    ATTEMPT_FAILED = "the last allowed attempt fails"
    DECLINED = "a manager declines"
    ABANDONED = "the host cancels or expires it"
    RETURNED = "everything paid has been returned"
    REGAINED = "a chargeback is won back; it had been completed"
    REGAINED_DECLINED = "a chargeback is won back; it had been declined"


#: The transitions of rule O5, and the way back out of *Refund* that rule F2 asks for (decision 6);
#: there are no others.
TRANSITIONS: Final[dict[tuple[OrderStatus, What | None], OrderStatus]] = {
    (OrderStatus.OPEN, What.PAID): OrderStatus.COMPLETED,
    (OrderStatus.OPEN, What.CONFIRMED): OrderStatus.COMPLETED,
    (OrderStatus.OPEN, What.ATTEMPT_FAILED): OrderStatus.DECLINED,
    (OrderStatus.OPEN, What.DECLINED): OrderStatus.DECLINED,
    (OrderStatus.OPEN, What.ABANDONED): OrderStatus.DECLINED,
    (OrderStatus.DECLINED, What.PAID): OrderStatus.COMPLETED,
    (OrderStatus.COMPLETED, What.RETURNED): OrderStatus.REFUND,
    (OrderStatus.DECLINED, What.RETURNED): OrderStatus.REFUND,
    (OrderStatus.REFUND, What.REGAINED): OrderStatus.COMPLETED,
    (OrderStatus.REFUND, What.REGAINED_DECLINED): OrderStatus.DECLINED,
}

#: How an order that was in this status before everything was returned gets back there.
_WAYS_BACK: Final = {
    OrderStatus.COMPLETED: What.REGAINED,
    OrderStatus.DECLINED: What.REGAINED_DECLINED,
}

# Every invoice is held against these, and finding a member in its class takes ten times as long.
_PAID: Final = InvoiceStatus.PAID
_REFUNDED: Final = InvoiceStatus.REFUNDED

#: What a person is needed for only while it stands still there: any later word ends it.
_WHILE: Final = {AttentionReason.HELD: Stage.HELD, AttentionReason.BLOCKED: Stage.BLOCKED}


def changed(
    order: Order,
    what: What | None,
    *,
    invoices: tuple[Invoice, ...],
    decision: Decision | None,
    attention: tuple[Attention, ...],
) -> Order:
    """Return `order` with its new records, and the status that follows from them.

    `what` names what happens, where it may change the status.

    Raises:
        BrokenInvariant: The records imply a step that is not in `TRANSITIONS`.
    """
    status = derive_status(order, invoices, decision, what)
    if status is not order.status and status not in _reached(order.status, what):
        raise BrokenInvariant("O5", f"order {order.number} went {order.status} → {status} ({what})")
    # By the constructor: even our `evolve` costs a fifth more, and this is the hot path.
    return Order(
        account=order.account,
        number=order.number,
        key=order.key,
        placed_at=order.placed_at,
        customer=order.customer,
        offer=order.offer,
        quantity=order.quantity,
        price=order.price,
        status=status,
        sale=order.sale,
        invoices=invoices,
        decision=decision,
        attention=attention and _still_so(attention, invoices),
        occurrence=order.occurrence,
        searched_at=order.searched_at,
        version=order.version,
    )


def _still_so(
    attention: tuple[Attention, ...], invoices: tuple[Invoice, ...]
) -> tuple[Attention, ...]:
    """Return the flags without those for what stood still, and has moved on by itself."""
    stages = {
        (item.number, asked.stage)
        for item in invoices
        for asked in (item.attempt, *item.refunds)
        if asked is not None
    }
    return tuple(
        flag
        for flag in attention
        if flag.reason not in _WHILE or (flag.invoice, _WHILE[flag.reason]) in stages
    )


def _reached(status: OrderStatus, what: What | None) -> tuple[OrderStatus | None, ...]:
    """Return where `what` leads, and where that leads on if all had been returned before."""
    # Money that arrives may leave a status as it is, and have been told to be gone again.
    stays = status if what is What.PAID else None
    there = TRANSITIONS.get((status, what), stays)
    return (there,) if there is None else (there, TRANSITIONS.get((there, What.RETURNED)))


def derive_status(
    order: Order,
    invoices: Sequence[Invoice],
    decision: Decision | None,
    what: What | None = None,
) -> OrderStatus:
    """Return the status that `invoices` and `decision` imply for `order`.

    *Refund* is left only when money that had gone back is ours again (rule F2): money that
    arrives after it is recorded and flagged, and changes no status (rule O6).
    """
    if order.status is OrderStatus.REFUND and what not in _WAYS_BACK.values():
        return OrderStatus.REFUND
    paid, refunded, kept = 0, False, False
    for invoice in invoices:
        if invoice.status is _PAID:
            paid, kept = paid + invoice.covers.minor, True
        elif invoice.status is _REFUNDED:
            paid, refunded = paid + invoice.covers.minor, True
    status = _before_returns(order, invoices, decision, paid)
    if refunded and not kept and status is not OrderStatus.OPEN:
        return OrderStatus.REFUND
    return status


def way_back(order: Order, invoices: Sequence[Invoice]) -> What:
    """Return by which row of the table an order leaves *Refund*: to what it was before.

    An order that never became *Refund* keeps its status by either.
    """
    paid = sum(item.covers.minor for item in invoices if item.captured)
    before = _before_returns(order, invoices, order.decision, paid)
    return _WAYS_BACK.get(before, What.REGAINED)


def _before_returns(
    order: Order, invoices: Sequence[Invoice], decision: Decision | None, paid: int
) -> OrderStatus:
    if decision is not None and decision.kind is DecisionKind.DECLINED:
        return OrderStatus.DECLINED  # a person's no stands, whatever money arrives (O6)
    if paid >= order.price.minor:
        return OrderStatus.COMPLETED
    if decision is not None:
        confirmed = decision.kind is DecisionKind.CONFIRMED
        return OrderStatus.COMPLETED if confirmed else OrderStatus.DECLINED
    return OrderStatus.DECLINED if attempts_used_up(order, invoices) else OrderStatus.OPEN


def attempts_used_up(order: Order, invoices: Sequence[Invoice]) -> bool:
    """Tell whether no further attempt is allowed (rules I3, O5).

    Full terms allow one, an occurrence as many as it says, partial terms any number.
    """
    if order.occurrence is not None:
        return _occurrence_used_up(order.occurrence, invoices)
    if not isinstance(order.offer.payment, InFull):
        return False
    ended = (InvoiceStatus.FAILED, InvoiceStatus.CANCELED)
    return any(item.status in ended for item in invoices)


def _occurrence_used_up(occurrence: Occurrence, invoices: Sequence[Invoice]) -> bool:
    """Tell whether an occurrence was attempted often enough, or declined for good (rule R6).

    What a person asked for uses up nothing.
    """
    failed = [item for item in invoices if item.status is InvoiceStatus.FAILED and not item.extra]
    for_good = any(item.error is not None and item.error.retry is Retry.FINAL for item in failed)
    if for_good and not occurrence.retry_final_declines:
        return True
    return len(failed) >= occurrence.attempts_allowed
