"""Subject: who may do something is checked, and what a row of a list offers is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from measure import Candidate, Table, each, side_by_side
from paying import an_order

from ordersales import (
    AccountId,
    Actor,
    Operation,
    Order,
    OrderFilter,
    Payment,
    PaymentType,
    Permission,
    UserId,
)
from ordersales.rules import offered_actions, permissions, rows

MANAGER: Final = Actor(
    account=AccountId("acme"), user=UserId("boss"), permissions=frozenset(Permission)
)
IN_PARTS: Final = OrderFilter(payment_type=PaymentType.PARTIAL)
#: The same on dicts, for what is done by hand.
NEEDS: Final = {"refund": "manage refunds", "see": "see orders", "pay": None}
BARE_MANAGER: Final = {"user": "boss", "permissions": {str(item) for item in Permission}}


def _checked_by_hand(actor: dict[str, Any]) -> None:
    needed = NEEDS["refund"]
    if needed is not None and needed not in actor["permissions"]:
        raise PermissionError(needed)


def table_of_checks(rounds: int) -> Table:
    """Measure one permission check."""
    candidates = [
        Candidate(
            name="permissions.check",
            does="that there is an actor, one permission, and that a person asks where needed",
            prepare=lambda n: [MANAGER] * n,
            act=each(lambda actor: permissions.check(actor, Operation.REFUND)),
        ),
        Candidate(
            name="by hand",
            does="one look into a dict and one into a set",
            prepare=lambda n: [BARE_MANAGER] * n,
            act=each(_checked_by_hand),
        ),
    ]
    return side_by_side("A permission check", candidates, base="by hand", rounds=rounds, batch=1000)


def _on_dicts(order: Order) -> dict[str, Any]:
    return {
        "status": str(order.status),
        "partial": True,
        "confirmed": order.sale.confirmed,
        "attention": [str(flag.reason) for flag in order.attention],
        "price": order.price.minor,
        "invoices": [
            {
                "status": str(item.status),
                "covers": item.covers.minor,
                "amount": item.amount.minor,
                "stage": "in doubt" if item.in_flight else "closed",
                "refunds": [],
            }
            for item in order.invoices
        ],
    }


def _offered_by_hand(order: dict[str, Any]) -> list[str]:
    """Return what `offered_actions.for_order` returns, each rule written out here."""
    permitted, offered = BARE_MANAGER["permissions"], list[str]()
    if "confirm or decline partial orders" in permitted:
        if order["status"] == "Open":
            if order["partial"]:
                offered += ["confirm", "decline"]
            flying = ("in doubt", "accepted")
            if not any(
                item["status"] == "Pending" and item["stage"] in flying
                for item in order["invoices"]
            ):
                offered += ["cancel", "expire"]
        if order["attention"]:
            offered.append("clear")
    taken = [item for item in order["invoices"] if item["status"] in ("Paid", "Refunded")]
    if "manage auto sales and generated sales" in permitted:
        if order["status"] == "Completed" or taken:
            offered.append("check")
        if not order["confirmed"]:
            offered.append("add user")
    if "manage refunds" in permitted and any(
        item["amount"] > sum(refund["amount"] for refund in item["refunds"]) for item in taken
    ):
        offered.append("refund")
    return offered


def table_of_rows(rounds: int) -> Table:
    """Measure the actions of rows, and the rows with them."""
    order = an_order()
    by_hand, payment = _on_dicts(order), Payment(order, order.invoices[0])
    expected = offered_actions.for_order(MANAGER, order, IN_PARTS)
    assert len(expected) == len(_offered_by_hand(by_hand)), expected
    ways: dict[str, tuple[str, Callable[[Any], object], object]] = {
        "actions of an order": (
            "eight operations, each with its permission, its rules and the refusal made",
            lambda given: offered_actions.for_order(MANAGER, given, IN_PARTS),
            order,
        ),
        "by hand": (
            "the same answer from a dict, each rule written out as an if, no refusals made",
            _offered_by_hand,
            by_hand,
        ),
        "actions of a payment": (
            "three operations, in the same way",
            lambda given: offered_actions.for_payment(MANAGER, given),
            payment,
        ),
        "row of an order": (
            "its actions, and every column",
            lambda given: rows.order_row(MANAGER, given, IN_PARTS),
            order,
        ),
        "row of a payment": (
            "its actions, and every column; its percentage rounded beside the others'",
            lambda given: rows.payment_row(MANAGER, given),
            payment,
        ),
    }
    return side_by_side(
        "What a row offers",
        [
            Candidate(
                name=name,
                does=does,
                prepare=lambda n, given=given: [given] * n,
                act=each(act),
            )
            for name, (does, act, given) in ways.items()
        ],
        base="by hand",
        rounds=rounds,
        batch=300,
        notes=(
            "For a manager with every permission: an open order of three invoices, two of them "
            "paid and one under way, in a list that is filtered to partial payment. A page has 50 rows."
        ),
    )
