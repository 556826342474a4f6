"""A person says what became of a payment or refund that nobody else can settle (rule C2)."""

from __future__ import annotations

from typing import Any, Final

import pytest
from attrs import evolve

from ordersales import (
    AccountId,
    Actor,
    AnyShare,
    BackOffice,
    EventKind,
    InvoiceNumber,
    InvoiceStatus,
    Money,
    OrderNumber,
    OrderStatus,
)
from ordersales.errors import InvalidInput, NotFound, PersonNeeded, WrongStatus, WrongTerms
from ordersales.models.capabilities import GatewayKind
from ordersales.models.charge import Accepted, Declined, Misconfigured, Succeeded, Withdrawn
from ordersales.models.order import AttentionReason
from ordersales.models.refund import RefundAccepted, RefundRefused, RefundStatus, RefundSucceeded
from ordersales.models.stage import PaymentError, Stage
from ordersales.testing import PROFILES, MovableClock, Play, RefundPlay, ScriptedGateway
from ordersales.values.identifiers import GatewayId
from tests.drivers import BOSS, DOORS, Door, Shop, eur, key

pytestmark = pytest.mark.rule("C2")

CHARGE: Final = GatewayId("ch_77")
WHY: Final = "Seen in the merchant's own pages"
EVIDENCE: Final = {
    "it was taken": (Succeeded(gateway_id=CHARGE, amount=eur("100.00")), InvoiceStatus.PAID),
    "it was declined": (Declined(code="no_funds", message="Short."), InvoiceStatus.FAILED),
    "it was never there": (Withdrawn(), InvoiceStatus.CANCELED),
}
#: What is then told of it, and the order's status.
TOLD: Final = {
    InvoiceStatus.PAID: (EventKind.PAYMENT_SUCCEEDED, WHY, OrderStatus.COMPLETED),
    InvoiceStatus.FAILED: (
        EventKind.PAYMENT_FAILED,
        f"{WHY}; no_funds: Short.",
        OrderStatus.DECLINED,
    ),
    InvoiceStatus.CANCELED: (EventKind.PAYMENT_CANCELED, WHY, OrderStatus.DECLINED),
}


def a_held_payment(door: Door, play: Play = Play.TIME_OUT_AFTER) -> tuple[Shop, InvoiceNumber]:
    """Return a shop in which the one payment of the first order is held, and its number."""
    clock = MovableClock()
    kind = PROFILES[GatewayKind.NEITHER]
    shop = Shop.behind(door, ScriptedGateway(play, capabilities=kind, clock=clock), clock)
    payment = shop.charge(shop.place())
    pass_time(shop)
    (invoice,) = shop.look(FIRST).invoices
    assert invoice.attempt is not None
    assert Stage.HELD is invoice.attempt.stage
    return shop, payment.invoice.number


FIRST: Final = OrderNumber(1)


def pass_time(shop: Shop) -> None:
    """Let time pass until nobody looks after anything any more."""
    while at := shop.look(FIRST).next_check:
        shop.clock.advance_to(at)
        shop.office.payments.reconcile()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("evidence", EVIDENCE)
def test_what_a_person_finds_out(door: Door, evidence: str) -> None:
    """It is booked as if the gateway had told it, and the history shows who said so and why."""
    shop, number = a_held_payment(door)
    outcome, status = EVIDENCE[evidence]
    flagged = [flag.reason for flag in shop.look(FIRST).attention]

    payment = shop.office.payments.settle_held(BOSS, FIRST, number, outcome, reason=WHY)

    kind, note, order = TOLD[status]
    told = shop.office.orders.history(BOSS, FIRST)[-1]
    assert (status, order) == (payment.invoice.status, payment.order.status)
    assert payment.order == shop.look(FIRST)
    assert (kind, note, BOSS.user, number) == (told.kind, told.note, told.by, told.invoice)
    assert ([AttentionReason.HELD], ()) == (flagged, payment.order.attention)


