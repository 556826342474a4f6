"""What a row offers is what the rules allow, no more and no less."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given

from ordersales.errors import (
    NothingPaid,
    NothingToRefund,
    PermissionMissing,
    PersonNeeded,
    RuleRefused,
    WrongStatus,
    WrongTerms,
)
from ordersales.models.actor import Actor, Permission
from ordersales.models.filters import EVERYTHING, OrderFilter, PaymentType
from ordersales.models.order import DecisionKind, Order, Payment
from ordersales.rules import (
    offered_actions,
    permissions,
    sale_confirmation,
)
from ordersales.rules.offered_actions import ON_ORDERS, ON_PAYMENTS, ON_RECURRING
from ordersales.rules.permissions import NEEDS, Operation
from ordersales.testing import an_actor
from tests.rules.lived import (
    ACTORS,
    ANYBODY,
    ORDERS,
    STARTING,
    STARTING_ON_A_PAYMENT,
    SYSTEM,
    last,
    refused,
    takes,
)
from tests.rules.shop import returned
from tests.rules.sold import (
    BOSS,
    IN_PARTS,
    LATER,
    MIRA,
    decided,
    eur,
    failed,
    paid,
    placed,
    settled,
    started,
)

pytestmark = pytest.mark.rule("A3")

PARTIAL: Final = OrderFilter(payment_type=PaymentType.PARTIAL)
FULL: Final = OrderFilter(payment_type=PaymentType.FULL)
#: What is started on no record that is there, so that no row could offer it.
ON_NO_ROW: Final = {
    Operation.PLACE,
    Operation.PAY,
    Operation.SEE,
    Operation.HEAR,
    Operation.KEEP_PLANS,
    Operation.ERASE,
    Operation.FOLLOW,
    Operation.ADOPT,
    Operation.IMPORT,
    Operation.FORECAST,
    Operation.REPORT,
    Operation.EXPORT,
}


def test_every_operation_has_its_place() -> None:
    """Each operation is started on one kind of row or another, or on no row at all."""
    assert set(Operation) == {*ON_ORDERS} | {*ON_PAYMENTS} | {*ON_RECURRING} | ON_NO_ROW
    assert not ON_NO_ROW & {*ON_ORDERS, *ON_PAYMENTS, *ON_RECURRING}
    assert not {*ON_RECURRING} & {*ON_ORDERS, *ON_PAYMENTS}


@pytest.mark.rule("P4", "A5")
@given(ACTORS, ORDERS)
def test_what_an_order_offers(actor: Actor, order: Order) -> None:
    """Each operation is offered exactly when it can be done, and refused for the same reason."""
    done = {
        operation: refused(actor, operation, lambda start=start: start(order))
        for operation, start in STARTING.items()
    }

    assert done == {
        operation: offered_actions.refusal(actor, operation, order) for operation in ON_ORDERS
    }
    allowed = {operation for operation, error in done.items() if error is None}
    assert allowed == {*offered_actions.for_order(actor, order, PARTIAL)}
    without = allowed - {Operation.CONFIRM, Operation.DECLINE}
    assert without == {*offered_actions.for_order(actor, order, EVERYTHING)}
    assert without == {*offered_actions.for_order(actor, order, FULL)}


@pytest.mark.rule("M1", "F1", "A5")
@given(ACTORS, ORDERS)
def test_what_a_payment_offers(actor: Actor, order: Order) -> None:
    """Each operation on a payment is offered exactly when it can be done."""
    for invoice in order.invoices:
        payment = Payment(order, invoice)
        done = {
            operation: refused(actor, operation, lambda start=start, on=payment: start(on))
            for operation, start in STARTING_ON_A_PAYMENT.items()
        }

        assert done == {
            operation: offered_actions.payment_refusal(actor, operation, payment)
            for operation in ON_PAYMENTS
        }
        allowed = {operation for operation, error in done.items() if error is None}
        assert allowed == {*offered_actions.for_payment(actor, payment)}


@pytest.mark.rule("P4")
@pytest.mark.parametrize(
    ("order", "wanted", "expected"),
    [
        pytest.param(placed(), EVERYTHING, "cancel, expire, add user", id="open"),
        pytest.param(placed(), PARTIAL, "cancel, expire, add user", id="open, under full terms"),
        pytest.param(
            placed(IN_PARTS), EVERYTHING, "cancel, expire, add user", id="partial, no filter"
        ),
        pytest.param(
            placed(IN_PARTS), FULL, "cancel, expire, add user", id="partial, another filter"
        ),
        pytest.param(
            placed(IN_PARTS),
            PARTIAL,
            "confirm, decline, cancel, expire, add user",
            id="partial, filtered",
        ),
        pytest.param(
            started(placed(IN_PARTS)), PARTIAL, "confirm, decline, add user", id="under way"
        ),
        pytest.param(paid(placed()), EVERYTHING, "check, add user, refund", id="paid"),
        pytest.param(placed(price="0.00"), EVERYTHING, "check, add user", id="free"),
        pytest.param(failed(placed()), EVERYTHING, "add user", id="declined"),
        pytest.param(
            decided(paid(placed(IN_PARTS), eur("30.00")), DecisionKind.DECLINED),
            PARTIAL,
            "check, add user, refund",
            id="declined after a part was paid",
        ),
        pytest.param(
            settled(paid(placed()), takes(paid(placed()), charge="ch-2")),
            EVERYTHING,
            "check, add user, refund, clear",
            id="charged twice",
        ),
        pytest.param(
            decided(placed(IN_PARTS), DecisionKind.CONFIRMED),
            PARTIAL,
            "check, add user",
            id="confirmed, all of it waived",
        ),
        pytest.param(
            returned(paid(placed(IN_PARTS), eur("40.00"))),
            PARTIAL,
            "confirm, decline, cancel, expire, check, add user",
            id="all returned while it is open",
        ),
        pytest.param(returned(paid(placed())), EVERYTHING, "check, add user", id="all returned"),
        pytest.param(
            returned(paid(placed()), amount=eur("99.99")),
            EVERYTHING,
            "check, add user, refund",
            id="all but a cent returned",
        ),
        pytest.param(
            sale_confirmation.confirm(paid(placed()), None, MIRA, LATER, by=BOSS).order,
            EVERYTHING,
            "check, refund",
            id="confirmed",
        ),
    ],
)
def test_a_row_of_an_order(order: Order, wanted: OrderFilter, expected: str) -> None:
    """The row of an order offers this to somebody who may do everything, in this order."""
    names = {
        Operation.CONFIRM: "confirm",
        Operation.DECLINE: "decline",
        Operation.CANCEL: "cancel",
        Operation.EXPIRE: "expire",
        Operation.CHECK_SALE: "check",
        Operation.ADD_USER: "add user",
        Operation.REFUND: "refund",
        Operation.CLEAR_ATTENTION: "clear",
    }

    offered = offered_actions.for_order(ANYBODY, order, wanted)

    assert expected == ", ".join(names[operation] for operation in offered)


@pytest.mark.rule("M1", "F1")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (started(placed()), ()),
        (started(placed(), manual=True), (Operation.CONFIRM_PAYMENT, Operation.REJECT_PAYMENT)),
        (paid(placed()), (Operation.REFUND,)),
        (failed(placed()), ()),
    ],
    ids=["at a gateway", "announced", "paid", "failed"],
)
def test_a_row_of_a_payment(order: Order, expected: tuple[Operation, ...]) -> None:
    """The row of a payment offers this to somebody who may do everything, in this order."""
    assert expected == offered_actions.for_payment(ANYBODY, last(order))


@pytest.mark.rule("A1", "A2")
@pytest.mark.parametrize("operation", Operation)
def test_a_missing_permission_is_told_first(operation: Operation) -> None:
    """Who lacks the permission is told so, whatever the record would say."""
    needed = NEEDS[operation]
    nobody = an_actor(*(set(Permission) - {needed}))
    missing = None if needed is None else PermissionMissing(operation, needed)

    assert missing == permissions.refusal(nobody, operation)
    if operation in ON_ORDERS:
        assert missing == offered_actions.refusal(nobody, operation, placed())
    if operation in ON_PAYMENTS:
        payment = last(started(placed()))
        assert missing == offered_actions.payment_refusal(nobody, operation, payment)


@pytest.mark.rule("A5")
@pytest.mark.parametrize(
    ("actor", "operation", "order", "expected"),
    [
        (ANYBODY, Operation.CHECK_SALE, placed(), NothingPaid(Operation.CHECK_SALE, 7)),
        (SYSTEM, Operation.CHECK_SALE, placed(), PersonNeeded(Operation.CHECK_SALE)),
        (ANYBODY, Operation.REFUND, placed(), NothingToRefund("order 7")),
        (
            ANYBODY,
            Operation.CONFIRM,
            placed(),
            WrongTerms("confirm", "order 7", "orders that may be paid in parts"),
        ),
        (
            ANYBODY,
            Operation.CANCEL,
            paid(placed()),
            WrongStatus("cancel", "order 7", "Completed", ("Open",)),
        ),
        (ANYBODY, Operation.CANCEL, placed(), None),
    ],
)
def test_why_it_is_not_offered(
    actor: Actor, operation: Operation, order: Order, expected: RuleRefused | None
) -> None:
    """Why an operation is not offered is the error that starting it would raise."""
    assert expected == offered_actions.refusal(actor, operation, order)
