"""Payments that a person confirms or rejects."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from ordersales.errors import InvalidInput, WrongStatus, WrongTerms
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import AttentionReason, DecisionKind, Order, OrderStatus
from ordersales.models.stage import PaymentError
from ordersales.rules import manual_payments
from ordersales.rules.change import Change
from ordersales.values.identifiers import InvoiceNumber, OrderNumber
from ordersales.values.money import Money
from tests.rules.shop import (
    ACME,
    BOSS,
    IN_PARTS,
    LATER,
    an_order,
    decided,
    eur,
    returned,
    started,
    usd,
)

pytestmark = pytest.mark.rule("M1")

OPEN, COMPLETED, DECLINED, REFUND = OrderStatus

Given = Callable[[], Order]


def transfer(covers: str = "100", amount: Money | None = None) -> Order:
    """Return an order of 100 EUR, payable in parts, with a manual payment pending."""
    return started(an_order(payment=IN_PARTS), eur(covers), amount=amount, manual=True)


def confirm(
    order: Order,
    *,
    received: Money | None = None,
    covers: Money | None = None,
    commission: Money | None = None,
) -> Change:
    """Return what the boss's confirmation of the last payment changes."""
    return manual_payments.confirm(
        order,
        order.invoices[-1],
        LATER,
        by=BOSS,
        received=received,
        covers=covers,
        commission=commission,
    )


def test_confirm() -> None:
    """The money came as it was asked for: Paid, and the event names who said so."""
    before = transfer()

    change = confirm(before)

    invoice = attrs.evolve(before.invoices[0], status=InvoiceStatus.PAID, settled_at=LATER)
    event = Event(
        account=ACME,
        order=OrderNumber(7),
        kind=EventKind.PAYMENT_SUCCEEDED,
        at=LATER,
        by=BOSS,
        invoice=InvoiceNumber(501),
        before=OPEN,
        after=COMPLETED,
        amount=eur(100),
    )
    expected = attrs.evolve(before, status=COMPLETED, invoices=(invoice,))
    assert Change(expected, (event,), before) == change


@pytest.mark.parametrize(
    ("given", "told", "booked"),
    [
        (lambda: transfer("40"), {}, (eur(40), eur(40), None)),
        (lambda: transfer("40"), {"received": eur(40)}, (eur(40), eur(40), None)),
        (lambda: transfer("40"), {"received": eur("0.01")}, (eur("0.01"), eur("0.01"), None)),
        (lambda: transfer("40"), {"received": eur(55)}, (eur(55), eur(55), None)),
        (
            lambda: transfer("40"),
            {"received": eur(55), "covers": eur(55)},
            (eur(55), eur(55), None),
        ),
        (lambda: transfer("40"), {"commission": eur(0)}, (eur(40), eur(40), eur(0))),
        (lambda: transfer("40"), {"commission": eur(40)}, (eur(40), eur(40), eur(40))),
        (
            lambda: transfer("40"),
            {"received": eur(30), "commission": eur("0.50")},
            (eur(30), eur(30), eur("0.50")),
        ),
        (lambda: transfer("40", usd(47)), {}, (usd(47), eur(40), None)),
        (lambda: transfer("40", usd(47)), {"received": usd(47)}, (usd(47), eur(40), None)),
        (
            lambda: transfer("40", usd(47)),
            {"received": usd(50), "covers": eur(42)},
            (usd(50), eur(42), None),
        ),
        (
            lambda: transfer("40", usd(40)),
            {"covers": eur("0.01"), "commission": usd(40)},
            (usd(40), eur("0.01"), usd(40)),
        ),
    ],
)
@pytest.mark.rule("I5")
def test_what_is_booked(
    given: Given, told: dict[str, Money], booked: tuple[Money, Money, Money | None]
) -> None:
    """What really came is booked, with what it covers of the price and the commission."""
    after = confirm(given(), **told).order

    invoice = after.invoices[0]
    assert booked == (invoice.amount, invoice.covers, invoice.fee)
    assert booked[1] == after.paid


@pytest.mark.rule("B1", "I5")
@pytest.mark.parametrize(
    ("given", "told", "problems"),
    [
        (
            transfer,
            {"received": eur(0), "covers": eur(0), "commission": eur(-1)},
            [
                ("received", "money of at least 0.01 EUR"),
                ("covers", "money of at least 0.01 EUR"),
                ("commission", "money of at least 0.00 EUR"),
            ],
        ),
        (
            lambda: transfer("40", usd(47)),
            {"received": eur(40), "covers": usd(40), "commission": eur(1)},
            [
                ("received", "money in USD"),
                ("covers", "money in EUR"),
                ("commission", "money in USD"),
            ],
        ),
        (
            transfer,
            {"commission": eur("100.01")},
            [("commission", "at most what was received, 100.00 EUR")],
        ),
        (
            transfer,
            {"received": eur(30), "commission": eur(31)},
            [("commission", "at most what was received, 30.00 EUR")],
        ),
        (
            transfer,
            {"covers": eur(99)},
            [("covers", "100.00 EUR, as was received, since both are in EUR")],
        ),
        (
            transfer,
            {"received": eur(98), "covers": eur(100)},
            [("covers", "98.00 EUR, as was received, since both are in EUR")],
        ),
        (
            lambda: transfer("40", usd(47)),
            {"received": usd(50)},
            [
                (
                    "covers",
                    (
                        "what 50.00 USD covers of the price, in EUR, "
                        "since another amount was received than was asked for"
                    ),
                )
            ],
        ),
    ],
    ids=[
        "nothing",
        "currencies",
        "commission over all",
        "commission over the received",
        "covers less",
        "covers more",
        "covers left out",
    ],
)
def test_what_is_refused(
    given: Given, told: dict[str, Money], problems: list[tuple[str, str]]
) -> None:
    """Amounts that can't be booked are named, all that are malformed at once."""
    with pytest.raises(InvalidInput) as caught:
        confirm(given(), **told)

    assert problems == [(found.field, found.allowed) for found in caught.value.problems]
    shown = [repr(told.get(found.field)) for found in caught.value.problems]
    assert shown == [found.given for found in caught.value.problems]


