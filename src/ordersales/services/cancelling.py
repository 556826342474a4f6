"""Call back what a gateway was asked for and has not finally answered (rule P3)."""

from __future__ import annotations

from ordersales.errors import BrokenInvariant
from ordersales.models.charge import Answer
from ordersales.models.invoice import Attempt, Invoice
from ordersales.models.order import Order
from ordersales.services.desk import Desk, gateway_of
from ordersales.services.engine import ask, ask_outside
from ordersales.services.settling import settle


async def cancel_in_flight(desk: Desk, order: Order) -> Order:
    """Cancel what is in flight on `order` where the gateway can, and return the order after it.

    What can't be canceled stays pending; money that still arrives is recorded and flagged (O6).
    """
    for invoice in order.invoices:
        if invoice.in_flight and invoice.attempt is not None:
            answer = await _canceled(desk, order, invoice, invoice.attempt)
            if answer is not None:
                payment = await settle(desk, order.account, order.number, invoice.number, answer)
                order = payment.order
    return order


async def _canceled(desk: Desk, order: Order, invoice: Invoice, attempt: Attempt) -> Answer | None:
    system = await ask(desk.payment_systems.find, order.account, invoice.system)
    gateway = None if system is None else gateway_of(system)
    if gateway is None or not gateway.capabilities.cancel:
        return None
    try:
        return await ask_outside(gateway.cancel, attempt.reference)
    except BrokenInvariant:
        raise
    except Exception:
        return None  # no word: it stays pending, and is looked after like any other
