"""What is too long, and which records contradict each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import attrs
import pytest
from hypothesis import given

from ordersales.models.charge import Succeeded, WebhookEvent
from ordersales.models.due import Overdue
from ordersales.models.event import Event, EventKind, RecordedEvent
from ordersales.models.health import Finding, Findings, Health, Trouble
from ordersales.models.inbox import KeptMessage
from ordersales.models.installation import Installation
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.order import Attention, AttentionReason, Order, OrderStatus, Payment
from ordersales.models.refund import Refund, RefundKind, RefundStatus
from ordersales.models.stage import PaymentError, Stage
from ordersales.rules import health
from ordersales.testing.contracts.recurring_samples import a_recurring_order
from ordersales.values.identifiers import (
    AccountId,
    GatewayId,
    InvoiceNumber,
    OrderNumber,
    SystemName,
)
from tests.rules.lived import ORDERS
from tests.rules.sold import IN_PARTS, LATER, NOON, eur, paid, placed, started

pytestmark = pytest.mark.rule("C7")

DAY: Final = timedelta(days=1)
TICK: Final = timedelta(microseconds=1)
CARDS: Final = SystemName("Cards")


def asked(stage: Stage, error: PaymentError | None = None) -> Payment:
    """Return a pending payment whose asking got so far."""
    order = started(placed(IN_PARTS))
    invoice = order.invoices[-1]
    assert invoice.attempt is not None
    attempt = attrs.evolve(invoice.attempt, stage=stage)
    return Payment(order, attrs.evolve(invoice, attempt=attempt, error=error))


def by_hand() -> Payment:
    """Return a pending payment that a manager has to confirm."""
    order = started(placed(IN_PARTS), manual=True)
    return Payment(order, order.invoices[-1])


def finding(trouble: Trouble, since: datetime, **facts: Any) -> Finding:
    """Return what is found of order 7."""
    return Finding(trouble=trouble, since=since, order=OrderNumber(7), **facts)


@pytest.mark.parametrize(
    ("stage", "allowed"),
    [
        (Stage.RESERVED, DAY),
        (Stage.IN_DOUBT, timedelta(hours=1)),
        (Stage.ACCEPTED, 7 * DAY),
    ],
)
def test_a_payment_is_pending_too_long_by_what_it_waits_for(
    stage: Stage, allowed: timedelta
) -> None:
    """Each may wait as long as its row of the table says, and not a moment longer."""
    payment = asked(stage, PaymentError(code="busy") if stage is Stage.RESERVED else None)
    said = f"{stage} (busy)" if stage is Stage.RESERVED else stage.value
    number = InvoiceNumber(501)
    expected = finding(Trouble.PENDING_TOO_LONG, NOON, invoice=number, system=CARDS, detail=said)

    assert health.pending_too_long(payment, NOON + allowed) is None
    assert expected == health.pending_too_long(payment, NOON + allowed + TICK)
    assert health.held(payment) is None


def test_a_manual_payment_waits_for_a_week() -> None:
    """After that it is told that no manager has dealt with it."""
    payment = by_hand()

    assert health.pending_too_long(payment, NOON + 7 * DAY) is None
    found = health.pending_too_long(payment, NOON + 7 * DAY + TICK)
    assert found is not None
    assert "a manager has neither confirmed nor rejected it" == found.detail
    assert "Bank transfer" == found.system
    assert health.held(payment) is None


@pytest.mark.parametrize("stage", [Stage.HELD, Stage.BLOCKED])
def test_what_waits_for_a_person_is_held_from_the_first_moment(stage: Stage) -> None:
    """It is told at once, and only as held, however long it waits."""
    payment = asked(stage, PaymentError(code="no_such_customer"))
    expected = finding(
        Trouble.HELD,
        NOON,
        invoice=InvoiceNumber(501),
        system=CARDS,
        detail=f"{stage} (no_such_customer)",
    )

    assert expected == health.held(payment)
    assert health.pending_too_long(payment, NOON + 100 * DAY) is None


def test_every_stage_is_in_the_table_or_held() -> None:
    """No pending payment is overlooked for ever, whatever its stage."""
    open_ = {*Stage} - {Stage.CLOSED}

    for stage in open_:
        payment = asked(stage)
        assert health.held(payment) or health.pending_too_long(payment, NOON + 100 * DAY)


def test_an_order_that_nobody_looked_after() -> None:
    """It is told since when its first check was due; one with none is not told."""
    order = started(placed(IN_PARTS))
    detail = "a payment or a refund was to be looked after; does a worker run?"

    assert order.next_check is not None
    assert finding(Trouble.DUE_UNCLAIMED, order.next_check, detail=detail) == health.unclaimed(
        order
    )
    assert health.unclaimed(paid(placed())) is None


@pytest.mark.rule("R5")
@pytest.mark.parametrize("claimed_until", [None, LATER])
@pytest.mark.parametrize("retry", [None, LATER])
def test_a_recurring_order_that_nobody_charged(
    claimed_until: datetime | None, retry: datetime | None
) -> None:
    """It is told since when, and whether a worker had claimed it."""
    current = None if retry is None else OrderNumber(9)
    recurring = a_recurring_order(AccountId("acme"), OrderNumber(7))
    recurring = attrs.evolve(recurring, due_at=NOON, retry_at=retry, current=current)

    found = health.overdue(Overdue(recurring=recurring, claimed_until=claimed_until))

    expected = Finding(
        trouble=Trouble.CLAIMED_TOO_LONG if claimed_until else Trouble.DUE_UNCLAIMED,
        since=retry or NOON,
        recurring_order=OrderNumber(7),
        detail="it was claimed, and not charged; is its payment system still there?"
        if claimed_until
        else "it was to be charged, and nobody claims it; does a worker run?",
    )
    assert expected == found
    assert f"{expected.trouble}: recurring order 7: {expected.detail}" == str(found)


@pytest.mark.rule("R5")
def test_whether_it_was_activated_since() -> None:
    """Only an activation counts, and only after the moment."""

    def event(kind: EventKind, at: datetime) -> Event:
        return Event(account=AccountId("acme"), kind=kind, at=at)

    paused = event(EventKind.RECURRING_PAUSED, LATER)
    told = [event(EventKind.RECURRING_ACTIVATED, NOON), paused]

    assert health.activated_since(told, NOON - TICK)
    assert not health.activated_since(told, NOON)
    assert not health.activated_since([paused], NOON - TICK)
    assert not health.activated_since([], NOON)


def test_a_flagged_order_tells_every_reason() -> None:
    """The first flag gives the moment and the invoice, and all of them the words."""
    flags = tuple(
        Attention(reason=reason, at=at, invoice=InvoiceNumber(number), detail=detail)
        for reason, at, number, detail in (
            (AttentionReason.CONTRADICTION, NOON, 501, "no, then yes"),
            (AttentionReason.CHARGED_TWICE, LATER, 502, "ch-2"),
        )
    )
    order = attrs.evolve(placed(), attention=flags)
    detail = f"{AttentionReason.CONTRADICTION}: no, then yes; {AttentionReason.CHARGED_TWICE}: ch-2"

    assert finding(
        Trouble.FLAGGED, NOON, invoice=InvoiceNumber(501), detail=detail
    ) == health.flagged(order)


@pytest.mark.parametrize(
    ("reference", "names"), [("acme/9/1", "acme/9/1"), (None, "nothing of ours")]
)
def test_an_unmatched_message_says_what_it_names(reference: str | None, names: str) -> None:
    """So that a person can look for it."""
    told = Succeeded(gateway_id=GatewayId("ch-1"), amount=eur("1.00"))
    event = WebhookEvent(event_id="evt_1", reference=reference, outcome=told)
    kept = KeptMessage(system=CARDS, event=event, kept_at=NOON)
    detail = f"message evt_1 names {names}"

    found = health.unmatched(kept)

    assert Finding(trouble=Trouble.UNMATCHED, since=NOON, system=CARDS, detail=detail) == found


def test_the_orders_that_changed_last() -> None:
    """Each is named once, with its newest change; events of no order are passed over."""

    def recorded(position: int, order: int | None, at: datetime) -> RecordedEvent:
        number = None if order is None else OrderNumber(order)
        kind = EventKind.ORDER_PLACED
        event = Event(account=AccountId("acme"), order=number, kind=kind, at=at)
        return RecordedEvent(position, event)

    newest = [
        recorded(4, 7, NOON + DAY),
        recorded(3, None, NOON + DAY),
        recorded(2, 8, LATER),
        recorded(1, 7, NOON),
    ]

    assert {7: NOON + DAY, 8: LATER} == health.changed_last(newest)
    assert [7, 8] == [*health.changed_last(newest)]


@given(ORDERS)
def test_whatever_an_order_lived_through_agrees(order: Order) -> None:
    """No order that came about by the rules contradicts itself."""
    assert [] == [*health.disagreements(order)]
    assert health.disagreement(order, NOON) is None


@pytest.mark.rule("O5")
@given(ORDERS)
def test_another_status_is_noticed(order: Order) -> None:
    """Whatever the records of an order are, they go with one status."""
    for status in {*OrderStatus} - {order.status}:
        wrong = attrs.evolve(order, status=status)
        returned = {InvoiceStatus.REFUNDED} & {item.status for item in order.invoices}
        if status is OrderStatus.REFUND and returned:
            continue  # once returned, what came after changes no status
        assert [*health.disagreements(wrong)]


def test_a_disagreement_is_told_in_words() -> None:
    """With the moment of the order's last change."""
    order = attrs.evolve(paid(placed(IN_PARTS), eur("40.00")), status=OrderStatus.COMPLETED)

    found = health.disagreement(order, LATER)

    detail = "the order is Completed, and its records say Open"
    assert finding(Trouble.DISAGREES, LATER, detail=detail) == found


