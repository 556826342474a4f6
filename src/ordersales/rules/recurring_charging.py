"""What the timer, or a person, begins for a recurring order: its next attempt (rules R5, R6).

Everything here is decided by the records and the time alone, and committed before any gateway is
asked (rule C1).
"""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from ordersales.errors import MethodUnusable, PaymentUnderWay, RuleRefused, WrongStatus
from ordersales.models.installation import Gap
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Occurrence, Order
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.sale import SalesPlan
from ordersales.models.stage import PaymentError, Retry, Stage
from ordersales.rules import attempts, lost, placing, settlement
from ordersales.rules.change import Change
from ordersales.rules.charge_policy import CHARGES_WITHIN, MOST_CHARGES
from ordersales.values.checks import OWN_KEYS
from ordersales.values.identifiers import IdempotencyKey, InvoiceNumber, OrderNumber, UserId


@frozen
class Begun:
    """An attempt that was begun: the order it is for, and the recurring order beside it."""

    order: Change
    recurring: RecurringOrder
    #: Whether it is to be sent; otherwise it was skipped, and counts (rule R6), or is looked up first,
    #: since it may have been sent before a backup was restored (rule C6).
    send: bool


def due(recurring: RecurringOrder, at: datetime) -> bool:
    """Tell whether the timer has something to begin for `recurring`."""
    action = recurring.next_action
    return action is not None and action <= at


def place(
    recurring: RecurringOrder, number: OrderNumber, at: datetime, plan: SalesPlan | None
) -> Change:
    """Return the order that the date now due is paid by; nothing is charged yet.

    Credited is the manager whose sales plan it is, else the one named at the first checkout (S1).
    """
    which = Occurrence(
        recurring_order=recurring.number,
        index=recurring.occurrences + 1,
        due_at=recurring.due_at,
        retry_final_declines=recurring.terms.retry_final_declines,
    )
    return placing.place(
        account=recurring.account,
        number=number,
        key=own_key(which.recurring_order, which.index),
        at=at,
        customer=recurring.customer,
        offer=recurring.offer,
        quantity=recurring.quantity,
        manager=None if plan else recurring.manager,
        plan=plan,
        occurrence=which,
    )


def own_key(*parts: int) -> IdempotencyKey:
    """Return a key of this library, which no host's key is equal to (rule C5)."""
    return IdempotencyKey(OWN_KEYS + ".".join(map(str, parts)))


def begin(
    recurring: RecurringOrder,
    placed: Change,
    at: datetime,
    *,
    invoice: InvoiceNumber,
    one_click: bool,
    gap: Gap | None = None,
) -> Begun:
    """Return the next attempt of an occurrence, by the timer: sent, or skipped where it must be.

    A skipped one uses up an attempt as a failed one does: the stored method was declined for
    good before and has not been replaced, there is none, or it was charged too often (rule R6).
    Where that very attempt may have been lost in the `gap` of a restored backup, it is not skipped
    before it was looked up: by then the method may have been replaced (rule C6).
    """
    order = placed.order
    within = lost.of(gap, order, recurring)
    key = own_key(recurring.number, _index(order), len(order.invoices) + 1)
    error = unusable(recurring, order, at)
    started = _start(
        recurring,
        order,
        at,
        invoice=invoice,
        key=key,
        one_click=one_click,
        within=within,
        unusable=error,
    )
    change, taken = placed.then(started) if placed.events else started, _taken(recurring, order)
    if error is None:
        return Begun(change, _used(taken, at), send=within is None)
    if within is None:
        skipped = settlement.failed(started.order, started.order.invoices[-1], error, at)
        change = change.then(skipped)
    return Begun(change, taken, send=False)


def ask_again(
    recurring: RecurringOrder,
    waiting: Change,
    at: datetime,
    *,
    invoice: InvoiceNumber,
    key: IdempotencyKey,
    one_click: bool,
    by: UserId | None,
    gap: Gap | None = None,
) -> Begun:
    """Return an attempt that a person asks for, which uses up none of the allowed (rule R6).

    `ask_again_refusals` says beforehand whether one may be asked for.
    """
    order = waiting.order
    within = lost.of(gap, order, recurring)
    started = _start(
        recurring,
        order,
        at,
        invoice=invoice,
        key=key,
        one_click=one_click,
        within=within,
        extra=True,
        by=by,
    )
    taken = _used(_taken(recurring, order), at)
    return Begun(waiting.then(started), taken, send=within is None)


