"""What the timer did for a recurring order that was due, and what it left undone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.models.recurring_order import RecurringOrder
from ordersales.values.identifiers import AccountId, InvoiceNumber, OrderNumber


class Did(StrEnum):
    """What became of a recurring order that was due."""

    PAID = "paid"
    DECLINED = "declined"
    #: The gateway answers later.
    ACCEPTED = "accepted"
    #: No word came: the attempt is looked after by reconciling.
    IN_DOUBT = "in doubt"
    #: It certainly did not reach the gateway, and is sent later under the same key.
    NOT_SENT = "not sent"
    #: The gateway can't carry it out as it is set up: a person has to look.
    HELD = "held for a person"
    #: The stored method can't be charged: the attempt is counted, and nobody was asked (rule R6).
    SKIPPED = "skipped"
    #: Somebody else was faster: another worker, or a person who paused it.
    MOVED_ON = "moved on"
    #: The account has no gateway of that name any more.
    NO_GATEWAY = "no gateway"


@frozen(kw_only=True)
class Overdue:
    """A recurring order that should have been charged by now."""

    recurring: RecurringOrder
    #: Until when it was last claimed since it was saved; None if nobody has claimed it since.
    claimed_until: datetime | None = None


@frozen(kw_only=True)
class DueResult:
    """What the timer did for one recurring order."""

    account: AccountId
    recurring_order: OrderNumber
    did: Did
    #: The order that is paid by the attempt, and the attempt; None where none was begun.
    order: OrderNumber | None = None
    invoice: InvoiceNumber | None = None
