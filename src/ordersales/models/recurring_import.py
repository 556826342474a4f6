"""Recurring orders that come from elsewhere, row by row (rule R15)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.errors import Problem
from ordersales.models.charge import PaymentMethod
from ordersales.models.offer import Customer, Offer
from ordersales.models.sale import Manager
from ordersales.values.identifiers import IdempotencyKey, OrderNumber, SystemName


@frozen(kw_only=True)
class ImportRow:
    """A recurring order as the host knows it from elsewhere (rule R15).

    Nothing is checked when it is made: what is wrong with it is told in its result, so that one
    bad row does not stop a file.
    """

    #: The host's own name of it. A row of the same key is the same recurring order.
    key: IdempotencyKey
    customer: Customer
    #: With recurring terms; its price is what each payment brings.
    offer: Offer
    quantity: int = 1
    #: The date that all others are counted from: that of the first payment (rule R8).
    anchor: datetime
    #: How many payments succeeded before.
    payments_made: int
    #: The first of its dates that is not before this is the next to be paid. Left out, as many
    #: of its dates count as paid as payments were made.
    paid_until: datetime | None = None
    #: Through which payment system it is charged, and what there.
    system: SystemName
    #: None for one that needs a method before it can be charged.
    method: PaymentMethod | None = None
    #: Who is credited with its orders where no sales plan names the customer and the offer (S1).
    manager: Manager | None = None


class Imported(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    #: The same row was imported before: nothing was done.
    ALREADY_THERE = "already there"
    #: Nothing of it was kept; the result names what is wrong.
    IN_ERROR = "in error"


@frozen(kw_only=True)
class ImportResult:
    """What became of one row."""

    #: Which row it was, counted from 0.
    row: int
    #: Its key, as it was given.
    key: str
    did: Imported
    #: The recurring order that it is now; None where it is in error.
    number: OrderNumber | None = None
    #: The date that it is charged for next, once it is activated.
    due_at: datetime | None = None
    #: Everything that is wrong with it.
    problems: tuple[Problem, ...] = ()


@frozen(kw_only=True)
class ImportProgress:
    """How far an import is: what is counted here is committed."""

    rows: int = 0
    imported: int = 0
    already_there: int = 0
    in_error: int = 0
