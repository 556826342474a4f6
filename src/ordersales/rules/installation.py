"""A copy of the database sends nothing to a payment system (rule C6).

What a person starts on a row is refused, and not offered, only where it would send something:
reading, what payment systems tell by themselves, and work by hand go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ordersales.errors import WrongInstallation
from ordersales.models.installation import Installation
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.rules.permissions import Operation

#: A host that has given its store no mark, and is configured for none.
UNMARKED: Final = Installation()


def _has_sent(order: Order) -> bool:
    return any(invoice.in_flight for invoice in order.invoices)


def _came_by_gateway(order: Order) -> bool:
    return any(item.attempt is not None and item.refundable.is_positive for item in order.invoices)


#: What is started on an order, where that would ask a payment system for something.
ON_ORDERS: Final[dict[Operation, Callable[[Order], bool]]] = {
    # What is in flight is called back.
    Operation.DECLINE: _has_sent,
    Operation.REFUND: _came_by_gateway,
}

#: What is started on a payment, likewise.
ON_PAYMENTS: Final[dict[Operation, Callable[[Invoice], bool]]] = {
    Operation.REFUND: lambda invoice: invoice.attempt is not None,
}


#: What is started on a recurring order, likewise.
ON_RECURRING: Final = frozenset({Operation.RETRY})


def refusal(installation: Installation, operation: str) -> WrongInstallation | None:
    """Return why `operation`, which would send something, may not be done here, or None.

    >>> print(refusal(Installation("shop-production", "shop-staging"), "pay"))
    pay is not possible: the store carries the installation mark 'shop-production', and this host \
is configured as 'shop-staging'; a copy of the database sends nothing to a payment system
    """
    if installation.matches:
        return None
    return WrongInstallation(operation, installation.carried, installation.configured)


def order_refusal(
    operation: Operation, order: Order, installation: Installation
) -> WrongInstallation | None:
    """Return why `operation` would send something for `order` that may not be sent, or None."""
    sends = ON_ORDERS.get(operation)
    return refusal(installation, operation) if sends is not None and sends(order) else None


def payment_refusal(
    operation: Operation, invoice: Invoice, installation: Installation
) -> WrongInstallation | None:
    """Return why `operation` would send something for `invoice` that may not be sent, or None."""
    sends = ON_PAYMENTS.get(operation)
    return refusal(installation, operation) if sends is not None and sends(invoice) else None


def recurring_refusal(operation: Operation, installation: Installation) -> WrongInstallation | None:
    """Return why `operation` would charge a recurring order that may not be charged, or None."""
    return refusal(installation, operation) if operation in ON_RECURRING else None
