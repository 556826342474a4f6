"""Which operation asks for which permission."""

from __future__ import annotations

from typing import Any

import pytest

from ordersales.errors import InvalidInput, PermissionMissing, PersonNeeded
from ordersales.models.actor import Actor, Permission
from ordersales.rules import permissions
from ordersales.rules.permissions import Operation
from ordersales.testing.builders import an_actor
from tests.rules.shop import ACME

#: The permission of each operation. Placing and paying are the buyer's, hearing is the payment
#: system's: they ask for none.
NEEDED = {
    Operation.PLACE: None,
    Operation.PAY: None,
    Operation.HEAR: None,
    Operation.SEE: Permission.SEE_ORDERS,
    Operation.CONFIRM: Permission.DECIDE_ORDERS,
    Operation.DECLINE: Permission.DECIDE_ORDERS,
    Operation.CANCEL: Permission.DECIDE_ORDERS,
    Operation.EXPIRE: Permission.DECIDE_ORDERS,
    Operation.CLEAR_ATTENTION: Permission.DECIDE_ORDERS,
    Operation.CONFIRM_PAYMENT: Permission.MANAGE_MANUAL_PAYMENTS,
    Operation.REJECT_PAYMENT: Permission.MANAGE_MANUAL_PAYMENTS,
    Operation.SETTLE_PAYMENT: Permission.MANAGE_MANUAL_PAYMENTS,
    Operation.REFUND: Permission.MANAGE_REFUNDS,
    Operation.SETTLE_REFUND: Permission.MANAGE_REFUNDS,
    Operation.CHECK_SALE: Permission.MANAGE_SALES,
    Operation.ADD_USER: Permission.MANAGE_SALES,
    Operation.KEEP_PLANS: Permission.KEEP_SALES_PLANS,
    Operation.ERASE: Permission.ERASE_CUSTOMERS,
    Operation.FOLLOW: Permission.FOLLOW_EVENTS,
    Operation.PAUSE: Permission.MANAGE_RECURRING,
    Operation.ACTIVATE: Permission.MANAGE_RECURRING,
    Operation.COMPLETE: Permission.MANAGE_RECURRING,
    Operation.RETRY: Permission.MANAGE_RECURRING,
    Operation.REPLACE_METHOD: Permission.MANAGE_RECURRING,
    Operation.MOVE_TERMS: Permission.MANAGE_RECURRING,
    Operation.IMPORT: Permission.MANAGE_RECURRING,
    Operation.FORECAST: Permission.SEE_REPORTS,
    Operation.REPORT: Permission.SEE_REPORTS,
    Operation.EXPORT: Permission.SEE_REPORTS,
    Operation.ADOPT: Permission.ADOPT_INSTALLATION,
}


@pytest.mark.rule("A1")
@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("operation", Operation)
def test_one_permission_is_enough_for_its_operations(
    operation: Operation, permission: Permission
) -> None:
    """An actor with a single permission may do what it is for, and no more."""
    needed = NEEDED[operation]
    expected = None
    if needed not in (None, permission):
        expected = PermissionMissing(operation, needed)

    assert expected == permissions.refusal(an_actor(permission), operation)


@pytest.mark.rule("A2")
@pytest.mark.parametrize("operation", [name for name, needed in NEEDED.items() if needed])
def test_a_refusal_names_the_missing_permission(operation: Operation) -> None:
    """Who holds every permission but the one is told which."""
    others = [permission for permission in Permission if permission is not NEEDED[operation]]

    with pytest.raises(PermissionMissing) as caught:
        permissions.check(an_actor(*others), operation)

    assert operation == caught.value.operation
    assert NEEDED[operation] == caught.value.permission
    # Plain text, as the fields say: an error may travel to where our enums are unknown.
    assert str is type(caught.value.operation) is type(caught.value.permission)


@pytest.mark.rule("A1", "S2")
@pytest.mark.parametrize("operation", Operation)
def test_the_system_may_do_everything_but_speak_for_a_person(operation: Operation) -> None:
    """The host's own code is refused nothing except what is a person's word."""
    refused = permissions.refusal(Actor.system(ACME), operation)

    is_a_persons = operation in (
        Operation.CHECK_SALE, Operation.SETTLE_PAYMENT, Operation.SETTLE_REFUND,
    )  # fmt: skip
    assert (PersonNeeded(operation.value) if is_a_persons else None) == refused


@pytest.mark.rule("A2", "S2")
@pytest.mark.parametrize("operation", [Operation.CHECK_SALE, Operation.REFUND])
def test_whose_word_it_is(operation: Operation) -> None:
    """Where somebody's name is asked for, it is the actor's, and the system has none."""
    needed = NEEDED[operation]
    assert needed is not None

    assert "mira" == permissions.person(an_actor(needed, user="mira"), operation)
    with pytest.raises(PersonNeeded) as caught:
        permissions.person(an_actor(needed, user=None), operation)
    assert operation == caught.value.operation
    assert str is type(caught.value.operation)


@pytest.mark.rule("A1")
@pytest.mark.parametrize("operation", [Operation.PLACE, Operation.PAY, Operation.HEAR])
def test_a_buyer_needs_no_permission(operation: Operation) -> None:
    """Whom the host lets in may place and pay, and whoever signs a message is heard."""
    permissions.check(an_actor(), operation)


@pytest.mark.rule("A2", "B1")
@pytest.mark.parametrize("actor", [None, "user-1", Permission.SEE_ORDERS], ids=repr)
def test_nobody_is_no_actor(actor: Any) -> None:
    """What is no actor is refused, even where no permission is asked for."""
    with pytest.raises(InvalidInput) as caught:
        permissions.check(actor, Operation.PLACE)

    assert InvalidInput.of("actor", actor, "an instance of Actor") == caught.value
