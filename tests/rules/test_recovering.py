"""How an order changes while what was asked for it is looked after (rule C2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import attrs
import pytest

from ordersales.errors import BrokenInvariant
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import Attempt, InvoiceStatus
from ordersales.models.order import Attention, AttentionReason, DecisionKind, Order, OrderStatus
from ordersales.models.refund import Refund
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import recovering, settlement
from ordersales.rules.change import Change
from ordersales.rules.charge_policy import CHECKS
from ordersales.rules.recovering import Subject
from ordersales.rules.recovery import Chargeable, Plan, Step
from ordersales.values.identifiers import InvoiceNumber
from ordersales.values.money import Money
from tests.rules import refunding
from tests.rules.shop import (
    ACME,
    IN_PARTS,
    LATER,
    MINUTE,
    NOON,
    an_order,
    decided,
    eur,
    failed,
    paid,
    staged,
    started,
)

pytestmark = pytest.mark.rule("C2")

FIRST: Final = Subject(InvoiceNumber(501))
REFUND: Final = Subject(InvoiceNumber(501), 1)
NEXT: Final = LATER + timedelta(minutes=7)
SEND: Final = Plan(Step.SEND, NEXT)


def in_doubt(**changes: Any) -> Order:
    """Return an order whose one payment has no final word."""
    order = started(an_order())
    return with_attempt(order, **changes)


def with_attempt(order: Order, **changes: Any) -> Order:
    """Return `order` with its last attempt changed."""
    last = order.invoices[-1]
    assert last.attempt is not None
    changed = attrs.evolve(last, attempt=attrs.evolve(last.attempt, **changes))
    return attrs.evolve(order, invoices=(*order.invoices[:-1], changed))


def refund_asked(**changes: Any) -> Order:
    """Return a paid order with 40 of its 100 EUR on their way back."""
    order = refunding.asked(amount=eur(40))
    (invoice,) = order.invoices
    refund = attrs.evolve(invoice.refunds[0], **changes)
    return attrs.evolve(order, invoices=(attrs.evolve(invoice, refunds=(refund,)),))


def the_attempt(order: Order) -> Attempt:
    """Return the attempt of the first invoice."""
    asked = FIRST.asked_of(order)
    assert isinstance(asked, Attempt)
    return asked


def the_refund(order: Order) -> Refund:
    """Return the first refund of the first invoice."""
    asked = REFUND.asked_of(order)
    assert isinstance(asked, Refund)
    return asked


def told(
    order: Order, kind: EventKind, amount: Money, note: str = "", at: datetime = LATER
) -> tuple[Event, ...]:
    """Return the one event of a change that leaves the status."""
    return (
        Event(
            account=ACME,
            order=order.number,
            kind=kind,
            at=at,
            invoice=InvoiceNumber(501),
            before=order.status,
            after=order.status,
            amount=amount,
            note=note,
        ),
    )


# -- what is looked after -------------------------------------------------------------------------


def test_a_subject_names_an_attempt_or_a_refund() -> None:
    """It finds its invoice, what was asked, and how much is moved."""
    order = refund_asked()

    assert order.invoices[0] == FIRST.invoice_of(order) == REFUND.invoice_of(order)
    assert order.invoices[0].attempt == FIRST.asked_of(order)
    assert order.invoices[0].refunds[0] == REFUND.asked_of(order)
    assert (eur(100), eur(40)) == (FIRST.amount_of(order), REFUND.amount_of(order))


@pytest.mark.parametrize(
    ("subject", "order", "words"),
    [
        (Subject(InvoiceNumber(777)), an_order(), "order 7 has no invoice 777"),
        (FIRST, started(an_order(), manual=True), "nothing was asked of"),
        (Subject(InvoiceNumber(501), 2), started(an_order()), "nothing was asked of"),
    ],
)
def test_a_subject_that_is_not_there(subject: Subject, order: Order, words: str) -> None:
    """It is a bug to look after what was never asked."""
    with pytest.raises(BrokenInvariant, match=words) as caught:
        subject.asked_of(order)

    assert "C2" == caught.value.rule


def test_due() -> None:
    """What has been due longest comes first, and what is not due does not come."""
    order = in_doubt(next_check=NOON + 2 * MINUTE)

    assert recovering.due(order, NOON + MINUTE) is None
    assert FIRST == recovering.due(order, NOON + 2 * MINUTE)
    assert recovering.due(an_order(), LATER) is None
    assert recovering.due(paid(an_order()), LATER + timedelta(days=30)) is None


def test_due_of_several() -> None:
    """Of attempts and refunds alike; where two came at once, the older invoice is first."""
    late, soon = NOON + 3 * MINUTE, NOON + 2 * MINUTE
    two = started(with_attempt(started(an_order(payment=IN_PARTS), eur(40)), next_check=late))
    second = Subject(InvoiceNumber(502))

    assert second == recovering.due(with_attempt(two, next_check=soon), NOON + 5 * MINUTE)
    assert FIRST == recovering.due(with_attempt(two, next_check=late), NOON + 5 * MINUTE)
    assert REFUND == recovering.due(refund_asked(next_check=soon), NOON + 5 * MINUTE)


# -- a look that is begun -------------------------------------------------------------------------


@pytest.mark.rule("C1")
def test_a_send_is_permitted() -> None:
    """Sent once more under the same key; its first time stays, and so does its deadline."""
    before = in_doubt(checks=2, sends=1, permits=1)

    change = recovering.taken(before, FIRST, SEND, LATER)

    attempt = attrs.evolve(
        the_attempt(before),
        stage=Stage.IN_DOUBT,
        sent_at=LATER,
        next_check=NEXT,
        checks=3,
        sends=2,
        permits=2,
    )
    assert NOON == attempt.first_sent_at
    after = attrs.evolve(before, invoices=(attrs.evolve(before.invoices[0], attempt=attempt),))
    events = told(before, EventKind.PAYMENT_SENT_AGAIN, eur(100))
    assert Change(after, events, before) == change


@pytest.mark.rule("C1")
@pytest.mark.parametrize(("sends", "counted"), [(0, 1), (1, 1), (3, 3)])
def test_what_was_certainly_not_executed_is_sent_afresh(sends: int, counted: int) -> None:
    """Its key is kept from now on, and the send that did not happen is not counted twice."""
    before = staged(in_doubt(permits=4), Stage.RESERVED, sends)

    after = the_attempt(recovering.taken(before, FIRST, SEND, LATER).order)

    assert (Stage.IN_DOUBT, LATER, LATER) == (after.stage, after.sent_at, after.first_sent_at)
    assert (counted, 5) == (after.sends, after.permits)


@pytest.mark.parametrize(("plan", "checks"), [(SEND, 1), (Plan(Step.SEND, NEXT, counts=False), 0)])
def test_only_what_counts_is_counted(plan: Plan, checks: int) -> None:
    """A wait for quiet or for an activation is no check."""
    assert checks == the_attempt(recovering.taken(in_doubt(), FIRST, plan, LATER).order).checks
    waits = attrs.evolve(plan, step=Step.WAIT)
    assert checks == the_attempt(recovering.taken(in_doubt(), FIRST, waits, LATER).order).checks


@pytest.mark.rule("R4")
@pytest.mark.parametrize(("stage", "told"), [(Stage.RESERVED, 0), (Stage.IN_DOUBT, 1)])
def test_waiting_for_an_activation_is_not_told(stage: Stage, told: int) -> None:
    """Nothing happens for days; the wait for quiet after a send is told, which is done once."""
    before = with_attempt(in_doubt(), stage=stage)

    change = recovering.taken(before, FIRST, Plan(Step.WAIT, NEXT, counts=False), LATER)

    assert told == len(change.events)
    assert (NEXT, before) == (the_attempt(change.order).next_check, change.before)
    outage = recovering.taken(before, FIRST, Plan(Step.WAIT, NEXT), LATER)
    assert 1 == len(outage.events)


@pytest.mark.parametrize("step", [Step.LOOK_UP, Step.WAIT, Step.CANCEL, Step.LEAVE])
def test_a_look_keeps_others_away(step: Step) -> None:
    """Nothing changes but the next check, and it is told what is done."""
    before = in_doubt()

    change = recovering.taken(before, FIRST, Plan(step, NEXT), LATER)

    attempt = attrs.evolve(the_attempt(before), next_check=NEXT, checks=1)
    invoices = (attrs.evolve(before.invoices[0], attempt=attempt),)
    events = told(before, EventKind.PAYMENT_CHECKED, eur(100), step)
    assert Change(attrs.evolve(before, invoices=invoices), events, before) == change


@pytest.mark.rule("P2")
def test_a_look_leaves_what_a_person_decided() -> None:
    """An order that is confirmed stays so while its payment is looked after."""
    before = decided(started(an_order(payment=IN_PARTS)), DecisionKind.CONFIRMED)

    change = recovering.taken(before, FIRST, Plan(Step.LOOK_UP, NEXT), LATER)

    assert (before.decision, before.status) == (change.order.decision, change.order.status)


@pytest.mark.rule("F1")
def test_a_refund_is_permitted() -> None:
    """As a payment is; the first send of a part of a refund is told as that."""
    before = refund_asked(sends=1, permits=1, checks=0)

    change = recovering.taken(before, REFUND, SEND, LATER)

    after = the_refund(change.order)
    expected = attrs.evolve(
        the_refund(before),
        stage=Stage.IN_DOUBT,
        sent_at=LATER,
        next_check=NEXT,
        checks=1,
        sends=2,
        permits=2,
    )
    assert expected == after
    assert told(before, EventKind.REFUND_SENT_AGAIN, eur(40)) == change.events
    unsent = refund_asked(stage=Stage.RESERVED, sends=0)
    first = recovering.taken(unsent, REFUND, SEND, LATER)
    assert told(unsent, EventKind.REFUND_SENT, eur(40)) == first.events


@pytest.mark.rule("F1")
def test_a_refund_is_looked_up() -> None:
    """It is told of the refund, with its own amount."""
    before = refund_asked()

    change = recovering.taken(before, REFUND, Plan(Step.LOOK_UP, NEXT), LATER)

    assert (NEXT, 1) == (the_refund(change.order).next_check, the_refund(change.order).checks)
    assert told(before, EventKind.REFUND_CHECKED, eur(40), Step.LOOK_UP) == change.events


@pytest.mark.rule("O5")
def test_what_is_withdrawn() -> None:
    """It is canceled, and an order in full has no other payment."""
    before = staged(in_doubt(), Stage.RESERVED)

    change = recovering.taken(before, FIRST, Plan(Step.WITHDRAW, None, counts=False), LATER)

    (invoice,) = change.order.invoices
    assert (InvoiceStatus.CANCELED, LATER) == (invoice.status, invoice.settled_at)
    assert OrderStatus.DECLINED is change.order.status


@pytest.mark.rule("O6", "C7")
@pytest.mark.parametrize(
    ("step", "stage", "reason"),
    [
        (Step.HOLD, Stage.HELD, AttentionReason.HELD),
        (Step.BLOCK, Stage.BLOCKED, AttentionReason.BLOCKED),
    ],
)
def test_a_person_is_told(step: Step, stage: Stage, reason: AttentionReason) -> None:
    """Nobody looks by themselves any more, and the order is flagged with when it was asked for."""
    before = attrs.evolve(in_doubt(), attention=(earlier(),))

    change = recovering.taken(before, FIRST, Plan(step, None), LATER)

    attempt = attrs.evolve(the_attempt(before), stage=stage, next_check=None)
    detail = "asked for at 2026-01-31T12:00:00+00:00"
    flag = Attention(reason=reason, at=LATER, invoice=InvoiceNumber(501), detail=detail)
    after = attrs.evolve(
        before,
        invoices=(attrs.evolve(before.invoices[0], attempt=attempt),),
        attention=(earlier(), flag),
    )
    events = told(before, EventKind.ATTENTION_RAISED, eur(100), f"{reason}: {detail}")
    assert Change(after, events, before) == change


def earlier() -> Attention:
    """Return a flag that was there before."""
    return Attention(
        reason=AttentionReason.CONTRADICTION, at=NOON, invoice=InvoiceNumber(501), detail="no, yes"
    )


@pytest.mark.rule("F1", "C7")
def test_a_held_refund_is_named() -> None:
    """The flag says which refund it is."""
    before = refund_asked()

    change = recovering.taken(before, REFUND, Plan(Step.HOLD, None), LATER)

    asked_at = the_refund(before).first_sent_at.isoformat()
    assert Stage.HELD is the_refund(change.order).stage
    assert the_refund(change.order).next_check is None
    assert [f"refund 1, asked for at {asked_at}"] == [
        flag.detail for flag in change.order.attention
    ]


# -- what was proven not to be there --------------------------------------------------------------

NOTE: Final = "it was looked up, and is not there"


def test_what_is_absent_is_sent_anew() -> None:
    """Under a new key, as if for the first time, at once."""
    before = in_doubt(sends=3, permits=3, checks=4, next_check=None)

    change = recovering.absent(before, FIRST, Chargeable.NOW, LATER)

    attempt = attrs.evolve(
        the_attempt(before),
        epoch=1,
        sends=1,
        sent_at=LATER,
        first_sent_at=LATER,
        permits=4,
        next_check=LATER + CHECKS[4],
    )
    assert attempt.key.endswith("~1")
    invoices = (attrs.evolve(before.invoices[0], attempt=attempt),)
    events = told(before, EventKind.PAYMENT_SENT_AGAIN, eur(100), NOTE)
    assert Change(attrs.evolve(before, invoices=invoices), events, before) == change


@pytest.mark.rule("R6", "C6")
def test_what_is_absent_and_may_never_be_sent_has_failed() -> None:
    """With what spoke against it when it was begun, as if it had been skipped."""
    error = PaymentError(code="no_method", message="None is stored.")
    order = in_doubt()
    before = attrs.evolve(order, invoices=(attrs.evolve(order.invoices[0], error=error),))

    change = recovering.absent(before, FIRST, Chargeable.NEVER, LATER)

    assert settlement.failed(before, before.invoices[0], error, LATER) == change
    (invoice,) = change.order.invoices
    assert (InvoiceStatus.FAILED, error, LATER) == (
        invoice.status, invoice.error, invoice.settled_at,
    )  # fmt: skip


@pytest.mark.rule("R4")
def test_what_is_absent_is_kept_for_an_activation() -> None:
    """Under a new key, unsent, looked after once a day."""
    before = in_doubt(sends=3, permits=3, checks=4)

    change = recovering.absent(before, FIRST, Chargeable.LATER, LATER)

    attempt = attrs.evolve(
        the_attempt(before),
        epoch=1,
        stage=Stage.RESERVED,
        sends=0,
        checks=0,
        first_sent_at=LATER,
        next_check=LATER + timedelta(days=1),
    )
    invoices = (attrs.evolve(before.invoices[0], attempt=attempt),)
    events = told(before, EventKind.PAYMENT_NOT_SENT, eur(100), NOTE)
    assert Change(attrs.evolve(before, invoices=invoices), events, before) == change


def test_what_is_absent_and_may_not_be_sent_is_withdrawn() -> None:
    """No money moved, and none will."""
    change = recovering.absent(in_doubt(), FIRST, Chargeable.NO_MORE, LATER)

    (invoice,) = change.order.invoices
    assert (InvoiceStatus.CANCELED, LATER) == (invoice.status, invoice.settled_at)


@pytest.mark.rule("F1")
def test_an_absent_refund_keeps_its_key() -> None:
    """Its reference is its key for ever: it is sent again under that."""
    before = refund_asked(sends=2, permits=2, checks=1)

    change = recovering.absent(before, REFUND, Chargeable.NOW, LATER)

    after = the_refund(change.order)
    assert the_refund(before).reference == after.reference
    assert (1, 3, LATER, LATER) == (after.sends, after.permits, after.sent_at, after.first_sent_at)
    assert LATER + CHECKS[1] == after.next_check
    assert told(before, EventKind.REFUND_SENT_AGAIN, eur(40), NOTE) == change.events


# -- whether somebody else moved ------------------------------------------------------------------


def test_unmoved() -> None:
    """What was sent since, or got further, makes a look-up worthless."""
    order = in_doubt(permits=2)
    seen = the_attempt(order)

    assert recovering.unmoved(order, FIRST, seen)
    assert recovering.unmoved(with_attempt(order, next_check=NEXT, checks=9), FIRST, seen)
    assert not recovering.unmoved(with_attempt(order, permits=3), FIRST, seen)
    assert not recovering.unmoved(staged(order, Stage.ACCEPTED), FIRST, seen)


def test_other_invoices_stay() -> None:
    """Only what is looked after is marked."""
    before = started(failed(an_order(payment=IN_PARTS), eur(40)), eur(60))
    second = Subject(InvoiceNumber(502))

    after = recovering.taken(before, second, SEND, LATER).order

    assert before.invoices[0] == after.invoices[0]
    assert before.invoices[1] != after.invoices[1]
    assert eur(60) == second.amount_of(after)
