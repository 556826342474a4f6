"""What a person at the seller's sees of one customer (rule S6)."""

from __future__ import annotations

from attrs import frozen

from ordersales.models.rows import OrderRow, PaymentRow, RecurringRow
from ordersales.models.sale import SalesPlan
from ordersales.values.identifiers import CustomerId


@frozen(kw_only=True)
class CustomerCard:
    """One customer's newest orders and payments, recurring orders and sales plans (rule S6)."""

    customer: CustomerId
    #: As the newest of these orders has it, or else of the recurring ones; None where there is none.
    name: str | None
    #: Newest first, with the same actions as in the lists.
    orders: tuple[OrderRow, ...]
    #: How many there are in all; the lists, filtered by this customer, show every one.
    order_count: int
    #: Newest first; a failed one with its error code.
    payments: tuple[PaymentRow, ...]
    payment_count: int
    #: Newest first, whatever the card is filtered by, with the same actions as in their list (R9).
    recurring: tuple[RecurringRow, ...] = ()
    recurring_count: int = 0
    #: By offer number.
    plans: tuple[SalesPlan, ...]
