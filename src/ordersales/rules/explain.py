"""Why something may not be done, and why an order is still open, or not any more (rule A5).

The reasons against an operation are the refusals that starting it raises, and those for an open
order are read from the same rules that let it be paid. `MEANINGS` is the table of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from attrs import evolve, frozen

from ordersales.errors import (
    PaymentUnderWay,
    PermissionMissing,
    Problem,
    RuleRefused,
    SaleConfirmed,
    WrongInstallation,
    WrongStatus,
)
from ordersales.models.actor import Actor, Permission
from ordersales.models.explanation import Awaited, Explanation, Reason, ReasonCode
from ordersales.models.filters import OrderFilter
from ordersales.models.installation import Installation
from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.order import Decision, DecisionKind, Order, OrderStatus, Payment
from ordersales.models.refund import RefundStatus
from ordersales.models.stage import Stage
from ordersales.rules import attempts, installation, payment_terms, permissions
from ordersales.rules.installation import UNMARKED
from ordersales.rules.offered_actions import ON_ORDERS, ON_PAYMENTS, listed
from ordersales.rules.permissions import Operation
from ordersales.rules.refunds import UNKNOWN, ReturnsOf
from ordersales.values.identifiers import InvoiceNumber


@frozen
class Meaning:
    """What a reason says of its subject, and whose turn it is then."""

    words: str
    awaited: Awaited | None = None


#: Every reason there is. Those of a refusal are worded by the error, the others by this table.
MEANINGS: Final[dict[ReasonCode, Meaning]] = {
    ReasonCode.PERMISSION_MISSING: Meaning("the actor lacks the permission"),
    ReasonCode.PERSON_NEEDED: Meaning("it is a person's word, and the system asks"),
    ReasonCode.WRONG_STATUS: Meaning("it is not possible in this status"),
    ReasonCode.WRONG_TERMS: Meaning("the payment terms, or the payment system, don't know it"),
    ReasonCode.PAYMENT_UNDER_WAY: Meaning("an earlier payment has no final answer yet"),
    ReasonCode.EXCEEDS_OUTSTANDING: Meaning("nothing more may be asked for now"),
    ReasonCode.AMOUNT_NOT_OFFERED: Meaning("the payment terms don't allow what is left"),
    ReasonCode.NOTHING_TO_REFUND: Meaning("nothing is left to refund"),
    ReasonCode.NOTHING_PAID: Meaning("nothing is paid"),
    ReasonCode.SALE_CONFIRMED: Meaning("a person has confirmed who made the sale"),
    ReasonCode.WRONG_INSTALLATION: Meaning(
        "it would ask a payment system, and this host is not the one that charges from this store",
        Awaited.HOST,
    ),
    ReasonCode.ONLY_AMONG_PARTIAL: Meaning(
        'is offered only while the filter "payment type" is Partial'
    ),
    ReasonCode.OUTSTANDING: Meaning("is outstanding"),
    ReasonCode.NOT_STARTED: Meaning(
        "may be paid next, and no payment of it is under way", Awaited.BUYER
    ),
    ReasonCode.UNDERPAID: Meaning(
        "is missing, and the payment terms let nothing more be paid; "
        "cancel the order and return what came",
        Awaited.MANAGER,
    ),
    ReasonCode.LAST_ATTEMPT_FAILED: Meaning("failed, and another payment is allowed"),
    ReasonCode.LAST_ATTEMPT_CANCELED: Meaning("was canceled, and another payment is allowed"),
    ReasonCode.AWAITS_MANAGER: Meaning(
        "waits for a manager to confirm that the money came, or to reject it", Awaited.MANAGER
    ),
    ReasonCode.AWAITS_BUYER: Meaning(
        "waits for the buyer, who has to act on a page of the payment system", Awaited.BUYER
    ),
    ReasonCode.AWAITS_PAYMENT_SYSTEM: Meaning(
        "waits for the payment system, which has accepted it and answers later",
        Awaited.PAYMENT_SYSTEM,
    ),
    ReasonCode.IN_DOUBT: Meaning(
        "is in doubt: it was sent, no word came back, and it may have been executed",
        Awaited.PAYMENT_SYSTEM,
    ),
    ReasonCode.RESERVED: Meaning(
        "is reserved and certainly was not sent; the same key again sends it", Awaited.HOST
    ),
    ReasonCode.BLOCKED: Meaning(
        "is blocked: it can't be carried out before its set-up is mended", Awaited.MANAGER
    ),
    ReasonCode.HELD: Meaning(
        "is held: only a person with evidence, or the payment system's word, can settle it",
        Awaited.MANAGER,
    ),
    ReasonCode.FREE: Meaning("is Completed: it costs nothing"),
    ReasonCode.PAID: Meaning("is Completed: what is paid covers the price"),
    ReasonCode.CONFIRMED: Meaning("is Completed: a manager confirmed it before all was paid"),
    ReasonCode.DECLINED: Meaning("is Declined: a manager declined it"),
    ReasonCode.CANCELED: Meaning("is Declined: it was canceled"),
    ReasonCode.EXPIRED: Meaning("is Declined: it expired"),
    ReasonCode.ATTEMPTS_USED_UP: Meaning("is Declined: the last allowed payment did not succeed"),
    ReasonCode.RETURNED: Meaning("is Refund: everything paid was returned"),
    ReasonCode.NOT_DUE: Meaning("is not due yet"),
    ReasonCode.DUE: Meaning(
        "is due, and is charged when the host's worker next runs", Awaited.HOST
    ),
    ReasonCode.WAITS_FOR_RETRY: Meaning("failed, and is attempted again"),
    ReasonCode.PAUSED: Meaning(
        "is Paused: nothing is charged until it is activated", Awaited.MANAGER
    ),
    ReasonCode.FAILED: Meaning(
        "is Failed: the last allowed attempt did not succeed; replace the payment method if need "
        "be, and activate it",
        Awaited.MANAGER,
    ),
    ReasonCode.ALL_PAID: Meaning("is Completed: all of its payments were made"),
    ReasonCode.ENDED_EARLY: Meaning("is Completed: it was ended before all payments were made"),
    ReasonCode.METHOD_UNUSABLE: Meaning(
        "can't be charged on its payment method, which is to be replaced", Awaited.MANAGER
    ),
    ReasonCode.NO_GATEWAY: Meaning(
        "is charged through a payment system that the account has no gateway of", Awaited.HOST
    ),
}

#: Why an invoice is pending whose asking got as far as that.
_PENDING: Final = {
    Stage.RESERVED: ReasonCode.RESERVED,
    Stage.IN_DOUBT: ReasonCode.IN_DOUBT,
    Stage.ACCEPTED: ReasonCode.AWAITS_PAYMENT_SYSTEM,
    Stage.BLOCKED: ReasonCode.BLOCKED,
    Stage.HELD: ReasonCode.HELD,
}
#: Why a payment that was tried last leaves an order open.
_TRIED: Final = {
    InvoiceStatus.FAILED: ReasonCode.LAST_ATTEMPT_FAILED,
    InvoiceStatus.CANCELED: ReasonCode.LAST_ATTEMPT_CANCELED,
}
#: Why an order ended that somebody decided about.
_DECIDED: Final = {
    DecisionKind.CONFIRMED: ReasonCode.CONFIRMED,
    DecisionKind.DECLINED: ReasonCode.DECLINED,
    DecisionKind.CANCELED: ReasonCode.CANCELED,
    DecisionKind.EXPIRED: ReasonCode.EXPIRED,
}


def _pay_refusals(order: Order, _: ReturnsOf) -> Iterator[RuleRefused]:
    default = payment_terms.default_amount(order)
    refused = attempts.refusal(order) or payment_terms.refusal(order, default)
    if refused is not None:
        yield refused


#: What can be explained of an order: what its row may offer, and paying, which is the buyer's.
_OF_ORDERS: Final = {**ON_ORDERS, Operation.PAY: _pay_refusals}


def problem(operation: Operation, invoice: InvoiceNumber | None) -> Problem | None:
    """Return what is wrong with asking about `operation` on an order, or on that invoice of it."""
    table = _OF_ORDERS if invoice is None else ON_PAYMENTS
    if operation in table:
        return None
    if invoice is None and operation in ON_PAYMENTS:
        return Problem.of("invoice", None, f"the number of an invoice, to {operation}")
    of = "an order" if invoice is None else "an invoice"
    return Problem.of("operation", operation, f"one that is started on {of}: {', '.join(table)}")


def why_not(
    actor: Actor,
    operation: Operation,
    order: Order,
    wanted: OrderFilter,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> Explanation:
    """Return every reason why the list filtered by `wanted` does not offer `operation` (A3, P4).

    None of them means that `actor` may start it on `order` now; what starting it needs besides,
    such as an amount, is checked when it is started.
    """
    refusals = (*permissions.refusals(actor, operation), *_OF_ORDERS[operation](order, returns))
    reasons = [of_refusal(order, refused) for refused in refusals]
    foreign = installation.order_refusal(operation, order, here)
    if foreign is not None:
        reasons.append(of_refusal(order, foreign))
    if not listed(operation, wanted):
        reasons.append(in_words(ReasonCode.ONLY_AMONG_PARTIAL, operation))
    return _explained(order, reasons)


def why_not_on_payment(
    actor: Actor,
    operation: Operation,
    payment: Payment,
    returns: ReturnsOf = UNKNOWN,
    *,
    here: Installation = UNMARKED,
) -> Explanation:
    """Return every reason why `actor` may not start `operation` on `payment` now (rule A3)."""
    order, invoice = payment.order, payment.invoice
    refusals = [*permissions.refusals(actor, operation), *ON_PAYMENTS[operation](payment, returns)]
    foreign = installation.payment_refusal(operation, invoice, here)
    if foreign is not None:
        refusals.append(foreign)
    return Explanation(
        record=f"invoice {invoice.number}",
        status=invoice.status,
        reasons=tuple(of_refusal(order, refused) for refused in refusals),
    )


def why_open(order: Order, here: Installation = UNMARKED) -> Explanation:
    """Return why `order` is still open, or why it is not open any more (rule O5).

    Of an open one also that this host may send nothing to a payment system, if so (rule C6).
    """
    if order.status is not OrderStatus.OPEN:
        return _explained(order, [_of_ended(order)])
    reasons = [*_of_open(order)]
    foreign = installation.refusal(here, "to ask a payment system")
    if foreign is not None:
        reasons.append(of_refusal(order, foreign))
    return _explained(order, reasons)


def _explained(order: Order, reasons: list[Reason]) -> Explanation:
    return Explanation(record=f"order {order.number}", status=order.status, reasons=tuple(reasons))


def in_words(code: ReasonCode, subject: str, detail: str = "") -> Reason:
    """Return a reason in the words of the table, with what there is to say in detail."""
    meaning = MEANINGS[code]
    tail = f" ({detail})" if detail else ""
    return Reason(code=code, words=f"{subject} {meaning.words}{tail}", awaited=meaning.awaited)


def of_refusal(order: Order | None, refused: RuleRefused) -> Reason:
    """Return the reason that a refusal is, with its facts; `order` is what it speaks of."""
    reason = Reason(code=ReasonCode(refused.code), words=str(refused))
    match refused:
        case PermissionMissing(permission=permission):
            return evolve(reason, permission=Permission(permission))
        case WrongStatus(allowed=allowed):
            return evolve(reason, allowed=allowed)
        case PaymentUnderWay(invoice=number) if order is not None:
            (waiting,) = (
                of_pending(order, item) for item in order.invoices if item.number == number
            )
            return evolve(waiting, code=reason.code, words=reason.words)
        case SaleConfirmed() if order is not None:
            sale = order.sale
            return evolve(reason, by=sale.confirmed_by, since=sale.confirmed_at)
        case WrongInstallation():
            return evolve(reason, awaited=MEANINGS[reason.code].awaited)
        case _:
            return reason


def _of_open(order: Order) -> Iterator[Reason]:
    """Yield what an open order waits for: what is pending, and what may be paid next."""
    owed = in_words(ReasonCode.OUTSTANDING, f"{order.outstanding} of {order.price}")
    yield evolve(owed, amount=order.outstanding, since=order.placed_at)
    for invoice in order.invoices:
        if invoice.status is InvoiceStatus.PENDING:
            yield of_pending(order, invoice)
    last = order.invoices[-1] if order.invoices else None
    if last is not None and last.status in _TRIED:
        yield _about(last, _TRIED[last.status], gateway_words(last))
    yield from _next_payment(order)


def _next_payment(order: Order) -> Iterator[Reason]:
    """Yield what may be paid next, or that nothing may be though something is missing."""
    if not payment_terms.available(order).is_positive:
        return  # all of it is pending, and told of by itself
    amount = payment_terms.default_amount(order)
    fits = payment_terms.refusal(order, amount) is None
    code = ReasonCode.NOT_STARTED if fits else ReasonCode.UNDERPAID
    yield evolve(in_words(code, str(amount)), amount=amount)


def of_pending(order: Order, invoice: Invoice) -> Reason:
    """Return what an invoice without a final answer waits for."""
    attempt = invoice.attempt
    if attempt is None:
        return _about(invoice, ReasonCode.AWAITS_MANAGER)
    detail = gateway_words(invoice) or "; ".join(
        f"{flag.reason}: {flag.detail}"
        for flag in order.attention
        if flag.invoice == invoice.number
    )
    return evolve(
        _about(invoice, _stage(attempt), detail),
        since=attempt.sent_at,
        until=attempt.next_check,
        buyer_action=attempt.buyer_action,
    )


def _stage(attempt: Attempt) -> ReasonCode:
    if attempt.stage is Stage.ACCEPTED and attempt.buyer_action is not None:
        return ReasonCode.AWAITS_BUYER
    return _PENDING[attempt.stage]


def _about(invoice: Invoice, code: ReasonCode, detail: str = "") -> Reason:
    subject = f"invoice {invoice.number} over {invoice.amount} through {invoice.system}"
    return evolve(
        in_words(code, subject, detail),
        invoice=invoice.number,
        amount=invoice.amount,
        since=invoice.settled_at or invoice.attempted_at,
        error=invoice.error,
    )


def gateway_words(invoice: Invoice) -> str:
    """Return the payment system's own words about `invoice`, if it said any."""
    error = invoice.error
    if error is None:
        return ""
    return f"{error.code}: {error.message}" if error.message else error.code


