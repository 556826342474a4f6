"""Why a recurring order was not charged, and what may not be done with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.models.explanation import Awaited, Reason, ReasonCode
from ordersales.models.installation import Installation
from ordersales.models.invoice import Attempt, Invoice, InvoiceStatus
from ordersales.models.order import Order, OrderStatus
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.stage import PaymentError, Retry, Stage
from ordersales.rules import recurring_charging
from ordersales.rules.explain import MEANINGS
from ordersales.rules.explain_recurring import problem, why_not, why_not_charged
from ordersales.rules.offered_actions import ON_RECURRING, for_recurring
from ordersales.rules.permissions import Operation
from ordersales.testing import a_manager, an_actor
from ordersales.values.identifiers import AttemptReference, InvoiceNumber, OrderNumber
from ordersales.values.money import Money
from tests.agreed import CARD, DAY, a_recurring, its_order, recurring_orders
from tests.listed import ACME, HOUR, NOON, an_invoice, moments

pytestmark = pytest.mark.rule("A5")

COPY = Installation(carried="shop", configured="staging")
NO = PaymentError(code="insufficient_funds", message="Not enough.")
LOST = PaymentError(code="lost_card", retry=Retry.ANOTHER_METHOD)


def asked(number: int = 501, stage: Stage = Stage.IN_DOUBT, **changed: Any) -> Invoice:
    """Return an invoice that the gateway was asked for."""
    attempt = Attempt(
        reference=AttemptReference(ACME, OrderNumber(7), 1, 2),
        epoch=1,
        stage=stage,
        method=CARD,
        sent_at=NOON + DAY,
        next_check=None if stage is Stage.CLOSED else NOON + DAY + HOUR,
    )
    invoice = an_invoice(number, InvoiceStatus.PENDING, settled_at=None)
    return attrs.evolve(invoice, attempt=attempt, **changed)


def declined(error: PaymentError = NO, number: int = 501) -> Invoice:
    """Return an invoice that the gateway declined."""
    return asked(
        number, Stage.CLOSED, status=InvoiceStatus.FAILED, error=error, settled_at=NOON + DAY
    )


def waiting(*invoices: Invoice, **changed: Any) -> tuple[RecurringOrder, Order]:
    """Return a recurring order whose open order has these invoices."""
    recurring = a_recurring(current=OrderNumber(9), occurrences=2, **changed)
    return recurring, its_order(recurring, 9, invoices=invoices)


def reasons(
    recurring: RecurringOrder, order: Order | None = None, **told: Any
) -> tuple[Reason, ...]:
    """Return why it is not charged at noon, or at another moment."""
    return why_not_charged(recurring, order, told.pop("at", NOON), **told).reasons


def codes(recurring: RecurringOrder, order: Order | None = None, **told: Any) -> list[ReasonCode]:
    """Return the codes of these reasons."""
    return [reason.code for reason in reasons(recurring, order, **told)]


def test_not_due_yet() -> None:
    """Until its date it is not due, and the reason says when it will be and what comes."""
    recurring = a_recurring()

    told = why_not_charged(recurring, None, NOON)

    (reason,) = told.reasons
    assert ("recurring order 7", RecurringStatus.ACTIVE) == (told.record, told.status)
    assert (ReasonCode.NOT_DUE, recurring.due_at) == (reason.code, reason.until)
    assert Money.of(100, "EUR") == reason.amount
    assert "recurring order 7 is not due yet" == reason.words


def test_due_and_not_charged() -> None:
    """On its date it waits for the host's worker, since then."""
    recurring = a_recurring()

    (reason,) = reasons(recurring, at=recurring.due_at)

    assert (ReasonCode.DUE, Awaited.HOST) == (reason.code, reason.awaited)
    assert recurring.due_at == reason.since


@pytest.mark.rule("R6")
def test_it_waits_for_a_retry() -> None:
    """After a decline it tells the bank's word, and when it is attempted again."""
    recurring, order = waiting(declined(), retry_at=NOON + 2 * DAY)

    (reason,) = reasons(recurring, order)

    assert (ReasonCode.WAITS_FOR_RETRY, NOON + 2 * DAY) == (reason.code, reason.until)
    assert (501, NO, NOON + DAY) == (reason.invoice, reason.error, reason.since)
    assert (
        "order 9 failed, and is attempted again (insufficient_funds: Not enough.)" == reason.words
    )
    overdue = [ReasonCode.WAITS_FOR_RETRY, ReasonCode.DUE]
    assert overdue == codes(recurring, order, at=NOON + 2 * DAY)


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        (Stage.IN_DOUBT, ReasonCode.IN_DOUBT),
        (Stage.ACCEPTED, ReasonCode.AWAITS_PAYMENT_SYSTEM),
        (Stage.RESERVED, ReasonCode.RESERVED),
        (Stage.BLOCKED, ReasonCode.BLOCKED),
        (Stage.HELD, ReasonCode.HELD),
    ],
)
@pytest.mark.parametrize("status", [RecurringStatus.ACTIVE, RecurringStatus.PAUSED])
def test_an_attempt_without_a_final_word(
    stage: Stage, code: ReasonCode, status: RecurringStatus
) -> None:
    """What became of the asking is told, since when, and when it is looked after again."""
    recurring, order = waiting(asked(stage=stage), status=status)

    told = why_not_charged(recurring, order, NOON + DAY)

    reason = told.reasons[-1]
    assert (code, 501) == (reason.code, reason.invoice)
    assert (NOON + DAY, NOON + DAY + HOUR) == (reason.since, reason.until)
    assert (ReasonCode.PAUSED in told.codes) is (status is RecurringStatus.PAUSED)
    under_way = stage not in (Stage.RESERVED, Stage.BLOCKED)
    assert (RecurringStatus.PROCESSING if under_way else status) == told.status