@pytest.mark.rule("C4")
@pytest.mark.parametrize("door", DOORS)
def test_a_person_who_was_wrong(door: Door) -> None:
    """Should the gateway say otherwise after all, it is flagged as any contradiction is."""
    shop, number = a_held_payment(door)
    shop.office.payments.settle_held(BOSS, FIRST, number, Declined(code="no"), reason=WHY)
    (invoice,) = shop.look(FIRST).invoices
    assert PaymentError(code="no") == invoice.error
    assert invoice.attempt is not None

    shop.hear(invoice.attempt.reference)

    assert [AttentionReason.CONTRADICTION] == [flag.reason for flag in shop.look(FIRST).attention]


@pytest.mark.rule("O6", "P1")
@pytest.mark.parametrize("door", DOORS)
def test_the_charge_of_another_payment_is_no_evidence(door: Door) -> None:
    """A person can't book a charge twice either; with another charge they can, or without one."""
    gateway = ScriptedGateway(capabilities=PROFILES[GatewayKind.ONCE_ONLY])
    # It breaks its word: the order has one object, and each attempt is said to have its own.
    gateway.capabilities = evolve(gateway.capabilities, once_per_attempt=True)
    shop = Shop.behind(door, gateway)
    number = shop.place(AnyShare())
    first = shop.charge(number, "50.00").invoice
    second = shop.charge(number, "50.00", "pay-2").invoice
    assert (InvoiceStatus.PAID, InvoiceStatus.PENDING) == (first.status, second.status)
    assert first.gateway_id is not None
    assert eur("50.00") == gateway.taken("EUR") == shop.look(number).paid
    settle = shop.office.payments.settle_held

    taken = Succeeded(gateway_id=first.gateway_id, amount=eur("50.00"))
    with pytest.raises(InvalidInput) as caught:
        settle(BOSS, number, second.number, taken, reason=WHY)

    allowed = "another charge than that of invoice 1, whose money is booked there"
    assert InvalidInput.of("outcome.gateway_id", first.gateway_id, allowed) == caught.value
    assert (second,) == shop.look(number).invoices[1:]
    assert (
        InvoiceStatus.PAID
        is (
            settle(BOSS, number, second.number, evolve(taken, gateway_id=CHARGE), reason=WHY)
        ).invoice.status
    )


@pytest.mark.rule("O6", "I5")
@pytest.mark.parametrize(
    ("came", "covers", "status"),
    [
        ("100.01", None, OrderStatus.COMPLETED),
        ("90.00", None, OrderStatus.OPEN),
        ("90.00", "90.00", OrderStatus.OPEN),
    ],
)
def test_another_amount_than_was_asked_for(
    came: str, covers: str | None, status: OrderStatus
) -> None:
    """What really came is booked, and covers as much of the price."""
    shop, number = a_held_payment(BackOffice, Play.OTHER_AMOUNT)
    outcome = Succeeded(gateway_id=CHARGE, amount=eur(came))
    share = None if covers is None else eur(covers)

    payment = shop.office.payments.settle_held(
        BOSS, FIRST, number, outcome, reason=WHY, covers=share
    )

    invoice = payment.invoice
    assert (InvoiceStatus.PAID, eur(came), eur(came)) == (
        invoice.status, invoice.amount, invoice.covers,
    )  # fmt: skip
    assert (status, eur(came)) == (payment.order.status, payment.order.paid)


@pytest.mark.rule("I5")
def test_another_currency_than_was_asked_for() -> None:
    """What came in another currency covers what the person says."""
    shop, number = a_held_payment(BackOffice)
    outcome = Succeeded(gateway_id=CHARGE, amount=Money.of("108.00", "USD"))

    payment = shop.office.payments.settle_held(
        BOSS, FIRST, number, outcome, reason=WHY, covers=eur("100.00")
    )

    assert (eur("100.00"), OrderStatus.COMPLETED) == (payment.order.paid, payment.order.status)


