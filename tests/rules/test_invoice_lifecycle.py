"""The status of an invoice: every step of rule I2, and what a step keeps and changes."""

from __future__ import annotations

import itertools

import attrs
import pytest

from ordersales.errors import BrokenInvariant
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.refund import Refund, RefundKind, RefundStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import invoice_lifecycle
from ordersales.rules.invoice_lifecycle import TRANSITIONS, What
from tests.rules.shop import CHARGE, LATER, MINUTE, NOON, OTHER_CHARGE, an_invoice, eur

pytestmark = pytest.mark.rule("I2")

PENDING, PAID, FAILED, CANCELED, REFUNDED = InvoiceStatus
SOON = NOON + 5 * MINUTE
ERROR = PaymentError(code="card_declined", message="The bank said no.")

#: The steps of rule I2, those by which money that did arrive is recorded (rule O6), and the one
#: by which money that had gone back is ours again (rule F2).
STEPS = {
    (PENDING, What.SUCCEEDED): PAID,
    (PENDING, What.DECLINED): FAILED,
    (PENDING, What.WITHDRAWN): CANCELED,
    (FAILED, What.PROVEN): PAID,
    (CANCELED, What.SUCCEEDED): PAID,
    (PAID, What.RETURNED): REFUNDED,
    (REFUNDED, What.REGAINED): PAID,
}


def test_the_table_is_that_of_the_rule() -> None:
    """The transitions are the stated ones, and no others."""
    assert STEPS == TRANSITIONS


@pytest.mark.parametrize(("was", "what", "then"), [(*at, then) for at, then in STEPS.items()])
def test_a_step(was: InvoiceStatus, what: What, then: InvoiceStatus) -> None:
    """Each step is taken, closes the attempt, and keeps when it was settled."""
    before = an_invoice(was)
    assert before.attempt is not None

    after = invoice_lifecycle.moved(before, what, LATER)

    closed = attrs.evolve(before.attempt, stage=Stage.CLOSED, next_check=None)
    assert attrs.evolve(before, status=then, attempt=closed, settled_at=LATER) == after


@pytest.mark.parametrize(
    ("was", "what"), sorted(set(itertools.product(InvoiceStatus, What)) - set(STEPS))
)
def test_a_step_outside_the_table_raises(was: InvoiceStatus, what: What) -> None:
    """Every other pair of a status and an event is a bug that raises."""
    with pytest.raises(BrokenInvariant) as caught:
        invoice_lifecycle.moved(an_invoice(was), what, LATER)

    assert BrokenInvariant("I2", f"invoice 501 is {was} and {what}") == caught.value


@pytest.mark.rule("I1")
def test_a_step_keeps_all_that_is_known() -> None:
    """Only what a step is told changes; of the attempt, what the buyer had to do is over."""
    made = an_invoice()
    assert made.attempt is not None
    attempt = attrs.evolve(
        made.attempt, epoch=2, sends=3, checks=4, sent_at=LATER, buyer_action="https://bank.example"
    )
    refund = Refund(
        number=1,
        kind=RefundKind.REFUND,
        amount=eur(1),
        status=RefundStatus.FAILED,
        requested_at=NOON,
    )
    before = attrs.evolve(
        made,
        attempt=attempt,
        one_click=True,
        comment="by card",
        gateway_id=CHARGE,
        fee=eur(2),
        error=ERROR,
        refunds=(refund,),
    )

    after = invoice_lifecycle.moved(before, What.SUCCEEDED, LATER)

    closed = attrs.evolve(attempt, stage=Stage.CLOSED, next_check=None, buyer_action=None)
    expected = attrs.evolve(before, status=PAID, attempt=closed, settled_at=LATER, error=None)
    assert expected == after


@pytest.mark.rule("I1")
def test_a_step_takes_what_it_is_told() -> None:
    """Amount, covered part, reference, commission and error are taken where they are told."""
    before = attrs.evolve(an_invoice(stage=None), gateway_id=CHARGE, fee=eur(2))

    after = invoice_lifecycle.moved(
        before,
        What.SUCCEEDED,
        LATER,
        amount=eur(90),
        covers=eur(80),
        gateway_id=OTHER_CHARGE,
        fee=eur(0),
        error=ERROR,
    )

    expected = attrs.evolve(
        before,
        status=PAID,
        amount=eur(90),
        covers=eur(80),
        gateway_id=OTHER_CHARGE,
        fee=eur(0),
        error=ERROR,
        settled_at=LATER,
    )
    assert expected == after


def test_asking_gets_further() -> None:
    """A pending invoice notes how far the asking got, and what was learned."""
    before = an_invoice()
    assert before.attempt is not None

    after = invoice_lifecycle.asked(
        before,
        Stage.ACCEPTED,
        SOON,
        gateway_id=CHARGE,
        buyer_action="https://bank.example",
        error=ERROR,
    )

    attempt = attrs.evolve(
        before.attempt,
        stage=Stage.ACCEPTED,
        next_check=SOON,
        buyer_action="https://bank.example",
    )
    assert attrs.evolve(before, gateway_id=CHARGE, error=ERROR, attempt=attempt) == after


def test_asking_forgets_what_is_over() -> None:
    """An earlier error and what the buyer had to do are gone; reference and sending time stay."""
    asked = invoice_lifecycle.asked(
        an_invoice(),
        Stage.ACCEPTED,
        SOON,
        gateway_id=CHARGE,
        buyer_action="https://bank.example",
        error=ERROR,
    )

    after = invoice_lifecycle.asked(asked, Stage.HELD, None)

    assert after.attempt is not None
    assert CHARGE == after.gateway_id
    assert after.error is None
    assert after.attempt.buyer_action is None
    assert after.attempt.next_check is None
    assert NOON == after.attempt.sent_at
    assert Stage.HELD is after.attempt.stage


@pytest.mark.parametrize("status", [PAID, FAILED, CANCELED, REFUNDED])
def test_asking_about_what_is_final_raises(status: InvoiceStatus) -> None:
    """Nobody is asked about an invoice that has its final word."""
    with pytest.raises(BrokenInvariant) as caught:
        invoice_lifecycle.asked(an_invoice(status), Stage.IN_DOUBT, None)

    assert BrokenInvariant("I2", "invoice 501 is not pending at a gateway") == caught.value


def test_asking_about_a_manual_payment_raises() -> None:
    """No gateway knows of a manual payment."""
    with pytest.raises(BrokenInvariant) as caught:
        invoice_lifecycle.asked(an_invoice(stage=None), Stage.IN_DOUBT, None)

    assert BrokenInvariant("I2", "invoice 501 is not pending at a gateway") == caught.value
