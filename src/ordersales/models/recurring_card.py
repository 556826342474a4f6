"""What a person sees of one recurring order (rule R9)."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from ordersales.models.recurring_terms import RecurringTerms
from ordersales.models.rows import OccurrenceRow, RecurringRow
from ordersales.values.identifiers import InvoiceNumber


@frozen(kw_only=True)
class RecurringCard:
    """A recurring order with its terms and its orders, read at one moment (rule R9)."""

    #: As in the list: payments made and remaining, the next payment, what is offered.
    recurring: RecurringRow
    terms: RecurringTerms
    #: Which date of its schedule is being paid or comes next, whether it stands still or not.
    due_at: datetime
    #: Whether a payment method is stored; without one nothing can be charged.
    has_method: bool
    #: The payment that is under way; None where there is none.
    under_way: InvoiceNumber | None
    #: The initial one on top, the rest below in order. One that was imported has only those since.
    orders: tuple[OccurrenceRow, ...]