def _of_ended(order: Order) -> Reason:
    """Return why `order` is not open any more."""
    match order.status:
        case OrderStatus.COMPLETED:
            return _of_completed(order)
        case OrderStatus.DECLINED:
            return _of_declined(order)
        case _:
            return _of_returned(order)


def _of_completed(order: Order) -> Reason:
    subject, decision = f"order {order.number}", order.decision
    if decision is not None and decision.kind is DecisionKind.CONFIRMED:
        return evolve(_decided(order, decision), amount=order.waived)
    if order.price.is_zero:
        return evolve(in_words(ReasonCode.FREE, subject), since=order.placed_at)
    last = _covering(order)
    reason = in_words(ReasonCode.PAID, subject)
    return evolve(reason, invoice=last.number, amount=order.paid, since=last.settled_at)


def _covering(order: Order) -> Invoice:
    """Return the payment with which what was paid came to cover the price."""
    payments = order.newest_payments[::-1]
    paid = accumulate(item.covers.minor for item in payments)
    return next(
        item for item, so_far in zip(payments, paid, strict=True) if so_far >= order.price.minor
    )


def _of_declined(order: Order) -> Reason:
    if order.decision is not None:
        return _decided(order, order.decision)
    last = order.invoices[-1]
    reason = in_words(ReasonCode.ATTEMPTS_USED_UP, f"order {order.number}", gateway_words(last))
    return evolve(reason, invoice=last.number, since=last.settled_at, error=last.error)


def _of_returned(order: Order) -> Reason:
    went_back = [item for item in order.refunds if item.status is RefundStatus.SUCCEEDED]
    since = max(item.settled_at or item.requested_at for item in went_back)
    return evolve(in_words(ReasonCode.RETURNED, f"order {order.number}"), since=since)


def _decided(order: Order, decision: Decision) -> Reason:
    reason = in_words(_DECIDED[decision.kind], f"order {order.number}", decision.reason)
    return evolve(reason, since=decision.at, by=decision.by)