def test_every_contradiction_of_an_order_is_told() -> None:
    """One after the other, in one finding."""
    order = attrs.evolve(paid(placed(IN_PARTS)), status=OrderStatus.OPEN)
    returned = attrs.evolve(order.invoices[0], refunds=(a_refund("100.00"),))

    found = health.disagreement(attrs.evolve(order, invoices=(returned,)), NOON)

    assert found is not None
    assert (
        "the order is Open, and its records say Completed; "
        "invoice 501 is Paid, and 100.00 EUR of 100.00 EUR went back"
    ) == found.detail


def a_refund(amount: str, status: RefundStatus = RefundStatus.SUCCEEDED) -> Refund:
    """Return a refund of so much."""
    return Refund(
        number=1,
        kind=RefundKind.REFUND,
        amount=eur(amount),
        status=status,
        requested_at=NOON,
    )


def said(order: Order, **changes: Any) -> list[str]:
    """Return what is said of an order one field of whose last invoice was changed."""
    invoice: Invoice = attrs.evolve(order.invoices[-1], **changes)
    return [*health.disagreements(attrs.evolve(order, invoices=(*order.invoices[:-1], invoice)))]


def test_money_that_does_not_add_up_is_noticed() -> None:
    """A payment is Refunded exactly if all went back, and gives back no more than was taken."""
    order, pending = paid(placed(IN_PARTS)), RefundStatus.PENDING

    assert [] == said(order, refunds=(a_refund("40.00"),))
    assert ["invoice 501 is Paid, and 100.00 EUR of 100.00 EUR went back"] == said(
        order, refunds=(a_refund("100.00"),)
    )
    assert ["invoice 501 is Refunded, and 40.00 EUR of 100.00 EUR went back"] == [
        item
        for item in said(order, status=InvoiceStatus.REFUNDED, refunds=(a_refund("40.00"),))
        if item.startswith("invoice")
    ]
    assert ["invoice 501 is to give back more than the 100.00 EUR that were taken"] == said(
        order, refunds=(a_refund("40.00"), a_refund("70.00", pending))
    )


