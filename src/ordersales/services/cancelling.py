"""Call back what a gateway was asked for and has not finally answered (rule P3)."""

from __future__ import annotations

from ordersales.errors import BrokenInvariant
from ordersales.models.charge import Answer
from ordersales.models.order import Order
from ordersales.ports.gateway import PaymentGateway
from ordersales.services.desk import Desk, gateway_named
from ordersales.services.engine import ask_outside
from ordersales.services.settling import settle
from ordersales.values.identifiers import AttemptReference


async def cancel_in_flight(desk: Desk, order: Order) -> Order:
    """Cancel what is in flight on `order` where the gateway can, and return the order after it.

    What can't be canceled stays pending; money that still arrives is recorded and flagged (O6).
    """
    for invoice in order.invoices:
        if invoice.in_flight and invoice.attempt is not None:
            gateway = await gateway_named(desk, order.account, invoice.system)
            if gateway is None:
                continue
            answer = await canceled(gateway, invoice.attempt.reference)
            if answer is not None:
                payment = await settle(desk, order.account, order.number, invoice.number, answer)
                order = payment.order
    return order


async def canceled(gateway: PaymentGateway, reference: AttemptReference) -> Answer | None:
    """Return what a charge is after it was called back; None if that can't be, or nothing is said."""
    if not gateway.capabilities.cancel:
        return None
    try:
        return await ask_outside(gateway.cancel, reference)
    except BrokenInvariant:
        raise
    except Exception:
        return None  # no word: it stays pending, and is looked after like any other