def test_paused() -> None:
    """A paused one waits for somebody to activate it, whatever its date."""
    recurring = a_recurring(status=RecurringStatus.PAUSED)

    (reason,) = reasons(recurring, at=NOON + 90 * DAY)

    assert (ReasonCode.PAUSED, Awaited.MANAGER) == (reason.code, reason.awaited)


@pytest.mark.rule("R10")
def test_failed() -> None:
    """A failed one tells the last no, of the order that was given up."""
    recurring = a_recurring(status=RecurringStatus.FAILED, given_up=OrderNumber(9))
    order = its_order(recurring, 9, status=OrderStatus.DECLINED, invoices=(declined(),))

    (reason,) = reasons(recurring, order)

    assert (ReasonCode.FAILED, 501, NO) == (reason.code, reason.invoice, reason.error)
    assert reason.words.startswith("recurring order 7 is Failed")
    assert [ReasonCode.FAILED] == codes(recurring)


def test_completed() -> None:
    """A completed one says whether all was paid, and nothing of methods."""
    ended = a_recurring(status=RecurringStatus.COMPLETED, method=None)
    paid = attrs.evolve(ended, payments_made=3, terms=attrs.evolve(ended.terms, payments=3))

    assert [ReasonCode.ENDED_EARLY] == codes(ended, here=COPY, gateway=False)
    assert [ReasonCode.ALL_PAID] == codes(paid)


@pytest.mark.rule("R6", "R11")
def test_a_method_that_cannot_be_charged() -> None:
    """No method, one ruled out and not replaced, and one charged too often are told, as errors."""
    nobody = a_recurring(method=None)
    recurring, order = waiting(declined(LOST), retry_at=NOON + 2 * DAY)
    often = a_recurring(method_charged=(NOON,) * 15)

    none, ruled_out, too_often = (
        reasons(nobody)[-1],
        reasons(recurring, order)[-1],
        reasons(often, at=often.due_at)[-1],
    )

    assert {ReasonCode.METHOD_UNUSABLE} == {none.code, ruled_out.code, too_often.code}
    assert ["no_method", "method_not_replaced", "charged_too_often"] == [
        reason.error.code for reason in (none, ruled_out, too_often) if reason.error
    ]
    assert none.words.endswith("(No payment method is stored)")
    replaced = attrs.evolve(recurring, method=attrs.evolve(CARD, token="tok-2"))  # noqa: S106 - names a card
    assert [ReasonCode.WAITS_FOR_RETRY] == codes(replaced, order)


def test_a_method_is_judged_when_its_time_comes() -> None:
    """Charged too often now, and no more on the day of the next date: nothing is wrong with it."""
    often = a_recurring(method_charged=(NOON - 5 * DAY,) * 15)

    assert [ReasonCode.NOT_DUE] == codes(often)


@pytest.mark.rule("C6")
def test_where_nothing_may_be_sent() -> None:
    """A payment system without a gateway, and a copy of the database, are told as well."""
    recurring = a_recurring()

    told = reasons(recurring, gateway=False, here=COPY, at=recurring.due_at)

    assert [ReasonCode.DUE, ReasonCode.NO_GATEWAY, ReasonCode.WRONG_INSTALLATION] == [
        reason.code for reason in told
    ]
    assert told[1].words.endswith("(Cards)")


@given(recurring_orders(7), moments)
def test_what_is_due_says_so(recurring: RecurringOrder, at: Any) -> None:
    """There is always a reason, and it says *due* exactly when the timer would charge."""
    order = its_order(recurring, 5007, invoices=(declined(),)) if recurring.current else None

    told = why_not_charged(recurring, order, at)

    assert (ReasonCode.DUE in told.codes) is recurring_charging.due(recurring, at)
    if recurring.current is None:
        assert told.reasons
    assert all(MEANINGS[reason.code].awaited is reason.awaited for reason in told.reasons)


@pytest.mark.rule("A3")
@given(
    recurring_orders(7),
    st.sampled_from([a_manager(), an_actor()]),
    st.sampled_from([Installation(), COPY]),
    st.sampled_from([item for item in Stage if item is not Stage.CLOSED]),
)
def test_no_reason_means_that_it_is_offered(
    recurring: RecurringOrder, actor: Any, here: Installation, stage: Stage
) -> None:
    """An operation is offered exactly where nothing speaks against it."""
    order = (
        its_order(recurring, 5007, invoices=(asked(stage=stage),)) if recurring.current else None
    )
    at = NOON + timedelta(days=3)

    free = [
        operation
        for operation in ON_RECURRING
        if not why_not(actor, operation, recurring, order, at, here=here).reasons
    ]

    assert [*for_recurring(actor, recurring, order, at, here=here)] == free


def test_a_retry_that_is_under_way() -> None:
    """What speaks against retrying is told with the facts of the attempt."""
    recurring, order = waiting(asked())

    (reason,) = why_not(a_manager(), Operation.RETRY, recurring, order, NOON).reasons

    assert (ReasonCode.PAYMENT_UNDER_WAY, InvoiceNumber(501)) == (reason.code, reason.invoice)
    assert NOON + DAY + HOUR == reason.until


@pytest.mark.rule("B1")
def test_what_is_not_started_on_a_recurring_order() -> None:
    """Only what is started on a recurring order can be explained of one."""
    wrong = problem(Operation.REFUND)

    assert wrong is not None
    assert "pause the recurring order" in wrong.allowed
    assert problem(Operation.PAUSE) is None