def test_reject() -> None:
    """The money did not come: Failed, for the reason the person gave."""
    before = transfer()

    change = manual_payments.reject(
        before, before.invoices[0], LATER, by=BOSS, reason="nothing came"
    )

    error = PaymentError(code="rejected", message="nothing came")
    invoice = attrs.evolve(
        before.invoices[0], status=InvoiceStatus.FAILED, error=error, settled_at=LATER
    )
    event = Event(
        account=ACME,
        order=OrderNumber(7),
        kind=EventKind.PAYMENT_FAILED,
        at=LATER,
        by=BOSS,
        invoice=InvoiceNumber(501),
        before=OPEN,
        after=OPEN,
        amount=eur(100),
        note="rejected: nothing came",
    )
    assert Change(attrs.evolve(before, invoices=(invoice,)), (event,), before) == change


@pytest.mark.rule("O5")
def test_rejecting_the_only_attempt_declines_the_order() -> None:
    """On full terms, a rejected payment was the only one."""
    before = started(an_order(), manual=True)

    after = manual_payments.reject(before, before.invoices[0], LATER, by=BOSS, reason="no").order

    assert DECLINED is after.status


@pytest.mark.rule("O6")
@pytest.mark.parametrize(
    ("given", "received", "status", "reasons"),
    [
        (transfer, eur("100.01"), COMPLETED, [AttentionReason.OVERPAID]),
        (transfer, eur("99.99"), OPEN, []),
        (
            lambda: started(an_order(), manual=True),
            eur("99.99"),
            OPEN,
            [AttentionReason.UNDERPAID],
        ),
        (
            lambda: started(an_order(), manual=True),
            eur("100.01"),
            COMPLETED,
            [AttentionReason.OVERPAID],
        ),
        (lambda: decided(transfer("40"), DecisionKind.CONFIRMED), eur(30), COMPLETED, []),
        (
            lambda: returned(
                decided(
                    started(confirm(transfer("40")).order, eur(60), manual=True),
                    DecisionKind.CONFIRMED,
                ),
                0,
            ),
            eur(60),
            REFUND,
            [AttentionReason.PAID_AFTER_REFUND],
        ),
    ],
    ids=["too much", "a part", "too little", "too much for all", "after confirming", "returned"],
)
def test_money_that_came_is_flagged_where_it_leaves_work(
    given: Given, received: Money, status: OrderStatus, reasons: list[AttentionReason]
) -> None:
    """Another amount than was asked for is booked, and flagged where it can't complete it."""
    before = given()

    after = confirm(before, received=received).order

    assert status is after.status
    assert before.paid + received == after.paid
    assert reasons == [flag.reason for flag in after.attention]


def confirming(order: Order) -> None:
    """Confirm the last payment of `order`."""
    confirm(order)


def rejecting(order: Order) -> None:
    """Reject the last payment of `order`."""
    manual_payments.reject(order, order.invoices[-1], LATER, by=BOSS, reason="no")


@pytest.mark.parametrize(
    ("act", "operation"),
    [(confirming, "confirm the payment"), (rejecting, "reject the payment")],
    ids=["confirm", "reject"],
)
def test_a_gateways_payment_is_no_persons_to_decide(
    act: Callable[[Order], None], operation: str
) -> None:
    """Only payments of manual payment systems are confirmed or rejected."""
    with pytest.raises(WrongTerms) as caught:
        act(started(an_order()))

    expected = WrongTerms(operation, "invoice 501", "payments of manual payment systems")
    assert expected == caught.value


@pytest.mark.parametrize(
    ("act", "operation"),
    [(confirming, "confirm the payment"), (rejecting, "reject the payment")],
    ids=["confirm", "reject"],
)
@pytest.mark.parametrize(
    ("given", "status"),
    [
        (lambda: confirm(transfer()).order, InvoiceStatus.PAID),
        (
            lambda: (
                manual_payments.reject(
                    transfer(), transfer().invoices[0], LATER, by=None, reason="no"
                ).order
            ),
            InvoiceStatus.FAILED,
        ),
        (lambda: decided(transfer(), DecisionKind.DECLINED), InvoiceStatus.CANCELED),
        (lambda: returned(confirm(transfer()).order), InvoiceStatus.REFUNDED),
    ],
    ids=["paid", "failed", "canceled", "refunded"],
)
@pytest.mark.rule("I2")
def test_only_a_pending_payment_is_decided(
    act: Callable[[Order], None], operation: str, given: Given, status: InvoiceStatus
) -> None:
    """A payment that has its final word is not confirmed or rejected again."""
    with pytest.raises(WrongStatus) as caught:
        act(given())

    assert WrongStatus(operation, "invoice 501", status, ("Pending",)) == caught.value