DOLLARS: Final = Succeeded(gateway_id=CHARGE, amount=Money.of("108.00", "USD"))
EUROS: Final = Succeeded(gateway_id=CHARGE, amount=eur("100.00"))
NOTHING: Final = Succeeded(gateway_id=CHARGE, amount=eur("0.00"))


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("outcome", {"outcome": Accepted(gateway_id=CHARGE)}),
        ("outcome", {"outcome": Misconfigured(code="x")}),
        ("outcome", {"outcome": RefundRefused(code="x")}),
        ("outcome", {"outcome": None}),
        ("outcome.amount", {"outcome": NOTHING}),
        ("covers", {"outcome": DOLLARS}),
        ("covers", {"outcome": DOLLARS, "covers": Money.of("1.00", "USD")}),
        ("covers", {"outcome": EUROS, "covers": eur("99.00")}),
        ("covers", {"outcome": EUROS, "covers": eur("0.00")}),
        ("reason", {"reason": ""}),
        ("reason", {"reason": 7}),
    ],
)
def test_evidence_that_can_not_be_booked(field: str, given: dict[str, Any]) -> None:
    """It is refused by the name of the field, and nothing is changed."""
    shop, number = a_held_payment(BackOffice)
    before = shop.look(FIRST)

    with pytest.raises(InvalidInput) as caught:
        shop.office.payments.settle_held(
            BOSS, FIRST, number, **{"outcome": EUROS, "reason": WHY, **given}
        )

    assert [field] == [problem.field for problem in caught.value.problems]
    assert before == shop.look(FIRST)


def test_only_what_is_held_is_settled() -> None:
    """What the gateway still may answer, has answered, or was never asked is not a person's."""
    shop, _ = a_held_payment(BackOffice)
    shop.gateway.then(Play.PEND, Play.SUCCEED)
    waiting, paid = (shop.charge(shop.place(under=name), under=name) for name in ("a", "b"))
    manual = shop.announce(shop.place(under="c"))
    expected = [
        (waiting, WrongStatus, "accepted"), (paid, WrongStatus, "Paid"), (manual, WrongTerms, ""),
    ]  # fmt: skip

    for payment, error, state in expected:
        with pytest.raises(error) as caught:
            shop.office.payments.settle_held(
                BOSS, payment.order.number, payment.invoice.number, Withdrawn(), reason=WHY
            )
        assert state == getattr(caught.value, "status", "")


def test_the_system_finds_nothing_out() -> None:
    """What was found out is a person's word."""
    shop, number = a_held_payment(BackOffice)
    system = Actor.system(AccountId("acme"))

    with pytest.raises(PersonNeeded):
        shop.office.payments.settle_held(system, FIRST, number, Withdrawn(), reason=WHY)
    with pytest.raises(PersonNeeded):
        shop.office.refunds.settle_held(system, FIRST, number, RefundRefused(code="no"), reason=WHY)


def test_a_blocked_payment_is_given_up() -> None:
    """What can't be carried out is withdrawn by a person, who need not mend the set-up."""
    clock = MovableClock()
    shop = Shop.behind(BackOffice, ScriptedGateway(Play.MISCONFIGURED, clock=clock), clock)
    number = shop.charge(shop.place()).invoice.number

    payment = shop.office.payments.settle_held(BOSS, FIRST, number, Withdrawn(), reason=WHY)

    assert InvoiceStatus.CANCELED is payment.invoice.status
    assert [AttentionReason.MISCONFIGURED] == [flag.reason for flag in payment.order.attention]


# Refunds


def held_refunds(door: Door) -> tuple[Shop, InvoiceNumber]:
    """Return a shop with two held refunds of one payment, and the payment's number."""
    clock = MovableClock()
    kind = PROFILES[GatewayKind.KEY_AND_LOOK_UP]
    shop = Shop.behind(door, ScriptedGateway(capabilities=kind, clock=clock), clock)
    number = shop.charge(shop.place()).invoice.number
    shop.gateway.refunds.then(RefundPlay.PEND, RefundPlay.PEND)
    for name in ("back-1", "back-2"):
        shop.office.refunds.refund(
            BOSS, FIRST, number, key=key(name), amount=eur("30.00"), reason="Late"
        )
    while at := shop.look(FIRST).next_check:
        shop.clock.advance_to(at)
        shop.office.payments.reconcile()
    return shop, number


