"""What the rows of the lists show (rules L2, I1)."""

from __future__ import annotations

from decimal import Decimal

from ordersales.models.actor import Actor
from ordersales.models.filters import OrderFilter
from ordersales.models.installation import Installation
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order, Payment
from ordersales.models.rows import OrderRow, PaymentRow
from ordersales.rules import offered_actions
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
        actions=offered_actions.for_order(actor, order, wanted, returns, here=here),
    )


def payment_row(
    actor: Actor,
    payment: Payment,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> PaymentRow:
    """Return the row of one invoice, as `actor` sees it (rule I1)."""
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
        actions=offered_actions.for_payment(actor, payment, returns, here=here),
    )


def percent(order: Order, invoice: Invoice) -> Decimal:
    """Return which part of the price `invoice` covers, in percent as it is shown (rule I4).

    What was paid is rounded side by side, so that the rows of a fully paid order add up to
    100.00; what was not paid stands by itself.
    """
    beside = [item for item in order.invoices if item.captured] if invoice.captured else [invoice]
    shown = shown_shares([order.share(item) for item in beside])
    return shown[beside.index(invoice)]