def ask_again_refusals(
    recurring: RecurringOrder, order: Order | None, at: datetime, gap: Gap | None = None
) -> list[RuleRefused]:
    """Return every reason why no attempt may be asked for now; `order` is its current one.

    One that has not been sent as far as is known here, but may have been in the `gap` of a restored
    backup, is waited for as if it had been, unless it is the very one that is asked for (rule C6).
    """
    record, found = f"recurring order {recurring.number}", list[RuleRefused]()
    if recurring.status is not RecurringStatus.ACTIVE:
        found.append(WrongStatus("retry now", record, recurring.status, (RecurringStatus.ACTIVE,)))
    elif order is None:
        found.append(WrongStatus("retry now", record, "not due", ("waiting for a retry",)))
    else:
        waited_for = [item for item in order.invoices if item.under_way]
        left = unsent(order)
        if left is not None and lost.within(gap, left) and not may_be_taken_over(left, recurring):
            waited_for.append(left)
        found += [PaymentUnderWay("retry now", order.number, item.number) for item in waited_for]
        error = unusable(recurring, order, at)
        if error is not None:
            found.append(MethodUnusable(recurring.number, error.code, error.message))
    return found


def unsent(order: Order) -> Invoice | None:
    """Return the attempt that certainly did not reach the gateway, and still may; or None."""
    pending = (item for item in order.invoices if item.status is InvoiceStatus.PENDING)
    return next((item for item in pending if not item.under_way), None)


def may_be_taken_over(invoice: Invoice, recurring: RecurringOrder) -> bool:
    """Tell whether `invoice` is the timer's, and asks for what a person would ask for now.

    That of another person has their key, which goes on standing for it (rule C5).
    """
    attempt = invoice.attempt
    same = attempt is not None and attempt.method == recurring.method
    return same and invoice.system == recurring.system and not invoice.extra


def unusable(recurring: RecurringOrder, order: Order | None, at: datetime) -> PaymentError | None:
    """Return why the stored method may not be charged at `at`, or None if it may.

    `order` is the one that it would be charged for; None where a new one would be placed.
    """
    if recurring.method is None:
        return PaymentError(code="no_method", message="No payment method is stored.")
    before = () if order is None else order.invoices
    if any(_rules_out(item, recurring) for item in before):
        words = "The method was declined for good, and has not been replaced."
        return PaymentError(code="method_not_replaced", message=words)
    if len(_lately(recurring, at)) >= MOST_CHARGES:
        words = f"The method was charged {MOST_CHARGES} times in {CHARGES_WITHIN.days} days."
        return PaymentError(code="charged_too_often", message=words)
    return None


def _rules_out(invoice: Invoice, recurring: RecurringOrder) -> bool:
    attempt, error = invoice.attempt, invoice.error
    if attempt is None or error is None or attempt.method != recurring.method:
        return False
    if error.retry is Retry.FINAL:
        return not recurring.terms.retry_final_declines
    return error.retry is Retry.ANOTHER_METHOD


def _index(order: Order) -> int:
    return 1 if order.occurrence is None else order.occurrence.index


def _start(
    recurring: RecurringOrder,
    order: Order,
    at: datetime,
    *,
    invoice: InvoiceNumber,
    key: IdempotencyKey,
    one_click: bool,
    within: Gap | None,
    unusable: PaymentError | None = None,
    extra: bool = False,
    by: UserId | None = None,
) -> Change:
    attempt = attempts.first_attempt(order, recurring.method, at, within=within)
    if unusable is not None and within is None:
        attempt = evolve(attempt, stage=Stage.RESERVED, sends=0)
    return attempts.start(
        order,
        number=invoice,
        at=at,
        covers=order.price,
        amount=order.price,
        system=recurring.system,
        key=key,
        attempt=attempt,
        unusable=unusable,
        one_click=one_click,
        extra=extra,
        by=by,
    )


def _taken(recurring: RecurringOrder, order: Order) -> RecurringOrder:
    """Return `recurring` with `order` as the one that its date is paid by."""
    index = _index(order)
    return evolve(
        recurring,
        current=order.number,
        retry_at=None,
        occurrences=max(recurring.occurrences, index),
        just_activated=False,
    )


def _lately(recurring: RecurringOrder, at: datetime) -> tuple[datetime, ...]:
    return tuple(moment for moment in recurring.method_charged if moment > at - CHARGES_WITHIN)


def _used(recurring: RecurringOrder, at: datetime) -> RecurringOrder:
    return evolve(recurring, method_charged=(*_lately(recurring, at), at))
