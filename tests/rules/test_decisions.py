"""What a person, or the host, decides about an order."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from ordersales.errors import PaymentUnderWay, WrongStatus, WrongTerms
from ordersales.models.charge import Accepted, Misconfigured, NotExecuted
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.offer import PaymentTerms
from ordersales.models.order import Decision, DecisionKind, Order, OrderStatus
from ordersales.models.stage import Stage
from ordersales.rules import decisions
from ordersales.rules.change import Change
from ordersales.values.identifiers import OrderNumber
from ordersales.values.money import Money
from tests.rules.shop import (
    ACME,
    BOSS,
    CHARGE,
    IN_FULL,
    IN_PARTS,
    IN_THREE,
    LATER,
    NO,
    an_order,
    decided,
    eur,
    paid,
    returned,
    settled,
    staged,
    started,
)

OPEN, COMPLETED, DECLINED, REFUND = OrderStatus
CONFIRM, DECLINE, CANCEL, EXPIRE = DecisionKind
VERBS = {CONFIRM: "confirm", DECLINE: "decline", CANCEL: "cancel", EXPIRE: "expire"}

Given = Callable[[], Order]


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("kind", "told", "status", "amount"),
    [
        (CONFIRM, EventKind.ORDER_CONFIRMED, COMPLETED, eur(60)),
        (DECLINE, EventKind.ORDER_DECLINED, DECLINED, None),
        (CANCEL, EventKind.ORDER_CANCELED, DECLINED, None),
        (EXPIRE, EventKind.ORDER_EXPIRED, DECLINED, None),
    ],
)
def test_a_decision(
    kind: DecisionKind, told: EventKind, status: OrderStatus, amount: Money | None
) -> None:
    """A decision is kept with who, when and why, and one event tells of it."""
    before = paid(an_order(payment=IN_PARTS), eur(40))

    change = decisions.decide(before, kind, LATER, by=BOSS, reason="not today")

    decision = Decision(kind=kind, at=LATER, by=BOSS, reason="not today")
    event = Event(
        account=ACME,
        order=OrderNumber(7),
        kind=told,
        at=LATER,
        by=BOSS,
        before=OPEN,
        after=status,
        amount=amount,
        note="not today",
    )
    expected = attrs.evolve(before, status=status, decision=decision)
    assert Change(expected, (event,), before) == change


@pytest.mark.rule("P2")
def test_confirming_waives_what_is_outstanding() -> None:
    """What was outstanding is waived, and is neither paid nor outstanding any more."""
    before = paid(an_order(payment=IN_PARTS), eur("40.01"))
    assert (eur("59.99"), eur(0)) == (before.outstanding, before.waived)

    after = decided(before, CONFIRM)

    assert (eur("40.01"), eur(0), eur("59.99")) == (after.paid, after.outstanding, after.waived)


@pytest.mark.rule("P2")
def test_money_after_a_confirmation_is_no_longer_waived() -> None:
    """What was still pending when the order was confirmed counts when it arrives."""
    before = decided(started(an_order(payment=IN_PARTS), eur(40)), CONFIRM)
    assert eur(100) == before.waived

    after = settled(before, Accepted(gateway_id=CHARGE))
    assert InvoiceStatus.PENDING is after.invoices[0].status

    order = decided(paid(an_order(payment=IN_PARTS), eur(40)), CONFIRM)
    assert (eur(40), eur(60)) == (order.paid, order.waived)


@pytest.mark.rule("P3")
def test_declining_keeps_what_was_paid() -> None:
    """Money paid stays recorded on a declined order until it is returned."""
    after = decided(paid(an_order(payment=IN_PARTS), eur(40)), DECLINE)

    assert (DECLINED, eur(40), eur(60), eur(0)) == (
        after.status,
        after.paid,
        after.outstanding,
        after.waived,
    )


def with_everything_pending(*, in_flight: bool = True) -> Order:
    """Return an order with a manual payment, an unsent, a blocked, a failed, and one in flight."""
    order = an_order(payment=IN_PARTS)
    order = started(order, eur(10), manual=True)
    order = settled(started(order, eur(10)), NotExecuted(reason="no connection"))
    order = settled(started(order, eur(10)), Misconfigured(code="no_such_customer"))
    order = settled(started(order, eur(10)), NO)
    return started(order, eur(10)) if in_flight else order


@pytest.mark.rule("P3")
def test_declining_cancels_what_nobody_else_decides() -> None:
    """Manual payments and those never sent are canceled; one in flight awaits its gateway."""
    before = with_everything_pending()

    after = decided(before, DECLINE)

    pending, canceled, failed = (
        InvoiceStatus.PENDING,
        InvoiceStatus.CANCELED,
        InvoiceStatus.FAILED,
    )
    expected = [canceled, canceled, canceled, failed, pending]
    assert expected == [invoice.status for invoice in after.invoices]
    assert [LATER] * 3 == [invoice.settled_at for invoice in after.invoices[:3]]
    assert before.invoices[3:] == after.invoices[3:]
    assert before.attention == after.attention
    assert before.attention != ()


@pytest.mark.rule("O5")
@pytest.mark.parametrize("kind", [CANCEL, EXPIRE])
def test_giving_up_cancels_what_is_pending(kind: DecisionKind) -> None:
    """Nothing is left pending on an order that the host gave up."""
    after = decided(with_everything_pending(in_flight=False), kind)

    assert eur(0) == after.pending


@pytest.mark.rule("P2")
def test_confirming_leaves_what_is_pending() -> None:
    """What is pending may still be paid: confirming cancels nothing."""
    before = with_everything_pending()

    assert before.invoices == decided(before, CONFIRM).invoices


@pytest.mark.rule("O5", "P2", "P3")
@pytest.mark.parametrize("kind", [CONFIRM, DECLINE])
@pytest.mark.parametrize(
    "given",
    [an_order, lambda: paid(an_order())],
    ids=["open", "completed"],
)
def test_full_terms_are_not_decided_by_a_person(kind: DecisionKind, given: Given) -> None:
    """Confirming and declining are for partial terms only."""
    with pytest.raises(WrongTerms) as caught:
        decided(given(), kind)

    expected = WrongTerms(VERBS[kind], "order 7", "orders that may be paid in parts")
    assert expected == caught.value


@pytest.mark.rule("O5", "R4")
@pytest.mark.parametrize("kind", DecisionKind)
def test_an_occurrence_is_not_decided_by_itself(kind: DecisionKind) -> None:
    """A payment of a recurring order ends with that, or by its attempts, and in no other way."""
    with pytest.raises(WrongTerms) as caught:
        decided(an_order(attempts_allowed=3), kind)

    allowed = "orders that are no payment of a recurring order"
    assert WrongTerms(VERBS[kind], "order 7", allowed) == caught.value


@pytest.mark.rule("O5")
@pytest.mark.parametrize("kind", DecisionKind)
@pytest.mark.parametrize(
    ("given", "status"),
    [
        (lambda: paid(an_order(payment=IN_PARTS)), COMPLETED),
        (lambda: decided(an_order(payment=IN_PARTS), CONFIRM), COMPLETED),
        (lambda: decided(an_order(payment=IN_PARTS), DECLINE), DECLINED),
        (lambda: decided(an_order(payment=IN_PARTS), EXPIRE), DECLINED),
        (lambda: returned(paid(an_order(payment=IN_PARTS))), REFUND),
    ],
    ids=["paid", "confirmed", "declined", "expired", "returned"],
)
def test_only_an_open_order_is_decided(
    kind: DecisionKind, given: Given, status: OrderStatus
) -> None:
    """What has ended is not decided a second time."""
    with pytest.raises(WrongStatus) as caught:
        decided(given(), kind)

    assert WrongStatus(VERBS[kind], "order 7", status, ("Open",)) == caught.value


@pytest.mark.rule("O5")
@pytest.mark.parametrize("kind", [CANCEL, EXPIRE])
@pytest.mark.parametrize("stage", [Stage.IN_DOUBT, Stage.ACCEPTED, Stage.HELD])
@pytest.mark.parametrize("payment", [IN_FULL, IN_PARTS, IN_THREE], ids=["full", "any", "fixed"])
def test_giving_up_waits_for_what_is_in_flight(
    kind: DecisionKind, stage: Stage, payment: PaymentTerms
) -> None:
    """While a gateway may still take money, the order is neither canceled nor expired."""
    order = staged(started(an_order(payment=payment)), stage)

    with pytest.raises(PaymentUnderWay) as caught:
        decided(order, kind)

    assert PaymentUnderWay(VERBS[kind], 7, 501) == caught.value


@pytest.mark.rule("O5")
@pytest.mark.parametrize("kind", [CANCEL, EXPIRE])
@pytest.mark.parametrize("stage", [Stage.RESERVED, Stage.BLOCKED])
def test_what_never_left_holds_nothing_up(kind: DecisionKind, stage: Stage) -> None:
    """An attempt that certainly did not reach its gateway is given up with the order."""
    after = decided(staged(started(an_order()), stage), kind)

    assert (DECLINED, InvoiceStatus.CANCELED) == (after.status, after.invoices[0].status)


@pytest.mark.rule("P2", "P3")
@pytest.mark.parametrize("kind", [CONFIRM, DECLINE])
def test_a_person_need_not_wait(kind: DecisionKind) -> None:
    """Confirming and declining don't wait for what is in flight."""
    assert decisions.refusal(started(an_order(payment=IN_PARTS)), kind) is None


@pytest.mark.rule("O5")
@pytest.mark.parametrize("payment", [IN_FULL, IN_PARTS], ids=["full", "any share"])
@pytest.mark.parametrize("kind", [CANCEL, EXPIRE])
def test_any_terms_are_given_up(payment: PaymentTerms, kind: DecisionKind) -> None:
    """Canceling and expiring are for full and partial terms alike."""
    assert decisions.refusal(an_order(payment=payment), kind) is None