def test_a_refund_without_a_return_is_noticed() -> None:
    """An order is Refund only if something of it was returned."""
    order = attrs.evolve(paid(placed(IN_PARTS)), status=OrderStatus.REFUND)

    assert ["the order is Refund, and no payment of it was returned"] == [
        *health.disagreements(order)
    ]
    assert [] == said(order, status=InvoiceStatus.REFUNDED, refunds=(a_refund("100.00"),))


def test_attempts_that_nobody_follows_are_noticed() -> None:
    """An attempt is closed exactly if its invoice is not pending, and looked after until then."""
    order = started(placed(IN_PARTS))
    attempt = order.invoices[-1].attempt
    assert attempt is not None

    def but(**changes: Any) -> list[str]:
        return said(order, attempt=attrs.evolve(attempt, **changes))

    assert [f"invoice 501 is Pending, and its attempt is {Stage.CLOSED}"] == but(
        stage=Stage.CLOSED, next_check=None
    )
    for stage in (Stage.IN_DOUBT, Stage.ACCEPTED):
        assert [f"invoice 501 is {stage}, and is never looked after"] == but(
            stage=stage, next_check=None
        )
    for stage in (Stage.HELD, Stage.BLOCKED, Stage.RESERVED):
        assert [] == but(stage=stage, next_check=None)
    done = paid(placed(IN_PARTS))
    assert [f"invoice 501 is Paid, and its attempt is {Stage.HELD}"] == said(
        done, attempt=attrs.evolve(attempt, stage=Stage.HELD)
    )


@pytest.mark.parametrize(
    ("found", "at_least", "expected"), [(0, 0, 0), (2, 0, 2), (3, 0, 3), (3, 9, 9), (3, 2, 3)]
)
def test_what_is_shown_is_limited(found: int, at_least: int, expected: int) -> None:
    """Up to the limit is shown, and how many there are at least is told."""
    many = [finding(Trouble.HELD, NOON, detail=str(at)) for at in range(found)]

    findings = health.limited(iter(many), 2, at_least)

    assert Findings(tuple(many[:2]), expected) == findings
    assert found == health.limited(many, 2).at_least
    assert (expected > 0) is bool(findings)


def test_a_finding_in_one_line() -> None:
    """What is wrong, with what it is about, and in words; nothing is said that is not known."""
    full = finding(Trouble.HELD, NOON, invoice=InvoiceNumber(9), system=CARDS, detail="why")

    assert "held for a person: order 7, invoice 9, payment system Cards: why" == str(full)
    assert "flagged" == str(Finding(trouble=Trouble.FLAGGED, since=NOON))
    assert "flagged: order 7" == str(finding(Trouble.FLAGGED, NOON))


KINDS: Final = [item.name for item in attrs.fields(Health) if item.type == "Findings"]


def test_empty_is_healthy() -> None:
    """An account is healthy while nothing is found, whatever could not be looked at."""
    one = Findings((finding(Trouble.HELD, NOON),), 1)
    here = Installation()
    healthy = Health(at=NOON, installation=here, audited=0, complete=False)

    assert healthy.healthy
    assert 7 == len(KINDS) == len(healthy.kinds) == len(Trouble)
    assert [] == [*healthy]
    for kind in KINDS:
        ill = attrs.evolve(healthy, **{kind: one})
        assert not ill.healthy
        assert [*one.shown] == [*ill]
    assert not attrs.evolve(healthy, installation=Installation("a", "b")).healthy
