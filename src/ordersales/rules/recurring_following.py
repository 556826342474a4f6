"""What becomes of a recurring order when one of its orders changes (rules R2, R6, R7, R14).

Whatever became known of an order, by an answer, a webhook, a look-up or a person, the recurring
order follows from the order as it then stands: so that it makes no difference which of them came
first, and a second time changes nothing.
"""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from ordersales.models.charge import PaymentMethod
from ordersales.models.event import EventKind
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import AttentionReason, Occurrence, Order, OrderStatus
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.models.sale import Basis
from ordersales.rules import decisions, recurring_lifecycle, settlement
from ordersales.rules.change import Change, RecurringChange, told_of_recurring
from ordersales.rules.recurring_lifecycle import What


@frozen
class Followed:
    """The change of an order, and what it does to the recurring order."""

    order: Change
    #: None where nothing changes.
    recurring: RecurringChange | None


def follow(change: Change, recurring: RecurringOrder | None, at: datetime) -> Followed:
    """Return what `change` does to the recurring order that its order belongs to.

    `recurring` is None where there is none: then one may start.
    """
    if recurring is None:
        return _started(change, at)
    order = change.order
    if order.status is OrderStatus.COMPLETED and _was(
        change, OrderStatus.OPEN, OrderStatus.DECLINED
    ):
        return _paid(change, recurring, at)
    if order.number != recurring.current:
        return Followed(change, None)
    if order.status is OrderStatus.OPEN:
        return _waits(change, recurring, at)
    return Followed(change, _given_up(recurring, order, at))


def _was(change: Change, *statuses: OrderStatus) -> bool:
    return change.before is not None and change.before.status in statuses


def _started(change: Change, at: datetime) -> Followed:
    """Let a recurring order appear with its first payment (rule R2)."""
    order, terms = change.order, change.order.offer.recurring
    if terms is None or order.status is not OrderStatus.COMPLETED or order.occurrence is not None:
        return Followed(change, None)
    first = evolve(order, occurrence=Occurrence(recurring_order=order.number, index=1))
    started = told_of_recurring(None, _start(first, terms, at), EventKind.RECURRING_STARTED, at)
    ordered = Change(first, change.events, change.before)
    return Followed(ordered, _or_completed(started, at))


def _start(order: Order, terms: RecurringTerms, at: datetime) -> RecurringOrder:
    payment = order.newest_payments[0]
    # When it was asked for, and not when the answer was heard: that may be days later.
    anchor = payment.attempted_at
    named = order.sale.manager if order.sale.basis is Basis.CHECKOUT else None
    recurring = RecurringOrder(
        account=order.account,
        number=order.number,
        status=RecurringStatus.ACTIVE,
        started_at=at,
        customer=order.customer,
        offer=order.offer,
        quantity=order.quantity,
        terms=terms,
        system=payment.system,
        method=kept_method(payment),
        manager=named,
        anchor=anchor,
        slot=0,
        due_at=anchor,
        payments_made=1,
        occurrences=1,
    )
    return recurring_lifecycle.on_slot(recurring, 1)


def kept_method(payment: Invoice) -> PaymentMethod | None:
    """Return what later payments can be charged on after this one."""
    attempt = payment.attempt
    if attempt is None or attempt.method is None:
        return None if attempt is None else attempt.kept_method
    return attempt.kept_method or evolve(attempt.method, stored=True)


def _or_completed(change: RecurringChange, at: datetime) -> RecurringChange:
    """Complete it by itself if that was the last payment (rule R7)."""
    before = change.recurring
    if before.payments_remaining != 0 or before.ended:
        return change
    after = recurring_lifecycle.moved(before, What.LAST_PAID)
    told = told_of_recurring(before, after, EventKind.RECURRING_COMPLETED, at)
    return RecurringChange(after, (*change.events, *told.events))


