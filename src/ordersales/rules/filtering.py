"""Whether an order belongs in a filtered list (rule L3)."""

from __future__ import annotations

from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.offer import InFull
from ordersales.models.order import Order


def payment_type(order: Order) -> PaymentType:
    """Return how `order` may be paid."""
    whole = isinstance(order.offer.payment, InFull)
    return PaymentType.FULL if whole else PaymentType.PARTIAL


def matches(order: Order, wanted: OrderFilter) -> bool:
    """Tell whether `order` passes every field of `wanted` that is filled in."""
    return (
        (not wanted.statuses or order.status in wanted.statuses)
        and wanted.customer in (None, order.customer.id)
        and wanted.payment_type in (None, payment_type(order))
        and wanted.needs_attention in (None, order.needs_attention)
        and (wanted.placed_from is None or order.placed_at >= wanted.placed_from)
        and (wanted.placed_before is None or order.placed_at < wanted.placed_before)
    )
