"""What erasing takes of an order, and what it leaves (rule E2)."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from ordersales.models.charge import PaymentMethod
from ordersales.models.event import EventKind
from ordersales.models.invoice import Invoice, InvoiceStatus
from ordersales.models.offer import ERASED
from ordersales.models.order import Attention, AttentionReason, DecisionKind, Order
from ordersales.models.stage import PaymentError
from ordersales.rules import erasing
from tests.rules.refunding import (
    AFTER,
    BOSS,
    DONE,
    IN_PARTS,
    NO,
    an_order,
    asked,
    begun,
    decided,
    eur,
    known,
    paid,
)

pytestmark = pytest.mark.rule("E2")

CARD = PaymentMethod(token="tok_1", stored=True)  # noqa: S106 - names a card, opens nothing


def told_of(order: Order) -> Order:
    """Return `order` with words about its buyer wherever an invoice can hold them."""
    invoices = tuple(
        attrs.evolve(
            item,
            comment="from my aunt",
            error=PaymentError(code="refused", message="Ada has no money"),
            attempt=item.attempt
            and attrs.evolve(item.attempt, method=CARD, buyer_action="https://bank.example/ada"),
        )
        for item in order.invoices
    )
    return attrs.evolve(order, invoices=invoices)


def without_words(invoice: Invoice) -> Invoice:
    """Return `invoice` as it is when all words about its buyer are gone."""
    return attrs.evolve(
        invoice,
        comment="",
        error=PaymentError(code="refused"),
        attempt=invoice.attempt and attrs.evolve(invoice.attempt, method=None, buyer_action=None),
    )


@pytest.mark.parametrize(
    "order",
    [paid, lambda: paid(manual=True), lambda: paid(paid(an_order(IN_PARTS), eur(60)), eur(40))],
)
def test_a_finished_payment_loses_its_words(order: Callable[[], Order]) -> None:
    """Comments, messages and payment methods go; amounts, codes, numbers and times stay."""
    before = told_of(order())

    after = erasing.erased(before)

    assert ERASED == after.customer.name
    assert before.customer.id == after.customer.id
    assert tuple(without_words(item) for item in before.invoices) == after.invoices
    left_alone = attrs.evolve(after, customer=before.customer, invoices=before.invoices)
    assert before == left_alone


@pytest.mark.parametrize("manual", [False, True])
def test_an_unfinished_payment_keeps_what_it_needs(manual: bool) -> None:
    """A pending payment keeps its method and its comment, and loses them when that is asked."""
    before = told_of(begun(an_order(), manual=manual))
    invoice = before.invoices[0]
    assert InvoiceStatus.PENDING is invoice.status

    kept = erasing.erased(before).invoices[0]
    taken = erasing.erased(before, unfinished=True).invoices[0]

    assert attrs.evolve(invoice, error=PaymentError(code="refused")) == kept
    assert without_words(invoice) == taken


def test_a_payment_without_an_error_gets_none() -> None:
    """Where nothing failed, nothing is invented."""
    assert erasing.erased(paid()).invoices[0].error is None


@pytest.mark.parametrize(
    ("order", "unfinished", "reason"),
    [
        pytest.param(lambda: known(asked(), DONE), False, "", id="done"),
        pytest.param(lambda: known(asked(), NO), False, "", id="refused"),
        pytest.param(asked, False, "late", id="on its way"),
        pytest.param(asked, True, "", id="on its way, taken all the same"),
    ],
)
def test_reasons_of_refunds(order: Callable[[], Order], unfinished: bool, reason: str) -> None:
    """A refund loses the words of its reason and of its error once it has ended."""
    before = order()
    (refund,) = before.invoices[0].refunds

    (after,) = erasing.erased(before, unfinished=unfinished).invoices[0].refunds

    error = None if refund.error is None else PaymentError(code=refund.error.code)
    assert "late" == refund.reason
    assert attrs.evolve(refund, reason=reason, error=error) == after


def test_the_reason_of_a_decision() -> None:
    """What somebody decided stays, with who and when; why, in their words, goes."""
    before = decided(paid(an_order(IN_PARTS), eur(60)), DecisionKind.DECLINED)
    assert before.decision is not None

    after = erasing.erased(before)

    assert "so" == before.decision.reason
    assert attrs.evolve(before.decision, reason="") == after.decision


@pytest.mark.parametrize("reason", AttentionReason)
def test_flags(reason: AttentionReason) -> None:
    """A flag that quotes a payment system loses the quotation; one made of figures stays."""
    flag = Attention(reason=reason, at=AFTER, invoice=paid().invoices[0].number, detail="Ada: no")
    quoting = reason is AttentionReason.MISCONFIGURED

    (after,) = erasing.erased(attrs.evolve(paid(), attention=(flag,))).attention

    assert attrs.evolve(flag, detail="" if quoting else "Ada: no") == after


def test_twice_is_once() -> None:
    """What has no personal data left is the very same order."""
    once = erasing.erased(told_of(paid()))

    assert once is erasing.erased(once)


def test_the_event_tells_no_data() -> None:
    """The event says that it was done, when and by whom, and nothing of what it was about."""
    before = told_of(paid())

    change = erasing.erase(before, AFTER, by=BOSS)

    (event,) = change.events
    assert erasing.erased(before) == change.order
    assert (EventKind.CUSTOMER_ERASED, AFTER, BOSS, before.number) == (
        event.kind,
        event.at,
        event.by,
        event.order,
    )
    assert ("", before.status, before.status) == (event.note, event.before, event.after)