def _paid(change: Change, recurring: RecurringOrder, at: datetime) -> Followed:
    """Count a payment, and go on to the next date."""
    order = change.order
    if order.number == recurring.current:
        after = _counted(recurring, order)
    elif order.number == recurring.given_up and recurring.current is None:
        after = _counted(recurring, order)
        change = change if recurring.ended else _flagged_late(change, at)
    else:
        # Its date is paid, or being paid, by another order: this is money to give back.
        return Followed(_flagged_twice(change, at), None)
    return Followed(change, _or_completed(RecurringChange(after, ()), at))


def _counted(recurring: RecurringOrder, order: Order) -> RecurringOrder:
    after = evolve(
        recurring,
        payments_made=recurring.payments_made + 1,
        current=None,
        retry_at=None,
        given_up=None,
        method=_newly_kept(recurring, order),
        missed_since=recurring.missed_since if _was_lost(order) else None,
    )
    return recurring_lifecycle.on_slot(after, recurring.slot + 1)


def _was_lost(order: Order) -> bool:
    """Tell whether the payment of `order` was made, or may have been, in a time that was lost.

    Then the ones after it may have been made then as well (rule C6).
    """
    payment = order.newest_payments[0]
    attempt = payment.attempt
    return attempt is not None and attempt.first_sent_at < payment.attempted_at


def _newly_kept(recurring: RecurringOrder, order: Order) -> PaymentMethod | None:
    """Return the method to charge from now on: payment systems renew them with a payment."""
    attempt = order.newest_payments[0].attempt
    if attempt is None or attempt.kept_method is None or attempt.method != recurring.method:
        return recurring.method
    return attempt.kept_method


def _flagged_late(change: Change, at: datetime) -> Change:
    order = change.order
    reason, detail = AttentionReason.PAID_AFTER_GIVING_UP, "its attempts had been used up"
    return _flagged(change, order, reason, detail, at)


def _flagged_twice(change: Change, at: datetime) -> Change:
    order = change.order
    reason, detail = AttentionReason.CHARGED_TWICE, "its date was charged anew by another order"
    return _flagged(change, order, reason, detail, at)


def _flagged(
    change: Change, order: Order, reason: AttentionReason, detail: str, at: datetime
) -> Change:
    flagged = settlement.flagged(order, order.newest_payments[0], reason, detail, at)
    return change if flagged is None else change.then(flagged)


def _waits(change: Change, recurring: RecurringOrder, at: datetime) -> Followed:
    """Note when the order is attempted again; close it where nothing more is to be tried."""
    order = change.order
    pending = any(item.status is InvoiceStatus.PENDING for item in order.invoices)
    if recurring.ended and not pending:
        reason = "the recurring order was completed"
        closed = decisions.give_up(order, at, by=None, reason=reason)
        return Followed(change.then(closed), RecurringChange(without_current(recurring), ()))
    retry_at = None if pending else next_attempt(order, recurring.terms)
    if retry_at == recurring.retry_at:
        return Followed(change, None)
    return Followed(change, RecurringChange(evolve(recurring, retry_at=retry_at), ()))


def next_attempt(order: Order, terms: RecurringTerms) -> datetime:
    """Return when an occurrence without a pending attempt is attempted again (rule R6).

    The interval is counted from the moment of the last no, and not from the due date: after an
    outage two attempts would follow each other within seconds.
    """
    ended = [item for item in order.invoices if item.settled_at is not None]
    used_up = sum(item.status is InvoiceStatus.FAILED and not item.extra for item in ended)
    last = max(item.settled_at or order.placed_at for item in ended)
    return last + (terms.first_retry if used_up < 2 else terms.second_retry)  # noqa: PLR2004 - three attempts have two intervals between them


def without_current(recurring: RecurringOrder) -> RecurringOrder:
    """Return `recurring` after the order that its date was to be paid by was given up."""
    return evolve(recurring, given_up=recurring.current, current=None, retry_at=None)


def _given_up(recurring: RecurringOrder, order: Order, at: datetime) -> RecurringChange:
    after = without_current(recurring)
    if recurring.ended:
        return RecurringChange(after, ())
    after = recurring_lifecycle.moved(after, What.GIVEN_UP)
    note = f"order {order.number} was attempted in vain"
    return told_of_recurring(recurring, after, EventKind.RECURRING_FAILED, at, note=note)
