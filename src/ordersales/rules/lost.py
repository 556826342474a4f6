"""What may have been sent in the time that a restored backup has lost (rule C6).

A reference says of which order an attempt is, and which one of them. So an attempt of an order that
was there in the lost time may have been made already, under the same reference, without being known
of here. It is treated as one whose answer got lost: its payment system is asked before it is sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeVar

import attrs

from ordersales.models.installation import Gap
from ordersales.models.invoice import Attempt, Invoice
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.refund import Refund
from ordersales.models.stage import Stage

A = TypeVar("A", bound=Attempt | Refund)

#: What history tells of such a one.
NOTE: Final = "it may have been sent in the time that was lost"


def of(gap: Gap | None, order: Order, recurring: RecurringOrder | None = None) -> Gap | None:
    """Return the time in which the next attempt of `order` may have been made, or None if in none.

    An order of a recurring one counts as old as the date that it is for: what a worker places
    after the gap, for a date in it, it may have placed in the gap as well. Of an order that a person
    has looked for since, everything is known.
    """
    if gap is None or (order.searched_at is not None and order.searched_at > gap.until):
        return None
    since = order.placed_at if recurring is None else min(order.placed_at, recurring.unpaid_since)
    return gap if since <= gap.until else None


def within(gap: Gap | None, unsent: Invoice) -> Gap | None:
    """Return the time in which what is `unsent` here may have been sent, or None if in none."""
    attempt = unsent.attempt
    return gap if attempt is not None and asked(gap, attempt) else None


def asked(gap: Gap | None, what: Attempt | Refund) -> bool:
    """Tell whether `what`, begun before the end of the gap, may have been sent without our knowing.

    Its key says nothing then: it may have been proven absent, and sent under the next one.
    """
    return gap is not None and what.first_sent_at <= gap.until


def doubted(what: A, gap: Gap, next_check: datetime | None) -> A:
    """Return `what`, which is not known to have been sent, as one that may have been in the gap."""
    return attrs.evolve(
        what,
        stage=Stage.IN_DOUBT,
        sent_at=gap.until,
        sends=max(1, what.sends),
        next_check=next_check,
        checks=0,
    )
