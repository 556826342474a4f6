"""What a row of a list offers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ordersales.errors import RuleRefused
from ordersales.models.actor import Permission
from ordersales.models.filters import EVERYTHING, OrderFilter, PaymentType
from ordersales.models.order import DecisionKind, Order, OrderStatus
from ordersales.rules import decisions, offered_actions, permissions
from ordersales.rules.permissions import Operation
from ordersales.testing.builders import a_manager, an_actor
from tests.rules.shop import (
    BOSS,
    IN_PARTS,
    IN_THREE,
    LATER,
    an_order,
    decided,
    eur,
    failed,
    paid,
    returned,
    started,
)

Given = Callable[[], Order]

PARTIAL = OrderFilter(payment_type=PaymentType.PARTIAL)
BOTH = (Operation.CONFIRM, Operation.DECLINE)
KINDS = {
    Operation.CONFIRM: DecisionKind.CONFIRMED,
    Operation.DECLINE: DecisionKind.DECLINED,
}

ORDERS: dict[str, Given] = {
    "full": an_order,
    "full, in flight": lambda: started(an_order()),
    "full, paid": lambda: paid(an_order()),
    "full, failed": lambda: failed(an_order()),
    "parts": lambda: an_order(payment=IN_PARTS),
    "parts, in flight": lambda: started(an_order(payment=IN_PARTS)),
    "parts, part paid": lambda: paid(an_order(payment=IN_THREE)),
    "parts, paid": lambda: paid(an_order(payment=IN_PARTS)),
    "parts, confirmed": lambda: decided(an_order(payment=IN_PARTS), DecisionKind.CONFIRMED),
    "parts, declined": lambda: decided(an_order(payment=IN_PARTS), DecisionKind.DECLINED),
    "parts, returned": lambda: returned(paid(an_order(payment=IN_PARTS))),
    "parts, part returned": lambda: returned(paid(an_order(payment=IN_PARTS), eur(40))),
}


@pytest.mark.rule("P4")
@pytest.mark.parametrize(
    "wanted",
    [
        EVERYTHING,
        OrderFilter(payment_type=PaymentType.FULL),
        OrderFilter(statuses={OrderStatus.OPEN}),
    ],
    ids=["everything", "full", "open"],
)
@pytest.mark.parametrize("given", ORDERS.values(), ids=ORDERS)
def test_nothing_is_offered_under_other_filters(given: Given, wanted: OrderFilter) -> None:
    """Only while the filter "payment type" is Partial are confirming and declining offered."""
    assert () == offered_actions.for_order(a_manager(), given(), wanted)


@pytest.mark.rule("P4")
@pytest.mark.parametrize(
    "wanted",
    [
        PARTIAL,
        OrderFilter(payment_type=PaymentType.PARTIAL, statuses={OrderStatus.COMPLETED}),
    ],
    ids=["partial", "and more"],
)
def test_both_are_offered_under_partial(wanted: OrderFilter) -> None:
    """While the filter "payment type" is Partial, an open one may be confirmed and declined."""
    order = paid(an_order(payment=IN_PARTS), eur(40))

    assert BOTH == offered_actions.for_order(a_manager(), order, wanted)


def is_allowed(may: set[Permission], order: Order, operation: Operation) -> bool:
    """Tell whether the operation would go through, by carrying it out."""
    try:
        permissions.check(an_actor(*may), operation)
        decisions.decide(order, KINDS[operation], LATER, by=BOSS, reason="so")
    except RuleRefused:
        return False
    return True


@pytest.mark.rule("A3", "P4")
@pytest.mark.parametrize(
    "may", [{Permission.DECIDE_ORDERS}, set(Permission) - {Permission.DECIDE_ORDERS}, set()]
)
@pytest.mark.parametrize("given", ORDERS.values(), ids=ORDERS)
def test_offered_is_what_is_allowed(given: Given, may: set[Permission]) -> None:
    """What is offered goes through when it is done, and what is not offered is refused."""
    order = given()

    offered = offered_actions.for_order(an_actor(*may), order, PARTIAL)

    allowed = [operation for operation in BOTH if is_allowed(may, order, operation)]
    assert allowed == [*offered]


def test_the_table_knows_every_case() -> None:
    """Among the orders of this file some are offered both, and some neither."""
    offered = {
        offered_actions.for_order(a_manager(), given(), PARTIAL) for given in ORDERS.values()
    }

    assert {BOTH, ()} == offered
