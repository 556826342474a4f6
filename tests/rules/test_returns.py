"""Money of a paid invoice that went back."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from ordersales.errors import ExceedsOutstanding, InvalidInput, WrongStatus
from ordersales.models.event import Event, EventKind
from ordersales.models.invoice import InvoiceStatus, PaymentError, Refund, RefundStatus
from ordersales.models.order import Order, OrderStatus
from ordersales.rules import returns
from ordersales.rules.change import Change
from ordersales.values.identifiers import InvoiceNumber, OrderNumber
from ordersales.values.money import Money
from tests.rules.shop import (
    ACME,
    BOSS,
    CHARGE,
    IN_PARTS,
    LATER,
    MINUTE,
    an_order,
    arrived,
    eur,
    failed,
    paid,
    returned,
    started,
    usd,
)

pytestmark = pytest.mark.rule("I2")

OPEN, COMPLETED, DECLINED, REFUND = OrderStatus
AFTERWARDS = LATER + MINUTE


def give_back(order: Order, amount: Money, at: int = -1) -> Change:
    """Return what it changes that `amount` of invoice `at` went back."""
    invoice = order.invoices[at]
    return returns.returned(order, invoice, amount, AFTERWARDS, by=BOSS, reason="too large")


def refund(amount: Money) -> Refund:
    """Return what is recorded of `amount` that went back."""
    return Refund(
        amount=amount,
        status=RefundStatus.SUCCEEDED,
        requested_at=AFTERWARDS,
        settled_at=AFTERWARDS,
        reason="too large",
    )


def told(after: OrderStatus, amount: Money) -> Event:
    """Return the event that tells of `amount` having gone back."""
    return Event(
        account=ACME,
        order=OrderNumber(7),
        kind=EventKind.PAYMENT_RETURNED,
        at=AFTERWARDS,
        by=BOSS,
        invoice=InvoiceNumber(501),
        before=COMPLETED,
        after=after,
        amount=amount,
        note="too large",
    )


def test_a_part() -> None:
    """An invoice of which a part went back stays Paid, and shows how much."""
    before = paid(an_order())

    change = give_back(before, eur("99.99"))

    invoice = attrs.evolve(before.invoices[0], refunds=(refund(eur("99.99")),))
    expected = attrs.evolve(before, invoices=(invoice,))
    assert Change(expected, (told(COMPLETED, eur("99.99")),)) == change
    assert eur("99.99") == change.order.invoices[0].returned


@pytest.mark.rule("O5")
def test_all_of_it() -> None:
    """All of it went back: Refunded, and it was still paid when it was paid."""
    before = paid(an_order())

    change = give_back(before, eur(100))

    invoice = attrs.evolve(
        before.invoices[0], status=InvoiceStatus.REFUNDED, refunds=(refund(eur(100)),)
    )
    expected = attrs.evolve(before, status=REFUND, invoices=(invoice,))
    assert Change(expected, (told(REFUND, eur(100)),)) == change
    assert LATER == invoice.settled_at
    assert invoice.refunds == change.order.refunds


@pytest.mark.rule("O5")
def test_the_rest() -> None:
    """Parts that went back add up to all of it."""
    before = give_back(paid(an_order()), eur(30)).order

    after = give_back(before, eur(70)).order

    assert (InvoiceStatus.REFUNDED, REFUND) == (after.invoices[0].status, after.status)
    assert (refund(eur(30)), refund(eur(70))) == after.refunds


def test_in_the_charged_currency() -> None:
    """What goes back is counted in the currency that was charged."""
    order = started(an_order(), amount=usd(117))
    before = arrived(order)

    assert COMPLETED is give_back(before, usd(100)).order.status
    assert REFUND is give_back(before, usd(117)).order.status


def test_another_currency() -> None:
    """Another currency than was charged never went back."""
    with pytest.raises(InvalidInput):
        give_back(paid(an_order()), usd(1))


@pytest.mark.parametrize(
    ("gone", "amount", "left"), [(None, "100.01", "100"), ("30", "70.01", "70")]
)
def test_more_than_is_left(gone: str | None, amount: str, left: str) -> None:
    """More than is left of an invoice never goes back."""
    before = paid(an_order())
    if gone is not None:
        before = give_back(before, eur(gone)).order

    with pytest.raises(ExceedsOutstanding) as caught:
        give_back(before, eur(amount))

    assert ExceedsOutstanding(7, eur(amount), eur(left)) == caught.value


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (lambda: started(an_order()), InvoiceStatus.PENDING),
        (lambda: failed(an_order()), InvoiceStatus.FAILED),
        (lambda: returned(paid(an_order())), InvoiceStatus.REFUNDED),
    ],
)
def test_only_what_is_paid_goes_back(given: Callable[[], Order], status: InvoiceStatus) -> None:
    """An invoice that is not Paid has nothing to return."""
    with pytest.raises(WrongStatus) as caught:
        give_back(given(), eur(1))

    assert WrongStatus("refund", "invoice 501", status, ("Paid",)) == caught.value


def test_the_other_payment_stays() -> None:
    """Only the invoice whose money went back changes, be it a copy of the order's."""
    before = paid(paid(an_order(payment=IN_PARTS), eur(40)))
    copy = attrs.evolve(before.invoices[0])

    after = returns.returned(before, copy, eur(40), AFTERWARDS).order

    assert (InvoiceStatus.REFUNDED, COMPLETED) == (after.invoices[0].status, after.status)
    assert before.invoices[1] == after.invoices[1]
    assert REFUND is give_back(after, eur(60)).order.status


def test_nobody_in_particular() -> None:
    """A chargeback is reported by a payment system, without a person or a reason."""
    before = paid(an_order())

    change = returns.returned(before, before.invoices[0], eur(100), AFTERWARDS)

    assert (None, "") == (change.events[0].by, change.events[0].note)
    assert "" == change.order.refunds[0].reason


def test_what_was_known_is_kept() -> None:
    """Reference, commission and flags stay as they were; so does an error that was noted."""
    order = paid(an_order())
    error = PaymentError(code="late")
    invoice = attrs.evolve(order.invoices[0], fee=eur(3), error=error, settled_at=None)
    before = attrs.evolve(order, invoices=(invoice,))

    after = give_back(before, eur(100)).order.invoices[0]

    assert (CHARGE, eur(3), error) == (after.gateway_id, after.fee, after.error)
    assert invoice.attempted_at == after.settled_at