@pytest.mark.rule("F1")
@pytest.mark.parametrize("door", DOORS)
def test_refunds_that_are_held(door: Door) -> None:
    """Each is settled by itself; the flag goes with the last of them."""
    shop, number = held_refunds(door)
    assert 2 == len(shop.look(FIRST).attention)
    done, no = RefundSucceeded(gateway_id=GatewayId("re_1")), RefundRefused(code="closed")

    second = shop.office.refunds.settle_held(BOSS, FIRST, number, no, reason=WHY, refund=2)
    states = [refund.status for refund in second.invoice.refunds]
    assert [RefundStatus.PENDING, RefundStatus.FAILED] == states
    assert {AttentionReason.HELD} == {flag.reason for flag in second.order.attention}
    assert eur("70.00") == second.invoice.refundable

    first = shop.office.refunds.settle_held(BOSS, FIRST, number, done, reason=WHY)

    states = [refund.status for refund in first.invoice.refunds]
    assert [RefundStatus.SUCCEEDED, RefundStatus.FAILED] == states
    assert () == first.order.attention
    events = shop.office.orders.history(BOSS, FIRST)[-2:]
    assert [
        (EventKind.REFUND_FAILED, f"{WHY}; closed", BOSS.user),
        (EventKind.REFUND_SUCCEEDED, WHY, BOSS.user),
    ] == [(event.kind, event.note, event.by) for event in events]


@pytest.mark.rule("F1")
def test_a_refund_that_is_not_held() -> None:
    """What is settled, is not there, or still may be answered is not a person's."""
    shop, number = held_refunds(BackOffice)
    no = RefundRefused(code="closed")
    settle = shop.office.refunds.settle_held
    settle(BOSS, FIRST, number, no, reason=WHY, refund=1)

    with pytest.raises(NotFound):
        settle(BOSS, FIRST, number, no, reason=WHY, refund=3)
    with pytest.raises(WrongStatus) as caught:
        settle(BOSS, FIRST, number, no, reason=WHY, refund=1)
    assert ("refund 1 of invoice 1", "Failed") == (caught.value.record, caught.value.status)
    settle(BOSS, FIRST, number, no, reason=WHY)
    with pytest.raises(WrongStatus) as caught:
        settle(BOSS, FIRST, number, no, reason=WHY)
    assert ("invoice 1", "without a held refund") == (caught.value.record, caught.value.status)
    shop.gateway.refunds.then(RefundPlay.PEND)
    shop.office.refunds.refund(
        BOSS, FIRST, number, key=key("back-3"), amount=eur("10.00"), reason="Late"
    )
    with pytest.raises(WrongStatus) as caught:
        settle(BOSS, FIRST, number, no, reason=WHY, refund=3)
    assert "accepted" == caught.value.status


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("outcome", {"outcome": RefundAccepted(gateway_id=GatewayId("re_1"))}),
        ("outcome", {"outcome": Withdrawn()}),
        ("refund", {"refund": 0}),
        ("reason", {"reason": " "}),
    ],
)
def test_evidence_of_a_refund_that_can_not_be_booked(field: str, given: dict[str, Any]) -> None:
    """It is refused by the name of the field."""
    shop, number = held_refunds(BackOffice)

    with pytest.raises(InvalidInput) as caught:
        shop.office.refunds.settle_held(
            BOSS, FIRST, number, **{"outcome": RefundRefused(code="no"), "reason": WHY, **given}
        )

    assert [field] == [problem.field for problem in caught.value.problems]


def test_what_is_held_is_still_heard() -> None:
    """A message settles what is held, and takes the flag away with it."""
    shop, _ = a_held_payment(BackOffice)
    (invoice,) = shop.look(FIRST).invoices
    assert invoice.attempt is not None

    shop.hear(invoice.attempt.reference)

    order = shop.look(FIRST)
    assert (OrderStatus.COMPLETED, ()) == (order.status, order.attention)
