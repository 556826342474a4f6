"""What a person may settle, and what it changes (rule C2)."""

from __future__ import annotations

from typing import Final

import attrs
import pytest

from ordersales.errors import (
    BrokenInvariant,
    InvalidInput,
    Problem,
    RuleRefused,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.charge import Declined, Succeeded, Withdrawn
from ordersales.models.event import EventKind
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Order, OrderStatus
from ordersales.models.refund import RefundRefused, RefundStatus, RefundSucceeded
from ordersales.models.stage import Stage
from ordersales.rules import held
from ordersales.rules.permissions import Operation
from ordersales.values.identifiers import GatewayId
from ordersales.values.money import Money
from tests.rules import refunding
from tests.rules.shop import (
    BOSS,
    CHARGE,
    IN_PARTS,
    LATER,
    an_invoice,
    an_order,
    eur,
    paid,
    staged,
    started,
    usd,
)

pytestmark = pytest.mark.rule("C2")

WHY: Final = "Seen in the merchant's own pages"
PAYMENT, REFUND = Operation.SETTLE_PAYMENT, Operation.SETTLE_REFUND
CENT: Final = eur("0.01")
STOPPED: Final = (Stage.HELD, Stage.BLOCKED)


def refusal(invoice: Invoice) -> RuleRefused | None:
    """Return why a person may not settle the payment."""
    return next(held.refusals(invoice), None)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("status", InvoiceStatus)
def test_which_payments(status: InvoiceStatus, stage: Stage) -> None:
    """Those that are pending and that nobody looks after by themselves."""
    invoice = an_invoice(status, stage=stage)
    expected: RuleRefused | None = None
    if status is not InvoiceStatus.PENDING:
        expected = WrongStatus(PAYMENT, "invoice 501", status, STOPPED)
    elif stage not in STOPPED:
        expected = WrongStatus(PAYMENT, "invoice 501", stage, STOPPED)

    assert expected == refusal(invoice)


def test_no_manual_payment() -> None:
    """That a person confirms or rejects."""
    expected = WrongTerms(PAYMENT, "invoice 501", "payments that a gateway makes")

    assert expected == refusal(an_invoice(stage=None))


def a_held_order(stage: Stage = Stage.HELD, *, amount: Money | None = None) -> Order:
    """Return an order that may be paid in parts, with a payment of 60 of its 100 EUR held."""
    return staged(started(an_order(payment=IN_PARTS), eur(60), amount=amount), stage)


@pytest.mark.parametrize("stage", STOPPED)
@pytest.mark.parametrize(
    ("evidence", "status", "kind", "note"),
    [
        (
            Succeeded(gateway_id=CHARGE, amount=eur(60)),
            InvoiceStatus.PAID,
            EventKind.PAYMENT_SUCCEEDED,
            WHY,
        ),
        (
            Declined(code="no_funds", message="Short."),
            InvoiceStatus.FAILED,
            EventKind.PAYMENT_FAILED,
            f"{WHY}; no_funds: Short.",
        ),
        (Withdrawn(), InvoiceStatus.CANCELED, EventKind.PAYMENT_CANCELED, WHY),
    ],
    ids=["taken", "declined", "never there"],
)
def test_settle(
    stage: Stage, evidence: held.Evidence, status: InvoiceStatus, kind: EventKind, note: str
) -> None:
    """It is booked as if the gateway had told it, with who said so and on what evidence."""
    order = a_held_order(stage)

    change = held.settle(order, order.invoices[0], evidence, LATER, by=BOSS, reason=WHY)

    (invoice,) = change.order.invoices
    assert status is invoice.status
    assert [(kind, BOSS, note, LATER)] == [
        (told.kind, told.by, told.note, told.at) for told in change.events
    ]
    assert order == change.before
    # Who finds nothing has looked for all that a restored backup may have lost of the order.
    assert (LATER if evidence == Withdrawn() else None) == change.order.searched_at


@pytest.mark.rule("O6", "I5")
@pytest.mark.parametrize(
    ("asked", "came", "covers", "covered"),
    [
        (None, eur(50), None, eur(50)),
        (None, eur(50), eur(50), eur(50)),
        (None, eur(70), None, eur(70)),
        (usd(66), usd(66), None, eur(60)),
        (usd(66), usd(60), eur(55), eur(55)),
        (usd(66), usd(60), CENT, CENT),
        (None, CENT, None, CENT),
    ],
    ids=[
        "less",
        "less, as said",
        "more",
        "as asked, in dollars",
        "other dollars",
        "a cent's worth of dollars",
        "a cent",
    ],
)
def test_money_is_booked_as_it_came(
    asked: Money | None, came: Money, covers: Money | None, covered: Money
) -> None:
    """It covers as much of the price in its currency; in another a person says how much."""
    order = a_held_order(amount=asked)
    evidence = Succeeded(gateway_id=CHARGE, amount=came)

    after = held.settle(
        order, order.invoices[0], evidence, LATER, by=BOSS, reason=WHY, covers=covers
    ).order

    (invoice,) = after.invoices
    assert (came, covered) == (invoice.amount, invoice.covers)
    assert (covered, OrderStatus.OPEN) == (after.paid, after.status)


@pytest.mark.rule("B1", "I5")
@pytest.mark.parametrize(
    ("came", "covers", "field", "allowed"),
    [
        (eur(50), eur(60), "covers", "50.00 EUR, as it came, since both are in EUR"),
        (eur(50), usd(50), "covers", ""),
        (eur(50), eur(0), "covers", ""),
        (usd(50), usd(50), "covers", ""),
        (usd(50), eur(0), "covers", ""),
        (eur(0), None, "outcome.amount", ""),
        (usd(50), None, "covers", ""),
    ],
    ids=[
        "contradicts",
        "another currency",
        "nothing",
        "dollars for dollars",
        "nothing for dollars",
        "nothing came",
        "not said",
    ],
)
def test_what_is_covered_is_checked(
    came: Money, covers: Money | None, field: str, allowed: str
) -> None:
    """It is in the price's currency, and what came in that currency covers just that."""
    order = a_held_order()
    evidence = Succeeded(gateway_id=CHARGE, amount=came)

    with pytest.raises(InvalidInput) as caught:
        held.settle(order, order.invoices[0], evidence, LATER, by=BOSS, reason=WHY, covers=covers)

    (problem,) = caught.value.problems
    given = came if field == "outcome.amount" else covers
    assert (field, Problem.of(field, given, "").given) == (problem.field, problem.given)
    assert allowed in problem.allowed


@pytest.mark.rule("P1")
def test_the_charge_of_another_payment_is_no_evidence() -> None:
    """Its money is booked; another charge is as good as any."""
    order = staged(started(paid(an_order(payment=IN_PARTS), eur(50)), eur(50)), Stage.HELD)
    evidence = Succeeded(gateway_id=CHARGE, amount=eur(50))

    with pytest.raises(InvalidInput) as caught:
        held.settle(order, order.invoices[1], evidence, LATER, by=BOSS, reason=WHY)

    allowed = "another charge than that of invoice 501, whose money is booked there"
    assert InvalidInput.of("outcome.gateway_id", CHARGE, allowed) == caught.value


def test_nothing_is_settled_that_may_not_be() -> None:
    """What somebody still looks after is none of a person's."""
    order = a_held_order(Stage.IN_DOUBT)

    with pytest.raises(WrongStatus) as caught:
        held.settle(order, order.invoices[0], Withdrawn(), LATER, by=BOSS, reason=WHY)

    assert refusal(order.invoices[0]) == caught.value


# -- refunds --------------------------------------------------------------------------------------


def a_refund(*stages: Stage) -> Order:
    """Return a paid order with a refund of 10 of its 100 EUR at each of these stages."""
    order = refunding.paid()
    for _ in stages:
        order = refunding.asked(order, eur(10))
    (invoice,) = order.invoices
    refunds = tuple(
        attrs.evolve(refund, stage=stage, next_check=None)
        for refund, stage in zip(invoice.refunds, stages, strict=True)
    )
    return attrs.evolve(order, invoices=(attrs.evolve(invoice, refunds=refunds),))


@pytest.mark.rule("F1")
@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("status", RefundStatus)
def test_which_refunds(status: RefundStatus, stage: Stage) -> None:
    """Those that are pending and that nobody looks after by themselves."""
    (invoice,) = a_refund(stage).invoices
    refund = attrs.evolve(invoice.refunds[0], status=status)
    invoice = attrs.evolve(invoice, refunds=(refund,))
    pending, record = status is RefundStatus.PENDING, "invoice 501"
    wrong = WrongStatus(REFUND, f"refund 1 of {record}", stage if pending else status, STOPPED)
    none = WrongStatus(REFUND, record, "without a held refund", ("with a held refund",))
    may = pending and stage in STOPPED

    assert ([] if may else [wrong]) == list(held.refund_refusals(invoice, refund))
    assert ([] if may else [none]) == list(held.refund_refusals(invoice))
    assert (refund if may else None) == held.stopped(invoice)


@pytest.mark.rule("F1")
@pytest.mark.parametrize(
    ("evidence", "status", "kind"),
    [
        (
            RefundSucceeded(gateway_id=GatewayId("re_7")),
            RefundStatus.SUCCEEDED,
            EventKind.REFUND_SUCCEEDED,
        ),
        (RefundRefused(code="closed"), RefundStatus.FAILED, EventKind.REFUND_FAILED),
    ],
)
def test_settle_a_refund(
    evidence: held.RefundEvidence, status: RefundStatus, kind: EventKind
) -> None:
    """The first that waits for a person, or the one that is named."""
    order = a_refund(Stage.IN_DOUBT, Stage.HELD, Stage.BLOCKED)
    (invoice,) = order.invoices

    change = held.settle_refund(order, invoice, None, evidence, LATER, by=BOSS, reason=WHY)
    named = held.settle_refund(
        order, invoice, invoice.refunds[2], evidence, LATER, by=BOSS, reason=WHY
    )

    pending = RefundStatus.PENDING
    after = change.order.invoices[0].refunds
    assert [pending, status, pending] == [refund.status for refund in after]
    after = named.order.invoices[0].refunds
    assert [pending, pending, status] == [refund.status for refund in after]
    (told,) = change.events
    assert (kind, BOSS) == (told.kind, told.by)
    assert told.note.startswith(WHY)


@pytest.mark.rule("F1")
def test_no_refund_is_settled_that_may_not_be() -> None:
    """What somebody still looks after is none of a person's."""
    order = a_refund(Stage.ACCEPTED)
    (invoice,) = order.invoices
    done = RefundSucceeded(gateway_id=GatewayId("re_7"))

    for refund in (None, invoice.refunds[0]):
        with pytest.raises(WrongStatus) as caught:
            held.settle_refund(order, invoice, refund, done, LATER, by=BOSS, reason=WHY)
        assert next(held.refund_refusals(invoice, refund)) == caught.value


def test_what_changes_nothing_was_not_held() -> None:
    """Evidence on what is held always changes something; else the rules contradict each other."""
    with pytest.raises(BrokenInvariant, match="any final word"):
        held._told(None, BOSS, WHY)
