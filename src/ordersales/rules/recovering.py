"""How an order changes while something that was asked of a payment system is looked after (C2).

An attempt and a refund are treated alike: a `Subject` says which of them it is. What the payment
system is then found to have done is no matter of these rules but of `settlement` and
`refund_settlement`, which know no difference between an answer, a message and a look-up.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, cast

from attrs import evolve, frozen

from ordersales.errors import BrokenInvariant
from ordersales.models.event import EventKind
from ordersales.models.installation import Gap
from ordersales.models.invoice import Attempt, Invoice
from ordersales.models.order import Attention, AttentionReason, Order
from ordersales.models.refund import Refund
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import lost, order_lifecycle, refund_lifecycle, settlement
from ordersales.rules.change import Change, told
from ordersales.rules.charge_policy import check_again
from ordersales.rules.recovery import PAUSED, Chargeable, Plan, Step
from ordersales.rules.refunds import replaced
from ordersales.values.identifiers import InvoiceNumber
from ordersales.values.money import Money


@frozen
class Subject:
    """What is looked after: the attempt of an invoice, or one of its refunds."""

    invoice: InvoiceNumber
    #: None for the attempt.
    refund: int | None = None

    def invoice_of(self, order: Order) -> Invoice:
        """Return its invoice."""
        invoice = order.invoice(self.invoice)
        if invoice is None:
            raise BrokenInvariant("C2", f"order {order.number} has no invoice {self.invoice}")
        return invoice

    def asked_of(self, order: Order) -> Attempt | Refund:
        """Return what was asked of the payment system."""
        invoice = self.invoice_of(order)
        asked = invoice.attempt if self.refund is None else invoice.refund(self.refund)
        if asked is None:
            raise BrokenInvariant("C2", f"nothing was asked of {self}")
        return asked

    def amount_of(self, order: Order) -> Money:
        """Return what is charged, or returned."""
        invoice = self.invoice_of(order)
        refund = None if self.refund is None else invoice.refund(self.refund)
        return invoice.amount if refund is None else refund.amount


@frozen
class _Told:
    """How it is told of each of the two."""

    payment: EventKind
    refund: EventKind

    def of(self, subject: Subject) -> EventKind:
        return self.payment if subject.refund is None else self.refund


_CHECKED: Final = _Told(EventKind.PAYMENT_CHECKED, EventKind.REFUND_CHECKED)
_SENT_AGAIN: Final = _Told(EventKind.PAYMENT_SENT_AGAIN, EventKind.REFUND_SENT_AGAIN)
_NOT_SENT: Final = _Told(EventKind.PAYMENT_NOT_SENT, EventKind.REFUND_NOT_SENT)

#: Why a person is needed, by what was done.
REASONS: Final = {
    Step.HOLD: (Stage.HELD, AttentionReason.HELD),
    Step.BLOCK: (Stage.BLOCKED, AttentionReason.BLOCKED),
}


def due(order: Order, now: datetime) -> Subject | None:
    """Return what of `order` is to be looked after now, that whose check came first (C2)."""
    found: list[tuple[datetime, InvoiceNumber, int]] = []
    for invoice in order.invoices:
        asked = [(0, invoice.attempt), *((item.number, item) for item in invoice.refunds)]
        for number, item in asked:
            if item is not None and item.next_check is not None and item.next_check <= now:
                found.append((item.next_check, invoice.number, number))
    if not found:
        return None
    _, invoice_number, number = min(found)
    return Subject(invoice_number, number or None)


def doubted(order: Order, subject: Subject, gap: Gap | None) -> Order:
    """Return `order` with the subject in doubt if it may have been sent in the time lost (C6)."""
    asked = subject.asked_of(order)
    if gap is None or asked.stage is not Stage.RESERVED or not lost.asked(gap, asked):
        return order
    return _with(order, subject, lost.doubted(asked, gap, asked.next_check))


def taken(order: Order, subject: Subject, plan: Plan, at: datetime) -> Change:
    """Return `order` with `plan` begun: to be committed before anything is asked.

    With the commit nobody else looks after it before its next check; and where the plan is to
    send, it is the permission.
    """
    asked = subject.asked_of(order)
    checks = asked.checks + 1 if plan.counts else asked.checks
    if plan.step is Step.SEND:
        return _permitted(order, subject, at, next_check=plan.next_check, checks=checks)
    if plan.step in REASONS:
        return held(order, subject, plan.step, at)
    if plan.step is Step.WITHDRAW:
        return settlement.withdrawn(order, subject.invoice_of(order), at)
    changes = {"next_check": plan.next_check, "checks": checks}
    change = _marked(order, subject, changes, _CHECKED.of(subject), at, note=plan.step)
    if asked.stage is Stage.RESERVED and not plan.counts:
        # For its activation it may wait long, and a line of history a day would tell nothing.
        return Change(change.order, (), order)
    return change


def _permitted(order: Order, subject: Subject, at: datetime, **changes: Any) -> Change:
    asked = subject.asked_of(order)
    certain = asked.stage is Stage.RESERVED
    changes |= {
        "stage": Stage.IN_DOUBT,
        "sent_at": at,
        "first_sent_at": at if certain else asked.first_sent_at,
        "sends": max(1, asked.sends) if certain else asked.sends + 1,
        "permits": asked.permits + 1,
    }
    # Of a refund over several payments, most parts are permitted after the first was answered.
    first = subject.refund is not None and not asked.sends
    kind = EventKind.REFUND_SENT if first else _SENT_AGAIN.of(subject)
    return _marked(order, subject, changes, kind, at)


def unmoved(order: Order, subject: Subject, seen: Attempt | Refund) -> bool:
    """Tell whether it is still as it was `seen`: what was sent since makes a look-up worthless."""
    asked = subject.asked_of(order)
    return asked.stage is seen.stage and asked.permits == seen.permits


def absent(order: Order, subject: Subject, may: Chargeable, at: datetime) -> Change:
    """Return `order` after it was proven that its payment system never executed the subject.

    It is about to be sent under a new key, or kept for when it may be sent, or withdrawn; what may
    never be sent is counted as failed, as if it had been skipped (rule R6). A refund has one key for ever: its reference.
    """
    asked, note = subject.asked_of(order), "it was looked up, and is not there"
    if may is Chargeable.NO_MORE:
        return settlement.withdrawn(order, subject.invoice_of(order), at)
    if may is Chargeable.NEVER:
        invoice = subject.invoice_of(order)
        return settlement.failed(order, invoice, cast("PaymentError", invoice.error), at)
    anew: dict[str, Any] = {"epoch": asked.epoch + 1} if isinstance(asked, Attempt) else {}
    if may is Chargeable.LATER:
        # Nothing was sent under the new key, neither here nor in a time that was lost.
        anew |= {"stage": Stage.RESERVED, "sends": 0, "checks": 0, "first_sent_at": at}
        anew |= {"next_check": at + PAUSED}
        return _marked(order, subject, anew, _NOT_SENT.of(subject), at, note=note)
    anew |= {
        "sends": 1,
        "sent_at": at,
        "first_sent_at": at,
        "permits": asked.permits + 1,
        "next_check": check_again(at, asked.checks),
    }
    return _marked(order, subject, anew, _SENT_AGAIN.of(subject), at, note=note)


def held(order: Order, subject: Subject, step: Step, at: datetime) -> Change:
    """Return `order` with nobody looking after it by themselves any more, and a person told."""
    stage, reason = REASONS[step]
    asked = subject.asked_of(order)
    what = "" if subject.refund is None else f"refund {subject.refund}, "
    detail = f"{what}asked for at {asked.first_sent_at.isoformat()}"
    flag = Attention(reason=reason, at=at, invoice=subject.invoice, detail=detail)
    return _marked(
        order,
        subject,
        {"stage": stage, "next_check": None},
        EventKind.ATTENTION_RAISED,
        at,
        flags=(flag,),
        note=f"{reason}: {detail}",
    )


def _marked(
    order: Order,
    subject: Subject,
    changes: dict[str, Any],
    kind: EventKind,
    at: datetime,
    *,
    flags: tuple[Attention, ...] = (),
    note: str = "",
) -> Change:
    """Return `order` with something noted of the subject, where no status can change."""
    after = _with(order, subject, evolve(subject.asked_of(order), **changes), flags)
    amount = subject.amount_of(order)
    return told(order, after, kind, at, invoice=subject.invoice, amount=amount, note=note)


def _with(
    order: Order, subject: Subject, asked: Attempt | Refund, flags: tuple[Attention, ...] = ()
) -> Order:
    """Return `order` with the subject as it now is."""
    invoice, attention = subject.invoice_of(order), (*order.attention, *flags)
    if isinstance(asked, Refund):
        refunds = replaced(invoice, asked)
        return refund_lifecycle.changed(order, invoice, refunds, attention=attention)
    marked = evolve(invoice, attempt=asked)
    return order_lifecycle.changed(
        order,
        None,
        invoices=tuple(
            marked if item.number == invoice.number else item for item in order.invoices
        ),
        decision=order.decision,
        attention=attention,
    )
