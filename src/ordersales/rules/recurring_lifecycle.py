"""All transitions of a recurring order's status, and the only place where one is set (rule R3)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve

from ordersales.errors import BrokenInvariant
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.rules import schedule


class What(StrEnum):
    """What happens to a recurring order."""

    PAUSED = "a person pauses it"
    ACTIVATED = "a person activates it"
    COMPLETED = "a person completes it early"
    LAST_PAID = "the last payment succeeds"
    GIVEN_UP = "the last allowed attempt fails"


#: The transitions of rules R4, R6, R7 and R10; there are no others. *Completed* is final.
TRANSITIONS: Final = {
    (RecurringStatus.ACTIVE, What.PAUSED): RecurringStatus.PAUSED,
    (RecurringStatus.PAUSED, What.ACTIVATED): RecurringStatus.ACTIVE,
    (RecurringStatus.FAILED, What.ACTIVATED): RecurringStatus.ACTIVE,
    (RecurringStatus.ACTIVE, What.COMPLETED): RecurringStatus.COMPLETED,
    (RecurringStatus.PAUSED, What.COMPLETED): RecurringStatus.COMPLETED,
    (RecurringStatus.ACTIVE, What.LAST_PAID): RecurringStatus.COMPLETED,
    (RecurringStatus.PAUSED, What.LAST_PAID): RecurringStatus.COMPLETED,
    (RecurringStatus.FAILED, What.LAST_PAID): RecurringStatus.COMPLETED,
    (RecurringStatus.ACTIVE, What.GIVEN_UP): RecurringStatus.FAILED,
    (RecurringStatus.PAUSED, What.GIVEN_UP): RecurringStatus.FAILED,
}


def moved(recurring: RecurringOrder, what: What) -> RecurringOrder:
    """Return `recurring` in the status that `what` leads to.

    Raises:
        BrokenInvariant: The step is not in `TRANSITIONS`.
    """
    status = TRANSITIONS.get((recurring.status, what))
    if status is None:
        detail = f"recurring order {recurring.number} is {recurring.status} and {what}"
        raise BrokenInvariant("R3", detail)
    return evolve(recurring, status=status)


def allowed_from(what: What) -> tuple[RecurringStatus, ...]:
    """Return the statuses that `what` leads out of."""
    return tuple(status for status, step in TRANSITIONS if step is what)


def shown(recurring: RecurringOrder, current: Order | None) -> RecurringStatus:
    """Return the status that a person sees: *Processing* while a payment is under way (rule R3).

    `current` is the order that is being paid, if there is one. It is under way while money may
    be moving: what certainly did not reach the gateway is not.
    """
    if current is not None and any(item.under_way for item in current.invoices):
        return RecurringStatus.PROCESSING
    return recurring.status


def on_slot(recurring: RecurringOrder, slot: int) -> RecurringOrder:
    """Return `recurring` with that date as the one to be paid next (rule R8)."""
    terms = recurring.terms
    due_at = schedule.date(recurring.anchor, terms.cadence, terms.zone, slot)
    return evolve(recurring, slot=slot, due_at=due_at)


def next_slot_after(recurring: RecurringOrder, moment: datetime) -> int:
    """Return the first of its dates that lies after `moment`."""
    terms = recurring.terms
    return schedule.occurrence_after(recurring.anchor, terms.cadence, terms.zone, moment)
