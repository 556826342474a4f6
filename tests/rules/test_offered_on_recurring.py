"""What the row of a recurring order offers is what the rules allow, no more and no less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordersales.errors import (
    MethodUnusable,
    PaymentUnderWay,
    PermissionMissing,
    RuleRefused,
    WrongInstallation,
    WrongStatus,
)
from ordersales.models.actor import Actor, Permission
from ordersales.models.charge import Declined, NotExecuted, Outcome, PaymentMethod, Withdrawn
from ordersales.models.installation import Installation
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder, RecurringStatus
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.models.stage import Retry
from ordersales.rules import recurring_charging, recurring_decisions, settlement
from ordersales.rules.change import Change
from ordersales.rules.offered_actions import ON_RECURRING, for_recurring, recurring_refusal
from ordersales.rules.permissions import Operation
from ordersales.testing import a_customer, an_actor, an_offer
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.identifiers import (
    AccountId,
    IdempotencyKey,
    InvoiceNumber,
    OrderNumber,
    SystemName,
)
from tests.rules.lived import ACTORS, ANYBODY, refused
from tests.rules.sold import BOSS, LATER, LATEST, NOON

pytestmark = pytest.mark.rule("A3", "R4")

TERMS: Final = RecurringTerms(cadence=Cadence(1, Unit.MONTH))
OFFER: Final = an_offer(recurring=TERMS)
CARD: Final = PaymentMethod(token="tok_1", stored=True)  # noqa: S106 - names a card, opens nothing
OTHER: Final = PaymentMethod(token="tok_2", stored=True)  # noqa: S106 - likewise
CARDS: Final = SystemName("Cards")
ACTIVE: Final = RecurringStatus.ACTIVE
KEPT: Final = [status for status in RecurringStatus if status is not RecurringStatus.PROCESSING]
COPY: Final = Installation("shop-production", "shop-staging")


def agreed(status: RecurringStatus = ACTIVE, method: PaymentMethod | None = CARD) -> RecurringOrder:
    """Return recurring order 3, of which one payment was made and the second is due."""
    return RecurringOrder(
        account=AccountId("acme"),
        number=OrderNumber(3),
        status=status,
        started_at=NOON,
        customer=a_customer(),
        offer=OFFER,
        quantity=1,
        terms=TERMS,
        system=CARDS,
        method=method,
        anchor=NOON,
        slot=1,
        due_at=LATER,
        payments_made=1,
        occurrences=1,
    )


def under_way() -> Order:
    """Return its second order, number 7, with an attempt that was sent."""
    recurring = agreed()
    placed = recurring_charging.place(recurring, OrderNumber(7), LATER, None)
    number = InvoiceNumber(501)
    begun = recurring_charging.begin(recurring, placed, LATER, invoice=number, one_click=True)
    return begun.order.order


def after(outcome: Outcome) -> Order:
    """Return that order after a gateway said so of the attempt."""
    order = under_way()
    change = settlement.settle(order, order.invoices[-1], outcome, LATER)
    assert change is not None
    return change.order


#: The order that is open, by what became of its attempt.
CURRENT: Final[dict[str, Order | None]] = {
    "none": None,
    "under way": under_way(),
    "not sent": after(NotExecuted(reason="refused")),
    "declined": after(Declined(code="insufficient_funds")),
    "this card declined": after(Declined(code="expired_card", retry=Retry.ANOTHER_METHOD)),
    "canceled": after(Withdrawn()),
}


def retry(recurring: RecurringOrder, current: Order | None) -> object:
    """Ask for an attempt as a service does."""
    found = recurring_charging.ask_again_refusals(recurring, current, LATEST)
    if current is None or found:
        raise found[0]
    waiting = Change(current, (), current)
    unsent = recurring_charging.unsent(current)
    if unsent is not None:
        withdrawn = settlement.settle(current, unsent, Withdrawn(), LATEST)
        assert withdrawn is not None
        waiting = withdrawn
    return recurring_charging.ask_again(
        recurring,
        waiting,
        LATEST,
        invoice=InvoiceNumber(502),
        key=IdempotencyKey("now"),
        one_click=True,
        by=BOSS,
    )


#: How each operation is really started.
STARTING: Final[dict[Operation, Callable[[RecurringOrder, Order | None], object]]] = {
    Operation.PAUSE: lambda recurring, _: recurring_decisions.pause(
        recurring, LATEST, by=BOSS, reason="so"
    ),
    Operation.ACTIVATE: lambda recurring, _: recurring_decisions.activate(
        recurring, LATEST, by=BOSS, reason="so"
    ),
    Operation.COMPLETE: lambda recurring, _: recurring_decisions.complete(
        recurring, LATEST, by=BOSS, reason="so"
    ),
    Operation.RETRY: retry,
    Operation.REPLACE_METHOD: lambda recurring, _: recurring_decisions.replace_method(
        recurring, OTHER, CARDS, LATEST, by=BOSS
    ),
    Operation.MOVE_TERMS: lambda recurring, _: recurring_decisions.move(
        recurring, OFFER, LATEST, by=BOSS, reason="so"
    ),
}


@given(
    ACTORS,
    st.builds(agreed, st.sampled_from(KEPT), st.sampled_from([CARD, OTHER, None])),
    st.sampled_from([*CURRENT.values()]),
)
def test_what_a_recurring_order_offers(
    actor: Actor, recurring: RecurringOrder, current: Order | None
) -> None:
    """Each operation is offered exactly when it can be done, and refused for the same reason."""
    done = {
        operation: refused(actor, operation, lambda start=start: start(recurring, current))
        for operation, start in STARTING.items()
    }

    assert done == {
        operation: recurring_refusal(actor, operation, recurring, current, LATEST)
        for operation in ON_RECURRING
    }
    allowed = tuple(operation for operation, error in done.items() if error is None)
    assert allowed == for_recurring(actor, recurring, current, LATEST)
    in_a_copy = tuple(operation for operation in allowed if operation is not Operation.RETRY)
    assert in_a_copy == for_recurring(actor, recurring, current, LATEST, here=COPY)


ALWAYS: Final = "replace the method, move"


@pytest.mark.parametrize(
    ("status", "current", "expected"),
    [
        (ACTIVE, "none", f"pause, complete, {ALWAYS}"),
        (ACTIVE, "under way", f"pause, complete, {ALWAYS}"),
        (ACTIVE, "declined", f"pause, complete, retry, {ALWAYS}"),
        (ACTIVE, "not sent", f"pause, complete, retry, {ALWAYS}"),
        (ACTIVE, "this card declined", f"pause, complete, {ALWAYS}"),
        (RecurringStatus.PAUSED, "declined", f"activate, complete, {ALWAYS}"),
        (RecurringStatus.FAILED, "none", f"activate, {ALWAYS}"),
        (RecurringStatus.COMPLETED, "none", ""),
    ],
)
def test_the_row_of_a_recurring_order(status: RecurringStatus, current: str, expected: str) -> None:
    """The row offers this to somebody who may do everything, in this order."""
    names = {
        Operation.PAUSE: "pause",
        Operation.ACTIVATE: "activate",
        Operation.COMPLETE: "complete",
        Operation.RETRY: "retry",
        Operation.REPLACE_METHOD: "replace the method",
        Operation.MOVE_TERMS: "move",
    }

    offered = for_recurring(ANYBODY, agreed(status), CURRENT[current], LATEST)

    assert expected == ", ".join(names[operation] for operation in offered)


NOT_ENDED: Final = ("Active", "Paused", "Failed")
NOT_NOW: Final = WrongStatus("retry now", "recurring order 3", "not due", ("waiting for a retry",))


@pytest.mark.rule("A5", "R6", "R11", "R12")
@pytest.mark.parametrize(
    ("operation", "recurring", "current", "expected"),
    [
        (Operation.RETRY, agreed(), "none", NOT_NOW),
        (Operation.RETRY, agreed(), "under way", PaymentUnderWay("retry now", 7, 501)),
        (
            Operation.RETRY,
            agreed(method=None),
            "declined",
            MethodUnusable(3, "no_method", "No payment method is stored."),
        ),
        (
            Operation.RETRY,
            agreed(RecurringStatus.PAUSED),
            "declined",
            WrongStatus("retry now", "recurring order 3", "Paused", ("Active",)),
        ),
        (
            Operation.PAUSE,
            agreed(RecurringStatus.FAILED),
            "none",
            WrongStatus("pause", "recurring order 3", "Failed", ("Active",)),
        ),
        (
            Operation.REPLACE_METHOD,
            agreed(RecurringStatus.COMPLETED),
            "none",
            WrongStatus(
                "replace the payment method of", "recurring order 3", "Completed", NOT_ENDED
            ),
        ),
        (
            Operation.MOVE_TERMS,
            agreed(RecurringStatus.COMPLETED),
            "none",
            WrongStatus("move", "recurring order 3", "Completed", NOT_ENDED),
        ),
    ],
)
def test_why_it_is_not_offered(
    operation: Operation, recurring: RecurringOrder, current: str, expected: RuleRefused
) -> None:
    """Why an operation is not offered is the error that starting it would raise."""
    order = CURRENT[current]

    assert expected == recurring_refusal(ANYBODY, operation, recurring, order, LATEST)


@pytest.mark.rule("A1", "A2", "C6")
def test_which_reason_is_told_first() -> None:
    """The missing permission before the record, and the record before the copy."""
    nobody = an_actor(*(set(Permission) - {Permission.MANAGE_RECURRING}))
    record, declined = agreed(), CURRENT["declined"]

    def told(actor: Actor, current: Order | None) -> RuleRefused | None:
        return recurring_refusal(actor, Operation.RETRY, record, current, LATEST, here=COPY)

    missing = PermissionMissing(Operation.RETRY, Permission.MANAGE_RECURRING)
    assert missing == told(nobody, None)
    assert NOT_NOW == told(ANYBODY, None)
    copied = WrongInstallation(Operation.RETRY, "shop-production", "shop-staging")
    assert copied == told(ANYBODY, declined)
