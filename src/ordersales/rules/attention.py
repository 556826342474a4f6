"""Looking after what needs a person (rule O6)."""

from __future__ import annotations

from datetime import datetime

from ordersales.errors import RuleRefused, WrongStatus
from ordersales.models.event import EventKind
from ordersales.models.order import Order
from ordersales.rules import order_lifecycle
from ordersales.rules.change import Change, told
from ordersales.values.identifiers import UserId


def refusal(order: Order) -> RuleRefused | None:
    """Return why there is nothing to clear on `order`, or None if there is."""
    if order.needs_attention:
        return None
    operation, record = "clear what needs attention", f"order {order.number}"
    return WrongStatus(operation, record, "not flagged", ("flagged",))


def clear(order: Order, at: datetime, *, by: UserId | None, reason: str) -> Change:
    """Return `order` without its flags, after a person dealt with them; what they were is told.

    Nothing else changes: money and status stay as they are recorded.

    Raises:
        WrongStatus: The order is not flagged.
    """
    refused = refusal(order)
    if refused is not None:
        raise refused
    after = order_lifecycle.changed(
        order, None, invoices=order.invoices, decision=order.decision, attention=()
    )
    flags = "; ".join(f"{flag.reason}: {flag.detail}" for flag in order.attention)
    note = f"{reason} ({flags})"
    return told(order, after, EventKind.ATTENTION_CLEARED, at, by=by, note=note)
