"""What the rows of the lists show, and the card of a recurring order (rules L2, I1, R9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from ordersales.models.actor import Actor
from ordersales.models.filters import EVERYTHING, OrderFilter
from ordersales.models.installation import Installation
from ordersales.models.invoice import Invoice
from ordersales.models.order import Occurrence, Order, Payment
from ordersales.models.recurring_card import RecurringCard
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.rows import OccurrenceRow, OrderRow, PaymentRow, RecurringRow
from ordersales.rules import offered_actions, recurring_lifecycle
from ordersales.rules.installation import UNMARKED
from ordersales.rules.refunds import UNKNOWN, ReturnsOf
from ordersales.values.share import shown_shares


def order_row(
    actor: Actor,
    order: Order,
    wanted: OrderFilter,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> OrderRow:
    """Return the row of `order` in the list filtered by `wanted`, as `actor` sees it (rule L2)."""
    return order_line(order, offered_actions.for_order(actor, order, wanted, returns, here=here))


def order_line(order: Order, actions: tuple[str, ...] = ()) -> OrderRow:
    """Return the row of `order`, which offers `actions`: in a file there are none to start."""
    offer = order.offer
    return OrderRow(
        number=order.number,
        placed_at=order.placed_at,
        customer=order.customer,
        status=order.status,
        offer_number=offer.number,
        offer_name=offer.name,
        category=offer.category,
        price=order.price,
        unit_price=order.unit_price,
        quantity=order.quantity,
        outstanding=order.outstanding,
        sale=order.sale,
        needs_attention=order.needs_attention,
        actions=actions,
    )


def payment_row(
    actor: Actor,
    payment: Payment,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> PaymentRow:
    """Return the row of one invoice, as `actor` sees it (rule I1)."""
    return payment_line(payment, offered_actions.for_payment(actor, payment, returns, here=here))


def payment_line(payment: Payment, actions: tuple[str, ...] = ()) -> PaymentRow:
    """Return the row of one invoice, which offers `actions`: in a file there are none to start."""
    order, invoice = payment.order, payment.invoice
    return PaymentRow(
        number=invoice.number,
        order=order.number,
        attempted_at=invoice.attempted_at,
        customer=order.customer,
        offer_number=order.offer.number,
        offer_name=order.offer.name,
        status=invoice.status,
        amount=invoice.amount,
        covers=invoice.covers,
        percent=percent(order, invoice),
        credited=invoice.credited,
        returned=invoice.returned,
        one_click=invoice.one_click,
        system=invoice.system,
        comment=invoice.comment,
        gateway_id=invoice.gateway_id,
        error=invoice.error,
        actions=actions,
    )


def percent(order: Order, invoice: Invoice) -> Decimal:
    """Return which part of the price `invoice` covers, in percent as it is shown (rule I4).

    What was paid is rounded side by side, so that the rows of a fully paid order add up to
    100.00; what was not paid stands by itself.
    """
    beside = [item for item in order.invoices if item.captured] if invoice.captured else [invoice]
    shown = shown_shares([order.share(item) for item in beside])
    return shown[beside.index(invoice)]


def recurring_row(
    actor: Actor,
    recurring: RecurringOrder,
    current: Order | None,
    at: datetime,
    *,
    here: Installation = UNMARKED,
) -> RecurringRow:
    """Return the row of a recurring order, as `actor` sees it; `current` is its open order."""
    actions = offered_actions.for_recurring(actor, recurring, current, at, here=here)
    return recurring_line(recurring, current, actions)


def recurring_line(
    recurring: RecurringOrder, current: Order | None, actions: tuple[str, ...] = ()
) -> RecurringRow:
    """Return its row, which offers `actions`: in a file there are none to start."""
    offer = recurring.offer
    return RecurringRow(
        number=recurring.number,
        started_at=recurring.started_at,
        customer=recurring.customer,
        status=recurring_lifecycle.shown(recurring, current),
        offer_number=offer.number,
        offer_name=offer.name,
        category=offer.category,
        price=recurring.price,
        unit_price=offer.unit_price,
        quantity=recurring.quantity,
        cadence=recurring.terms.cadence,
        payments_made=recurring.payments_made,
        payments_remaining=recurring.payments_remaining,
        next_payment_at=recurring.next_action,
        system=recurring.system,
        manager=recurring.manager,
        actions=actions,
    )


def recurring_card(
    actor: Actor,
    recurring: RecurringOrder,
    orders: Sequence[Order],
    at: datetime,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> RecurringCard:
    """Return the card of a recurring order, given its orders by their index (rule R9)."""
    current = next((order for order in orders if order.number == recurring.current), None)
    open_ones = () if current is None else current.invoices
    return RecurringCard(
        recurring=recurring_row(actor, recurring, current, at, here=here),
        terms=recurring.terms,
        due_at=recurring.due_at,
        has_method=recurring.method is not None,
        under_way=next((item.number for item in open_ones if item.under_way), None),
        orders=tuple(occurrence_row(actor, order, returns, here=here) for order in orders),
    )


def occurrence_row(
    actor: Actor, order: Order, returns: ReturnsOf = UNKNOWN, *, here: Installation = UNMARKED
) -> OccurrenceRow:
    """Return the row of one order of a recurring order, as `actor` sees it."""
    which = cast("Occurrence", order.occurrence)  # or it would not have been found
    asked = order.newest_payments or order.invoices[::-1]
    return OccurrenceRow(
        number=order.number,
        index=which.index,
        placed_at=order.placed_at,
        due_at=which.due_at,
        status=order.status,
        price=order.price,
        system=asked[0].system if asked else None,
        needs_attention=order.needs_attention,
        actions=offered_actions.for_order(actor, order, EVERYTHING, returns, here=here),
    )
