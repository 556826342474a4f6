"""Why a recurring order was not charged, and why something may not be done with it (rule A5).

The reasons are read from the rules that the timer goes by, and from the refusals that starting an
operation raises; `explain.MEANINGS` is the table of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import evolve

from ordersales.errors import Problem
from ordersales.models.actor import Actor
from ordersales.models.explanation import Explanation, Reason, ReasonCode
from ordersales.models.installation import Installation
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.rules import installation, permissions, recurring_charging, recurring_lifecycle
from ordersales.rules.explain import gateway_words, in_words, of_pending, of_refusal
from ordersales.rules.installation import UNMARKED
from ordersales.rules.offered_actions import ON_RECURRING, Now
from ordersales.rules.permissions import Operation


def problem(operation: Operation) -> Problem | None:
    """Return what is wrong with asking about `operation` on a recurring order."""
    if operation in ON_RECURRING:
        return None
    allowed = f"one that is started on a recurring order: {', '.join(ON_RECURRING)}"
    return Problem.of("operation", operation, allowed)


def why_not(
    actor: Actor,
    operation: Operation,
    recurring: RecurringOrder,
    current: Order | None,
    at: datetime,
    *,
    here: Installation = UNMARKED,
) -> Explanation:
    """Return every reason why `operation` is not offered on `recurring` (rule A3)."""
    refusals = [
        *permissions.refusals(actor, operation),
        *ON_RECURRING[operation](recurring, Now(current, at, here.gap)),
    ]
    foreign = installation.recurring_refusal(operation, here)
    if foreign is not None:
        refusals.append(foreign)
    reasons = [of_refusal(current, refused) for refused in refusals]
    return _explained(recurring, current, reasons)


def why_not_charged(
    recurring: RecurringOrder,
    order: Order | None,
    at: datetime,
    *,
    gateway: bool = True,
    here: Installation = UNMARKED,
) -> Explanation:
    """Return why `recurring` is not charged at `at`, every reason at once.

    `order` is its open order, or the one that was given up when it failed; `gateway` tells
    whether its payment system has one.
    """
    current = order if recurring.current is not None else None
    reasons = [*_of_status(recurring, order), *_of_time(recurring, current, at)]
    if not recurring.ended:
        reasons += _of_means(recurring, current, at, gateway=gateway)
        foreign = installation.refusal(here, "to ask a payment system")
        if foreign is not None:
            reasons.append(of_refusal(current, foreign))
    return _explained(recurring, current, reasons)


def _explained(
    recurring: RecurringOrder, current: Order | None, reasons: list[Reason]
) -> Explanation:
    return Explanation(
        record=_name(recurring),
        status=recurring_lifecycle.shown(recurring, current),
        reasons=tuple(reasons),
    )


def _name(recurring: RecurringOrder) -> str:
    return f"recurring order {recurring.number}"


def _of_status(recurring: RecurringOrder, order: Order | None) -> Iterator[Reason]:
    """Yield why nothing is begun in its status."""
    match recurring.status:
        case RecurringStatus.PAUSED:
            yield in_words(ReasonCode.PAUSED, _name(recurring))
        case RecurringStatus.FAILED:
            yield _failed(ReasonCode.FAILED, recurring, order)
        case RecurringStatus.COMPLETED:
            all_paid = recurring.payments_remaining == 0
            code = ReasonCode.ALL_PAID if all_paid else ReasonCode.ENDED_EARLY
            yield in_words(code, _name(recurring))
        case _:
            return


def _of_time(recurring: RecurringOrder, current: Order | None, at: datetime) -> Iterator[Reason]:
    """Yield what it waits for: an attempt's word, its retry, its date, or the worker."""
    if current is not None:
        pending = (item for item in current.invoices if item.status is InvoiceStatus.PENDING)
        yield from (of_pending(current, item) for item in pending)
    action = recurring.next_action
    if action is None:
        return
    if current is not None:
        waits = _failed(ReasonCode.WAITS_FOR_RETRY, recurring, current)
        yield evolve(waits, until=action)
    if action <= at:
        yield evolve(in_words(ReasonCode.DUE, _name(recurring)), since=action)
    elif current is None:
        not_due = in_words(ReasonCode.NOT_DUE, _name(recurring))
        yield evolve(not_due, until=action, amount=recurring.price)


def _failed(code: ReasonCode, recurring: RecurringOrder, order: Order | None) -> Reason:
    """Return a reason with what the payment system said last."""
    last = order.invoices[-1] if order is not None and order.invoices else None
    if order is None or last is None:
        return in_words(code, _name(recurring))
    subject = _name(recurring) if code is ReasonCode.FAILED else f"order {order.number}"
    reason = in_words(code, subject, gateway_words(last))
    return evolve(
        reason,
        invoice=last.number,
        amount=order.price,
        since=last.settled_at,
        error=last.error,
    )


def _of_means(
    recurring: RecurringOrder, current: Order | None, at: datetime, *, gateway: bool
) -> Iterator[Reason]:
    """Yield why the next attempt can't be made, or is skipped, when its time comes."""
    action = recurring.next_action
    when = at if action is None else max(action, at)
    error = recurring_charging.unusable(recurring, current, when)
    if error is not None:
        detail = error.message.rstrip(".")
        reason = in_words(ReasonCode.METHOD_UNUSABLE, _name(recurring), detail)
        yield evolve(reason, error=error)
    if not gateway:
        yield in_words(ReasonCode.NO_GATEWAY, _name(recurring), recurring.system)
