"""What a person may do with a recurring order (rules R4, R5, R10, R11, R12).

Each is one versioned change: it comes before or after any reservation. Before it, nothing more is
charged; after it, the attempt that was permitted may finish, and its success is booked.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from attrs import evolve

from ordersales.errors import InvalidInput, RuleRefused, WrongStatus
from ordersales.models.charge import PaymentMethod
from ordersales.models.event import EventKind
from ordersales.models.offer import Offer
from ordersales.models.order import Order, OrderStatus
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.recurring_terms import RecurringTerms, ResumePolicy
from ordersales.rules import decisions, recurring_lifecycle
from ordersales.rules.change import Change, RecurringChange, told_of_recurring
from ordersales.rules.permissions import Operation
from ordersales.rules.recurring_following import without_current
from ordersales.rules.recurring_lifecycle import What
from ordersales.values.identifiers import SystemName, UserId

#: How each of them is spoken of in errors, and told.
_MEANING = {
    What.PAUSED: ("pause", EventKind.RECURRING_PAUSED),
    What.ACTIVATED: ("activate", EventKind.RECURRING_ACTIVATED),
    What.COMPLETED: ("complete", EventKind.RECURRING_COMPLETED),
}
#: The verb of each change of how it goes on, likewise.
_CHANGES = {
    Operation.REPLACE_METHOD: "replace the payment method of",
    Operation.MOVE_TERMS: "move",
}
_NOT_ENDED = (RecurringStatus.ACTIVE, RecurringStatus.PAUSED, RecurringStatus.FAILED)


def refusal(recurring: RecurringOrder, what: What) -> RuleRefused | None:
    """Return why a person may not do that now, or None if they may (rules R4, R10)."""
    allowed = recurring_lifecycle.allowed_from(what)
    if recurring.status in allowed:
        return None
    record = f"recurring order {recurring.number}"
    return WrongStatus(_MEANING[what][0], record, recurring.status, allowed)


def ended_refusal(recurring: RecurringOrder, operation: Operation) -> RuleRefused | None:
    """Return why a person may not change how it goes on, or None if they may (rules R11, R12)."""
    if not recurring.ended:
        return None
    record = f"recurring order {recurring.number}"
    return WrongStatus(_CHANGES[operation], record, recurring.status, _NOT_ENDED)


def pause(
    recurring: RecurringOrder, at: datetime, *, by: UserId | None, reason: str
) -> RecurringChange:
    """Return `recurring` paused: nothing is begun any more (rule R4).

    Raises:
        WrongStatus: It is not Active.
    """
    return _moved(recurring, recurring, What.PAUSED, at, by=by, reason=reason)


def activate(
    recurring: RecurringOrder,
    at: datetime,
    *,
    by: UserId | None,
    reason: str,
    policy: ResumePolicy | None = None,
) -> RecurringChange:
    """Return `recurring` active again, with its dates as the resume policy has them (R5, R10).

    `policy` stands in for that of its terms, this once.

    Raises:
        WrongStatus: It is neither Paused nor Failed.
    """
    resumed = _resumed(recurring, at, policy or recurring.terms.on_resume)
    moved = resumed.due_at != recurring.due_at
    missed_since = recurring.unpaid_since if moved else recurring.missed_since
    after = evolve(resumed, just_activated=True, missed_since=missed_since)
    return _moved(recurring, after, What.ACTIVATED, at, by=by, reason=reason)


def _resumed(recurring: RecurringOrder, at: datetime, policy: ResumePolicy) -> RecurringOrder:
    """Return `recurring` with the date that is to be paid next, after standing still.

    A payment that was begun before goes on, and stands for the one that is charged; so does the
    date that was attempted in vain when it failed (rule R10).
    """
    upcoming = recurring_lifecycle.next_slot_after(recurring, at)
    if upcoming <= recurring.slot:
        return recurring  # nothing was missed
    match policy:
        case ResumePolicy.COLLECT_ALL:
            return recurring
        case ResumePolicy.START_AFRESH:
            return recurring_lifecycle.on_slot(evolve(recurring, anchor=at), 0)
        case ResumePolicy.CHARGE_ONE:
            return recurring_lifecycle.on_slot(recurring, upcoming - 1)
        case ResumePolicy.SKIP:
            begun = recurring.current is not None or recurring.given_up is not None
            return recurring_lifecycle.on_slot(recurring, upcoming - 1 if begun else upcoming)
        case other:
            assert_never(other)


def complete(
    recurring: RecurringOrder, at: datetime, *, by: UserId | None, reason: str
) -> RecurringChange:
    """Return `recurring` completed early: nothing is begun any more (rule R4).

    Its open order, if it has one, is given up by `close`.

    Raises:
        WrongStatus: It is neither Active nor Paused.
    """
    return _moved(recurring, recurring, What.COMPLETED, at, by=by, reason=reason)


def close(order: Order, at: datetime, *, by: UserId | None, reason: str) -> Change | None:
    """Return the open `order` of a completed one given up; None while money may be moving.

    Then its attempt may finish; a success is booked, and after a failure the order is given up.
    """
    if any(item.under_way for item in order.invoices):
        return None
    return decisions.give_up(order, at, by=by, reason=reason)


def after_closing(recurring: RecurringOrder, order: Order) -> RecurringOrder:
    """Return `recurring` without its `order` if that was given up."""
    if order.status is OrderStatus.OPEN:
        return recurring
    return without_current(recurring)


def replace_method(
    recurring: RecurringOrder,
    method: PaymentMethod,
    system: SystemName,
    at: datetime,
    *,
    by: UserId | None,
) -> RecurringChange:
    """Return `recurring` with another method to be charged from the next attempt on (rule R11).

    Raises:
        WrongStatus: It is Completed.
    """
    _check_going_on(recurring, Operation.REPLACE_METHOD)
    same = method == recurring.method and system == recurring.system
    charged = recurring.method_charged if same else ()
    after = evolve(recurring, method=method, system=system, method_charged=charged)
    return told_of_recurring(recurring, after, EventKind.METHOD_REPLACED, at, by=by)


def move(
    recurring: RecurringOrder, offer: Offer, at: datetime, *, by: UserId | None, reason: str
) -> RecurringChange:
    """Return `recurring` with the price and the terms of `offer` from its next order on (R12).

    The next date stays. Where the cadence or the zone is another one, the dates after it are
    counted from it.

    Raises:
        WrongStatus: It is Completed.
        InvalidInput: The offer is no recurring one, is another offer or in another currency, does
            not allow the quantity, or has no more payments than were made.
    """
    _check_going_on(recurring, Operation.MOVE_TERMS)
    terms = _checked(recurring, offer)
    same = (terms.cadence, terms.zone) == (recurring.terms.cadence, recurring.terms.zone)
    anchor, slot = (recurring.anchor, recurring.slot) if same else (recurring.due_at, 0)
    after = evolve(recurring, offer=offer, terms=terms, anchor=anchor, slot=slot)
    return told_of_recurring(
        recurring, after, EventKind.TERMS_MOVED, at, by=by, amount=after.price, note=reason
    )


def _checked(recurring: RecurringOrder, offer: Offer) -> RecurringTerms:
    terms = offer.recurring
    if terms is None:
        raise InvalidInput.of("offer", offer.number, "an offer with recurring terms")
    if offer.number != recurring.offer.number:
        allowed = f"the offer {recurring.offer.number}, as it now is"
        raise InvalidInput.of("offer", offer.number, allowed)
    if offer.unit_price.currency is not recurring.price.currency:
        allowed = f"a price in {recurring.price.currency}"
        raise InvalidInput.of("offer.unit_price", offer.unit_price, allowed)
    if recurring.quantity > 1 and not offer.multiple_sales:
        allowed = f"True, since its quantity is {recurring.quantity}"
        raise InvalidInput.of("offer.multiple_sales", offer.multiple_sales, allowed)
    if terms.payments is not None and terms.payments <= recurring.payments_made:
        allowed = f"more than the {recurring.payments_made} payments made, or None"
        raise InvalidInput.of("offer.recurring.payments", terms.payments, allowed)
    return terms


def _check_going_on(recurring: RecurringOrder, operation: Operation) -> None:
    refused = ended_refusal(recurring, operation)
    if refused is not None:
        raise refused


def _moved(
    before: RecurringOrder,
    after: RecurringOrder,
    what: What,
    at: datetime,
    *,
    by: UserId | None,
    reason: str,
) -> RecurringChange:
    refused = refusal(before, what)
    if refused is not None:
        raise refused
    moved = recurring_lifecycle.moved(after, what)
    return told_of_recurring(before, moved, _MEANING[what][1], at, by=by, note=reason)
