"""Which rows can be imported as recurring orders, and what they become (rule R15)."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import attrs
from attrs import evolve

from ordersales.errors import InvalidInput, Problem
from ordersales.models.charge import PaymentMethod
from ordersales.models.event import EventKind
from ordersales.models.offer import Customer, Offer
from ordersales.models.recurring_import import ImportRow
from ordersales.models.recurring_order import ImportedAs, RecurringOrder, RecurringStatus
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.models.sale import Manager
from ordersales.rules import placing, recurring_lifecycle
from ordersales.rules.change import RecurringChange, told_of_recurring
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, OrderNumber, UserId
from ordersales.values.moment import utc


def problems(row: object) -> tuple[Problem, ...]:
    """Return all that is wrong with `row` by itself; nothing means that it can be imported."""
    if not isinstance(row, ImportRow):
        return (Problem.of("row", row, "an ImportRow"),)
    found = [
        checks.key(row.key),
        checks.instance(row.customer, "customer", Customer),
        *_of_the_offer(row),
        checks.moment(row.anchor, "anchor"),
        checks.optional(checks.moment, row.paid_until, "paid_until"),
        checks.text(row.system, "system"),
        checks.optional(checks.instance, row.method, "method", kind=PaymentMethod),
        checks.optional(checks.instance, row.manager, "manager", kind=Manager),
    ]
    wrong = tuple(problem for problem in found if problem is not None)
    return wrong or _of_the_dates(row)


def _of_the_offer(row: ImportRow) -> list[Problem | None]:
    if not isinstance(row.offer, Offer):
        return [checks.instance(row.offer, "offer", Offer)]
    terms = row.offer.recurring
    if terms is None:
        return [
            Problem.of("offer.recurring", None, "the terms on which it is paid again and again")
        ]
    quantity = placing.check_quantity(row.offer, row.quantity)
    made = checks.whole(row.payments_made, "payments_made")
    if made is None and terms.payments is not None and row.payments_made >= terms.payments:
        allowed = f"less than the {terms.payments} payments that are agreed"
        made = Problem.of("payments_made", row.payments_made, allowed)
    return [quantity, made]


def _of_the_dates(row: ImportRow) -> tuple[Problem, ...]:
    try:
        _recurring(row, AccountId("-"), OrderNumber(1), row.anchor)
    except InvalidInput as error:
        return error.problems
    return ()


def imported(
    row: ImportRow, *, account: AccountId, number: OrderNumber, at: datetime, by: UserId | None
) -> RecurringChange:
    """Return the recurring order that `row` becomes: *Paused*, until a person activates it.

    `problems` has found none.
    """
    recurring = _recurring(row, account, number, at)
    return told_of_recurring(
        None, recurring, EventKind.RECURRING_IMPORTED, at, by=by, amount=recurring.price
    )


def _recurring(
    row: ImportRow, account: AccountId, number: OrderNumber, at: datetime
) -> RecurringOrder:
    came, method = _as_it_came(row), row.method
    recurring = RecurringOrder(
        account=account,
        number=number,
        key=row.key,
        imported_as=came,
        status=RecurringStatus.PAUSED,
        started_at=at,
        customer=row.customer,
        offer=row.offer,
        quantity=row.quantity,
        terms=came.terms,
        system=row.system,
        # It was kept from before: nobody will enter a card.
        method=None if method is None else evolve(method, stored=True),
        manager=row.manager,
        anchor=came.anchor,
        slot=0,
        due_at=came.anchor,
        payments_made=row.payments_made,
        occurrences=row.payments_made,
    )
    return recurring_lifecycle.on_slot(recurring, _next_slot(recurring, came))


def _next_slot(recurring: RecurringOrder, came: ImportedAs) -> int:
    """Return the first of its dates that is not paid."""
    if came.paid_until is None:
        return came.payments_made
    after = recurring_lifecycle.next_slot_after(recurring, came.paid_until)
    last = recurring_lifecycle.on_slot(recurring, max(0, after - 1))
    return last.slot if last.due_at == came.paid_until else after


def _as_it_came(row: ImportRow) -> ImportedAs:
    return ImportedAs(
        price=row.offer.unit_price,
        terms=cast("RecurringTerms", row.offer.recurring),
        anchor=utc(row.anchor, "anchor"),
        payments_made=row.payments_made,
        paid_until=None if row.paid_until is None else utc(row.paid_until, "paid_until"),
        system=row.system,
    )


def differences(row: ImportRow, known: RecurringOrder) -> tuple[str, ...]:
    """Return what `row` says otherwise than the row that `known` came from (rule C5).

    The customer's name, the manager and the method are not compared: they may have been mended
    meanwhile.
    """
    before, now = known.imported_as, _as_it_came(row)
    same = {
        "customer": known.customer.id == row.customer.id,
        "offer": known.offer.number == row.offer.number,
        "quantity": known.quantity == row.quantity,
        **{
            field.name: getattr(before, field.name) == getattr(now, field.name)
            for field in attrs.fields(ImportedAs)
        },
    }
    return tuple(name for name, fits in same.items() if not fits)
