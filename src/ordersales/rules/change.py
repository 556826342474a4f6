"""What a rule answers: a record as it becomes, and what is told of it."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from ordersales.models.event import Event, EventKind, RecurringMove
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.models.sale import SaleChange
from ordersales.values.identifiers import InvoiceNumber, UserId
from ordersales.values.money import Money


@frozen
class Change:
    """An order after something happened to it, with the events to commit beside it (rule E1)."""

    order: Order
    events: tuple[Event, ...]
    #: The order as it was; None for one that was just placed.
    before: Order | None

    def then(self, later: Change) -> Change:
        """Return both changes of one order as one."""
        return Change(later.order, (*self.events, *later.events), self.before)


@frozen
class RecurringChange:
    """A recurring order after something happened to it, likewise."""

    recurring: RecurringOrder
    events: tuple[Event, ...]


def told(
    before: Order | None,
    after: Order,
    kind: EventKind,
    at: datetime,
    *,
    by: UserId | None = None,
    invoice: InvoiceNumber | None = None,
    amount: Money | None = None,
    sale: SaleChange | None = None,
    note: str = "",
) -> Change:
    """Return the change from `before` to `after` with the one event that tells of it."""
    event = Event(
        account=after.account,
        order=after.number,
        kind=kind,
        at=at,
        by=by,
        invoice=invoice,
        before=None if before is None else before.status,
        after=after.status,
        amount=amount,
        sale=sale,
        note=note,
    )
    return Change(after, (event,), before)


def told_of_recurring(
    before: RecurringOrder | None,
    after: RecurringOrder,
    kind: EventKind,
    at: datetime,
    *,
    by: UserId | None = None,
    amount: Money | None = None,
    note: str = "",
) -> RecurringChange:
    """Return the change from `before` to `after` with the one event that tells of it."""
    status = None if before is None else before.status
    event = Event(
        account=after.account,
        recurring=RecurringMove(number=after.number, before=status, after=after.status),
        kind=kind,
        at=at,
        by=by,
        amount=amount,
        note=note,
    )
    return RecurringChange(after, (event,))
